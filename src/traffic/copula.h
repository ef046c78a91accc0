/* A Gaussian copula: two uniform numbers with a given rank correlation.
 *
 * z2 = r z1 + sqrt(1 - r^2) e with z1, e standard normal, and u = Phi(z). Spearman's correlation s of such a pair is (6 / pi) asin(r / 2), so
 * r = 2 sin(pi s / 6) (Pearson 1907). The first number is handed in, so that its law stays exact. Tables replace Phi and its inverse:
 * linear between 1025 points, exact in the outer 1/256 at each end; the error of u is below 3e-5. */
#ifndef ORR_TRAFFIC_COPULA_H
#define ORR_TRAFFIC_COPULA_H

#include "traffic/chance.h"

enum { ORR_COPULA_CELLS = 1024, ORR_COPULA_OUTER_CELLS = 4, ORR_COPULA_SPAN = 8 };

typedef struct orr_copula {
    double weight, rest;                            /* r and sqrt(1 - r^2) */
    double quantiles[ORR_COPULA_CELLS + 1];         /* of the normal law at k / 1024 */
    double cumulative[ORR_COPULA_CELLS + 1];        /* from -SPAN to SPAN */
} orr_copula;

void orr_copula_prepare(orr_copula *copula, double rank_correlation);       /* in [-1, 1] */
/* The partner in [0, 1) of u in [0, 1). */
double orr_copula_partner(const orr_copula *copula, double u, orr_chance *chance);

#endif
