/* The least device time that a demand takes on one system (bounds.h, "work"). */
#ifndef ORR_LAB_WORK_H
#define ORR_LAB_WORK_H

#include "lab/demand.h"
#include "lab/minorant.h"

/* What has to be computed. */
typedef struct orr_work {
    double requests, prefill_tokens, decode_tokens, decode_context_tokens, decode_private_tokens;
    const int32_t *prompts;     /* sorted lengths to compute, at least `requests` of them: the shortest count */
} orr_work;

orr_work orr_work_of_demand(const orr_demand *demand);
/* All of it but the `excluded` requests that would take the most out of it, each kind of token at its worst (more than any real choice of so many requests could take out). */
orr_work orr_work_without(const orr_demand *demand, int64_t excluded);
/* At least the sum of a time over these lengths (sorted), which never falls as a length grows. Nothing else is asked of it: times are neither convex nor concave. */
typedef double orr_length_ns_fn(const void *context, int32_t tokens);
double orr_least_sum_ns(orr_length_ns_fn *time_ns, const void *context, const int32_t *sorted, int64_t count);
/* Seconds of one replica, at least. */
double orr_work_least_s(const orr_study *study, const orr_perf *perf, const orr_work *work, orr_hulls *hulls);

/* ns of a replica that a token takes in any step, at the least. */
double orr_work_least_token_ns(const orr_study *study, const orr_perf *perf, orr_hulls *hulls);

/* Time of a step with one request in it: a decode (which gives orr_perf_decode_tokens tokens at most) at `context_tokens`, or a prompt of `new_tokens` from an empty cache, in as many steps as the token budget asks. */
double orr_alone_decode_ns(const orr_perf *perf, int64_t context_tokens, int64_t context_cap_tokens);
double orr_alone_prefill_ns(const orr_study *study, const orr_perf *perf, int64_t new_tokens);

#endif
