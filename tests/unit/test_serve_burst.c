/* The deck of bursts: its mean is 1 + a1 + a1 a2 + ..., over every deck and whatever the seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "serve/burst.h"

enum { DRAFTS = 3 };        /* as deep as any deck here, but where a test says otherwise */

static double mean_of(orr_burst_deck *deck, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)orr_burst_deal(deck, DRAFTS);
    return sum / (double)count;
}

static void no_drafts_one_token(void **state)
{
    (void)state;
    orr_burst_deck deck;
    orr_burst_init(&deck, 0, NULL, 1, 0);
    for (int i = 0; i < 1000; i++) assert_int_equal(orr_burst_deal(&deck, 0), 1);
}

static void certain_drafts(void **state)
{
    (void)state;
    orr_burst_deck deck;
    orr_burst_init(&deck, 3, (const double[]){1, 1, 0}, 7, 2);
    for (int i = 0; i < 1000; i++) assert_int_equal(orr_burst_deal(&deck, DRAFTS), 3);
}

static void shares_are_right_in_every_deck(void **state)
{
    (void)state;
    const double a[] = {0.8, 0.6, 0.5}, expected[] = {0.2, 0.8 * 0.4, 0.8 * 0.6 * 0.5, 0.8 * 0.6 * 0.5};
    for (uint64_t seed = 1; seed <= 50; seed++) {
        orr_burst_deck deck;
        orr_burst_init(&deck, 3, a, seed, 0);
        int64_t counts[5] = {0};
        for (int i = 0; i < ORR_BURST_CARDS; i++) counts[orr_burst_deal(&deck, DRAFTS)]++;
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
        const int64_t burst = orr_burst_deal(&first, DRAFTS);
        assert_int_equal(orr_burst_deal(&again, DRAFTS), burst);
        lane_differs += orr_burst_deal(&other_lane, DRAFTS) != burst;
        seed_differs += orr_burst_deal(&other_seed, DRAFTS) != burst;
    }
    assert_true(lane_differs > 300 && seed_differs > 300);
}

/* Fewer drafts of a deep deck are the cards of a shallow one; a step that drafts nothing deals none. */
static void shallow_steps(void **state)
{
    (void)state;
    static const double a[] = {0.9, 0.5, 0.4};
    for (int drafts = 1; drafts <= DRAFTS; drafts++) {
        orr_burst_deck deep, shallow;
        orr_burst_init(&deep, DRAFTS, a, 11, 0);
        orr_burst_init(&shallow, drafts, a, 11, 0);
        for (int i = 0; i < 3000; i++) {
            if (i % 7 == 0) assert_int_equal(orr_burst_deal(&deep, 0), 1);
            assert_int_equal(orr_burst_deal(&deep, drafts), orr_burst_deal(&shallow, drafts));
        }
    }
}

/* Counts in their order, again and again, and no more of one than is verified. */
static void counts_are_replayed(void **state)
{
    (void)state;
    static const uint8_t accepted[] = {2, 0, 3, 1};
    static const int expected[] = {2, 4, 2, 3, 1};     /* from the third on: 1 + 3, 1 + 1, 1 + 2, 1 + 0 */
    orr_burst_deck deck;
    orr_burst_init(&deck, DRAFTS, (const double[]){0, 0, 0}, 1, 0);
    orr_burst_replay(&deck, accepted, 4, 2);
    for (int i = 1; i < 400; i++) assert_int_equal(orr_burst_deal(&deck, DRAFTS), expected[1 + (i - 1) % 4]);
    orr_burst_replay(&deck, accepted, 4, 2);
    assert_int_equal(orr_burst_deal(&deck, 1), 2);
    assert_int_equal(orr_burst_deal(&deck, 0), 1);
    assert_int_equal(orr_burst_deal(&deck, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_drafts_one_token), cmocka_unit_test(shallow_steps), cmocka_unit_test(counts_are_replayed), cmocka_unit_test(certain_drafts), cmocka_unit_test(shares_are_right_in_every_deck), cmocka_unit_test(the_mean_converges),
        cmocka_unit_test(lanes_and_seeds_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
