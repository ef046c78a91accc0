/* Layout faults: told as diagnostics with the way out, and tagged so that a search may count them. */
#include "spec_support.h"

#include <string.h>

#include "base/file.h"

static void expect_fault(const char *const *settings, size_t count, orr_layout_fault fault, const char *message, const char *hint)
{
    spec_fixture f = spec_begin();
    orr_study study;
    orr_study_file *file = spec_read(&f, spec_small_study, settings, count);
    spec_expect_clean(&f);          /* a layout is no mistake of the file */
    assert_false(orr_study_bind(file, NULL, f.arena, &study, f.diags));
    spec_expect_report(&f, message);
    spec_expect_report(&f, hint);
    assert_int_equal(study.layout_fault, fault);
    assert_non_null(strstr(study.layout_reason, message));
    spec_end(&f);
}
#define EXPECT(fault, message, hint, ...) expect_fault((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), fault, message, hint)

static void faults(void **state)
{
    (void)state;
    EXPECT(ORR_LAYOUT_SPLIT, "tensor_parallel_size 3 does not divide the 32 attention heads of meta-llama/Llama-3.1-8B-Instruct", "The tensor-parallel sizes that fit are 1, 2, 4, 8.", "engine.tensor_parallel_size=3");
    EXPECT(ORR_LAYOUT_SPLIT, "has no experts", "Take it out", "engine.enable_expert_parallel=true");
    EXPECT(ORR_LAYOUT_SPLIT, "has no experts to share", "serving.replicas: 2", "engine.data_parallel_size=2");
    EXPECT(ORR_LAYOUT_SPLIT, "8 experts to spread", "At most 8 ranks", "model=mixtral-8x7b", "engine.enable_expert_parallel=true", "engine.data_parallel_size=2", "engine.tensor_parallel_size=8", "hardware.chips=16");
    EXPECT(ORR_LAYOUT_SPLIT, "decode_context_parallel_size is 2, and 4 tensor-parallel ranks hold each key and value of meta-llama/Llama-3.1-8B-Instruct 1 time", "more tensor-parallel ranks than KV heads",
           "engine.tensor_parallel_size=4", "engine.decode_context_parallel_size=2");
    EXPECT(ORR_LAYOUT_SPLIT, "decode_context_parallel_size is 2, and TP 2 x PCP 4 ranks hold each key and value", "the sizes that fit are 1, 4.", "engine.tensor_parallel_size=2", "engine.prefill_context_parallel_size=4",
           "engine.decode_context_parallel_size=2");
    EXPECT(ORR_LAYOUT_SPLIT, "prefill_context_parallel_size is 2, and nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16 has recurrent layers", "Write 1", "model=nvidia-nemotron-3-nano-30b-a3b-bf16", "engine.prefill_context_parallel_size=2");
    EXPECT(ORR_LAYOUT_SPLIT, "tensor_parallel_size x prefill_context_parallel_size x data_parallel_size is 16, and mistralai/Mixtral-8x7B-Instruct-v0.1 has 8 experts to spread", "At most 8 ranks", "model=mixtral-8x7b",
           "engine.enable_expert_parallel=true", "engine.prefill_context_parallel_size=4", "engine.tensor_parallel_size=4", "hardware.chips=16");
    EXPECT(ORR_LAYOUT_CHIPS, "one replica takes 16 chips (TP 2 x PCP 8 x PP 1 x DP 1)", "hardware.nodes: 2 would do", "engine.tensor_parallel_size=2", "engine.prefill_context_parallel_size=8");
    EXPECT(ORR_LAYOUT_APART, "prefill_context_parallel_size is 2, and attention and FFN stand apart", "take it out here", "engine.prefill_context_parallel_size=2", "engine.attention_ffn={ffn_devices: 2}");
    EXPECT(ORR_LAYOUT_STAGES, "pipeline_parallel_size is 64, and meta-llama/Llama-3.1-8B-Instruct has 32 layers", "at least one layer", "engine.pipeline_parallel_size=64", "hardware.chips=64");
    EXPECT(ORR_LAYOUT_CHIPS, "one replica takes 16 chips", "hardware.nodes: 2 would do", "engine.pipeline_parallel_size=16");
    EXPECT(ORR_LAYOUT_CHIPS, "tensor_parallel_size is 16, and dgx-h100 has 8 chips", "within a node", "hardware={node: dgx-h100, nodes: 2}", "engine.tensor_parallel_size=16");
    EXPECT(ORR_LAYOUT_CHIPS, "9 replicas of 1 chips are asked for, and 8 chips hold 8", "replicas: 8", "serving.replicas=9");
    EXPECT(ORR_LAYOUT_SCHEDULER, "max_num_batched_tokens 128 is below max_num_seqs 256", "at least 256", "engine.max_num_batched_tokens=128");
    EXPECT(ORR_LAYOUT_SCHEDULER, "chunked prefill is off", "Set enable_chunked_prefill", "engine.enable_chunked_prefill=false");
    EXPECT(ORR_LAYOUT_SCHEDULER, "scheduler orca computes whole prompts", "Write enable_chunked_prefill: false", "engine.scheduler=orca");
    EXPECT(ORR_LAYOUT_SCHEDULER, "scheduler sarathi computes prompts beside decodes", "Write enable_mixed_chunk: true", "engine.scheduler=sarathi", "engine.enable_mixed_chunk=false");
    EXPECT(ORR_LAYOUT_SCHEDULER, "a static batch decodes when all its prompts are computed", "Write enable_mixed_chunk: false", "engine.scheduler=static");
    EXPECT(ORR_LAYOUT_SCHEDULER, "static batches compute prompts where they decode", "mode: aggregated", "engine.scheduler=static", "engine.enable_mixed_chunk=false", "serving={mode: disaggregated}");
    EXPECT(ORR_LAYOUT_SCHEDULER, "the order is by prefixes in the cache", "order: fcfs", "engine.scheduling.order=prefix", "engine.enable_prefix_caching=false");
    EXPECT(ORR_LAYOUT_CONTEXT, "max_model_len is 200000", "at most 131072", "engine.max_model_len=200000");
    EXPECT(ORR_LAYOUT_DTYPE, "multiplies neither bf16 nor fp16", "compute: {bf16: ..}", "hardware.chip.compute.bf16=0 FLOP/s", "hardware.chip.compute.fp16=0 FLOP/s");
    EXPECT(ORR_LAYOUT_SPECULATION, "speculation by ngram, and no acceptance is given", "write speculation: {acceptance: 0.8}", "engine.speculation.method=ngram");
    EXPECT(ORR_LAYOUT_SPECULATION, "acceptance is given for 2 drafts, and tokens is 3", "Give 3 rates", "engine.speculation={method: ngram, tokens: 3, acceptance: [0.8, 0.7]}");
    EXPECT(ORR_LAYOUT_SPECULATION, "meta-llama/Llama-3.1-8B-Instruct ships no MTP layers", "mtp_layers: 1", "engine.speculation={method: mtp, acceptance: 0.8}");
    EXPECT(ORR_LAYOUT_SPECULATION, "speculation by a draft model, and none is named", "draft_model: NAME", "engine.speculation={method: draft, acceptance: 0.8}");
    EXPECT(ORR_LAYOUT_SPECULATION, "Qwen/Qwen3-8B has a vocabulary of 151936", "same family", "engine.speculation={method: draft, acceptance: 0.8, draft_model: Qwen/Qwen3-8B}");
    EXPECT(ORR_LAYOUT_SPECULATION, "a depth of 5 drafts is given, and tokens is 2", "write tokens: 5", "engine.speculation={method: ngram, tokens: 2, acceptance: 0.5, depth: {policy: batch, up_to: [8], drafts: [5, 0]}}");
    EXPECT(ORR_LAYOUT_SPECULATION, "drafts from a vocabulary of 200000", "Write a part of it", "engine.speculation={method: eagle, acceptance: 0.5, eagle: {vocab_size: 200000}}");
    EXPECT(ORR_LAYOUT_SCHEDULER, "max_num_batched_tokens 1000 is below max_num_seqs 256 x (1 + 3 drafts)", "at least 1024", "engine.speculation={method: ngram, tokens: 3, acceptance: 0.7}", "engine.max_num_batched_tokens=1000");
    EXPECT(ORR_LAYOUT_CHIPS, "prefill engines take 8 chips and one that decodes 1, and the hardware has 8", "serving.prefill.hardware", "serving={mode: disaggregated, prefill: {replicas: 8}}");
    EXPECT(ORR_LAYOUT_CHIPS, "6 replicas of 1 chips are asked for, and 8 chips hold 5 beside the prefill engines", "replicas: 5", "serving={mode: disaggregated, replicas: 6, prefill: {replicas: 3}}");
    EXPECT(ORR_LAYOUT_SPLIT, "prefill engines: tensor_parallel_size 3 does not divide the 32 attention heads", "1, 2, 4, 8", "serving={mode: disaggregated, prefill: {engine: {tensor_parallel_size: 3}}}");
    EXPECT(ORR_LAYOUT_POOLS, "prefill engines keep keys and values in fp8, and those that decode in bf16", "one kv_cache_dtype", "serving={mode: disaggregated, prefill: {engine: {kv_cache_dtype: fp8}}}");
    EXPECT(ORR_LAYOUT_POOLS, "no link joins prefill and decode engines", "serving.transfer.bandwidth", "serving={mode: disaggregated, prefill: {hardware: {chip: h100-sxm, chips: 2}}}");
}

static void replicas_fill_nodes(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"hardware={node: dgx-h100, nodes: 3}", "engine.tensor_parallel_size=4", "engine.pipeline_parallel_size=2"};
    assert_int_equal(spec_bind(&f, spec_small_study, settings, 3)->serving.replicas, 3);
    spec_end(&f);
}

/* Replicated KV heads: eight ranks share four. */
static void kv_heads_may_replicate(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"model=Qwen/Qwen3-30B-A3B", "engine.tensor_parallel_size=8"};
    assert_int_equal(spec_bind(&f, spec_small_study, settings, 2)->serving.replicas, 1);
    spec_end(&f);
}

/* What is bound, what follows from it, and that it reads back. */
static void speculation_binds(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"engine.speculation={method: draft, tokens: 2, acceptance: [0.8, 0.5, 0.1], draft_model: {extends: llama-3.1-8b, config: {num_hidden_layers: 4}}}", "model=llama-3.1-70b",
        "engine.tensor_parallel_size=4"};
    const orr_study *study = spec_bind(&f, spec_small_study, settings, 3);
    const orr_speculation *s = &study->engine.speculation;
    assert_int_equal(s->method, ORR_SPECULATION_DRAFT);
    assert_int_equal(orr_speculation_drafts(s), 2);
    assert_int_equal(orr_speculation_lookahead(s), 4);
    assert_true(orr_speculation_mean_tokens(s) > 2.2 - 1e-12 && orr_speculation_mean_tokens(s) < 2.2 + 1e-12);
    assert_int_equal(s->draft_model.layer_count, 4);
    assert_int_equal(s->draft_weight_dtype, ORR_DTYPE_BF16);
    orr_text resolved = {0};
    orr_study_resolved(study, &resolved);
    const orr_study *back = spec_bind(&f, resolved.bytes, NULL, 0);
    assert_int_equal(back->engine.speculation.draft_model.layer_count, 4);
    assert_int_equal(back->engine.speculation.acceptance.count, 3);
    assert_memory_equal(&back->engine.speculation.acceptance, &s->acceptance, sizeof s->acceptance);
    orr_text_free(&resolved);
    spec_end(&f);
}

/* One number stands for all positions; `none` leaves the rest without effect. */
static void rates_by_number(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const one[] = {"engine.speculation={method: ngram, tokens: 3, acceptance: 0.5}"}, *const none[] = {"engine.speculation={method: none, tokens: 3, acceptance: 0.5}"};
    const orr_speculation *s = &spec_bind(&f, spec_small_study, one, 1)->engine.speculation;
    assert_true(orr_speculation_mean_tokens(s) > 1.875 - 1e-12 && orr_speculation_mean_tokens(s) < 1.875 + 1e-12);
    assert_int_equal(orr_speculation_lookahead(s), 3);
    s = &spec_bind(&f, spec_small_study, none, 1)->engine.speculation;
    assert_int_equal(orr_speculation_drafts(s), 0);
    assert_int_equal(orr_speculation_lookahead(s), 0);
    assert_true(orr_speculation_mean_tokens(s) >= 1 && orr_speculation_mean_tokens(s) <= 1);
    spec_end(&f);
}

/* Where the tests' own files go. */
static const char *file_of(spec_fixture *f, const char *name, const char *text)
{
    assert_true(orr_directory_make("build/tmp", f->diags));
    const char *path = orr_arena_printf(f->arena, "build/tmp/%s", name);
    assert_true(orr_file_write(path, text, strlen(text), f->diags));
    return path;
}

/* Depths by the batch, a head's measures and a recording are bound, and read back. */
static void depths_and_recordings_bind(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *trace = file_of(&f, "accepted.csv", "request,accepted\n# the first\na,2\na,0\n\nb, 3 \nb,1\r\n");
    const char *const settings[] = {orr_arena_printf(f.arena, "engine.speculation={method: eagle, tokens: 3, acceptance_trace: %s, eagle: {features: 1, vocab_size: 32000}, depth: {policy: batch, up_to: [4, 32], drafts: [3, 1, 0]}}", trace)};
    const orr_study *study = spec_bind(&f, spec_small_study, settings, 1);
    const orr_speculation *s = &study->engine.speculation;
    assert_int_equal(s->trace.count, 4);
    assert_memory_equal(s->trace.accepted, ((const uint8_t[]){2, 0, 3, 1}), 4);
    assert_true(orr_speculation_mean_tokens(s) > 2.5 - 1e-12 && orr_speculation_mean_tokens(s) < 2.5 + 1e-12);       /* 1 + (2 + 0 + 3 + 1)/4 */
    static const int64_t batches[] = {0, 1, 4, 5, 32, 33, 1000}, expected[] = {3, 3, 3, 1, 1, 0, 0};
    for (int i = 0; i < 7; i++) assert_int_equal(orr_depth_of_batch(&s->depth, batches[i]), expected[i]);
    orr_text resolved = {0};
    orr_study_resolved(study, &resolved);
    const orr_study *back = spec_bind(&f, resolved.bytes, NULL, 0);
    assert_int_equal(back->engine.speculation.eagle.vocab_size, 32000);
    assert_int_equal(back->engine.speculation.trace.count, 4);
    assert_memory_equal(&back->engine.speculation.depth, &s->depth, sizeof s->depth);
    orr_text_free(&resolved);
    spec_end(&f);
}

static void expect_mistake(const char *speculation, const char *message)
{
    spec_fixture f = spec_begin();
    const char *const settings[] = {orr_arena_printf(f.arena, "engine.speculation=%s", speculation)};
    orr_study study;
    orr_study_file *file = spec_read(&f, spec_small_study, settings, 1);
    assert_true(file == NULL || !orr_study_bind(file, NULL, f.arena, &study, f.diags));
    spec_expect_report(&f, message);
    spec_end(&f);
}

static void mistakes_point(void **state)
{
    (void)state;
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: batch}}", "no thresholds are given");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {up_to: [4]}}", "depth.up_to is for policy batch");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: goodput, drafts: [4, 1]}}", "depth.drafts is for policy batch");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: batch, up_to: [4], drafts: [1]}}", "one for beyond");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: batch, up_to: [4, 4], drafts: [1, 1, 0]}}", "thresholds do not rise");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: batch, up_to: [4], drafts: [0, 0]}}", "no depth drafts anything");
    expect_mistake("{method: ngram, acceptance: 0.5, depth: {policy: batch, up_to: [4], drafts: [0.5, 0]}}", "whole numbers of drafts");
    expect_mistake("{method: ngram, acceptance_trace: nowhere.csv}", "there is no file");
    static const char *const files[][2] = {{"step,accepted\n1,x\n", ":2:3: error: \"x\" is not a number of accepted drafts"}, {"a,b\n1,2\n", ":1:1: error: the head names no column"}, {"a,accepted\n1\n", ":2:2: error: the line has no column"},
        {"accepted\n", ":1:1: error: no step is recorded"}, {"accepted\n3\n-1\n", ":3:1: error: \"-1\""}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        spec_fixture f = spec_begin();
        expect_mistake(orr_arena_printf(f.arena, "{method: ngram, acceptance_trace: %s}", file_of(&f, "broken.csv", files[i][0])), files[i][1]);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults), cmocka_unit_test(replicas_fill_nodes), cmocka_unit_test(kv_heads_may_replicate), cmocka_unit_test(speculation_binds), cmocka_unit_test(rates_by_number), cmocka_unit_test(depths_and_recordings_bind), cmocka_unit_test(mistakes_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
