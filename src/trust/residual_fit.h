/* Fitting residual corrections (perf/residual.h) to measured kernels: one for each (table, kind), judged on rows left out. */
#ifndef ORR_TRUST_RESIDUAL_FIT_H
#define ORR_TRUST_RESIDUAL_FIT_H

#include "base/workers.h"
#include "perf/residual.h"
#include "trust/coefficient_fit.h"
#include "trust/kernel_errors.h"

/* Errors, as logarithms of predicted over measured, of rows that their own fit has not seen (five folds). */
typedef struct orr_fitted_residual {
    const orr_kernel_table *table;
    orr_residual residual;
    size_t row_count;
    const orr_kernel_row *const *rows;      /* in the order of `held_out` */
    const double *held_out;
} orr_fitted_residual;

/* All (table, kind) groups that have enough rows, in the order of tables and kinds. */
size_t orr_residuals_fit(const orr_kernel_tables *tables, const orr_coefficients *coefficients, orr_workers *workers, orr_arena *arena, orr_fitted_residual **fitted);

/* The YAML of one chip and engine: those of `fitted` that are theirs. False when there are none. source: whose tables (NULL: not told; catalogue: those that the catalogue's come from; a last word that is an address is kept as one). */
bool orr_residuals_write(const orr_fitted_residual *fitted, size_t count, const char *chip, const char *engine, const char *source, orr_text *out);

#endif
