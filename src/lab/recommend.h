/* recommend: search a study's domains for the best system under SLOs on percentiles, by simulation.
 *
 * Every point of the domain product ends in exactly one verdict (a law, tested). Points are screened by bounds that are proven, not guessed: a point is pruned only when no outcome of its
 * simulation could make it win or stand on the Pareto front, and the bound is written beside it. The rest are simulated. Deterministic: same bytes with one thread or many. */
#ifndef ORR_LAB_RECOMMEND_H
#define ORR_LAB_RECOMMEND_H

#include "drive/run.h"
#include "spec/study.h"

typedef enum {
    ORR_VERDICT_FEASIBLE,           /* simulated in full, meets every SLO */
    ORR_VERDICT_MISSES_SLO,         /* simulated (in full or until a miss was certain) */
    ORR_VERDICT_DOES_NOT_FIT,       /* weights or one request do not fit in memory */
    ORR_VERDICT_INVALID,            /* layout impossible: TP does not divide heads, more chips than there are, ... */
    ORR_VERDICT_UNSTABLE,           /* the queue grows without bound at this load */
    ORR_VERDICT_BOUND_LATENCY,      /* not simulated: even an empty server misses the SLO */
    ORR_VERDICT_BOUND_CAPACITY,     /* not simulated: even perfect batching can't carry the load */
    ORR_VERDICT_BOUND_COST,         /* not simulated: can't beat a system already found */
    ORR_VERDICT_UNKNOWN,            /* interrupted before it was decided */
    ORR_VERDICT_COUNT_
} orr_verdict;
const char *orr_verdict_name(orr_verdict verdict);          /* "feasible", "misses SLO", ... */

typedef struct orr_candidate {
    size_t point;                       /* index in the domain product (mixed radix, last domain fastest) */
    const size_t *choice_index;         /* one per domain */
    const char *label;                  /* "TP4 fp8 x 3 replicas, 256 seqs, 8192 tokens" */
    int64_t gpus, replicas;
    orr_verdict verdict;
    bool simulated, on_pareto_front;    /* front: tok/s/user (p50... of the same statistic as the SLO's TPOT, else p99) against tok/s/GPU, among simulated stable ones */
    const char *reason;                 /* one sentence: "p99 TTFT 3.1 s is over 2 s", "needs 141 GB of 72 GB a GPU; the smallest tensor_parallel_size that fits is 2" */
    double objective;                   /* NaN when not simulated */
    double bound;                       /* of the objective, when pruned by one */
    orr_run_result result;              /* valid when simulated */
} orr_candidate;

typedef struct orr_recommendation {
    orr_candidate *candidates; size_t candidate_count;      /* all points, in rank order: feasible by objective, then the rest by how near they came; ties by point */
    size_t evaluated, simulated, verdict_counts[ORR_VERDICT_COUNT_];
    double simulated_requests;
    bool interrupted;
    const orr_study *winner_study;                          /* NULL: none feasible */
    orr_run_result winner;                                  /* re-run with records and all requests */
    const char *answer;                                     /* the answer in a sentence */
    const char *const *why; size_t why_count;               /* why the winner wins, sentence by sentence, with figures */
    orr_step_explanation explanation;                       /* of the winner's typical step */
} orr_recommendation;

typedef struct orr_recommend_options {
    int threads;                        /* 0: all cores */
    const volatile int *cancel;
    void (*on_progress)(void *context, size_t decided, size_t total, size_t simulated, const char *best_label);
    void *progress_context;
} orr_recommend_options;

orr_recommendation *orr_recommend(const orr_study_file *file, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags);

#endif
