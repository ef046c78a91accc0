/* Conformal calibration of run intervals (drive/interval.h): quantiles of measured servers' normalised residuals, and how many left-out servers they cover. */
#ifndef ORR_TRUST_INTERVAL_FIT_H
#define ORR_TRUST_INTERVAL_FIT_H

#include "trust/case_run.h"
#include "trust/coefficient_fit.h"

/* Of one figure: rows with the quantity, the quantiles (a little beyond 5, 25, 75, 95 %) of log(measured / predicted) / scale over all of them, and the shares of rows that lie within intervals made without their own
 * (model, engine, chip): held out group by group. */
typedef struct orr_interval_fit { size_t rows, groups; double quantiles[4], covered_half, covered_ninety, median_width; /* of the 90 % interval: high / low */ } orr_interval_fit;

/* Fits every figure to cases and their outcomes; `skip` (may be NULL) marks cases that are set aside. A figure with fewer than 40 rows keeps what it has (rows say so). */
void orr_intervals_fit(const orr_cases *cases, const orr_case_outcome *outcomes, const char *const *skip, orr_arena *arena, orr_interval_fit fits[ORR_INTERVAL_COUNT_]);

/* Runs the cases of a folder and fits; writes the quantiles into `coefficients` and their fields (at most 20) into `fields`. False with diagnostics when the folder can't be read. */
bool orr_intervals_calibrate(const char *folder, orr_workers *workers, orr_coefficients *coefficients, orr_fit_field *fields, size_t *field_count, orr_interval_fit fits[ORR_INTERVAL_COUNT_], orr_diags *diags);

#endif
