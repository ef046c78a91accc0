#include "traffic/copula.h"

#include <math.h>
#include "base/math.h"

void orr_copula_prepare(orr_copula *copula, double rank_correlation)
{
    const double pi = 3.14159265358979323846;
    copula->weight = orr_max(-1, orr_min(1, 2 * orr_sin(pi * rank_correlation / 6)));
    copula->rest = sqrt(1 - copula->weight * copula->weight);
    for (int k = 0; k <= ORR_COPULA_CELLS; k++) {
        const double p = orr_max(0x1p-60, orr_min(1 - 0x1p-53, (double)k / ORR_COPULA_CELLS));
        copula->quantiles[k] = orr_normal_quantile(p);
        copula->cumulative[k] = orr_normal_cdf(-ORR_COPULA_SPAN + 2.0 * ORR_COPULA_SPAN * k / ORR_COPULA_CELLS);
    }
}

static double normal_of(const orr_copula *copula, double u)
{
    const double x = u * ORR_COPULA_CELLS;
    const int cell = (int)x;
    if (cell < ORR_COPULA_OUTER_CELLS || cell >= ORR_COPULA_CELLS - ORR_COPULA_OUTER_CELLS) return orr_normal_quantile(orr_max(u, 0x1p-60));
    return copula->quantiles[cell] + (copula->quantiles[cell + 1] - copula->quantiles[cell]) * (x - cell);
}

double orr_copula_partner(const orr_copula *copula, double u, orr_chance *chance)
{
    const double noise = normal_of(copula, orr_chance_uniform(chance));
    const double z = copula->weight * normal_of(copula, u) + copula->rest * noise;
    const double x = (z + ORR_COPULA_SPAN) * (ORR_COPULA_CELLS / (2.0 * ORR_COPULA_SPAN));
    if (x <= 0) return 0;
    if (x >= ORR_COPULA_CELLS) return 1 - 0x1p-53;
    const int cell = (int)x;
    const double p = copula->cumulative[cell] + (copula->cumulative[cell + 1] - copula->cumulative[cell]) * (x - cell);
    return orr_min(p, 1 - 0x1p-53);
}
