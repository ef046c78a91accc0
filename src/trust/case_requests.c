/* runs/NAME: the requests of one real server, to be replayed at their own arrival times.
 *
 * The study's source is a trace in Mooncake's format (blocks of 512 tokens under chained ids), made from requests.csv.gz when the case is run. Where the notes of run.json say that the
 * prompt of request i repeats that of request i - 100, equal ids say so; else every prompt is its own. Times: percentiles of the client's own per-request figures. */
#include "trust/case.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/stats.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/vec.h"
#include "trust/sheet.h"

enum { REPEAT_PERIOD = 100, TRACE_BLOCK_TOKENS = 512, BLOCKS_A_PROMPT = 4096 };

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static double column_mean(const orr_sheet *csv, const char *name)
{
    double sum = 0;
    for (size_t row = 0; row < csv->row_count; row++) sum += orr_sheet_number(csv, row, orr_sheet_column(csv, name));
    return sum / (double)csv->row_count;
}

static double column_percentile(const orr_sheet *csv, const char *name, double p)
{
    ORR_VEC(double) values = {0};
    for (size_t row = 0; row < csv->row_count; row++) orr_vec_push(&values, orr_sheet_number(csv, row, orr_sheet_column(csv, name)));
    const double value = orr_percentile(values.items, values.count, p);
    orr_vec_free(&values);
    return value;
}

static void measure(const orr_sheet *csv, orr_case *one)
{
    for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) one->measured[q] = NAN;
    one->measured[ORR_CASE_TTFT_MEAN] = column_mean(csv, "ttft_ms");
    one->measured[ORR_CASE_TTFT_P50] = column_percentile(csv, "ttft_ms", 0.5);
    one->measured[ORR_CASE_TTFT_P90] = column_percentile(csv, "ttft_ms", 0.9);
    one->measured[ORR_CASE_TTFT_P99] = column_percentile(csv, "ttft_ms", 0.99);
    one->measured[ORR_CASE_E2E_MEAN] = column_mean(csv, "e2e_ms");
    one->measured[ORR_CASE_E2E_P99] = column_percentile(csv, "e2e_ms", 0.99);
    one->input_tokens = column_mean(csv, "input_tokens");
    one->output_tokens = column_mean(csv, "output_tokens");
    double tpot_ms = 0;
    size_t count = 0;
    for (size_t row = 0; row < csv->row_count; row++) {
        const double outputs = orr_sheet_number(csv, row, orr_sheet_column(csv, "output_tokens"));
        if (!(outputs > 1)) continue;
        tpot_ms += (orr_sheet_number(csv, row, orr_sheet_column(csv, "e2e_ms")) - orr_sheet_number(csv, row, orr_sheet_column(csv, "ttft_ms"))) / (outputs - 1);
        count++;
    }
    if (count) one->measured[ORR_CASE_TPOT_MEAN] = tpot_ms / (double)count;
}

static const char *text_of(const orr_node *tree, const char *key)
{
    const orr_node *node = orr_tree_get(tree, key);
    return node && node->scalar ? node->scalar : "";
}

static bool read_run(orr_arena *arena, const char *folder, const char *name, orr_case *one, orr_diags *diags)
{
    const orr_node *server = orr_tree_read_file(arena, orr_arena_printf(arena, "%s/runs/%s/run.json", folder, name), diags);
    const char *path = orr_arena_printf(arena, "%s/runs/%s/requests.csv.gz", folder, name);
    const orr_sheet *csv = server ? orr_sheet_read(arena, path, diags) : NULL;
    if (!csv || csv->row_count == 0) return false;
    const char *note = text_of(server, "note"), *tensor = text_of(server, "tensor_parallel");
    *one = (orr_case){.id = orr_arena_printf(arena, "run-%s", name), .source = "runs", .load = "requests", .heading = "requests", .engine = text_of(server, "engine"), .engine_version = "", .model = text_of(server, "model"),
                      .hw = text_of(server, "hardware"), .precision = text_of(server, "dtype"), .concurrency = NAN, .batch = NAN, .rate_per_s = NAN, .requests_path = path, .requests_repeat = strstr(note, "repeats") != NULL};
    measure(csv, one);
    one->profile = orr_case_profile(one->engine);
    one->node = orr_case_node(one->hw);
    one->system = orr_arena_printf(arena, "%s, %s", name, one->hw);
    const char *model = orr_case_model(one->model);
    if (!one->profile || !one->node || !model) { one->reason = "no engine profile, node or model of the catalogue for this server"; return true; }
    orr_text out = {0};
    orr_text_printf(&out, "schema: orrery/v1\nmodel: %s\nhardware: {node: %s, nodes: 1}\nengine:\n  profile: %s\n  quantization: %s\n  tensor_parallel_size: %s\n", model, one->node, one->profile,
                    orr_case_quantization(one->precision, one->model), *tensor ? tensor : "1");
    static const struct { const char *key, *setting; } settings[] = {{"max_num_seqs", "max_num_seqs"}, {"max_num_batched_tokens", "max_num_batched_tokens"}, {"block_size", "block_size"},
        {"num_gpu_blocks", "num_gpu_blocks"}, {"prefix_caching", "enable_prefix_caching"}, {"chunked_prefill", "enable_chunked_prefill"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (*text_of(server, settings[i].key)) orr_text_printf(&out, "  %s: %s\n", settings[i].setting, text_of(server, settings[i].key));
    const char *most = strstr(note, "at most ");
    orr_text_printf(&out, "serving: {replicas: 1}\ntraffic:\n  source: \"%%TRACE%%\"\n  format: mooncake\n  load: {process: trace%s}\n",
                    most ? orr_arena_printf(arena, ", concurrency: %ld", strtol(most + 8, NULL, 10)) : "");
    one->study = orr_arena_strdup(arena, out.bytes);
    orr_text_free(&out);
    return true;
}

bool orr_cases_read_runs(orr_arena *arena, const char *folder, orr_case **items, size_t *count, orr_diags *diags)
{
    DIR *runs = opendir(orr_arena_printf(arena, "%s/runs", folder));
    *items = NULL;
    *count = 0;
    if (!runs) return true;         /* the rest stands without */
    ORR_VEC(const char *) names = {0};
    for (const struct dirent *entry; (entry = readdir(runs)) != NULL;)
        if (entry->d_name[0] != '.') orr_vec_push(&names, orr_arena_strdup(arena, entry->d_name));
    closedir(runs);
    if (names.count) qsort(names.items, names.count, sizeof *names.items, by_name);
    *items = ORR_NEW_ARRAY(arena, orr_case, names.count + 1);
    bool good = true;
    for (size_t i = 0; i < names.count && good; i++) {
        good = read_run(arena, folder, names.items[i], &(*items)[*count], diags);
        *count += good;
    }
    orr_vec_free(&names);
    return good;
}

typedef struct arrival { double time_s; long input, output; size_t number; } arrival;

static int by_time(const void *a, const void *b)
{
    const arrival *x = a, *y = b;
    if (x->time_s < y->time_s) return -1;
    if (x->time_s > y->time_s) return 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

bool orr_case_write_trace(const orr_case *one, const char *path, orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    const orr_sheet *csv = orr_sheet_read(arena, one->requests_path, diags);
    bool good = csv != NULL;
    if (good) {
        arrival *arrivals = ORR_NEW_ARRAY(arena, arrival, csv->row_count + 1);
        for (size_t row = 0; row < csv->row_count; row++)
            arrivals[row] = (arrival){orr_sheet_number(csv, row, orr_sheet_column(csv, "arrival_s")), (long)orr_sheet_number(csv, row, orr_sheet_column(csv, "input_tokens")),
                                      (long)orr_sheet_number(csv, row, orr_sheet_column(csv, "output_tokens")), row};
        qsort(arrivals, csv->row_count, sizeof *arrivals, by_time);
        orr_text out = {0};
        for (size_t i = 0; i < csv->row_count; i++) {
            const size_t content = one->requests_repeat ? i % REPEAT_PERIOD : i;
            orr_text_printf(&out, "{\"timestamp\": %.6f, \"input_length\": %ld, \"output_length\": %ld, \"hash_ids\": [", arrivals[i].time_s * 1e3, arrivals[i].input, arrivals[i].output);
            const long blocks = (arrivals[i].input + TRACE_BLOCK_TOKENS - 1) / TRACE_BLOCK_TOKENS;
            for (long b = 0; b < blocks; b++) orr_text_printf(&out, "%s%zu", b ? ", " : "", content * BLOCKS_A_PROMPT + (size_t)b);
            orr_text_append(&out, "]}\n");
        }
        good = orr_file_write(path, out.bytes, out.length_bytes, diags);
        orr_text_free(&out);
    }
    orr_arena_destroy(arena);
    return good;
}
