/* What the verbs print on a terminal. Plain text in UTF-8, 100 columns or so, the same bytes each time. */
#ifndef ORR_REPORT_TEXTS_H
#define ORR_REPORT_TEXTS_H

#include "lab/whatif.h"
#include "report/grid.h"
#include "report/report.h"

enum { ORR_TEXT_COLUMNS = 100 };

/* `formulas`: every figure's definition after the tables. */
void orr_predict_write_text(const orr_report *report, bool formulas, orr_arena *arena, orr_text *out);
void orr_explain_write_text(const orr_report *report, bool formulas, orr_arena *arena, orr_text *out);
/* `top`: how many systems the table lists (0: 10). */
void orr_recommend_write_text(const orr_report *report, size_t top, bool formulas, orr_arena *arena, orr_text *out);

void orr_whatif_write_text(const orr_whatif *whatif, orr_arena *arena, orr_text *out);

/* Parts (private to src/report/) */
void orr_text_put_head(const orr_report *report, orr_text *out);                                            /* title, subtitle, answer */
void orr_text_put_run(const orr_study *study, const orr_run_result *run, const orr_run_intervals *intervals, orr_arena *arena, orr_text *out);  /* latency table and figures */
void orr_text_put_memory(const orr_report *report, orr_arena *arena, orr_text *out);                        /* of the fullest GPU, a bar to scale */
void orr_text_put_why(const orr_report *report, size_t from, orr_text *out);                                /* sentences, wrapped */
void orr_text_put_formulas(orr_arena *arena, orr_text *out);

/* Rows of the figures' grid: both sides of engines whose attention and FFN stand apart (report/apart.c). */
void orr_text_put_apart(const orr_run_result *run, orr_arena *arena, orr_grid *grid);
void orr_text_put_fleet(const orr_run_result *run, orr_arena *arena, orr_grid *grid);
/* Images, and encoders of them (images.c). */
void orr_text_put_images(const orr_study *study, const orr_run_result *run, orr_arena *arena, orr_grid *grid);
void orr_text_put_tiers(const orr_run_result *run, orr_arena *arena, orr_text *out);
/* Confidence intervals over replications; nothing without. */
void orr_text_put_replications(const orr_report *report, orr_arena *arena, orr_text *out);
void orr_text_put_fabric(const orr_study *study, orr_arena *arena, orr_text *out);                         /* where groups stand on a fabric by parts */
void orr_text_put_fabric_row(const orr_study *study, orr_arena *arena, orr_grid *grid);
void orr_text_put_groups(const orr_run_result *run, orr_arena *arena, orr_text *out);
void orr_text_put_tenants(const orr_run_result *run, orr_arena *arena, orr_text *out);

#endif
