/* The C ABI in process: studies of two threads side by side give what each gives alone; a question stops when it is asked to, by another thread or by its progress; mistakes end nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
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

/* Paths of each begin in its own pack, and the process moves nowhere. */
static void *pack_and_verify(void *context)
{
    const char *folder = context;
    orrery_study *study = orrery_study_of_text(study_text, sizeof study_text - 1, NULL);
    orrery_options options = ORRERY_OPTIONS_INIT;
    options.output_dir = folder;
    orrery_result *packed = orrery_ask("pack", study, NULL, 0, &options), *verified = orrery_ask("verify", NULL, &folder, 1, NULL);
    const bool good = orrery_result_status(packed) == ORRERY_DONE && strstr(orrery_result_json(packed, NULL), "orrery-pack/v1") && orrery_result_status(verified) == ORRERY_DONE && strstr(orrery_result_json(verified, NULL), "\"same\": true");
    orrery_result_free(packed);
    orrery_result_free(verified);
    orrery_study_free(study);
    return good ? context : NULL;
}

static void packs_side_by_side(void **state)
{
    (void)state;
    char folders[2][64] = {"/tmp/orrery-pack-a-XXXXXX", "/tmp/orrery-pack-b-XXXXXX"}, before[4096], after[4096];
    pthread_t threads[2];
    assert_non_null(getcwd(before, sizeof before));
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(mkdtemp(folders[i]));
        assert_int_equal(pthread_create(&threads[i], NULL, pack_and_verify, folders[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        void *good = NULL;
        pthread_join(threads[i], &good);
        assert_non_null(good);
    }
    assert_non_null(getcwd(after, sizeof after));
    assert_string_equal(before, after);
    const char *const both[] = {folders[0], folders[1]};
    orrery_result *compared = orrery_ask("compare", NULL, both, 2, NULL);
    assert_int_equal(orrery_result_status(compared), ORRERY_DONE);
    assert_non_null(strstr(orrery_result_text(compared, NULL), "Every figure is the same."));
    orrery_result_free(compared);
    for (size_t i = 0; i < 2; i++) {
        static const char *const files[] = {"manifest.json", "reproduce.sh", "requests.csv", "resolved.yaml", "results.json", "study.yaml", "table.txt", "report.html"};
        for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
            char path[256];
            snprintf(path, sizeof path, "%s/%s", folders[i], files[f]);
            remove(path);
        }
        assert_int_equal(rmdir(folders[i]), 0);
    }
}

static void by_name(void **state)
{
    (void)state;
    orrery_study *search = orrery_study_of_text(search_text, sizeof search_text - 1, "search.yaml");
    const char *const by[] = {"replicas"}, *const against[] = {"ttft"}, *const names[] = {"a", "b", "c"};
    orrery_options options = ORRERY_OPTIONS_INIT;
    options.by = by;
    options.by_count = 1;
    orrery_result *result = orrery_ask("recommend", search, NULL, 0, &options);
    orrery_column column = ORRERY_COLUMN_INIT;
    assert_true(orrery_result_column(result, "best", "objective", &column));
    assert_int_equal(column.count, 3);
    orrery_result_free(result);
    options = (orrery_options)ORRERY_OPTIONS_INIT;
    options.against = against;
    options.against_count = 1;
    options.finalists = 2;
    result = orrery_ask("sweep", search, NULL, 0, &options);
    assert_true(orrery_result_column(result, "finalists", "simulated_objective", &column));
    assert_int_equal(column.count, 2);
    assert_true(orrery_result_column(result, "front", "objective", &column) && column.count > 0);
    orrery_result_free(result);
    result = orrery_ask("check", NULL, NULL, 0, NULL);
    assert_non_null(strstr(orrery_result_json(result, NULL), "json-schema.org"));
    orrery_result_free(result);
    static const struct { const char *verb; bool of_study; size_t names; const char *words; } wrong[] = {
        {"predcit", true, 0, "Did you mean \"predict\"?"}, {NULL, false, 0, "unknown verb"}, {"predict", false, 0, "there is none"}, {"ls", true, 0, "not asked of a study"}, {"ls", false, 0, "none is named"}, {"verify", false, 0, "wants a name"},
        {"compare", false, 3, "one name too many: c"}, {"predict", true, 1, "one name too many: a"}, {"merge", false, 1, "two names or more"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        result = orrery_ask(wrong[i].verb, wrong[i].of_study ? search : NULL, names, wrong[i].names, NULL);
        assert_int_equal(orrery_result_status(result), ORRERY_WRONG_STUDY);
        assert_non_null(strstr(orrery_result_diagnostics(result), wrong[i].words));
        orrery_result_free(result);
    }
    orrery_study_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_threads_two_studies), cmocka_unit_test(another_thread_stops_it), cmocka_unit_test(progress_stops_it), cmocka_unit_test(columns), cmocka_unit_test(mistakes), cmocka_unit_test(packs_side_by_side), cmocka_unit_test(by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
