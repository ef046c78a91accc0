/* orrery predict: what will this system do? One run on the virtual clock. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/run_files.h"

typedef struct predict_options { orr_option_list settings; orr_answer_options answer; orr_run_file_options files; const char *warmup, *store; int64_t replications, threads; } predict_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(predict_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    ORR_ANSWER_OPTIONS(predict_options, answer),
    {.name = "warmup", .letter = 'w', .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, warmup), .argument = "WHAT", .doc = "leave out the beginning: auto (until a steady state, by MSER-5), a time (30s) or a number of requests; the same as --set measure.warmup"},
    {.name = "replications", .letter = 'r', .kind = ORR_OPTION_INT, .offset = offsetof(predict_options, replications), .argument = "N", .min = 1, .max = 10000, .doc = "run N times, each with a seed of its own, for confidence intervals; the same as --set measure.replications"},
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(predict_options, threads), .argument = "N", .min = 0, .max = 256, .doc = "threads for these (default 0: one a core); the answer is the same with any"},
    ORR_STORE_OPTION(predict_options, store),
    {.name = "requests", .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, files.requests), .argument = "FILE", .doc = "write a line for each request (CSV)"},
    {.name = "steps", .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, files.steps), .argument = "FILE", .doc = "write a line for each step: its plan, time and cost (CSV)"},
    {.name = "trace", .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, files.trace), .argument = "FILE", .doc = "write a trace of steps, queues, cache and transfers; ui.perfetto.dev opens it"},
    {.name = "trace-requests", .kind = ORR_OPTION_INT, .offset = offsetof(predict_options, files.trace_requests), .argument = "N", .min = 0, .max = INT64_MAX, .doc = "lifetimes of the first N requests in the trace (default 1000)"},
    {.name = "record", .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, files.record), .argument = "FILE", .doc = "record how long each step took and what it cost"},
    {.name = "replay", .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, files.replay), .argument = "FILE", .doc = "take the times and costs of steps from a recording instead of the model"},
};

/* Options that are settings of the study by another name, behind those given so. */
static orr_option_list all_settings(const predict_options *given, orr_arena *arena)
{
    orr_option_list all = {ORR_NEW_ARRAY(arena, const char *, given->settings.count + 3), 0};
    for (size_t i = 0; i < given->settings.count; i++) all.items[all.count++] = given->settings.items[i];
    if (given->warmup) all.items[all.count++] = orr_arena_printf(arena, "measure.warmup=%s", given->warmup);
    if (given->replications > 0) all.items[all.count++] = orr_arena_printf(arena, "measure.replications=%lld", (long long)given->replications);
    return all;
}

static int predict(const predict_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    const orr_option_list settings = all_settings(given, arena);
    orr_progress progress = orr_progress_begin("predict", "requests");
    orr_ask ask = orr_app_ask(path, &settings, given->threads, &progress);
    if (!orr_app_open_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    ask.keep_records = ask.store || orr_app_wants_records(&given->answer);
    ask.answer_only = true;
    orr_run_files written;
    const orr_ask_files files = orr_run_files_of(&written, &given->files);
    orr_answer answer;
    orr_ask_predict(&ask, orr_run_files_any(&given->files) ? &files : NULL, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &given->answer, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    predict_options given = {.answer.format = "table", .files.trace_requests = ORR_TRACE_REQUESTS};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = predict(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_predict = {
    .name = "predict", .summary = "say what one system will do: latencies, throughput, cost, energy", .usage = "STUDY [options]",
    .details = "Simulates the study's traffic on its system, request by request, and prints TTFT, TPOT, ITL and E2EL with the limits they keep or miss. A study with\n"
               "domains is refused: `orrery recommend` searches those.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
