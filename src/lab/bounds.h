/* Bounds: what a system can at best do, without simulating it.
 *
 * Every bound rests on three laws that tests hold the performance model to: a step's time does not fall when its content grows; time per token does not rise with the
 * batch; and a step that does two things takes no less than either. ORR_BOUND_SLACK gives away what tile and wave rounding may bend them by.
 *
 *  memory      weights, activations and runtime leave room for the longest request that is served: exact.
 *  latency     a request can't be faster than alone on an empty server with every shareable token cached: TTFT_i >= F(uncached_i), TPOT_i >= G(input_i),
 *              E2EL_i >= F(least) + (output_i - 1) G(least). Bounds that hold request by request hold for every statistic.
 *  work        the least device time in which the demanded tokens can be computed: K G(T / K) + attention, with T tokens in at least K steps (K from max_num_seqs, from the
 *              token budget, and from the cache: the contexts that decode together must be in it together), G a convex minorant of the dense time (minorant.h); prompts by groups, each at its shortest.
 *              Prompts that either of two pools may compute: both together compute no more tokens than each at its least time of a token, and decodes alone are the decode pool's.
 *  capacity    in open load, all but the requests that an SLO lets miss must be finished a known time after the last arrival: their work must fit in that time.
 *  objective   tokens/s <= demanded tokens / max(span of the arrivals, work): cost, tokens/s/GPU, energy (idle alone) and goodput follow. */
#ifndef ORR_LAB_BOUNDS_H
#define ORR_LAB_BOUNDS_H

#include "lab/demand.h"
#include "lab/minorant.h"
#include "lab/objective.h"
#include "lab/recommend.h"

#define ORR_BOUND_SLACK 0.97

typedef struct orr_bounds {
    orr_verdict verdict;            /* UNKNOWN: only a simulation can tell; else why none is needed */
    const char *reason;             /* in the arena given; NULL while unknown */
    int64_t gpus, replicas;
    int64_t max_num_seqs;
    double latency_ns[ORR_METRIC_LATENCY_COUNT_][ORR_STAT_COUNT_];      /* at least; 0 where no limit asks */
    double miss_ratio;              /* max over limits of bound / limit */
    double work_s;                  /* at least, on all replicas together */
    double duration_s;              /* at least */
    double output_tokens_per_s, output_tokens_per_s_per_gpu;            /* at most */
    double tokens_per_s_per_user;   /* at most, at the front's statistic */
    double objective;               /* the best it can reach */
    uint64_t fingerprint;           /* equal: the same step times and cache, whatever max_num_seqs */
} orr_bounds;

/* The statistic on which interactivity is judged: that of the tightest TPOT limit, else p99. */
orr_stat orr_front_stat(const orr_slo *slo);

/* perf: prepared for bounds, from the study or one that differs from it in load alone (orr_domain_is_load). hulls: of that system, for its next study. */
void orr_bounds_compute(const orr_study *study, const orr_perf *perf, const orr_demand *demand, orr_hulls *hulls, orr_arena *arena, orr_bounds *bounds);

/* "1.31 s", "48.1 ms" */
const char *orr_ns_text(double ns, orr_arena *arena);

#endif
