#include "traffic/quantiles.h"

#include "base/math.h"

/* Between knots k and k + 1; `log_ratio` is ln (tokens of k + 1 / tokens of k). */
static double between(const orr_length_quantiles *q, int k, double log_ratio, double p)
{
    const double lower = q->tokens[k], upper = q->tokens[k + 1];
    if (p >= q->p[k + 1]) return upper;
    if (p <= q->p[k] || lower == upper) return lower;
    return orr_min(upper, lower * orr_exp(log_ratio * (p - q->p[k]) / (q->p[k + 1] - q->p[k])));
}

static double log_ratio_of(const orr_length_quantiles *q, int k) { return orr_log(q->tokens[k + 1] / q->tokens[k]); }

double orr_length_quantile(const orr_length_quantiles *quantiles, double p)
{
    int k = 0;
    while (k + 2 < quantiles->knot_count && p >= quantiles->p[k + 1]) k++;
    return between(quantiles, k, log_ratio_of(quantiles, k), p);
}

void orr_quantile_table_fill(orr_quantile_table *table, const orr_length_quantiles *quantiles)
{
    int k = 0;
    double log_ratio = log_ratio_of(quantiles, 0);
    for (int cell = 0; cell <= ORR_QUANTILE_CELLS; cell++) {
        const double p = (double)cell / ORR_QUANTILE_CELLS;
        while (k + 2 < quantiles->knot_count && p >= quantiles->p[k + 1]) log_ratio = log_ratio_of(quantiles, ++k);
        table->edges[cell] = between(quantiles, k, log_ratio, p);
    }
}

double orr_quantile_table_mean(const orr_quantile_table *table)
{
    double sum = (table->edges[0] + table->edges[ORR_QUANTILE_CELLS]) / 2;
    for (int cell = 1; cell < ORR_QUANTILE_CELLS; cell++) sum += table->edges[cell];
    return sum / ORR_QUANTILE_CELLS;
}
