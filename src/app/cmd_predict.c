/* orrery predict: what will this system do? One run on the virtual clock. */
#include <stdio.h>
#include "app/interrupt.h"
#include "app/progress.h"
#include "app/run_files.h"
#include "app/study_verb.h"
#include "app/verbs.h"

typedef struct predict_options { orr_option_list settings; orr_answer_options answer; orr_run_file_options files; const char *warmup; int64_t replications, threads; } predict_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(predict_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    ORR_ANSWER_OPTIONS(predict_options, answer),
    {.name = "warmup", .letter = 'w', .kind = ORR_OPTION_TEXT, .offset = offsetof(predict_options, warmup), .argument = "WHAT", .doc = "leave out the beginning: auto (until a steady state, by MSER-5), a time (30s) or a number of requests; the same as --set measure.warmup"},
    {.name = "replications", .letter = 'r', .kind = ORR_OPTION_INT, .offset = offsetof(predict_options, replications), .argument = "N", .min = 1, .max = 10000, .doc = "run N times, each with a seed of its own, for confidence intervals; the same as --set measure.replications"},
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(predict_options, threads), .argument = "N", .min = 0, .max = 256, .doc = "threads for these (default 0: one a core); the answer is the same with any"},
    ORR_RUN_FILE_OPTIONS(predict_options, files),
};

static void on_progress(void *context, int64_t finished, int64_t expected) { orr_progress_show(context, (size_t)finished, expected > 0 ? (size_t)expected : (size_t)finished, 1, NULL); }

/* Options that are settings of the study by another name, behind those given so. */
static orr_option_list all_settings(const predict_options *given, orr_arena *arena)
{
    orr_option_list all = {ORR_NEW_ARRAY(arena, const char *, given->settings.count + 3), 0};
    for (size_t i = 0; i < given->settings.count; i++) all.items[all.count++] = given->settings.items[i];
    if (given->warmup) all.items[all.count++] = orr_arena_printf(arena, "measure.warmup=%s", given->warmup);
    if (given->replications > 0) all.items[all.count++] = orr_arena_printf(arena, "measure.replications=%lld", (long long)given->replications);
    return all;
}

static void on_replicated(void *context, size_t done, size_t total) { orr_progress_show(context, done, total, done, NULL); }

/* False when cancelled or reported. */
static bool replicate(const predict_options *given, const orr_study *study, const orr_run_result *run, orr_report *report, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("predict", "runs");
    const orr_replicate_options how = {.threads = (int)given->threads, .cancel = orr_interrupt_catch(), .on_done = on_replicated, .context = &progress};
    report->replications = orr_replicate(study, run, &how, arena, diags);
    orr_progress_end(&progress);
    return report->replications != NULL;
}

/* A recording is of one run. */
static bool check_together(const predict_options *given, const orr_study *study, orr_diags *diags)
{
    if (study->measure.replications <= 1 || (!given->files.record && !given->files.replay)) return true;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--%s is of one run, and %lld replications are asked for", given->files.record ? "record" : "replay", (long long)study->measure.replications),
                  "Leave one of them out: --replications 1.");
    return false;
}

static int predict(const predict_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    const orr_option_list settings = all_settings(given, arena);
    const orr_study *study = orr_app_read_system(path, &settings, "predict", arena, diags);
    if (!study || !check_together(given, study, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    const orr_perf *perf = orr_perf_prepare(study, arena, diags);
    if (!perf) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_progress progress = orr_progress_begin("predict", "requests");
    orr_run_options run_options = {.keep_records = orr_app_wants_records(&given->answer), .cancel = orr_interrupt_catch(), .on_progress = on_progress, .progress_context = &progress};
    orr_run_files files;
    if (!orr_run_files_open(&files, &given->files, study, &run_options, diags)) {
        orr_run_files_close(&files, false, diags);
        return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    }
    orr_run_result run = orr_run_study(study, perf, &run_options, diags);
    orr_progress_end(&progress);
    bool good = orr_run_files_close(&files, run.end == ORR_RUN_DONE, diags);
    int code = orr_app_exit_code(diags, run.end == ORR_RUN_DOES_NOT_FIT ? ORR_EXIT_NO_ANSWER : ORR_EXIT_DONE);
    if (run.end == ORR_RUN_CANCELLED) {
        fprintf(stderr, "interrupted after %lld requests\n", (long long)run.requests_finished);
        code = ORR_EXIT_INTERRUPTED;
    } else if (run.end != ORR_RUN_BROKEN_INPUT) {
        orr_report report = orr_report_of_run(study, &run, perf, ORR_VERSION, arena);
        if (good && study->measure.replications > 1 && run.end == ORR_RUN_DONE && run.requests_finished > 0) good = replicate(given, study, &run, &report, arena, diags);
        if (good) good = orr_app_write_report(&report, &given->answer, arena, diags);
        if (!good) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    }
    if (run.end == ORR_RUN_DONE && run.requests_finished == 0) {
        fprintf(stderr, "no request could be served: each of the %lld is longer than the model's context (max_model_len) or than the whole KV cache\n", (long long)run.requests_rejected);
        if (code == ORR_EXIT_DONE) code = ORR_EXIT_NO_ANSWER;
    }
    const int64_t smallest = run.end == ORR_RUN_DOES_NOT_FIT ? orr_perf_smallest_tensor_parallel(study, arena) : 0;
    if (smallest > 0) fprintf(stderr, "hint: the smallest tensor_parallel_size that fits is %lld\n", (long long)smallest);
    orr_run_result_free(&run);
    return code;
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
