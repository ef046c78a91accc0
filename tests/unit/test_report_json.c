/* results.json: it parses, holds the keys of `vllm bench serve`, tells the run's figures, and writes what is not a number as null. */
#include "report_support.h"

#include <json-c/json.h>
#include <math.h>
#include "report/results_json.h"

static json_object *parse(const orr_report *report, bool pretty, orr_arena *arena)
{
    orr_text out = {0};
    orr_results_write_json(report, pretty, arena, &out);
    enum json_tokener_error error;
    json_object *root = json_tokener_parse_verbose(out.bytes, &error);
    assert_int_equal(error, json_tokener_success);
    assert_int_equal(out.bytes[out.length_bytes - 1], '\n');
    orr_text_free(&out);
    return root;
}

/* "a.b.0.c" */
static json_object *at(json_object *root, const char *path)
{
    json_object *found = root;
    char part[64];
    while (*path && found) {
        const size_t length = strcspn(path, ".");
        assert_true(length < sizeof part);
        memcpy(part, path, length);
        part[length] = 0;
        path += length + (path[length] == '.');
        if (json_object_is_type(found, json_type_array)) found = json_object_array_get_idx(found, (size_t)(part[0] - '0'));
        else if (!json_object_object_get_ex(found, part, &found)) return NULL;
    }
    return found;
}

static double number(json_object *root, const char *path)
{
    json_object *found = at(root, path);
    assert_true(json_object_is_type(found, json_type_double) || json_object_is_type(found, json_type_int));
    return json_object_get_double(found);
}

static void keys_of_vllm_are_there(void **state)
{
    (void)state;
    small_world w = small_run("A \"small\" study </script>");
    const orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
    json_object *root = parse(&report, true, w.arena);
    static const char *const keys[] = {"backend", "model_id", "num_prompts", "request_rate", "duration", "completed", "failed", "total_input_tokens", "total_output_tokens", "request_throughput", "request_goodput", "output_throughput",
                                       "total_token_throughput"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) assert_non_null(at(root, keys[i]));
    static const char *const stats[] = {"mean", "median", "std", "p50", "p90", "p95", "p99"}, *const metrics[] = {"ttft", "tpot", "itl", "e2el"};
    for (size_t s = 0; s < 7; s++) for (size_t m = 0; m < 4; m++) assert_true(number(root, orr_arena_printf(w.arena, "%s_%s_ms", stats[s], metrics[m])) >= 0);
    assert_true(json_object_object_get_ex(root, "max_concurrency", NULL));
    assert_null(at(root, "max_concurrency"));       /* null: no limit */
    assert_false(json_object_object_get_ex(root, "date", NULL));
    assert_int_equal(number(root, "completed"), 30);
    assert_true(number(root, "p99_ttft_ms") == w.run.latency.by_metric[ORR_METRIC_TTFT].p99 / 1e6);
    assert_true(number(root, "request_rate") == 5);
    json_object_put(root);
    small_free(&w);
}

static void orrerys_own_keys_tell_the_run(void **state)
{
    (void)state;
    small_world w = small_run("A \"small\" study </script>");
    const orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
    json_object *root = parse(&report, false, w.arena);
    assert_string_equal(json_object_get_string(at(root, "schema")), ORR_RESULTS_SCHEMA);
    assert_string_equal(json_object_get_string(at(root, "kind")), "predict");
    assert_string_equal(json_object_get_string(at(root, "title")), "A \"small\" study </script>");
    assert_int_equal(number(root, "run.steps"), w.run.steps);
    assert_true(number(root, "slo.limits.0.limit_ms") == 1000);
    assert_true(number(root, "slo.limits.1.ratio") == w.run.latency.by_metric[ORR_METRIC_TPOT].p99 / 5e7);
    assert_true(number(root, "memory.weights_bytes") > 1e9);
    assert_int_equal(json_object_array_length(at(root, "cdf.probability")), json_object_array_length(at(root, "cdf.ttft_ms")));
    double share = 0;
    json_object *operators = at(root, "steps.0.operators");
    for (size_t i = 0; i < json_object_array_length(operators); i++) share += number(json_object_array_get_idx(operators, i), "time_ns");
    assert_true(fabs(share - number(root, "steps.0.device_ns")) < 1e-6 * share);
    assert_true(json_object_array_length(at(root, "provenance")) > 0);
    assert_non_null(at(root, "formulas.ttft_ms"));
    json_object_put(root);
    small_free(&w);
}

/* Policies stand as they are resolved: what a part says, else the scheduler's own; nothing of a cache that keeps nothing. */
static void policies_are_named_as_resolved(void **state)
{
    (void)state;
    small_world w = small_run("Policies");
    orr_engine *e = &w.study->engine;
    e->scheduler = ORR_SCHEDULER_SGLANG;
    e->scheduling.parts.order = ORR_QUEUE_PRIORITY;
    w.study->serving.router = ORR_ROUTER_KV_AWARE;
    w.study->serving.admission.policy = ORR_ADMIT_BY_QUEUE;
    const orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
    json_object *root = parse(&report, true, w.arena);
    static const char *const expected[][2] = {{"scheduler", "sglang"}, {"scheduling_admission", "new_token_ratio"}, {"scheduling_order", "priority"}, {"scheduling_victim", "least_output"}, {"cache", "blocks"},
        {"cache_eviction", "lru"}, {"router", "kv_aware"}, {"admission", "queue"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) assert_string_equal(json_object_get_string(at(root, orr_arena_printf(w.arena, "system.%s", expected[i][0]))), expected[i][1]);
    json_object_put(root);
    e->enable_prefix_caching = false;
    root = parse(&report, true, w.arena);
    assert_true(json_object_object_get_ex(at(root, "system"), "cache_eviction", NULL) && at(root, "system.cache") == NULL && at(root, "system.cache_eviction") == NULL);
    json_object_put(root);
    small_free(&w);
}

static void same_inputs_same_bytes(void **state)
{
    (void)state;
    orr_text bytes[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        small_world w = small_run("Twice");
        const orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
        orr_results_write_json(&report, true, w.arena, &bytes[i]);
        small_free(&w);
    }
    assert_string_equal(bytes[0].bytes, bytes[1].bytes);
    orr_text_free(&bytes[0]);
    orr_text_free(&bytes[1]);
}

static void what_is_not_a_number_is_null(void **state)
{
    (void)state;
    small_world w = small_run("Nothing finished");
    orr_run_result none = {.end = ORR_RUN_DONE, .replicas = 1, .gpus = 1, .usd_per_mtok_output = (double)NAN, .busy_share = (double)INFINITY};
    orr_report report = orr_report_of_run(w.study, &none, NULL, "9.9", w.arena);
    json_object *root = parse(&report, true, w.arena);
    static const char *const nulls[] = {"mean_ttft_ms", "p99_tpot_ms", "request_goodput", "cost.usd_per_mtok_output", "utilization.busy_share", "latency.ttft_ms.p50"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) assert_null(at(root, nulls[i]));
    assert_true(json_object_object_get_ex(root, "mean_ttft_ms", NULL));
    assert_false(json_object_object_get_ex(root, "cdf", NULL));
    json_object_put(root);

    none.end = ORR_RUN_DOES_NOT_FIT;        /* nothing ran: no figures of a run at all */
    report = orr_report_of_run(w.study, &none, NULL, "9.9", w.arena);
    root = parse(&report, true, w.arena);
    assert_false(json_object_object_get_ex(root, "mean_ttft_ms", NULL));
    assert_non_null(at(root, "memory"));
    json_object_put(root);
    small_free(&w);
}

static void a_search_lists_its_systems(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_study_file *file = small_file(arena, "Search", "{choices: [1, 2, 3]}", "{choices: [1, 16, 64]}", diags);
    assert_non_null(file);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 1}, arena, diags);
    assert_non_null(r);
    const orr_report report = orr_report_of_recommendation(file, r, "9.9", arena);
    json_object *root = parse(&report, true, arena), *candidates = at(root, "recommendation.candidates");
    assert_int_equal(json_object_array_length(candidates), 9);
    assert_string_equal(json_object_get_string(at(root, "answer")), r->answer);
    assert_string_equal(json_object_get_string(at(root, "recommendation.domains.0.path")), file->domains[0].path);
    int64_t counted = 0;
    for (int v = 0; v < ORR_VERDICT_COUNT_; v++) counted += (int64_t)number(at(root, "recommendation.verdict_counts"), orr_verdict_key((orr_verdict)v));
    assert_int_equal(counted, 9);
    for (size_t i = 0; i < 9; i++) {
        json_object *one = json_object_array_get_idx(candidates, i);
        assert_int_equal(number(one, "rank"), i + 1);
        assert_string_equal(json_object_get_string(at(one, "verdict")), orr_verdict_key(r->candidates[i].verdict));
        assert_int_equal(json_object_array_length(at(one, "choices")), 2);
    }
    json_object_put(root);
    orr_recommendation_free(r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_of_vllm_are_there), cmocka_unit_test(orrerys_own_keys_tell_the_run), cmocka_unit_test(policies_are_named_as_resolved), cmocka_unit_test(same_inputs_same_bytes), cmocka_unit_test(what_is_not_a_number_is_null),
                                       cmocka_unit_test(a_search_lists_its_systems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
