/* A pool of threads, and of hands in other processes, over an ordered queue of independent items.
 *
 * Invariants: 1. every item of a run is worked on exactly once, unless the run is cancelled: then some prefix of the queue was, and orr_workers_run says so;
 * 2. items write only what is theirs, so the outcome does not depend on the number of threads; 3. the calling thread works too, and alone calls `on_done`. */
#ifndef ORR_BASE_WORKERS_H
#define ORR_BASE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct orr_workers orr_workers;
typedef void orr_work_fn(void *context, size_t item);
typedef void orr_work_done_fn(void *context, size_t done, size_t total);      /* now and then, from the calling thread */

/* threads 0: one a core. Where the system gives fewer threads, the pool is smaller; results are the same. */
orr_workers *orr_workers_create(int threads);
int orr_workers_count(const orr_workers *workers);
/* Further hands, each a thread that sleeps while something else (another process) works for it: see orr_workers_share. */
void orr_workers_hire(orr_workers *workers, size_t hands);
/* False when `cancel` (may be NULL) became non-zero before every item was begun. */
bool orr_workers_run(orr_workers *workers, orr_work_fn *work, void *context, size_t item_count, const volatile int *cancel, orr_work_done_fn *on_done, void *done_context);
/* The same with hired hands at work: `elsewhere` has an item done there, as `work` would do it here. False: that hand is lost; the item is done here, and the hand takes no other. */
typedef bool orr_work_elsewhere_fn(void *context, size_t item, size_t hand);
bool orr_workers_share(orr_workers *workers, orr_work_fn *work, orr_work_elsewhere_fn *elsewhere, void *context, size_t item_count, const volatile int *cancel, orr_work_done_fn *on_done, void *done_context);
void orr_workers_destroy(orr_workers *workers);

#endif
