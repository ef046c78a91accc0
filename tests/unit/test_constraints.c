/* Constraints of a study: each limit at its edge, what nobody knows, and a search that takes no system over them. */
#include <stdio.h>
#include <string.h>

#include "lab/recommend.h"
#include "spec_support.h"

static const char *broken(spec_fixture *f, const char *setting)
{
    const char *settings[] = {setting, "cost=neocloud-2026"};
    return orr_study_broken_constraint(spec_bind(f, spec_small_study, settings, 2), f->arena);
}

/* One part in a thousand above what it has is kept; below, broken, by name. */
static void test_each_limit_at_its_edge(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *settings[] = {"cost=neocloud-2026"};
    orr_study *study = spec_bind(&f, spec_small_study, settings, 1);
    study->serving.replicas = orr_study_replicas(study);
    const orr_chip *chip = &study->hardware.chip;
    const struct { const char *key, *unit; double is; } limits[] = {{"chip_area_mm2", "", chip->silicon_mm2}, {"die_area_mm2", "", chip->die_mm2}, {"chip_tdp", " W", chip->tdp_w}, {"chip_cost", " USD", chip->silicon_usd},
        {"power", " W", orr_study_all_in_w(study)}, {"usd_per_h", "", orr_study_usd_per_h(study)}, {"gpus", "", (double)orr_study_gpus(study)}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        assert_true(limits[i].is > 0);
        assert_null(broken(&f, orr_arena_printf(f.arena, "constraints.%s=%.17g%s", limits[i].key, limits[i].is * 1.001, limits[i].unit)));
        const char *text = broken(&f, orr_arena_printf(f.arena, "constraints.%s=%.17g%s", limits[i].key, limits[i].is * 0.999, limits[i].unit));
        assert_non_null(text);
        assert_non_null(strstr(text, limits[i].key));
    }
    spec_expect_clean(&f);
    spec_end(&f);
}

static void test_what_nobody_knows_breaks(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *settings[] = {"hardware.chip={extends: h100-sxm, power: {all_in: 0 W}}", "constraints={power: 1 MW}"};
    const char *text = orr_study_broken_constraint(spec_bind(&f, spec_small_study, settings, 2), f.arena);
    assert_non_null(text);
    assert_non_null(strstr(text, "nobody knows"));
    spec_end(&f);
}

static void test_a_search_keeps_them(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *settings[] = {"hardware.chip.power.tdp={choices: [600 W, 700 W, 800 W]}", "constraints={chip_tdp: 700 W}", "traffic.stop.requests=50"};
    const orr_study_file *file = spec_read(&f, spec_small_study, settings, 3);
    spec_expect_clean(&f);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 1}, f.arena, f.diags);
    spec_expect_clean(&f);
    assert_true(r->verdict_counts[ORR_VERDICT_CONSTRAINED] * 3 == r->candidate_count);
    for (size_t i = 0; i < r->candidate_count; i++) assert_int_equal(r->candidates[i].verdict == ORR_VERDICT_CONSTRAINED, strstr(r->candidates[i].label, "800 W") != NULL);
    orr_recommendation_free(r);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_limit_at_its_edge), cmocka_unit_test(test_what_nobody_knows_breaks), cmocka_unit_test(test_a_search_keeps_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
