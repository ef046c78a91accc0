/* Fitting coefficients of the table in perf/coefficients.c to any loss (NLopt's SBPLX: derivative-free, bounded, deterministic).
 *
 * A positive coefficient is searched in its logarithm, any other linearly, within the table's bounds. One that does not move the loss is left as it stands. Fitted values are rounded to four
 * significant digits, so that what is written is what was judged. */
#ifndef ORR_TRUST_COEFFICIENT_FIT_H
#define ORR_TRUST_COEFFICIENT_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include "perf/coefficients.h"

typedef double orr_loss_fn(void *context, const orr_coefficients *coefficients);

enum { ORR_MAX_FITTED = 64 };
typedef struct orr_fit_field { const orr_field *section, *field; } orr_fit_field;
typedef struct orr_fit { size_t fitted_count, evaluations; double loss_before, loss_after; orr_fit_field fitted[ORR_MAX_FITTED]; } orr_fit;

/* The coefficients of the named sections ("gemm") that `tree`, a calibration's, gives with another origin than assumed (what no measurement tells apart is set by judgement, not fitted), and that `names`
 * lists (NULL-terminated; NULL: all). At most ORR_MAX_FITTED. */
size_t orr_fit_fields(const char *const *sections, size_t section_count, const orr_node *tree, const char *const *names, orr_fit_field *fields);

/* Fits them from the values in `coefficients`, which it overwrites where it finds better ones; the search takes at most `evaluations` of the loss. loss_after <= loss_before. */
orr_fit orr_coefficients_fit(const orr_fit_field *fields, size_t field_count, size_t evaluations, orr_loss_fn *loss, void *context, orr_coefficients *coefficients);

/* A calibration file with these coefficients: fitted ones are cited as calibrated from `source` (NULL: from "kernels", which `tree` cites), the rest stands as in `tree` (the file read before). */
void orr_coefficients_write(const orr_node *tree, const orr_coefficients *coefficients, const orr_fit_field *fitted, size_t fitted_count, const char *source, orr_text *out);

/* {title: "..", url: ".."}: a last word that is an address is the url. */
void orr_citation_write(const char *text, orr_text *out);

#endif
