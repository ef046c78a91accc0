/* Service-level objectives: limits on statistics of latencies, and presets of MLPerf Inference's server scenario. */
#include "spec/slo.h"
#include "spec/study.h"

#include <string.h>

#define LIMIT(key, stat) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = sizeof(double) * (stat), .max = 1e15, .default_text = "0 ns", .flags = ORR_FIELD_SEARCHABLE, .doc = "limit on the " key "; 0: none"}
static const orr_field stat_fields[] = {LIMIT("mean", ORR_STAT_MEAN), LIMIT("p50", ORR_STAT_P50), LIMIT("p90", ORR_STAT_P90), LIMIT("p95", ORR_STAT_P95), LIMIT("p99", ORR_STAT_P99)};
static const orr_table stat_table = {"limits", "limits on the statistics of one latency", ORR_FIELDS(stat_fields)};

#define METRIC(key, metric, text) {.name = key, .kind = ORR_FIELD_TABLE, .table = &stat_table, .offset = offsetof(orr_slo, limit_ns) + sizeof(double) * ORR_STAT_COUNT_ * (metric), .doc = text}
static const orr_field slo_fields[] = {
    {.name = "preset", .kind = ORR_FIELD_TEXT, .flags = ORR_FIELD_UNSTORED, .doc = "limits of an MLPerf server benchmark, such as llama2-70b-interactive; limits beside it replace its own"},
    METRIC("ttft", ORR_METRIC_TTFT, "time to first token, from arrival"),
    METRIC("tpot", ORR_METRIC_TPOT, "time per output token after the first, a request"),
    METRIC("itl", ORR_METRIC_ITL, "gap between streamed outputs"),
    METRIC("e2el", ORR_METRIC_E2EL, "from arrival to the last token"),
};
const orr_table orr_slo_table = {"slo", "limits that the system must keep", ORR_FIELDS(slo_fields)};

/* p99 limits in ms; MLPerf Inference v5.0 and v5.1, datacenter, server scenario. */
static const orr_slo_preset presets[] = {
    {"llama2-70b", 2000, 200},      {"llama2-70b-interactive", 450, 40},
    {"llama3.1-405b", 6000, 175},   {"llama3.1-405b-interactive", 4500, 80},
    {"llama3.1-8b", 2000, 100},     {"llama3.1-8b-interactive", 500, 30},
    {"deepseek-r1", 2000, 80},      {"deepseek-r1-interactive", 1500, 15},
};

const orr_slo_preset *orr_slo_presets(size_t *count)
{
    *count = sizeof presets / sizeof *presets;
    return presets;
}

int64_t orr_slo_ttft_limit_ns(const orr_slo *slo)
{
    double least = 0;
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
        const double limit_ns = slo->limit_ns[ORR_METRIC_TTFT][stat];
        if (limit_ns > 0 && !(least > 0 && least <= limit_ns)) least = limit_ns;
    }
    return (int64_t)least;
}

static void put_limit(orr_arena *arena, orr_node *slo, const char *metric, double limit_ms, orr_place place)
{
    orr_node *map = orr_tree_new_map(arena, place), *limit = orr_tree_new_scalar(arena, orr_arena_printf(arena, "%g ms", limit_ms), place);
    map->key = metric;
    map->key_place = limit->key_place = place;
    limit->key = "p99";
    orr_tree_append(map, limit);
    orr_tree_append(slo, map);
}

orr_node *orr_slo_preset_tree(orr_arena *arena, const orr_node *name, orr_diags *diags)
{
    const char *names[sizeof presets / sizeof *presets];
    orr_text list = {0};
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        names[i] = presets[i].name;
        orr_text_printf(&list, "%s%s", i ? ", " : "", names[i]);
        if (name->kind != ORR_NODE_SCALAR || !orr_text_equal_ignoring_case(name->scalar, names[i])) continue;
        orr_node *slo = orr_tree_new_map(arena, name->place);
        put_limit(arena, slo, "ttft", presets[i].ttft_p99_ms, name->place);
        put_limit(arena, slo, "tpot", presets[i].tpot_p99_ms, name->place);
        orr_text_free(&list);
        return slo;
    }
    const char *shown = name->kind == ORR_NODE_SCALAR ? name->scalar : "this";
    const char *near = orr_text_nearest(shown, names, sizeof names / sizeof *names);
    orr_diag *diag = orr_diag_error(diags, name->place, "slo.preset \"%s\" is not known", shown);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"?", near);
    else orr_diag_hint(diag, "The presets are: %s.", list.bytes);
    orr_text_free(&list);
    return NULL;
}
