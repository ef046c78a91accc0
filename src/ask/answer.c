/* An answer as bytes: one place says what JSON and tables of each verb are. */
#include "ask/ask.h"
#include "base/version.h"
#include "report/best_by.h"
#include "report/results_json.h"
#include "report/sweep_report.h"
#include "report/texts.h"

void orr_answer_free(orr_answer *answer)
{
    orr_run_result_free(&answer->run);
    orr_study_explanation_free(&answer->explanation);
    if (answer->recommendation) orr_recommendation_free(answer->recommendation);
    if (answer->whatif) orr_whatif_free(answer->whatif);
    *answer = (orr_answer){0};
}

static void end_line(orr_text *out) { if (out->length_bytes > 0 && out->bytes[out->length_bytes - 1] != '\n') orr_text_append(out, "\n"); }

void orr_answer_write_json(const orr_answer *answer, size_t top, orr_arena *arena, orr_text *out)
{
    if (answer->has_report) orr_results_write_json(&answer->report, true, arena, out);
    else if (answer->sweep) orr_sweep_write_json(answer->sweep, top, ORR_VERSION, arena, out);
    else if (answer->best_by) orr_best_by_write_json(answer->best_by, ORR_VERSION, out);
    else if (answer->whatif) orr_whatif_write_json(answer->whatif, ORR_VERSION, arena, out);
    if (answer->has_report) end_line(out);
}

void orr_answer_write_text(const orr_answer *answer, size_t top, bool formulas, orr_arena *arena, orr_text *out)
{
    if (answer->sweep) orr_sweep_write_text(answer->sweep, top, arena, out);
    else if (answer->best_by) orr_best_by_write_text(answer->best_by, arena, out);
    else if (answer->whatif) orr_whatif_write_text(answer->whatif, arena, out);
    if (!answer->has_report) return;
    switch (answer->report.kind) {
    case ORR_REPORT_PREDICT: orr_predict_write_text(&answer->report, formulas, arena, out); break;
    case ORR_REPORT_EXPLAIN: orr_explain_write_text(&answer->report, formulas, arena, out); break;
    case ORR_REPORT_RECOMMEND: orr_recommend_write_text(&answer->report, top, formulas, arena, out); break;
    }
    end_line(out);
}
