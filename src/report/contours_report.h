/* Contours for people, programs and spreadsheets. Of a sweep that has none nothing is written. */
#ifndef ORR_REPORT_CONTOURS_REPORT_H
#define ORR_REPORT_CONTOURS_REPORT_H

#include "base/json.h"
#include "base/text.h"
#include "lab/sweep.h"
#include "report/csv.h"

void orr_contours_write_text(const orr_sweep *sweep, orr_arena *arena, orr_text *out);
/* The key `contours`: docs/RESULTS_FORMAT.md, "A sweep". */
void orr_contours_put_json(orr_json *json, const orr_sweep *sweep, orr_arena *arena);
/* A line a cell. */
void orr_contours_write_csv(const orr_sweep *sweep, orr_arena *arena, orr_text *out);
void orr_contours_put(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv);
/* "memory.count 8, core.count 160" */
const char *orr_contours_pair(const orr_contours *contours, size_t cell, orr_arena *arena);

#endif
