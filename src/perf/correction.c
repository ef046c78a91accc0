#include "perf/correction.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* How many sizes lead a family's shape. */
static int leading_of(orr_kernel_family family)
{
    switch (family) {
    case ORR_KERNEL_PREFILL_ATTENTION: case ORR_KERNEL_PREFILL_MLA: case ORR_KERNEL_MLA_MODULE: return 3;
    case ORR_KERNEL_DECODE_ATTENTION: case ORR_KERNEL_DECODE_MLA: case ORR_KERNEL_STATE_SCAN: return 2;
    default: return 1;
    }
}

/* factor^share - 1: a kernel alone in a loop has its data and its launches at hand, so a step keeps a share of what its residual says. */
static double excess_of(double share, double factor) { return orr_exp(share * orr_log(factor)) - 1; }

static double excess_at(const orr_correction *correction, const double *leading_logs)
{
    return orr_max(excess_of(correction->share, orr_residual_slice_factor(&correction->slice, leading_logs)), correction->least_excess);
}

/* --- the grid --- */

/* log2 of x >= 1, straight between powers of two: cheap enough for every step. */
static double octaves(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (double)(int64_t)(bits >> 52) - 1023 + (double)(int64_t)(bits & 0xFFFFFFFFFFFFF) * 0x1p-52;
}

/* How far it reaches: bytes or rows to 2^31; 8,191 requests of 2,097,151 tokens; 15 chunks of 16,383 tokens after 2,097,151. */
static void set_points(orr_correction *correction)
{
    static const int points[ORR_MOST_LEADING][ORR_MOST_LEADING] = {{4 * 31 + 1, 0, 0}, {14, 22, 0}, {5, 15, 22}};
    correction->per_octave = correction->leading == 1 ? 4 : 1;
    for (int d = 0; d < correction->leading; d++) correction->points[d] = points[correction->leading - 1][d];
}

/* What factor a point of the grid has. */
static float point_factor(const orr_correction *correction, int index)
{
    double logs[ORR_MOST_LEADING];
    for (int d = correction->leading - 1; d >= 0; d--, index /= correction->points[d + 1]) {
        const int at = index % correction->points[d], whole = at / correction->per_octave, part = at % correction->per_octave;
        logs[d] = part == 0 ? whole : whole + orr_log2(1 + (double)part / correction->per_octave);
    }
    return (float)(1 + excess_at(correction, logs));
}

/* A point is found when it is first asked for, by whichever thread: all find the same. */
static double factor_at(const orr_correction *correction, int index)
{
    _Atomic float *kept = &correction->grid[index];
    float factor = atomic_load_explicit(kept, memory_order_relaxed);
    if (factor == 0) atomic_store_explicit(kept, factor = point_factor(correction, index), memory_order_relaxed);
    return (double)factor;
}

/* Straight between the corners of a cell, one size after the other: bit d of a corner says at which end of size d it is. */
static double read_grid(const orr_correction *correction, const double *leading)
{
    const int sizes = correction->leading;
    int offsets[1 << ORR_MOST_LEADING] = { 0 };
    double share[ORR_MOST_LEADING], values[1 << ORR_MOST_LEADING];
    for (int d = sizes - 1, stride = 1; d >= 0; stride *= correction->points[d--]) {
        const double x = orr_min(orr_max(octaves(1 + leading[d]) * correction->per_octave, 0), correction->points[d] - 1 - 1e-9);
        const int low = (int)x;
        share[d] = x - low;
        offsets[0] += low * stride;
        offsets[1 << d] = stride;
    }
    values[0] = factor_at(correction, offsets[0]);
    for (int d = 0; d < sizes; d++)
        for (int corner = 0; corner < 1 << d; corner++) {
            const int offset = offsets[1 << d] + (corner > 0 ? offsets[corner] : 0);
            offsets[corner | 1 << d] = offset;
            values[corner | 1 << d] = factor_at(correction, offsets[0] + offset);
        }
    for (int d = sizes - 1; d >= 0; d--)
        for (int corner = 0; corner < 1 << d; corner++) values[corner] += share[d] * (values[corner | 1 << d] - values[corner]);
    return values[0];
}

/* --- what is asked --- */

double orr_family_log_error(const orr_coefficients *c, orr_kernel_family family)
{
    switch (family) {
    case ORR_KERNEL_GEMM: return c->error_gemm;
    case ORR_KERNEL_PREFILL_ATTENTION: return c->error_prefill_attention;
    case ORR_KERNEL_DECODE_ATTENTION: return c->error_decode_attention;
    case ORR_KERNEL_PREFILL_MLA: return c->error_prefill_mla;
    case ORR_KERNEL_DECODE_MLA: case ORR_KERNEL_ABSORBED: return c->error_decode_mla;
    case ORR_KERNEL_MOE: return c->error_moe;
    case ORR_KERNEL_COLLECTIVE: return c->error_collective;
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE: return c->error_state;
    default: return c->error_other;
    }
}

static const orr_residual *find(const orr_corrections *corrections, const orr_kernel *kernel)
{
    char kind[ORR_KERNEL_KIND_BYTES];
    orr_kernel_kind(kernel, kind);
    const orr_residual *residual = orr_residual_of(corrections->kernels, kernel->family, kind);
    if (residual == NULL && kernel->family == ORR_KERNEL_COLLECTIVE) residual = orr_residual_of(corrections->collectives, kernel->family, kind);
    return residual;
}

orr_correction orr_correction_none(const orr_corrections *corrections, orr_kernel_family family)
{
    return (orr_correction){.family = family, .universal_error = orr_family_log_error(corrections->coefficients, family), .bounding = corrections->bounding, .altered = corrections->altered};
}

orr_correction orr_correction_prepare(const orr_corrections *corrections, const orr_kernel *kernel, orr_arena *arena)
{
    orr_correction correction = orr_correction_none(corrections, kernel->family);
    correction.residual = find(corrections, kernel);
    if (correction.residual == NULL) return correction;
    correction.share = kernel->family == ORR_KERNEL_GEMM ? corrections->coefficients->residual_share_gemm : corrections->coefficients->residual_share;
    correction.least_excess = excess_of(correction.share, correction.residual->least);
    const orr_kernel_shape shape = orr_kernel_shape_of(kernel);
    correction.leading = leading_of(kernel->family);
    for (int i = correction.leading; i < shape.dims; i++) correction.tail.logs[correction.tail.dims++] = shape.logs[i];
    set_points(&correction);
    if (correction.bounding) return correction;
    int count = 1;
    for (int d = 0; d < correction.leading; d++) count *= correction.points[d];
    correction.slice = orr_residual_slice_of(correction.residual, (size_t)correction.leading, correction.tail.logs, arena);
    correction.grid = ORR_NEW_ARRAY(arena, _Atomic float, count);
    return correction;
}

double orr_correction_excess(const orr_correction *correction, const double *leading)
{
    if (correction->residual == NULL) return 0;
    if (correction->bounding) return correction->least_excess;
    return orr_max(read_grid(correction, leading) - 1, correction->least_excess);
}

/* The stretch of a size around x, and the number of its first point. */
static orr_cell_side side_of(const orr_correction *correction, int d, double x, int *point)
{
    const double at = orr_min(octaves(1 + x) * correction->per_octave, correction->points[d] - 1);
    *point = (int)at;
    const int whole = *point / correction->per_octave, part = *point % correction->per_octave;
    const double power = (double)(INT64_C(1) << whole), width = power / correction->per_octave, low = power + part * width - 1;
    if (*point + 1 == correction->points[d]) return (orr_cell_side){.low = low, .high = HUGE_VAL};
    return (orr_cell_side){low, low + width, 1 / width};
}

orr_correction_cell orr_correction_cell_of(const orr_correction *correction, double count, double context)
{
    const orr_cell_side everywhere = {.high = HUGE_VAL};
    orr_correction_cell cell = {.count = everywhere, .context = everywhere, .factors = {{1, 1}, {1, 1}}, .least = correction->residual == NULL ? 0 : correction->least_excess};
    if (correction->residual == NULL) return cell;
    if (correction->bounding) {
        cell.factors[0][0] = cell.factors[0][1] = 0;        /* below the least, which it is then */
        cell.factors[1][0] = cell.factors[1][1] = 0;
        return cell;
    }
    int n = 0, k = 0;
    cell.count = side_of(correction, 0, count, &n);
    if (correction->leading > 1) cell.context = side_of(correction, 1, context, &k);
    const int stride = correction->leading > 1 ? correction->points[1] : 1;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) cell.factors[i][j] = factor_at(correction, (cell.count.inverse > 0 ? n + i : n) * stride + (cell.context.inverse > 0 ? k + j : k));
    return cell;
}

double orr_correction_log_error(const orr_correction *correction, const double *leading)
{
    if (correction->residual == NULL) return correction->universal_error;
    const double far = orr_max(correction->universal_error, correction->residual->error_ninety);
    if (correction->altered) return far;
    orr_kernel_shape shape = {.dims = correction->leading + correction->tail.dims};
    for (int i = 0; i < correction->leading; i++) shape.logs[i] = orr_log2(1 + leading[i]);
    for (int i = 0; i < correction->tail.dims; i++) shape.logs[correction->leading + i] = correction->tail.logs[i];
    double nearness = 0;
    orr_residual_factor(correction->residual, &shape, &nearness);
    return nearness * correction->residual->error_ninety + (1 - nearness) * far;
}
