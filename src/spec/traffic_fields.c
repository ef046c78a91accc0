/* The parameters of traffic (a study's section) and of a workload profile (data/workloads/NAME.yaml). */
#include "spec/field.h"
#include "spec/study.h"
#include "spec/traffic.h"

#define REAL(key, type, member, least, most, fallback, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(type, member), .min = least, .max = most, .default_text = fallback, .doc = text}
#define RATE(key, type, member, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_PER_S, .offset = offsetof(type, member), .max = 1e9, .default_text = "0 /s", .flags = ORR_FIELD_BARE | ORR_FIELD_SEARCHABLE, .doc = text}
#define WHOLE(key, type, member, most, text) \
    {.name = key, .kind = ORR_FIELD_INT, .offset = offsetof(type, member), .max = most, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = text}

static const orr_field prefix_fields[] = {
    REAL("shared_tokens", orr_workload, shared_prefix_tokens, 0, 1e9, "0", "a system prompt that starts every prompt longer than it; 0: none"),
    REAL("share", orr_workload, prefix_share, 0, 1, "0", "share of requests whose prompt goes on with the prefix of a group"),
    REAL("fraction", orr_workload, prefix_fraction, 0, 1, "0", "of such a prompt, the part after the system prompt that is the group's prefix, in mean"),
    REAL("groups", orr_workload, prefix_groups, 0, 67108864, "0", "prefixes alive at a time"),
    REAL("skew", orr_workload, prefix_skew, 0, 10, "0", "Zipf exponent over the groups; 0: all alike"),
    REAL("life_requests", orr_workload, prefix_life_requests, 0, 1e15, "0", "arrivals after which a prefix dies and a new one takes its place; 0: prefixes live for ever"),
};
static const orr_table prefix_table = {"prefix", "reuse of prefixes", ORR_FIELDS(prefix_fields)};

static const orr_field workload_fields[] = {
    ORR_HEAD_FIELDS(orr_workload),
    {.name = "input_tokens", .kind = ORR_FIELD_QUANTILES, .offset = offsetof(orr_workload, input), .flags = ORR_FIELD_REQUIRED, .doc = "prompt lengths: quantile function at knots, log-linear between them"},
    {.name = "output_tokens", .kind = ORR_FIELD_QUANTILES, .offset = offsetof(orr_workload, output), .flags = ORR_FIELD_REQUIRED, .doc = "output lengths, likewise"},
    REAL("rank_correlation", orr_workload, rank_correlation, -1, 1, "0", "Spearman, of prompt and output length"),
    REAL("arrival_cv", orr_workload, arrival_cv, 0, 1000, "1", "coefficient of variation of the gaps between arrivals; 1: Poisson"),
    RATE("native_rate", orr_workload, native_rate_per_s, "requests a second where it was recorded"),
    {.name = "prefix", .kind = ORR_FIELD_TABLE, .table = &prefix_table, .doc = "reuse of prefixes"},
    {.name = "statistics", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "what was measured of the trace that the profile was fitted to, and how near the profile comes"},
};
const orr_table orr_workload_table = {"workload", "a workload: lengths, arrivals and prefixes of requests, as a profile", ORR_FIELDS(workload_fields)};

static const char *const process_names[] = {"poisson", "gamma", "constant", "trace", "closed", "all_at_once"};
static const char *const format_names[] = {"auto", "mooncake", "azure", "burstgpt", "bailian", "sharegpt", "vidur"};

static const orr_field load_fields[] = {
    {.name = "process", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_traffic, load), .names = process_names, .name_count = 6,
     .doc = "how requests arrive; where absent: closed with `concurrency` alone, gamma with `cv`, trace for a trace without `rate`, else poisson"},
    RATE("rate", orr_traffic, rate_per_s, "requests a second; 0: the profile's own"),
    REAL("cv", orr_traffic, burstiness_cv, 0, 1000, "0", "gamma: coefficient of variation of the gaps; 0: the profile's"),
    REAL("time_scale", orr_traffic, time_scale, 1e-6, 1e6, "1", "trace: gaps are divided by it"),
    WHOLE("concurrency", orr_traffic, concurrency, 1e7, "closed: requests kept in flight; else the most that may be, 0: no limit"),
};
static const orr_table load_table = {"load", "when requests arrive", ORR_FIELDS(load_fields)};

static const orr_field stop_fields[] = {
    WHOLE("requests", orr_traffic, stop_requests, 1e12, "arrivals to simulate; 0: no limit"),
    {.name = "time", .kind = ORR_FIELD_TIME, .offset = offsetof(orr_traffic, stop_time_ns), .max = 9e18, .default_text = "0 s", .doc = "span of arrivals to simulate; 0: no limit"},
};
static const orr_table stop_table = {"stop", "when arrivals end", ORR_FIELDS(stop_fields)};

static const orr_field traffic_fields[] = {
    {.name = "source", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_traffic, source), .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "a workload of the catalogue (or its path), \"fixed\", or the path of a trace"},
    {.name = "format", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_traffic, trace_format), .default_text = "auto", .names = format_names, .name_count = 7, .doc = "of a trace"},
    {.name = "workload", .kind = ORR_FIELD_TABLE, .table = &orr_workload_table, .offset = offsetof(orr_traffic, workload), .flags = ORR_FIELD_REFERENCE, .doc = "alters the profile that `source` names"},
    WHOLE("input_tokens", orr_traffic, input_tokens, 1e9, "fixed: prompt length"),
    WHOLE("output_tokens", orr_traffic, output_tokens, 1e9, "fixed: output length"),
    REAL("length_range", orr_traffic, length_range, 0, 1, "0", "fixed: lengths are uniform from (1 - this) x nominal to nominal"),
    WHOLE("prefix_period", orr_traffic, prefix_period, 1e9, "fixed: prompt i repeats that of i - period; 0: all distinct"),
    {.name = "load", .kind = ORR_FIELD_TABLE, .table = &load_table, .doc = "when requests arrive"},
    {.name = "stop", .kind = ORR_FIELD_TABLE, .table = &stop_table, .doc = "when arrivals end"},
};
const orr_table orr_traffic_table = {"traffic", "what arrives, when, and when it ends", ORR_FIELDS(traffic_fields)};
