/* What searches know of runs from before: simulations and estimated points that the store holds (store/store.h). Same bytes with a memo and without. */
#ifndef ORR_LAB_MEMO_H
#define ORR_LAB_MEMO_H

#include "lab/sweep.h"
#include "store/store.h"

typedef struct orr_memo {
    orr_store *store;
    orr_digest inputs;              /* of the contents of all files that the study names: what its resolved form does not hold */
    orr_digest space;               /* of the study with its domains, for points */
    const char *subject;            /* of the space */
} orr_memo;

/* One system's run, its figures alone: no records or samples, nothing of single tenants and tiers. From the memo (NULL: none) where it is known, else simulated and, if it came to its end, kept. False: the system can't be prepared.
 * `worst_tenant` (orr_mem_free it) is what result->slo_worst_tenant points to. */
bool orr_memo_run(const orr_memo *memo, const orr_study *study, const orr_run_options *options, orr_arena *arena, orr_run_result *result, char **worst_tenant, orr_diags *diags);

/* A keeper of points in the store; `keeper` points to `memo`, which outlives it. */
void orr_memo_points(const orr_memo *memo, orr_sweep_keeper *keeper);

#endif
