/* sin and cos for |x| < 10^6, NaN beyond.
 *
 * x = n pi/2 + r, |r| <= pi/4, with pi/2 in three parts of 33 bits and a rest, so that n times each is exact for n < 2^20 and r = high + low is good to about 2^-100
 * absolutely; Taylor to r^17 and r^16 (next terms below 2^-56). */
#include "base/math.h"

#include <math.h>

static const double half_pi_1 = 0x1.921fb544p+0, half_pi_2 = 0x1.0b4611a6p-34, half_pi_3 = 0x1.3198a2ep-69, half_pi_4 = 0x1.b839a252049c1p-104;

typedef struct reduced { double high, low; int quadrant; } reduced;

static reduced reduce(double x)
{
    double n = (double)(int64_t)(x * 0.6366197723675814 + (x < 0 ? -0.5 : 0.5));
    double a = x - n * half_pi_1;                   /* exact: both are multiples of the same power of two, and close */
    double b = n * half_pi_2, s = a - b, t = s - a;
    double lost = (a - (s - t)) - (b + t);          /* of a - b */
    double c = n * half_pi_3, u = s - c, v = u - s;
    lost += ((s - (u - v)) - (c + v)) - n * half_pi_4;
    double high = u + lost;
    return (reduced){high, (u - high) + lost, (int)((int64_t)n & 3)};
}

static double sin_near_zero(double r, double low)
{
    double z = r * r;
    double p = 1.0 / 355687428096000.0;
    p = p * z - 1.0 / 1307674368000.0;
    p = p * z + 1.0 / 6227020800.0;
    p = p * z - 1.0 / 39916800.0;
    p = p * z + 1.0 / 362880.0;
    p = p * z - 1.0 / 5040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    return r + (r * z * p + low * (1.0 - 0.5 * z));
}

static double cos_near_zero(double r, double low)
{
    double z = r * r, half = 0.5 * z, whole = 1.0 - half;
    double p = 1.0 / 20922789888000.0;
    p = p * z - 1.0 / 87178291200.0;
    p = p * z + 1.0 / 479001600.0;
    p = p * z - 1.0 / 3628800.0;
    p = p * z + 1.0 / 40320.0;
    p = p * z - 1.0 / 720.0;
    p = p * z + 1.0 / 24.0;
    return whole + (((1.0 - whole) - half) + (z * z * p - r * low));
}

static double sin_of_quarter(reduced r, int quadrant)
{
    double value = quadrant & 1 ? cos_near_zero(r.high, r.low) : sin_near_zero(r.high, r.low);
    return quadrant & 2 ? -value : value;
}

double orr_sin(double x)
{
    if (!(fabs(x) < 1e6)) return NAN;
    if (fabs(x) < 0x1p-27) return x;
    reduced r = reduce(x);
    return sin_of_quarter(r, r.quadrant);
}

double orr_cos(double x)
{
    if (!(fabs(x) < 1e6)) return NAN;
    reduced r = reduce(x);
    return sin_of_quarter(r, r.quadrant + 1);
}
