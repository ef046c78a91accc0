/* orrery fit-workload: a workload profile from a trace, as YAML. Only derived figures go in, never the trace's rows. */
#include <stdio.h>
#include <string.h>
#include "app/common.h"
#include "app/verbs.h"
#include "ask/fit_workload.h"
#include "base/file.h"

typedef struct fit_options { const char *format, *output; orr_workload_citation citation; } fit_options;

static const char *const formats[] = {"auto", "mooncake", "azure", "burstgpt", "bailian", "sharegpt", "vidur", NULL};

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

/* The profile to a file or stdout; how near it comes, to stderr. */
static int fit_workload(const fit_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_answer answer;
    orr_ask_fit_workload(path, given->format, &given->citation, &answer, arena, diags);
    if (!answer.yaml) return answer.code;
    fputs(answer.remark, stderr);
    if (given->output) orr_file_write(given->output, answer.yaml, strlen(answer.yaml), diags);
    else fputs(answer.yaml, stdout);
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
