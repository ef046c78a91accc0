/* Answers of predict, explain and recommend on stdout: a table for people, JSON for programs. */
#ifndef ORR_APP_ANSWER_H
#define ORR_APP_ANSWER_H

#include "base/text.h"
#include "lab/explain.h"
#include "lab/recommend.h"

void orr_answer_run_table(const orr_study *study, const orr_run_result *run, orr_arena *arena, orr_text *out);
void orr_answer_run_json(const orr_study *study, const orr_run_result *run, orr_text *out);
void orr_answer_explanation_table(const orr_study_explanation *explanation, orr_arena *arena, orr_text *out);
void orr_answer_explanation_json(const orr_study_explanation *explanation, orr_text *out);
/* `top`: candidates shown, besides the front. */
void orr_answer_recommendation_table(const orr_recommendation *recommendation, size_t top, orr_arena *arena, orr_text *out);
void orr_answer_recommendation_json(const orr_recommendation *recommendation, size_t top, orr_text *out);
/* requests.csv: one line a request, times in ns. */
void orr_answer_requests_csv(const orr_run_result *run, orr_text *out);

#endif
