/* Elementary functions: against long double within 2 ulp, at their edges, and fixed bits that every compiler must give. */
#include "base_test.h"
#include <math.h>
#include <stdio.h>
#include "base/math.h"

/* The distance of `got` from `wanted` in units of the last place of a double at `wanted`. */
static double ulps(double got, long double wanted)
{
    double near = (double)wanted;
    if (isinf(near) || isinf(got)) return bits_of(near) == bits_of(got) ? 0 : INFINITY;
    int exponent;
    frexp(near, &exponent);
    if (exponent < -1021) exponent = -1021;
    return (double)fabsl(((long double)got - wanted) / ldexpl(1, exponent - 53));
}

static double worst;
static void judge(const char *name, double x, double y, double got, long double wanted, double limit)
{
    double error = ulps(got, wanted);
    if (error > worst) worst = error;
    if (!(error <= limit)) fail_msg("%s(%a, %a) = %a is %.3g ulp off %La", name, x, y, got, error, wanted);
}

static double wide_positive(uint64_t *random)
{
    double mantissa = 1 + draw_uniform(random);         /* two statements: the order of draws is fixed */
    return ldexp(mantissa, (int)(draw(random) % 2098) - 1074);
}

static void exp_and_log_are_within_two_ulp(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 500000; i++) {
        double x = (draw_uniform(&random) * 2 - 1) * (i % 3 == 0 ? 745 : i % 3 == 1 ? 1 : 1e-6);
        judge("exp", x, 0, orr_exp(x), expl(x), 2);
        double positive = i % 2 ? wide_positive(&random) : 0.5 + 1.5 * draw_uniform(&random);
        judge("log", positive, 0, orr_log(positive), logl(positive), 2);
        judge("log2", positive, 0, orr_log2(positive), log2l(positive), 2);
        double near_one = 1 + (draw_uniform(&random) - 0.5) * 1e-9;
        judge("log", near_one, 0, orr_log(near_one), logl(near_one), 2);
        judge("log2", near_one, 0, orr_log2(near_one), log2l(near_one), 2);
    }
    for (int k = -1074; k < 1024; k++) assert_true(bits_of(orr_log2(ldexp(1, k))) == bits_of(k));
    printf("worst: %.3f ulp\n", worst);
}

static void pow_is_within_two_ulp(void **state)
{
    (void)state;
    uint64_t random = 2;
    worst = 0;
    for (int i = 0; i < 500000; i++) {
        double x = i % 2 ? wide_positive(&random) : 0.5 + draw_uniform(&random);
        double most = 744 / fabs(log(x)), y = (draw_uniform(&random) * 2 - 1) * (most < 1e6 ? most : 1e6);
        if (i % 5 == 0) y = (double)(int)(draw_uniform(&random) * 8) / 2;
        long double wanted = powl(x, y);
        if (fabsl(wanted) < 0x1p-1022L) continue;       /* the sixty-four bits of powl, rounded again below the smallest normal, are no judge */
        judge("pow", x, y, orr_pow(x, y), wanted, 2);
    }
    printf("worst: %.3f ulp\n", worst);
}

static void sin_and_cos_are_within_two_ulp(void **state)
{
    (void)state;
    uint64_t random = 3;
    worst = 0;
    for (int i = 0; i < 500000; i++) {
        double x = (draw_uniform(&random) * 2 - 1) * (i % 3 == 0 ? 1e6 : i % 3 == 1 ? 7 : 1e-3);
        judge("sin", x, 0, orr_sin(x), sinl(x), 2);
        judge("cos", x, 0, orr_cos(x), cosl(x), 2);
        double close = (double)(int64_t)(draw(&random) % 600000) * 1.5707963267948966;      /* where the reduction is hardest */
        judge("sin", close, 0, orr_sin(close), sinl(close), 2);
        judge("cos", close, 0, orr_cos(close), cosl(close), 2);
    }
    printf("worst: %.3f ulp\n", worst);
    assert_true(isnan(orr_sin(1e6)) && isnan(orr_cos(-1e6)) && isnan(orr_sin(INFINITY)) && isnan(orr_cos(NAN)));
}

static void edges(void **state)
{
    (void)state;
    assert_true(isnan(orr_exp(NAN)) && isnan(orr_log(NAN)) && isnan(orr_log2(NAN)) && isnan(orr_pow(NAN, 2)) && isnan(orr_pow(2, NAN)));
    assert_true(isinf(orr_exp(1000)) && bits_of(orr_exp(-1000)) == 0 && isinf(orr_exp(INFINITY)) && bits_of(orr_exp(-INFINITY)) == 0);
    assert_true(bits_of(orr_exp(0)) == bits_of(1) && bits_of(orr_log(1)) == 0 && bits_of(orr_log2(1)) == 0);
    assert_true(bits_of(orr_log(0)) == bits_of(-INFINITY) && bits_of(orr_log(-0.0)) == bits_of(-INFINITY) && isnan(orr_log(-1)) && isinf(orr_log(INFINITY)));
    assert_true(bits_of(orr_exp(-745.1)) == bits_of(0x1p-1074));
    assert_true(bits_of(orr_pow(0, 0)) == bits_of(1) && bits_of(orr_pow(7, 0)) == bits_of(1) && bits_of(orr_pow(1, INFINITY)) == bits_of(1));
    assert_true(bits_of(orr_pow(0, 2)) == 0 && isinf(orr_pow(0, -2)) && bits_of(orr_pow(INFINITY, -1)) == 0 && isinf(orr_pow(2, 1024)));
    assert_true(bits_of(orr_pow(0.5, INFINITY)) == 0 && isinf(orr_pow(0.5, -INFINITY)) && isnan(orr_pow(-2, 2)));
    assert_true(bits_of(orr_pow(2, 0.5)) == bits_of(1.4142135623730951) && bits_of(orr_pow(10, 3)) == bits_of(1000) && bits_of(orr_pow(2, -1074)) == bits_of(0x1p-1074));
    assert_int_equal(orr_round_i64(2.5), 3);
    assert_int_equal(orr_round_i64(-2.5), -3);
    assert_int_equal(orr_round_i64(0.49999999999999994), 0);
    assert_int_equal(orr_round_i64(4503599627370497.0), 4503599627370497);
    assert_int_equal(orr_ceil_div(7, 2), 4);
    assert_int_equal(orr_ceil_div(8, 2), 4);
}

static void the_normal_distribution(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (int i = 0; i < 300000; i++) {
        double x = (draw_uniform(&random) * 2 - 1) * (i % 2 ? 8 : 38);
        long double wanted = 0.5L * erfcl(-(long double)x / sqrtl(2));
        if (fabsl((long double)orr_normal_cdf(x) - wanted) > 1e-15L) fail_msg("cdf(%a) = %a, not %La", x, orr_normal_cdf(x), wanted);
        if (x < 0 && x > -30 && fabsl((long double)orr_normal_cdf(x) / wanted - 1) > 5e-13L) fail_msg("cdf(%a) = %a, not %La", x, orr_normal_cdf(x), wanted);
        double u = draw_uniform(&random), p = i % 2 ? u : ldexp(1 + u, -(i % 1000) - 2);
        double q = orr_normal_quantile(p);
        if (!(p > 0 && p < 1)) continue;
        /* the error of q is that of its cdf over the density */
        long double back = 0.5L * erfcl(-(long double)q / sqrtl(2)), density = expl(-0.5L * q * q) / sqrtl(6.283185307179586476925L);
        long double error = fabsl((back - p) / density);
        if (error > 1e-12L * fabsl(q) + 1e-17L) fail_msg("quantile(%a) = %a is %Lg off", p, q, error);
    }
    assert_true(bits_of(orr_normal_cdf(0)) == bits_of(0.5) && bits_of(orr_normal_quantile(0.5)) == 0);
    assert_true(bits_of(orr_normal_quantile(0)) == bits_of(-INFINITY) && bits_of(orr_normal_quantile(1)) == bits_of(INFINITY));
    assert_true(isnan(orr_normal_quantile(-0.1)) && isnan(orr_normal_quantile(1.1)) && isnan(orr_normal_cdf(NAN)) && isnan(orr_normal_quantile(NAN)));
    assert_true(bits_of(orr_normal_cdf(INFINITY)) == bits_of(1) && bits_of(orr_normal_cdf(-INFINITY)) == 0);
}

/* Every bit of many results, folded into one number each. */
static uint64_t fold(uint64_t sum, double x) { return (sum ^ bits_of(x)) * UINT64_C(0x100000001b3); }

static void bits_are_fixed(void **state)
{
    (void)state;
    uint64_t random = 6, sums[8] = {0};
    for (int i = 0; i < 100000; i++) {
        double u = draw_uniform(&random), x = (u - 0.5) * 1400, positive = wide_positive(&random);
        sums[0] = fold(sums[0], orr_exp(x));
        sums[1] = fold(sums[1], orr_log(positive));
        sums[2] = fold(sums[2], orr_log2(positive));
        sums[3] = fold(sums[3], orr_pow(1 + u, x));
        sums[4] = fold(sums[4], orr_sin(x));
        sums[5] = fold(sums[5], orr_cos(x));
        sums[6] = fold(sums[6], orr_normal_cdf(x / 100));
        sums[7] = fold(sums[7], orr_normal_quantile(u));
    }
    static const uint64_t wanted[8] = {UINT64_C(0xfa36e146441fbf33), UINT64_C(0x67a8c3de74e5a005), UINT64_C(0xb877bfb0fcbd1c0a), UINT64_C(0xb1df532e0aa7d85f),
                                       UINT64_C(0xb8542ad2fc3740b7), UINT64_C(0x8bd861ae688a60d0), UINT64_C(0x4be248a2007bec1e), UINT64_C(0xaf922fbae2a4c681)};
    for (int i = 0; i < 8; i++)
        if (sums[i] != wanted[i]) print_message("sum %d: UINT64_C(0x%016llx)\n", i, (unsigned long long)sums[i]);
    assert_memory_equal(sums, wanted, sizeof sums);
    assert_true(bits_of(orr_exp(1)) == bits_of(0x1.5bf0a8b145769p+1));
    assert_true(bits_of(orr_log(10)) == bits_of(0x1.26bb1bbb55516p+1));
    assert_true(bits_of(orr_sin(1)) == bits_of(0x1.aed548f090ceep-1));
    assert_true(bits_of(orr_cos(1)) == bits_of(0x1.14a280fb5068cp-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exp_and_log_are_within_two_ulp), cmocka_unit_test(pow_is_within_two_ulp), cmocka_unit_test(sin_and_cos_are_within_two_ulp),
                                       cmocka_unit_test(edges), cmocka_unit_test(the_normal_distribution), cmocka_unit_test(bits_are_fixed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
