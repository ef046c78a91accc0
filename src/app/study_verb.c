#include "app/study_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include "app/interrupt.h"

const char *const orr_format_choices[] = {"table", "json", NULL};

static void on_progress(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best)
{
    orr_progress *progress = context;
    if (!orr_text_equal(progress->unit, unit)) {
        orr_progress_end(progress);
        *progress = orr_progress_begin(progress->verb, unit);
    }
    orr_progress_show(progress, done, total, simulated, best);
}

orr_ask orr_app_ask(const char *path, const orr_option_list *settings, int64_t threads, orr_progress *progress)
{
    return (orr_ask){.path = path, .settings = settings->items, .setting_count = settings->count, .threads = (int)threads, .cancel = orr_interrupt_catch(), .on_progress = on_progress, .progress_context = progress};
}

bool orr_app_open_store(const char *given, orr_store **store, orr_diags *diags)
{
    const char *path = given ? given : getenv("ORRERY_STORE");
    *store = path && *path ? orr_store_open(path, diags) : NULL;
    return *store || !path || !*path;
}

bool orr_app_need_store(const char *given, orr_store **store, orr_diags *diags)
{
    const char *path = given ? given : getenv("ORRERY_STORE");
    if (path && *path) return (*store = orr_store_open_existing(path, diags)) != NULL;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "no store is named"), "Write --store PATH, or set ORRERY_STORE; predict, recommend, sweep and whatif fill it.");
    return false;
}

int orr_app_close_store(orr_store *store, int code, orr_diags *diags) { return orr_store_close(store, diags) ? code : orr_exit_code(diags, ORR_EXIT_ENVIRONMENT); }

int orr_app_tell(orr_answer *answer, const orr_answer_options *options, orr_arena *arena, orr_diags *diags)
{
    orr_text text = {0}, written = {0};
    int code = answer->code;
    if (orr_text_equal(options->format, "json")) orr_answer_write_json(answer, (size_t)options->top, arena, &text);
    else orr_answer_write_text(answer, (size_t)options->top, options->formulas, arena, &text);
    if (text.length_bytes > 0) fwrite(text.bytes, 1, text.length_bytes, stdout);
    orr_report_file files[ORR_ANSWER_FILES];
    const size_t count = options->output_dir ? orr_answer_files(answer, (size_t)options->top, arena, files) : 0;
    if (count > 0 && !orr_report_write_files(files, count, options->output_dir, arena, &written, diags)) code = orr_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    if (written.length_bytes > 0) fprintf(stderr, "wrote\n%s", written.bytes);
    if (answer->remark) fputs(answer->remark, stderr);
    orr_text_free(&text);
    orr_text_free(&written);
    return code;
}
