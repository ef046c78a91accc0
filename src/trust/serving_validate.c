#include "trust/serving_validate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/vec.h"
#include "perf/system.h"

typedef orr_judged_quantity quantity;
/* TTFT and TPOT stand for their mean or median (orr_case_judged). */
static const quantity quantities[] = {
    {"ttft", ORR_CASE_TTFT_MEAN}, {"tpot", ORR_CASE_TPOT_MEAN}, {"e2e", ORR_CASE_E2E_MEAN}, {"ttft_p99", ORR_CASE_TTFT_P99}, {"tpot_p99", ORR_CASE_TPOT_P99}, {"e2e_p99", ORR_CASE_E2E_P99},
    {"out_tok_s_per_gpu", ORR_CASE_OUTPUT_TOKENS_PER_S_PER_GPU}, {"out_tok_s", ORR_CASE_OUTPUT_TOKENS_PER_S}, {"power", ORR_CASE_POWER_W_PER_GPU},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

const orr_judged_quantity *orr_judged_quantities(size_t *count)
{
    *count = QUANTITIES;
    return quantities;
}

orr_case_quantity orr_case_judged(const orr_case *one, orr_case_quantity mean)
{
    const bool has_median = mean == ORR_CASE_TTFT_MEAN || mean == ORR_CASE_TPOT_MEAN;
    return has_median && isnan(one->measured[mean]) ? (orr_case_quantity)(mean + 1) : mean;
}

/* Its TPOT is far below what a quarter of its load took on the same system. */
static bool too_fast(const orr_cases *cases, const orr_case *one)
{
    const double mine = one->measured[orr_case_judged(one, ORR_CASE_TPOT_MEAN)];
    for (size_t k = 0; k < cases->count; k++) {
        const orr_case *other = &cases->items[k];
        if (!other->study || other->concurrency * 4 > one->concurrency || !orr_text_equal(other->hw, one->hw) || !orr_text_equal(other->system, one->system)) continue;
        if (other->input_tokens <= one->input_tokens && mine < 0.7 * other->measured[orr_case_judged(other, ORR_CASE_TPOT_MEAN)]) return true;
    }
    return false;
}

/* Some waited for their first token longer than two whole requests take, where half waited little: the server stood still, once (compiling, most likely). */
static bool stalled(const orr_case *one)
{
    const double median = one->measured[ORR_CASE_TTFT_P50], whole = median + one->output_tokens * one->measured[ORR_CASE_TPOT_P50];
    return one->measured[ORR_CASE_TTFT_P99] > 2 * whole && whole > 4 * median;
}

/* "2026-05-17" as a count of days, near enough for spans of a week; 0: not told. */
static long day_of(const orr_case *one)
{
    int year = 0, month = 0, day = 0;
    return one->date && sscanf(one->date, "%d-%d-%d", &year, &month, &day) == 3 ? 372L * year + 31L * month + day : 0;
}

/* The same system under the same load took less than two thirds of its TPOT within a week: what was off is not in the row. (Repetitions agree within 3 %; versions months apart may differ.) */
static bool off_for_once(const orr_cases *cases, const orr_case *one)
{
    const double mine = one->measured[orr_case_judged(one, ORR_CASE_TPOT_MEAN)];
    const long day = day_of(one);
    for (size_t k = 0; k < cases->count && day > 0; k++) {
        const orr_case *other = &cases->items[k];
        if (!other->study || labs(day_of(other) - day) > 7 || other->concurrency != one->concurrency || other->input_tokens != one->input_tokens || other->output_tokens != one->output_tokens) continue;
        if (other->measured[orr_case_judged(other, ORR_CASE_TPOT_MEAN)] < mine / 1.5 && orr_text_equal(other->system, one->system)) return true;
    }
    return false;
}

void orr_cases_contradictions(const orr_cases *cases, const char **why)
{
    for (size_t i = 0; i < cases->count; i++) {
        const orr_case *one = &cases->items[i];
        why[i] = NULL;
        if (!one->study || !orr_text_equal(one->load, "closed_loop")) continue;
        if (too_fast(cases, one)) why[i] = "set aside: its TPOT is far below what a quarter of its load took on the same system";
        else if (off_for_once(cases, one)) why[i] = "set aside: the same system under the same load took less than two thirds of its TPOT within a week";
        else if (stalled(one)) why[i] = "set aside: the server stood still once: p99 TTFT over two whole requests, half of all under a quarter of one";
    }
}

const char *orr_concurrency_band(double concurrency)
{
    return concurrency <= 4 ? "1 to 4" : concurrency <= 16 ? "5 to 16" : concurrency <= 64 ? "17 to 64" : "over 64";
}

static void add(orr_error_table *table, const char *by, const char *group, const quantity *q, const orr_case *one, const orr_case_outcome *out)
{
    const orr_case_quantity is = orr_case_judged(one, q->is);
    orr_error_table_add(table, (const char *const[]){by, *group ? group : "16 bit", q->name}, out->predicted[is], one->measured[is]);
}

static void add_case(orr_error_table *table, const orr_case *one, const orr_case_outcome *out, orr_text *each)
{
    const bool closed = orr_text_equal(one->load, "closed_loop");
    const char *built = one->build & ORR_CASE_DISAGGREGATED ? "disaggregated" : "mtp", *built_engine = one->build & ORR_CASE_DISAGGREGATED ? "disaggregated engine" : "mtp engine";
    for (int i = 0; i < QUANTITIES; i++) {
        const quantity *q = &quantities[i];
        const orr_case_quantity is = orr_case_judged(one, q->is);
        const double ratio = out->predicted[is] / one->measured[is];
        if (isfinite(ratio)) orr_text_printf(each, "%s,%s,%.4f\n", one->id, orr_case_quantity_name(is), ratio);
        add(table, "load", one->heading, q, one, out);
        if (orr_text_equal(one->load, "requests")) add(table, "run", one->id, q, one, out);
        if (!closed) continue;
        if (one->build) {       /* what decides these differs: they have lines of their own */
            add(table, built_engine, one->profile, q, one, out);
            add(table, built, one->node, q, one, out);
            continue;
        }
        add(table, "chip", one->node, q, one, out);
        add(table, "model", one->model, q, one, out);
        add(table, "engine", one->profile, q, one, out);
        add(table, "precision", one->precision, q, one, out);
        add(table, "concurrency", orr_concurrency_band(one->concurrency), q, one, out);
    }
}

/* --- what was not run --- */

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void say_left_out(const orr_cases *cases, const orr_case_outcome *outcomes, const char *const *contradicts, orr_text *out)
{
    ORR_VEC(const char *) reasons = {0};
    for (size_t i = 0; i < cases->count; i++)
        if (outcomes[i].reason || contradicts[i]) orr_vec_push(&reasons, outcomes[i].reason ? outcomes[i].reason : contradicts[i]);
    if (reasons.count) qsort(reasons.items, reasons.count, sizeof *reasons.items, by_text);
    orr_text_printf(out, "\n%zu of %zu cases are compared; left out:\n", cases->count - reasons.count, cases->count);
    for (size_t i = 0, end; i < reasons.count; i = end) {
        for (end = i; end < reasons.count && strcmp(reasons.items[i], reasons.items[end]) == 0;) end++;
        orr_text_printf(out, "%7zu  %s\n", end - i, reasons.items[i]);
    }
    orr_vec_free(&reasons);
}

/* --- the worst, explained --- */

typedef struct far_off { size_t number; orr_case_quantity is; double ratio; } far_off;

static int by_distance(const void *a, const void *b)
{
    const far_off *x = a, *y = b;
    const double left = fabs(orr_log(x->ratio)), right = fabs(orr_log(y->ratio));
    if (left > right) return -1;
    if (left < right) return 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_time(const void *a, const void *b)
{
    const orr_operator_line *x = a, *y = b;
    if (x->cost.time_ns > y->cost.time_ns) return -1;
    return x->cost.time_ns < y->cost.time_ns ? 1 : strcmp(x->name, y->name);
}

static void say_operators(const orr_bound_case *bound, const orr_case_outcome *outcome, orr_arena *arena, orr_text *out)
{
    orr_diags *diags = orr_diags_create();
    const orr_perf *perf = orr_perf_prepare(bound->study, arena, diags);
    orr_diags_destroy(diags);
    if (!perf) return;
    const int chunks = outcome->decode.count > 0 ? 0 : 1;
    const orr_step_explanation e = orr_perf_explain(perf, &outcome->decode, &outcome->chunk, chunks, arena);
    qsort(e.lines, e.line_count, sizeof *e.lines, by_time);
    orr_text_printf(out, "         typical step of %lld decodes: %.3g ms, bound by %s, next by %s", (long long)outcome->decode.count, e.step_ns * 1e-6, orr_binding_name(e.binding), orr_binding_name(e.next_binding));
    for (size_t i = 0; i < e.line_count && i < 4; i++) orr_text_printf(out, "%s %s %.0f %%", i ? "," : ":", e.lines[i].name, 100 * e.lines[i].cost.time_ns / e.step_ns);
    orr_text_append(out, "\n");
}

static void say_worst(const orr_cases *cases, const orr_bound_case *bound, const orr_case_outcome *outcomes, const char *const *contradicts, orr_arena *arena, orr_text *out)
{
    static const quantity told[] = {{"TPOT", ORR_CASE_TPOT_MEAN}, {"TTFT", ORR_CASE_TTFT_MEAN}, {"output tok/s/GPU", ORR_CASE_OUTPUT_TOKENS_PER_S_PER_GPU}};
    for (size_t t = 0; t < sizeof told / sizeof *told; t++) {
        ORR_VEC(far_off) rows = {0};
        for (size_t i = 0; i < cases->count; i++) {
            const orr_case_quantity is = orr_case_judged(&cases->items[i], told[t].is);
            const double ratio = outcomes[i].predicted[is] / cases->items[i].measured[is];
            if (isfinite(ratio) && ratio > 0 && !contradicts[i]) orr_vec_push(&rows, (far_off){i, is, ratio});
        }
        if (rows.count) qsort(rows.items, rows.count, sizeof *rows.items, by_distance);
        orr_text_printf(out, "%sfurthest off in %s:\n", t ? "\n" : "", told[t].name);
        for (size_t i = 0; i < rows.count && i < ORR_SERVING_WORST; i++) {
            const size_t number = rows.items[i].number;
            const orr_case *one = &cases->items[number];
            orr_text_printf(out, "%+7.0f %%  %s: %s, %s", 100 * (rows.items[i].ratio - 1), one->id, one->system, one->heading);
            if (!isnan(one->concurrency)) orr_text_printf(out, " of %.0f", one->concurrency);
            orr_text_printf(out, ", %.0f in, %.0f out\n", one->input_tokens, one->output_tokens);
            say_operators(&bound[number], &outcomes[number], arena, out);
        }
        orr_vec_free(&rows);
    }
}

void orr_serving_judge(const orr_cases *cases, const orr_bound_case *bound, const orr_case_outcome *outcomes, const char *const *contradicts, orr_arena *arena, orr_serving_report *report)
{
    orr_error_table *table = orr_error_table_create((const char *const[]){"by", "group", "quantity"}, 3);
    for (size_t i = 0; i < cases->count; i++)
        if (!outcomes[i].reason && !contradicts[i]) add_case(table, &cases->items[i], &outcomes[i], &report->each);
    orr_error_table_print(table, &report->tables);
    orr_error_table_csv(table, &report->csv);
    say_left_out(cases, outcomes, contradicts, &report->tables);
    say_worst(cases, bound, outcomes, contradicts, arena, &report->worst);
    orr_error_table_destroy(table);
}

bool orr_serving_validate(const char *folder, orr_workers *workers, orr_serving_report *report, orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    *report = (orr_serving_report){0};
    const orr_cases *cases = orr_cases_read(arena, folder, diags);
    if (cases) {
        const char *traces = orr_case_trace_prefix(arena);
        orr_bound_case *bound = orr_cases_bind(cases, traces, workers, arena);
        const orr_case_outcome *outcomes = orr_cases_run(bound, cases->count, NULL, workers, arena);
        const char **contradicts = ORR_NEW_ARRAY(arena, const char *, cases->count + 1);
        orr_cases_contradictions(cases, contradicts);
        orr_serving_judge(cases, bound, outcomes, contradicts, arena, report);
        orr_cases_unbind(bound, cases->count, traces);
    }
    orr_arena_destroy(arena);
    return cases != NULL;
}

void orr_serving_report_free(orr_serving_report *report)
{
    orr_text_free(&report->tables);
    orr_text_free(&report->worst);
    orr_text_free(&report->csv);
    orr_text_free(&report->each);
}
