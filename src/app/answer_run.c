/* A run as a table, as JSON (keys of `vllm bench serve`) and as requests.csv. */
#include <inttypes.h>
#include <math.h>
#include "app/answer.h"
#include "app/common.h"
#include "base/json.h"
#include "lab/bounds.h"

static const char *ms(double ns, orr_arena *arena) { return isnan(ns) ? "-" : orr_arena_printf(arena, "%.4g", ns / 1e6); }

static void latency_rows(const orr_study *study, const orr_run_result *run, orr_arena *arena, orr_text *out)
{
    orr_columns *columns = orr_columns_begin(arena, 7);
    orr_columns_row(columns, "latency, ms", "mean", "p50", "p90", "p95", "p99", "limits");
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) {
        const orr_summary *s = &run->latency.by_metric[m];
        const char *limits = "";
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = study->slo.limit_ns[m][stat], value_ns = orr_summary_stat(s, (orr_stat)stat);
            if (limit_ns > 0) limits = orr_arena_printf(arena, "%s%s%s %s: %s", limits, *limits ? ", " : "", orr_stat_name((orr_stat)stat), ms(limit_ns, arena), value_ns > limit_ns ? "missed" : "kept");
        }
        orr_columns_row(columns, orr_latency_metric_name((orr_latency_metric)m), ms(s->mean, arena), ms(s->p50, arena), ms(s->p90, arena), ms(s->p95, arena), ms(s->p99, arena), limits);
    }
    orr_columns_write(columns, out);
}

void orr_answer_run_table(const orr_study *study, const orr_run_result *run, orr_arena *arena, orr_text *out)
{
    orr_text_printf(out, "%s\n\n", study->title ? study->title : study->model.name);
    latency_rows(study, run, arena, out);
    orr_columns *c = orr_columns_begin(arena, 2);
    orr_columns_row(c, "", "");
    orr_columns_row(c, "requests", orr_arena_printf(arena, "%" PRId64 " finished, %" PRId64 " refused, %.4g s, %.4g/s", run->requests_finished, run->requests_rejected, run->duration_s, run->request_throughput_per_s));
    orr_columns_row(c, "goodput", orr_arena_printf(arena, "%.4g requests/s (%.4g %% keep every SLO)", run->goodput_per_s, 100 * run->slo_attainment));
    orr_columns_row(c, "output", orr_arena_printf(arena, "%.5g tokens/s, %.4g tokens/s/GPU on %" PRId64 " GPU%s (%" PRId64 " replica%s)", run->output_tokens_per_s, run->output_tokens_per_s_per_gpu, run->gpus,
                                                  orr_app_plural((size_t)run->gpus), run->replicas, orr_app_plural((size_t)run->replicas)));
    orr_columns_row(c, "cost", orr_arena_printf(arena, "%.4g USD per million output tokens, %.4g USD/h", run->usd_per_mtok_output, run->usd_per_h));
    orr_columns_row(c, "energy", orr_arena_printf(arena, "%.4g J per output token, %.4g kW", run->joules_per_output_token, run->mean_power_w / 1e3));
    orr_columns_row(c, "busy", orr_arena_printf(arena, "%.3g %% (compute %.3g %%, memory %.3g %%, links %.3g %% of their peaks), decode batch %.3g", 100 * run->busy_share, 100 * run->compute_utilization,
                                                100 * run->memory_utilization, 100 * run->link_utilization, run->mean_batch));
    orr_columns_row(c, "KV cache", orr_arena_printf(arena, "%" PRId64 " blocks, mean %.3g %%, peak %.3g %%; %" PRId64 " preemptions; %.3g %% prefix hits", run->kv_blocks, 100 * run->kv_usage_mean, 100 * run->kv_usage_peak,
                                                    run->preemptions, 100 * run->prefix_hit_share));
    orr_columns_write(c, out);
    if (run->unstable) orr_text_append(out, "\nThe queue still grew when arrivals ended: this load is more than the system can carry.\n");
}

static void put_ms(orr_json *json, const char *format, const char *metric, double ns)
{
    char key[64];
    size_t length = 0;
    for (const char *at = format; *at && length + 8 < sizeof key; at++) {
        if (*at != '%') { key[length++] = *at; continue; }
        for (const char *m = metric; *m; m++) key[length++] = *m;
    }
    key[length] = '\0';
    orr_json_put_double(json, key, ns / 1e6);
}

void orr_answer_run_json(const orr_study *study, const orr_run_result *run, orr_text *out)
{
    static const char *const metrics[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = "ttft", [ORR_METRIC_TPOT] = "tpot", [ORR_METRIC_ITL] = "itl", [ORR_METRIC_E2EL] = "e2el"};
    orr_json json = orr_json_begin(out, true);
    orr_json_object(&json);
    orr_json_put_string(&json, "kind", "predict");
    orr_json_put_string(&json, "title", study->title);
    orr_json_put_string(&json, "model_id", study->model.name);
    orr_json_put_int(&json, "completed", run->requests_finished);
    orr_json_put_int(&json, "failed", run->requests_rejected);
    orr_json_put_double(&json, "duration", run->duration_s);
    orr_json_put_int(&json, "total_input_tokens", run->input_tokens);
    orr_json_put_int(&json, "total_output_tokens", run->output_tokens);
    orr_json_put_double(&json, "request_throughput", run->request_throughput_per_s);
    orr_json_put_double(&json, "request_goodput", run->goodput_per_s);
    orr_json_put_double(&json, "output_throughput", run->output_tokens_per_s);
    orr_json_put_double(&json, "total_token_throughput", run->total_tokens_per_s);
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) {
        const orr_summary *s = &run->latency.by_metric[m];
        put_ms(&json, "mean_%_ms", metrics[m], s->mean);
        put_ms(&json, "median_%_ms", metrics[m], s->p50);
        put_ms(&json, "p90_%_ms", metrics[m], s->p90);
        put_ms(&json, "p95_%_ms", metrics[m], s->p95);
        put_ms(&json, "p99_%_ms", metrics[m], s->p99);
    }
    orr_json_put_int(&json, "gpus", run->gpus);
    orr_json_put_int(&json, "replicas", run->replicas);
    orr_json_put_bool(&json, "slo_met", run->slo_met);
    orr_json_put_bool(&json, "unstable", run->unstable);
    orr_json_put_double(&json, "slo_attainment", run->slo_attainment);
    orr_json_put_double(&json, "output_tokens_per_s_per_gpu", run->output_tokens_per_s_per_gpu);
    orr_json_put_double(&json, "usd_per_million_output_tokens", run->usd_per_mtok_output);
    orr_json_put_double(&json, "joules_per_output_token", run->joules_per_output_token);
    orr_json_object_end(&json);
    orr_text_append(out, "\n");
}

void orr_answer_requests_csv(const orr_run_result *run, orr_text *out)
{
    orr_text_append(out, "request,replica,arrival_ns,admitted_ns,first_token_ns,finish_ns,input_tokens,output_tokens,cached_tokens,preemptions\n");
    for (size_t i = 0; i < run->record_count; i++) {
        const orr_request_record *r = &run->records[i];
        orr_text_printf(out, "%zu,%d,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId32 ",%" PRId32 ",%" PRId32 ",%d\n", i, r->replica, r->arrival_ns, r->admitted_ns, r->first_token_ns, r->finish_ns, r->input_tokens,
                        r->output_tokens, r->cached_tokens, r->preemptions);
    }
}
