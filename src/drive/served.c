#include "drive/served.h"

#include <math.h>

#include "base/math.h"
#include "drive/samples.h"

void orr_served_begin(orr_served_sums *sums)
{
    *sums = (orr_served_sums){0};
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++)
        if (metric != ORR_METRIC_ITL) sums->by_metric[metric] = orr_histogram_create();
}

void orr_served_end(orr_served_sums *sums)
{
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) orr_histogram_destroy(sums->by_metric[metric]);
}

void orr_served_add(orr_served_sums *sums, const orr_served *served, bool good)
{
    sums->finished++;
    sums->good += good;
    sums->input_tokens += served->input_tokens;
    sums->output_tokens += served->output_tokens;
    sums->cached_tokens += served->cached_tokens;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++)
        if (sums->by_metric[metric] && !isnan(served->by_metric_ns[metric])) orr_histogram_add(sums->by_metric[metric], orr_round_i64(served->by_metric_ns[metric]), 1);
}

void orr_served_summarize(const orr_served_sums *sums, orr_summary by_metric[ORR_METRIC_LATENCY_COUNT_])
{
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++)
        if (sums->by_metric[metric]) by_metric[metric] = orr_summary_of_histogram(sums->by_metric[metric]);
}
