/* Level lines of a function that is known on a grid: marching squares.
 *
 * A line crosses an edge of the grid where the straight line between the edge's two values takes the level:
 *     t = (level - f_low) / (f_high - f_low),   u = u_low + t (u_high - u_low)
 * u, v and f in whatever scale they are given: for axes and values that go by factors give logarithms. Exact for planes, elsewhere wrong by the square of the spacing times the curvature. Where all four edges of a square are crossed (a saddle), the
 * mean of its corners decides which corners are joined. Squares with a corner of no value (NaN) have no line, so that lines end there.
 *
 * Invariants: 1. every vertex lies on an edge of the grid, and a line goes from square to neighbouring square; 2. lines are in the order of their first edge, open ones before closed: same values, same lines. */
#ifndef ORR_BASE_CONTOUR_H
#define ORR_BASE_CONTOUR_H

#include <stdbool.h>
#include <stddef.h>
#include "base/mem.h"

/* values[row * columns + column], at (u[column], v[row]); u and v rise. */
typedef struct orr_contour_grid { size_t columns, rows; const double *u, *v, *values; } orr_contour_grid;

/* Between the nodes `low` and `high` of the grid (indices of values), at the share t of the way: any other field of the grid has f[low] + t (f[high] - f[low]) there. */
typedef struct orr_contour_vertex { double u, v, t; size_t low, high; } orr_contour_vertex;
typedef struct orr_contour_line { const orr_contour_vertex *vertices; size_t count; bool closed; } orr_contour_line;    /* closed: the last vertex is joined to the first, which is not repeated */

/* In `arena`; *count of them. */
const orr_contour_line *orr_contour_trace(const orr_contour_grid *grid, double level, orr_arena *arena, size_t *count);

/* Round levels inside (low, high), rising, eight at most: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 of each decade or fewer where high is three times low or more, else in even steps. How many; none where low is not below high. */
enum { ORR_CONTOUR_LEVELS_MOST = 8 };
size_t orr_contour_levels(double low, double high, double levels[ORR_CONTOUR_LEVELS_MOST]);

#endif
