/* --output-dir: results.json, resolved.yaml, requests.csv or candidates.csv, report.html; each appears whole or not at all. */
#ifndef ORR_REPORT_OUTPUT_DIR_H
#define ORR_REPORT_OUTPUT_DIR_H

#include "report/report.h"
#include "report/validation_json.h"

/* Files of an answer, by name; results.json is the first where there is one. Bytes live in the arena. */
typedef struct orr_report_file { const char *name, *bytes; size_t length_bytes; } orr_report_file;
enum { ORR_REPORT_FILES = 4 };
/* What the report has: how many, at most ORR_REPORT_FILES. */
size_t orr_report_files(const orr_report *report, orr_arena *arena, orr_report_file *files);
/* Makes the directory and writes them and, where the results.json of a report or a sweep.json is among them, report.html; `written` gets the names, one a line, with a plain sentence where report.html can't be had. False with diagnostics. */
bool orr_report_write_files(const orr_report_file *files, size_t count, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);
/* Both. */
bool orr_report_write_directory(const orr_report *report, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);
/* The same of a validation: validation.json, errors.csv, report.html. */
bool orr_validation_write_directory(const orr_validation *validation, const char *version, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags);

#endif
