/* Figures as people read them: thousands separated, about three significant digits, never an exponent, the unit that reads best. "-" for what is not a number. */
#ifndef ORR_REPORT_FIGURE_H
#define ORR_REPORT_FIGURE_H

#include <stdint.h>
#include "base/mem.h"
#include "lab/objective.h"

const char *orr_figure_count(int64_t value, orr_arena *arena);                          /* 1,234,567 */
const char *orr_figure_number(double value, int significant, orr_arena *arena);         /* 1,234 or 12.3 or 0.0123 */
const char *orr_figure_fixed(double value, int decimals, orr_arena *arena);             /* 1,234.50 */
const char *orr_figure_percent(double share, int decimals, orr_arena *arena);           /* 0.123 -> "12.3 %" */
const char *orr_figure_plus_minus(double mean, double half, orr_arena *arena);          /* "76.9 ± 1.2": both to the second digit of half, which may be NaN */
const char *orr_figure_time(double ns, orr_arena *arena);                               /* "48.1 ms" */
const char *orr_figure_bytes(double bytes, orr_arena *arena);                           /* decimal units: "35.6 GB" */
const char *orr_figure_usd(double usd, orr_arena *arena);                               /* "$0.69" */
const char *orr_figure_plural(int64_t count, const char *one, const char *many, orr_arena *arena);      /* "1 replica", "4 replicas" */

/* Of what is sought: "$/Mtok", and a value of it. */
const char *orr_objective_heading(orr_objective objective);
const char *orr_figure_objective(orr_objective objective, double value, orr_arena *arena);

#endif
