/* The parameters of traffic (a study's section), of its tenants, and of a workload profile (data/workloads/NAME.yaml). */
#include "spec/field.h"
#include "spec/study.h"
#include "spec/traffic.h"

#define REAL(key, type, member, least, most, fallback, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(type, member), .min = least, .max = most, .default_text = fallback, .doc = text}
#define RATE(key, type, member, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_PER_S, .offset = offsetof(type, member), .max = 1e9, .default_text = "0 /s", .flags = ORR_FIELD_BARE | ORR_FIELD_SEARCHABLE, .doc = text}
#define WHOLE(key, type, member, most, text) \
    {.name = key, .kind = ORR_FIELD_INT, .offset = offsetof(type, member), .max = most, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = text}

#define SPAN(key, type, member, fallback, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(type, member), .max = 9e18, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define LENGTHS(key, type, member, flags_, text) {.name = key, .kind = ORR_FIELD_QUANTILES, .offset = offsetof(type, member), .flags = flags_, .doc = text}

static const orr_field prefix_fields[] = {
    REAL("shared_tokens", orr_workload, shared_prefix_tokens, 0, 1e9, "0", "a system prompt that starts every prompt longer than it; 0: none"),
    REAL("share", orr_workload, prefix_share, 0, 1, "0", "share of requests whose prompt goes on with the prefix of a group"),
    REAL("fraction", orr_workload, prefix_fraction, 0, 1, "0", "of such a prompt, the part after the system prompt that is the group's prefix, in mean"),
    REAL("tokens", orr_workload, prefix_tokens, 0, 1e9, "0", "length of every group's prefix, which starts prompts longer than it; 0: by `fraction`"),
    REAL("groups", orr_workload, prefix_groups, 0, 67108864, "0", "prefixes alive at a time"),
    REAL("skew", orr_workload, prefix_skew, 0, 10, "0", "Zipf exponent over the groups; 0: all alike"),
    REAL("life_requests", orr_workload, prefix_life_requests, 0, 1e15, "0", "arrivals after which a prefix dies and a new one takes its place; 0: prefixes live for ever"),
};
const orr_table orr_prefix_table = {"prefix", "reuse of prefixes", ORR_FIELDS(prefix_fields)};

static const orr_field workload_fields[] = {
    ORR_HEAD_FIELDS(orr_workload),
    {.name = "input_tokens", .kind = ORR_FIELD_QUANTILES, .offset = offsetof(orr_workload, input), .flags = ORR_FIELD_REQUIRED, .doc = "prompt lengths: quantile function at knots, log-linear between them"},
    {.name = "output_tokens", .kind = ORR_FIELD_QUANTILES, .offset = offsetof(orr_workload, output), .flags = ORR_FIELD_REQUIRED, .doc = "output lengths, likewise"},
    REAL("rank_correlation", orr_workload, rank_correlation, -1, 1, "0", "Spearman, of prompt and output length"),
    REAL("arrival_cv", orr_workload, arrival_cv, 0, 1000, "1", "coefficient of variation of the gaps between arrivals; 1: Poisson"),
    RATE("native_rate", orr_workload, native_rate_per_s, "requests a second where it was recorded"),
    {.name = "prefix", .kind = ORR_FIELD_TABLE, .table = &orr_prefix_table, .doc = "reuse of prefixes"},
    {.name = "statistics", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "what was measured of the trace that the profile was fitted to, and how near the profile comes"},
};
const orr_table orr_workload_table = {"workload", "a workload: lengths, arrivals and prefixes of requests, as a profile", ORR_FIELDS(workload_fields)};

static const char *const process_names[] = {"poisson", "gamma", "constant", "trace", "closed", "all_at_once", "mmpp", "diurnal", "spikes"};
static const char *const format_names[] = {"auto", "mooncake", "azure", "burstgpt", "bailian", "sharegpt", "vidur", "vllm", "aiperf"};

/* --- arrival processes whose rate changes in time --- */

static const orr_field mmpp_fields[] = {
    {.name = "rates", .kind = ORR_FIELD_RATES, .offset = offsetof(orr_traffic, shape.state_rates), .max = 1e9, .most = ORR_MAX_RATES, .doc = "requests a second in each state; beside load.rate, in proportion to it"},
    {.name = "dwell_s", .kind = ORR_FIELD_RATES, .offset = offsetof(orr_traffic, shape.state_dwell_s), .min = 1e-6, .max = 1e9, .most = ORR_MAX_RATES, .doc = "mean seconds of a stay in each state"},
};
const orr_table orr_mmpp_table = {"mmpp", "a Markov-modulated Poisson process: states with a rate each", ORR_FIELDS(mmpp_fields)};

static const orr_field diurnal_fields[] = {
    SPAN("period", orr_traffic, shape.period_ns, "24 h", "after which the rate's course repeats itself"),
    SPAN("start_at", orr_traffic, shape.start_at_ns, "0 s", "where in the period the run starts"),
    REAL("amplitude", orr_traffic, shape.amplitude, 0, 1, "0.5", "of a sinusoid about the mean, as a share of it; its peak is at half the period"),
    {.name = "profile", .kind = ORR_FIELD_RATES, .offset = offsetof(orr_traffic, shape.profile), .max = 1e9, .most = ORR_MAX_RATES, .doc = "instead of a sinusoid: what the rate is in proportion to in each of equal parts of the period, such as 24 hours"},
};
const orr_table orr_diurnal_table = {"diurnal", "Poisson arrivals whose rate goes with the time of day", ORR_FIELDS(diurnal_fields)};

static const orr_field spikes_fields[] = {
    REAL("factor", orr_traffic, shape.spike_factor, 0, 1e6, "5", "rate during a spike over the rate between spikes"),
    SPAN("duration", orr_traffic, shape.spike_duration_ns, "30 s", "of a spike"),
    SPAN("interval", orr_traffic, shape.spike_interval_ns, "10 min", "one spike falls into each, anywhere in it"),
};
const orr_table orr_spikes_table = {"spikes", "Poisson arrivals with bursts", ORR_FIELDS(spikes_fields)};

static const orr_field load_fields[] = {
    {.name = "process", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_traffic, load), .names = process_names, .name_count = 9,
     .doc = "how requests arrive; where absent: closed with `concurrency` alone, gamma with `cv`, mmpp, diurnal or spikes where its settings are given, trace for a trace without `rate`, else poisson"},
    RATE("rate", orr_traffic, rate_per_s, "requests (of sessions: their starts) a second in the mean; 0: the profile's own"),
    REAL("cv", orr_traffic, burstiness_cv, 0, 1000, "0", "gamma: coefficient of variation of the gaps; 0: the profile's"),
    REAL("time_scale", orr_traffic, time_scale, 1e-6, 1e6, "1", "trace: gaps are divided by it"),
    WHOLE("concurrency", orr_traffic, concurrency, 1e7, "closed: requests (or sessions) kept in flight; else the most that may be, 0: no limit"),
    {.name = "mmpp", .kind = ORR_FIELD_TABLE, .table = &orr_mmpp_table, .flags = ORR_FIELD_OPTIONAL, .doc = "settings of that process"},
    {.name = "diurnal", .kind = ORR_FIELD_TABLE, .table = &orr_diurnal_table, .flags = ORR_FIELD_OPTIONAL, .doc = "settings of that process"},
    {.name = "spikes", .kind = ORR_FIELD_TABLE, .table = &orr_spikes_table, .flags = ORR_FIELD_OPTIONAL, .doc = "settings of that process"},
};
const orr_table orr_load_table = {"load", "when requests arrive", ORR_FIELDS(load_fields)};

static const orr_field stop_fields[] = {
    WHOLE("requests", orr_traffic, stop_requests, 1e12, "arrivals to simulate; 0: no limit"),
    WHOLE("rounds", orr_traffic, stop_rounds, 1e9, "closed: arrivals to simulate for each one kept in flight (requests = rounds x concurrency); 0: as `requests` says"),
    {.name = "time", .kind = ORR_FIELD_TIME, .offset = offsetof(orr_traffic, stop_time_ns), .max = 9e18, .default_text = "0 s", .doc = "span of arrivals to simulate; 0: no limit"},
};
static const orr_table stop_table = {"stop", "when arrivals end", ORR_FIELDS(stop_fields)};

static const orr_field window_fields[] = {
    {.name = "start", .kind = ORR_FIELD_TIME, .offset = offsetof(orr_traffic, window_start_ns), .max = 9e18, .default_text = "0 s", .doc = "from the trace's first record"},
    {.name = "end", .kind = ORR_FIELD_TIME, .offset = offsetof(orr_traffic, window_end_ns), .max = 9e18, .default_text = "0 s", .doc = "the same; records from here on are left out; 0: none are"},
};
const orr_table orr_window_table = {"window", "a part of a trace", ORR_FIELDS(window_fields)};

/* --- sessions --- */

static const orr_field tools_fields[] = {
    REAL("calls", orr_traffic, sessions.tool_calls, 0, 1e6, "0", "calls that follow a user's turn, in mean (geometric); 0: none"),
    SPAN("time", orr_traffic, sessions.tool_ns, "1 s", "from the answer that makes the call to the request with its result, in mean"),
    REAL("cv", orr_traffic, sessions.tool_cv, 0, 100, "1", "coefficient of variation of that time (gamma); 0: constant, 1: exponential"),
    LENGTHS("tokens", orr_traffic, sessions.tool_tokens, 0, "a call's result, which the prompt grows by; absent: the source's prompt lengths"),
    LENGTHS("output_tokens", orr_traffic, sessions.tool_output, 0, "what is answered to it; absent: the source's output lengths"),
    {.name = "branches", .kind = ORR_FIELD_INT, .offset = offsetof(orr_traffic, sessions.branches), .min = 1, .max = ORR_MAX_BRANCHES, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "requests that go on side by side from one context after a call, all of which the next step waits for"},
    REAL("branch_share", orr_traffic, sessions.branch_share, 0, 1, "1", "share of calls that branch"),
};
const orr_table orr_tools_table = {"tools", "agents: tool calls between a user's turns", ORR_FIELDS(tools_fields)};

static const char *const turns_laws[] = {"geometric", "fixed"};
static const orr_field sessions_fields[] = {
    REAL("turns", orr_traffic, sessions.turns, 0, 1e6, "0", "of a user, in mean; 0: no sessions, every request stands alone"),
    {.name = "turns_law", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_traffic, sessions.turns_law), .default_text = "geometric", .names = turns_laws, .name_count = 2, .doc = "of the number of turns, at least 1"},
    LENGTHS("turns_quantiles", orr_traffic, sessions.turn_quantiles, 0, "the number of turns as quantiles, instead of that law"),
    SPAN("think_time", orr_traffic, sessions.think_ns, "10 s", "from an answer's last token to the user's next turn, in mean"),
    REAL("think_cv", orr_traffic, sessions.think_cv, 0, 100, "1", "coefficient of variation of that time (gamma); 0: constant, 1: exponential"),
    WHOLE("max_context_tokens", orr_traffic, sessions.max_context_tokens, 1e9, "a conversation ends before a prompt longer than this; 0: no limit"),
    {.name = "tools", .kind = ORR_FIELD_TABLE, .table = &orr_tools_table, .flags = ORR_FIELD_OPTIONAL, .doc = "agents: tool calls between a user's turns"},
};
const orr_table orr_sessions_table = {"sessions", "conversations: each turn's prompt is all that was said before and something new, and comes some time after the last answer", ORR_FIELDS(sessions_fields)};

/* --- images --- */

static const orr_field images_fields[] = {
    {.name = "share", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_traffic, images.share), .max = 1, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "of requests that bring images; 0: none does"},
    {.name = "per_request", .kind = ORR_FIELD_INT, .offset = offsetof(orr_traffic, images.per_request), .min = 1, .max = 10000, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "images of each of these"},
    {.name = "width", .kind = ORR_FIELD_INT, .offset = offsetof(orr_traffic, images.width), .min = 1, .max = 100000, .default_text = "1024", .flags = ORR_FIELD_SEARCHABLE, .doc = "of an image, in pixels as they reach the model's image processor"},
    {.name = "height", .kind = ORR_FIELD_INT, .offset = offsetof(orr_traffic, images.height), .min = 1, .max = 100000, .default_text = "1024", .flags = ORR_FIELD_SEARCHABLE, .doc = "likewise"},
    {.name = "tokens", .kind = ORR_FIELD_INT, .offset = offsetof(orr_traffic, images.tokens), .max = 1e6, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "that an image adds to the prompt; 0: as the model's vision encoder makes of its size"},
};
const orr_table orr_images_table = {"images", "images that come with prompts", ORR_FIELDS(images_fields)};

/* --- what arrives and when: of the study, or of one tenant --- */

#define SOURCE_FIELDS \
    {.name = "source", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_traffic, source), .flags = ORR_FIELD_SEARCHABLE, .doc = "a workload of the catalogue (or its path), \"fixed\", or the path of a trace"}, \
    {.name = "format", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_traffic, trace_format), .default_text = "auto", .names = format_names, .name_count = 9, .doc = "of a trace"}, \
    {.name = "window", .kind = ORR_FIELD_TABLE, .table = &orr_window_table, .flags = ORR_FIELD_OPTIONAL, .doc = "of a trace: the part that is taken"}, \
    {.name = "workload", .kind = ORR_FIELD_TABLE, .table = &orr_workload_table, .offset = offsetof(orr_traffic, workload), .flags = ORR_FIELD_REFERENCE, .doc = "alters the profile that `source` names"}, \
    WHOLE("input_tokens", orr_traffic, input_tokens, 1e9, "fixed: prompt length"), \
    WHOLE("output_tokens", orr_traffic, output_tokens, 1e9, "fixed: output length"), \
    REAL("length_range", orr_traffic, length_range, 0, 1, "0", "fixed: lengths are uniform from (1 - this) x nominal to nominal"), \
    WHOLE("prefix_period", orr_traffic, prefix_period, 1e9, "fixed: prompt i repeats that of i - period; 0: all distinct"), \
    {.name = "prefix", .kind = ORR_FIELD_TABLE, .table = &orr_prefix_table, .offset = offsetof(orr_traffic, workload), .flags = ORR_FIELD_OPTIONAL, .doc = "fixed: reuse of prefixes (a profile has its own: workload.prefix)"}, \
    WHOLE("max_output_tokens", orr_traffic, max_output_tokens, 1e9, "the limit that clients set: longer outputs are cut; 0: none"), \
    {.name = "sessions", .kind = ORR_FIELD_TABLE, .table = &orr_sessions_table, .flags = ORR_FIELD_OPTIONAL, .doc = "conversations, and agents that call tools"}, \
    {.name = "images", .kind = ORR_FIELD_TABLE, .table = &orr_images_table, .flags = ORR_FIELD_OPTIONAL, .doc = "images that come with prompts, for the model's vision encoder"}, \
    {.name = "load", .kind = ORR_FIELD_TABLE, .table = &orr_load_table, .doc = "when requests arrive"}, \
    {.name = "stop", .kind = ORR_FIELD_TABLE, .table = &stop_table, .doc = "when arrivals end"}

static const orr_field tenant_fields[] = {
    {.name = "name", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_tenant, name), .flags = ORR_FIELD_REQUIRED, .doc = "letters, digits, _ and -"},
    REAL("share", orr_tenant, share, 0, 1e9, "0", "of the mix's own load, in proportion to the other tenants'; 0: a load of its own, under `load`"),
    {.name = "priority", .kind = ORR_FIELD_INT, .offset = offsetof(orr_tenant, priority), .min = -1000000, .max = 1000000, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "lower is served first, where the scheduler looks at it"},
    {.name = "slo", .kind = ORR_FIELD_TABLE, .table = &orr_slo_table, .offset = offsetof(orr_tenant, slo), .doc = "limits for its own requests; where there are none, the study's"},
    SOURCE_FIELDS,
};
const orr_table orr_tenant_table = {"tenant", "one class of requests: what arrives, when, with which priority and limits", ORR_FIELDS(tenant_fields)};

static const orr_field traffic_fields[] = {
    SOURCE_FIELDS,
    {.name = "tenants", .kind = ORR_FIELD_TABLES, .table = &orr_tenant_table, .element_bytes = sizeof(orr_tenant), .most = ORR_MAX_TENANTS, .offset = offsetof(orr_traffic, tenants), .doc = "instead of `source`: a mix of classes, each with a name"},
};
const orr_table orr_traffic_table = {"traffic", "what arrives, when, and when it ends", ORR_FIELDS(traffic_fields)};
