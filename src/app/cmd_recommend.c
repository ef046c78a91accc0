/* orrery recommend: which of these systems is best, and why not the others? */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"

typedef struct recommend_options { orr_option_list settings, by; orr_answer_options answer; const char *store; int64_t threads, seeds; } recommend_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(recommend_options, settings), .argument = "PATH=VALUE", .doc = "override a value or a domain: --set engine.tensor_parallel_size=4"},
    {.name = "by", .kind = ORR_OPTION_LIST, .offset = offsetof(recommend_options, by), .argument = "PATH", .doc = "the best for each choice of this domain (or the end of its path) instead; several: each combination, the last across"},
    {.name = "seeds", .kind = ORR_OPTION_INT, .offset = offsetof(recommend_options, seeds), .argument = "N", .doc = "simulate the best four again under N further seeds, the same for all, and say which can be told apart (default 0: not)", .min = 0, .max = ORR_RIVAL_SEEDS_MOST},
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(recommend_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "top", .letter = 'n', .kind = ORR_OPTION_INT, .offset = offsetof(recommend_options, answer.top), .argument = "N", .doc = "systems that the table lists (default 10)", .min = 1, .max = 1000000},
    ORR_STORE_OPTION(recommend_options, store),
    ORR_ANSWER_OPTIONS(recommend_options, answer),
};

static int recommend(const recommend_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("recommend", "points");
    orr_ask ask = orr_app_ask(path, &given->settings, given->threads, &progress);
    if (!orr_app_open_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    ask.answer_only = true;
    ask.top = (size_t)given->answer.top;
    ask.seeds = given->seeds;
    orr_answer answer;
    if (given->by.count > 0) orr_ask_best_by(&ask, given->by.items, given->by.count, &answer, arena, diags);
    else orr_ask_recommend(&ask, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &given->answer, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    recommend_options given = {.answer = {.format = "table", .top = 10}};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = recommend(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_recommend = {
    .name = "recommend", .summary = "search a study's domains for the best system that keeps its SLOs", .usage = "STUDY [options]",
    .details = "Every point of the domains gets one verdict. Bounds that are proven rule points out without a run; the rest are simulated with the study's whole traffic. Prints\n"
               "the ranking, the Pareto front of tokens/s/user against tokens/s/GPU, why the winner wins and what stopped the others. Ctrl-C prints what is known so far.\n"
               "With --by a search of its own for each of its choices, limits among them: --by slo.tpot.p99 --by hardware.node.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
