#include "report/results_json.h"

#include <math.h>
#include "report/cdf.h"
#include "report/formulas.h"

const char *orr_metric_key(orr_latency_metric metric)
{
    static const char *const keys[] = {[ORR_METRIC_TTFT] = "ttft", [ORR_METRIC_TPOT] = "tpot", [ORR_METRIC_ITL] = "itl", [ORR_METRIC_E2EL] = "e2el"};
    return keys[metric];
}

const char *orr_stat_key(orr_stat stat)
{
    static const char *const keys[] = {[ORR_STAT_MEAN] = "mean", [ORR_STAT_P50] = "p50", [ORR_STAT_P90] = "p90", [ORR_STAT_P95] = "p95", [ORR_STAT_P99] = "p99"};
    return keys[stat];
}

static double ms(double ns) { return ns / 1e6; }

/* --- the keys of `vllm bench serve` --- */

static void put_named(orr_json *json, const char *prefix, const char *metric, double value_ns)
{
    char key[48];
    size_t length = 0;
    for (const char *const parts[] = {prefix, "_", metric, "_ms"}, *const *part = parts; part < parts + 4; part++)
        for (const char *c = *part; *c && length + 1 < sizeof key; c++) key[length++] = *c;
    key[length] = 0;
    orr_json_put_double(json, key, ms(value_ns));
}

/* The summary of a metric; ITL's deviation is taken from the histogram's bins (their centres: within 0.1 %), where the run has not given it. */
static orr_summary summary_of(const orr_run_result *run, orr_latency_metric metric)
{
    orr_summary s = run->latency.by_metric[metric];
    if (metric != ORR_METRIC_ITL || !run->itl || s.count == 0 || !isnan(s.std)) return s;
    double squares = 0, lower, upper;
    int64_t weight, total = 0;
    for (size_t k = 0; orr_histogram_bin(run->itl, k, &lower, &upper, &weight); k++) {
        const double off = (lower + upper) / 2 - s.mean;
        squares += (double)weight * off * off;
        total += weight;
    }
    if (total > 0) s.std = sqrt(squares / (double)total);
    return s;
}

static void put_bench_keys(orr_json *json, const orr_report *report)
{
    const orr_run_result *run = report->run;
    const orr_traffic *traffic = &report->study->traffic;
    orr_json_put_string(json, "backend", "orrery");
    orr_json_put_string(json, "model_id", report->study->model.name);
    orr_json_put_int(json, "num_prompts", run->requests_arrived);
    const bool open = orr_load_is_open(traffic->load);
    const double rate = !open ? 0 : traffic->rate_per_s > 0 ? traffic->rate_per_s : traffic->kind == ORR_SOURCE_PROFILE ? traffic->workload.native_rate_per_s : 0;
    if (rate > 0) orr_json_put_double(json, "request_rate", rate);
    else orr_json_put_string(json, "request_rate", "inf");
    orr_json_key(json, "max_concurrency");
    if (traffic->concurrency > 0) orr_json_int(json, traffic->concurrency);
    else orr_json_null(json);
    orr_json_put_double(json, "duration", run->duration_s);
    orr_json_put_int(json, "completed", run->requests_finished);
    orr_json_put_int(json, "failed", run->requests_rejected + run->requests_refused + run->requests_lost);
    orr_json_put_int(json, "total_input_tokens", run->input_tokens);
    orr_json_put_int(json, "total_output_tokens", run->output_tokens);
    orr_json_put_double(json, "request_throughput", run->request_throughput_per_s);
    orr_json_put_double(json, "request_goodput", run->slo_worst_ratio > 0 ? run->goodput_per_s : (double)NAN);
    orr_json_put_double(json, "output_throughput", run->output_tokens_per_s);
    orr_json_put_double(json, "total_token_throughput", run->total_tokens_per_s);
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        const orr_summary summary = summary_of(run, (orr_latency_metric)metric), *s = &summary;
        const struct { const char *prefix; double value_ns; } named[] = {{"mean", s->mean}, {"median", s->p50}, {"std", s->std}, {"p50", s->p50}, {"p90", s->p90}, {"p95", s->p95}, {"p99", s->p99}};
        for (size_t i = 0; i < sizeof named / sizeof *named; i++) put_named(json, named[i].prefix, orr_metric_key((orr_latency_metric)metric), s->count > 0 ? named[i].value_ns : (double)NAN);
    }
}

/* --- Orrery's own of a run --- */

static void put_summary(orr_json *json, const char *key, const orr_summary *s)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_int(json, "count", s->count);
    const struct { const char *name; double value_ns; } named[] = {{"mean", s->mean}, {"std", s->std}, {"min", s->min}, {"p50", s->p50}, {"p75", s->p75}, {"p90", s->p90}, {"p95", s->p95}, {"p99", s->p99}, {"p999", s->p999}, {"max", s->max}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) orr_json_put_double(json, named[i].name, s->count > 0 ? ms(named[i].value_ns) : (double)NAN);
    orr_json_object_end(json);
}

static void put_latency(orr_json *json, const orr_run_result *run)
{
    orr_json_key(json, "latency");
    orr_json_object(json);
    put_summary(json, "ttft_ms", &run->latency.by_metric[ORR_METRIC_TTFT]);
    put_summary(json, "ttft_from_admission_ms", &run->latency.ttft_from_admission);
    put_summary(json, "queue_ms", &run->latency.queue);
    put_summary(json, "tpot_ms", &run->latency.by_metric[ORR_METRIC_TPOT]);
    const orr_summary itl = summary_of(run, ORR_METRIC_ITL);
    put_summary(json, "itl_ms", &itl);
    put_summary(json, "e2el_ms", &run->latency.by_metric[ORR_METRIC_E2EL]);
    orr_json_object_end(json);
}

static const char *end_key(orr_run_end end)
{
    static const char *const keys[] = {[ORR_RUN_DONE] = "done", [ORR_RUN_DOES_NOT_FIT] = "does_not_fit", [ORR_RUN_ABANDONED] = "abandoned", [ORR_RUN_CANCELLED] = "cancelled", [ORR_RUN_BROKEN_INPUT] = "broken_input"};
    return keys[end];
}

static void put_run(orr_json *json, const orr_study *study, const orr_run_result *r)
{
    orr_json_key(json, "run");
    orr_json_object(json);
    orr_json_put_string(json, "end", end_key(r->end));
    const struct { const char *key; int64_t value; } counts[] = {
        {"requests_arrived", r->requests_arrived}, {"requests_finished", r->requests_finished}, {"requests_rejected", r->requests_rejected}, {"steps", r->steps}, {"events", r->events},
        {"cached_tokens", r->cached_tokens}, {"preemptions", r->preemptions}, {"recomputed_tokens", r->recomputed_tokens}, {"peak_running", r->peak_running}, {"peak_waiting", r->peak_waiting}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    if (study && study->serving.admission.policy != ORR_ADMIT_ALL) orr_json_put_int(json, "requests_refused", r->requests_refused);
    const struct { const char *key; double value; } means[] = {{"mean_batch", r->mean_batch}, {"mean_running", r->mean_running}, {"mean_waiting", r->mean_waiting}, {"chunks_per_step", r->chunks_per_step}};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) orr_json_put_double(json, means[i].key, means[i].value);
    orr_json_put_bool(json, "unstable", r->unstable);
    orr_json_object_end(json);
}

/* Only where the study asks for something to be left out. */
static void put_warmup(orr_json *json, const orr_study *study, const orr_run_result *r)
{
    static const char *const kinds[] = {[ORR_WARMUP_AUTO] = "mser-5", [ORR_WARMUP_TIME] = "time", [ORR_WARMUP_REQUESTS] = "requests"};
    const orr_warmup_kind kind = study->measure.warmup_kind;
    if (kind == ORR_WARMUP_NONE) return;
    orr_json_key(json, "warmup");
    orr_json_object(json);
    orr_json_put_string(json, "by", kinds[kind]);
    orr_json_put_int(json, "excluded_requests", r->warmup_requests);
    orr_json_put_double(json, "excluded_s", r->warmup_s);
    if (kind == ORR_WARMUP_AUTO) orr_json_put_bool(json, "steady_state_seen", !r->warmup_unsettled);
    orr_json_object_end(json);
}

/* Only where the queue grows without bound. */
static void put_instability(orr_json *json, const orr_study *study, const orr_run_result *r)
{
    if (!r->unstable) return;
    orr_json_key(json, "instability");
    orr_json_object(json);
    orr_json_put_string(json, "queue", r->drift.of_encoders ? "encoders" : r->drift.of_prefill ? "prefill" : "own");
    orr_json_put_double(json, "arrivals_per_s", r->drift.arrivals_per_s);
    orr_json_put_double(json, "sustained_per_s", r->drift.sustained_per_s);
    orr_json_put_double(json, "growth_requests", r->drift.growth);
    orr_json_put_double(json, "noise_requests", r->drift.noise);
    orr_json_put_int(json, "replicas_needed", orr_unstable_replicas_needed(r));
    orr_json_put_string(json, "limit_with_room", orr_unstable_limit(study, r));
    orr_json_object_end(json);
}

/* Only where the engine speculates. */
static void put_speculation(orr_json *json, const orr_study *study, const orr_run_result *r)
{
    const orr_speculation *s = &study->engine.speculation;
    if (s->method == ORR_SPECULATION_NONE) return;
    orr_json_key(json, "speculation");
    orr_json_object(json);
    orr_json_put_string(json, "method", orr_speculation_name(s->method));
    orr_json_put_int(json, "draft_tokens", s->tokens);
    if (s->depth.policy != ORR_DEPTH_CONSTANT) orr_json_put_string(json, "depth", orr_depth_name(s->depth.policy));
    if (s->trace.path) orr_json_put_string(json, "acceptance_trace", s->trace.path);
    if (s->method == ORR_SPECULATION_DRAFT) orr_json_put_string(json, "draft_model", s->draft_model.name);
    orr_json_put_double(json, "expected_tokens_per_decode", orr_speculation_mean_tokens(s));
    orr_json_put_double(json, "tokens_per_decode", r->decodes > 0 ? (double)r->decode_tokens / (double)r->decodes : (double)NAN);
    orr_json_put_int(json, "decodes", r->decodes);
    orr_json_put_int(json, "decode_tokens", r->decode_tokens);
    orr_json_object_end(json);
}

static void put_doubles(orr_json *json, const char *key, const char *const *names, const double *values, size_t count)
{
    orr_json_key(json, key);
    orr_json_object(json);
    for (size_t i = 0; i < count; i++) orr_json_put_double(json, names[i], values[i]);
    orr_json_object_end(json);
}
#define PUT_DOUBLES(json, key, names, values) put_doubles((json), (key), (names), (values), sizeof(names) / sizeof *(names))

static void put_use(orr_json *json, const orr_run_result *r)
{
    orr_json_key(json, "throughput");
    orr_json_object(json);
    orr_json_put_double(json, "output_tokens_per_s_per_gpu", r->output_tokens_per_s_per_gpu);
    orr_json_put_double(json, "total_tokens_per_s_per_gpu", r->total_tokens_per_s_per_gpu);
    orr_json_key(json, "interactivity_tokens_per_s_per_user");
    orr_json_object(json);
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) orr_json_put_double(json, orr_stat_key((orr_stat)stat), r->interactivity_tokens_per_s_per_user[stat]);
    orr_json_object_end(json);
    orr_json_object_end(json);

    static const char *const use[] = {"busy_share", "compute", "memory", "link", "host"};
    PUT_DOUBLES(json, "utilization", use, ((const double[]){r->busy_share, r->compute_utilization, r->memory_utilization, r->link_utilization, r->host_utilization}));

    orr_json_key(json, "kv_cache");
    orr_json_object(json);
    orr_json_put_int(json, "blocks", r->kv_blocks);
    orr_json_put_double(json, "usage_mean", r->kv_usage_mean);
    orr_json_put_double(json, "usage_peak", r->kv_usage_peak);
    orr_json_put_double(json, "prefix_hit_share", r->prefix_hit_share);
    orr_json_object_end(json);

    static const char *const energy[] = {"energy_j", "mean_power_w", "joules_per_output_token", "all_in_w", "output_tokens_per_s_per_mw"};
    PUT_DOUBLES(json, "energy", energy, ((const double[]){r->energy_j, r->mean_power_w, r->joules_per_output_token, r->all_in_w, r->output_tokens_per_s_per_mw}));
    static const char *const cost[] = {"usd_per_h", "usd_per_mtok_output", "usd_per_mtok_total", "output_tokens_per_usd"};
    PUT_DOUBLES(json, "cost", cost, ((const double[]){r->usd_per_h, r->usd_per_mtok_output, r->usd_per_mtok_total, 1e6 / r->usd_per_mtok_output}));
    static const char *const work[] = {"flop", "memory_bytes", "link_bytes", "device_s", "host_s", "compute_limit_s", "memory_limit_s", "link_limit_s"};
    PUT_DOUBLES(json, "work", work, ((const double[]){r->cost.flop, r->cost.memory_bytes, r->cost.link_bytes, r->cost.time_ns / 1e9, r->host_ns / 1e9, r->cost.compute_limit_ns / 1e9, r->cost.memory_limit_ns / 1e9,
                                                      r->cost.link_limit_ns / 1e9}));
}

static void put_cdf(orr_json *json, const orr_run_result *run)
{
    double points[ORR_CDF_POINTS];
    if (!orr_cdf_of(run, ORR_CDF_TTFT, points)) return;
    orr_json_key(json, "cdf");
    orr_json_object(json);
    for (orr_cdf_column c = 0; c < ORR_CDF_COLUMN_COUNT_; c++) {
        if (!orr_cdf_of(run, c, points)) continue;
        orr_json_key(json, orr_cdf_name(c));
        orr_json_array(json);
        for (int i = 0; i < ORR_CDF_POINTS; i++) orr_json_double(json, points[i]);
        orr_json_array_end(json);
    }
    orr_json_object_end(json);
}

void orr_results_put(orr_json *json, const orr_report *report, orr_arena *arena)
{
    orr_json_object(json);
    orr_json_put_string(json, "schema", ORR_RESULTS_SCHEMA);
    orr_json_put_string(json, "kind", orr_report_kind_name(report->kind));
    orr_json_put_string(json, "orrery_version", report->version);
    orr_json_put_string(json, "title", report->title);
    orr_json_put_string(json, "subtitle", report->subtitle);
    orr_json_put_string(json, "answer", report->answer);
    if (report->why_count > 0) {
        orr_json_key(json, "why");
        orr_json_array(json);
        for (size_t i = 0; i < report->why_count; i++) orr_json_string(json, report->why[i]);
        orr_json_array_end(json);
    }
    if (report->run && report->study) put_bench_keys(json, report);
    if (report->study) orr_results_put_system(json, report, arena);
    if (report->run) {
        put_run(json, report->study, report->run);
        if (report->study) put_warmup(json, report->study, report->run);
        if (report->study) put_instability(json, report->study, report->run);
        if (report->study) put_speculation(json, report->study, report->run);
        put_use(json, report->run);
        if (report->study) orr_results_put_pools(json, report->study, report->run);
        if (report->study) orr_results_put_images(json, report->study, report->run);
        orr_results_put_apart(json, report->run);
        orr_results_put_fleet(json, report->run);
        if (report->study) orr_results_put_groups(json, report->study, report->run, arena);
        orr_results_put_tiers(json, report->run);
        orr_results_put_tenants(json, report->run);
        put_latency(json, report->run);
        put_cdf(json, report->run);
    }
    orr_results_put_replications(json, report->replications, arena);
    if (report->intervals) orr_results_put_intervals(json, report, arena);
    orr_results_put_steps(json, report);
    if (report->recommendation) orr_results_put_search(json, report, arena);
    if (report->study) orr_results_put_provenance(json, report->study, arena);
    if (report->run) {
        orr_json_key(json, "formulas");
        orr_json_object(json);
        size_t count;
        const orr_formula *formulas = orr_formulas(&count);
        for (size_t i = 0; i < count; i++) orr_json_put_string(json, formulas[i].key, formulas[i].text);
        orr_json_object_end(json);
    }
    orr_json_object_end(json);
}

void orr_results_write_json(const orr_report *report, bool pretty, orr_arena *arena, orr_text *out)
{
    orr_json json = orr_json_begin(out, pretty);
    orr_results_put(&json, report, arena);
    orr_text_append(out, "\n");
}
