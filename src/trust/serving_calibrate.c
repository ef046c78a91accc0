#include "trust/serving_calibrate.h"

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>
#include "base/map.h"
#include "base/math.h"
#include "base/stats.h"
#include "base/vec.h"
#include "trust/acceptance_fit.h"
#include "trust/serving_validate.h"

/* What is fitted, with the bounds that physics and other measurements leave: times in ns, searched in their logarithm; a share linearly. */
typedef struct parameter { const char *key; size_t offset; double least, most, guess /* before any fit: the middle of what studies of engines tell */; bool share; } parameter;
#define TIME(name, member, least_ns, most_ns, guess_ns) {name, offsetof(orr_engine, member), least_ns, most_ns, guess_ns, false}
static const parameter parameters[] = {
    TIME("host_per_step", host_per_step_ns, 5e4, 8e6, 1e6), TIME("host_per_request", host_per_request_ns, 200, 2e5, 1e4), TIME("host_per_token", host_per_token_ns, 1, 2e3, 100),
    TIME("host_per_prefill", host_per_prefill_ns, 5e3, 5e7, 1e6), TIME("request_entry", request_entry_ns, 5e5, 3e8, 1e7), TIME("kernel_launch", kernel_launch_ns, 100, 6e3, 1e3),
    TIME("eager_launch", eager_launch_ns, 1e3, 1e5, 1e4), {"host_overlap", offsetof(orr_engine, host_overlap), 0, 1, 0.8, true},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };
_Static_assert((int)PARAMETERS == (int)ORR_HOST_TIMES, "one value a parameter");

typedef struct fit {
    const orr_bound_case *bound;        /* those of the profile */
    const bool *held_out;
    size_t count, stride;
    orr_bound_case *speculating;        /* those of the profile that draft, fitted after the others */
    size_t speculating_count;
    orr_workers *workers;
    double values[PARAMETERS];
} fit;

static double *field_of(orr_engine *engine, const parameter *p) { return (double *)(void *)((char *)engine + p->offset); }

static void apply_to(const double *values, orr_engine *engine)
{
    const bool takes_turns = !(engine->host_overlap > 0);       /* as the case says: its engine did not overlap */
    for (size_t i = 0; i < PARAMETERS; i++) *field_of(engine, &parameters[i]) = values[i];
    if (takes_turns) engine->host_overlap = 0;
}

static void apply(const double *values, orr_study *study)
{
    apply_to(values, &study->engine);
    if (orr_study_has_pools(study)) apply_to(values, &study->serving.prefill.engine);
}

static void alter(void *context, const orr_case *one, orr_study *study)
{
    (void)one;
    apply(((const fit *)context)->values, study);
}

static double log_ratio(const orr_case *one, const orr_case_outcome *out, orr_case_quantity mean)
{
    const orr_case_quantity is = orr_case_judged(one, mean);
    const double ratio = out->predicted[is] / one->measured[is];
    return isfinite(ratio) && ratio > 0 ? orr_log(ratio) : NAN;
}

static double softened(double r, double width)
{
    const double held = orr_max(-1.2, orr_min(1.2, r));
    return isnan(r) ? 0 : sqrt(held * held + width * width);
}

/* A server's thousands of requests weigh as ten closed loops. */
static double weight_of(const orr_case *one) { return one->build ? 0 : orr_text_equal(one->load, "closed_loop") ? 1 : orr_text_equal(one->load, "requests") ? 10 : 0; }

/* Servers that draft and do nothing else out of the ordinary tell how often drafts are accepted. */
static bool drafts_alone(const orr_case *one) { return one->build == ORR_CASE_SPECULATING && orr_text_equal(one->load, "closed_loop"); }

/* Runs those in (or those out of) the fit; with a stride, every so many of them and every server. */
static orr_case_outcome *run_side(fit *f, bool held_out, size_t stride, orr_bound_case *side, size_t *count, orr_arena *arena)
{
    *count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (f->held_out[i] == held_out && (i % stride == 0 || f->bound[i].of->requests_path)) side[(*count)++] = f->bound[i];
    return orr_cases_run(side, *count, &(orr_case_trial){.context = f, .alter = alter}, f->workers, arena);
}

static double loss_of(fit *f)
{
    orr_arena *arena = orr_arena_create();
    orr_bound_case *side = ORR_NEW_ARRAY(arena, orr_bound_case, f->count + 1);
    size_t count = 0;
    const orr_case_outcome *outcomes = run_side(f, false, f->stride, side, &count, arena);
    double sum = 0, weights = 0;
    for (size_t i = 0; i < count; i++) {
        weights += weight_of(side[i].of);
        sum += weight_of(side[i].of) * (softened(log_ratio(side[i].of, &outcomes[i], ORR_CASE_TPOT_MEAN), 0.05) + 0.5 * softened(log_ratio(side[i].of, &outcomes[i], ORR_CASE_TTFT_MEAN), 0.1));
    }
    orr_arena_destroy(arena);
    return count ? sum / weights : 0;
}

static double objective(unsigned count, const double *x, double *gradient, void *data)
{
    (void)gradient;
    fit *f = data;
    for (unsigned i = 0; i < count; i++) f->values[i] = parameters[i].share ? x[i] : orr_exp(x[i]);
    return loss_of(f);
}

static void search(fit *f, size_t evaluations)
{
    double x[PARAMETERS], low[PARAMETERS], high[PARAMETERS], step[PARAMETERS], least = 0;
    for (size_t i = 0; i < PARAMETERS; i++) {
        const parameter *p = &parameters[i];
        const double start = orr_max(p->least, orr_min(p->most, f->values[i]));
        x[i] = p->share ? start : orr_log(start);
        low[i] = p->share ? p->least : orr_log(p->least);
        high[i] = p->share ? p->most : orr_log(p->most);
        step[i] = p->share ? 0.2 : 0.7;
        if (x[i] + step[i] > high[i]) step[i] = -step[i];
    }
    nlopt_opt opt = nlopt_create(NLOPT_LN_SBPLX, PARAMETERS);
    nlopt_set_min_objective(opt, objective, f);
    nlopt_set_lower_bounds(opt, low);
    nlopt_set_upper_bounds(opt, high);
    nlopt_set_initial_step(opt, step);
    nlopt_set_ftol_rel(opt, 1e-5);
    nlopt_set_maxeval(opt, (int)evaluations);
    nlopt_optimize(opt, x, &least);
    nlopt_destroy(opt);
    objective(PARAMETERS, x, NULL, f);
}

/* --- what it comes to --- */

typedef ORR_VEC(double) errors;
typedef struct tally { errors tpot, ttft; } tally;

static void add_errors(const orr_bound_case *side, const orr_case_outcome *outcomes, size_t count, tally *t)
{
    for (size_t i = 0; i < count; i++) {
        const double tpot = log_ratio(side[i].of, &outcomes[i], ORR_CASE_TPOT_MEAN), ttft = log_ratio(side[i].of, &outcomes[i], ORR_CASE_TTFT_MEAN);
        if (!isnan(tpot)) orr_vec_push(&t->tpot, fabs(orr_exp(tpot) - 1));
        if (!isnan(ttft)) orr_vec_push(&t->ttft, fabs(orr_exp(ttft) - 1));
    }
}

static void count_errors(fit *f, bool held_out, tally *t)
{
    orr_arena *arena = orr_arena_create();
    orr_bound_case *side = ORR_NEW_ARRAY(arena, orr_bound_case, f->count + 1);
    size_t count = 0;
    const orr_case_outcome *outcomes = run_side(f, held_out, 1, side, &count, arena);
    add_errors(side, outcomes, count, t);
    orr_arena_destroy(arena);
}

static double mean_of(const errors *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->count; i++) sum += e->items[i];
    return sum / (double)e->count;
}

static void say(const char *when, tally *t, orr_text *out)
{
    orr_text_printf(out, "# %-22s TPOT %5.1f %% median, %5.1f %% mean; TTFT %5.1f %% median, %5.1f %% mean (%zu rows)\n", when, 100 * orr_percentile(t->tpot.items, t->tpot.count, 0.5), 100 * mean_of(&t->tpot),
                    100 * orr_percentile(t->ttft.items, t->ttft.count, 0.5), 100 * mean_of(&t->ttft), t->tpot.count);
    orr_vec_free(&t->tpot);
    orr_vec_free(&t->ttft);
}

/* The same for every repetition of a configuration. */
static size_t fold_of(const orr_case *one, size_t folds)
{
    const uint64_t load = orr_hash_mix((uint64_t)one->concurrency, orr_hash_mix((uint64_t)one->input_tokens, (uint64_t)one->output_tokens));
    return orr_hash_mix(orr_hash_text(one->system), load) % folds;
}

static void say_value(const parameter *p, double value, orr_text *out)
{
    if (p->share) orr_text_printf(out, "%s: {value: %.3g, source: serving, origin: calibrated}\n", p->key, value);
    else if (value >= 1e6) orr_text_printf(out, "%s: {value: %.3g ms, source: serving, origin: calibrated}\n", p->key, value * 1e-6);
    else if (value >= 1e3) orr_text_printf(out, "%s: {value: %.3g us, source: serving, origin: calibrated}\n", p->key, value * 1e-3);
    else orr_text_printf(out, "%s: {value: %.3g ns, source: serving, origin: calibrated}\n", p->key, value);
}

static void fit_all(fit *f, const orr_serving_fit_options *options, bool *held_out, orr_text *out)
{
    tally t = {0};
    double start[PARAMETERS], fitted[PARAMETERS];
    memcpy(start, f->values, sizeof start);
    for (size_t i = 0; i < f->count; i++) held_out[i] = false;
    count_errors(f, false, &t);
    say("before", &t, out);
    search(f, options->evaluations);
    memcpy(fitted, f->values, sizeof fitted);
    count_errors(f, false, &t);
    say("after", &t, out);
    for (size_t fold = 0; fold < options->folds; fold++) {
        for (size_t i = 0; i < f->count; i++) held_out[i] = fold_of(f->bound[i].of, options->folds) == fold;
        memcpy(f->values, fitted, sizeof fitted);       /* from the fit of all rows, shaken: each value half way back to where it began */
        for (size_t i = 0; i < PARAMETERS; i++) f->values[i] = parameters[i].share ? 0.5 * (start[i] + fitted[i]) : sqrt(orr_max(start[i], parameters[i].least) * fitted[i]);
        search(f, (options->evaluations + 1) / 2);
        count_errors(f, true, &t);
    }
    if (options->folds) say("held-out folds", &t, out);
    memcpy(f->values, fitted, sizeof fitted);
    for (size_t i = 0; i < PARAMETERS; i++) say_value(&parameters[i], fitted[i], out);
}

/* --- speculation: after the rest, on servers of their own --- */

static void count_speculating(fit *f, const bool *held_out, bool side_of, double acceptance, tally *t)
{
    orr_arena *arena = orr_arena_create();
    const orr_case_trial host = {.context = f, .alter = alter};
    orr_acceptance_trial trial = {acceptance, &host};
    orr_bound_case *side = ORR_NEW_ARRAY(arena, orr_bound_case, f->speculating_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < f->speculating_count; i++)
        if (held_out[i] == side_of) side[count++] = f->speculating[i];
    const orr_case_outcome *outcomes = orr_cases_run(side, count, &(orr_case_trial){.context = &trial, .alter = orr_acceptance_alter}, f->workers, arena);
    add_errors(side, outcomes, count, t);
    orr_arena_destroy(arena);
}

static void fit_acceptance(fit *f, const orr_serving_fit_options *options, orr_text *out)
{
    if (f->speculating_count == 0) return;
    orr_arena *arena = orr_arena_create();
    bool *held_out = ORR_NEW_ARRAY(arena, bool, f->speculating_count + 1);
    const orr_case_trial host = {.context = f, .alter = alter};
    tally t = {0};
    for (size_t i = 0; i < f->speculating_count; i++) held_out[i] = false;
    const double acceptance = orr_acceptance_fit(f->speculating, held_out, f->speculating_count, &host, f->workers);
    count_speculating(f, held_out, false, acceptance, &t);
    say("speculating", &t, out);
    for (size_t fold = 0; fold < options->folds; fold++) {
        for (size_t i = 0; i < f->speculating_count; i++) held_out[i] = fold_of(f->speculating[i].of, options->folds) == fold;
        count_speculating(f, held_out, true, orr_acceptance_fit(f->speculating, held_out, f->speculating_count, &host, f->workers), &t);
    }
    if (options->folds) say("speculating, held out", &t, out);
    orr_text_printf(out, "acceptance: {value: %.3g, source: serving, origin: calibrated}\n", acceptance);
    orr_arena_destroy(arena);
}

/* The profile's values, from a case that overrides none of them. */
static void read_profile(const orr_bound_case *bound, size_t count, fit *f)
{
    size_t plain = 0;
    while (plain + 1 < count && !(bound[plain].study->engine.host_overlap > 0)) plain++;
    orr_engine engine = bound[plain].study->engine;
    for (size_t i = 0; i < PARAMETERS; i++) f->values[i] = *field_of(&engine, &parameters[i]);
}

bool orr_serving_calibrate(const char *folder, const char *profile, const orr_serving_fit_options *options, orr_workers *workers, orr_text *out, orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    const orr_cases *all = orr_cases_read(arena, folder, diags);
    bool good = all != NULL;
    if (good) {
        const char **contradicts = ORR_NEW_ARRAY(arena, const char *, all->count + 1);
        orr_cases_contradictions(all, contradicts);
        orr_cases some = {.folder = all->folder, .items = ORR_NEW_ARRAY(arena, orr_case, all->count + 1)};
        for (size_t i = 0; i < all->count; i++)
            if (all->items[i].study && !contradicts[i] && (weight_of(&all->items[i]) > 0 || drafts_alone(&all->items[i])) && orr_text_equal(all->items[i].profile, profile)) some.items[some.count++] = all->items[i];
        const char *traces = orr_case_trace_prefix(arena);
        orr_bound_case *bound = orr_cases_bind(&some, traces, workers, arena);
        size_t kept = 0, drafting = 0;
        orr_bound_case *speculating = ORR_NEW_ARRAY(arena, orr_bound_case, some.count + 1), *others = ORR_NEW_ARRAY(arena, orr_bound_case, some.count + 1);
        for (size_t i = 0; i < some.count; i++)
            if (bound[i].study && bound[i].of->build) speculating[drafting++] = bound[i];
            else if (bound[i].study) others[kept++] = bound[i];
        bool *held_out = ORR_NEW_ARRAY(arena, bool, kept + 1);
        fit f = {.bound = others, .held_out = held_out, .count = kept, .speculating = speculating, .speculating_count = drafting, .stride = options->stride > 1 ? options->stride : 1, .workers = workers};
        good = kept + drafting > 0;
        if (good) {
            read_profile(kept > 0 ? others : speculating, kept > 0 ? kept : drafting, &f);
            if (kept > 0) fit_all(&f, options, held_out, out);
            fit_acceptance(&f, options, out);
        } else {
            orr_diag_error(diags, (orr_place){0}, "%s has no closed loop of \"%s\" that can be run", folder, profile);
        }
        orr_cases_unbind(bound, some.count, traces);
    }
    orr_arena_destroy(arena);
    return good;
}

/* --- without some --- */

size_t orr_host_times_fit(const orr_bound_case *bound, size_t count, size_t stride, size_t evaluations, orr_workers *workers, orr_host_times *times)
{
    orr_arena *arena = orr_arena_create();
    orr_bound_case *rows = ORR_NEW_ARRAY(arena, orr_bound_case, count + 1);
    bool *held_out = ORR_NEW_ARRAY(arena, bool, count + 1);
    size_t kept = 0, looked_at = 0;
    for (size_t i = 0; i < count; i++)
        if (bound[i].study && weight_of(bound[i].of) > 0) rows[kept++] = bound[i];
    for (size_t i = 0; i < kept; i++) held_out[i] = false;
    fit f = {.bound = rows, .held_out = held_out, .count = kept, .stride = stride > 1 ? stride : 1, .workers = workers};
    for (size_t i = 0; i < kept; i++) looked_at += i % f.stride == 0 || rows[i].of->requests_path;
    for (size_t i = 0; i < PARAMETERS; i++) f.values[i] = parameters[i].guess;
    if (kept > 0) search(&f, evaluations);
    memcpy(times->values, f.values, sizeof times->values);
    orr_arena_destroy(arena);
    return looked_at;
}

void orr_host_times_apply(const orr_host_times *times, orr_study *study) { apply(times->values, study); }
