/* orrery explain: where does the time go, what binds, and what would more of each hardware parameter bring? */
#include <stdio.h>
#include "app/interrupt.h"
#include "app/study_verb.h"
#include "app/verbs.h"

typedef struct explain_options { orr_option_list settings; orr_answer_options answer; } explain_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(explain_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    ORR_ANSWER_OPTIONS(explain_options, answer),
};

static int explain(const explain_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    const orr_study *study = orr_app_read_system(path, &given->settings, "explain", arena, diags);
    if (!study) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_study_explanation explanation;
    const bool explained = orr_explain_study(study, orr_interrupt_catch(), arena, &explanation, diags);
    int code = orr_app_exit_code(diags, explained ? ORR_EXIT_DONE : ORR_EXIT_USAGE);
    if (explained && code == ORR_EXIT_DONE) {
        const orr_report report = orr_report_of_explanation(study, &explanation, ORR_VERSION, arena);
        if (!orr_app_write_report(&report, &given->answer, arena, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        else if (explanation.run.end == ORR_RUN_CANCELLED) code = ORR_EXIT_INTERRUPTED;
        else if (!explanation.runs) code = ORR_EXIT_NO_ANSWER;
    }
    orr_study_explanation_free(&explanation);
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
