/* Knots of a quantile function from a sample: few, where they matter. */
#ifndef ORR_TRAFFIC_FIT_QUANTILES_H
#define ORR_TRAFFIC_FIT_QUANTILES_H

#include <stddef.h>
#include "spec/traffic.h"

/* Begins with the knots that people ask for (0, 1, 10, 50, 90, 99 %, ...) and splits, again and again, the piece whose area between the sample's quantile function and
 * the line of the knots is largest, at its farthest point, until ORR_QUANTILE_KNOTS are there or nothing is left to gain. Area counts in tokens, so the long tail gets most of
 * the knots and the mean is kept. p are multiples of 1e-5, tokens of 0.1. `sorted` is ascending, count >= 1, values >= 1. */
void orr_quantiles_fit(const double *sorted, size_t count, orr_length_quantiles *quantiles);

#endif
