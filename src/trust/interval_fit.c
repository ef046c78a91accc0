#include "trust/interval_fit.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "base/stats.h"
#include "trust/serving_validate.h"

enum { LEAST_ROWS = 40 };
/* A little beyond 5, 25, 75 and 95 %: measured servers come in groups (a model on a chip under an engine), and a new group lies further out than another row of a known one. */
static const double probabilities[4] = {0.035, 0.235, 0.765, 0.965};

/* What a figure's interval is held to, in the order of orr_interval_figure. */
static const orr_case_quantity quantities[ORR_INTERVAL_COUNT_][4] = {
    {ORR_CASE_TTFT_MEAN, ORR_CASE_TTFT_P50, ORR_CASE_TTFT_P90, ORR_CASE_TTFT_P99},
    {ORR_CASE_TPOT_MEAN, ORR_CASE_TPOT_P50, ORR_CASE_TPOT_P90, ORR_CASE_TPOT_P99},
    {ORR_CASE_E2E_MEAN, ORR_CASE_E2E_MEAN, ORR_CASE_E2E_MEAN, ORR_CASE_E2E_P99},
    {ORR_CASE_OUTPUT_TOKENS_PER_S_PER_GPU, ORR_CASE_OUTPUT_TOKENS_PER_S, ORR_CASE_OUTPUT_TOKENS_PER_S, ORR_CASE_OUTPUT_TOKENS_PER_S},
    {ORR_CASE_POWER_W_PER_GPU, ORR_CASE_POWER_W_PER_GPU, ORR_CASE_POWER_W_PER_GPU, ORR_CASE_POWER_W_PER_GPU},
};

/* The mean where it was measured, else the next statistic that was. */
static double log_ratio(const orr_case *one, const orr_case_outcome *outcome, orr_interval_figure figure)
{
    if (figure == ORR_INTERVAL_E2EL && orr_text_starts_with(one->load, "offline")) return NAN;      /* how long the last of a data set waited tells how large the set was */
    for (int k = 0; k < 4; k++) {
        const orr_case_quantity is = quantities[figure][k];
        if (one->measured[is] > 0 && outcome->predicted[is] > 0) return orr_log(one->measured[is] / outcome->predicted[is]);
    }
    return NAN;
}

typedef struct residuals { size_t count; double *z, *scale; const orr_case **cases; } residuals;

static residuals gather(const orr_cases *cases, const orr_case_outcome *outcomes, const char *const *skip, orr_interval_figure figure, orr_arena *arena)
{
    residuals r = {0, ORR_NEW_ARRAY(arena, double, cases->count + 1), ORR_NEW_ARRAY(arena, double, cases->count + 1), ORR_NEW_ARRAY(arena, const orr_case *, cases->count + 1)};
    for (size_t i = 0; i < cases->count; i++) {
        const double scale = outcomes[i].intervals.scale[figure];
        if (outcomes[i].reason != NULL || (skip != NULL && skip[i] != NULL) || !(scale > 0)) continue;
        const double log = log_ratio(&cases->items[i], &outcomes[i], figure);
        if (!isfinite(log)) continue;
        r.z[r.count] = log / scale;
        r.scale[r.count] = scale;
        r.cases[r.count++] = &cases->items[i];
    }
    return r;
}

static bool same_group(const orr_case *a, const orr_case *b) { return orr_text_equal(a->model, b->model) && orr_text_equal(a->profile, b->profile) && orr_text_equal(a->node, b->node); }

/* Quantiles of the residuals that are not of `without`'s group (NULL: of all). */
static void quantiles_of(const residuals *r, const orr_case *without, double *scratch, double quantiles[4])
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        if (without == NULL || !same_group(without, r->cases[i])) scratch[count++] = r->z[i];
    for (int q = 0; q < 4; q++) quantiles[q] = count > 0 ? orr_percentile(scratch, count, probabilities[q]) : 0;
}

static void judge(const residuals *r, orr_arena *arena, orr_interval_fit *fit)
{
    bool *seen = ORR_NEW_ARRAY(arena, bool, r->count + 1);
    double *scratch = ORR_NEW_ARRAY(arena, double, r->count + 1), *widths = ORR_NEW_ARRAY(arena, double, r->count + 1), held_out[4];
    size_t half = 0, ninety = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (seen[i]) continue;
        fit->groups++;
        quantiles_of(r, r->cases[i], scratch, held_out);
        for (size_t k = i; k < r->count; k++) {
            if (seen[k] || !same_group(r->cases[i], r->cases[k])) continue;
            seen[k] = true;
            half += r->z[k] >= held_out[1] && r->z[k] <= held_out[2];
            ninety += r->z[k] >= held_out[0] && r->z[k] <= held_out[3];
            widths[k] = orr_exp((held_out[3] - held_out[0]) * r->scale[k]);
        }
    }
    fit->covered_half = (double)half / (double)r->count;
    fit->covered_ninety = (double)ninety / (double)r->count;
    fit->median_width = orr_percentile(widths, r->count, 0.5);
    quantiles_of(r, NULL, scratch, fit->quantiles);
}

void orr_intervals_fit(const orr_cases *cases, const orr_case_outcome *outcomes, const char *const *skip, orr_arena *arena, orr_interval_fit fits[ORR_INTERVAL_COUNT_])
{
    for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++) {
        fits[figure] = (orr_interval_fit){0};
        const residuals r = gather(cases, outcomes, skip, (orr_interval_figure)figure, arena);
        fits[figure].rows = r.count;
        if (r.count >= LEAST_ROWS) judge(&r, arena, &fits[figure]);
    }
}

static void keep(const orr_interval_fit *fit, int figure, orr_coefficients *coefficients, orr_fit_field *fields, size_t *field_count)
{
    const orr_field *section = orr_table_find(&orr_calibration_table, "interval");
    for (int q = 0; q < 4; q++) {
        const orr_field *field = &section->table->fields[figure * 4 + q];
        *(double *)(void *)((char *)coefficients + field->offset) = (double)orr_round_i64(fit->quantiles[q] * 1000) / 1000;
        fields[(*field_count)++] = (orr_fit_field){section, field};
    }
}

bool orr_intervals_calibrate(const char *folder, orr_workers *workers, orr_coefficients *coefficients, orr_fit_field *fields, size_t *field_count, orr_interval_fit fits[ORR_INTERVAL_COUNT_], orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    const orr_cases *cases = orr_cases_read(arena, folder, diags);
    if (cases != NULL) {
        const char *traces = orr_case_trace_prefix(arena);
        orr_bound_case *bound = orr_cases_bind(cases, traces, workers, arena);
        const orr_case_outcome *outcomes = orr_cases_run(bound, cases->count, NULL, workers, arena);
        const char **contradicts = ORR_NEW_ARRAY(arena, const char *, cases->count + 1);
        orr_cases_contradictions(cases, contradicts);
        orr_intervals_fit(cases, outcomes, contradicts, arena, fits);
        for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++)
            if (fits[figure].rows >= LEAST_ROWS) keep(&fits[figure], figure, coefficients, fields, field_count);
        orr_cases_unbind(bound, cases->count, traces);
    }
    orr_arena_destroy(arena);
    return cases != NULL;
}
