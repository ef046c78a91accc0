/* What the traffic asks of any system: counts and sorted lengths, from one pass over the source. Bounds rest on it.
 *
 * Requests longer than `context_limit_tokens` are counted apart, since no system of that limit serves them. Everything else is over the served ones. */
#ifndef ORR_LAB_DEMAND_H
#define ORR_LAB_DEMAND_H

#include "spec/study.h"

typedef struct orr_demand {
    int64_t requests, too_long;
    bool open;                          /* arrivals have times of their own */
    double first_arrival_ns, last_arrival_ns;
    double input_tokens, output_tokens; /* sums */
    double uncached_tokens;             /* sum of what no cache can hold: the input less its shareable prefix, at least one token a request */
    double decode_context_tokens;       /* sum over all decode steps of the request's context */
    double decode_private_tokens;       /* the same without what other requests may share: what the cache must hold for it alone */
    int64_t longest_tokens;             /* max of input + output */
    int32_t *inputs, *uncached, *outputs;       /* sorted, `requests` of them */
    int32_t *decoding_inputs;           /* inputs of the requests that decode (output > 1), sorted */
    int64_t decoding;
} orr_demand;

/* Reads the whole source. Of sessions and of tenants nothing is bounded without a run: `requests` stays 0, and nothing is bounded. False with diagnostics when it can't be read, or `cancel` became non-zero. */
bool orr_demand_read(const orr_traffic *traffic, uint64_t seed, int64_t context_limit_tokens, const volatile int *cancel, orr_demand *demand, orr_diags *diags);
void orr_demand_free(orr_demand *demand);

/* The least number of requests that must miss a limit before its `stat` over at most `count` samples is certain to be over it: the interpolated
 * percentile (type 7) lies between the sorted samples floor(h) and floor(h) + 1, h = (count - 1) p, so it is over the limit when sample floor(h) is.
 * Grows with count: an upper bound of count is safe. 0 for the mean, which no count decides. */
int64_t orr_certain_misses(orr_stat stat, int64_t count);
const char *orr_stat_name(orr_stat stat);
const char *orr_latency_metric_name(orr_latency_metric metric);

#endif
