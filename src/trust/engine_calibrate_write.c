/* The engine file of a calibration: whole, every value cited. What the profile said of the software stands, unless the study said otherwise; fitted times cite the benchmarks. */
#include <inttypes.h>
#include <string.h>
#include "spec/bind.h"
#include "trust/engine_calibrate.h"

/* Fields that describe software rather than choose a setting: what the study says of them belongs to the engine that was measured. */
static bool is_software(const char *key)
{
    static const char *const keys[] = {"kernels", "scheduler_recv_interval", "utilization_of_free", "host_per_step", "host_per_request", "host_per_token", "host_per_prefill", "host_overlap", "request_entry", "request_exit",
                                       "kernel_launch", "eager_launch", "graph_max_tokens", "runtime_memory", "activation_factor"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

static bool study_gives(const orr_study *study, const char *path)
{
    for (size_t i = 0; i < study->provenance_count; i++)
        if (strcmp(study->provenance[i].path, path) == 0) return study->provenance[i].origin == ORR_ORIGIN_STUDY;
    return false;
}

static const orr_engine_time *time_named(const orr_engine_fit *fit, const char *key)
{
    for (size_t t = 0; t < ORR_ENGINE_TIMES; t++)
        if (strcmp(fit->times[t].key, key) == 0) return &fit->times[t];
    return NULL;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Text as a double-quoted scalar. */
static void quote(const char *text, orr_text *out)
{
    orr_text_append(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') orr_text_append(out, "\\");
        const char one = (unsigned char)*c < 0x20 ? ' ' : *c;
        orr_text_append_bytes(out, &one, 1);
    }
    orr_text_append(out, "\"");
}

static const char *load_text(const orr_bench_result *b, orr_arena *arena)
{
    if (b->load_told && b->rate_per_s > 0) return orr_arena_printf(arena, "%.4g requests/s", b->rate_per_s);
    if (b->load_told && b->concurrency > 0) return orr_arena_printf(arena, "%" PRId64 " in flight", b->concurrency);
    return b->load_told ? "all at once" : "at their own times";
}

/* The profile's sources, and one a result. */
static void write_sources(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, orr_arena *arena, orr_text *out)
{
    orr_text_append(out, "sources:\n");
    const orr_node *sources = orr_tree_get(fit->profile, "sources");
    for (const orr_node *source = sources ? sources->first : NULL; source; source = source->next) {
        orr_text_printf(out, "  %s: {", source->key);
        size_t written = 0;
        for (const orr_node *fact = source->first; fact; fact = fact->next) {
            if (!fact->scalar) continue;
            orr_text_printf(out, "%s%s: ", written++ ? ", " : "", fact->key);
            quote(fact->scalar, out);
        }
        orr_text_append(out, "}\n");
    }
    for (size_t i = 0; i < count; i++) {
        const orr_bench_result *b = &results[i];
        orr_text_printf(out, "  result-%zu: {title: ", i + 1);
        quote(orr_arena_printf(arena, "%s of %s: %" PRId64 " requests of %.0f tokens in and %.0f out, %s", file_name(b->path), b->tool, b->requests, b->input_tokens, b->output_tokens, load_text(b, arena)), out);
        if (b->date) { orr_text_append(out, ", date: "); quote(b->date, out); }
        orr_text_append(out, "}\n");
    }
}

static void write_time(const orr_engine_time *time, size_t results, orr_text *out)
{
    orr_text_printf(out, "%s: {value: ", time->key);
    orr_unit_format(time->after_ns, ORR_UNIT_NS, 4, out);
    orr_text_append(out, ", source: result-1, origin: calibrated");
    if (results > 1) orr_text_printf(out, ", note: from %zu results", results);
    orr_text_append(out, "}\n");
}

static void write_field(const orr_engine_fit *fit, const orr_field *field, size_t results, orr_arena *arena, orr_text *out)
{
    const orr_engine_time *time = time_named(fit, field->name);
    const orr_node *node = orr_tree_get(fit->profile, field->name);
    orr_text value = {0};
    if (time && time->fitted) {
        write_time(time, results, out);
    } else if (is_software(field->name) && study_gives(fit->study, orr_arena_printf(arena, "engine.%s", field->name)) && orr_field_write(field, &fit->study->engine, &value)) {
        orr_text_printf(out, "%s: {value: %s, origin: assumed, note: as the study of the calibration has it}\n", field->name, value.bytes);
    } else if (node && node->kind != ORR_NODE_NULL) {
        orr_node alone = *node;
        orr_node *map = orr_tree_new_map(arena, node->place);
        orr_node *copy = orr_tree_copy(arena, &alone);
        copy->key = field->name;
        copy->next = NULL;
        orr_tree_append(map, copy);
        orr_tree_write_yaml(map, out);
    }
    orr_text_free(&value);
}

static void write_errors(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, orr_text *out)
{
    static const struct { orr_latency_metric metric; const char *name; } shown[] = {{ORR_METRIC_TTFT, "TTFT"}, {ORR_METRIC_TPOT, "TPOT"}, {ORR_METRIC_ITL, "ITL"}, {ORR_METRIC_E2EL, "E2EL"}};
    for (size_t i = 0; i < count; i++) {
        orr_text_printf(out, "# %s:", file_name(results[i].path));
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            const orr_latency_metric m = shown[k].metric;
            if (!(results[i].mean_ms[m] > 0)) continue;
            orr_text_printf(out, "%s %s %.4g ms measured, off by %+.1f %% before, %+.1f %% now", k ? ";" : "", shown[k].name, results[i].mean_ms[m], 100 * orr_engine_fit_error(&results[i], fit->before_ms[i], m),
                            100 * orr_engine_fit_error(&results[i], fit->after_ms[i], m));
        }
        orr_text_append(out, "\n");
    }
}

void orr_engine_calibration_write(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, const char *name, orr_arena *arena, orr_text *out)
{
    orr_text_append(out, "# An engine calibrated from benchmarks by `orrery calibrate RESULT... --study STUDY`; a study takes it as engine: {profile: PATH}. Means, predicted over measured:\n");
    write_errors(fit, results, count, out);
    if (fit->study->engine.residuals) orr_text_append(out, "# Fitted with residuals of one's own: a study that takes this engine names them too (engine.kernels).\n");
    if (fit->study->coefficients_tree) orr_text_append(out, "# Fitted with coefficients of one's own: a study that takes this engine names them too (coefficients).\n");
    orr_text_append(out, "schema: orrery/engine/v1\nname: ");
    quote(name, out);
    orr_text_append(out, "\ntitle: ");
    quote(orr_arena_printf(arena, "%s, calibrated on %zu benchmark%s", fit->study->engine.title ? fit->study->engine.title : "An engine", count, count > 1 ? "s" : ""), out);
    orr_text_append(out, "\n");
    write_sources(fit, results, count, arena, out);
    for (size_t i = 0; i < orr_engine_table.field_count; i++) {
        const orr_field *field = &orr_engine_table.fields[i];
        const bool own = strcmp(field->name, "profile") == 0 || strcmp(field->name, "title") == 0;
        if (!own && !(field->flags & ORR_FIELD_HEAD)) write_field(fit, field, count, arena, out);
    }
}
