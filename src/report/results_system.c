/* results.json: what the system is, what it serves, and what it is held to. */
#include "report/results_json.h"

#include <math.h>

static const char *title_of(const char *title, const char *name) { return title && *title ? title : name; }

void orr_results_put_policies(orr_json *json, const orr_engine *engine)
{
    const orr_scheduling_parts parts = orr_scheduling_resolve(engine->scheduler, &engine->scheduling);
    orr_json_put_string(json, "scheduler", orr_scheduler_name(engine->scheduler));
    orr_json_put_string(json, "scheduling_admission", orr_admission_rule_name(parts.admission));
    orr_json_put_string(json, "scheduling_order", orr_queue_order_name(parts.order));
    orr_json_put_string(json, "scheduling_victim", orr_victim_rule_name(parts.victim));
    orr_json_put_string(json, "cache", engine->enable_prefix_caching ? orr_cache_kind_name(engine->cache) : NULL);
    orr_json_put_string(json, "cache_eviction", engine->enable_prefix_caching ? orr_cache_eviction_name(engine->cache_eviction) : NULL);
}

static void put_system(orr_json *json, const orr_report *report, orr_arena *arena)
{
    const orr_study *s = report->study;
    const orr_engine *e = &s->engine;
    const int64_t replicas = report->run ? report->run->replicas : s->serving.replicas;
    orr_json_key(json, "system");
    orr_json_object(json);
    orr_json_put_string(json, "label", report->recommendation && report->recommendation->winner_study ? report->recommendation->candidates[0].label : orr_system_label(s, replicas, arena));
    orr_json_put_string(json, "model", title_of(s->model.title, s->model.name));
    orr_json_put_string(json, "chip", title_of(s->hardware.chip.title, s->hardware.chip.name));
    orr_json_put_string(json, "node", title_of(s->hardware.node.title, s->hardware.node.name));
    orr_json_put_int(json, "nodes", s->hardware.nodes);
    orr_json_put_string(json, "engine", title_of(e->title, e->profile));
    orr_json_put_int(json, "gpus", report->run ? report->run->gpus : orr_study_gpus(s));
    orr_json_put_int(json, "replicas", replicas);
    const struct { const char *key; int64_t value; } counts[] = {{"tensor_parallel_size", e->tensor_parallel_size}, {"pipeline_parallel_size", e->pipeline_parallel_size}, {"data_parallel_size", e->data_parallel_size},
                                                               {"max_num_seqs", e->max_num_seqs}, {"max_num_batched_tokens", e->max_num_batched_tokens}, {"block_size", e->block_size}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    if (orr_engine_context_ranks(e) > 1) orr_json_put_int(json, "prefill_context_parallel_size", e->prefill_context_parallel_size);
    if (e->decode_context_parallel_size > 1) orr_json_put_int(json, "decode_context_parallel_size", e->decode_context_parallel_size);
    orr_json_put_bool(json, "enable_expert_parallel", e->enable_expert_parallel);
    orr_json_put_string(json, "quantization", e->quantization);
    orr_json_put_string(json, "weight_dtype", orr_dtype_name(e->weight_dtype));
    orr_json_put_string(json, "kv_cache_dtype", orr_dtype_name(e->kv_cache_dtype));
    orr_json_put_double(json, "gpu_memory_utilization", e->gpu_memory_utilization);
    orr_json_put_bool(json, "enable_chunked_prefill", e->enable_chunked_prefill);
    orr_json_put_bool(json, "enable_mixed_chunk", e->enable_mixed_chunk);
    orr_json_put_bool(json, "enable_prefix_caching", e->enable_prefix_caching);
    orr_results_put_policies(json, e);
    orr_json_put_string(json, "router", orr_router_key(s->serving.router));
    orr_json_put_string(json, "admission", orr_door_key(s->serving.admission.policy));
    orr_json_object_end(json);
}

static void put_traffic(orr_json *json, const orr_study *study, orr_arena *arena)
{
    static const char *const loads[] = {[ORR_LOAD_OPEN_POISSON] = "poisson", [ORR_LOAD_OPEN_GAMMA] = "gamma", [ORR_LOAD_OPEN_CONSTANT] = "constant", [ORR_LOAD_TRACE_TIMES] = "trace",
                                        [ORR_LOAD_CLOSED] = "closed", [ORR_LOAD_ALL_AT_ONCE] = "all_at_once", [ORR_LOAD_OPEN_MMPP] = "mmpp", [ORR_LOAD_OPEN_DIURNAL] = "diurnal", [ORR_LOAD_OPEN_SPIKES] = "spikes"};
    const orr_traffic *t = &study->traffic;
    orr_json_key(json, "traffic");
    orr_json_object(json);
    orr_json_put_string(json, "label", orr_traffic_label(t, arena));
    orr_json_put_string(json, "source", t->source);
    orr_json_put_string(json, "process", loads[t->load]);
    orr_json_put_double(json, "rate_per_s", t->rate_per_s > 0 ? t->rate_per_s : (double)NAN);
    orr_json_put_int(json, "concurrency", t->concurrency);
    orr_json_put_int(json, "stop_requests", t->stop_requests);
    orr_json_put_int(json, "seed", (int64_t)study->seed);
    orr_json_object_end(json);
}

static void put_slo(orr_json *json, const orr_study *study, const orr_run_result *run)
{
    orr_json_key(json, "slo");
    orr_json_object(json);
    if (run && run->slo_worst_ratio > 0) {
        orr_json_put_bool(json, "met", run->slo_met);
        orr_json_put_double(json, "attainment", run->slo_attainment);
        orr_json_put_double(json, "worst_ratio", run->slo_worst_ratio);
        orr_json_put_string(json, "worst_metric", orr_metric_key(run->slo_worst_metric));
        orr_json_put_string(json, "worst_statistic", orr_stat_key(run->slo_worst_stat));
    }
    orr_json_key(json, "limits");
    orr_json_array(json);
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = study->slo.limit_ns[metric][stat];
            if (!(limit_ns > 0)) continue;
            orr_json_object(json);
            orr_json_put_string(json, "metric", orr_metric_key((orr_latency_metric)metric));
            orr_json_put_string(json, "statistic", orr_stat_key((orr_stat)stat));
            orr_json_put_double(json, "limit_ms", limit_ns / 1e6);
            if (run) {
                const double value_ns = orr_summary_stat(&run->latency.by_metric[metric], (orr_stat)stat);
                orr_json_put_double(json, "value_ms", value_ns / 1e6);
                orr_json_put_double(json, "ratio", value_ns / limit_ns);
                orr_json_put_bool(json, "met", value_ns <= limit_ns);
            }
            orr_json_object_end(json);
        }
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
}

void orr_results_put_system(orr_json *json, const orr_report *report, orr_arena *arena)
{
    put_system(json, report, arena);
    orr_results_put_fabric(json, report->study, arena);
    put_traffic(json, report->study, arena);
    orr_json_key(json, "objective");
    orr_json_object(json);
    orr_json_put_string(json, "key", orr_objective_key(report->study->objective));
    orr_json_put_string(json, "direction", orr_objective_is_maximized(report->study->objective) ? "maximize" : "minimize");
    orr_json_put_double(json, "value", report->run ? orr_objective_value(report->study->objective, report->run) : (double)NAN);
    orr_json_object_end(json);
    put_slo(json, report->study, report->run);
}
