/* What the model says of measured serving systems, and how far off it is: tables of errors, the worst rows explained, rows that contradict one another named. */
#ifndef ORR_TRUST_SERVING_VALIDATE_H
#define ORR_TRUST_SERVING_VALIDATE_H

#include "trust/case_run.h"
#include "trust/error_table.h"

enum { ORR_SERVING_WORST = 10 };

typedef struct orr_serving_report {
    orr_text tables;            /* for people: errors by load, chip, model, engine, precision and concurrency; what was not run and why */
    orr_text worst;             /* the rows furthest off, with the operators that most of their typical step goes to */
    orr_text csv;               /* the tables: by, group, quantity, rows, errors in percent; no measured value */
    orr_text each;              /* every comparison: case, quantity, predicted over measured */
} orr_serving_report;

/* Runs every case of the folder. False with diagnostics when it can't be read. */
bool orr_serving_validate(const char *folder, orr_workers *workers, orr_serving_report *report, orr_diags *diags);
/* The report of cases that were run; contradicts: what orr_cases_contradictions says. */
void orr_serving_judge(const orr_cases *cases, const orr_bound_case *bound, const orr_case_outcome *outcomes, const char *const *contradicts, orr_arena *arena, orr_serving_report *report);
void orr_serving_report_free(orr_serving_report *report);

/* What is compared: a short name ("tpot": its mean or median), the quantity, and the band of its concurrency. */
typedef struct orr_judged_quantity { const char *name; orr_case_quantity is; } orr_judged_quantity;
const orr_judged_quantity *orr_judged_quantities(size_t *count);
const char *orr_concurrency_band(double concurrency);

/* The quantity that a case is judged on for TTFT and TPOT: the mean where it was measured, else the median. */
orr_case_quantity orr_case_judged(const orr_case *one, orr_case_quantity mean);
/* Closed-loop cases that contradict themselves or others of the same system, and why; NULL: none. why[cases->count]. */
void orr_cases_contradictions(const orr_cases *cases, const char **why);

#endif
