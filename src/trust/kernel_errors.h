/* What the model says of measured kernels, and how far off it is. */
#ifndef ORR_TRUST_KERNEL_ERRORS_H
#define ORR_TRUST_KERNEL_ERRORS_H

#include <stdint.h>
#include "base/workers.h"
#include "perf/coefficients.h"
#include "perf/residual.h"
#include "trust/kernel_table.h"

/* A row of a table, to be predicted. */
typedef struct orr_kernel_sample { const orr_kernel_table *table; const orr_kernel_row *row; } orr_kernel_sample;

/* Bits of families. */
typedef uint32_t orr_family_set;
#define ORR_FAMILY_BIT(family) ((orr_family_set)1 << (family))

/* All rows of the tables that are of these families, at most `limit` a table (0: all), spread evenly over it. In the arena. */
size_t orr_kernel_samples(const orr_kernel_tables *tables, orr_family_set families, size_t limit, orr_arena *arena, orr_kernel_sample **samples);

/* GIVEN: the coefficients as they are; ENGINE: with what the table's engine does otherwise (its overlay) put in place; DEVICE: that, without the pace of a host that launches each
 * kernel alone: what a residual corrects; CALIBRATED: that, and the embedded residuals of chip and engine, with the host's pace that each saw. */
typedef enum { ORR_PREDICT_GIVEN, ORR_PREDICT_ENGINE, ORR_PREDICT_DEVICE, ORR_PREDICT_CALIBRATED } orr_prediction_mode;

/* predicted_ns[i] and, where not NULL, power_w[i] (idle power included) of samples[i]; NaN where the chip can't run it. Same bytes for any number of threads. */
void orr_kernel_predict(const orr_kernel_sample *samples, size_t count, const orr_coefficients *coefficients, orr_prediction_mode mode, orr_workers *workers, double *predicted_ns, double *power_w);

/* The same row for ever in the same fold of `folds`, spread by a hash. */
size_t orr_kernel_fold(const orr_kernel_sample *sample, size_t folds);

#endif
