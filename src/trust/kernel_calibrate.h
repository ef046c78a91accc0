/* Fitting the universal coefficients to measured kernels, and judging the fit on rows and chips it has not seen. */
#ifndef ORR_TRUST_KERNEL_CALIBRATE_H
#define ORR_TRUST_KERNEL_CALIBRATE_H

#include "trust/coefficient_fit.h"
#include "trust/kernel_errors.h"

/* Coefficients that are fitted together, on the rows of some families. */
typedef struct orr_fit_group { const char *name; const char *sections[3]; size_t section_count; orr_family_set families; bool power /* on power_w instead of latency */; const char *const *fields /* of the sections, NULL-terminated; NULL: all */; orr_family_set composed /* judged with it, not fitted on: several groups' operators together */; } orr_fit_group;

/* All groups, in the order in which they are fitted: later ones stand on earlier ones. */
const orr_fit_group *orr_fit_groups(size_t *count);
/* NULL when there is none of that name. */
const orr_fit_group *orr_fit_group_find(const char *name);

typedef struct orr_calibrate_options {
    size_t rows_per_table;              /* rows of each table that the fit looks at: 0: all */
    size_t evaluations;
    size_t held_out_fold, folds;        /* folds > 0: rows of this fold are left out */
    const char *left_out_chip;          /* NULL: none */
    const char *engine;                 /* fit what this engine's overlay gives, on its tables alone; NULL: the universal coefficients, on all */
} orr_calibrate_options;

/* Fits one group. Loss: mean of log(1 + (r / 0.2)^2), r the log of predicted over measured (Cauchy's: a row far off weighs little), a (table, kind) weighing as the square root of its rows. */
orr_fit orr_kernel_calibrate(const orr_kernel_tables *tables, const orr_fit_group *group, const orr_calibrate_options *options, orr_workers *workers, orr_coefficients *coefficients);

#endif
