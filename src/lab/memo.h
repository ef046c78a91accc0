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

/* A run that is made by someone else: false, it could not be. */
typedef struct orr_run_elsewhere { bool (*run)(void *context, orr_run_result *result, char **worst_tenant); void *context; } orr_run_elsewhere;

/* One system's run, its figures alone: no records or samples, nothing of single tenants and tiers. From the memo (NULL: none) where it is known, else simulated, `elsewhere` (NULL: here) or here, and, if it came to its end, kept. False: the system can't be prepared.
 * `worst_tenant` (orr_mem_free it) is what result->slo_worst_tenant points to. */
bool orr_memo_run(const orr_memo *memo, const orr_study *study, const orr_run_options *options, const orr_run_elsewhere *elsewhere, orr_arena *arena, orr_run_result *result, char **worst_tenant, orr_diags *diags);

/* Such a run as bytes, for programs of the same version (orr_mem_free them), and back. False: they are none. */
void *orr_memo_pack_run(const orr_run_result *result, const char *worst_tenant, size_t *length_bytes);
bool orr_memo_unpack_run(const void *bytes, size_t length_bytes, orr_run_result *result, char **worst_tenant);
/* A point as bytes, and back into the point of that number; false: they are none, or another's. */
enum { ORR_POINT_BYTES = 8 * 15 };
void orr_memo_pack_point(const orr_sweep_point *point, uint8_t *at);
bool orr_memo_unpack_point(const uint8_t *at, orr_sweep_point *point);

/* A keeper of points in the store; `keeper` points to `memo`, which outlives it. */
void orr_memo_points(const orr_memo *memo, orr_sweep_keeper *keeper);

#endif
