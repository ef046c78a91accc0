/* Residual corrections: what a chip's and an engine's measured kernels differ from the universal model by, smooth in log shape, within what was measured.
 *
 *   factor(x) = exp(fade(s) (bias + sum_j w_j phi(|x - c_j| / width))),   phi(d) = (1 - d)^4 (4 d + 1) for d < 1, else 0 (Wendland's C2 function)
 *   x: logarithms of a kernel's sizes, each over its spread; s: phi of the nearest centre; fade: 0 at s <= 0.05, 1 from s = 0.4: nothing is said far from what was measured
 * clamped to [least, most] of the rows it was fitted to, 1 among them. One residual a (chip, engine, family, kind of kernel): data/residuals/CHIP--ENGINE.yaml, written by `orrery calibrate`.
 *
 * Invariants: 1. without a residual the factor is exactly 1; 2. least <= factor <= most, least <= 1 <= most; 3. a set, once found, is the same one for as long as the process, whatever the threads. */
#ifndef ORR_PERF_RESIDUAL_H
#define ORR_PERF_RESIDUAL_H

#include "perf/kernel_shape.h"

/* Wendland's C2 function of a distance over the width: 1 at 0, smooth, 0 from 1 on. */
static inline double orr_wendland(double r)
{
    if (r >= 1) return 0;
    const double near = 1 - r, near2 = near * near;
    return near2 * near2 * (4 * r + 1);
}

/* The embedded set of a chip and an engine's kernels, by their names in the catalogue; NULL when there is none. A broken one is a bug: it was written by us. */
const orr_residuals *orr_residuals_find(const char *chip, const char *engine);
/* NULL when the set (NULL: none) has nothing for such kernels. */
const orr_residual *orr_residual_of(const orr_residuals *set, orr_kernel_family family, const char *kind);

/* A residual with the sizes of a shape's tail fixed: the centres that come within reach of it, by their leading sizes. The same factor, from fewer of them. */
typedef struct orr_residual_slice {
    const orr_residual *residual;
    size_t leading, count;
    const float *centers;                       /* count x leading */
    const double *tail_squares, *weights;       /* squared distance from the tail; weight */
} orr_residual_slice;
orr_residual_slice orr_residual_slice_of(const orr_residual *residual, size_t leading, const double *tail_logs, orr_arena *arena);
double orr_residual_slice_factor(const orr_residual_slice *slice, const double *leading_logs);

/* The factor on the model's time, and how near measured kernels are: 0 none, 1 among them (NULL: not asked). residual NULL: 1, 0. */
double orr_residual_factor(const orr_residual *residual, const orr_kernel_shape *shape, double *nearness);

#endif
