/* orrery show: one entry of the catalogue with the source of each value, or the fields of a kind. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/catalogue.h"

typedef struct show_options { const char *format; const char *fields; } show_options;

static const char *const formats[] = {"table", "yaml", "json", NULL};
static const orr_option options[] = {
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(show_options, format), .argument = "FORMAT", .doc = "table (default), yaml or json", .choices = formats},
    {.name = "fields", .kind = ORR_OPTION_TEXT, .offset = offsetof(show_options, fields), .argument = "KIND", .doc = "the fields of a kind: study, engine, chip, traffic, .."},
};

static int show(const show_options *given, const char *const *names, int count, orr_arena *arena, orr_diags *diags)
{
    orr_answer answer = {.code = ORR_EXIT_USAGE};
    if (given->fields) orr_ask_fields(given->fields, &answer, arena, diags);
    else if (count > 0) orr_ask_show(names, (size_t)count, &answer, arena, diags);
    else orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "nothing is named"), "orrery show NAME, or orrery show --fields study; `orrery list` shows names.");
    if (!answer.yaml || !orr_text_equal(given->format, "yaml")) return orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    fputs(answer.yaml, stdout);
    return answer.code;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    show_options given = {.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    code = show(&given, arguments, count, arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_show = {
    .name = "show", .summary = "show one entry of the catalogue, or the fields of a kind", .usage = "[KIND] NAME | --fields KIND",
    .details = "Each value stands with its origin, the date of its source and the source. NAME may be an alias; with KIND, a path too.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 0, .max_arguments = 2, .run = run,
};
