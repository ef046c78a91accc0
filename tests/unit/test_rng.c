/* Chance: fixed first draws, streams that stay apart, moments, one draw per sample. */
#include "base_test.h"
#include <math.h>
#include <stdlib.h>
#include "base/rng.h"

enum { SAMPLES = 400000 };

static void first_draws_are_fixed(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(42, "arrivals", 0);
    static const uint64_t wanted[4] = {UINT64_C(0x0723de35846ac735), UINT64_C(0xba68ee32694b2f95), UINT64_C(0x1a627028cd1275d1), UINT64_C(0xd52b689ec81a1a2b)};
    for (int i = 0; i < 4; i++) {
        uint64_t got = orr_rng_next(&rng);
        if (got != wanted[i]) fail_msg("draw %d: 0x%016llx", i, (unsigned long long)got);
    }
    /* xoshiro256++ from the state 1, 2, 3, 4, as its authors' code gives */
    orr_rng reference = {{1, 2, 3, 4}};
    assert_true(orr_rng_next(&reference) == 41943041);
    assert_true(orr_rng_next(&reference) == 58720359);
    assert_true(orr_rng_next(&reference) == UINT64_C(3588806011781223));
    assert_true(orr_rng_next(&reference) == UINT64_C(3591011842654386));
}

static void streams_stay_apart(void **state)
{
    (void)state;
    orr_rng streams[4] = {orr_rng_stream(1, "a", 0), orr_rng_stream(1, "a", 1), orr_rng_stream(1, "b", 0), orr_rng_stream(2, "a", 0)};
    double sums[4][4] = {{0}};
    for (int n = 0; n < SAMPLES; n++) {
        double x[4];
        for (int i = 0; i < 4; i++) x[i] = orr_rng_uniform(&streams[i]) - 0.5;
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++) sums[i][j] += x[i] * x[j];
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) assert_true(fabs(sums[i][j] / SAMPLES - (i == j ? 1.0 / 12 : 0)) < 0.001);
    orr_rng again = orr_rng_stream(1, "a", 1), same = orr_rng_stream(1, "a", 1);
    for (int i = 0; i < 100; i++) assert_true(orr_rng_next(&again) == orr_rng_next(&same));
}

typedef double sampler(orr_rng *rng);
static double gamma_tenth(orr_rng *rng) { return orr_rng_gamma(rng, 0.1); }
static double gamma_one(orr_rng *rng) { return orr_rng_gamma(rng, 1); }
static double gamma_seven(orr_rng *rng) { return orr_rng_gamma(rng, 7.5); }

/* Mean, variance and third central moment within five of their standard errors or so. */
static void assert_moments(const char *name, sampler *sample, double mean, double variance, double third)
{
    orr_rng rng = orr_rng_stream(9, name, 0);
    double sum = 0, squares = 0, cubes = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double d = sample(&rng) - mean;
        sum += d;
        squares += d * d;
        cubes += d * d * d;
    }
    double deviation = sqrt(variance);
    if (fabs(sum / SAMPLES) > 0.008 * deviation) fail_msg("%s: mean is %g off", name, sum / SAMPLES);
    if (fabs(squares / SAMPLES / variance - 1) > 0.05) fail_msg("%s: variance is %g of what it should be", name, squares / SAMPLES / variance);
    if (fabs(cubes / SAMPLES - third) > 0.08 * (fabs(third) + variance * deviation)) fail_msg("%s: third moment is %g, not %g", name, cubes / SAMPLES, third);
}

static void moments(void **state)
{
    (void)state;
    assert_moments("uniform", orr_rng_uniform, 0.5, 1.0 / 12, 0);
    assert_moments("exponential", orr_rng_exponential, 1, 1, 2);
    assert_moments("normal", orr_rng_normal, 0, 1, 0);
    assert_moments("gamma 0.1", gamma_tenth, 0.1, 0.1, 0.2);
    assert_moments("gamma 1", gamma_one, 1, 1, 2);
    assert_moments("gamma 7.5", gamma_seven, 7.5, 7.5, 15);
}

static void ranges(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(3, "ranges", 0);
    int counts[10] = {0};
    for (int i = 0; i < SAMPLES; i++) {
        double u = orr_rng_uniform(&rng), e = orr_rng_exponential(&rng);
        assert_true(u >= 0 && u < 1 && e >= 0 && isfinite(e) && isfinite(orr_rng_normal(&rng)));
        counts[orr_rng_below(&rng, 10)]++;
        assert_true(orr_rng_below(&rng, 1) == 0);
        assert_true(orr_rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
        assert_true(orr_rng_gamma(&rng, 0.01) >= 0);
    }
    for (int i = 0; i < 10; i++) assert_true(abs(counts[i] - SAMPLES / 10) < 1200);
}

static void one_draw_a_sample(void **state)
{
    (void)state;
    sampler *const samplers[] = {orr_rng_uniform, orr_rng_exponential, orr_rng_normal};
    for (int s = 0; s < 3; s++) {
        orr_rng a = orr_rng_stream(5, "step", 0), b = a;
        for (int i = 0; i < 1000; i++) {
            samplers[s](&a);
            orr_rng_next(&b);
        }
        assert_memory_equal(&a, &b, sizeof a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_draws_are_fixed), cmocka_unit_test(streams_stay_apart), cmocka_unit_test(moments), cmocka_unit_test(ranges),
                                       cmocka_unit_test(one_draw_a_sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
