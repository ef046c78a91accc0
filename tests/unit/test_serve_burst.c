/* The deck of bursts: its mean is 1 + a1 + a1 a2 + ..., over every deck and whatever the seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "serve/burst.h"

static double mean_of(orr_burst_deck *deck, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)orr_burst_deal(deck);
    return sum / (double)count;
}

static void no_drafts_one_token(void **state)
{
    (void)state;
    orr_burst_deck deck;
    orr_burst_init(&deck, 0, NULL, 1, 0);
    for (int i = 0; i < 1000; i++) assert_int_equal(orr_burst_deal(&deck), 1);
}

static void certain_drafts(void **state)
{
    (void)state;
    orr_burst_deck deck;
    orr_burst_init(&deck, 3, (const double[]){1, 1, 0}, 7, 2);
    for (int i = 0; i < 1000; i++) assert_int_equal(orr_burst_deal(&deck), 3);
}

static void shares_are_right_in_every_deck(void **state)
{
    (void)state;
    const double a[] = {0.8, 0.6, 0.5}, expected[] = {0.2, 0.8 * 0.4, 0.8 * 0.6 * 0.5, 0.8 * 0.6 * 0.5};
    for (uint64_t seed = 1; seed <= 50; seed++) {
        orr_burst_deck deck;
        orr_burst_init(&deck, 3, a, seed, 0);
        int64_t counts[5] = {0};
        for (int i = 0; i < ORR_BURST_CARDS; i++) counts[orr_burst_deal(&deck)]++;
        assert_int_equal(counts[0], 0);
        for (int burst = 1; burst <= 4; burst++) {
            const double off = (double)counts[burst] - expected[burst - 1] * ORR_BURST_CARDS;
            assert_true(off <= 1 && off >= -1);
        }
    }
}

/* Over decks the mean is exact: 1 + 0.8 + 0.48 + 0.24. */
static void the_mean_converges(void **state)
{
    (void)state;
    orr_burst_deck deck;
    orr_burst_init(&deck, 3, (const double[]){0.8, 0.6, 0.5}, 3, 1);
    const double off = mean_of(&deck, (int64_t)ORR_BURST_CARDS * 4000) - 2.52;
    assert_true(off < 2e-4 && off > -2e-4);
}

static void lanes_and_seeds_differ(void **state)
{
    (void)state;
    const double a[] = {0.5, 0.5};
    orr_burst_deck first, again, other_lane, other_seed;
    orr_burst_init(&first, 2, a, 1, 0);
    orr_burst_init(&again, 2, a, 1, 0);
    orr_burst_init(&other_lane, 2, a, 1, 1);
    orr_burst_init(&other_seed, 2, a, 2, 0);
    int lane_differs = 0, seed_differs = 0;
    for (int i = 0; i < 1000; i++) {
        const int64_t burst = orr_burst_deal(&first);
        assert_int_equal(orr_burst_deal(&again), burst);
        lane_differs += orr_burst_deal(&other_lane) != burst;
        seed_differs += orr_burst_deal(&other_seed) != burst;
    }
    assert_true(lane_differs > 300 && seed_differs > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_drafts_one_token), cmocka_unit_test(certain_drafts), cmocka_unit_test(shares_are_right_in_every_deck), cmocka_unit_test(the_mean_converges),
        cmocka_unit_test(lanes_and_seeds_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
