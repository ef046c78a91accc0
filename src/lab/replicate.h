/* Replications: the same system under other chance. Run i has the seed hash(seed, i), run 0 the study's own; all of a run's chance comes from its seed, so the runs are independent.
 *
 *     interval = mean +- t s / sqrt(n),   s the standard deviation of the n runs' figures (n - 1), t the 97.5 % quantile of Student's t with n - 1 degrees of freedom
 *
 * It says where the figure's mean over all chance lies 95 times of 100: what the luck of one run's traffic does. What the model's error does is another matter (drive/interval.h). A percentile's figure is the mean of the runs'
 * percentiles. Runs are worked on by all cores; same study, same figures, with any number of threads. */
#ifndef ORR_LAB_REPLICATE_H
#define ORR_LAB_REPLICATE_H

#include "drive/run.h"

enum { ORR_REPLICATED_LATENCIES = 3, ORR_REPLICATED_STATS = 4 };        /* TTFT, TPOT, E2EL; mean, p50, p90, p99 */
extern const orr_latency_metric orr_replicated_metrics[ORR_REPLICATED_LATENCIES];
extern const orr_stat orr_replicated_stats[ORR_REPLICATED_STATS];

/* Over the runs that have the figure; half: of the interval (NaN with fewer than two). */
typedef struct orr_replicated { int64_t count; double mean, std, half; } orr_replicated;

typedef struct orr_replications {
    int64_t count, unstable;        /* runs; of these unstable */
    uint64_t *seeds;
    orr_replicated latency_ns[ORR_REPLICATED_LATENCIES][ORR_REPLICATED_STATS];
    orr_replicated request_throughput_per_s, output_tokens_per_s, goodput_per_s, slo_attainment;
} orr_replications;

/* The seed of a study's run i; i 0: its own. */
uint64_t orr_replication_seed(uint64_t seed, int64_t i);

typedef struct orr_replicate_options {
    int threads;                    /* 0: one a core */
    const volatile int *cancel;
    const struct orr_memo *memo;    /* lab/memo.h: runs that are known from before; NULL: none */
    void (*on_done)(void *context, size_t done, size_t total);
    void *context;
} orr_replicate_options;

/* `first` is the study's own run, done. measure.replications runs in all; NULL when cancelled or reported. In `arena`. */
const orr_replications *orr_replicate(const orr_study *study, const orr_run_result *first, const orr_replicate_options *options, orr_arena *arena, orr_diags *diags);

#endif
