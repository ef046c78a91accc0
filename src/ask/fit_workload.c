#include "ask/fit_workload.h"

#include <string.h>
#include "report/columns.h"

const char *const orr_fit_formats[] = {"auto", "mooncake", "azure", "burstgpt", "bailian", "sharegpt", "vidur", NULL};      /* as orr_trace_format counts */

static bool read_format(const char *name, orr_trace_format *format, orr_diags *diags)
{
    *format = ORR_TRACE_AUTO;
    for (int i = 0; orr_fit_formats[i]; i++) {
        if (name && !orr_text_equal(orr_fit_formats[i], name)) continue;
        *format = (orr_trace_format)i;
        return true;
    }
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "\"%s\" is no format of traces", name), "It is one of: auto, mooncake, azure, burstgpt, bailian, sharegpt, vidur.");
    return false;
}

static void fill_citation(orr_workload_citation *citation, const char *path, orr_arena *arena)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    if (!citation->name) citation->name = orr_arena_strndup(arena, file, strcspn(file, "."));
    if (!citation->title) citation->title = orr_arena_printf(arena, "Fitted to %s", file);
    if (!citation->source_title) citation->source_title = file;
}

/* How near the profile comes. */
static const char *fidelity_of(const orr_workload_fit *fit, orr_arena *arena)
{
    const orr_stream_figures *t = &fit->trace, *p = &fit->profile;
    const struct { const char *name; double trace, profile; } rows[] = {
        {"input tokens, mean", t->input.mean, p->input.mean}, {"input tokens, p50", t->input.p50, p->input.p50}, {"input tokens, p90", t->input.p90, p->input.p90}, {"input tokens, p99", t->input.p99, p->input.p99},
        {"output tokens, mean", t->output.mean, p->output.mean}, {"output tokens, p50", t->output.p50, p->output.p50}, {"output tokens, p90", t->output.p90, p->output.p90},
        {"output tokens, p99", t->output.p99, p->output.p99}, {"rank correlation", t->rank_correlation, p->rank_correlation}, {"cv of gaps", t->arrival_cv, p->arrival_cv},
        {"prefix hits, of tokens", t->hit_share, p->hit_share}, {"prefix hits, of requests", t->hit_request_share, p->hit_request_share}};
    orr_columns *columns = orr_columns_begin(arena, 3);
    orr_columns_row(columns, "", "trace", "profile");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        orr_columns_row(columns, rows[i].name, orr_arena_printf(arena, "%.6g", rows[i].trace), orr_arena_printf(arena, "%.6g", rows[i].profile));
    orr_text text = {0};
    orr_text_printf(&text, "%s trace, %lld requests\n", orr_trace_format_title(fit->format), (long long)t->requests);
    orr_columns_write(columns, &text);
    const char *told = orr_arena_strdup(arena, text.bytes);
    orr_text_free(&text);
    return told;
}

void orr_ask_fit_workload(const char *path, const char *format_name, const orr_workload_citation *given, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    orr_trace_format format;
    orr_workload_fit fit;
    orr_text yaml = {0};
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    if (!read_format(format_name, &format, diags)) return;
    const bool good = orr_workload_fit_trace(path, format, &fit, diags);
    answer->code = orr_exit_code(diags, good ? ORR_EXIT_DONE : ORR_EXIT_USAGE);
    if (!good) return;
    orr_workload_citation citation = *given;
    fill_citation(&citation, path, arena);
    orr_workload_fit_write(&fit, &citation, &yaml);
    answer->yaml = orr_arena_strdup(arena, yaml.bytes);
    answer->remark = fidelity_of(&fit, arena);
    orr_answer_of_bytes(answer, "", &(orr_text){0}, &yaml, arena);
}
