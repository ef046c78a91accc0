/* Residual corrections inside a step: which operator has which, and its factor at the sizes that vary from step to step.
 *
 * A correction holds a residual and the sizes that the system fixes; the sizes that lead a kernel's shape (rows; requests and contexts) come with each evaluation. Invariants: 1. no residual: 0,
 * exactly; 2. in a bounding preparation every factor is the residual's least, so that time keeps its order in tokens and contexts, and no real factor is below it, not by a rounding; 3. an altered chip is
 * never surer than the measured one; 4. a factor is read from a grid (factor_grid.h), so that an iteration stays O(1) and a preparation costs no more than without
 * residuals. */
#ifndef ORR_PERF_CORRECTION_H
#define ORR_PERF_CORRECTION_H

#include "perf/factor_grid.h"
#include "perf/kernel.h"

typedef struct orr_correction {
    const orr_residual *residual;           /* NULL: none */
    orr_kernel_family family;
    double share;                           /* of the residual that a step keeps */
    double universal_error;                 /* |log error| that nine of ten keep without the residual */
    double least_excess;                    /* what no factor - 1 is below */
    bool bounding, altered;
    int leading;                            /* how many sizes come before those of the tail */
    orr_kernel_shape tail;                  /* the sizes after the leading ones */
    const orr_factor_grid *grid;            /* in no bounding preparation */
} orr_correction;

/* The sets of a system: of its engine's kernels, and of the library that its collectives fall back to. */
typedef struct orr_corrections {
    const orr_residuals *kernels, *collectives;
    const orr_coefficients *coefficients;
    bool bounding;
    bool altered;                           /* the chip is not quite the measured one: what residuals say carries over, how sure they are does not */
} orr_corrections;

/* |log error| of a family on chips that were not measured. */
double orr_family_log_error(const orr_coefficients *coefficients, orr_kernel_family family);
/* What no kernel was measured of: no factor, and the family's error. */
orr_correction orr_correction_none(const orr_corrections *corrections, orr_kernel_family family);
/* `kernel` has the sizes that the system fixes; those that lead its shape are ignored. */
orr_correction orr_correction_prepare(const orr_corrections *corrections, const orr_kernel *kernel, orr_arena *arena);
/* factor - 1 at the leading sizes: rows or bytes; requests and context; requests, new tokens and context (scan of a state: requests and new tokens; its update: requests). */
double orr_correction_excess(const orr_correction *correction, const double *leading);
/* The same of decoding requests, for all counts and mean contexts around these: what a step costs is O(1) without it, and less with one that is kept. */
orr_correction_cell orr_correction_cell_of(const orr_correction *correction, double count, double context);
/* |log(real / predicted)| that nine kernels of ten keep at those sizes: the residual's among measured kernels, the family's on chips left out of the fit far from them. */
double orr_correction_log_error(const orr_correction *correction, const double *leading);

#endif
