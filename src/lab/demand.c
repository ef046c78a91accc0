/* One pass over the traffic. */
#include "lab/demand.h"

#include "base/cancel.h"
#include "drive/collect.h"

#include <math.h>
#include "base/math.h"
#include "base/stats.h"
#include "base/vec.h"
#include "traffic/source.h"

typedef ORR_VEC(int32_t) lengths;

enum { COUNTED_LENGTH_MAX = 1 << 22 };     /* no model's context is longer today; the counters take 32 MB */

/* Sorting by counting: lengths are small integers, and a million of them should not cost a comparison sort each. */
static void sort_lengths(int32_t *items, size_t count)
{
    int32_t longest = 0;
    for (size_t i = 0; i < count; i++) if (items[i] > longest) longest = items[i];
    if (longest > COUNTED_LENGTH_MAX) {
        double *values = orr_mem_resize(NULL, count * sizeof *values);
        for (size_t i = 0; i < count; i++) values[i] = items[i];
        orr_sort_doubles(values, count);
        for (size_t i = 0; i < count; i++) items[i] = (int32_t)values[i];
        orr_mem_free(values);
        return;
    }
    size_t *counts = orr_mem_resize(NULL, ((size_t)longest + 1) * sizeof *counts);
    for (size_t i = 0; i <= (size_t)longest; i++) counts[i] = 0;
    for (size_t i = 0; i < count; i++) counts[items[i]]++;
    size_t at = 0;
    for (size_t value = 0; value <= (size_t)longest; value++) for (size_t n = counts[value]; n > 0; n--) items[at++] = (int32_t)value;
    orr_mem_free(counts);
}

/* Which requests of sessions come before the end depends on when they are answered; and tenants have limits of their own, which bounds over all requests know nothing of. */
static bool has_no_bounds(const orr_traffic *traffic)
{
    return orr_traffic_has_sessions(traffic) || traffic->kind == ORR_SOURCE_MIX;
}

bool orr_demand_read(const orr_traffic *traffic, uint64_t seed, int64_t context_limit_tokens, const volatile int *cancel, orr_demand *demand, orr_diags *diags)
{
    *demand = (orr_demand){.open = traffic->load != ORR_LOAD_CLOSED && traffic->load != ORR_LOAD_ALL_AT_ONCE};
    orr_source_stream *source = orr_source_open(traffic, seed, diags);
    if (!source) return false;
    if (has_no_bounds(traffic)) {
        orr_source_close(source);
        return true;
    }
    lengths inputs = {0}, uncached = {0}, outputs = {0}, decoding = {0};
    orr_arrival arrival;
    bool stopped = false;
    while (!stopped && orr_source_next(source, &arrival)) {
        const int64_t total = arrival.input_tokens + arrival.output_tokens;
        if (context_limit_tokens > 0 && total > context_limit_tokens) { demand->too_long++; continue; }
        int64_t shared = 0;
        for (int i = 0; i < arrival.segment_count; i++) shared += arrival.segments[i].tokens;
        const int64_t fresh = orr_max_i64(1, arrival.input_tokens - shared);
        const double n = (double)arrival.output_tokens, input = (double)arrival.input_tokens;
        if (demand->requests == 0) demand->first_arrival_ns = (double)arrival.arrival_ns;
        demand->last_arrival_ns = (double)arrival.arrival_ns;
        demand->requests++;
        demand->input_tokens += input;
        demand->output_tokens += n;
        demand->uncached_tokens += (double)fresh;
        /* The first output comes with the prompt; decode step k = 1 .. n - 1 adds a token to a context of input + k - 1. */
        demand->decode_context_tokens += (n - 1) * input + (n - 1) * (n - 2) / 2;
        demand->decode_private_tokens += (n - 1) * (double)fresh + (n - 1) * (n - 2) / 2;
        demand->longest_tokens = orr_max_i64(demand->longest_tokens, total);
        orr_vec_push(&inputs, (int32_t)orr_min_i64(arrival.input_tokens, INT32_MAX));
        orr_vec_push(&uncached, (int32_t)orr_min_i64(fresh, INT32_MAX));
        orr_vec_push(&outputs, (int32_t)orr_min_i64(arrival.output_tokens, INT32_MAX));
        if (arrival.output_tokens > 1) orr_vec_push(&decoding, (int32_t)orr_min_i64(arrival.input_tokens, INT32_MAX));
        stopped = orr_cancel_asked(cancel);
    }
    const bool failed = orr_source_failed(source);
    orr_source_close(source);
    sort_lengths(inputs.items, inputs.count);
    sort_lengths(uncached.items, uncached.count);
    sort_lengths(outputs.items, outputs.count);
    sort_lengths(decoding.items, decoding.count);
    demand->inputs = inputs.items;
    demand->uncached = uncached.items;
    demand->outputs = outputs.items;
    demand->decoding_inputs = decoding.items;
    demand->decoding = (int64_t)decoding.count;
    return !failed && !stopped;
}

void orr_demand_free(orr_demand *demand)
{
    orr_mem_free(demand->inputs);
    orr_mem_free(demand->uncached);
    orr_mem_free(demand->outputs);
    orr_mem_free(demand->decoding_inputs);
    *demand = (orr_demand){0};
}

const char *orr_stat_name(orr_stat stat)
{
    static const char *const names[ORR_STAT_COUNT_] = {[ORR_STAT_MEAN] = "mean", [ORR_STAT_P50] = "p50", [ORR_STAT_P90] = "p90", [ORR_STAT_P95] = "p95", [ORR_STAT_P99] = "p99"};
    return names[stat];
}

const char *orr_latency_metric_name(orr_latency_metric metric)
{
    static const char *const names[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = "TTFT", [ORR_METRIC_TPOT] = "TPOT", [ORR_METRIC_ITL] = "ITL", [ORR_METRIC_E2EL] = "E2EL"};
    return names[metric];
}

int64_t orr_certain_misses(orr_stat stat, int64_t count)
{
    const int64_t allowed = orr_allowed_misses(count, stat);
    return allowed == INT64_MAX ? 0 : allowed + 1;
}
