/* Layout faults: told as diagnostics with the way out, and tagged so that a search may count them. */
#include "spec_support.h"

#include <string.h>

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
    EXPECT(ORR_LAYOUT_STAGES, "pipeline_parallel_size is 64, and meta-llama/Llama-3.1-8B-Instruct has 32 layers", "at least one layer", "engine.pipeline_parallel_size=64", "hardware.chips=64");
    EXPECT(ORR_LAYOUT_CHIPS, "one replica takes 16 chips", "hardware.nodes: 2 would do", "engine.pipeline_parallel_size=16");
    EXPECT(ORR_LAYOUT_CHIPS, "tensor_parallel_size is 16, and dgx-h100 has 8 chips", "within a node", "hardware={node: dgx-h100, nodes: 2}", "engine.tensor_parallel_size=16");
    EXPECT(ORR_LAYOUT_CHIPS, "9 replicas of 1 chips are asked for, and 8 chips hold 8", "replicas: 8", "serving.replicas=9");
    EXPECT(ORR_LAYOUT_SCHEDULER, "max_num_batched_tokens 128 is below max_num_seqs 256", "at least 256", "engine.max_num_batched_tokens=128");
    EXPECT(ORR_LAYOUT_SCHEDULER, "chunked prefill is off", "Set enable_chunked_prefill", "engine.enable_chunked_prefill=false");
    EXPECT(ORR_LAYOUT_CONTEXT, "max_model_len is 200000", "at most 131072", "engine.max_model_len=200000");
    EXPECT(ORR_LAYOUT_DTYPE, "multiplies neither bf16 nor fp16", "compute: {bf16: ..}", "hardware.chip.compute.bf16=0 FLOP/s", "hardware.chip.compute.fp16=0 FLOP/s");
    EXPECT(ORR_LAYOUT_NOT_BUILT, "disaggregated serving is not built yet", "Use aggregated", "serving.mode=disaggregated");
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults), cmocka_unit_test(replicas_fill_nodes), cmocka_unit_test(kv_heads_may_replicate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
