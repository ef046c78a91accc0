#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "search_cases.h"
#include "base/json.h"
#include "spec/catalogue.h"

static const char *pick(orr_rng *rng, const char *const *choices, size_t count) { return choices[orr_rng_below(rng, count)]; }
#define PICK(rng, ...) pick(rng, (const char *const[]){__VA_ARGS__}, sizeof (const char *const[]){__VA_ARGS__} / sizeof(const char *))

const char *search_case_text(orr_rng *rng, orr_arena *arena)
{
    orr_text text = {0};
    orr_text_append(&text, "schema: orrery/v1\ntitle: a random search\n");
    const char *model = PICK(rng, "meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen3-32B", "openai/gpt-oss-20b", "Qwen/Qwen3-30B-A3B");
    const bool sees = orr_rng_below(rng, 6) == 0;
    if (sees) model = "google/gemma-3-27b-it";
    orr_text_printf(&text, "model: %s\n", model);
    orr_text_printf(&text, "hardware: {node: %s, nodes: %s}\n", PICK(rng, "dgx-h100", "dgx-h100", "hgx-h200", "dgx-a100", "mi300x-8gpu", "l40s-pcie-8"), PICK(rng, "1", "2"));
    orr_text_append(&text, "engine:\n  profile: vllm\n");
    orr_text_printf(&text, "  tensor_parallel_size: %s\n", PICK(rng, "{choices: [1, 2]}", "{choices: [1, 2, 3, 4]}", "2"));
    orr_text_printf(&text, "  pipeline_parallel_size: %s\n", PICK(rng, "1", "1", "{choices: [1, 2]}"));
    orr_text_printf(&text, "  prefill_context_parallel_size: %s\n  decode_context_parallel_size: %s\n", PICK(rng, "1", "1", "{choices: [1, 2]}"), PICK(rng, "1", "1", "{choices: [1, 2]}"));
    if (orr_text_ends_with(model, "b") || orr_text_ends_with(model, "B-A3B"))       /* experts to spread */
        orr_text_printf(&text, "  data_parallel_size: %s\n  enable_expert_parallel: %s\n", PICK(rng, "1", "{choices: [1, 2]}"), PICK(rng, "false", "{choices: [true, false]}"));
    if (orr_rng_below(rng, 5) == 0)
        orr_text_printf(&text, "  attention_ffn: {ffn_devices: %s, micro_batches: %s%s}\n", PICK(rng, "{choices: [0, 1, 2]}", "{choices: [1, 4]}", "2"), PICK(rng, "2", "{choices: [1, 3]}"), PICK(rng, "", ", hardware: {node: h20-8, nodes: 1}"));
    orr_text_printf(&text, "  quantization: %s\n", PICK(rng, "none", "{choices: [none, fp8]}"));
    orr_text_printf(&text, "  max_num_seqs: %s\n", PICK(rng, "{choices: [4, 32, 256]}", "{choices: [64, 8]}", "{range: {min: 8, max: 128, factor: 2}}"));
    orr_text_printf(&text, "  max_num_batched_tokens: %s\n", PICK(rng, "4096", "{choices: [1024, 8192]}", "{choices: [512, 1000]}"));
    orr_text_printf(&text, "  enable_prefix_caching: %s\n", PICK(rng, "true", "false"));
    const char *replicas = PICK(rng, "{choices: [1, 2, 3]}", "{choices: [1, 2, 4, 8]}", "{choices: [1, 20]}");
    const char *source = PICK(rng, "azure-conv-2023", "mooncake-conversation", "fixed", "fixed", "fixed", "fixed");
    orr_text_printf(&text, "traffic: {source: %s, ", source);
    if (orr_text_equal(source, "fixed"))
        orr_text_printf(&text, "input_tokens: %s, output_tokens: %s, length_range: %s, prefix_period: %s, ", PICK(rng, "200", "1500", "6000"), PICK(rng, "1", "60", "200"), PICK(rng, "0", "0.5", "0.9"), PICK(rng, "0", "0", "7"));
    if (sees) orr_text_printf(&text, "images: {share: %s, per_request: %s}, ", PICK(rng, "0.5", "1"), PICK(rng, "1", "3"));
    orr_text_printf(&text, "load: {%s}, stop: {requests: %s}}\n",
                    PICK(rng, "rate: 2/s", "rate: 15/s", "rate: 60/s", "rate: 15/s, cv: 2.5", "process: closed, concurrency: 24", "process: all_at_once", "process: constant, rate: 10/s"), PICK(rng, "60", "250"));
    orr_text_printf(&text, "slo: {%s}\n", PICK(rng, "", "ttft: {p99: 2 s}, tpot: {p99: 50 ms}", "ttft: {p90: 300 ms}", "tpot: {p50: 12 ms, p95: 25 ms}", "e2el: {p95: 4 s}", "itl: {p99: 60 ms}",
                                            "ttft: {mean: 200 ms}, tpot: {mean: 15 ms}"));
    orr_text_printf(&text, "objective: {%s}\n", PICK(rng, "minimize: usd_per_million_output_tokens", "minimize: usd_per_million_output_tokens", "maximize: output_tokens_per_s_per_gpu", "minimize: joules_per_output_token",
                                                "minimize: gpus", "maximize: goodput", "maximize: output_tokens_per_s_per_mw"));
    orr_text_printf(&text, "seed: %d\n", (int)orr_rng_below(rng, 1000));
    if (orr_rng_below(rng, 4) == 0) {
        orr_text_printf(&text, "serving:\n  mode: disaggregated\n  replicas: %s\n  prefill: {replicas: %s, engine: {%s}}\n", PICK(rng, "{choices: [1, 2, 3]}", "{choices: [1, 4]}"), PICK(rng, "1", "{choices: [1, 2]}"),
                        PICK(rng, "", "tensor_parallel_size: 2", "max_num_batched_tokens: {choices: [1024, 8192]}", "enable_prefix_caching: false"));
        orr_text_printf(&text, "  transfer: {%s}\n", PICK(rng, "", "latency: 5 ms, bandwidth: 10 GB/s", "overlap: layerwise"));
        orr_text_printf(&text, "  disaggregation: {%s}\n", PICK(rng, "", "max_local_prefill_length: {choices: [0, 1000]}", "max_prefill_queue_size: 2", "max_local_prefill_length: 300, max_prefill_queue_size: {choices: [0, 1]}"));
    } else {
        orr_text_printf(&text, "serving:\n  replicas: %s\n", replicas);
    }
    if (sees) orr_text_printf(&text, "  encoders: {replicas: %s}\n", PICK(rng, "0", "{choices: [0, 1]}", "1"));
    const char *kept = orr_arena_strdup(arena, text.bytes);
    orr_text_free(&text);
    return kept;
}

orr_study_file *search_case_read(const char *text, orr_arena *arena)
{
    orr_diags *diags = orr_diags_create();
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){.name = "case", .bytes = text, .length_bytes = strlen(text)};
    orr_study_file *file = orr_catalogue_load(diags) ? orr_study_file_read_source(arena, source, NULL, 0, diags) : NULL;
    if (!file) {
        orr_text shown = {0};
        orr_diags_render(diags, false, &shown);
        print_error("%s\n%s", text, shown.bytes);
        orr_text_free(&shown);
        orr_diags_destroy(diags);
        fail();
    }
    orr_diags_destroy(diags);
    return file;
}

static void write_double(double value, orr_text *out)
{
    char buffer[32];
    orr_text_printf(out, " %s", value == value ? orr_double_shortest(value, buffer) : "-");
}

void search_case_write(const orr_recommendation *r, orr_text *out)
{
    orr_text_printf(out, "%s\n", r->answer);
    for (size_t i = 0; i < r->why_count; i++) orr_text_printf(out, "%s\n", r->why[i]);
    orr_text_printf(out, "evaluated %zu simulated %zu interrupted %d", r->evaluated, r->simulated, r->interrupted);
    write_double(r->simulated_requests, out);
    orr_text_append(out, "\n");
    for (size_t i = 0; i < r->candidate_count; i++) {
        const orr_candidate *c = &r->candidates[i];
        orr_text_printf(out, "%zu %zu %s | %s | %s | %d %d", c->point, c->same_as, c->label, orr_verdict_name(c->verdict), c->reason, c->simulated, c->on_pareto_front);
        write_double(c->objective, out);
        write_double(c->bound, out);
        write_double(c->tokens_per_s_per_user, out);
        write_double(c->tokens_per_s_per_gpu, out);
        if (c->simulated) {
            orr_text_printf(out, " %lld %lld", (long long)c->result.steps, (long long)c->result.requests_finished);
            for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) write_double(c->result.latency.by_metric[m].p99, out);
        }
        orr_text_append(out, "\n");
    }
    for (size_t i = 0; i < r->winner.record_count; i++) orr_text_printf(out, "%lld ", (long long)r->winner.records[i].finish_ns);
}
