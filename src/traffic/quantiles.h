/* Lengths from quantiles: a quantile function by knots, and a fine table of it that is sampled in a few ns. */
#ifndef ORR_TRAFFIC_QUANTILES_H
#define ORR_TRAFFIC_QUANTILES_H

#include <stdint.h>
#include "spec/traffic.h"

/* Tokens at p in [0, 1]: linear in log tokens between knots (so two knots make a log-uniform law). */
double orr_length_quantile(const orr_length_quantiles *quantiles, double p);

enum { ORR_QUANTILE_CELLS = 4096 };     /* p99 has 41 cells above it; the table is 32 KiB */

/* The quantile function at p = k / 4096, linear between. Jumps of the knots' function narrower than a cell are smoothed over that cell. */
typedef struct orr_quantile_table { double edges[ORR_QUANTILE_CELLS + 1]; } orr_quantile_table;

void orr_quantile_table_fill(orr_quantile_table *table, const orr_length_quantiles *quantiles);
/* Of the table's law, before rounding to whole tokens. */
double orr_quantile_table_mean(const orr_quantile_table *table);

/* Whole tokens, at least 1, for u in [0, 1). */
static inline int64_t orr_quantile_table_at(const orr_quantile_table *table, double u)
{
    const double x = u * ORR_QUANTILE_CELLS;
    const int cell = (int)x;
    const double lower = table->edges[cell], upper = table->edges[cell + 1];
    const int64_t tokens = (int64_t)(lower + (upper - lower) * (x - cell) + 0.5);
    return tokens > 1 ? tokens : 1;
}

#endif
