#include "report/output_dir.h"

#include "base/file.h"
#include "report/best_by.h"
#include "report/report_html.h"
#include "report/requests_csv.h"
#include "report/results_json.h"

typedef struct target { const char *directory; orr_arena *arena; orr_text *written; orr_diags *diags; } target;

/* Writes and empties the text. */
static bool put_file(const target *to, const char *name, orr_text *text)
{
    const char *path = orr_arena_printf(to->arena, "%s/%s", to->directory, name);
    const bool done = orr_file_write(path, text->bytes ? text->bytes : "", text->length_bytes, to->diags);
    orr_text_clear(text);
    if (done) orr_text_printf(to->written, "%s\n", path);
    return done;
}

/* report.html of these results; a plain sentence where this build has no page. */
static bool put_page(const target *to, const orr_text *json, orr_text *text)
{
    if (orr_report_write_html(json->bytes, json->length_bytes, text)) return put_file(to, "report.html", text);
    orr_text_append(to->written, "report.html is not written: this build is without the page (make WEB=0).\n");
    return true;
}

bool orr_report_write_directory(const orr_report *report, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    const target to = {directory, arena, written, diags};
    if (!orr_directory_make(directory, diags)) return false;
    orr_text text = {0};
    orr_results_write_json(report, true, arena, &text);
    bool done = put_file(&to, "results.json", &text);
    if (done && report->study) {
        orr_study_resolved(report->study, &text);
        done = put_file(&to, "resolved.yaml", &text);
    }
    if (done && report->recommendation) {
        orr_candidates_write_csv(report->recommendation, report->file, &text);
        done = put_file(&to, "candidates.csv", &text);
    }
    if (done && report->run && report->run->record_count > 0) {
        orr_requests_write_csv(report->run, &text);
        done = put_file(&to, "requests.csv", &text);
    }
    if (done) {
        orr_text json = {0};
        orr_results_write_json(report, false, arena, &json);
        done = put_page(&to, &json, &text);
        orr_text_free(&json);
    }
    orr_text_free(&text);
    return done;
}

bool orr_best_by_write_directory(const orr_best_by *table, const char *version, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    const target to = {directory, arena, written, diags};
    if (!orr_directory_make(directory, diags)) return false;
    orr_text text = {0};
    orr_best_by_write_json(table, version, &text);
    bool done = put_file(&to, "results.json", &text);
    if (done) {
        orr_best_by_write_csv(table, &text);
        done = put_file(&to, "best.csv", &text);
    }
    orr_text_free(&text);
    return done;
}

bool orr_validation_write_directory(const orr_validation *validation, const char *version, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    const target to = {directory, arena, written, diags};
    if (!orr_directory_make(directory, diags)) return false;
    orr_text text = {0}, json = {0}, copy = {0};
    orr_validation_write_json(validation, version, arena, &json);
    orr_text_append_bytes(&copy, json.bytes, json.length_bytes);
    bool done = put_file(&to, "validation.json", &copy);
    if (done) {
        orr_validation_write_csv(validation, arena, &text);
        done = put_file(&to, "errors.csv", &text);
    }
    if (done) done = put_page(&to, &json, &text);
    orr_text_free(&text);
    orr_text_free(&copy);
    orr_text_free(&json);
    return done;
}
