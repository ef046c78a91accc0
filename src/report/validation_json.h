/* validation.json and errors.csv (docs/RESULTS_FORMAT.md): predictions beside measurements, for the page that draws them.
 *
 * Invariants: 1. same rows, same bytes; no path of a machine, no date; 2. points are at most ORR_VALIDATION_POINTS a group, evenly spaced over its rows; the tables are of all rows. */
#ifndef ORR_REPORT_VALIDATION_JSON_H
#define ORR_REPORT_VALIDATION_JSON_H

#include "base/json.h"
#include "trust/validation.h"

#define ORR_VALIDATION_SCHEMA "orrery-validation/v1"
enum { ORR_VALIDATION_POINTS = 1500, ORR_VALIDATION_WORST = 10 };

void orr_validation_write_json(const orr_validation *validation, const char *version, orr_arena *arena, orr_text *out);
/* Every table: set, quantity, by, group, within, of, rows, errors in percent. */
void orr_validation_write_csv(const orr_validation *validation, orr_arena *arena, orr_text *out);

/* Private to src/report (validation_runs.c): `distributions` of recorded runs' requests, into the open object; nothing where there are none. */
void orr_validation_put_distributions(orr_json *json, const orr_validation *validation, orr_arena *arena);

#endif
