/* Results of benchmarks: what each tool's keys come to, and what is refused. */
#include <math.h>
#include "trust/bench_result.h"
#include "trust_support.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; } fixture;

static int set_up(void **state)
{
    fixture *f = orr_mem_resize(NULL, sizeof *f);
    *f = (fixture){orr_arena_create(), orr_diags_create()};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    orr_diags_destroy(f->diags);
    orr_arena_destroy(f->arena);
    orr_mem_free(f);
    return 0;
}

static bool parse(fixture *f, const char *text, orr_bench_result *result)
{
    orr_source *source = ORR_NEW(f->arena, orr_source);
    *source = (orr_source){"r.json", text, strlen(text)};
    return orr_bench_result_parse(source, f->arena, result, f->diags);
}

static void refused(fixture *f, const char *text, const char *why)
{
    orr_bench_result result;
    orr_text told = {0};
    orr_diags *diags = f->diags;
    f->diags = orr_diags_create();
    assert_false(parse(f, text, &result));
    orr_diags_render(f->diags, false, &told);
    if (!strstr(told.bytes, why)) fail_msg("\"%s\" is not in: %s", why, told.bytes);
    orr_text_free(&told);
    orr_diags_destroy(f->diags);
    f->diags = diags;
}

#define VLLM "\"completed\": 4, \"total_input_tokens\": 400, \"total_output_tokens\": 80, \"mean_ttft_ms\": 50.5, \"mean_tpot_ms\": 8, \"std_ttft_ms\": NaN"

static void test_vllm(void **state)
{
    fixture *f = *state;
    orr_bench_result b;
    assert_true(parse(f, "{\"date\": \"20261101\", \"model_id\": \"m\", \"num_prompts\": 4, \"request_rate\": \"inf\", \"max_concurrency\": 2, " VLLM "}", &b));
    assert_string_equal(b.tool, "vllm bench serve");
    assert_int_equal(b.requests, 4);
    assert_true(b.load_told && !(b.rate_per_s > 0) && b.concurrency == 2 && !b.each && !b.spread_unknown);
    assert_true(fabs(b.input_tokens - 100) < 1e-9 && fabs(b.output_tokens - 20) < 1e-9 && fabs(b.mean_ms[ORR_METRIC_TTFT] - 50.5) < 1e-9 && isnan(b.mean_ms[ORR_METRIC_ITL]));
    assert_true(parse(f, "{\"request_rate\": 2.5, \"burstiness\": 4, " VLLM "}", &b));
    assert_true(fabs(b.rate_per_s - 2.5) < 1e-9 && b.arrivals == ORR_BENCH_GAMMA && fabs(b.cv - 0.5) < 1e-9);
    assert_true(parse(f, "{\"start_times\": [3, 1, 2, 4.5], \"input_lens\": [10, 20, 30, 40], \"output_lens\": [1, 2, 3, 4], " VLLM "}", &b));
    assert_true(!b.load_told && b.has_starts && b.each[0].input_tokens == 20 && b.each[2].input_tokens == 10 && b.each[3].output_tokens == 4);
    assert_true(fabs(b.each[0].start_s) < 1e-9 && fabs(b.each[3].start_s - 3.5) < 1e-9 && fabs(b.input_tokens - 25) < 1e-9);
}

static void test_vllm_refused(void **state)
{
    fixture *f = *state;
    refused(f, "{\"num_prompts\": 6, " VLLM "}", "2 of its requests failed");
    refused(f, "{\"failed\": 1, " VLLM "}", "1 of its requests failed");
    refused(f, "{\"completed\": 4, \"total_input_tokens\": 400, \"total_output_tokens\": 80, \"mean_ttft_ms\": 5}", "\"mean_tpot_ms\" is missing");
    refused(f, "{\"completed\": 4}", "\"total_input_tokens\" is missing");
    refused(f, "{\"completed\": 0, \"total_input_tokens\": 400, \"total_output_tokens\": 80, \"mean_ttft_ms\": 5}", "\"completed\" is no number from 1");
    refused(f, "{\"request_rate\": \"fast\", " VLLM "}", "\"request_rate\" is no number above 0");
    refused(f, "{\"max_concurrency\": 0.5, " VLLM "}", "no whole number from 1");
    refused(f, "{\"input_lens\": [1, 2], \"output_lens\": [1, 2], " VLLM "}", "2 and 2 entries for 4 requests");
    refused(f, "{\"input_lens\": [1, 2, 3, 4], \"output_lens\": [1, 0, 2, 3], " VLLM "}", "request 1 has 2 tokens in and 0 out");
    refused(f, "{" VLLM "}\n{" VLLM "}", "more than one result");
    refused(f, "{\"a\": 1}", "not the result of a benchmark");
    refused(f, "[1]", "a JSON object");
    refused(f, "{\"a\": ", "ends inside a JSON value");
    refused(f, "{\"a\" 1}", "r.json:1:6: error: not JSON");
    refused(f, " \n", "the file is empty");
}

#define SUMMARY "\"request_count\": {\"unit\": \"requests\", \"avg\": 10.0}, \"time_to_first_token\": {\"unit\": \"ms\", \"avg\": 60}, \"inter_token_latency\": {\"unit\": \"ms\", \"avg\": 9}, \"request_latency\": {\"unit\": \"sec\", \"avg\": 0.5}, "

static void test_aiperf_summary(void **state)
{
    fixture *f = *state;
    orr_bench_result b;
    assert_true(parse(f, "{" SUMMARY "\"input_sequence_length\": {\"avg\": 500.5, \"std\": 100}, \"output_sequence_length\": {\"avg\": 50, \"std\": 0}, \"input_config\": {\"loadgen\": {\"concurrency\": 4}}}", &b));
    assert_string_equal(b.tool, "aiperf");
    assert_true(b.requests == 10 && b.concurrency == 4 && b.load_told && b.each && !b.has_starts && !b.spread_unknown);
    assert_true(fabs(b.mean_ms[ORR_METRIC_TTFT] - 60) < 1e-9 && fabs(b.mean_ms[ORR_METRIC_TPOT] - 9) < 1e-9 && fabs(b.mean_ms[ORR_METRIC_E2EL] - 500) < 1e-9);
    for (int i = 0; i < 10; i++) assert_true(b.each[i].input_tokens > 326 && b.each[i].input_tokens < 675 && b.each[i].output_tokens == 50);
    assert_true(fabs(b.input_tokens - 500.5) < 50);
    assert_true(parse(f, "{" SUMMARY "\"input_sequence_length\": {\"avg\": 500.5}, \"output_sequence_length\": {\"avg\": 50}, \"input_config\": {\"loadgen\": {\"request_rate\": 3, \"request_rate_mode\": \"constant\"}}}", &b));
    assert_true(!b.each && b.spread_unknown && b.arrivals == ORR_BENCH_CONSTANT && fabs(b.rate_per_s - 3) < 1e-9);
    refused(f, "{" SUMMARY "\"output_sequence_length\": {\"avg\": 50}}", "input_sequence_length");
    refused(f, "{" SUMMARY "\"input_sequence_length\": {\"avg\": 500}, \"output_sequence_length\": {\"avg\": 50}, \"error_request_count\": {\"avg\": 2}}", "2 of its requests failed");
    refused(f, "{" SUMMARY "\"input_sequence_length\": {\"avg\": 500}, \"output_sequence_length\": {\"avg\": 50}, \"was_cancelled\": true}", "was cancelled");
}

#define RECORD(phase, start, in, out, ttft, error) \
    "{\"metadata\": {\"request_start_ns\": " start ", \"benchmark_phase\": \"" phase "\"}, \"metrics\": {\"input_sequence_length\": {\"value\": " in "}, \"output_sequence_length\": {\"value\": " out "}, " \
    "\"time_to_first_token\": {\"value\": " ttft ", \"unit\": \"ms\"}, \"inter_token_latency\": {\"value\": 5, \"unit\": \"ms\"}, \"inter_chunk_latency\": {\"value\": [5, 6], \"unit\": \"ms\"}}, \"error\": " error "}\n"

static void test_aiperf_records(void **state)
{
    fixture *f = *state;
    orr_bench_result b;
    assert_true(parse(f, RECORD("warmup", "1", "9", "9", "900", "null") RECORD("profiling", "1759813207500000000", "100", "10", "40", "null") RECORD("profiling", "1759813207000000000", "300", "30", "60", "null"), &b));
    assert_true(b.requests == 2 && b.has_starts && !b.load_told && b.each[0].input_tokens == 300 && fabs(b.each[1].start_s - 0.5) < 1e-5);
    assert_true(fabs(b.mean_ms[ORR_METRIC_TTFT] - 50) < 1e-9 && fabs(b.mean_ms[ORR_METRIC_TPOT] - 5) < 1e-9 && isnan(b.mean_ms[ORR_METRIC_ITL]));
    refused(f, RECORD("profiling", "5", "100", "10", "40", "null") RECORD("profiling", "6", "100", "10", "40", "{\"code\": 500}"), "1 of its requests failed");
    refused(f, RECORD("profiling", "5", "100", "0", "40", "null"), "record 1 lacks");
    refused(f, RECORD("warmup", "5", "100", "10", "40", "null"), "no request is recorded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vllm, set_up, tear_down), cmocka_unit_test_setup_teardown(test_vllm_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_aiperf_summary, set_up, tear_down), cmocka_unit_test_setup_teardown(test_aiperf_records, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
