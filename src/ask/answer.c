/* An answer as bytes: one place says what JSON and tables of each verb are. */
#include <string.h>
#include "ask/ask.h"
#include "base/version.h"
#include "report/best_by.h"
#include "report/contours_report.h"
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

void orr_answer_of_bytes(orr_answer *answer, const char *name, orr_text *json, orr_text *table, orr_arena *arena)
{
    orr_kept_answer *kept = ORR_NEW(arena, orr_kept_answer);
    orr_report_file *file = ORR_NEW(arena, orr_report_file);
    *file = (orr_report_file){name, orr_arena_strndup(arena, json->bytes ? json->bytes : "", json->length_bytes), json->length_bytes};
    kept->files = file;
    kept->file_count = json->length_bytes > 0;
    kept->table = kept->formulas = orr_arena_strndup(arena, table->bytes ? table->bytes : "", table->length_bytes);
    orr_text_free(json);
    orr_text_free(table);
    answer->kept = kept;
}

static void end_line(orr_text *out) { if (out->length_bytes > 0 && out->bytes[out->length_bytes - 1] != '\n') orr_text_append(out, "\n"); }

static const orr_report_file *kept_json(const orr_answer *answer)
{
    for (size_t i = 0; answer->kept && i < answer->kept->file_count; i++)
        if (orr_text_ends_with(answer->kept->files[i].name, ".json")) return &answer->kept->files[i];
    return NULL;
}

void orr_answer_write_json(const orr_answer *answer, size_t top, orr_arena *arena, orr_text *out)
{
    const orr_report_file *kept = kept_json(answer);
    if (kept) orr_text_append_bytes(out, kept->bytes, kept->length_bytes);
    else if (answer->has_report) orr_results_write_json(&answer->report, true, arena, out);
    else if (answer->sweep) orr_sweep_write_json(answer->sweep, top, ORR_VERSION, arena, out);
    else if (answer->best_by) orr_best_by_write_json(answer->best_by, ORR_VERSION, out);
    else if (answer->whatif) orr_whatif_write_json(answer->whatif, ORR_VERSION, arena, out);
    if (answer->has_report) end_line(out);
}

void orr_answer_write_text(const orr_answer *answer, size_t top, bool formulas, orr_arena *arena, orr_text *out)
{
    const char *kept = !answer->kept ? NULL : formulas ? answer->kept->formulas : answer->kept->table;
    if (kept) orr_text_append(out, kept);
    else if (answer->sweep) orr_sweep_write_text(answer->sweep, top, arena, out);
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

static void add_file(orr_report_file *files, size_t *count, const char *name, orr_text *text, orr_arena *arena)
{
    files[(*count)++] = (orr_report_file){name, orr_arena_strndup(arena, text->bytes ? text->bytes : "", text->length_bytes), text->length_bytes};
    orr_text_free(text);
}

size_t orr_answer_files(const orr_answer *answer, size_t top, orr_arena *arena, orr_report_file *files)
{
    size_t count = 0;
    if (answer->kept) {
        for (; count < answer->kept->file_count; count++) files[count] = answer->kept->files[count];
        return count;
    }
    if (answer->has_report) return orr_report_files(&answer->report, arena, files);
    orr_text text = {0};
    orr_answer_write_json(answer, top, arena, &text);
    if (text.length_bytes > 0) add_file(files, &count, answer->sweep ? "sweep.json" : answer->whatif ? "whatif.json" : "results.json", &text, arena);
    if (answer->sweep && answer->sweep->contours) {
        orr_contours_write_csv(answer->sweep, arena, &text);
        add_file(files, &count, "contours.csv", &text, arena);
    }
    if (answer->best_by) {
        orr_best_by_write_csv(answer->best_by, &text);
        add_file(files, &count, "best.csv", &text, arena);
    }
    const orr_whatif_side *sides[] = {answer->whatif ? &answer->whatif->before : NULL, answer->whatif ? &answer->whatif->after : NULL};
    static const char *const names[] = {"as-it-is.yaml", "changed.yaml"};
    for (int i = 0; i < 2; i++) {
        if (!sides[i]) continue;
        orr_tree_write_yaml(sides[i]->file->tree, &text);
        add_file(files, &count, names[i], &text, arena);
    }
    return count;
}

/* The first paragraph, on one line. */
static const char *first_paragraph(const char *text, orr_arena *arena)
{
    const char *end = strstr(text, "\n\n");
    char *line = orr_arena_strndup(arena, text, end ? (size_t)(end - text) : strlen(text));
    for (char *c = line; *c; c++) if (*c == '\n') *c = ' ';
    return line;
}

const char *orr_answer_headline(const orr_answer *answer, orr_arena *arena)
{
    if (answer->has_report) return answer->report.answer;
    if (answer->whatif) return answer->whatif->answer;
    if (answer->best_by) return orr_arena_printf(arena, "The best for each of %zu combinations.", answer->best_by->cell_count);
    if (!answer->sweep) return NULL;
    orr_text text = {0};
    orr_sweep_write_text(answer->sweep, 1, arena, &text);
    const char *headline = first_paragraph(text.bytes, arena);
    orr_text_free(&text);
    return headline;
}
