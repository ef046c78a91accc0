/* What a sweep found, for people, programs and spreadsheets. */
#ifndef ORR_REPORT_SWEEP_REPORT_H
#define ORR_REPORT_SWEEP_REPORT_H

#include "base/text.h"
#include "lab/sweep.h"
#include "report/csv.h"

void orr_sweep_write_text(const orr_sweep *sweep, size_t top, orr_arena *arena, orr_text *out);
/* The answer in a sentence; a point's choices in words. */
const char *orr_sweep_answer_text(const orr_sweep *sweep, orr_arena *arena);
const char *orr_sweep_label(const orr_sweep *sweep, size_t point, orr_arena *arena);
/* docs/RESULTS_FORMAT.md, "A sweep". */
void orr_sweep_write_json(const orr_sweep *sweep, size_t top, const char *version, orr_arena *arena, orr_text *out);
void orr_sweep_write_csv(const orr_sweep *sweep, orr_arena *arena, orr_text *out);
void orr_sweep_put(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv);
/* Those of the points that were simulated, with what came of it; those of the front. */
void orr_sweep_put_finalists(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv);
void orr_sweep_put_front(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv);

#endif
