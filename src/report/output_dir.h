/* --output-dir: results.json, resolved.yaml, requests.csv or candidates.csv, report.html; each appears whole or not at all. */
#ifndef ORR_REPORT_OUTPUT_DIR_H
#define ORR_REPORT_OUTPUT_DIR_H

#include "lab/best_by.h"
#include "report/report.h"
#include "report/validation_json.h"

/* Makes the directory and writes what the report has; `written` gets the names, one a line, with a plain sentence where report.html can't be had. False with diagnostics. */
bool orr_report_write_directory(const orr_report *report, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);
/* Of a table of the best: results.json, best.csv. */
bool orr_best_by_write_directory(const orr_best_by *table, const char *version, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);
/* The same of a validation: validation.json, errors.csv, report.html. */
bool orr_validation_write_directory(const orr_validation *validation, const char *version, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);

#endif
