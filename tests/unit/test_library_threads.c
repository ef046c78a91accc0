/* The C ABI in process: studies of two threads side by side give what each gives alone; a question stops when it is asked to, by another thread or by its progress; mistakes end nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "orrery/orrery.h"

static const char study_text[] = "{schema: orrery/v1, model: qwen3-8b, hardware: {chip: h100-sxm, chips: 1}, engine: {profile: vllm}, traffic: {source: azure-conv-2023, load: {rate: 4/s}, stop: {requests: 200}}}";
static const char search_text[] = "{schema: orrery/v1, model: qwen3-8b, hardware: {chip: h100-sxm, chips: 4}, engine: {profile: vllm, max_num_seqs: {choices: [16, 64]}}, serving: {replicas: {choices: [1, 2, 3]}},"
                                  " traffic: {source: azure-conv-2023, load: {rate: 6/s}, stop: {requests: 200}}, slo: {ttft: {p99: 2 s}}, objective: {minimize: gpus}}";

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

typedef struct job { orrery_study *study; const char *setting; orrery_control *control; bool search; orrery_result *result; } job;

static void *work(void *context)
{
    job *j = context;
    orrery_options options = ORRERY_OPTIONS_INIT;
    options.settings = &j->setting;
    options.setting_count = j->setting != NULL;
    options.threads = 2;
    options.control = j->control;
    j->result = j->search ? orrery_recommend(j->study, &options) : orrery_predict(j->study, &options);
    return NULL;
}

static void two_threads_two_studies(void **state)
{
    (void)state;
    orrery_study *run = orrery_study_of_text(study_text, sizeof study_text - 1, NULL), *search = orrery_study_of_text(search_text, sizeof search_text - 1, "search.yaml");
    job jobs[] = {{.study = run}, {.study = run, .setting = "seed=7"}, {.study = search, .search = true}}, alone[3];
    pthread_t threads[3];
    memcpy(alone, jobs, sizeof jobs);
    for (size_t i = 0; i < 3; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    for (size_t i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 3; i++) {
        work(&alone[i]);
        assert_string_equal(orrery_result_diagnostics(jobs[i].result), "");
        assert_int_equal(orrery_result_status(jobs[i].result), ORRERY_DONE);
        assert_string_equal(orrery_result_json(jobs[i].result, NULL), orrery_result_json(alone[i].result, NULL));
    }
    assert_string_not_equal(orrery_result_json(jobs[0].result, NULL), orrery_result_json(jobs[1].result, NULL));
    for (size_t i = 0; i < 3; i++) { orrery_result_free(jobs[i].result); orrery_result_free(alone[i].result); }
    orrery_study_free(run);
    orrery_study_free(search);
}

static void another_thread_stops_it(void **state)
{
    (void)state;
    orrery_study *study = orrery_study_of_text(study_text, sizeof study_text - 1, NULL);
    job j = {.study = study, .setting = "traffic.stop.requests=100000000", .control = orrery_control_create()};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &j), 0);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    const double asked_s = now_s();
    orrery_control_cancel(j.control);
    pthread_join(thread, NULL);
    assert_true(now_s() - asked_s < 5);      /* far less than a second on a quiet machine */
    assert_int_equal(orrery_result_status(j.result), ORRERY_CANCELLED);
    assert_non_null(strstr(orrery_result_diagnostics(j.result), "interrupted after"));
    assert_string_equal(orrery_result_json(j.result, NULL), "");
    orrery_result_free(j.result);
    orrery_control_free(j.control);
    orrery_study_free(study);
}

static int stop_at_second(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best)
{
    (void)unit; (void)simulated; (void)best;
    assert_true(done <= total);
    return ++*(int *)context >= 2;
}

static void progress_stops_it(void **state)
{
    (void)state;
    orrery_study *study = orrery_study_of_text(study_text, sizeof study_text - 1, NULL);
    const char *setting = "traffic.stop.requests=100000000";
    int told = 0;
    orrery_options options = ORRERY_OPTIONS_INIT;
    options.settings = &setting;
    options.setting_count = 1;
    options.on_progress = stop_at_second;
    options.progress_context = &told;
    options.keep_requests = 0;
    orrery_result *result = orrery_predict(study, &options);
    assert_int_equal(orrery_result_status(result), ORRERY_CANCELLED);
    assert_in_range(told, 2, 3);
    orrery_result_free(result);
    orrery_study_free(study);
}

static void columns(void **state)
{
    (void)state;
    orrery_study *study = orrery_study_of_text(study_text, sizeof study_text - 1, NULL), *search = orrery_study_of_text(search_text, sizeof search_text - 1, NULL);
    orrery_result *result = orrery_predict(study, NULL);
    assert_string_equal(orrery_result_table(result, 0), "requests");
    assert_string_equal(orrery_result_table(result, 1), "cdf");
    assert_null(orrery_result_table(result, 2));
    orrery_column ttft = ORRERY_COLUMN_INIT, tokens = ORRERY_COLUMN_INIT, p = ORRERY_COLUMN_INIT;
    assert_true(orrery_result_column(result, "requests", "ttft_ms", &ttft) && orrery_result_column(result, "requests", "output_tokens", &tokens) && orrery_result_column(result, "cdf", "probability", &p));
    assert_int_equal(ttft.type, ORRERY_FLOAT64);
    assert_int_equal(tokens.type, ORRERY_INT64);
    assert_int_equal(ttft.count, 200);
    assert_int_equal(p.count, 110);
    for (size_t i = 0; i < ttft.count; i++) assert_true(((const double *)ttft.data)[i] > 0 && ((const int64_t *)tokens.data)[i] > 0);
    assert_false(orrery_result_column(result, "requests", "no_such", &p) || orrery_result_column(result, "candidates", "rank", &p));
    orrery_result_free(result);
    result = orrery_recommend(search, NULL);
    orrery_column verdict = ORRERY_COLUMN_INIT;
    assert_true(orrery_result_column(result, "candidates", "verdict", &verdict));
    assert_int_equal(verdict.type, ORRERY_TEXT);
    assert_int_equal(verdict.count, 6);
    assert_string_equal(((const char *const *)verdict.data)[0], "feasible");
    orrery_result_free(result);
    orrery_study_free(study);
    orrery_study_free(search);
}

static void mistakes(void **state)
{
    (void)state;
    orrery_study *absent = orrery_study_of_file("/no/such/study.yaml"), *broken = orrery_study_of_text("{schema: orrery/v1, modl: x}", 29, "my.yaml");
    orrery_result *result = orrery_predict(absent, NULL);
    assert_int_equal(orrery_result_status(result), ORRERY_WRONG_STUDY);
    assert_string_equal(orrery_result_json(result, NULL), "");
    orrery_result_free(result);
    result = orrery_check(broken, NULL);
    assert_int_equal(orrery_result_status(result), ORRERY_WRONG_STUDY);
    assert_non_null(strstr(orrery_result_diagnostics_json(result), "\"source\":\"my.yaml\",\"line\":1"));
    assert_non_null(strstr(orrery_result_diagnostics(result), "my.yaml:1:"));
    orrery_result_free(result);
    orrery_question question = ORRERY_QUESTION_INIT;
    question.model = "qwen3-8b";
    orrery_study *asked = orrery_study_of_question(&question);
    result = orrery_whatif(asked, NULL, 0, NULL);
    assert_int_equal(orrery_result_status(result), ORRERY_WRONG_STUDY);
    assert_non_null(strstr(orrery_result_diagnostics(result), "run on"));
    orrery_result_free(result);
    orrery_study_free(asked);
    orrery_study_free(absent);
    orrery_study_free(broken);
    orrery_result_free(NULL);
    orrery_study_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_threads_two_studies), cmocka_unit_test(another_thread_stops_it), cmocka_unit_test(progress_stops_it), cmocka_unit_test(columns), cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
