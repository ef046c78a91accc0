/* results.json: the tenants of a mix, told apart. Nothing where the traffic is no mix. */
#include <math.h>
#include "report/results_json.h"

void orr_results_put_summary_ms(orr_json *json, const orr_summary *s)
{
    const struct { const char *name; double value_ns; } figures[] = {{"mean", s->mean}, {"p50", s->p50}, {"p90", s->p90}, {"p95", s->p95}, {"p99", s->p99}, {"max", s->max}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].name, s->count > 0 ? figures[i].value_ns / 1e6 : (double)NAN);
}

static void put_latency(orr_json *json, const orr_tenant_result *t, orr_latency_metric metric, const char *key)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_results_put_summary_ms(json, &t->by_metric[metric]);
    orr_json_object_end(json);
}

void orr_results_put_tenants(orr_json *json, const orr_run_result *run)
{
    if (run->tenant_count == 0) return;
    orr_json_key(json, "tenants");
    orr_json_array(json);
    for (int64_t i = 0; i < run->tenant_count; i++) {
        const orr_tenant_result *t = &run->tenants[i];
        orr_json_object(json);
        orr_json_put_string(json, "name", t->name);
        const struct { const char *key; int64_t value; } counts[] = {{"priority", t->priority}, {"requests_finished", t->requests_finished}, {"requests_rejected", t->requests_rejected},
            {"input_tokens", t->input_tokens}, {"output_tokens", t->output_tokens}, {"cached_tokens", t->cached_tokens}};
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) orr_json_put_int(json, counts[k].key, counts[k].value);
        orr_json_put_double(json, "request_throughput", t->request_throughput_per_s);
        orr_json_put_double(json, "output_throughput", t->output_tokens_per_s);
        orr_json_put_double(json, "request_goodput", t->slo_worst_ratio > 0 ? t->goodput_per_s : (double)NAN);
        put_latency(json, t, ORR_METRIC_TTFT, "ttft_ms");
        put_latency(json, t, ORR_METRIC_TPOT, "tpot_ms");
        put_latency(json, t, ORR_METRIC_E2EL, "e2el_ms");
        if (t->slo_worst_ratio > 0) {
            orr_json_key(json, "slo");
            orr_json_object(json);
            orr_json_put_bool(json, "met", t->slo_met);
            orr_json_put_double(json, "attainment", t->slo_attainment);
            orr_json_put_double(json, "worst_ratio", t->slo_worst_ratio);
            orr_json_put_string(json, "worst_metric", orr_metric_key(t->slo_worst_metric));
            orr_json_put_string(json, "worst_stat", orr_stat_key(t->slo_worst_stat));
            orr_json_object_end(json);
        }
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}
