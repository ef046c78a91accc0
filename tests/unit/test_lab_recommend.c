/* Single answers of recommend at their edges: the last block that a request needs, a chip without a price, limits on what nothing measures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lab/recommend.h"
#include "spec/catalogue.h"

typedef struct answered { orr_arena *arena; orr_diags *diags; orr_recommendation *r; } answered;

static answered recommend(const char *const *settings, size_t count)
{
    answered a = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    assert_true(orr_catalogue_load(a.diags));
    const orr_study_file *file = orr_study_file_read(a.arena, "examples/predict-qwen3-14b-h100.yaml", settings, count, a.diags);
    a.r = file != NULL ? orr_recommend(file, &(orr_recommend_options){.threads = 1}, a.arena, a.diags) : NULL;
    if (a.r == NULL) {
        orr_text problems = {0};
        orr_diags_render(a.diags, false, &problems);
        fail_msg("%s", problems.bytes);
    }
    return a;
}
#define RECOMMEND(...) recommend((const char *const[]){__VA_ARGS__}, sizeof (const char *const[]){__VA_ARGS__} / sizeof(const char *))

static void release(answered *a)
{
    orr_recommendation_free(a->r);
    orr_diags_destroy(a->diags);
    orr_arena_destroy(a->arena);
}

/* 1,024 tokens in and 33 out store 1,056 tokens, 66 blocks of 16: the last output is never stored. */
static void last_output_is_never_stored(void **state)
{
    (void)state;
    answered a = RECOMMEND("engine.num_gpu_blocks={choices: [65, 66]}", "engine.block_size=16", "engine.max_model_len=1057", "traffic.input_tokens=1024", "traffic.output_tokens=33", "traffic.length_range=0",
                           "traffic.load={concurrency: 1}", "traffic.stop.requests=20", "slo={}", "objective={maximize: output_tokens_per_s_per_gpu}");
    for (size_t i = 0; i < 2; i++) {
        const orr_candidate *c = &a.r->candidates[i];
        assert_int_equal(c->verdict, c->choice_index[0] == 0 ? ORR_VERDICT_DOES_NOT_FIT : ORR_VERDICT_FEASIBLE);
        assert_int_equal(c->simulated, c->choice_index[0] == 1);
    }
    release(&a);
}

static void a_chip_without_a_price_wins_no_dollars(void **state)
{
    (void)state;
    answered a = RECOMMEND("hardware={choices: [{node: tpu-v7-64, nodes: 1}, {node: dgx-h100, nodes: 1}]}", "engine.tensor_parallel_size=1", "serving.replicas=1", "traffic.load={rate: 1/s}", "traffic.stop.requests=50", "slo={}",
                           "objective={minimize: usd_per_million_output_tokens}");
    assert_int_equal(a.r->candidate_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const orr_candidate *c = &a.r->candidates[i];
        if (c->choice_index[0] == 1) { assert_int_equal(c->verdict, ORR_VERDICT_FEASIBLE); continue; }
        assert_int_equal(c->verdict, ORR_VERDICT_INVALID);
        assert_non_null(strstr(c->reason, "has no price"));
        assert_non_null(strstr(c->reason, "hardware.chip.price.per_hour"));
    }
    assert_int_equal(a.r->candidates[0].choice_index[0], 1);
    release(&a);
}

static void limits_on_what_nothing_measures_are_not_said(void **state)
{
    (void)state;
    answered a = RECOMMEND("traffic.output_tokens=1", "traffic.length_range=0", "traffic.load={rate: 1/s}", "traffic.stop.requests=50", "slo={ttft: {p99: 5 s}, tpot: {p99: 40 ms}}", "objective={minimize: gpus}");
    assert_non_null(a.r->winner_study);
    assert_null(strstr(a.r->answer, "nan"));
    assert_non_null(strstr(a.r->answer, "p99 TTFT"));
    assert_null(strstr(a.r->answer, "TPOT"));
    for (size_t i = 0; i < a.r->why_count; i++) assert_null(strstr(a.r->why[i], "nan"));
    release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(last_output_is_never_stored), cmocka_unit_test(a_chip_without_a_price_wins_no_dollars), cmocka_unit_test(limits_on_what_nothing_measures_are_not_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
