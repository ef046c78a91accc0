/* cases.csv and a100_h100_phases.csv, row by row; see case.h. */
#include "trust/case.h"

#include <math.h>
#include <string.h>
#include "base/file.h"
#include "base/stats.h"
#include "base/text.h"
#include "base/vec.h"
#include "spec/catalogue.h"
#include "trust/sheet.h"

const char *orr_case_quantity_name(orr_case_quantity quantity)
{
    static const char *const names[ORR_CASE_QUANTITY_COUNT_] = {
        "ttft_mean_ms", "ttft_p50_ms", "ttft_p90_ms", "ttft_p99_ms", "tpot_mean_ms", "tpot_p50_ms", "tpot_p90_ms", "tpot_p99_ms", "e2e_mean_ms", "e2e_p99_ms",
        "out_tok_s", "out_tok_s_per_gpu", "total_tok_s_per_gpu", "power_w_per_gpu"};
    return names[quantity];
}

typedef ORR_VEC(orr_case) case_list;

/* A mean TPOT that is not half of what mean E2E and TTFT leave for each token is of something else. */
static bool contradicts_itself(const orr_case *one)
{
    const double left_ms = (one->measured[ORR_CASE_E2E_MEAN] - one->measured[ORR_CASE_TTFT_MEAN]) / (one->output_tokens - 1);
    return one->measured[ORR_CASE_TPOT_MEAN] < 0.6 * left_ms;
}

static void read_table(orr_arena *arena, const orr_sheet *csv, case_list *list)
{
    int measured[ORR_CASE_QUANTITY_COUNT_];
    for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) measured[q] = orr_sheet_column(csv, orr_case_quantity_name((orr_case_quantity)q));
#define TEXT(name) orr_sheet_text(csv, row, orr_sheet_column(csv, name))
#define NUMBER(name) orr_sheet_number(csv, row, orr_sheet_column(csv, name))
    for (size_t row = 0; row < csv->row_count; row++) {
        orr_case one = {.id = TEXT("case_id"), .source = TEXT("source"), .load = TEXT("load"), .engine = TEXT("engine"), .engine_version = TEXT("engine_version"), .model = TEXT("model"), .hw = TEXT("hw"),
                        .precision = TEXT("precision"), .date = TEXT("date"), .concurrency = NUMBER("concurrency"), .batch = NUMBER("batch"), .rate_per_s = NUMBER("rate_rps"), .input_tokens = NUMBER("isl"), .output_tokens = NUMBER("osl")};
        const orr_case_row rest = {.mode = TEXT("mode"), .kv_dtype = TEXT("kv_dtype"), .attention_data_parallel = TEXT("attn_dp"), .speculation = TEXT("spec"), .length_rule = TEXT("length_rule"), .note = TEXT("note"),
                                   .gpus = TEXT("gpus"), .date = TEXT("date"), .tensor = NUMBER("tp"), .pipeline = NUMBER("pp"), .expert = NUMBER("ep"),
                                   .prefill = {NUMBER("prefill_workers"), NUMBER("prefill_gpus"), NUMBER("prefill_tp"), NUMBER("prefill_ep")},
                                   .decode = {NUMBER("decode_workers"), NUMBER("decode_gpus"), NUMBER("decode_tp"), NUMBER("decode_ep")}};
        for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) one.measured[q] = orr_sheet_number(csv, row, measured[q]);
        if (contradicts_itself(&one)) one.measured[ORR_CASE_TPOT_MEAN] = one.measured[ORR_CASE_TPOT_P50] = one.measured[ORR_CASE_TPOT_P90] = one.measured[ORR_CASE_TPOT_P99] = NAN;
        orr_case_make_study(arena, &one, &rest);
        orr_vec_push(list, one);
    }
#undef TEXT
#undef NUMBER
}

/* Repetitions follow one another: the same in every column but the results. */
static bool same_phase(const orr_sheet *csv, size_t a, size_t b)
{
    static const char *const columns[] = {"model", "hardware", "prompt_size", "batch_size", "token_size", "tensor_parallel"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (!orr_text_equal(orr_sheet_text(csv, a, orr_sheet_column(csv, columns[i])), orr_sheet_text(csv, b, orr_sheet_column(csv, columns[i])))) return false;
    return true;
}

static double median_of(const orr_sheet *csv, const char *name, size_t first, size_t end)
{
    ORR_VEC(double) values = {0};
    for (size_t row = first; row < end; row++) {
        const double value = orr_sheet_number(csv, row, orr_sheet_column(csv, name));
        if (!isnan(value)) orr_vec_push(&values, value);
    }
    const double median = orr_percentile(values.items, values.count, 0.5);
    orr_vec_free(&values);
    return median;
}

/* A phase is a static batch: its prompt time is the TTFT, its token time the TPOT. A board under a power cap is set aside: no study can say the cap. */
static void read_phases(orr_arena *arena, const orr_sheet *csv, case_list *list)
{
    for (size_t row = 0, end; row < csv->row_count; row = end) {
        for (end = row + 1; end < csv->row_count && same_phase(csv, row, end);) end++;
        const char *hardware = orr_sheet_text(csv, row, orr_sheet_column(csv, "hardware"));
        const double tensor = orr_sheet_number(csv, row, orr_sheet_column(csv, "tensor_parallel"));
        orr_case one = {.id = orr_arena_printf(arena, "phases-%zu", row + 1), .source = "splitwise_phases", .load = "static_batch", .engine = "vLLM (phases)", .engine_version = "",
                        .model = orr_sheet_text(csv, row, orr_sheet_column(csv, "model")), .hw = hardware, .precision = "fp16", .concurrency = NAN, .batch = orr_sheet_number(csv, row, orr_sheet_column(csv, "batch_size")),
                        .rate_per_s = NAN, .input_tokens = orr_sheet_number(csv, row, orr_sheet_column(csv, "prompt_size")), .output_tokens = orr_sheet_number(csv, row, orr_sheet_column(csv, "token_size"))};
        for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) one.measured[q] = NAN;
        one.measured[ORR_CASE_TTFT_MEAN] = median_of(csv, "prompt_time", row, end);
        one.measured[ORR_CASE_TPOT_MEAN] = median_of(csv, "token_time", row, end);
        const orr_case_row rest = {.mode = "agg", .kv_dtype = "", .attention_data_parallel = "", .speculation = "none", .length_rule = "exact", .note = "", .gpus = "", .date = "2023", .tensor = tensor, .pipeline = 1, .expert = 1};
        orr_case_make_study(arena, &one, &rest);
        if (strstr(hardware, "pcap")) { one.study = NULL; one.reason = "a board under a power cap"; }
        orr_vec_push(list, one);
    }
}

orr_cases *orr_cases_read(orr_arena *arena, const char *folder, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return NULL;
    case_list list = {0};
    orr_case *runs = NULL;
    size_t run_count = 0;
    const char *phases_path = orr_arena_printf(arena, "%s/a100_h100_phases.csv", folder);
    const orr_sheet *table = orr_sheet_read(arena, orr_arena_printf(arena, "%s/cases.csv", folder), diags);
    const orr_sheet *phases = table && orr_file_exists(phases_path) ? orr_sheet_read(arena, phases_path, diags) : NULL;
    if (!table) return NULL;
    read_table(arena, table, &list);
    if (phases) read_phases(arena, phases, &list);
    const bool good = orr_cases_read_runs(arena, folder, &runs, &run_count, diags);
    for (size_t i = 0; i < run_count; i++) orr_vec_push(&list, runs[i]);
    orr_cases *cases = ORR_NEW(arena, orr_cases);
    cases->folder = orr_arena_strdup(arena, folder);
    cases->items = ORR_NEW_ARRAY(arena, orr_case, list.count + 1);
    cases->count = list.count;
    if (list.count) memcpy(cases->items, list.items, list.count * sizeof *list.items);
    orr_vec_free(&list);
    return good ? cases : NULL;
}
