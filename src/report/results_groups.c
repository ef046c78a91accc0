/* results.json: groups of replicas of a fleet of several kinds, told apart. Nothing where all are alike. */
#include <math.h>
#include "report/results_json.h"

static void put_latency(orr_json *json, const orr_group_result *of, orr_latency_metric metric, const char *key)
{
    const orr_summary *s = &of->by_metric[metric];
    orr_json_key(json, key);
    orr_json_object(json);
    orr_results_put_summary_ms(json, s);
    orr_json_object_end(json);
}

static void put_group(orr_json *json, const orr_group *group, const orr_group_result *of, int64_t first_replica, bool has_limits, orr_arena *arena)
{
    const orr_engine *e = &group->engine;
    orr_json_object(json);
    orr_json_put_string(json, "name", of->name);
    orr_json_put_string(json, "label", orr_engine_label(e, group->replicas, arena));
    orr_json_put_string(json, "chip", group->hardware.chip.title && *group->hardware.chip.title ? group->hardware.chip.title : of->chip);
    const struct { const char *key; int64_t value; } counts[] = {{"first_replica", first_replica}, {"replicas", of->replicas}, {"gpus", of->gpus}, {"weight", group->weight}, {"tensor_parallel_size", e->tensor_parallel_size},
        {"pipeline_parallel_size", e->pipeline_parallel_size}, {"data_parallel_size", e->data_parallel_size}, {"max_num_seqs", e->max_num_seqs}, {"max_num_batched_tokens", e->max_num_batched_tokens},
        {"requests_finished", of->requests_finished}, {"input_tokens", of->input_tokens}, {"output_tokens", of->output_tokens}, {"cached_tokens", of->cached_tokens}, {"preemptions", of->preemptions}, {"steps", of->steps},
        {"peak_running", of->peak_running}, {"peak_waiting", of->peak_waiting}, {"kv_blocks", of->kv_blocks}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    orr_results_put_policies(json, e);
    const struct { const char *key; double value; } figures[] = {{"request_throughput", of->request_throughput_per_s}, {"output_throughput", of->output_tokens_per_s}, {"output_tokens_per_s_per_gpu", of->output_tokens_per_s_per_gpu},
        {"request_goodput", has_limits ? of->goodput_per_s : (double)NAN}, {"slo_attainment", has_limits ? of->slo_attainment : (double)NAN}, {"busy_share", of->busy_share}, {"compute", of->compute_utilization},
        {"memory", of->memory_utilization}, {"link", of->link_utilization}, {"host", of->host_utilization}, {"mean_batch", of->mean_batch}, {"mean_running", of->mean_running}, {"mean_waiting", of->mean_waiting},
        {"kv_usage_mean", of->kv_usage_mean}, {"kv_usage_peak", of->kv_usage_peak}, {"energy_j", of->energy_j}, {"joules_per_output_token", of->joules_per_output_token}, {"usd_per_h", of->usd_per_h},
        {"usd_per_million_output_tokens", of->usd_per_mtok_output}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    put_latency(json, of, ORR_METRIC_TTFT, "ttft_ms");
    put_latency(json, of, ORR_METRIC_TPOT, "tpot_ms");
    put_latency(json, of, ORR_METRIC_E2EL, "e2el_ms");
    orr_json_object_end(json);
}

void orr_results_put_groups(orr_json *json, const orr_study *study, const orr_run_result *run, orr_arena *arena)
{
    if (run->group_count == 0) return;
    int64_t first = 0;
    orr_json_key(json, "groups");
    orr_json_array(json);
    for (int g = 0; g < run->group_count; g++) {
        put_group(json, &study->serving.groups.items[g], &run->groups[g], first, run->slo_worst_ratio > 0, arena);
        first += run->groups[g].replicas;
    }
    orr_json_array_end(json);
}
