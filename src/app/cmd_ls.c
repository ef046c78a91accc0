/* orrery ls: what the store holds. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/listing.h"

typedef struct ls_options { const char *store, *format; } ls_options;

static const orr_option options[] = {
    {.name = "store", .kind = ORR_OPTION_TEXT, .offset = offsetof(ls_options, store), .argument = "PATH", .doc = "the store (default: the variable ORRERY_STORE)"},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(ls_options, format), .argument = "FORMAT", .doc = "table (default) or json", .choices = orr_format_choices},
};

static int ls(const ls_options *given, orr_arena *arena, orr_diags *diags)
{
    orr_store *store = NULL;
    if (!orr_app_need_store(given->store, &store, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_answer answer;
    orr_ask_ls(store, &answer, arena);
    const int code = orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    ls_options given = {.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    code = ls(&given, arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_ls = {
    .name = "ls", .summary = "list what a store holds: answers, and the points of sweeps", .usage = "[options]",
    .details = "Of each answer: its hash (enough digits of it name it), the verb, when it was made, the study, the answer in a sentence. Points are those of a sweep that has no end yet:\n"
               "the same command goes on from them.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 0, .max_arguments = 0, .run = run,
};
