/* NSGA-II: fronts are those of the naive definition, no point is asked for twice, small spaces give up their best and their whole front, and the same seed gives the same points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include "base/rng.h"
#include "lab/evolve.h"

enum { MOST_TRIALS = 400 };

static bool dominates(const orr_trial *a, const orr_trial *b, int losses)
{
    if (a->violation != b->violation) return a->violation < b->violation;
    int worse = 0, better = 0;
    for (int i = 0; i < losses; i++) {
        worse += a->losses[i] > b->losses[i];
        better += a->losses[i] < b->losses[i];
    }
    return worse == 0 && better > 0;
}

static void fronts_are_those_of_the_definition(void **state)
{
    (void)state;
    static orr_trial trials[MOST_TRIALS];
    static size_t front[MOST_TRIALS];
    static double crowding[MOST_TRIALS];
    for (uint64_t seed = 1; seed <= 30; seed++) {
        orr_rng rng = orr_rng_stream(seed, "evolve", 0);
        const size_t count = 1 + (size_t)orr_rng_below(&rng, 120);
        const int losses = 1 + (int)orr_rng_below(&rng, 3);
        for (size_t i = 0; i < count; i++) {
            trials[i] = (orr_trial){.number = i, .violation = orr_rng_below(&rng, 3) == 0 ? (double)orr_rng_below(&rng, 3) : 0};
            for (int k = 0; k < losses; k++) trials[i].losses[k] = (double)orr_rng_below(&rng, 12);
        }
        orr_evolution_rank(trials, count, losses, front, crowding);
        for (size_t i = 0; i < count; i++) {
            size_t deepest = 0;     /* the longest chain of those that dominate it */
            for (size_t k = 0; k < count; k++) if (dominates(&trials[k], &trials[i], losses) && front[k] + 1 > deepest) deepest = front[k] + 1;
            assert_int_equal(front[i], deepest);
            assert_true(crowding[i] >= 0);
        }
    }
}

/* --- a made-up space: `ordered` numeric domains of ten choices, and one of four without order --- */

static const char *const tens[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, *const kinds[] = {"a", "b", "c", "d"};
typedef struct space { orr_domain domains[9]; size_t count; } space;

static space make_space(size_t ordered)
{
    space s = {.count = ordered + 1};
    for (size_t i = 0; i < ordered; i++) s.domains[i] = (orr_domain){.path = "x", .choices = tens, .choice_count = 10};
    s.domains[ordered] = (orr_domain){.path = "kind", .choices = kinds, .choice_count = 4};
    return s;
}

static double total_of(const space *s)
{
    double total = 1;
    for (size_t i = 0; i < s->count; i++) total *= (double)s->domains[i].choice_count;
    return total;
}

/* A bowl whose place and depth depend on the kind, out of bounds on one side; against it what the choices cost. */
static orr_trial try_point(const space *s, uint64_t number)
{
    size_t choices[9];
    uint64_t rest = number;
    for (size_t i = s->count; i-- > 0; rest /= s->domains[i].choice_count) choices[i] = (size_t)(rest % s->domains[i].choice_count);
    const double kind = (double)choices[s->count - 1];
    double bowl = 3 * (kind == 2 ? 0 : 1 + kind), cost = kind;
    for (size_t i = 0; i + 1 < s->count; i++) {
        const double off = (double)choices[i] - (double)((i * 3 + choices[s->count - 1]) % 10);
        bowl += off * off;
        cost += (double)choices[i];
    }
    return (orr_trial){.number = number, .violation = cost < 9 ? 9 - cost : 0, .losses = {bowl, cost}};
}

/* Tries `most` points, the first of them evenly; every trial in order. */
static size_t search(const space *s, int losses, uint64_t seed, size_t most, orr_trial *trials)
{
    orr_evolution *e = orr_evolution_create(s->domains, s->count, 64, losses, seed);
    size_t count = 0;
    const uint64_t total = (uint64_t)total_of(s);
    for (uint64_t i = 0; i < most / 4; i++) trials[count++] = try_point(s, (i * (total / (most / 4)) + i % 7) % total);
    orr_evolution_tell(e, trials, count);
    uint64_t numbers[32];
    for (size_t asked; count + 32 <= most && (asked = orr_evolution_ask(e, numbers, 32)) > 0;) {
        for (size_t i = 0; i < asked; i++) trials[count + i] = try_point(s, numbers[i]);
        orr_evolution_tell(e, trials + count, asked);
        count += asked;
    }
    orr_evolution_destroy(e);
    return count;
}

static int compare_numbers(const void *a, const void *b) { const orr_trial *x = a, *y = b; return x->number < y->number ? -1 : x->number > y->number; }

static void large_spaces_give_up_their_best(void **state)
{
    (void)state;
    const space s = make_space(7);          /* 40 million points */
    static orr_trial trials[6000];
    for (uint64_t seed = 1; seed <= 8; seed++) {
        const size_t count = search(&s, 1, seed, sizeof trials / sizeof *trials, trials);
        const orr_trial *best = &trials[0];
        for (size_t i = 0; i < count; i++) if (trials[i].violation <= 0 && (best->violation > 0 || trials[i].losses[0] < best->losses[0])) best = &trials[i];
        assert_true(best->violation <= 0 && best->losses[0] <= 0);
    }
}

static void no_point_is_tried_twice(void **state)
{
    (void)state;
    const space s = make_space(3);          /* 4,000 points */
    static orr_trial trials[3000];
    const size_t spread = 3000 / 4, count = search(&s, 2, 3, sizeof trials / sizeof *trials, trials);
    orr_trial *bred = trials + spread;
    qsort(bred, count - spread, sizeof *bred, compare_numbers);
    for (size_t i = 1; i < count - spread; i++) assert_true(bred[i - 1].number < bred[i].number);
    for (size_t i = 0; i < spread; i++) assert_null(bsearch(&trials[i], bred, count - spread, sizeof *bred, compare_numbers));
}

static void small_spaces_give_up_their_front(void **state)
{
    (void)state;
    const space s = make_space(3);
    static orr_trial trials[3000], all[4000];
    const size_t count = search(&s, 2, 5, sizeof trials / sizeof *trials, trials);
    for (uint64_t i = 0; i < 4000; i++) all[i] = try_point(&s, i);
    size_t on_front = 0;
    for (size_t i = 0; i < 4000; i++) {
        bool covered = all[i].violation > 0, found = false;
        for (size_t k = 0; k < 4000 && !covered; k++) covered = dominates(&all[k], &all[i], 2);
        if (covered) continue;
        on_front++;
        for (size_t k = 0; k < count && !found; k++) found = trials[k].violation <= 0 && trials[k].losses[0] <= all[i].losses[0] && trials[k].losses[1] <= all[i].losses[1];
        assert_true(found);
    }
    assert_true(on_front > 5);
}

static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    const space s = make_space(5);
    static orr_trial first[1200], again[1200], other[1200];
    const size_t count = search(&s, 2, 7, 1200, first);
    assert_int_equal(search(&s, 2, 7, 1200, again), count);
    for (size_t i = 0; i < count; i++) assert_true(first[i].number == again[i].number);
    search(&s, 2, 8, 1200, other);
    size_t differ = 0;
    for (size_t i = 300; i < 1200; i++) differ += first[i].number != other[i].number;
    assert_true(differ > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fronts_are_those_of_the_definition), cmocka_unit_test(large_spaces_give_up_their_best), cmocka_unit_test(no_point_is_tried_twice),
                                       cmocka_unit_test(small_spaces_give_up_their_front), cmocka_unit_test(the_same_seed_gives_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
