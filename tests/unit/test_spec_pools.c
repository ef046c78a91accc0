/* Disaggregated studies: what prefill engines inherit and what they alter, where they stand, and that resolved.yaml says the same. */
#include "spec_support.h"

#include <string.h>

static const char two_pools[] =
    "schema: orrery/v1\n"
    "model: llama-3.1-8b\n"
    "hardware: {node: dgx-h100, nodes: 2}\n"
    "engine: {profile: vllm, tensor_parallel_size: 2, max_num_seqs: 64}\n"
    "serving: {mode: disaggregated, prefill: {replicas: 3, engine: {tensor_parallel_size: 4, max_num_batched_tokens: 4096}}}\n"
    "traffic: {source: fixed, input_tokens: 1000, output_tokens: 100, load: {rate: 5/s}, stop: {requests: 100}}\n";

static void what_is_left_open_is_inherited(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study *s = spec_bind(&f, two_pools, NULL, 0);
    const orr_prefill *p = &s->serving.prefill;
    assert_int_equal(p->engine.tensor_parallel_size, 4);
    assert_int_equal(p->engine.max_num_batched_tokens, 4096);
    assert_int_equal(p->engine.max_num_seqs, 64);
    assert_true(p->engine.host_per_step_ns == s->engine.host_per_step_ns);
    assert_int_equal(s->engine.tensor_parallel_size, 2);
    /* Three engines of four chips fill a node and half of the second: two of two chips are left. */
    assert_int_equal(s->serving.replicas, 2);
    assert_int_equal(orr_study_prefill_chips(s), 12);
    assert_false(orr_study_pools_share_node(s));
    spec_end(&f);
}

static void a_profile_of_its_own_gives_its_settings(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.prefill.engine.profile=sglang"};
    const orr_study *s = spec_bind(&f, two_pools, settings, 1);
    assert_string_equal(s->serving.prefill.engine.profile, "sglang");
    assert_string_equal(s->engine.profile, "vllm");
    assert_int_equal(s->serving.prefill.engine.tensor_parallel_size, 4);
    assert_true(s->serving.prefill.engine.host_per_step_ns != s->engine.host_per_step_ns);
    spec_end(&f);
}

static void hardware_of_its_own(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.prefill.hardware={node: dgx-b200, nodes: 2}"};
    const orr_study *s = spec_bind(&f, two_pools, settings, 1);
    assert_int_equal(s->serving.prefill.hardware.chip_count, 16);
    assert_int_equal(s->serving.replicas, 8);
    orr_study view;
    orr_study_prefill_view(s, f.arena, &view);
    assert_string_equal(view.hardware.node.name, "dgx-b200");
    assert_int_equal(view.serving.replicas, 3);
    assert_int_equal(view.serving.mode, ORR_SERVING_AGGREGATED);
    spec_end(&f);
}

static void domains_of_the_engine_are_followed(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"engine.max_num_seqs={choices: [32, 128]}", "serving.prefill.replicas={choices: [1, 2]}", "serving.prefill.engine.max_num_batched_tokens={choices: [2048, 8192]}"};
    const orr_study_file *file = spec_read(&f, two_pools, settings, 3);
    assert_int_equal(file->domain_count, 3);
    orr_study s;
    assert_true(orr_study_bind(file, (const size_t[]){1, 1, 0}, f.arena, &s, f.diags));
    assert_int_equal(s.engine.max_num_seqs, 128);
    assert_int_equal(s.serving.prefill.engine.max_num_seqs, 128);
    assert_int_equal(s.serving.prefill.replicas, 2);
    assert_int_equal(s.serving.prefill.engine.max_num_batched_tokens, 2048);
    spec_end(&f);
}

static void resolved_says_the_same(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.prefill.hardware={node: dgx-b200, nodes: 2}", "serving.transfer={latency: 3 ms, overlap: layerwise}", "engine.speculation={method: ngram, acceptance: 0.5}"};
    orr_text first = {0};
    orr_study_resolved(spec_bind(&f, two_pools, settings, 3), &first);
    assert_non_null(strstr(first.bytes, "latency: 3 ms"));
    const orr_study *again = spec_bind(&f, first.bytes, NULL, 0);
    assert_int_equal(again->serving.prefill.engine.tensor_parallel_size, 4);
    assert_int_equal(again->serving.prefill.engine.speculation.tokens, again->engine.speculation.tokens);
    assert_int_equal(again->serving.transfer.overlap, ORR_TRANSFER_LAYERWISE);
    assert_string_equal(again->serving.prefill.hardware.node.name, "dgx-b200");
    orr_text_free(&first);
    spec_end(&f);
}

static void which_prompts_stay_is_searched_and_resolved(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.disaggregation={max_local_prefill_length: {choices: [0, 500]}, max_prefill_queue_size: {choices: [0, 2]}}"};
    const orr_study_file *file = spec_read(&f, two_pools, settings, 1);
    assert_int_equal(file->domain_count, 2);
    for (size_t length = 0; length < 2; length++) {
        for (size_t queue = 0; queue < 2; queue++) {
            orr_study s;
            orr_text resolved = {0};
            assert_true(orr_study_bind(file, (const size_t[]){length, queue}, f.arena, &s, f.diags));
            assert_int_equal(s.serving.disaggregation.max_local_prefill_length, length ? 500 : 0);
            assert_int_equal(s.serving.disaggregation.max_prefill_queue_size, queue ? 2 : 0);
            assert_true(orr_study_keeps_prompts(&s) == (length || queue));
            orr_study_resolved(&s, &resolved);
            assert_true((strstr(resolved.bytes, "max_local_prefill_length") != NULL) == (length || queue));      /* where no prompt stays nothing is said of it */
            orr_text_free(&resolved);
        }
    }
    spec_end(&f);
}

static void mistakes_point(void **state)
{
    (void)state;
    static const struct { const char *setting, *piece; } cases[] = {
        {"serving.prefill.engine.tensor_parallel_sise=4", "unknown key \"tensor_parallel_sise\" in serving.prefill.engine"},
        {"serving.prefill.engine.max_num_seqs=0", "serving.prefill.engine.max_num_seqs 0 is below 1"},
        {"serving.prefill.engine={speculation: {method: ngram}}", "prefill engines have no speculation of their own"},
        {"serving.prefill.replicas=0", "serving.prefill.replicas 0 is below 1"},
        {"serving.disaggregation.max_local_prefill_length=-1", "serving.disaggregation.max_local_prefill_length -1 is below 0"},
        {"serving.disaggregation.max_prefill_queue=2", "Did you mean \"max_prefill_queue_size\"?"},
        {"serving.transfer.overlap=never", "serving.transfer.overlap can't be \"never\""},
        {"serving.prefill.hardware={chip: h100-sxm}", "hardware names no node"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        assert_null(spec_read(&f, two_pools, &cases[i].setting, 1));
        spec_expect_report(&f, cases[i].piece);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_left_open_is_inherited), cmocka_unit_test(a_profile_of_its_own_gives_its_settings), cmocka_unit_test(hardware_of_its_own),
        cmocka_unit_test(domains_of_the_engine_are_followed), cmocka_unit_test(resolved_says_the_same), cmocka_unit_test(which_prompts_stay_is_searched_and_resolved), cmocka_unit_test(mistakes_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
