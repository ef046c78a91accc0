/* A residual correction around some count of decoding requests and some mean context: a cell of its grid, kept from step to step, since most steps stay in it. */
#ifndef ORR_PERF_CORRECTION_CELL_H
#define ORR_PERF_CORRECTION_CELL_H

#include <stdbool.h>

/* One size's stretch between two points of the grid: from low up to high; inverse: 1 / width, 0 where the grid ends or doesn't hang on the size. */
typedef struct orr_cell_side { double low, high, inverse; } orr_cell_side;
typedef struct orr_correction_cell { orr_cell_side count, context; double factors[2][2], least; } orr_correction_cell;       /* factors[at high count][at high context] */

static inline bool orr_correction_cell_holds(const orr_correction_cell *cell, double count, double context)
{
    return cell->count.low <= count && count < cell->count.high && cell->context.low <= context && context < cell->context.high;
}

/* factor - 1 there: straight between the points. */
static inline double orr_correction_cell_excess(const orr_correction_cell *cell, double count, double context)
{
    const double u = (count - cell->count.low) * cell->count.inverse, v = (context - cell->context.low) * cell->context.inverse;
    const double at_low = cell->factors[0][0] + v * (cell->factors[0][1] - cell->factors[0][0]), at_high = cell->factors[1][0] + v * (cell->factors[1][1] - cell->factors[1][0]);
    const double excess = at_low + u * (at_high - at_low) - 1;
    return excess > cell->least ? excess : cell->least;
}

#endif
