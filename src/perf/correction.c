#include "perf/correction.h"

#include <math.h>

/* How many sizes lead a family's shape. */
static int leading_of(orr_kernel_family family)
{
    switch (family) {
    case ORR_KERNEL_PREFILL_ATTENTION: case ORR_KERNEL_PREFILL_MLA: case ORR_KERNEL_MLA_MODULE: return 3;
    case ORR_KERNEL_DECODE_ATTENTION: case ORR_KERNEL_DECODE_MLA: case ORR_KERNEL_STATE_SCAN: return 2;
    default: return 1;
    }
}

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
    correction.least_excess = orr_factor_excess(correction.share, correction.residual->least);
    const orr_kernel_shape shape = orr_kernel_shape_of(kernel);
    correction.leading = leading_of(kernel->family);
    for (int i = correction.leading; i < shape.dims; i++) correction.tail.logs[correction.tail.dims++] = shape.logs[i];
    if (!correction.bounding) correction.grid = orr_factor_grid_of(correction.residual, correction.leading, &correction.tail, correction.share, correction.least_excess, arena);
    return correction;
}

double orr_correction_excess(const orr_correction *correction, const double *leading)
{
    if (correction->residual == NULL) return 0;
    if (correction->bounding) return correction->least_excess;
    return orr_max(orr_factor_grid_read(correction->grid, leading) - 1, correction->least_excess);
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
    orr_factor_grid_cell(correction->grid, count, context, &cell);
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
