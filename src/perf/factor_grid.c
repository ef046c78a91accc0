#include "perf/factor_grid.h"

#include <math.h>
#include <string.h>

double orr_factor_excess(double share, double factor) { return orr_exp(share * orr_log(factor)) - 1; }

static double excess_at(const orr_factor_grid *grid, const double *leading_logs)
{
    return orr_max(orr_factor_excess(grid->share, orr_residual_slice_factor(&grid->slice, leading_logs)), grid->least_excess);
}

/* log2 of x >= 1, straight between powers of two: cheap enough for every step. */
static double octaves(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (double)(int64_t)(bits >> 52) - 1023 + (double)(int64_t)(bits & 0xFFFFFFFFFFFFF) * 0x1p-52;
}

/* How far it reaches: bytes or rows to 2^31; 8,191 requests of 2,097,151 tokens; 15 chunks of 16,383 tokens after 2,097,151. */
static void set_points(orr_factor_grid *grid)
{
    static const int points[ORR_MOST_LEADING][ORR_MOST_LEADING] = {{4 * 31 + 1, 0, 0}, {14, 22, 0}, {5, 15, 22}};
    grid->per_octave = grid->leading == 1 ? 4 : 1;
    for (int d = 0; d < grid->leading; d++) grid->points[d] = points[grid->leading - 1][d];
}

/* What factor a point of the grid has. */
static float point_factor(const orr_factor_grid *grid, int index)
{
    double logs[ORR_MOST_LEADING];
    for (int d = grid->leading - 1; d >= 0; d--, index /= grid->points[d + 1]) {
        const int at = index % grid->points[d], whole = at / grid->per_octave, part = at % grid->per_octave;
        logs[d] = part == 0 ? whole : whole + orr_log2(1 + (double)part / grid->per_octave);
    }
    return (float)(1 + excess_at(grid, logs));
}

/* A point is found when it is first asked for, by whichever thread: all find the same. */
static double factor_at(const orr_factor_grid *grid, int index)
{
    _Atomic float *kept = &grid->factors[index];
    float factor = atomic_load_explicit(kept, memory_order_relaxed);
    if (factor == 0) atomic_store_explicit(kept, factor = point_factor(grid, index), memory_order_relaxed);
    return (double)factor;
}

/* Bit d of a corner says at which end of size d it is. */
double orr_factor_grid_read(const orr_factor_grid *grid, const double *leading)
{
    const int sizes = grid->leading;
    int offsets[1 << ORR_MOST_LEADING] = { 0 };
    double share[ORR_MOST_LEADING], values[1 << ORR_MOST_LEADING];
    for (int d = sizes - 1, stride = 1; d >= 0; stride *= grid->points[d--]) {
        const double x = orr_min(orr_max(octaves(1 + leading[d]) * grid->per_octave, 0), grid->points[d] - 1 - 1e-9);
        const int low = (int)x;
        share[d] = x - low;
        offsets[0] += low * stride;
        offsets[1 << d] = stride;
    }
    values[0] = factor_at(grid, offsets[0]);
    for (int d = 0; d < sizes; d++)
        for (int corner = 0; corner < 1 << d; corner++) {
            const int offset = offsets[1 << d] + (corner > 0 ? offsets[corner] : 0);
            offsets[corner | 1 << d] = offset;
            values[corner | 1 << d] = factor_at(grid, offsets[0] + offset);
        }
    for (int d = sizes - 1; d >= 0; d--)
        for (int corner = 0; corner < 1 << d; corner++) values[corner] += share[d] * (values[corner | 1 << d] - values[corner]);
    return values[0];
}

/* The stretch of a size around x, and the number of its first point. */
static orr_cell_side side_of(const orr_factor_grid *grid, int d, double x, int *point)
{
    const double at = orr_min(octaves(1 + x) * grid->per_octave, grid->points[d] - 1);
    *point = (int)at;
    const int whole = *point / grid->per_octave, part = *point % grid->per_octave;
    const double power = (double)(INT64_C(1) << whole), width = power / grid->per_octave, low = power + part * width - 1;
    if (*point + 1 == grid->points[d]) return (orr_cell_side){.low = low, .high = HUGE_VAL};
    return (orr_cell_side){low, low + width, 1 / width};
}

void orr_factor_grid_cell(const orr_factor_grid *grid, double count, double context, orr_correction_cell *cell)
{
    int n = 0, k = 0;
    cell->count = side_of(grid, 0, count, &n);
    if (grid->leading > 1) cell->context = side_of(grid, 1, context, &k);
    const int stride = grid->leading > 1 ? grid->points[1] : 1;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) cell->factors[i][j] = factor_at(grid, (cell->count.inverse > 0 ? n + i : n) * stride + (cell->context.inverse > 0 ? k + j : k));
}

/* --- which are kept --- */

enum { MOST_KEPT = 4096 };      /* of a residual: some kilobytes each */

static orr_factor_grid *make(const orr_residual *residual, int leading, const orr_kernel_shape *tail, double share, double least_excess, orr_arena *arena)
{
    orr_factor_grid *grid = ORR_NEW(arena, orr_factor_grid);
    *grid = (orr_factor_grid){.residual = residual, .leading = leading, .tail = *tail, .share = share, .least_excess = least_excess};
    set_points(grid);
    int count = 1;
    for (int d = 0; d < leading; d++) count *= grid->points[d];
    grid->slice = orr_residual_slice_of(residual, (size_t)leading, tail->logs, arena);
    grid->factors = ORR_NEW_ARRAY(arena, _Atomic float, count);
    return grid;
}

static bool is_of(const orr_factor_grid *grid, int leading, const orr_kernel_shape *tail, double share)
{
    bool same = grid->leading == leading && grid->tail.dims == tail->dims && !(grid->share < share) && !(grid->share > share);
    for (int i = 0; same && i < tail->dims; i++) same = !(grid->tail.logs[i] < tail->logs[i]) && !(grid->tail.logs[i] > tail->logs[i]);
    return same;
}

/* Newest first, never taken out: what is found once may be read as long as the process. Two threads that find nothing keep one each; both say the same. */
const orr_factor_grid *orr_factor_grid_of(const orr_residual *residual, int leading, const orr_kernel_shape *tail, double share, double least_excess, orr_arena *arena)
{
    if (residual->grids == NULL) return make(residual, leading, tail, share, least_excess, arena);
    orr_factor_grid *newest = atomic_load_explicit(residual->grids, memory_order_acquire);
    for (const orr_factor_grid *grid = newest; grid != NULL; grid = grid->older) if (is_of(grid, leading, tail, share)) return grid;
    if (newest != NULL && newest->number >= MOST_KEPT) return make(residual, leading, tail, share, least_excess, arena);
    orr_arena *own = orr_arena_create();
    orr_factor_grid *fresh = make(residual, leading, tail, share, least_excess, own);
    fresh->arena = own;
    do {
        fresh->older = newest;
        fresh->number = newest != NULL ? newest->number + 1 : 1;
    } while (!atomic_compare_exchange_weak_explicit(residual->grids, &newest, fresh, memory_order_acq_rel, memory_order_acquire));
    return fresh;
}
