/* From what happens in a run to its result: samples, histograms, time-weighted means, SLO verdicts.
 *
 * TTFT, TPOT and E2EL keep up to a million samples (samples.h: exact percentiles, numpy type 7; beyond, and where no records are kept, within 0.1 %); ITL, queue time and TTFT from admission go to histograms
 * (quantiles within 0.1 %). A limit on a percentile is missed for certain as soon as more samples exceed it than the percentile leaves above it. */
#ifndef ORR_DRIVE_COLLECT_H
#define ORR_DRIVE_COLLECT_H

#include "drive/loop.h"
#include "drive/run.h"
#include "drive/warmup.h"

typedef struct orr_collector orr_collector;

/* What is kept of a finished request. */
static inline orr_request_record orr_request_record_of(const orr_loop_finish *finish)
{
    const orr_finished *f = &finish->finished;
    return (orr_request_record){f->request.arrival_ns, f->admitted_ns, finish->first_token_ns, finish->finish_ns, (int32_t)f->request.input_tokens, (int32_t)f->output_tokens, (int32_t)f->cached_tokens,
        (int32_t)finish->replica, f->preemptions, f->request.tenant};
}

/* How many of so many requests may exceed a limit on the statistic before it is missed whatever the rest do; INT64_MAX: never certain (a mean, an unknown number). */
int64_t orr_allowed_misses(int64_t requests, orr_stat stat);

/* `config`: how many replicas of what group there are. */
orr_collector *orr_collector_create(const orr_study *study, const orr_run_options *options, const orr_loop_config *config);
void orr_collector_destroy(orr_collector *collector);
/* Leaves out the beginning (orr_measure, its kind settled: no AUTO). Everything counts from the finish that ends it: requests that finish after it, steps and time after it; only records are kept of all. `on_begun` is told then. */
void orr_collector_leave_out(orr_collector *collector, const orr_measure *warmup, void (*on_begun)(void *context), void *context);
/* Also keeps what tells where a beginning ends. */
void orr_collector_keep_series(orr_collector *collector, orr_warmup_series *series);
orr_loop_observer orr_collector_observer(orr_collector *collector);
/* What of the loop's totals is measured: all but the beginning. */
orr_loop_totals orr_collector_measured(const orr_collector *collector, const orr_loop_totals *totals);
/* Writes everything that follows from what was seen: counts, latencies, throughputs, SLO, occupancy. Takes the samples over where records are kept. */
void orr_collector_finish(orr_collector *collector, const orr_loop_totals *measured, orr_run_result *result);

#endif
