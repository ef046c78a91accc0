/* orrery whatif: what would change if ..? A question in one line, or of a study. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"

typedef struct whatif_options { orr_option_list changes, fixed, limits; const char *on, *engine, *traffic, *objective, *store; orr_answer_options answer; int64_t input_tokens, output_tokens, threads; } whatif_options;

static const orr_option options[] = {
    {.name = "on", .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, on), .argument = "CHIP:N", .doc = "what a model runs on: h200-sxm:8 (chips), dgx-h100:2 (nodes)"},
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(whatif_options, changes), .argument = "PATH=VALUE", .doc = "the change: --set chip.memory.bandwidth=x2; chip., node. and fabric. are of the hardware"},
    {.name = "fix", .kind = ORR_OPTION_LIST, .offset = offsetof(whatif_options, fixed), .argument = "PATH=VALUE", .doc = "a setting of both sides: --fix engine.quantization=fp8"},
    {.name = "slo", .kind = ORR_OPTION_LIST, .offset = offsetof(whatif_options, limits), .argument = "LIMIT", .doc = "of both sides: 'tpot<=20ms', 'p95 ttft<=2s'; p99 where no statistic is named"},
    {.name = "engine", .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, engine), .argument = "PROFILE", .doc = "engine profile (default vllm)"},
    {.name = "traffic", .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, traffic), .argument = "SOURCE", .doc = "a workload of the catalogue or a trace, in place of fixed lengths"},
    {.name = "input", .kind = ORR_OPTION_INT, .offset = offsetof(whatif_options, input_tokens), .argument = "TOKENS", .doc = "prompt of a request (default 1024)", .min = 1, .max = 100000000},
    {.name = "output", .kind = ORR_OPTION_INT, .offset = offsetof(whatif_options, output_tokens), .argument = "TOKENS", .doc = "outputs of a request (default 1024)", .min = 1, .max = 10000000},
    {.name = "objective", .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, objective), .argument = "NAME", .doc = "what is best: output_tokens_per_s_per_gpu (default), usd_per_million_output_tokens, joules_per_output_token, .."},
    ORR_STORE_OPTION(whatif_options, store),
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(whatif_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, answer.format), .argument = "FORMAT", .doc = "what stdout gets: table or json", .choices = orr_format_choices},
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(whatif_options, answer.output_dir), .argument = "DIR", .doc = "also write whatif.json there and the two studies, as-it-is.yaml and changed.yaml: `orrery recommend` gives either side again"},
};

static int whatif(const whatif_options *given, const char *subject, orr_arena *arena, orr_diags *diags)
{
    const orr_question question = {subject, given->on, given->engine, given->traffic, given->input_tokens, given->output_tokens, (const char *const *)given->limits.items, given->limits.count, given->objective};
    const orr_source *source = given->changes.count > 0 ? orr_ask_subject(&question, arena, diags) : NULL;
    if (!source && given->changes.count > 0) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_progress progress = orr_progress_begin("whatif", "points");
    orr_ask ask = orr_app_ask(NULL, &given->fixed, given->threads, &progress);
    ask.source = source;
    if (!orr_app_open_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    ask.answer_only = true;
    orr_answer answer;
    orr_ask_whatif(&ask, given->changes.items, given->changes.count, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &given->answer, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    whatif_options given = {.answer.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = whatif(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_whatif = {
    .name = "whatif", .summary = "ask what a change would bring, each side at its best operating point", .usage = "MODEL --on CHIP:N --set PATH=VALUE [options] | STUDY --set PATH=VALUE [options]",
    .details = "Searches layouts and requests in flight for the best system as it is and as it would be, under the same limits and the same requests, and compares the two: the gain with its\n"
               "interval, what bound before and what binds now, what to change next. With a study, its own domains are searched.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
