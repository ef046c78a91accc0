/* Each format of traces: what is read, and what is said when it is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "base/file.h"
#include "traffic/trace.h"
#include "traffic_support.h"

#define MOONCAKE_LINES \
    "{\"timestamp\": 0, \"input_length\": 1100, \"output_length\": 5, \"hash_ids\": [0, 1, 2]}\n" \
    "{\"timestamp\": 0, \"input_length\": 512, \"output_length\": 7, \"hash_ids\": [0]}\n" \
    "\n" \
    "{\"timestamp\": 3000, \"input_length\": 10, \"output_length\": 1, \"hash_ids\": [18446744073709551615]}\n"

static void check_arrival(const orr_arrival *arrival, int64_t arrival_ns, int64_t input_tokens, int64_t output_tokens)
{
    assert_int_equal(arrival->arrival_ns, arrival_ns);
    assert_int_equal(arrival->input_tokens, input_tokens);
    assert_int_equal(arrival->output_tokens, output_tokens);
}

static void check_mooncake(const char *path, orr_trace_format format)
{
    orr_test_requests r = orr_test_read_trace(path, format);
    assert_string_equal(r.diagnostics, "");
    assert_int_equal(r.items.count, 3);
    check_arrival(&r.items.items[0], 0, 1100, 5);
    check_arrival(&r.items.items[1], 0, 512, 7);
    check_arrival(&r.items.items[2], 3000000000, 10, 1);
    assert_int_equal(r.items.items[0].segment_count, 3);
    assert_int_equal(r.items.items[0].segments[1].content, 1);
    assert_int_equal(r.items.items[0].segments[1].tokens, 512);
    assert_int_equal(r.items.items[0].segments[2].tokens, 1100 - 2 * 512);
    assert_true(r.items.items[2].segments[0].content == UINT64_MAX);
    assert_int_equal(r.items.items[2].segments[0].tokens, 10);
    orr_test_requests_free(&r);
}

static void test_mooncake(void **state)
{
    (void)state;
    check_mooncake(orr_test_file("mooncake.jsonl", MOONCAKE_LINES), ORR_TRACE_AUTO);
    check_mooncake(orr_test_file("mooncake.jsonl", MOONCAKE_LINES), ORR_TRACE_MOONCAKE);
    check_mooncake(orr_test_file("mooncake.jsonl.gz", MOONCAKE_LINES), ORR_TRACE_AUTO);
}

static void test_azure(void **state)
{
    (void)state;
    const char *path = orr_test_file("azure.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                                                  "2023-11-16 18:17:03.9799600,4808,10\r\n"
                                                  "2023-11-16 18:17:04.0319600,3180,8\r\n"
                                                  "2023-11-17T01:00:00+02:00,110,27");
    orr_test_requests r = orr_test_read_trace(path, ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "");
    assert_int_equal(r.items.count, 3);
    check_arrival(&r.items.items[0], 0, 4808, 10);
    check_arrival(&r.items.items[1], 52000000, 3180, 8);
    check_arrival(&r.items.items[2], (int64_t)(4 * 3600 + 42 * 60 + 56) * 1000000000 + 20040000, 110, 27);
    assert_int_equal(r.items.items[0].segment_count, 0);
    orr_test_requests_free(&r);
    r = orr_test_read_trace(orr_test_file("azure24.csv", "\xEF\xBB\xBFTIMESTAMP,ContextTokens,GeneratedTokens\n2024-02-29 23:59:59.999999+00:00,1,2\n2024-03-01 00:00:00.000001+00:00,3,4\n"), ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "");
    check_arrival(&r.items.items[1], 2000, 3, 4);
    orr_test_requests_free(&r);
}

static void test_burstgpt(void **state)
{
    (void)state;
    const char *path = orr_test_file("burst.csv", "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
                                                  "5,a,1.5,ChatGPT,472,18,490,Conversation log\n"
                                                  "45.25,b,2,GPT-4,\"1087\",230.0,1317,API log\n"
                                                  "46,a,,GPT-4,3,0,3,API log\n");
    orr_test_requests r = orr_test_read_trace(path, ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "build/tmp/burst.csv: warning: 1 of 3 requests have 0 input or output tokens (the first in line 4): counted as 1\n");
    assert_int_equal(r.items.count, 3);
    check_arrival(&r.items.items[0], 0, 472, 18);
    check_arrival(&r.items.items[1], 40250000000, 1087, 230);
    check_arrival(&r.items.items[2], 41000000000, 3, 1);
    assert_true(r.items.items[0].session != 0 && r.items.items[0].session == r.items.items[2].session && r.items.items[0].session != r.items.items[1].session);
    orr_test_requests_free(&r);
    r = orr_test_read_trace(orr_test_file("burst1.csv", "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n"), ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "");
    check_arrival(&r.items.items[0], 0, 472, 18);
    orr_test_requests_free(&r);
}

static void test_bailian(void **state)
{
    (void)state;
    const char *path = orr_test_file("bailian.jsonl", "{\"chat_id\": 7, \"parent_chat_id\": -1, \"timestamp\": 0.5, \"input_length\": 20, \"output_length\": 5, \"type\": \"text\", \"turn\": 1, \"hash_ids\": [3, 4]}\n"
                                                      "{\"chat_id\": 8, \"parent_chat_id\": 7, \"timestamp\": 1.5, \"input_length\": 40, \"output_length\": 5, \"type\": \"text\", \"turn\": 2, \"hash_ids\": [3, 5, 6]}\n"
                                                      "{\"chat_id\": 9, \"parent_chat_id\": 8, \"timestamp\": 1.5, \"input_length\": 41, \"output_length\": 5, \"type\": \"text\", \"turn\": 3, \"hash_ids\": [3, 5, 6]}\n");
    orr_test_requests r = orr_test_read_trace(path, ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "");
    assert_int_equal(r.items.count, 3);
    check_arrival(&r.items.items[1], 1000000000, 40, 5);
    assert_int_equal(r.items.items[0].segments[0].tokens, 16);
    assert_int_equal(r.items.items[0].segments[1].tokens, 4);
    assert_true(r.items.items[0].session == r.items.items[2].session && r.items.items[0].session != 0);
    orr_test_requests_free(&r);
}

static void test_vidur(void **state)
{
    (void)state;
    orr_test_requests r = orr_test_read_trace(orr_test_file("vidur.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0.25,100,20\n1e1,200,30\n"), ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "");
    assert_int_equal(r.items.count, 2);
    check_arrival(&r.items.items[1], 9750000000, 200, 30);
    orr_test_requests_free(&r);
}

static const char *const sharegpt_text = "[\n {\"id\": \"a\", \"conversations\": [{\"from\": \"human\", \"value\": \"What is \\\"}]\\\" here?\"},\n  {\"from\": \"gpt\", \"value\": \"12345678\"}]},\n"
                                         "{\"id\": \"b\", \"conversations\": []},{\"id\": \"c\", \"conversations\": [{\"from\": \"human\", \"value\": \"\xE4\xBD\xA0\xE5\xA5\xBD\"}, {\"from\": \"gpt\", \"value\": \"hi\"}]}]";

static void test_sharegpt(void **state)
{
    (void)state;
    orr_traffic traffic = {.source = orr_test_file("sharegpt.json", sharegpt_text), .kind = ORR_SOURCE_TRACE, .load = ORR_LOAD_ALL_AT_ONCE};
    orr_test_requests r = orr_test_read(&traffic, 1, 100);
    assert_string_equal(r.diagnostics, "build/tmp/sharegpt.json: warning: 1 conversations have fewer than two turns and are skipped\n"
                                       "build/tmp/sharegpt.json: warning: lengths are estimated from the text, not tokenized: 4 ASCII characters to a token, any other character a token\n");
    assert_int_equal(r.items.count, 2);
    check_arrival(&r.items.items[0], 0, 5, 2);
    check_arrival(&r.items.items[1], 0, 2, 1);
    orr_test_requests_free(&r);
    traffic.load = ORR_LOAD_TRACE_TIMES;
    r = orr_test_read(&traffic, 1, 100);
    assert_true(r.failed);
    assert_string_equal(r.diagnostics, "error: a ShareGPT file has no arrival times\n  hint: Give the load: {rate: 2/s} for Poisson arrivals, {concurrency: 32} for a closed loop.\n");
    orr_test_requests_free(&r);
}

/* --- broken --- */

static void check_broken(const char *name, const char *text, size_t read, const char *diagnostics)
{
    orr_test_requests r = orr_test_read_trace(orr_test_file(name, text), ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, diagnostics);
    assert_int_equal(r.items.count, read);
    assert_true(r.failed);
    orr_test_requests_free(&r);
}

#define FORMATS_HINT "  hint: Formats that are known: Mooncake, Azure, BurstGPT, Bailian, ShareGPT, Vidur, vllm (bench serve --save-detailed), aiperf (profile_export.jsonl). If it is one of them, name it: {source: .., format: mooncake}.\n"

static void test_broken_csv(void **state)
{
    (void)state;
    check_broken("b.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,12x,10\n", 0,
                 "build/tmp/b.csv:2:21: error: ContextTokens: a number was expected, not \"12x\"\n"
                 "    2 | 2023-11-16 18:17:03,12x,10\n"
                 "      |                     ^~~\n");
    check_broken("b.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,12,10\n16/11/2023 18:17,12,10\n", 1,
                 "build/tmp/b.csv:3:1: error: TIMESTAMP: a time such as \"2023-11-16 18:17:03.9799600\" was expected, not \"16/11/2023 18:17\"\n"
                 "    3 | 16/11/2023 18:17,12,10\n"
                 "      | ^~~~~~~~~~~~~~~~\n");
    check_broken("b.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,5\n", 0,
                 "build/tmp/b.csv:2:1: error: 2 fields, and the header has 3\n"
                 "    2 | 0,5\n"
                 "      | ^~~\n");
    check_broken("b.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,5,-1\n", 0,
                 "build/tmp/b.csv:2:5: error: num_decode_tokens: a whole number of tokens from 0 to 1073741824 was expected, not -1\n"
                 "    2 | 0,5,-1\n"
                 "      |     ^~\n");
    check_broken("b.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n2,5,1\n3,5,1\n1.5,5,1\n", 2,
                 "build/tmp/b.csv:4:1: error: arrived_at goes back in time: 1.5 s before the request of line 3\n"
                 "    4 | 1.5,5,1\n"
                 "      | ^~~~~~~\n"
                 "  hint: Sort the trace by arrival.\n");
}

static void test_broken_json(void **state)
{
    (void)state;
    check_broken("b.jsonl", MOONCAKE_LINES "{\"timestamp\": 4000, \"input_length\": 1\n", 3,
                 "build/tmp/b.jsonl:5:38: error: the line ends inside a JSON value\n"
                 "    5 | {\"timestamp\": 4000, \"input_length\": 1\n"
                 "      |                                      ^\n"
                 "  hint: A record is one JSON object on one line.\n");
    check_broken("b.jsonl", MOONCAKE_LINES "{\"timestamp\": 4000, \"input_length\": \"long\", \"output_length\": 1}\n", 3,
                 "build/tmp/b.jsonl:5:21: error: input_length: a whole number of tokens from 0 to 1073741824 was expected, not \"long\"\n"
                 "    5 | {\"timestamp\": 4000, \"input_length\": \"long\", \"output_length\": 1}\n"
                 "      |                     ^~~~~~~~~~~~~~\n");
    check_broken("b.jsonl", MOONCAKE_LINES "{\"timestamp\": 4000, \"input_length\": 5}\n", 3,
                 "build/tmp/b.jsonl:5:1: error: the record has no \"output_length\": a whole number of tokens from 0 to 1073741824 was expected\n"
                 "    5 | {\"timestamp\": 4000, \"input_length\": 5}\n"
                 "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
    check_broken("b.jsonl", MOONCAKE_LINES "{\"timestamp\": 2999, \"input_length\": 5, \"output_length\": 1}\n", 3,
                 "build/tmp/b.jsonl:5:1: error: timestamp goes back in time: 0.001 s before the request of line 4\n"
                 "    5 | {\"timestamp\": 2999, \"input_length\": 5, \"output_length\": 1}\n"
                 "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
                 "  hint: Sort the trace by arrival.\n");
}

static void test_unknown(void **state)
{
    (void)state;
    check_broken("b.txt", "hello\n", 0, "build/tmp/b.txt:1:1: error: the first line is of no format that is known\n    1 | hello\n      | ^~~~~\n" FORMATS_HINT);
    check_broken("b.txt", "\n\n", 0, "build/tmp/b.txt: error: the trace is empty\n" FORMATS_HINT);
    orr_test_requests r = orr_test_read_trace("build/tmp/no-such-trace.csv", ORR_TRACE_AUTO);
    assert_string_equal(r.diagnostics, "error: can't open the trace \"build/tmp/no-such-trace.csv\": No such file or directory\n");
    orr_test_requests_free(&r);
}

static void test_broken_sharegpt(void **state)
{
    (void)state;
    orr_traffic traffic = {.source = orr_test_file("s.json", "[{\"id\": 1,\n  \"conversations\": [tru]}]"), .kind = ORR_SOURCE_TRACE, .load = ORR_LOAD_ALL_AT_ONCE};
    orr_test_requests r = orr_test_read(&traffic, 1, 100);
    assert_true(r.failed);
    assert_non_null(strstr(r.diagnostics, "build/tmp/s.json:2:2"));
    assert_non_null(strstr(r.diagnostics, "error: not JSON: "));
    orr_test_requests_free(&r);
    traffic.source = orr_test_file("s.json", "[{\"id\": 1, \"conversations\": [");
    r = orr_test_read(&traffic, 1, 100);
    assert_string_equal(r.diagnostics, "build/tmp/s.json:1:30: error: the end of the conversation (\"}\") was expected, and the trace ends\n");
    orr_test_requests_free(&r);
}

static void test_cut_gzip(void **state)
{
    (void)state;
    const char *path = orr_test_file("whole.jsonl.gz", MOONCAKE_LINES);
    char bytes[4096];
    FILE *file = fopen(path, "rb");
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    file = fopen("build/tmp/cut.jsonl.gz", "wb");
    fwrite(bytes, 1, length - 20, file);
    fclose(file);
    orr_test_requests r = orr_test_read_trace("build/tmp/cut.jsonl.gz", ORR_TRACE_MOONCAKE);
    assert_true(r.failed);
    assert_string_equal(r.diagnostics, "error: the trace \"build/tmp/cut.jsonl.gz\" is not whole: its gzip data end too early\n");
    orr_test_requests_free(&r);
}

/* --- times --- */

static void test_times(void **state)
{
    (void)state;
    orr_traffic traffic = {.source = orr_test_file("t.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n10,5,1\n11,6,2\n14,7,3\n20,8,4\n"), .kind = ORR_SOURCE_TRACE, .load = ORR_LOAD_TRACE_TIMES};
    traffic.time_scale = 2;
    orr_test_requests r = orr_test_read(&traffic, 1, 100);
    assert_int_equal(r.items.items[3].arrival_ns, 5000000000);
    orr_test_requests_free(&r);
    traffic.time_scale = 1;
    traffic.rate_per_s = 3;         /* its own is 3 gaps in 10 s */
    r = orr_test_read(&traffic, 1, 100);
    assert_int_equal(r.items.items[3].arrival_ns, 1000000000);
    assert_int_equal(r.items.items[1].arrival_ns, 100000000);
    orr_test_requests_free(&r);
    traffic.rate_per_s = 0;
    traffic.stop_time_ns = 4000000000;
    r = orr_test_read(&traffic, 1, 100);
    assert_int_equal(r.items.count, 3);
    orr_test_requests_free(&r);
    traffic.stop_time_ns = 0;
    traffic.stop_requests = 2;
    traffic.load = ORR_LOAD_OPEN_CONSTANT;      /* at the trace's own rate */
    r = orr_test_read(&traffic, 1, 100);
    assert_int_equal(r.items.count, 2);
    assert_int_equal(r.items.items[1].arrival_ns, 3333333333);
    assert_int_equal(r.items.items[1].input_tokens, 6);
    orr_test_requests_free(&r);
    traffic.source = orr_test_file("t.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n10,5,1\n");
    r = orr_test_read(&traffic, 1, 100);
    assert_string_equal(r.diagnostics, "error: traffic.load.rate is not given, and the source has no rate of its own\n  hint: For example {rate: 20/s}.\n");
    orr_test_requests_free(&r);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void test_vllm(void **state)
{
    (void)state;
    static const char text[] = "{\"date\": \"20261123\", \"endpoint_type\": \"vllm\", \"model_id\": \"m\", \"num_prompts\": 3, \"note\": \"\\\"input_lens\\\": [9]\", \"errors\": [\"\", \"a ] b\", \"\"], "
                               "\"input_lens\": [100, 200, 300], \"output_lens\": [10, 20,30 ], \"itls\": [[0.1, 0.2], [], [0.3]], \"start_times\": [5.5, 5.0, 7.25e0]}\n";
    const char *const names[] = {"bench.json", "bench.json.gz"};
    for (int i = 0; i < 2; i++) {
        orr_test_requests r = orr_test_read_trace(orr_test_file(names[i], text), i ? ORR_TRACE_VLLM : ORR_TRACE_AUTO);
        assert_string_equal(r.diagnostics, "");
        assert_int_equal(r.items.count, 3);
        check_arrival(&r.items.items[0], 0, 200, 20);          /* in order of start */
        check_arrival(&r.items.items[1], 500000000, 100, 10);
        check_arrival(&r.items.items[2], 2250000000, 300, 30);
        orr_test_requests_free(&r);
    }
    const struct { const char *text, *says; } wrong[] = {
        {"{\"date\": 1, \"backend\": \"vllm\", \"model_id\": \"m\"}", "the result has no list \"input_lens\""},
        {"{\"date\": 1, \"backend\": \"vllm\", \"model_id\": \"m\", \"input_lens\": [1, 2], \"output_lens\": [1], \"start_times\": [1, 2]}", "differ in length"},
        {"{\"date\": 1, \"backend\": \"vllm\", \"model_id\": \"m\", \"input_lens\": [1, x], \"output_lens\": [1, 1], \"start_times\": [1, 2]}", "entry 1 of \"input_lens\" is no number"},
        {"{\"date\": 1, \"backend\": \"vllm\", \"model_id\": \"m\", \"input_lens\": [1], \"output_lens\": [1]}", "file has no arrival times"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        orr_test_requests r = orr_test_read_trace(orr_test_file("bench.json", wrong[i].text), ORR_TRACE_AUTO);
        if (!r.failed || !strstr(r.diagnostics, wrong[i].says)) fail_msg("%s: %s", wrong[i].text, r.diagnostics);
        orr_test_requests_free(&r);
    }
}

#define AIPERF(start, phase, in, out) "{\"metadata\": {\"request_start_ns\": " start ", \"benchmark_phase\": \"" phase "\", \"conversation_id\": \"c\"}, \"metrics\": {\"input_sequence_length\": {\"value\": " in ", \"unit\": \"tokens\"}, \"output_sequence_length\": {\"value\": " out "}}}\n"
static void test_aiperf(void **state)
{
    (void)state;
    orr_test_requests r = orr_test_read_trace(orr_test_file("aiperf.jsonl", AIPERF("1763800000000000000", "warmup", "5", "5") AIPERF("1763800002000000001", "profiling", "100", "10") AIPERF("1763800001000000000", "profiling", "200", "20")), ORR_TRACE_AUTO);
    assert_int_equal(r.items.count, 2);
    check_arrival(&r.items.items[0], 0, 200, 20);
    check_arrival(&r.items.items[1], 1000000001, 100, 10);
    assert_true(r.items.items[0].session != 0 && r.items.items[0].session == r.items.items[1].session);
    assert_non_null(strstr(r.diagnostics, "1 records are of the warm-up"));
    orr_test_requests_free(&r);
    r = orr_test_read_trace(orr_test_file("aiperf.jsonl", AIPERF("1", "profiling", "100", "10") "{\"metadata\": {\"request_start_ns\": 2}, \"metrics\": {}}\n"), ORR_TRACE_AUTO);
    assert_true(r.failed && strstr(r.diagnostics, "the record has no \"input_sequence_length\""));
    orr_test_requests_free(&r);
}

/* A part of a trace: its requests at their own distances, from its first. */
static void test_window(void **state)
{
    (void)state;
    const char *path = orr_test_file("vidur.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n100,1,1\n110,2,1\n115,3,1\n120,4,1\n130,5,1\n");
    orr_traffic traffic = {.source = path, .kind = ORR_SOURCE_TRACE, .load = ORR_LOAD_TRACE_TIMES, .time_scale = 2, .window_start_ns = INT64_C(10000000000), .window_end_ns = INT64_C(30000000000)};
    orr_test_requests r = orr_test_read(&traffic, 1, SIZE_MAX);
    assert_int_equal(r.items.count, 3);
    check_arrival(&r.items.items[0], 0, 2, 1);
    check_arrival(&r.items.items[1], 2500000000, 3, 1);
    check_arrival(&r.items.items[2], 5000000000, 4, 1);
    orr_test_requests_free(&r);
    traffic.time_scale = 1;
    traffic.rate_per_s = 4;         /* of the window's own 0.2 */
    r = orr_test_read(&traffic, 1, SIZE_MAX);
    check_arrival(&r.items.items[2], 500000000, 4, 1);
    orr_test_requests_free(&r);
    traffic.rate_per_s = 0;
    traffic.window_start_ns = INT64_C(1000000000000);
    traffic.window_end_ns = 0;
    r = orr_test_read(&traffic, 1, SIZE_MAX);
    assert_true(r.items.count == 0 && !r.failed);
    orr_test_requests_free(&r);
}

/* Reads a file of a million requests, which takes no more than so much beyond what there was at the peak, and removes it. */
static orr_arrival last_of_a_million(const char *path, long most_kib)
{
    const orr_traffic traffic = {.source = path, .kind = ORR_SOURCE_TRACE, .load = ORR_LOAD_TRACE_TIMES, .rate_per_s = 10};
    orr_diags *diags = orr_diags_create();
    const long before = peak_kib();
    orr_source_stream *source = orr_source_open(&traffic, 1, diags);
    orr_arrival arrival = {0};
    int64_t count = 0;
    while (orr_source_next(source, &arrival)) count++;
    assert_int_equal(count, 1000000);
    printf("%s: %ld KiB more at the peak\n", path, peak_kib() - before);
#ifndef ORR_CHECKS      /* a sanitizer keeps freed memory in quarantine, so that the peak tells nothing */
    assert_true(peak_kib() - before < most_kib);
#else
    (void)most_kib;
#endif
    orr_source_close(source);
    orr_diags_destroy(diags);
    remove(path);
    return arrival;
}

/* A million records in lists on one line: read in little more than its window of records. */
static void test_streaming_lists(void **state)
{
    (void)state;
    FILE *file = fopen("build/tmp/long.json", "wb");
    fputs("{\"date\": \"1\", \"backend\": \"vllm\", \"model_id\": \"m\", \"input_lens\": [1000", file);
    for (int i = 1; i < 1000000; i++) fputs(", 1000", file);
    fputs("], \"output_lens\": [100", file);
    for (int i = 1; i < 1000000; i++) fputs(", 100", file);
    fputs("], \"start_times\": [0", file);
    for (int i = 1; i < 1000000; i++) fprintf(file, ", %d.5", i);
    fputs("]}", file);
    fclose(file);
    last_of_a_million("build/tmp/long.json", 8192);
}

/* A trace of 24 MB, a million lines, is read in less than 2 MB more than one of nothing. */
static void test_streaming(void **state)
{
    (void)state;
    FILE *file = fopen("build/tmp/long.csv", "wb");
    fputs("arrived_at,num_prefill_tokens,num_decode_tokens\n", file);
    for (int i = 0; i < 1000000; i++) fprintf(file, "%d.000000000,1000,1000\n", i);
    fclose(file);
    assert_int_equal(last_of_a_million("build/tmp/long.csv", 2048).arrival_ns, INT64_C(99999900000000));
}

/* The published traces, where they are. */
static void test_published(void **state)
{
    (void)state;
    const struct { const char *path; size_t count; int64_t input, output; } traces[] = {
        {ORR_TEST_TRACES "AzureLLMInferenceTrace_code.csv.gz", 8819, 18059974, 245896},
        {ORR_TEST_TRACES "mooncake_conversation_trace.jsonl.gz", 12031, 144793823, 4122048},
    };
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        if (orr_test_skip_unless(traces[i].path)) continue;
        orr_test_requests r = orr_test_read_trace(traces[i].path, ORR_TRACE_AUTO);
        int64_t input = 0, output = 0;
        for (size_t k = 0; k < r.items.count; k++) {
            input += r.items.items[k].input_tokens;
            output += r.items.items[k].output_tokens;
            if (k) assert_true(r.items.items[k].arrival_ns >= r.items.items[k - 1].arrival_ns);
        }
        assert_string_equal(r.diagnostics, "");
        assert_int_equal(r.items.count, traces[i].count);
        assert_int_equal(input, traces[i].input);
        assert_int_equal(output, traces[i].output);
        orr_test_requests_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mooncake), cmocka_unit_test(test_azure), cmocka_unit_test(test_burstgpt), cmocka_unit_test(test_bailian), cmocka_unit_test(test_vidur), cmocka_unit_test(test_sharegpt),
        cmocka_unit_test(test_broken_csv), cmocka_unit_test(test_broken_json), cmocka_unit_test(test_unknown), cmocka_unit_test(test_broken_sharegpt), cmocka_unit_test(test_cut_gzip),
        cmocka_unit_test(test_times), cmocka_unit_test(test_vllm), cmocka_unit_test(test_aiperf), cmocka_unit_test(test_window), cmocka_unit_test(test_streaming), cmocka_unit_test(test_streaming_lists), cmocka_unit_test(test_published)};
    return cmocka_run_group_tests_name("traffic: traces", tests, NULL, NULL);
}
