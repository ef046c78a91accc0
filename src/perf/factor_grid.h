/* The factors of a residual at one tail of a kernel's sizes, on a grid over the octaves of the sizes that lead it (quarters of them where one leads): each point is found when it is first asked for, by whichever thread, and all find the same.
 *
 * A grid follows from the residual, the tail and the share of it that a step keeps, and from nothing of the system else: those of embedded residuals are kept as long as the process, and whoever prepares the next system finds them filled. */
#ifndef ORR_PERF_FACTOR_GRID_H
#define ORR_PERF_FACTOR_GRID_H

#include <stdatomic.h>
#include "perf/correction_cell.h"
#include "perf/residual.h"

enum { ORR_MOST_LEADING = 3 };

typedef struct orr_factor_grid {
    const orr_residual *residual;
    int leading;                            /* how many sizes come before those of the tail */
    orr_kernel_shape tail;                  /* the sizes after the leading ones */
    double share;                           /* of the residual that a step keeps: factor^share */
    double least_excess;                    /* what no factor - 1 is below */
    int per_octave, points[ORR_MOST_LEADING];   /* in each leading size */
    orr_residual_slice slice;               /* of the residual, at that tail */
    _Atomic float *factors;                 /* at the points, the last size fastest; 0: not asked for yet */
    struct orr_factor_grid *older;          /* of the same residual, kept before this one */
    size_t number;                          /* of those that are kept */
    orr_arena *arena;                       /* that a kept one lives in: found from what is kept, so that it is not taken for lost */
} orr_factor_grid;

/* factor^share - 1: a kernel alone in a loop has its data and its launches at hand, so a step keeps a share of what its residual says. */
double orr_factor_excess(double share, double factor);

/* One of that residual, kept where it is embedded and there are not too many, else in `arena`. */
const orr_factor_grid *orr_factor_grid_of(const orr_residual *residual, int leading, const orr_kernel_shape *tail, double share, double least_excess, orr_arena *arena);
/* Straight between the corners of a cell, one size after the other. */
double orr_factor_grid_read(const orr_factor_grid *grid, const double *leading);
/* The cell around decoding requests of so many tokens of mean context. */
void orr_factor_grid_cell(const orr_factor_grid *grid, double count, double context, orr_correction_cell *cell);

#endif
