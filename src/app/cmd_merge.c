/* orrery merge: stores into one - the shards of a sweep that many machines made. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/listing.h"

typedef struct merge_options { const char *format; } merge_options;

static const orr_option options[] = {
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(merge_options, format), .argument = "FORMAT", .doc = "table (default) or json", .choices = orr_format_choices},
};

static int merge(const merge_options *given, const char *into, const char *const *from, size_t count, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("merge", "stores");
    orr_ask ask = orr_app_ask(NULL, &(orr_option_list){0}, 0, &progress);
    if (!orr_app_open_store(into, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    orr_answer answer;
    orr_ask_merge(&ask, from, count, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    merge_options given = {.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    code = merge(&given, arguments[0], arguments + 1, (size_t)count - 1, arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_merge = {
    .name = "merge", .summary = "put stores together: the shards of a sweep", .usage = "INTO FROM... [options]",
    .details = "Takes what INTO has not: answers, runs, points. Merging again, or in another order, changes nothing. `orrery sweep STUDY --shard 2/8 --store part2.db` makes a shard; when all are merged,\n"
               "`orrery sweep STUDY --store INTO` answers from them, with the bytes of one process.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 2, .max_arguments = 100000, .run = run,
};
