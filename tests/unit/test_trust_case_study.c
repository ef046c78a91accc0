/* Rows of measured servers as studies: speculation, pools, and what of them can't be run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "spec/catalogue.h"
#include "trust/acceptance_fit.h"
#include "trust/serving_validate.h"

static const orr_case plain = {.id = "made-up", .source = "invented", .load = "closed_loop", .engine = "sglang", .engine_version = "", .model = "deepseek-ai/DeepSeek-R1", .hw = "h200", .precision = "fp8", .date = "2026-05-17",
    .concurrency = 64, .batch = NAN, .rate_per_s = NAN, .input_tokens = 1024, .output_tokens = 128};
static const orr_case_row of_plain = {.mode = "agg", .kv_dtype = "", .attention_data_parallel = "False", .speculation = "none", .length_rule = "exact", .note = "", .gpus = "8", .date = "2026-05-17", .tensor = 8, .pipeline = NAN, .expert = 1};

typedef struct made { orr_arena *arena; orr_case one; orr_bound_case *bound; orr_workers *workers; } made;

static made make(orr_case one, const orr_case_row *row)
{
    made m = {.arena = orr_arena_create(), .one = one, .workers = orr_workers_create(1)};
    orr_diags *diags = orr_diags_create();
    assert_true(orr_catalogue_load(diags));
    orr_diags_destroy(diags);
    orr_case *kept = ORR_NEW(m.arena, orr_case);
    orr_case_make_study(m.arena, &m.one, row);
    *kept = m.one;
    const orr_cases cases = {.folder = "", .items = kept, .count = 1};
    m.bound = orr_cases_bind(&cases, orr_case_trace_prefix(m.arena), m.workers, m.arena);
    return m;
}

static void end(made *m)
{
    orr_cases_unbind(m->bound, 1, "");
    orr_workers_destroy(m->workers);
    orr_arena_destroy(m->arena);
}

static void a_plain_row_stays_under_its_load(void **state)
{
    (void)state;
    made m = make(plain, &of_plain);
    assert_int_equal(m.one.build, ORR_CASE_PLAIN);
    assert_string_equal(m.one.heading, "closed_loop");
    assert_non_null(m.bound[0].study);
    end(&m);
}

static void mtp_drafts_by_the_engines_acceptance(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.speculation = "mtp";
    made m = make(plain, &row);
    assert_int_equal(m.one.build, ORR_CASE_SPECULATING);
    assert_string_equal(m.one.heading, "closed_loop mtp");
    assert_non_null(strstr(m.one.system, " MTP"));
    const orr_speculation *s = &m.bound[0].study->engine.speculation;
    assert_int_equal(s->method, ORR_SPECULATION_MTP);
    assert_int_equal(s->tokens, 3);
    assert_true(s->acceptance.same && s->acceptance.values[0] > 0.3 && s->acceptance.values[0] < 1);
    end(&m);
}

static void throughput_drafts_one_and_a_number_goes_before(void **state)
{
    (void)state;
    static const struct { const char *word; int64_t tokens; } cases[] = {{"mtp", 1}, {"mtp2", 2}};
    for (size_t i = 0; i < 2; i++) {
        orr_case one = plain;
        one.engine = "trt";
        orr_case_row row = of_plain;
        row.speculation = cases[i].word;
        row.attention_data_parallel = "True";
        row.expert = 8;
        made m = make(one, &row);
        assert_non_null(m.bound[0].study);
        assert_int_equal(m.bound[0].study->engine.speculation.tokens, cases[i].tokens);
        end(&m);
    }
}

static void other_ways_to_draft_are_not_guessed(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.speculation = "eagle";
    made m = make(plain, &row);
    assert_null(m.one.study);
    assert_string_equal(m.one.reason, "speculation (eagle)");
    end(&m);
}

static const orr_case_pool two_of_four = {2, 8, 4, 4}, three_of_eight = {3, 24, 8, 1};

static void pools_as_the_row_says(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.mode = "disagg";
    row.tensor = NAN;
    row.prefill = two_of_four;
    row.decode = three_of_eight;
    made m = make(plain, &row);
    assert_string_equal(m.one.heading, "closed_loop disaggregated");
    assert_non_null(strstr(m.one.system, "2x4 TP4 EP + 3x8 TP8"));
    const orr_study *s = m.bound[0].study;
    assert_non_null(s);
    assert_true(orr_study_has_pools(s));
    assert_int_equal(s->hardware.nodes, 4);
    assert_int_equal(s->serving.replicas, 3);
    assert_int_equal(s->engine.tensor_parallel_size, 8);
    assert_false(s->engine.enable_expert_parallel);
    assert_int_equal(s->serving.prefill.replicas, 2);
    assert_int_equal(s->serving.prefill.engine.tensor_parallel_size, 4);
    assert_true(s->serving.prefill.engine.enable_expert_parallel);
    end(&m);
}

static void attention_ranks_in_both_pools(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.mode = "disagg";
    row.attention_data_parallel = "True";
    row.prefill = two_of_four;
    row.decode = three_of_eight;
    made m = make(plain, &row);
    const orr_study *s = m.bound[0].study;
    assert_non_null(s);
    assert_int_equal(s->engine.tensor_parallel_size, 1);
    assert_int_equal(s->engine.data_parallel_size, 8);
    assert_int_equal(s->serving.prefill.engine.data_parallel_size, 4);
    assert_int_equal(s->serving.prefill.engine.max_num_batched_tokens, 4 * 8192);        /* a rank's budget is its own */
    end(&m);
}

static void a_rack_holds_both_pools(void **state)
{
    (void)state;
    orr_case one = plain;
    one.hw = "gb200";
    orr_case_row row = of_plain;
    row.mode = "disagg";
    row.prefill = two_of_four;
    row.decode = three_of_eight;
    made m = make(one, &row);
    assert_non_null(m.bound[0].study);
    assert_int_equal(m.bound[0].study->hardware.nodes, 1);
    assert_true(orr_study_pools_share_node(m.bound[0].study));
    end(&m);
}

static void pools_that_do_not_go_together_say_so(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.mode = "disagg";
    row.prefill = (orr_case_pool){2, 9, 4, 4};
    row.decode = three_of_eight;
    made m = make(plain, &row);
    assert_null(m.one.study);
    assert_non_null(strstr(m.one.reason, "workers of prefill and decode"));
    end(&m);
}

/* What a study with a known acceptance predicts, the fit finds again. */
static void acceptance_is_found_again(void **state)
{
    (void)state;
    orr_case_row row = of_plain;
    row.speculation = "mtp";
    orr_case one = plain;
    one.concurrency = 4;
    for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) one.measured[q] = NAN;
    made m = make(one, &row);
    orr_acceptance_trial truth = {0.8, NULL};
    const orr_case_outcome *outcome = orr_cases_run(m.bound, 1, &(orr_case_trial){.context = &truth, .alter = orr_acceptance_alter}, m.workers, m.arena);
    one = *m.bound[0].of;
    one.measured[ORR_CASE_TPOT_MEAN] = outcome[0].predicted[ORR_CASE_TPOT_MEAN];
    m.bound[0].of = &one;
    const double found = orr_acceptance_fit(m.bound, NULL, 1, NULL, m.workers);
    assert_true(fabs(found - 0.8) < 0.02);
    const bool skipped = true;
    assert_true(isnan(orr_acceptance_fit(m.bound, &skipped, 1, NULL, m.workers)));
    end(&m);
}

static void a_run_far_slower_than_its_twin_is_set_aside(void **state)
{
    (void)state;
    orr_case pair[3] = {plain, plain, plain};
    const char *why[3];
    pair[1].date = "2026-05-15";
    pair[2].date = "2026-01-15";
    for (int i = 0; i < 3; i++) {
        for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) pair[i].measured[q] = NAN;
        pair[i].study = "a study";
        pair[i].system = "one system";
        pair[i].measured[ORR_CASE_TPOT_MEAN] = i == 0 ? 10 : 20;
    }
    orr_cases_contradictions(&(orr_cases){.folder = "", .items = pair, .count = 3}, why);
    assert_null(why[0]);
    assert_non_null(why[1]);
    assert_null(why[2]);        /* months apart: another version */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_plain_row_stays_under_its_load), cmocka_unit_test(mtp_drafts_by_the_engines_acceptance), cmocka_unit_test(throughput_drafts_one_and_a_number_goes_before),
        cmocka_unit_test(other_ways_to_draft_are_not_guessed), cmocka_unit_test(pools_as_the_row_says), cmocka_unit_test(attention_ranks_in_both_pools), cmocka_unit_test(a_rack_holds_both_pools),
        cmocka_unit_test(pools_that_do_not_go_together_say_so), cmocka_unit_test(acceptance_is_found_again), cmocka_unit_test(a_run_far_slower_than_its_twin_is_set_aside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
