/* exp, log, log2, pow from + - * / and sqrt alone, so that every machine computes the same bits.
 *
 * exp:  x = k ln2 + r, |r| <= ln2/2; Taylor to r^13 (next term below 2^-57 of the result); scaled by 2^k in the exponent bits.
 * log:  x = 2^k m, sqrt(1/2) <= m < sqrt 2, s = (m-1)/(m+1); log m = 2 (s + s^3/3 + s^5/5 + ..) to s^23 (next term below 2^-57).
 * pow:  the same series with its first terms in double-double (about 2^-68 relative), times y, into exp. */
#include "base/math.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "base/panic.h"

static uint64_t bits_of(double x) { uint64_t bits; memcpy(&bits, &x, sizeof bits); return bits; }
static double from_bits(uint64_t bits) { double x; memcpy(&x, &bits, sizeof x); return x; }

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k) { return from_bits((uint64_t)(k + 1023) << 52); }

/* ln 2 = ln2_high + ln2_low + ..; the high part has 32 zero bits at its end, so k ln2_high is exact for |k| < 2^20. */
static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33, ln2_lower = 0x1.cc01f97b57a08p-87;

/* a x 2^k, rounded once; a is near 1. */
static double scale(double a, int k)
{
    if (k > 1023) return a * 2.0 * power_of_two(k - 1 > 1023 ? 1023 : k - 1);
    if (k < -1021) return a * power_of_two(k + 54 < -1022 ? -1022 : k + 54) * 0x1p-54;
    return a * power_of_two(k);
}

/* exp(x + tail) for |tail| far below |x|'s last place or so. */
static double exp_with_tail(double x, double tail)
{
    if (x > 709.79) return HUGE_VAL;
    if (x < -745.2) return 0;
    int k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
    double high = x - k * ln2_high, low = k * ln2_low - tail, r = high - low;
    double rest = (high - r) - low;                     /* what rounding r lost */
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    double whole = 1.0 + r;
    return scale(whole + ((r - (whole - 1.0)) + (r * r * p + (rest + r * rest))), k);
}

double orr_exp(double x) { return isnan(x) ? x : exp_with_tail(x, 0); }

/* x = 2^*k m with sqrt(1/2) <= m < sqrt 2, for finite x > 0. */
static double split(double x, int *k)
{
    int exponent = 0;
    if (x < 0x1p-1022) { x *= 0x1p54; exponent = -54; }
    uint64_t bits = bits_of(x), fraction = bits & UINT64_C(0xfffffffffffff);
    exponent += (int)(bits >> 52) - 1023;
    bool upper = fraction >= UINT64_C(0x6a09e667f3bcd);     /* of sqrt 2 */
    *k = exponent + upper;
    return from_bits(fraction | (uint64_t)(upper ? 1022 : 1023) << 52);
}

/* 2 z/(2 first + 1) + 2 z^2/(2 first + 3) + .. to the term of s^23, for z = s^2. */
static double atanh_series(double z, int first)
{
    static const double coefficients[12] = {0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
    double sum = coefficients[11];
    for (int i = 10; i >= first; i--) sum = sum * z + coefficients[i];
    return sum * z;
}

double orr_log(double x)
{
    if (isnan(x) || x < 0) return NAN;
    if (!(x > 0)) return -HUGE_VAL;
    if (isinf(x)) return x;
    int k;
    double f = split(x, &k) - 1.0, s = f / (2.0 + f), half_square = 0.5 * f * f;
    double series = atanh_series(s * s, 1);
    /* log(1+f) = f - f^2/2 + s (f^2/2 + series) */
    return k * ln2_high - ((half_square - (s * (half_square + series) + k * ln2_low)) - f);
}

/* --- double-double: a value as high + low, |low| within half an ulp of high --- */

typedef struct two { double high, low; } two;

static two fast_sum(double a, double b) { double s = a + b; return (two){s, b - (s - a)}; }     /* |a| >= |b| */

static two exact_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (two){s, (a - (s - t)) + (b - t)};
}

static two exact_product(double a, double b)
{
    const double splitter = 134217729.0;        /* 2^27 + 1 (Veltkamp) */
    double p = a * b, at = splitter * a, bt = splitter * b;
    double ah = at - (at - a), al = a - ah, bh = bt - (bt - b), bl = b - bh;
    return (two){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static two add(two a, two b)
{
    two s = exact_sum(a.high, b.high);
    return fast_sum(s.high, s.low + (a.low + b.low));
}

static two times(two a, two b)
{
    two p = exact_product(a.high, b.high);
    return fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static two quotient(double a, two b)
{
    double q = a / b.high;
    two back = exact_product(q, b.high);
    return fast_sum(q, ((a - back.high) - back.low - q * b.low) / b.high);
}

/* log m for m from split(). */
static two log_of_mantissa(double m)
{
    static const two third = {0x1.5555555555555p-1, 0x1.5555555555555p-55}, fifth = {0x1.999999999999ap-2, -0x1.999999999999ap-56};     /* 2/3, 2/5 */
    double f = m - 1.0;
    two s = quotient(f, fast_sum(2.0, f)), z = times(s, s);
    double rest = atanh_series(z.high, 3) * z.high * z.high;        /* 2/7 z^3 + .. */
    two series = add(times(z, third), add(times(times(z, z), fifth), (two){rest, 0}));
    two twice = {2.0 * s.high, 2.0 * s.low};
    return add(twice, times(s, series));
}

static two precise_log(double x)
{
    int k;
    double m = split(x, &k);
    two whole = exact_sum(k * ln2_high, k * ln2_low);
    two tail = exact_product(k, ln2_low);
    whole = add(whole, (two){tail.low + k * ln2_lower, 0});
    return add(whole, log_of_mantissa(m));
}

double orr_log2(double x)
{
    static const two per_ln2 = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
    if (isnan(x) || x < 0) return NAN;
    if (!(x > 0)) return -HUGE_VAL;
    if (isinf(x)) return x;
    int k;
    double m = split(x, &k);
    two fraction = times(log_of_mantissa(m), per_ln2);
    return add((two){k, 0}, fraction).high;
}

double orr_pow(double x, double y)
{
    bool x_is_one = !(x < 1) && !(x > 1), y_is_zero = !(y < 0) && !(y > 0);
    if (isnan(x) || isnan(y)) return NAN;
    if (x_is_one || y_is_zero) return 1;
    if (x < 0) return NAN;
    bool grows = (x > 1) == (y > 0);
    if (!(x > 0) || isinf(x) || isinf(y)) return grows ? HUGE_VAL : 0;
    two log_x = precise_log(x);
    double rough = y * log_x.high;
    if (rough > 710 || rough < -746) return grows ? HUGE_VAL : 0;
    two product = exact_product(y, log_x.high);
    return exp_with_tail(product.high, product.low + y * log_x.low);
}

