/* Traffic, as a study states it: what arrives (lengths, prefixes), when (load), and when to stop. src/traffic/ turns it into requests. */
#ifndef ORR_SPEC_TRAFFIC_H
#define ORR_SPEC_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { ORR_SOURCE_PROFILE, ORR_SOURCE_FIXED, ORR_SOURCE_TRACE } orr_traffic_kind;

enum { ORR_QUANTILE_KNOTS = 65, ORR_MAX_PREFIX_SHARES = 16 };

/* A length distribution: the quantile function at knots p = 0 .. 1 (piecewise linear in p between knots, of log length). */
typedef struct orr_length_quantiles { int knot_count; double p[ORR_QUANTILE_KNOTS], tokens[ORR_QUANTILE_KNOTS]; } orr_length_quantiles;

typedef struct orr_workload {
    const char *name, *title;
    orr_length_quantiles input, output;
    double rank_correlation;            /* Spearman, of input and output length: a Gaussian copula */
    double arrival_cv;                  /* coefficient of variation of the gaps: 1 is Poisson */
    double native_rate_per_s;
    /* prefix reuse: a share of requests continue an earlier prefix; `prefix_fraction` of their input is that prefix, in mean */
    double prefix_share, prefix_fraction;
    double prefix_groups;               /* how many prefixes are alive at a time */
    double prefix_skew;                 /* Zipf exponent over the groups */
    double prefix_life_requests;        /* after so many arrivals (of any request) a prefix dies and a new one takes its place; 0: prefixes live for ever */
    double shared_prefix_tokens;        /* a system prompt that starts every prompt longer than it; 0: none */
} orr_workload;

typedef enum { ORR_LOAD_OPEN_POISSON, ORR_LOAD_OPEN_GAMMA, ORR_LOAD_OPEN_CONSTANT, ORR_LOAD_TRACE_TIMES, ORR_LOAD_CLOSED, ORR_LOAD_ALL_AT_ONCE } orr_load_kind;
typedef enum { ORR_TRACE_AUTO, ORR_TRACE_MOONCAKE, ORR_TRACE_AZURE, ORR_TRACE_BURSTGPT, ORR_TRACE_BAILIAN, ORR_TRACE_SHAREGPT, ORR_TRACE_VIDUR } orr_trace_format;

typedef struct orr_traffic {
    const char *source;                 /* catalogue name, "fixed", or a path */
    orr_traffic_kind kind;
    orr_trace_format trace_format;
    orr_workload workload;              /* PROFILE */
    int64_t input_tokens, output_tokens;        /* FIXED: nominal */
    double length_range;                /* FIXED: lengths uniform in [(1 - r), 1] of nominal, whole tokens; 0: exact */
    int64_t prefix_period;              /* FIXED: prompt i repeats that of i - period; 0: all distinct */
    orr_load_kind load;
    double rate_per_s;                  /* open; 0: the trace's own times, or the profile's native rate */
    double burstiness_cv;               /* GAMMA: cv of gaps; 0: the profile's */
    double time_scale;                  /* TRACE_TIMES: gaps are divided by it */
    int64_t concurrency;                /* CLOSED: kept in flight; also an upper limit of requests in flight in open load when > 0 */
    int64_t stop_requests;              /* 0: until the trace ends or stop_time */
    int64_t stop_time_ns;               /* of arrivals; 0: none */
} orr_traffic;

#endif
