/* predict: one run on the virtual clock, and where the study asks for them its replications. */
#include "ask/keep.h"
#include "base/cancel.h"
#include "base/version.h"
#include "lab/bounds.h"

void orr_ask_tell_requests(void *context, int64_t finished, int64_t expected)
{
    const orr_ask *ask = context;
    if (ask->on_progress) ask->on_progress(ask->progress_context, "requests", (size_t)finished, expected > 0 ? (size_t)expected : (size_t)finished, 1, NULL);
}

static void on_replicated(void *context, size_t done, size_t total)
{
    const orr_ask *ask = context;
    if (ask->on_progress) ask->on_progress(ask->progress_context, "runs", done, total, done, NULL);
}

/* Why nobody was served. */
static const char *nobody_served(const orr_run_result *run, orr_arena *arena)
{
    if (run->requests_arrived == 0) return "no request came: traffic.window leaves none of the trace, or traffic.stop ends before the first\n";
    if (run->requests_rejected == run->requests_arrived)
        return orr_arena_printf(arena, "no request could be served: each of the %lld is longer than the model's context (max_model_len) or than the whole KV cache\n", (long long)run->requests_rejected);
    return orr_arena_printf(arena, "no request could be served: of %lld, %lld were longer than the model's context or the whole KV cache, %lld refused at the door (serving.admission) and %lld lost to failures\n",
                            (long long)run->requests_arrived, (long long)run->requests_rejected, (long long)run->requests_refused, (long long)run->requests_lost);
}

static void remark_on(orr_answer *answer, const orr_study *study, orr_arena *arena)
{
    const orr_run_result *run = &answer->run;
    if (run->end == ORR_RUN_CANCELLED) answer->remark = orr_arena_printf(arena, "interrupted after %lld requests\n", (long long)run->requests_finished);
    if (run->end == ORR_RUN_DONE && run->requests_finished == 0) {
        answer->remark = nobody_served(run, arena);
        if (answer->code == ORR_EXIT_DONE) answer->code = ORR_EXIT_NO_ANSWER;
    }
    const int64_t smallest = run->end == ORR_RUN_DOES_NOT_FIT ? orr_perf_smallest_tensor_parallel(study, arena) : 0;
    if (smallest > 0) answer->remark = orr_arena_printf(arena, "hint: the smallest tensor_parallel_size that fits is %lld\n", (long long)smallest);
}

void orr_ask_predict(const orr_ask *ask, const orr_ask_files *files, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_study *study = orr_ask_read_system(ask, "predict", &answer->file, arena, diags);
    orr_ask unkept = *ask;
    if (files) unkept.store = NULL;     /* what is watched or replayed has to run, and may differ in the last digit */
    const orr_asked about = {.verb = "predict", .files = {answer->file}, .file_count = 1, .study = study, .numbers = {ask->keep_records}};
    orr_keeping_answer keeping = {.ask = &unkept};
    if (study) keeping = orr_keep_begin(&unkept, &about, arena, diags);
    if (study && orr_keep_find(&keeping, answer, arena)) return;
    const orr_perf *perf = study ? orr_perf_prepare(study, arena, diags) : NULL;
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!perf) return;
    answer->study = study;
    orr_ask asked = *ask;
    orr_run_options options = {.keep_records = ask->keep_records, .cancel = ask->cancel, .on_progress = orr_ask_tell_requests, .progress_context = &asked};
    if (files && !files->open(files->context, study, &options, diags)) {
        files->close(files->context, false, diags);
        answer->code = orr_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        return;
    }
    answer->run = orr_run_study(study, perf, &options, diags);
    const orr_run_result *run = &answer->run;
    bool good = !files || files->close(files->context, run->end == ORR_RUN_DONE, diags);
    answer->code = orr_exit_code(diags, run->end == ORR_RUN_DOES_NOT_FIT ? ORR_EXIT_NO_ANSWER : ORR_EXIT_DONE);
    if (run->end == ORR_RUN_CANCELLED) {
        answer->code = ORR_EXIT_INTERRUPTED;
    } else if (run->end != ORR_RUN_BROKEN_INPUT) {
        answer->report = orr_report_of_run(study, run, perf, ORR_VERSION, arena);
        if (good && study->measure.replications > 1 && run->end == ORR_RUN_DONE && run->requests_finished > 0) {
            const orr_replicate_options how = {.threads = ask->threads, .cancel = ask->cancel, .memo = orr_keep_memo(&keeping), .on_done = on_replicated, .context = &asked};
            answer->report.replications = orr_replicate(study, run, &how, arena, diags);
            good = answer->report.replications != NULL;
        }
        answer->has_report = good;
        if (!good) answer->code = orr_exit_code(diags, orr_cancel_asked(ask->cancel) ? ORR_EXIT_INTERRUPTED : ORR_EXIT_ENVIRONMENT);
    }
    remark_on(answer, study, arena);
    orr_keep_put(&keeping, answer, arena, diags);
}
