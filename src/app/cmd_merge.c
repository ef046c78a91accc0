/* orrery merge: stores into one - the shards of a sweep that many machines made. */
#include <inttypes.h>
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/listing.h"

typedef struct merge_options { bool unused; } merge_options;

static int merge(const char *into, const char *const *from, int count, orr_arena *arena, orr_diags *diags)
{
    orr_store *store = orr_store_open(into, diags);
    if (store == NULL) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    bool good = true;
    for (int i = 0; i < count && good; i++) {
        orr_store_merged added;
        if (orr_text_equal(into, from[i])) continue;
        good = orr_store_merge(store, from[i], &added, diags);
        if (good) printf("%s: %" PRId64 " answers, %" PRId64 " runs, %" PRId64 " points that %s had not\n", from[i], added.answers, added.runs, added.points, into);
    }
    orr_text text = {0};
    if (good) orr_ask_ls_spaces(store, arena, &text);
    if (text.length_bytes > 0) fputs(text.bytes, stdout);
    orr_text_free(&text);
    return orr_app_close_store(store, good ? ORR_EXIT_DONE : orr_app_exit_code(diags, ORR_EXIT_USAGE), diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    merge_options given = {0};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    code = merge(arguments[0], arguments + 1, count - 1, arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_merge = {
    .name = "merge", .summary = "put stores together: the shards of a sweep", .usage = "INTO FROM...",
    .details = "Takes what INTO has not: answers, runs, points. Merging again, or in another order, changes nothing. `orrery sweep STUDY --shard 2/8 --store part2.db` makes a shard; when all are merged,\n"
               "`orrery sweep STUDY --store INTO` answers from them, with the bytes of one process.",
    .min_arguments = 2, .max_arguments = 100000, .run = run,
};
