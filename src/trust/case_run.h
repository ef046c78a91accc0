/* Running measured cases: each study bound, prepared and simulated in this process, in parallel, as `orrery predict` would.
 *
 * Invariants: 1. one item, one thread, one place to write: the outcome does not depend on the number of threads; 2. a case that can't be run says why. */
#ifndef ORR_TRUST_CASE_RUN_H
#define ORR_TRUST_CASE_RUN_H

#include "base/workers.h"
#include "drive/interval.h"
#include "perf/coefficients.h"
#include "trust/case.h"

/* A case with its study bound: what a fit runs again and again. */
typedef struct orr_bound_case { const orr_case *of; const orr_study *study; const char *reason; orr_arena *arena; } orr_bound_case;     /* study NULL: reason; it lives in `arena` */

typedef struct orr_case_outcome {
    double predicted[ORR_CASE_QUANTITY_COUNT_];     /* NaN: not predicted */
    const char *reason;                             /* why nothing is; NULL: all is well */
    orr_decode_sums decode;                         /* the typical step, */
    orr_prefill_chunk chunk;                        /* its typical chunk, */
    double chunks_per_mixed_step, mixed_share;      /* how many of these, and how often */
    orr_run_intervals intervals;                    /* how sure the figures are; all 0 where nothing is predicted */
} orr_case_outcome;

/* Alters a bound study before it is prepared: what a fit tries. May be NULL. */
typedef struct orr_case_trial {
    void *context;
    void (*alter)(void *context, const orr_case *one, orr_study *study);
    const orr_coefficients *coefficients;           /* NULL: universal */
} orr_case_trial;

/* Where traces of requests may be written: a prefix of this process alone, under $TMPDIR or /tmp. */
const char *orr_case_trace_prefix(orr_arena *arena);
/* Binds all of them, in parallel; one result a case. Traces of requests are written as files named `trace_prefix`ID.jsonl. orr_cases_unbind frees the studies and removes the files. */
orr_bound_case *orr_cases_bind(const orr_cases *cases, const char *trace_prefix, orr_workers *workers, orr_arena *arena);
void orr_cases_unbind(orr_bound_case *bound, size_t count, const char *trace_prefix);
/* Simulates them, in parallel; one outcome a case, in the arena. */
orr_case_outcome *orr_cases_run(const orr_bound_case *bound, size_t count, const orr_case_trial *trial, orr_workers *workers, orr_arena *arena);

#endif
