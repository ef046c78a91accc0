/* Rivals: the same system twice is never told apart, one at twice the cost always is; differences are paired by seed; threads change nothing. */
#include <math.h>
#include <string.h>

#include "lab/recommend.h"
#include "lab/sweep.h"
#include "spec_support.h"

/* A domain that changes nothing (the name), replicas, and a seat more that nobody takes. */
static const orr_study_file *file_of(spec_fixture *f)
{
    const char *const settings[] = {"title={choices: [one, the same by another name]}", "serving.replicas={choices: [2, 4]}", "engine.max_num_seqs={choices: [64, 65]}", "traffic.stop.requests=200", "traffic.load.rate=4 /s"};
    const orr_study_file *file = spec_read(f, spec_small_study, settings, 5);
    spec_expect_clean(f);
    return file;
}

/* The first choices, but the second of the domain whose path ends so. */
static const size_t *but(const orr_study_file *file, const char *path, orr_arena *arena)
{
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count);
    for (size_t d = 0; d < file->domain_count; d++) choices[d] = orr_text_ends_with(file->domains[d].path, path);
    return choices;
}

static void test_twins_and_doubles(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study_file *file = file_of(&f);
    const size_t *const doubled = but(file, "replicas", f.arena), *const first = but(file, "nothing", f.arena), *const all[] = {first, but(file, "title", f.arena), doubled, but(file, "max_num_seqs", f.arena)}, ranks[] = {1, 2, 3, 4};
    const orr_rivals *one = orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, all, ranks, 4, 5, &(orr_rivals_options){.threads = 1}, f.arena), *two = orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, all, ranks, 4, 5, &(orr_rivals_options){.threads = 2}, f.arena);
    assert_true(one && two && one->count == 4 && one->seed_count == 5 && !one->nothing_varies && one->has_model);
    assert_memory_equal(one->seeds, two->seeds, 5 * sizeof *one->seeds);
    for (size_t i = 0; i < 4; i++) {
        const orr_rival *a = &one->items[i], *b = &two->items[i];
        assert_true(a->runs == 5 && b->runs == 5 && a->told == b->told && memcmp(&a->mean, &b->mean, sizeof a->mean) == 0 && memcmp(&a->half, &b->half, sizeof a->half) == 0);
    }
    const orr_rival *same = &one->items[1], *dear = &one->items[2];
    assert_true(same->told == ORR_TOLD_EQUAL && !(same->difference > 0) && !(same->difference < 0) && !(same->half > 0));
    assert_true(dear->told == ORR_TOLD_WORSE && fabs(dear->mean / one->items[0].mean - 2) < 0.1 && dear->half < 0.1 * dear->difference);
    assert_true(one->items[3].told == ORR_TOLD_EQUAL || one->items[3].told == ORR_TOLD_NO);         /* one seat more that nobody takes */
    for (int64_t i = 0; i < 5; i++) for (int64_t k = 0; k < i; k++) assert_true(one->seeds[i] != one->seeds[k]);
    /* the other way round it is better; by what is to be maximized, too */
    const size_t *const back[] = {doubled, first};
    assert_true(orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, back, ranks, 2, 5, &(orr_rivals_options){.threads = 1}, f.arena)->items[1].told == ORR_TOLD_BETTER);
    assert_true(orr_rivals_find(file, ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU, back, ranks, 2, 5, &(orr_rivals_options){.threads = 1}, f.arena)->items[1].told == ORR_TOLD_BETTER);
    spec_end(&f);
}

static void test_what_can_not_be_said(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study_file *file = file_of(&f);
    const size_t *const all[] = {but(file, "nothing", f.arena), but(file, "replicas", f.arena)}, ranks[] = {1, 2};
    assert_null(orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, all, ranks, 1, 5, &(orr_rivals_options){.threads = 1}, f.arena));
    const orr_rivals *once = orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, all, ranks, 2, 1, &(orr_rivals_options){.threads = 1}, f.arena);
    assert_true(once->items[1].told == ORR_TOLD_UNKNOWN && isnan(once->items[1].half) && once->items[1].difference > 0);
    const volatile int cancelled = 1;
    assert_null(orr_rivals_find(file, ORR_MINIMIZE_USD_PER_MTOK, all, ranks, 2, 5, &(orr_rivals_options){.threads = 1, .cancel = &cancelled}, f.arena));
    spec_end(&f);
}

static void test_whom_to_look_at(void **state)
{
    (void)state;
    size_t chosen[ORR_RIVALS_MOST];
    const double objectives[] = {1, 1.001, 1.001, 1.002, 1.003, 1.2, 1.3};
    const size_t groups[] = {0, 1, 1, 3, 4, 5, 6};
    assert_true(orr_rivals_choose(objectives, groups, 7, 0.005, chosen) == 4 && chosen[0] == 0 && chosen[1] == 1 && chosen[2] == 3 && chosen[3] == 5);
    assert_true(orr_rivals_choose(objectives, NULL, 7, 0.0005, chosen) == 4 && chosen[3] == 3);
    assert_true(orr_rivals_choose(objectives, NULL, 5, 0.005, chosen) == 3 && orr_rivals_choose(objectives, groups, 0, 0.005, chosen) == 0);
}

static void test_searches_have_them(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study_file *file = file_of(&f);
    const orr_sweep *s = orr_sweep_study(file, &(orr_sweep_options){.threads = 2, .samples_most = 100, .finalists = 8, .seeds = 3}, f.arena, f.diags);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 2, .seeds = 3}, f.arena, f.diags);
    spec_expect_clean(&f);
    assert_true(s->rivals && s->rivals->count >= 2 && s->rivals->items[0].rank == 1 && r->rivals && r->rivals->count >= 2);
    bool worse = false;
    for (size_t i = 1; i < r->rivals->count; i++) worse |= r->rivals->items[i].told == ORR_TOLD_WORSE;
    assert_true(worse);         /* twice the replicas, beside what ties */
    orr_recommendation_free(r);
    spec_end(&f);
}

int main(void)
{
    orr_diags *diags = orr_diags_create();
    if (!orr_catalogue_load(diags)) return 1;
    orr_diags_destroy(diags);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins_and_doubles), cmocka_unit_test(test_what_can_not_be_said), cmocka_unit_test(test_whom_to_look_at), cmocka_unit_test(test_searches_have_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
