/* A set of residual corrections as a file gives it: data/residuals/CHIP--ENGINE.yaml, or a user's own (`engine: {kernels: ./CHIP--ENGINE.yaml}`). perf/residual.h says what they mean.
 *
 * Invariant: what was read stays finite and in bounds however it is evaluated; every fault is told at its place. */
#ifndef ORR_SPEC_RESIDUAL_SET_H
#define ORR_SPEC_RESIDUAL_SET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"
#include "base/tree.h"

/* Families of kernels, as measured tables and residuals tell them apart. */
typedef enum {
    ORR_KERNEL_GEMM,
    ORR_KERNEL_PREFILL_ATTENTION, ORR_KERNEL_DECODE_ATTENTION,
    ORR_KERNEL_PREFILL_MLA, ORR_KERNEL_DECODE_MLA,
    ORR_KERNEL_ABSORBED,            /* one of the absorbed products of latent attention */
    ORR_KERNEL_MLA_MODULE,          /* latent attention with its projections */
    ORR_KERNEL_MOE,
    ORR_KERNEL_COLLECTIVE, ORR_KERNEL_DISPATCH,
    ORR_KERNEL_STATE_SCAN, ORR_KERNEL_STATE_UPDATE,
    ORR_KERNEL_FAMILY_COUNT_
} orr_kernel_family;
const char *orr_kernel_family_name(orr_kernel_family family);       /* "gemm", "prefill_attention", ... */

enum { ORR_KERNEL_DIMS = 8 };       /* sizes of a kernel, at most */

struct orr_factor_grid;

typedef struct orr_residual {
    orr_kernel_family family;
    const char *kind;
    size_t dims, count;
    double inverse_spread[ORR_KERNEL_DIMS];     /* of each logarithm */
    double inverse_width, bias, least, most;
    double error_half, error_ninety;            /* |log error| of rows left out of the fit: median, 90th percentile */
    double host_floor_ns;                       /* what launching took where the benchmark waited for the host; 0: it did not. No part of the factor: a captured graph has no such floor */
    _Atomic(struct orr_factor_grid *) *grids;   /* of an embedded one, what is kept of it (perf/factor_grid.h); NULL: nothing is */
    const float *centers;                       /* count x dims, over the spread */
    const double *weights;
} orr_residual;

typedef struct orr_residuals { const char *chip, *engine; const orr_residual *items; size_t count; } orr_residuals;

/* Reads one; NULL with diagnostics, each at its place. Every number must be one that evaluation stays finite and within invariant 2 with. */
orr_residuals *orr_residuals_read(const orr_node *tree, orr_arena *arena, orr_diags *diags);

#endif
