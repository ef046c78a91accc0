#include "app/calibrate_engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "trust/engine_calibrate.h"

static const char *cell(double value, const char *format, orr_arena *arena) { return isfinite(value) ? orr_arena_printf(arena, format, value) : "-"; }

static void write_latencies(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, orr_arena *arena, orr_text *out)
{
    static const struct { orr_latency_metric metric; const char *name; } shown[] = {{ORR_METRIC_TTFT, "TTFT"}, {ORR_METRIC_TPOT, "TPOT"}, {ORR_METRIC_ITL, "ITL"}, {ORR_METRIC_E2EL, "E2EL"}};
    orr_columns *columns = orr_columns_begin(arena, 7);
    orr_columns_row(columns, "Result", "mean, ms", "measured", "before", "fitted", "error before", "now");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            const orr_latency_metric m = shown[k].metric;
            if (!(results[i].mean_ms[m] > 0)) continue;
            orr_columns_row(columns, k ? "" : results[i].path, shown[k].name, cell(results[i].mean_ms[m], "%.2f", arena), cell(fit->before_ms[i][m], "%.2f", arena), cell(fit->after_ms[i][m], "%.2f", arena),
                            cell(100 * orr_engine_fit_error(&results[i], fit->before_ms[i], m), "%+.1f %%", arena), cell(100 * orr_engine_fit_error(&results[i], fit->after_ms[i], m), "%+.1f %%", arena));
        }
    orr_columns_write(columns, out);
}

static void write_times(const orr_engine_fit *fit, orr_arena *arena, orr_text *out)
{
    orr_columns *columns = orr_columns_begin(arena, 4);
    orr_columns_row(columns, "Host time", "before", "fitted", "");
    for (size_t t = 0; t < ORR_ENGINE_TIMES; t++) {
        const orr_engine_time *time = &fit->times[t];
        orr_columns_row(columns, time->key, orr_unit_text(time->before_ns, ORR_UNIT_NS, 4, arena), time->fitted ? orr_unit_text(time->after_ns, ORR_UNIT_NS, 4, arena) : "-", time->fitted ? "" : orr_arena_printf(arena, "left: %s", time->reason));
    }
    orr_columns_write(columns, out);
}

static bool gives_lengths(const orr_option_list *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (orr_text_starts_with(settings->items[i], "traffic.length_range")) return true;
    return false;
}

/* Requests of one length run in step, which requests of many do not. */
static void warn_of_lengths(const orr_engine_calibration *given, const orr_bench_result *results, orr_diags *diags)
{
    for (size_t i = 0; i < given->path_count; i++) {
        if (!results[i].spread_unknown || gives_lengths(given->settings)) continue;
        orr_diag *diag = orr_diag_warning(diags, (orr_place){0}, "%s: its lengths vary (%.1f tokens in and %.1f out in the mean) and it does not tell how; they are taken as alike", results[i].path, results[i].input_tokens, results[i].output_tokens);
        orr_diag_hint(diag, "Save with --save-detailed (vLLM), or take aiperf's profile_export.jsonl; or give a range: --set traffic.length_range=0.2.");
    }
}

/* What host times could not explain. */
static void warn(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, orr_diags *diags)
{
    for (size_t i = 0; i < count; i++) {
        const double ttft = orr_engine_fit_error(&results[i], fit->after_ms[i], ORR_METRIC_TTFT), tpot = orr_engine_fit_error(&results[i], fit->after_ms[i], ORR_METRIC_TPOT);
        if (!(fabs(ttft) > 0.1) && !(fabs(tpot) > 0.1)) continue;
        orr_diag *diag = orr_diag_warning(diags, (orr_place){0}, "%s: host times do not explain it, TTFT is off by %+.0f %% and TPOT by %+.0f %%", results[i].path, 100 * ttft, 100 * (isfinite(tpot) ? tpot : 0));
        orr_diag_hint(diag, "Is the study the server that was measured (model, quantization, tensor_parallel_size, max_num_seqs, replicas, host_overlap)? Kernels are calibrated with `orrery calibrate TABLES --residuals DIR`.");
    }
}

/* my-engine of ./out/my-engine.yaml. */
static const char *name_of(const char *path, orr_arena *arena)
{
    if (!path) return "calibrated";
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path, *dot = strrchr(file, '.');
    return orr_arena_strndup(arena, file, dot && dot > file ? (size_t)(dot - file) : strlen(file));
}

int orr_app_calibrate_engine(const orr_engine_calibration *given, orr_arena *arena, orr_diags *diags)
{
    orr_bench_result *results = ORR_NEW_ARRAY(arena, orr_bench_result, given->path_count + 1);
    bool good = true;
    for (size_t i = 0; i < given->path_count; i++) good = orr_bench_result_read(given->paths[i], arena, &results[i], diags) && good;
    if (!good) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_workers *workers = orr_workers_create(given->threads);
    orr_engine_fit fit;
    const orr_engine_fit_options options = {given->study_path, given->settings->items, given->settings->count, given->evaluations, workers};
    good = orr_engine_calibrate(results, given->path_count, &options, arena, &fit, diags);
    orr_workers_destroy(workers);
    if (!good) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_text yaml = {0}, told = {0};
    orr_engine_calibration_write(&fit, results, given->path_count, name_of(given->output_path, arena), arena, &yaml);
    write_latencies(&fit, results, given->path_count, arena, &told);
    orr_text_append(&told, "\n");
    write_times(&fit, arena, &told);
    warn_of_lengths(given, results, diags);
    warn(&fit, results, given->path_count, diags);
    int code = ORR_EXIT_DONE;
    fputs(told.bytes, given->output_path ? stdout : stderr);
    if (!given->output_path) fputs(yaml.bytes, stdout);
    else if (!orr_file_write(given->output_path, yaml.bytes, yaml.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    orr_text_free(&yaml);
    orr_text_free(&told);
    return code;
}
