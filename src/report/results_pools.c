/* results.json: prefill engines, and what goes from them to those that decode. Nothing where serving is aggregated. */
#include "report/results_json.h"

static double ms(double ns) { return ns / 1e6; }

static void put_transfers(orr_json *json, const orr_prefill_result *p, const orr_transfer *transfer)
{
    orr_json_key(json, "transfers");
    orr_json_object(json);
    orr_json_put_int(json, "count", p->transfers);
    orr_json_put_double(json, "bytes", p->transfer_bytes);
    orr_json_put_string(json, "overlap", transfer->overlap == ORR_TRANSFER_LAYERWISE ? "layerwise" : "after");
    if (p->transfers > 0) {
        const struct { const char *key; double value_ns; } times[] = {{"mean_ms", p->transfer.mean}, {"p50_ms", p->transfer.p50}, {"p90_ms", p->transfer.p90}, {"p99_ms", p->transfer.p99}, {"max_ms", p->transfer.max}};
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) orr_json_put_double(json, times[i].key, ms(times[i].value_ns));
    }
    orr_json_put_double(json, "egress_utilization", p->egress_utilization);
    orr_json_put_double(json, "ingress_utilization", p->ingress_utilization);
    orr_json_object_end(json);
}

void orr_results_put_pools(orr_json *json, const orr_study *study, const orr_run_result *run)
{
    const orr_prefill_result *p = &run->prefill;
    const orr_engine *e = &study->serving.prefill.engine;
    if (p->replicas == 0) return;
    orr_json_put_int(json, "decode_gpus", run->decode_gpus);
    orr_json_put_double(json, "output_tokens_per_s_per_decode_gpu", run->output_tokens_per_s_per_decode_gpu);
    orr_json_key(json, "prefill");
    orr_json_object(json);
    const struct { const char *key; int64_t value; } counts[] = {{"replicas", p->replicas}, {"gpus", p->gpus}, {"tensor_parallel_size", e->tensor_parallel_size}, {"pipeline_parallel_size", e->pipeline_parallel_size},
        {"data_parallel_size", e->data_parallel_size}, {"max_num_seqs", e->max_num_seqs}, {"max_num_batched_tokens", e->max_num_batched_tokens}, {"steps", p->steps}, {"peak_running", p->peak_running},
        {"peak_waiting", p->peak_waiting}, {"kv_blocks", p->kv_blocks}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    if (orr_engine_context_ranks(e) > 1) orr_json_put_int(json, "prefill_context_parallel_size", e->prefill_context_parallel_size);
    if (e->decode_context_parallel_size > 1) orr_json_put_int(json, "decode_context_parallel_size", e->decode_context_parallel_size);
    orr_json_put_bool(json, "enable_expert_parallel", e->enable_expert_parallel);
    orr_results_put_policies(json, e);
    orr_json_put_string(json, "router", orr_router_key(study->serving.prefill.router));
    const struct { const char *key; double value; } figures[] = {{"input_tokens_per_s_per_gpu", p->input_tokens_per_s_per_gpu}, {"busy_share", p->busy_share}, {"compute", p->compute_utilization},
        {"memory", p->memory_utilization}, {"link", p->link_utilization}, {"host", p->host_utilization}, {"mean_running", p->mean_running}, {"mean_waiting", p->mean_waiting}, {"kv_usage_mean", p->kv_usage_mean},
        {"kv_usage_peak", p->kv_usage_peak}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    if (orr_study_keeps_prompts(study)) {
        orr_json_key(json, "local");
        orr_json_object(json);
        orr_json_put_int(json, "prompts", p->local_prompts);
        orr_json_put_int(json, "input_tokens", p->local_tokens);
        orr_json_put_int(json, "max_local_prefill_length", study->serving.disaggregation.max_local_prefill_length);
        orr_json_put_int(json, "max_prefill_queue_size", study->serving.disaggregation.max_prefill_queue_size);
        orr_json_object_end(json);
    }
    put_transfers(json, p, &study->serving.transfer);
    orr_json_object_end(json);
}
