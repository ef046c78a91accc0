/* Elementary functions that give the same bits on every machine and compiler (libm's differ between CPU variants).
 * Accuracy: within 2 ulp over the range of doubles; NaN in, NaN out. Only + - * / and sqrt are used. */
#ifndef ORR_BASE_MATH_H
#define ORR_BASE_MATH_H

#include <stdint.h>
#include "base/panic.h"

double orr_exp(double x);
double orr_log(double x);          /* x <= 0: -inf at 0, NaN below */
double orr_pow(double x, double y);    /* x >= 0 */
double orr_log2(double x);
double orr_sin(double x);          /* |x| < 1e6 */
double orr_cos(double x);
double orr_normal_cdf(double x);           /* absolute error < 1e-12 */
double orr_normal_quantile(double p);      /* 0 < p < 1; relative error < 1e-12 */

static inline int64_t orr_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }   /* a >= 0, b > 0 */
static inline int64_t orr_min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t orr_max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline double orr_min(double a, double b) { return a < b ? a : b; }
static inline double orr_max(double a, double b) { return a > b ? a : b; }
static inline int64_t orr_round_i64(double x)      /* half away from zero */
{
    ORR_INVARIANT(x > -0x1p63 && x < 0x1p63);
    const int64_t whole = (int64_t)x;
    const double rest = x - (double)whole;
    return whole + (rest >= 0.5) - (rest <= -0.5);
}
#define ORR_ROUND_SMALL_MOST 0x1p51
/* The same for 0 <= x < 2^51, as a double and without a branch: a sum with 2^52 has no fraction. */
static inline double orr_round_small(double x)
{
    const double even = (x + 0x1p52) - 0x1p52;
    return even + (x - even >= 0.5 ? 1.0 : 0.0);
}

#endif
