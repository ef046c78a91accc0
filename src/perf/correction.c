#include "perf/correction.h"

#include <string.h>

/* How many sizes lead a family's shape. */
static int leading_of(orr_kernel_family family)
{
    switch (family) {
    case ORR_KERNEL_PREFILL_ATTENTION: case ORR_KERNEL_PREFILL_MLA: case ORR_KERNEL_MLA_MODULE: return 3;
    case ORR_KERNEL_DECODE_ATTENTION: case ORR_KERNEL_DECODE_MLA: case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE: return 2;
    default: return 1;
    }
}

/* factor^share - 1: a kernel alone in a loop has its data and its launches at hand, so a step keeps a share of what its residual says. */
static double excess_of(double share, double factor) { return orr_exp(share * orr_log(factor)) - 1; }

static double excess_at(const orr_correction *correction, const double *leading_logs, int count)
{
    const orr_kernel_shape *tail = &correction->tail;
    orr_kernel_shape shape = {.dims = count + tail->dims};
    for (int i = 0; i < count; i++) shape.logs[i] = leading_logs[i];
    for (int i = 0; i < tail->dims; i++) shape.logs[count + i] = tail->logs[i];
    return orr_max(excess_of(correction->share, orr_residual_factor(correction->residual, &shape, NULL)), correction->least_excess);
}

/* At an octave of count and one of context; as a grid holds it. */
static float octave_excess(const orr_correction *correction, int count, int context) { return (float)excess_at(correction, (double[]){count, context}, 2); }

static const float (*make_grid(const orr_correction *correction, orr_arena *arena))[ORR_GRID_CONTEXTS]
{
    float (*grid)[ORR_GRID_CONTEXTS] = orr_arena_alloc(arena, sizeof(float[ORR_GRID_COUNTS][ORR_GRID_CONTEXTS]));
    for (int i = 0; i < ORR_GRID_COUNTS; i++)
        for (int k = 0; k < ORR_GRID_CONTEXTS; k++) grid[i][k] = octave_excess(correction, i, k);
    return (const float (*)[ORR_GRID_CONTEXTS])grid;
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
    correction.least_excess = excess_of(correction.share, correction.residual->least);
    const orr_kernel_shape shape = orr_kernel_shape_of(kernel);
    correction.leading = leading_of(kernel->family);
    for (int i = correction.leading; i < shape.dims; i++) correction.tail.logs[correction.tail.dims++] = shape.logs[i];
    const bool decodes = kernel->family == ORR_KERNEL_DECODE_ATTENTION || kernel->family == ORR_KERNEL_DECODE_MLA;
    correction.by_octaves = decodes && !correction.bounding;
    if (correction.by_octaves && !corrections->few) correction.grid = make_grid(&correction, arena);
    return correction;
}

double orr_correction_excess(const orr_correction *correction, const double *leading)
{
    if (correction->residual == NULL) return 0;
    if (correction->bounding) return correction->least_excess;
    double logs[ORR_KERNEL_DIMS];
    for (int i = 0; i < correction->leading; i++) logs[i] = orr_log2(1 + leading[i]);
    return excess_at(correction, logs, correction->leading);
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

static double clamped(double x, double most) { return orr_min(orr_max(x, 0), most - 1e-9); }

/* log2 of x >= 1, straight between powers of two: exact where the grid has its points, and cheap enough for every step. */
static double octaves(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (double)(int64_t)(bits >> 52) - 1023 + (double)(int64_t)(bits & 0xFFFFFFFFFFFFF) * 0x1p-52;
}

double orr_correction_decode_excess(const orr_correction *correction, double count, double mean_context)
{
    if (!correction->by_octaves) return orr_correction_excess(correction, (double[]){count, mean_context});
    const double x = clamped(octaves(1 + count), ORR_GRID_COUNTS - 1), y = clamped(octaves(1 + mean_context), ORR_GRID_CONTEXTS - 1);
    const int i = (int)x, k = (int)y;
    const double u = x - i, v = y - k;
    double at[2][2];
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) at[a][b] = (double)(correction->grid != NULL ? correction->grid[i + a][k + b] : octave_excess(correction, i + a, k + b));
    const double excess = (1 - u) * ((1 - v) * at[0][0] + v * at[0][1]) + u * ((1 - v) * at[1][0] + v * at[1][1]);
    return orr_max(excess, correction->least_excess);
}
