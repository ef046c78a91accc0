/* orrery fit-workload: a workload profile from a trace, as YAML. Only derived figures go in, never the trace's rows. */
#include <stdio.h>
#include <string.h>
#include "app/common.h"
#include "app/verbs.h"
#include "base/file.h"
#include "traffic/fit_workload.h"

typedef struct fit_options { const char *format, *output; orr_workload_citation citation; } fit_options;

static const char *const formats[] = {"auto", "mooncake", "azure", "burstgpt", "bailian", "sharegpt", "vidur", NULL};      /* as orr_trace_format counts */

#define TEXT(key, member, what, text) {.name = key, .kind = ORR_OPTION_TEXT, .offset = offsetof(fit_options, member), .argument = what, .doc = text}
static const orr_option options[] = {
    {.name = "format", .kind = ORR_OPTION_TEXT, .offset = offsetof(fit_options, format), .argument = "FORMAT", .choices = formats, .doc = "mooncake, azure, burstgpt, bailian, sharegpt, vidur; default: seen from the first line"},
    {.name = "output", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(fit_options, output), .argument = "FILE", .doc = "write the profile there instead of to stdout"},
    TEXT("name", citation.name, "NAME", "of the profile; default: from the file's name"),
    TEXT("title", citation.title, "TEXT", "of the profile; default: \"Fitted to FILE\""),
    TEXT("source-title", citation.source_title, "TEXT", "what the trace is; default: the file's name"),
    TEXT("source-url", citation.source_url, "URL", "where it is published"),
    TEXT("source-license", citation.source_license, "TEXT", "under which licence"),
    TEXT("source-date", citation.source_date, "DATE", "when it was published"),
    TEXT("source-read", citation.source_read, "DATE", "when it was read"),
};

static orr_trace_format format_of(const char *name)
{
    int format = ORR_TRACE_AUTO;
    for (int i = 0; name && formats[i]; i++)
        if (strcmp(formats[i], name) == 0) format = i;
    return (orr_trace_format)format;
}

static void fill_citation(orr_workload_citation *citation, const char *path, orr_arena *arena)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    if (!citation->name) citation->name = orr_arena_strndup(arena, file, strcspn(file, "."));
    if (!citation->title) citation->title = orr_arena_printf(arena, "Fitted to %s", file);
    if (!citation->source_title) citation->source_title = file;
}

/* How near the profile comes, to stderr: stdout may be the profile. */
static void print_fidelity(const orr_workload_fit *fit, orr_arena *arena)
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
    fputs(text.bytes, stderr);
    orr_text_free(&text);
}

static int fit_workload(fit_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_workload_fit fit;
    if (!orr_workload_fit_trace(path, format_of(given->format), &fit, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_text yaml = {0};
    fill_citation(&given->citation, path, arena);
    orr_workload_fit_write(&fit, &given->citation, &yaml);
    print_fidelity(&fit, arena);
    if (given->output) orr_file_write(given->output, yaml.bytes, yaml.length_bytes, diags);
    else fputs(yaml.bytes, stdout);
    orr_text_free(&yaml);
    return orr_app_exit_code(diags, ORR_EXIT_DONE);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    fit_options given = {0};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    code = fit_workload(&given, arguments[0], arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_fit_workload = {
    .name = "fit-workload", .summary = "fit a workload profile to a trace", .usage = "TRACE [options]",
    .details = "Writes quantiles of the lengths, their rank correlation, burstiness, rate and reuse of prefixes as YAML, for `traffic: {source: PROFILE.yaml}`.\n"
               "No row of the trace goes in. How near the profile comes to the trace is printed to stderr, and stands in the file.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
