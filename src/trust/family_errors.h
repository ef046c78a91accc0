/* How far off the universal model is on a chip that its fit has not seen: what predictions for such chips carry as their error. */
#ifndef ORR_TRUST_FAMILY_ERRORS_H
#define ORR_TRUST_FAMILY_ERRORS_H

#include "trust/kernel_calibrate.h"

/* Of one coefficient of the `error` section: the kernels it stands for, left out chip by chip; shares of them within +- the median and the 90th percentile that the other chips' errors give. */
typedef struct orr_family_error { orr_fit_field field; size_t rows, chips; double median, ninety, covered_half, covered_ninety; } orr_family_error;

enum { ORR_MAX_FAMILY_ERRORS = 16 };
/* Refits without each chip of the tables in turn and judges on it; sets the `error` section of `coefficients` to the 90th percentiles over all left-out chips. Returns how many families there were. */
size_t orr_family_errors_calibrate(const orr_kernel_tables *tables, const orr_calibrate_options *options, orr_workers *workers, orr_coefficients *coefficients, orr_family_error *errors);

#endif
