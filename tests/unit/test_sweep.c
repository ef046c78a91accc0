/* The sweep: every point has one verdict whatever the threads, the finalists' winner is recommend's, effects by hand, samples of a space too large. */
#include <math.h>
#include <string.h>

#include "lab/recommend.h"
#include "lab/sweep.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_change_nothing), cmocka_unit_test(test_simulation_decides), cmocka_unit_test(test_effects), cmocka_unit_test(test_samples_of_a_large_space)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
