/* Dies of a wafer and the share of them that works.
 *
 *   dies  = pi (d/2)^2 / A - pi d / sqrt(2 A)          whole dies of area A on a wafer of diameter d (de Vries 2005, the form in common use)
 *   yield = (1 + A D / c)^-c                            negative binomial, D defects per area that cluster with c (Stapper 1986)
 * Spare cores: a die works when what is not cores works and at most the spare ones of its cores don't:
 *   yield = Y(rest) x sum_k<=spare C(n, k) (1 - y)^k y^(n-k),  y = Y(core)
 * which takes cores to fail one by one: clustering makes real yields a little higher. Range: dies up to the wafer. */
#include "silicon/silicon.h"

#include <math.h>
#include "base/math.h"

static const double pi = 3.14159265358979323846;

double orr_dies_of_wafer(const orr_process *process, double mm2)
{
    const double radius = process->wafer_mm / 2;
    const double dies = pi * radius * radius / mm2 - pi * process->wafer_mm / sqrt(2 * mm2);
    return dies > 1 ? (double)(int64_t)dies : 1;
}

double orr_die_yield(const orr_process *process, double mm2)
{
    const double c = process->defect_clustering;
    return orr_pow(1 + mm2 * 0.01 * process->defects_per_cm2 / c, -c);
}

/* At most `spare` of `count` cores fail, each with probability 1 - y. */
static double at_most(double count, double spare, double y)
{
    double term = orr_pow(y, count), sum = term;
    for (double k = 1; k <= spare && k <= count; k++) {
        term *= (count - k + 1) / k * (1 - y) / y;
        sum += term;
    }
    return sum < 1 ? sum : 1;
}

orr_silicon_yield orr_silicon_yields(const orr_architecture *a, const orr_silicon_area *area, const orr_silicon_costs *costs)
{
    const double per_die = a->core.built / a->dies, spare = (a->core.built - orr_parts_enabled(a->core.built, a->core.enabled)) / a->dies;
    const double cores_mm2 = costs->uncounted_factor * area->cores / a->dies;
    orr_silicon_yield yield = {.compute_die = orr_die_yield(&a->process, area->compute_die), .io_die = a->io_dies.count > 0 ? orr_die_yield(&a->io_dies.process, area->io_die) : 1};
    if (spare >= 1 && per_die >= 1) {
        const double rest_mm2 = area->compute_die > cores_mm2 ? area->compute_die - cores_mm2 : 0;
        yield.compute_die = orr_die_yield(&a->process, rest_mm2) * at_most(per_die, spare, orr_die_yield(&a->process, cores_mm2 / per_die));
    }
    return yield;
}
