/* Measured servers and recorded runs as comparisons: a row for each quantity of a case that was measured; of recorded runs also each request's own times. The rows furthest off are explained by the
 * operators of the typical step, while the studies are at hand. */
#include "trust/validation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "perf/system.h"
#include "trust/sheet.h"

enum { EXPLAINED = 10, OPERATORS = 4 };        /* of each quantity; of a step */

typedef struct world {
    orr_validation *validation;
    const orr_cases *cases;
    const orr_bound_case *bound;
    const orr_case_outcome *outcomes;
    const orr_coefficients *coefficients;
    size_t first;                               /* of its rows */
    ORR_VEC(size_t) case_of;                    /* of row first + i */
} world;

static orr_interval_figure figure_of(orr_case_quantity is)
{
    if (is <= ORR_CASE_TTFT_P99) return ORR_INTERVAL_TTFT;
    if (is <= ORR_CASE_TPOT_P99) return ORR_INTERVAL_TPOT;
    if (is <= ORR_CASE_E2E_P99) return ORR_INTERVAL_E2EL;
    return is == ORR_CASE_POWER_W_PER_GPU ? ORR_INTERVAL_POWER : ORR_INTERVAL_THROUGHPUT;
}

static const char *unit_of(orr_case_quantity is)
{
    if (is <= ORR_CASE_E2E_P99) return "ms";
    return is == ORR_CASE_POWER_W_PER_GPU ? "W" : is == ORR_CASE_OUTPUT_TOKENS_PER_S ? "tok/s" : "tok/s/GPU";
}

static bool is_run(const orr_case *one) { return one->requests_path != NULL; }
static const char *run_name(const orr_case *one) { return orr_text_starts_with(one->id, "run-") ? one->id + 4 : one->id; }

static const char *label_of(const orr_case *one, orr_arena *arena)
{
    if (is_run(one)) return run_name(one);
    const char *size = !isnan(one->concurrency) ? orr_arena_printf(arena, " of %.0f", one->concurrency) : !isnan(one->rate_per_s) ? orr_arena_printf(arena, " at %.3g/s", one->rate_per_s) : !isnan(one->batch) ? orr_arena_printf(arena, " of %.0f", one->batch) : "";
    const char *outputs = isnan(one->output_tokens) ? "" : orr_arena_printf(arena, ", %.0f out", one->output_tokens);
    return orr_arena_printf(arena, "%s; %s%s, %.0f in%s (%s)", one->system, one->heading, size, one->input_tokens, outputs, one->id);
}

static orr_comparison row_of(const world *w, size_t number, const char *label)
{
    const orr_case *one = &w->cases->items[number];
    const orr_study *study = w->bound[number].study;
    return (orr_comparison){
        .set = is_run(one) ? ORR_SET_RUNS : ORR_SET_SERVERS, .family = "", .load = one->heading, .chip = orr_arena_strdup(w->validation->arena, study->hardware.chip.name), .engine = one->profile, .model = one->model,
        .kind = *one->precision ? one->precision : "16 bit", .band = isnan(one->concurrency) ? "" : orr_concurrency_band(one->concurrency), .name = is_run(one) ? run_name(one) : "", .label = label,
        .low_half = NAN, .high_half = NAN, .low_ninety = NAN, .high_ninety = NAN};
}

static void add_row(world *w, const orr_comparison *row, size_t number)
{
    const size_t before = w->validation->rows.count;
    orr_validation_add(w->validation, row);
    if (w->validation->rows.count > before) orr_vec_push(&w->case_of, number);
}

static void add_case(world *w, size_t number)
{
    const orr_case *one = &w->cases->items[number];
    const orr_case_outcome *out = &w->outcomes[number];
    orr_comparison row = row_of(w, number, label_of(one, w->validation->arena));
    size_t count = 0;
    const orr_judged_quantity *quantities = orr_judged_quantities(&count);
    for (size_t q = 0; q < count; q++) {
        const orr_case_quantity is = orr_case_judged(one, quantities[q].is);
        const orr_interval *interval = &out->intervals.by[figure_of(is)];
        row.quantity = quantities[q].name;
        row.unit = unit_of(is);
        row.predicted = out->predicted[is];
        row.measured = one->measured[is];
        row.low_half = interval->low_half;
        row.high_half = interval->high_half;
        row.low_ninety = interval->low_ninety;
        row.high_ninety = interval->high_ninety;
        add_row(w, &row, number);
    }
}

/* --- requests --- */

typedef struct request { double arrival_s, ttft_ms, e2e_ms, input, output; size_t number; } request;

static int by_arrival(const void *a, const void *b)
{
    const request *x = a, *y = b;
    if (x->arrival_s < y->arrival_s) return -1;
    if (x->arrival_s > y->arrival_s) return 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static request *read_requests(const char *path, size_t *count, orr_arena *arena, orr_diags *diags)
{
    const orr_sheet *sheet = orr_sheet_read(arena, path, diags);
    if (sheet == NULL) return NULL;
    request *requests = ORR_NEW_ARRAY(arena, request, sheet->row_count + 1);
    *count = sheet->row_count;
    for (size_t i = 0; i < *count; i++)
        requests[i] = (request){orr_sheet_number(sheet, i, orr_sheet_column(sheet, "arrival_s")), orr_sheet_number(sheet, i, orr_sheet_column(sheet, "ttft_ms")), orr_sheet_number(sheet, i, orr_sheet_column(sheet, "e2e_ms")),
                                orr_sheet_number(sheet, i, orr_sheet_column(sheet, "input_tokens")), orr_sheet_number(sheet, i, orr_sheet_column(sheet, "output_tokens")), i};
    if (*count > 0) qsort(requests, *count, sizeof *requests, by_arrival);
    return requests;
}

static void add_request(world *w, const orr_comparison *of, const request *r, const orr_request_record *record)
{
    orr_comparison row = *of;
    row.each = true;
    row.unit = "ms";
    row.label = orr_arena_printf(w->validation->arena, "%s: request %zu at %.1f s, %.0f in, %.0f out", of->name, r->number, r->arrival_s, r->input, r->output);
    const double ttft_ms = (double)(record->first_token_ns - record->arrival_ns) * 1e-6, e2e_ms = (double)(record->finish_ns - record->arrival_ns) * 1e-6;
    const struct { const char *quantity; double predicted, measured; } times[] = {
        {"ttft", ttft_ms, r->ttft_ms}, {"tpot", (e2e_ms - ttft_ms) / (record->output_tokens - 1), (r->e2e_ms - r->ttft_ms) / (r->output - 1)}, {"e2e", e2e_ms, r->e2e_ms}};
    for (size_t t = 0; t < sizeof times / sizeof *times; t++) {
        row.quantity = times[t].quantity;
        row.predicted = times[t].predicted;
        row.measured = times[t].measured;
        add_row(w, &row, 0);
    }
}

/* Runs it once more, keeping every request; those that the model and the recording number alike are compared. */
static void add_requests(world *w, size_t number)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    size_t count = 0;
    const request *requests = read_requests(w->cases->items[number].requests_path, &count, arena, diags);
    const orr_perf *perf = orr_perf_prepare_with(w->bound[number].study, w->coefficients, arena, diags);
    if (requests != NULL && perf != NULL) {
        orr_run_result result = orr_run_study(w->bound[number].study, perf, &(orr_run_options){.keep_records = true}, diags);
        const orr_comparison of = row_of(w, number, NULL);
        if (result.record_count == count)
            for (size_t i = 0; i < count; i++) add_request(w, &of, &requests[i], &result.records[i]);
        orr_run_result_free(&result);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* --- explanations --- */

static int by_time(const void *a, const void *b)
{
    const orr_operator_line *x = a, *y = b;
    if (x->cost.time_ns > y->cost.time_ns) return -1;
    return x->cost.time_ns < y->cost.time_ns ? 1 : strcmp(x->name, y->name);
}

static void say_step(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunk, const char *opening, orr_arena *arena, orr_text *out)
{
    const orr_step_explanation e = orr_perf_explain(perf, decode, chunk, chunk != NULL, arena);
    qsort(e.lines, e.line_count, sizeof *e.lines, by_time);
    orr_text_printf(out, "%s takes %.3g ms; %s binds, then %s:", opening, e.step_ns * 1e-6, orr_binding_name(e.binding), orr_binding_name(e.next_binding));
    for (size_t i = 0; i < e.line_count && i < OPERATORS; i++) orr_text_printf(out, "%s %s %.0f %%", i ? "," : "", e.lines[i].name, 100 * e.lines[i].cost.time_ns / e.step_ns);
    const double host_ns = e.seconds_by_binding_ns[ORR_BIND_HOST];        /* what the device does not hide */
    if (host_ns > 0.02 * e.step_ns) orr_text_printf(out, ", host %.0f %%", 100 * host_ns / e.step_ns);
    orr_text_append(out, ".");
}

static const char *why_of(const world *w, const orr_comparison *row, size_t number)
{
    const orr_case_outcome *outcome = &w->outcomes[number];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text out = {0};
    const orr_perf *perf = orr_perf_prepare_with(w->bound[number].study, w->coefficients, arena, diags);
    const bool first_tokens = orr_text_starts_with(row->quantity, "ttft");
    if (perf != NULL && outcome->decode.count > 0 && !(first_tokens && outcome->chunk.new_tokens > 0))
        say_step(perf, &outcome->decode, NULL, orr_arena_printf(arena, "A typical step of %lld decodes at a mean context of %.0f", (long long)outcome->decode.count, (double)outcome->decode.context_tokens / (double)outcome->decode.count), arena, &out);
    if (perf != NULL && outcome->chunk.new_tokens > 0 && (first_tokens || out.length_bytes == 0))
        say_step(perf, &outcome->decode, &outcome->chunk, orr_arena_printf(arena, "A step with a prompt's chunk of %lld tokens beside %lld decodes", (long long)outcome->chunk.new_tokens, (long long)outcome->decode.count), arena, &out);
    if (out.length_bytes > 0 && outcome->chunk.new_tokens > 0) orr_text_printf(&out, " %.0f %% of the steps hold prompts.", 100 * outcome->mixed_share);
    const char *why = out.length_bytes > 0 ? orr_arena_strdup(w->validation->arena, out.bytes) : NULL;
    orr_text_free(&out);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return why;
}

static void explain_worst(world *w)
{
    orr_arena *arena = orr_arena_create();
    orr_comparison_group *groups = NULL;
    const size_t count = orr_validation_groups(w->validation, arena, &groups);
    for (size_t g = 0; g < count; g++) {
        size_t worst[EXPLAINED], taken = 0;
        if (groups[g].set != ORR_SET_KERNELS && !groups[g].each) taken = orr_validation_worst(w->validation, groups[g].rows, groups[g].count, EXPLAINED, worst);
        for (size_t i = 0; i < taken; i++) {
            orr_comparison *row = &w->validation->rows.items[worst[i]];
            if (worst[i] >= w->first) row->why = why_of(w, row, w->case_of.items[worst[i] - w->first]);
        }
    }
    orr_arena_destroy(arena);
}

/* What is judged: all cases, or those that are left out of fits. */
typedef struct judged { const orr_cases *cases; const orr_bound_case *bound; const char *const *contradicts; const orr_case_outcome *outcomes; } judged;

/* Those that are left out, their studies altered by the fits without them, each run by its own coefficients. */
static bool run_left_out(const orr_leave_out_options *without, const orr_cases *all, orr_bound_case *bound, const char *const *contradicts, orr_workers *workers, orr_arena *arena, judged *j, orr_diags *diags)
{
    bool *out = ORR_NEW_ARRAY(arena, bool, all->count + 1);
    const orr_coefficients **coefficients = ORR_NEW_ARRAY(arena, const orr_coefficients *, all->count + 1);
    if (!orr_leave_out_fit(without, bound, contradicts, all->count, workers, arena, out, coefficients, diags)) return false;
    orr_cases *cases = ORR_NEW(arena, orr_cases);
    *cases = (orr_cases){.folder = all->folder, .items = ORR_NEW_ARRAY(arena, orr_case, all->count + 1)};
    orr_bound_case *kept = ORR_NEW_ARRAY(arena, orr_bound_case, all->count + 1);
    const char **why = ORR_NEW_ARRAY(arena, const char *, all->count + 1);
    for (size_t i = 0; i < all->count; i++) {
        if (!out[i]) continue;
        const size_t k = cases->count++;
        cases->items[k] = all->items[i];
        kept[k] = bound[i];
        kept[k].of = &cases->items[k];
        why[k] = contradicts[i];
        coefficients[k] = coefficients[i];
    }
    orr_case_outcome *outcomes = ORR_NEW_ARRAY(arena, orr_case_outcome, cases->count + 1);
    for (size_t first = 0, end; first < cases->count; first = end) {
        for (end = first + 1; end < cases->count && coefficients[end] == coefficients[first];) end++;
        const orr_case_outcome *some = orr_cases_run(kept + first, end - first, &(orr_case_trial){.coefficients = coefficients[first]}, workers, arena);
        memcpy(outcomes + first, some, (end - first) * sizeof *outcomes);
    }
    *j = (judged){cases, kept, why, outcomes};
    return true;
}

static void judge(orr_validation *validation, const judged *j, const orr_coefficients *coefficients, orr_serving_report *report)
{
    orr_serving_judge(j->cases, j->bound, j->outcomes, j->contradicts, validation->arena, report);
    world w = {.validation = validation, .cases = j->cases, .bound = j->bound, .outcomes = j->outcomes, .coefficients = coefficients, .first = validation->rows.count};
    for (size_t i = 0; i < j->cases->count; i++) {
        const char *reason = j->outcomes[i].reason != NULL ? j->outcomes[i].reason : j->contradicts[i];
        if (reason != NULL) orr_validation_set_aside(validation, is_run(&j->cases->items[i]) ? ORR_SET_RUNS : ORR_SET_SERVERS, reason, "cases", 1);
        else add_case(&w, i);
    }
    for (size_t i = 0; i < j->cases->count; i++)
        if (j->outcomes[i].reason == NULL && j->contradicts[i] == NULL && is_run(&j->cases->items[i])) add_requests(&w, i);
    explain_worst(&w);
    orr_vec_free(&w.case_of);
}

bool orr_validation_add_servers(orr_validation *validation, const char *folder, const orr_coefficients *coefficients, const orr_leave_out_options *without, orr_workers *workers, orr_serving_report *report, orr_diags *diags)
{
    orr_arena *arena = validation->arena;
    *report = (orr_serving_report){0};
    const orr_cases *cases = orr_cases_read(arena, folder, diags);
    if (cases == NULL) return false;
    const char *traces = orr_case_trace_prefix(arena), **contradicts = ORR_NEW_ARRAY(arena, const char *, cases->count + 1);
    orr_bound_case *bound = orr_cases_bind(cases, traces, workers, arena);
    orr_cases_contradictions(cases, contradicts);
    judged j = {cases, bound, contradicts, NULL};
    const bool good = without == NULL || run_left_out(without, cases, bound, contradicts, workers, arena, &j, diags);
    if (without == NULL) j.outcomes = orr_cases_run(bound, cases->count, &(orr_case_trial){.coefficients = coefficients}, workers, arena);
    if (good) judge(validation, &j, coefficients, report);
    orr_cases_unbind(bound, cases->count, traces);
    return good;
}
