/* The sweep: every point has one verdict whatever the threads, the finalists' winner is recommend's, effects by hand, samples of a space too large. */
#include <math.h>
#include <string.h>

#include "lab/recommend.h"
#include "lab/sweep_internal.h"
#include "spec_support.h"

#define SETTINGS {"engine.tensor_parallel_size={choices: [1, 2, 4]}", "serving.replicas={range: {min: 1, max: 4, step: 1}}", "engine.max_num_seqs={choices: [32, 128]}", "traffic.stop.requests=150"}

static orr_sweep *sweep_of(spec_fixture *f, int threads, size_t samples, size_t finalists)
{
    const char *const settings[] = SETTINGS;
    const orr_study_file *file = spec_read(f, spec_small_study, settings, sizeof settings / sizeof *settings);
    orr_sweep *s = orr_sweep_study(file, &(orr_sweep_options){.threads = threads, .samples_most = samples, .finalists = finalists}, f->arena, f->diags);
    spec_expect_clean(f);
    return s;
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_sweep *one = sweep_of(&f, 1, 1000, 4), *two = sweep_of(&f, 2, 1000, 4);
    size_t sum = 0;
    for (int v = 0; v < ORR_SWEEP_VERDICT_COUNT_; v++) sum += one->counts[v];
    assert_true(one->point_count == 24 && sum == 24 && one->counts[ORR_SWEEP_UNKNOWN] == 0);
    assert_memory_equal(one->points, two->points, one->point_count * sizeof *one->points);
    assert_true(one->prepared == 6);        /* replicas share a system */
    for (size_t i = 0; i < one->finalist_count; i++) assert_true(one->finalists[i].point == two->finalists[i].point);
    spec_end(&f);
}

static void test_simulation_decides(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_sweep *s = sweep_of(&f, 2, 1000, 24);
    orr_recommendation *r = orr_recommend(s->file, &(orr_recommend_options){.threads = 2}, f.arena, f.diags);
    assert_true(r->winner_study && s->finalists[0].keeps);
    assert_true(fabs(s->finalists[0].objective / r->candidates[0].objective - 1) <= ORR_TIE_SHARE);
    assert_true(s->unseen == 0);
    orr_recommendation_free(r);
    spec_end(&f);
}

/* Shares of variance: between 0 and 1, the first never above the total; of domains that move the objective by factors alone they add up to 1. */
static void test_effects(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_sweep *s = sweep_of(&f, 1, 1000, 0);
    assert_true(s->effect_count == 3 && s->ordered > 3);
    for (size_t i = 0; i < s->effect_count; i++) {
        const orr_effect *e = &s->effects[i];
        assert_true(e->first >= 0 && e->first <= 1 + 1e-9 && e->total >= -1e-9 && e->total <= 1 + 1e-9);
        assert_true(e->least <= e->most);
        if (i > 0) assert_true(s->effects[i - 1].total >= e->total);
    }
    spec_end(&f);
}

/* Whichever system simulation found best, each domain is moved away from it: its own estimate lies in each bar. */
static void test_bars_begin_at_the_best_simulated(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_sweep *s = sweep_of(&f, 1, 1000, 24);
    for (size_t i = 0; i < s->finalist_count && s->finalists[i].keeps; i++) {
        const orr_finalist first = s->finalists[0];
        s->finalists[0] = s->finalists[i];
        s->finalists[i] = first;
        const orr_sweep_point *best = &s->points[s->finalists[0].point];
        orr_sweep_find_effects(s, f.arena);
        for (size_t e = 0; e < s->effect_count && best->verdict == ORR_SWEEP_KEEPS; e++) assert_true(s->effects[e].least <= best->objective && best->objective <= s->effects[e].most);
    }
    assert_true(s->finalist_count > 3);
    spec_end(&f);
}

static void test_samples_of_a_large_space(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {"hardware.chip.memory.bandwidth={range: {min: 1 TB/s, max: 8 TB/s, step: 1 GB/s}}", "hardware.chip.compute.bf16={range: {min: 100 TFLOP/s, max: 2000 TFLOP/s, step: 1 TFLOP/s}}", "serving.replicas={range: {min: 1, max: 8, step: 1}}"};
    const orr_study_file *file = spec_read(&f, spec_small_study, settings, 3);
    const orr_sweep *s = orr_sweep_study(file, &(orr_sweep_options){.threads = 2, .samples_most = 300}, f.arena, f.diags);
    spec_expect_clean(&f);
    assert_true(s->point_total > 1e8 && s->point_count > 290 && s->point_count <= 300);
    size_t by_eighth[8] = {0}, choices[3];
    for (size_t i = 0; i < s->point_count; i++) {
        assert_true(i == 0 || s->points[i].number > s->points[i - 1].number);
        orr_sweep_choices(file, s->points[i].number, choices);
        by_eighth[choices[0] * 8 / file->domains[0].choice_count]++;
    }
    for (int i = 0; i < 8; i++) assert_true(by_eighth[i] > 300 / 8 - 10 && by_eighth[i] < 300 / 8 + 10);      /* evenly */
    spec_end(&f);
}

/* Bred with room for a sixth of a space, the best is that of the whole; with any number of threads; its front is that of what was estimated. */
static void test_breeding(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {"hardware.chip.memory.bandwidth={choices: [x0.5, x0.75, x1, x1.5, x2, x3, x4]}", "hardware.chip.compute.bf16={choices: [x0.25, x0.5, x1, x2]}", "engine.tensor_parallel_size={choices: [1, 2, 4]}",
        "serving.replicas={range: {min: 1, max: 4, step: 1}}", "engine.max_num_seqs={choices: [8, 32, 128]}", "hardware.chip.price.per_hour={choices: [1 USD/h, 1.5 USD/h, 3 USD/h]}", "traffic.stop.requests=150"};
    const orr_study_file *file = spec_read(&f, spec_small_study, settings, sizeof settings / sizeof *settings);
    orr_sweep_options options = {.threads = 1, .samples_most = 1000000};
    const orr_sweep *whole = orr_sweep_study(file, &options, f.arena, f.diags);
    options.samples_most = 500;
    options.search = (orr_sweep_search){.evolves = true, .against = {ORR_BY_SPEED}, .against_count = 1};
    const orr_sweep *one = orr_sweep_study(file, &options, f.arena, f.diags);
    options.threads = 2;
    const orr_sweep *two = orr_sweep_study(file, &options, f.arena, f.diags);
    spec_expect_clean(&f);
    assert_true(whole->generations == 0 && whole->point_count == 3024 && one->generations > 1 && one->point_count >= 500 && one->point_count < 900 && one->front_count > 1);
    assert_true(one->point_count == two->point_count && one->front_count == two->front_count);
    assert_memory_equal(one->points, two->points, one->point_count * sizeof *one->points);
    assert_memory_equal(one->front, two->front, one->front_count * sizeof *one->front);
    assert_true(one->points[one->order[0]].objective <= whole->points[whole->order[0]].objective * (1 + 1e-12));
    for (size_t i = 0; i < one->point_count; i++) assert_memory_equal(&one->points[i].objective, &whole->points[one->points[i].number].objective, sizeof(double));
    for (size_t i = 0; i < one->front_count; i++)
        for (size_t k = 0; k < one->ordered; k++) {
            const orr_sweep_point *a = &one->points[one->front[i]], *b = &one->points[one->order[k]];
            assert_false(b->objective < a->objective && b->tpot_ns < a->tpot_ns);
        }
    spec_end(&f);
}

static void test_a_search_is_a_number(void **state)
{
    (void)state;
    const orr_sweep_search search = {.evolves = true, .against = {ORR_BY_SPEED, ORR_BY_COST, ORR_BY_TTFT}, .against_count = 3}, back = orr_sweep_search_of(orr_sweep_search_code(&search)), none = {0}, still = orr_sweep_search_of(orr_sweep_search_code(&none));
    assert_true(back.evolves && back.against_count == 3 && back.against[0] == ORR_BY_SPEED && back.against[1] == ORR_BY_COST && back.against[2] == ORR_BY_TTFT);
    assert_true(!still.evolves && still.against_count == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_change_nothing), cmocka_unit_test(test_simulation_decides), cmocka_unit_test(test_effects), cmocka_unit_test(test_bars_begin_at_the_best_simulated), cmocka_unit_test(test_samples_of_a_large_space), cmocka_unit_test(test_breeding),
                                       cmocka_unit_test(test_a_search_is_a_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
