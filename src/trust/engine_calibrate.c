#include "trust/engine_calibrate.h"

#include <inttypes.h>
#include <math.h>
#include <nlopt.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/math.h"
#include "drive/run.h"
#include "perf/coefficients.h"
#include "perf/step.h"
#include "spec/bind.h"
#include "trust/case_run.h"

static const struct { const char *key; size_t offset; double least_ns, most_ns; } times[ORR_ENGINE_TIMES] = {      /* in the order in which they are told apart */
    {"host_per_step", offsetof(orr_engine, host_per_step_ns), 100, 1e9}, {"request_entry", offsetof(orr_engine, request_entry_ns), 100, 1e10},
    {"host_per_request", offsetof(orr_engine, host_per_request_ns), 10, 1e7}, {"host_per_prefill", offsetof(orr_engine, host_per_prefill_ns), 100, 1e9},
};
static const double weights[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = 1, [ORR_METRIC_TPOT] = 1, [ORR_METRIC_ITL] = 0.25};

typedef struct fitting {
    const orr_bench_result *results;
    size_t count;
    orr_study *studies;                     /* one a result */
    orr_workers *workers;
    double values_ns[ORR_ENGINE_TIMES];
    size_t fitted[ORR_ENGINE_TIMES], fitted_count, evaluations;
    double (*predicted_ms)[ORR_METRIC_LATENCY_COUNT_];
    const char **faults;                    /* why a result can't be simulated; NULL: it can */
} fitting;

static double *time_of(orr_engine *engine, size_t t) { return (double *)(void *)((char *)engine + times[t].offset); }

double orr_engine_fit_error(const orr_bench_result *result, const double *predicted_ms, orr_latency_metric metric) { return predicted_ms[metric] / result->mean_ms[metric] - 1; }

/* --- a result's traffic --- */

static const char *load_of(const orr_bench_result *b, orr_arena *arena)
{
    const char *limit = b->concurrency > 0 ? orr_arena_printf(arena, ", concurrency: %" PRId64, b->concurrency) : "";
    if (b->load_told && !(b->rate_per_s > 0)) return b->concurrency > 0 ? orr_arena_printf(arena, "{process: closed, concurrency: %" PRId64 "}", b->concurrency) : "{process: all_at_once}";
    if (b->has_starts) return "{process: trace}";
    switch (b->arrivals) {
    case ORR_BENCH_GAMMA: return orr_arena_printf(arena, "{process: gamma, cv: %.17g, rate: %.17g/s%s}", b->cv, b->rate_per_s, limit);
    case ORR_BENCH_CONSTANT: return orr_arena_printf(arena, "{process: constant, rate: %.17g/s%s}", b->rate_per_s, limit);
    default: return orr_arena_printf(arena, "{process: poisson, rate: %.17g/s%s}", b->rate_per_s, limit);
    }
}

static bool write_trace(const orr_bench_result *b, const char *path, orr_diags *diags)
{
    orr_text out = {0};
    for (int64_t i = 0; i < b->requests; i++)
        orr_text_printf(&out, "{\"timestamp\": %.6f, \"input_length\": %" PRId64 ", \"output_length\": %" PRId64 "}\n", b->has_starts ? b->each[i].start_s * 1e3 : 0.0, b->each[i].input_tokens, b->each[i].output_tokens);
    const bool good = orr_file_write(path, out.bytes, out.length_bytes, diags);
    orr_text_free(&out);
    return good;
}

static bool gives_load(const orr_engine_fit_options *options)
{
    for (size_t i = 0; i < options->setting_count; i++)
        if (orr_text_starts_with(options->settings[i], "traffic.load")) return true;
    return false;
}

static const char *traffic_setting(const orr_bench_result *b, const char *trace_path, bool load_given, orr_arena *arena)
{
    const char *load = load_given ? "{}" : load_of(b, arena);
    if (b->each) return orr_arena_printf(arena, "traffic={source: \"%s\", format: mooncake, load: %s}", trace_path, load);
    return orr_arena_printf(arena, "traffic={source: fixed, input_tokens: %" PRId64 ", output_tokens: %" PRId64 ", max_output_tokens: %" PRId64 ", load: %s, stop: {requests: %" PRId64 "}}", orr_round_i64(b->input_tokens),
                            orr_round_i64(b->output_tokens), orr_round_i64(b->output_tokens), load, b->requests);
}

static bool is_one_system(const orr_study_file *file, orr_diags *diags)
{
    for (size_t i = 0; i < file->domain_count; i++) {
        orr_diag *diag = orr_diag_error(diags, file->domains[i].place, "%s is a domain of %zu choices; a benchmark was run on one system", file->domains[i].path, file->domains[i].choice_count);
        orr_diag_hint(diag, "Fix it: --set %s=%s.", file->domains[i].path, file->domains[i].choices[0]);
    }
    return file->domain_count == 0;
}

static const orr_node *profile_of(const orr_study_file *file, orr_arena *arena, orr_diags *diags)
{
    const orr_node *named = orr_tree_find(file->tree, "engine.profile");
    if (named && orr_node_is_cited(named)) named = orr_tree_get(named, "value");
    if (!named || named->kind != ORR_NODE_SCALAR) named = orr_tree_new_scalar(arena, orr_table_find(&orr_engine_table, "profile")->default_text, (orr_place){0});
    if (orr_text_equal(named->scalar, "none")) return orr_tree_new_map(arena, named->place);
    orr_binder binder = orr_binder_begin(arena, diags);
    const orr_node *tree = orr_reference_tree(&binder, ORR_KIND_ENGINE, named, NULL, (orr_place){0});
    orr_binder_end(&binder);
    return tree;
}

static bool bind_result(const orr_bench_result *b, const char *trace_path, const orr_engine_fit_options *options, orr_arena *arena, orr_study *study, const orr_node **profile, orr_diags *diags)
{
    const bool load_given = gives_load(options);
    if (!b->load_told && !b->has_starts && !load_given) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s does not tell its load", b->path);
        orr_diag_hint(diag, "Give it: --set traffic.load.concurrency=16, or --set traffic.load.rate=4/s.");
        return false;
    }
    const char **settings = ORR_NEW_ARRAY(arena, const char *, options->setting_count + 1);
    settings[0] = traffic_setting(b, trace_path, load_given, arena);
    for (size_t i = 0; i < options->setting_count; i++) settings[i + 1] = options->settings[i];
    if (b->each && !write_trace(b, trace_path, diags)) return false;
    const orr_study_file *file = orr_study_file_read(arena, options->study_path, settings, options->setting_count + 1, diags);
    if (!file || !is_one_system(file, diags) || !orr_study_bind(file, NULL, arena, study, diags) || !orr_coefficients_of_tree(study->coefficients_tree, arena, diags)) return false;
    if (study->serving.replicas == 0) study->serving.replicas = orr_max_i64(study->hardware.chip_count / orr_max_i64(orr_engine_chips(&study->engine), 1), 1);
    *profile = profile_of(file, arena, diags);
    return *profile != NULL;
}

/* --- predictions --- */

static void predict_one(void *context, size_t item)
{
    fitting *f = context;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    *study = f->studies[item];
    for (size_t t = 0; t < ORR_ENGINE_TIMES; t++) *time_of(&study->engine, t) = f->values_ns[t];
    const orr_perf *perf = orr_perf_prepare(study, arena, diags);
    f->faults[item] = perf ? NULL : "its layout is impossible";
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) f->predicted_ms[item][m] = (double)NAN;
    if (perf) {
        orr_run_result run = orr_run_study(study, perf, NULL, diags);
        if (run.end == ORR_RUN_DOES_NOT_FIT) f->faults[item] = "it does not fit in memory";
        else if (run.end != ORR_RUN_DONE || run.requests_finished == 0 || run.requests_rejected > 0) f->faults[item] = "some of its requests can't run: longer than the context (max_model_len) or the whole cache";
        else
            for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) f->predicted_ms[item][m] = orr_summary_stat(&run.latency.by_metric[m], ORR_STAT_MEAN) * 1e-6;
        orr_run_result_free(&run);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void predict(fitting *f)
{
    f->evaluations++;
    orr_workers_run(f->workers, predict_one, f, f->count, NULL, NULL, NULL);
}

/* Weighted logarithms of predicted over measured (0 where not told); returns how many. */
static size_t residuals_of(const fitting *f, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) {
            const double ratio = f->predicted_ms[i][m] / f->results[i].mean_ms[m];
            if (weights[m] > 0) out[n++] = isfinite(ratio) && ratio > 0 ? sqrt(weights[m]) * orr_log(ratio) : 0;
        }
    return n;
}

static double loss_of(const fitting *f, double *scratch)
{
    double sum = 0;
    const size_t n = residuals_of(f, scratch);
    for (size_t i = 0; i < n; i++) sum += scratch[i] * scratch[i];
    return sum;
}

/* --- what can be told apart --- */

/* A step of a time that would tell: a third of what was measured. */
static double telling_step_ns(const fitting *f, size_t t)
{
    double ttft_ns = 0, tpot_ns = 0, running = 0;
    for (size_t i = 0; i < f->count; i++) {
        ttft_ns += f->results[i].mean_ms[ORR_METRIC_TTFT] * 1e6 / (double)f->count;
        tpot_ns += (f->results[i].mean_ms[ORR_METRIC_TPOT] > 0 ? f->results[i].mean_ms[ORR_METRIC_TPOT] : f->results[i].mean_ms[ORR_METRIC_TTFT]) * 1e6 / (double)f->count;
        running += (double)orr_max_i64(f->results[i].concurrency, 1) / (double)f->count;
    }
    switch (t) {
    case 0: return tpot_ns / 3;
    case 2: return tpot_ns / 3 / orr_max(running, 1);
    default: return ttft_ns / 3;
    }
}

static double norm(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[i] * v[i];
    return sqrt(sum);
}

/* Chooses what is fitted: see the header. */
static void choose_times(fitting *f, orr_engine_fit *fit, orr_arena *arena)
{
    const size_t n = f->count * ORR_METRIC_LATENCY_COUNT_, most = 1 + f->count;
    double *base = ORR_NEW_ARRAY(arena, double, n), *kept[ORR_ENGINE_TIMES];
    predict(f);
    const size_t rows = residuals_of(f, base);
    for (size_t t = 0; t < ORR_ENGINE_TIMES; t++) {
        double *column = ORR_NEW_ARRAY(arena, double, n);
        const double value = f->values_ns[t];
        f->values_ns[t] = value + telling_step_ns(f, t);
        predict(f);
        f->values_ns[t] = value;
        residuals_of(f, column);
        for (size_t i = 0; i < rows; i++) column[i] -= base[i];
        const double size = norm(column, rows);
        for (size_t k = 0; k < f->fitted_count; k++) {
            double along = 0;
            for (size_t i = 0; i < rows; i++) along += column[i] * kept[k][i];
            for (size_t i = 0; i < rows; i++) column[i] -= along * kept[k][i];
        }
        const double apart = norm(column, rows);
        if (f->fitted_count == most) fit->times[t].reason = f->count == 1 ? "one result tells two times apart" : "the results are too few";
        else if (size < 0.003) fit->times[t].reason = "it moves nothing that was measured";
        else if (apart < 0.2 * size) fit->times[t].reason = "the results do not tell it from the others: measure at other loads";
        else {
            for (size_t i = 0; i < rows; i++) column[i] /= apart;
            kept[f->fitted_count] = column;
            f->fitted[f->fitted_count++] = t;
            fit->times[t].fitted = true;
        }
    }
}

/* --- the search --- */

static double objective(unsigned count, const double *x, double *gradient, void *data)
{
    (void)gradient;
    fitting *f = data;
    for (unsigned i = 0; i < count; i++) f->values_ns[f->fitted[i]] = orr_exp(x[i]);
    predict(f);
    orr_arena *arena = orr_arena_create();
    const double loss = loss_of(f, ORR_NEW_ARRAY(arena, double, f->count * ORR_METRIC_LATENCY_COUNT_ + 1));
    orr_arena_destroy(arena);
    return loss;
}

static void search(fitting *f, double step, size_t evaluations)
{
    const unsigned n = (unsigned)f->fitted_count;
    double x[ORR_ENGINE_TIMES], low[ORR_ENGINE_TIMES], high[ORR_ENGINE_TIMES], steps[ORR_ENGINE_TIMES], least = 0;
    for (unsigned i = 0; i < n; i++) {
        const size_t t = f->fitted[i];
        x[i] = orr_log(orr_max(times[t].least_ns, orr_min(times[t].most_ns, f->values_ns[t])));
        low[i] = orr_log(times[t].least_ns);
        high[i] = orr_log(times[t].most_ns);
        steps[i] = x[i] + step > high[i] ? -step : step;
    }
    nlopt_opt opt = nlopt_create(NLOPT_LN_SBPLX, n);
    nlopt_set_min_objective(opt, objective, f);
    nlopt_set_lower_bounds(opt, low);
    nlopt_set_upper_bounds(opt, high);
    nlopt_set_initial_step(opt, steps);
    nlopt_set_ftol_rel(opt, 1e-7);
    nlopt_set_stopval(opt, 1e-10);
    nlopt_set_maxeval(opt, (int)evaluations);
    nlopt_optimize(opt, x, &least);
    nlopt_destroy(opt);
    for (unsigned i = 0; i < n; i++) f->values_ns[f->fitted[i]] = orr_exp(x[i]);
}

static double four_digits(double value)
{
    char text[32];
    double rounded = value;
    snprintf(text, sizeof text, "%.4g", value);
    return sscanf(text, "%lf", &rounded) == 1 ? rounded : value;
}

static void keep_predictions(const fitting *f, double (*out)[ORR_METRIC_LATENCY_COUNT_]) { memcpy(out, f->predicted_ms, f->count * sizeof *out); }

static bool report_faults(const fitting *f, orr_diags *diags)
{
    bool good = true;
    for (size_t i = 0; i < f->count; i++)
        if (f->faults[i]) { orr_diag_error(diags, (orr_place){0}, "%s: %s, by the study", f->results[i].path, f->faults[i]); good = false; }
    return good;
}

static bool fit_all(fitting *f, size_t evaluations, orr_arena *arena, orr_engine_fit *fit, orr_diags *diags)
{
    double *scratch = ORR_NEW_ARRAY(arena, double, f->count * ORR_METRIC_LATENCY_COUNT_ + 1);
    predict(f);
    if (!report_faults(f, diags)) return false;
    keep_predictions(f, fit->before_ms);
    fit->loss_before = loss_of(f, scratch);
    choose_times(f, fit, arena);
    if (f->fitted_count == 0) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "there is nothing to fit: no host time of the engine moves what was measured");
        orr_diag_hint(diag, "Measure longer outputs, or at a higher load.");
        return false;
    }
    double before_ns[ORR_ENGINE_TIMES];
    memcpy(before_ns, f->values_ns, sizeof before_ns);
    search(f, 1, evaluations);
    search(f, 0.1, evaluations);
    for (size_t i = 0; i < f->fitted_count; i++) f->values_ns[f->fitted[i]] = four_digits(f->values_ns[f->fitted[i]]);
    predict(f);
    fit->loss_after = loss_of(f, scratch);
    if (!(fit->loss_after < fit->loss_before)) {            /* nothing better: as it was */
        memcpy(f->values_ns, before_ns, sizeof before_ns);
        predict(f);
        fit->loss_after = fit->loss_before;
    }
    keep_predictions(f, fit->after_ms);
    return true;
}

bool orr_engine_calibrate(const orr_bench_result *results, size_t count, const orr_engine_fit_options *options, orr_arena *arena, orr_engine_fit *fit, orr_diags *diags)
{
    const char *prefix = orr_case_trace_prefix(arena);
    fitting f = {.results = results, .count = count, .studies = ORR_NEW_ARRAY(arena, orr_study, count + 1), .workers = options->workers, .faults = ORR_NEW_ARRAY(arena, const char *, count + 1)};
    f.predicted_ms = orr_arena_alloc(arena, (count + 1) * sizeof *f.predicted_ms);
    *fit = (orr_engine_fit){.before_ms = orr_arena_alloc(arena, (count + 1) * sizeof *fit->before_ms), .after_ms = orr_arena_alloc(arena, (count + 1) * sizeof *fit->after_ms), .study = f.studies};
    bool good = true;
    for (size_t i = 0; good && i < count; i++) good = bind_result(&results[i], orr_arena_printf(arena, "%sbench-%zu.jsonl", prefix, i), options, arena, &f.studies[i], &fit->profile, diags);
    for (size_t t = 0; t < ORR_ENGINE_TIMES && good; t++) {
        f.values_ns[t] = *time_of(&f.studies[0].engine, t);
        fit->times[t] = (orr_engine_time){.key = times[t].key, .before_ns = f.values_ns[t]};
    }
    good = good && fit_all(&f, options->evaluations, arena, fit, diags);
    for (size_t t = 0; t < ORR_ENGINE_TIMES; t++) fit->times[t].after_ns = f.values_ns[t];
    fit->evaluations = f.evaluations;
    fit->fitted_count = f.fitted_count;
    for (size_t i = 0; i < count; i++)
        if (results[i].each) remove(orr_arena_printf(arena, "%sbench-%zu.jsonl", prefix, i));
    return good;
}
