/* recommend: search a study's domains for the best system under SLOs on percentiles, by simulation.
 *
 * Every point of the domain product ends in exactly one verdict (a law, tested). Points are screened by bounds that are proven, not guessed (bounds.h): a point is pruned only when no
 * outcome of its simulation could make it win or stand on the Pareto front, and the bound is written beside it. The rest are simulated. Objectives within ORR_TIE_SHARE of the best are a
 * tie (less than any model can tell apart): fewest GPUs, then the widest margin to the SLOs go first. A gain on the front below the same share is not sought, and
 * the front's part of the search ends after ORR_FRONT_SIMULATIONS_MAX runs; what that leaves out is said in the reason. Deterministic: same bytes with one thread or many. */
#ifndef ORR_LAB_RECOMMEND_H
#define ORR_LAB_RECOMMEND_H

#include "drive/interval.h"
#include "lab/rivals.h"
#include "spec/study.h"

#define ORR_TIE_SHARE 0.005
enum { ORR_FRONT_SIMULATIONS_MAX = 192 };

typedef enum {
    ORR_VERDICT_FEASIBLE,           /* simulated in full, meets every SLO */
    ORR_VERDICT_MISSES_SLO,         /* simulated (in full or until a miss was certain) */
    ORR_VERDICT_DOES_NOT_FIT,       /* weights or one request do not fit in memory */
    ORR_VERDICT_INVALID,            /* layout impossible: TP does not divide heads, more chips than there are, ... */
    ORR_VERDICT_CONSTRAINED,        /* not simulated: over a constraint of the study */
    ORR_VERDICT_UNSTABLE,           /* the queue grows without bound at this load */
    ORR_VERDICT_BOUND_LATENCY,      /* not simulated: even an empty server misses the SLO */
    ORR_VERDICT_BOUND_CAPACITY,     /* not simulated: even perfect batching can't carry the load */
    ORR_VERDICT_BOUND_COST,         /* not simulated: can't beat a system already found */
    ORR_VERDICT_REPEATS,            /* the same system as another point: they differ in settings that say nothing there (orr_space_original) */
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
    bool simulated, on_pareto_front;    /* front: tok/s/user (at the statistic of the tightest TPOT limit, else p99) against output tok/s/GPU, among feasible ones */
    size_t same_as;                     /* simulated by another point's run, which it would repeat event by event (max_num_seqs that never bound): that point; else `point` */
    const char *reason;                 /* one sentence: "p99 TTFT 3.1 s is over 2 s", "needs 141 GB of 72 GB a GPU; the smallest tensor_parallel_size that fits is 2" */
    double objective;                   /* NaN when not simulated */
    double bound;                       /* of the objective, when pruned by one */
    double tokens_per_s_per_user, tokens_per_s_per_gpu;     /* the front's axes; NaN when not simulated in full */
    orr_run_result result;              /* valid when simulated (partial when the run was given up); without histogram, records and samples */
} orr_candidate;

typedef struct orr_recommendation {
    orr_candidate *candidates; size_t candidate_count;      /* all points, in rank order: feasible by objective, then the rest by how near they came; ties by point */
    orr_stat front_stat;
    orr_objective objective;
    size_t evaluated, simulated /* runs; points that share one count once */, verdict_counts[ORR_VERDICT_COUNT_];
    double simulated_requests;
    bool interrupted;
    const orr_study *winner_study;                          /* NULL: none feasible */
    orr_run_result winner;                                  /* re-run with records and all requests */
    const char *answer;                                     /* the answer in a sentence */
    const char *const *why; size_t why_count;               /* why the winner wins, sentence by sentence, with figures */
    orr_step_explanation explanation;                       /* of the winner's typical step */
    orr_run_intervals intervals;                    /* of the winner's figures */
    const orr_rivals *rivals;                       /* NULL: not asked for, or one system alone */
} orr_recommendation;

typedef struct orr_recommend_options {
    int threads;                        /* 0: all cores */
    const volatile int *cancel;
    void (*on_progress)(void *context, size_t decided, size_t total, size_t simulated, const char *best_label);
    void *progress_context;
    const struct orr_memo *memo;        /* lab/memo.h: what is known of runs from before; NULL: nothing */
    int64_t seeds;                      /* that the best are told apart by (lab/rivals.h); 0: they are not */
} orr_recommend_options;

/* NULL with diagnostics when the study can't be searched: too many points, a domain of the SLOs or the objective, input that can't be read. */
orr_recommendation *orr_recommend(const orr_study_file *file, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags);
/* Frees what is not in the arena (the winner's records and samples). */
void orr_recommendation_free(orr_recommendation *recommendation);

#endif
