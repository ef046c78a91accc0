#include "traffic/fit_quantiles.h"

#include <math.h>
#include "base/math.h"
#include "traffic/quantiles.h"

enum { P_UNITS = 100000, LOOKS = 128 };     /* p in units of 1e-5; points at which a piece is compared */

static const int first_knots[] = {0, 1000, 10000, 25000, 50000, 75000, 90000, 95000, 99000, 99900, P_UNITS};

typedef struct piece { double area; int split; } piece;     /* split 0: can't be */

/* The sample's quantile at p (units), to a tenth of a token. Hazen's rule, whose area is the sample's mean; beyond some hundred values all rules agree. */
static double tokens_at(const double *sorted, size_t count, int p)
{
    const double at = orr_max(0, orr_min((double)p / P_UNITS * (double)count - 0.5, (double)(count - 1)));
    const size_t below = (size_t)at;
    const double tokens = below + 1 < count ? sorted[below] + (sorted[below + 1] - sorted[below]) * (at - (double)below) : sorted[below];
    return orr_max(1, (double)orr_round_i64(tokens * 10) / 10);
}

/* The piece between p = a and b (units). */
static piece look(const double *sorted, size_t count, int a, int b)
{
    piece result = {0, 0};
    const orr_length_quantiles line = {2, {(double)a / P_UNITS, (double)b / P_UNITS}, {tokens_at(sorted, count, a), tokens_at(sorted, count, b)}};
    const int looks = b - a - 1 < LOOKS ? b - a - 1 : LOOKS;
    double farthest = 0;
    for (int i = 1; i <= looks; i++) {
        const int at = a + (int)((int64_t)(b - a) * i / (looks + 1));
        if (at <= a || at >= b) continue;
        const double gap = fabs(tokens_at(sorted, count, at) - orr_length_quantile(&line, (double)at / P_UNITS));
        result.area += gap;
        if (gap > farthest) {
            farthest = gap;
            result.split = at;
        }
    }
    if (looks) result.area *= (double)(b - a) / looks;
    return result;
}

void orr_quantiles_fit(const double *sorted, size_t count, orr_length_quantiles *quantiles)
{
    int knots[ORR_QUANTILE_KNOTS];
    piece pieces[ORR_QUANTILE_KNOTS];
    int knot_count = (int)(sizeof first_knots / sizeof *first_knots);
    for (int i = 0; i < knot_count; i++) knots[i] = first_knots[i];
    for (int i = 0; i + 1 < knot_count; i++) pieces[i] = look(sorted, count, knots[i], knots[i + 1]);
    while (knot_count < ORR_QUANTILE_KNOTS) {
        int worst = 0;
        for (int i = 1; i + 1 < knot_count; i++)
            if (pieces[i].area > pieces[worst].area) worst = i;
        if (!pieces[worst].split || pieces[worst].area <= 0) break;
        for (int i = knot_count; i > worst + 1; i--) {
            knots[i] = knots[i - 1];
            pieces[i - 1] = pieces[i - 2];
        }
        knots[worst + 1] = pieces[worst].split;
        knot_count++;
        pieces[worst] = look(sorted, count, knots[worst], knots[worst + 1]);
        pieces[worst + 1] = look(sorted, count, knots[worst + 1], knots[worst + 2]);
    }
    *quantiles = (orr_length_quantiles){.knot_count = knot_count};
    for (int i = 0; i < knot_count; i++) {
        quantiles->p[i] = (double)knots[i] / P_UNITS;
        quantiles->tokens[i] = tokens_at(sorted, count, knots[i]);
    }
}
