/* orrery explain: where does the time go, what binds, and what would more of each hardware parameter bring? */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"

typedef struct explain_options { orr_option_list settings; orr_answer_options answer; } explain_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(explain_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    ORR_ANSWER_OPTIONS(explain_options, answer),
};

static int explain(const explain_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("explain", "requests");
    const orr_ask ask = orr_app_ask(path, &given->settings, 0, &progress);
    orr_answer answer;
    orr_ask_explain(&ask, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &given->answer, arena, diags);
    orr_answer_free(&answer);
    return code;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    explain_options given = {.answer.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = explain(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_explain = {
    .name = "explain", .summary = "say where the time of one system goes, what binds it, and what would bind next", .usage = "STUDY [options]",
    .details = "Takes the typical steps of a run apart, operator by operator, and tells what each parameter of the chip, the node and the fabric is worth: the elasticity\n"
               "-0.7 says that 10 % more of it takes about 7 % off the time.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
