/* What a finished request got, and the latencies of many: of a part of all requests (a tenant's, a group's), in histograms (quantiles within 0.1 %). */
#ifndef ORR_DRIVE_SERVED_H
#define ORR_DRIVE_SERVED_H

#include "drive/run.h"

typedef struct orr_served { int32_t tenant; int64_t input_tokens, output_tokens, cached_tokens; double by_metric_ns[ORR_METRIC_LATENCY_COUNT_]; /* NaN: ITL; TPOT of one token */ } orr_served;

typedef struct orr_served_sums { int64_t finished, good, input_tokens, output_tokens, cached_tokens; orr_histogram *by_metric[ORR_METRIC_LATENCY_COUNT_]; /* ITL: NULL */ } orr_served_sums;

void orr_served_begin(orr_served_sums *sums);
void orr_served_end(orr_served_sums *sums);
void orr_served_add(orr_served_sums *sums, const orr_served *served, bool good);
void orr_served_summarize(const orr_served_sums *sums, orr_summary by_metric[ORR_METRIC_LATENCY_COUNT_]);

#endif
