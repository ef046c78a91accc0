/* orrery compare: two answers beside each other. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/compare.h"

typedef struct compare_options { orr_option_list settings; const char *store, *format; int64_t threads; } compare_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(compare_options, settings), .argument = "PATH=VALUE", .doc = "override a value of studies, on both sides"},
    ORR_STORE_OPTION(compare_options, store),
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(compare_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(compare_options, format), .argument = "FORMAT", .doc = "table (default) or json", .choices = orr_format_choices},
};

static int compare(const compare_options *given, const char *const *names, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("compare", "points");
    orr_ask ask = orr_app_ask(NULL, &given->settings, given->threads, &progress);
    if (!orr_app_open_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    orr_answer answer;
    orr_ask_compare(&ask, names[0], names[1], &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    compare_options given = {.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = compare(&given, arguments, arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_compare = {
    .name = "compare", .summary = "say what differs between two answers, in and out, and what chance may have made", .usage = "A B [options]",
    .details = "A and B: results.json, a folder that holds one, a study (asked anew, or taken from the store), or the hash of an answer in the store (`orrery ls`). Inputs are compared by path, outputs\n"
               "figure by figure; replications on both sides say which differences are more than chance.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 2, .max_arguments = 2, .run = run,
};
