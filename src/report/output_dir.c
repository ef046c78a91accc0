#include "report/output_dir.h"

#include <string.h>
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

/* Takes the text's bytes into the arena and empties it. */
static void add_file(orr_report_file *files, size_t *count, const char *name, orr_text *text, orr_arena *arena)
{
    files[(*count)++] = (orr_report_file){name, orr_arena_strndup(arena, text->bytes ? text->bytes : "", text->length_bytes), text->length_bytes};
    orr_text_clear(text);
}

size_t orr_report_files(const orr_report *report, orr_arena *arena, orr_report_file *files)
{
    orr_text text = {0};
    size_t count = 0;
    orr_results_write_json(report, true, arena, &text);
    add_file(files, &count, "results.json", &text, arena);
    if (report->study) {
        orr_study_resolved(report->study, &text);
        add_file(files, &count, "resolved.yaml", &text, arena);
    }
    if (report->recommendation) {
        orr_candidates_write_csv(report->recommendation, report->file, &text);
        add_file(files, &count, "candidates.csv", &text, arena);
    }
    if (report->run && report->run->record_count > 0) {
        orr_requests_write_csv(report->run, &text);
        add_file(files, &count, "requests.csv", &text, arena);
    }
    orr_text_free(&text);
    return count;
}

/* The same JSON on one line, as it is written without `pretty`: white space between its tokens goes. */
static void compact(const char *json, size_t length_bytes, orr_text *out)
{
    bool in_text = false;
    for (size_t i = 0, from = 0; i <= length_bytes; i++) {
        const bool blank = i < length_bytes && !in_text && (json[i] == ' ' || json[i] == '\n');
        if (i == length_bytes || blank) {
            orr_text_append_bytes(out, json + from, i - from);
            from = i + 1;
        } else if (json[i] == '"') {
            in_text = !in_text;
        } else if (in_text && json[i] == '\\') {
            i++;
        }
    }
    orr_text_append(out, "\n");
}

/* What the page shows: answers of predict, explain, recommend, sweep; a table of the best has no page. */
static bool is_of_a_report(const orr_report_file *file)
{
    enum { HEAD_BYTES = 100 };
    char head[HEAD_BYTES + 1] = {0};
    memcpy(head, file->bytes, file->length_bytes < HEAD_BYTES ? file->length_bytes : HEAD_BYTES);
    if (orr_text_equal(file->name, "sweep.json")) return true;
    return orr_text_equal(file->name, "results.json") && strstr(head, "\"" ORR_RESULTS_SCHEMA "\"") != NULL && strstr(head, "\"best_by\"") == NULL;
}

bool orr_report_write_files(const orr_report_file *files, size_t count, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    const target to = {directory, arena, written, diags};
    if (!orr_directory_make(directory, diags)) return false;
    orr_text text = {0}, json = {0};
    bool done = true, has_results = false;
    for (size_t i = 0; i < count && done; i++) {
        orr_text_append_bytes(&text, files[i].bytes, files[i].length_bytes);
        done = put_file(&to, files[i].name, &text);
        if (!is_of_a_report(&files[i])) continue;
        has_results = true;
        compact(files[i].bytes, files[i].length_bytes, &json);
    }
    if (done && has_results) done = put_page(&to, &json, &text);
    orr_text_free(&text);
    orr_text_free(&json);
    return done;
}

bool orr_report_write_directory(const orr_report *report, const char *directory, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    orr_report_file files[ORR_REPORT_FILES];
    const size_t count = orr_report_files(report, arena, files);
    return orr_report_write_files(files, count, directory, arena, written, diags);
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
