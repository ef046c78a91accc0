/* What the model says beside what was measured, row by row, of kernels, of serving systems and of recorded requests: one structure for tables, worst rows, plots and pages.
 *
 * Invariants: 1. a comparison has a prediction and a measurement above 0, else it is set aside with a reason; 2. rows stand in the order of the files they come from, so that what is chosen of
 * them (points of a plot, the worst) is the same for any number of threads; 3. labels and explanations of kernels are made when asked for: there are hundreds of thousands of rows. */
#ifndef ORR_TRUST_VALIDATION_H
#define ORR_TRUST_VALIDATION_H

#include "base/vec.h"
#include "trust/case_run.h"
#include "trust/error_table.h"
#include "trust/kernel_errors.h"
#include "trust/leave_out.h"
#include "trust/serving_validate.h"

typedef enum { ORR_SET_KERNELS, ORR_SET_SERVERS, ORR_SET_RUNS, ORR_SET_COUNT_ } orr_comparison_set;
const char *orr_comparison_set_name(orr_comparison_set set);        /* "kernels", "servers", "runs" */

typedef struct orr_comparison {
    orr_comparison_set set;
    bool each;                              /* of one request: drawn, but in no table and not among the worst */
    const char *quantity, *unit;            /* "latency" us, "power" W; "ttft" ms, "out_tok_s_per_gpu" tok/s, ... */
    const char *family, *load;              /* kernels; servers and runs. "" where it has none, here and below */
    const char *chip, *engine, *model, *kind /* number formats */, *band /* of concurrency */, *name /* of a run */;
    const char *label, *why;                /* NULL: orr_comparison_label, orr_comparison_why make them */
    double predicted, measured;             /* in `unit` */
    double low_half, high_half, low_ninety, high_ninety;        /* factors on `predicted`; NaN: no interval */
    const orr_kernel_sample *sample;        /* kernels: the row it is of */
} orr_comparison;

/* Rows left out and why, counted by reason. */
typedef struct orr_set_aside { orr_comparison_set set; const char *reason, *unit /* "rows", "cases", "tables" */; size_t count; } orr_set_aside;

typedef struct orr_validation {
    orr_arena *arena;                       /* what rows point to lives there, or in tables and cases that outlive it */
    const char *basis;                      /* how kernels were judged: "universal coefficients", "each chip's rows by coefficients fitted without it", ... */
    const orr_coefficients *coefficients;   /* that kernels are explained with */
    ORR_VEC(orr_comparison) rows;
    ORR_VEC(orr_set_aside) set_aside;
} orr_validation;

void orr_validation_free(orr_validation *validation);
/* Adds it. Where nothing was measured it is left out; a kernel that nothing is predicted for is counted as set aside. */
void orr_validation_add(orr_validation *validation, const orr_comparison *row);
void orr_validation_set_aside(orr_validation *validation, orr_comparison_set set, const char *reason, const char *unit, size_t count);

/* --- what is drawn together --- */

/* A family of kernels, or a quantity; in order of first appearance. */
typedef struct orr_comparison_group { orr_comparison_set set; bool each; const char *name, *quantity, *unit; size_t count; size_t *rows; } orr_comparison_group;
const char *orr_comparison_group_name(const orr_comparison *row);
size_t orr_validation_groups(const orr_validation *validation, orr_arena *arena, orr_comparison_group **groups);
/* At most `most` of `count` rows, evenly spaced; writes indices into `chosen` (room for `most`). */
size_t orr_validation_spread(const size_t *rows, size_t count, size_t most, size_t *chosen);
/* The rows furthest off by |log(predicted / measured)|, the furthest first; what says the same of the same chip and engine twice stands once. `chosen` has room for `most`. */
size_t orr_validation_worst(const orr_validation *validation, const size_t *rows, size_t count, size_t most, size_t *chosen);

typedef struct orr_coverage { size_t half_rows, half_inside, ninety_rows, ninety_inside; } orr_coverage;
orr_coverage orr_validation_coverage(const orr_validation *validation, const size_t *rows, size_t count);

/* --- tables --- */

/* Errors of a set by one or two keys, for each quantity: lines have the quantity as their first key. */
typedef struct orr_validation_table { orr_comparison_set set; const char *by, *within /* NULL: one key */; const char *of /* cases under this heading alone; NULL: all */; size_t line_count; orr_error_line *lines; } orr_validation_table;
size_t orr_validation_tables(const orr_validation *validation, orr_arena *arena, orr_validation_table **tables);

/* --- words --- */

const char *orr_comparison_label(const orr_comparison *row, orr_arena *arena);
/* What the prediction is made of; NULL: nothing to say. */
const char *orr_comparison_why(const orr_validation *validation, const orr_comparison *row, orr_arena *arena);

/* --- filling it --- */

/* One kernel: its time (power false) or mean board power. `calibrated`: the prediction has the residuals in it. */
void orr_validation_add_kernel(orr_validation *validation, const orr_kernel_sample *sample, bool power, bool calibrated, double predicted, double measured);
/* Rows of the tables that no form of the model reads, and tables of operators it doesn't know. */
void orr_validation_kernels_unread(orr_validation *validation, const orr_kernel_tables *tables);
/* Every case of a folder of measured servers, run; recorded runs also request by request. `without` not NULL: those alone that are left out, by fits without them. Fills `report` as orr_serving_validate does. False with diagnostics when the folder can't be read. */
bool orr_validation_add_servers(orr_validation *validation, const char *folder, const orr_coefficients *coefficients, const orr_leave_out_options *without, orr_workers *workers, orr_serving_report *report, orr_diags *diags);

#endif
