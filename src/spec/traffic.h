/* Traffic, as a study states it: what arrives (lengths, prefixes), when (load), and when to stop. src/traffic/ turns it into requests. */
#ifndef ORR_SPEC_TRAFFIC_H
#define ORR_SPEC_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>
#include "spec/rates.h"
#include "spec/slo.h"

typedef enum { ORR_SOURCE_PROFILE, ORR_SOURCE_FIXED, ORR_SOURCE_TRACE, ORR_SOURCE_MIX /* of tenants */ } orr_traffic_kind;

enum { ORR_QUANTILE_KNOTS = 65, ORR_MAX_TENANTS = 64, ORR_MAX_BRANCHES = 16 };

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
    double prefix_tokens;               /* of every group's prefix; 0: by prefix_fraction */
    double prefix_groups;               /* how many prefixes are alive at a time */
    double prefix_skew;                 /* Zipf exponent over the groups */
    double prefix_life_requests;        /* after so many arrivals (of any request) a prefix dies and a new one takes its place; 0: prefixes live for ever */
    double shared_prefix_tokens;        /* a system prompt that starts every prompt longer than it; 0: none */
} orr_workload;

typedef enum { ORR_LOAD_OPEN_POISSON, ORR_LOAD_OPEN_GAMMA, ORR_LOAD_OPEN_CONSTANT, ORR_LOAD_TRACE_TIMES, ORR_LOAD_CLOSED, ORR_LOAD_ALL_AT_ONCE,
    ORR_LOAD_OPEN_MMPP, ORR_LOAD_OPEN_DIURNAL, ORR_LOAD_OPEN_SPIKES } orr_load_kind;

/* Arrivals by a process, at a rate. */
static inline bool orr_load_is_open(orr_load_kind load) { return load != ORR_LOAD_TRACE_TIMES && load != ORR_LOAD_CLOSED && load != ORR_LOAD_ALL_AT_ONCE; }

/* How the rate goes in time (traffic/arrivals_*.c); the mean is the load's rate. */
typedef struct orr_load_shape {
    orr_rates state_rates, state_dwell_s;                               /* MMPP */
    double period_ns, start_at_ns, amplitude; orr_rates profile;        /* DIURNAL: sinusoid, or the profile where it is given */
    double spike_factor, spike_duration_ns, spike_interval_ns;          /* SPIKES */
} orr_load_shape;

typedef enum { ORR_TURNS_GEOMETRIC, ORR_TURNS_FIXED } orr_turns_law;

/* Conversations (traffic/source_sessions.c): the source's prompt lengths are then those of what a user says at each turn. */
typedef struct orr_sessions {
    double turns;                       /* mean; 0: no sessions */
    orr_turns_law turns_law;
    orr_length_quantiles turn_quantiles;        /* where given, instead of the law */
    double think_ns, think_cv;          /* from an answer to the user's next turn: mean, and coefficient of variation (gamma) */
    int64_t max_context_tokens;         /* a conversation ends before a prompt longer than this; 0: no limit */
    double tool_calls;                  /* mean number of tool calls that follow a user's turn (geometric) */
    double tool_ns, tool_cv;            /* of a call, as think_ns */
    orr_length_quantiles tool_tokens, tool_output;      /* what a call adds to the prompt, and what is answered to it; not given: the source's */
    int64_t branches;                   /* parallel requests after a call; 1: none */
    double branch_share;                /* of calls that branch */
} orr_sessions;

typedef struct orr_tenants { struct orr_tenant *items; int64_t count; } orr_tenants;      /* as orr_named_items */
typedef enum { ORR_TRACE_AUTO, ORR_TRACE_MOONCAKE, ORR_TRACE_AZURE, ORR_TRACE_BURSTGPT, ORR_TRACE_BAILIAN, ORR_TRACE_SHAREGPT, ORR_TRACE_VIDUR, ORR_TRACE_VLLM, ORR_TRACE_AIPERF } orr_trace_format;

/* Images that come with prompts: a share of requests has so many each, all of one size. Their tokens stand behind the source's own in the prompt, and are shared with nobody. */
typedef struct orr_images { double share; int64_t per_request, width, height; int64_t tokens /* of one in the prompt; 0: as the model has it */; } orr_images;

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
    orr_load_shape shape;
    orr_sessions sessions;
    int64_t window_start_ns, window_end_ns;     /* TRACE: records from start on and before end, on its own clock from its first record; end 0: to the last */
    int64_t max_output_tokens;          /* the limit that clients set; 0: none */
    int64_t stop_requests;              /* 0: until the trace ends or stop_time */
    int64_t stop_rounds;                /* CLOSED: stop_requests is so many times concurrency; 0: as it stands */
    int64_t stop_time_ns;               /* of arrivals; 0: none */
    orr_images images;
    orr_tenants tenants;                /* MIX */
} orr_traffic;

static inline bool orr_traffic_has_sessions(const orr_traffic *t) { return t->sessions.turns > 0 || t->sessions.turn_quantiles.knot_count > 0; }

/* One class of requests of a mix: where it comes from, how it is served, and what it is promised. */
typedef struct orr_tenant {
    orr_traffic traffic;                /* its own; no mix */
    const char *name;
    double share;                       /* > 0: of the mix's own load, drawn request by request; 0: it has a load of its own */
    int64_t priority;                   /* lower is served first, where the scheduler looks at it */
    orr_slo slo;
} orr_tenant;

/* Has the section arrivals of its own? (A mix of tenants that have theirs has not.) */
static inline bool orr_traffic_has_load(const orr_traffic *t) { return t->kind != ORR_SOURCE_MIX || t->tenants.items[0].share > 0; }

#endif
