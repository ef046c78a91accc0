/* The best of each: what `recommend --by` prints and writes. */
#ifndef ORR_REPORT_BEST_BY_H
#define ORR_REPORT_BEST_BY_H

#include "base/text.h"
#include "lab/best_by.h"
#include "report/csv.h"

void orr_best_by_write_text(const orr_best_by *table, orr_arena *arena, orr_text *out);
void orr_best_by_write_json(const orr_best_by *table, const char *version, orr_text *out);
void orr_best_by_write_csv(const orr_best_by *table, orr_text *out);
void orr_best_by_put(const orr_best_by *table, orr_csv *csv);

#endif
