/* The normal distribution.
 *
 * cdf: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969): three ranges of |x|/sqrt 2, relative error near 1e-16.
 * quantile: M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16: relative error near 1e-16. */
#include "base/math.h"

#include <math.h>

/* The polynomial with coefficients from the constant on. */
static double polynomial(const double *c, int count, double x)
{
    double sum = c[count - 1];
    for (int i = count - 2; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

static double ratio(const double *above, const double *below, int count, double x) { return polynomial(above, count, x) / polynomial(below, count, x); }

/* erf(y), 0 <= y <= 0.46875 */
static double erf_small(double y)
{
    static const double a[5] = {3.20937758913846947e3, 3.77485237685302021e2, 1.13864154151050156e2, 3.16112374387056560, 1.85777706184603153e-1};
    static const double b[5] = {2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1};
    return y * ratio(a, b, 5, y * y);
}

/* exp(y^2) erfc(y), 0.46875 <= y <= 4 */
static double erfcx_middle(double y)
{
    static const double c[9] = {1.23033935479799725e3, 2.05107837782607147e3, 1.71204761263407058e3, 8.81952221241769090e2, 2.98635138197400131e2,
                                6.61191906371416295e1, 8.88314979438837594,   5.64188496988670089e-1, 2.15311535474403846e-8};
    static const double d[9] = {1.23033935480374942e3, 3.43936767414372164e3, 4.36261909014324716e3, 3.29079923573345963e3, 1.62138957456669019e3,
                                5.37181101862009858e2, 1.17693950891312499e2, 1.57449261107098347e1, 1};
    return ratio(c, d, 9, y);
}

/* exp(y^2) erfc(y), y >= 4 */
static double erfcx_large(double y)
{
    static const double p[6] = {6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1, 3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2};
    static const double q[6] = {2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1, 1.87295284992346725, 2.56852019228982242, 1};
    double z = 1.0 / (y * y);
    return (0.56418958354775628695 - z * ratio(p, q, 6, z)) / y;
}

/* erfc(y) for y >= 0. The square is taken in two parts, so that exp sees it exactly. */
static double erfc_positive(double y)
{
    if (y <= 0.46875) return 1.0 - erf_small(y);
    if (y > 27) return 0;
    double coarse = floor(y * 16.0) / 16.0, rest = (y - coarse) * (y + coarse);
    return orr_exp(-coarse * coarse) * orr_exp(-rest) * (y <= 4 ? erfcx_middle(y) : erfcx_large(y));
}

double orr_normal_cdf(double x)
{
    if (isnan(x)) return x;
    double y = fabs(x) * 0.70710678118654752440;
    if (y <= 0.46875) return 0.5 + (x < 0 ? -0.5 : 0.5) * erf_small(y);
    double tail = 0.5 * erfc_positive(y);
    return x < 0 ? tail : 1.0 - tail;
}

double orr_normal_quantile(double p)
{
    static const double a[8] = {3.3871328727963666080,    1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                                4.5921953931549871457e4,  6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[8] = {1,                        4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                                2.1213794301586595867e4,  3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3};
    static const double c[8] = {1.42343711074968357734,   4.63033784615654529590,   5.76949722146069140550,    3.64784832476320460504,
                                1.27045825245236838258,   2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1,                        2.05319162663775882187,   1.67638483018380384940,    6.89767334985100004550e-1,
                                1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720,   5.46378491116411436990,   1.78482653991729133580,    2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1,                        5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
    if (isnan(p) || p < 0 || p > 1) return NAN;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return q * ratio(a, b, 8, 0.180625 - q * q);
    double tail = q < 0 ? p : 1.0 - p;
    if (!(tail > 0)) return q < 0 ? -HUGE_VAL : HUGE_VAL;
    double r = sqrt(-orr_log(tail));
    double value = r <= 5 ? ratio(c, d, 8, r - 1.6) : ratio(e, f, 8, r - 5.0);
    return q < 0 ? -value : value;
}
