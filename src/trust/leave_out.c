#include "trust/leave_out.h"

#include <string.h>
#include "base/text.h"
#include "perf/system.h"
#include "spec/catalogue.h"
#include "trust/kernel_calibrate.h"
#include "trust/serving_calibrate.h"

static const struct { const char *word; orr_catalogue_kind kind; } kinds[] = {{"chip", ORR_KIND_CHIP}, {"model", ORR_KIND_MODEL}, {"engine", ORR_KIND_ENGINE}};

const char *orr_leave_out_kind_name(orr_leave_out_kind kind) { return kinds[kind].word; }

bool orr_leave_out_parse(const char *text, orr_leave_out *out, orr_diags *diags)
{
    const char *equals = strchr(text, '=');
    for (size_t i = 0; equals != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i].word) != (size_t)(equals - text) || strncmp(text, kinds[i].word, (size_t)(equals - text)) != 0) continue;
        const orr_catalogue_entry *entry = orr_catalogue_find(kinds[i].kind, equals + 1);
        if (entry != NULL) {
            *out = (orr_leave_out){(orr_leave_out_kind)i, entry->name};
            return true;
        }
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--leave-out %s names no %s", text, kinds[i].word), "`orrery list %s` tells the names.", kinds[i].word);
        return false;
    }
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--leave-out %s names no chip, model or engine", text), "Write --leave-out chip=h100-sxm, model=NAME or engine=NAME; `orrery list chip` tells the names.");
    return false;
}

static bool is_left_out(const orr_leave_out *what, const orr_bound_case *bound)
{
    if (bound->study == NULL) return false;
    const char *name = what->kind == ORR_LEAVE_OUT_CHIP ? bound->study->hardware.chip.name : what->kind == ORR_LEAVE_OUT_MODEL ? bound->study->model.name : bound->of->profile;
    return orr_text_equal(name, what->name);
}

static void tell(const orr_leave_out_options *options, const char *line) { if (options->progress != NULL) options->progress(options->progress_context, line); }

/* --- kernels --- */

/* Every group anew without the chip; engine: those that its overlay gives, on its tables. */
static void fit_kernels(const orr_leave_out_options *options, const char *engine, orr_workers *workers, orr_coefficients *coefficients)
{
    size_t count = 0;
    const orr_fit_group *groups = orr_fit_groups(&count);
    const orr_calibrate_options how = {.rows_per_table = options->rows_per_table, .evaluations = options->kernel_evaluations, .left_out_chip = options->what.name, .engine = engine};
    for (size_t i = 0; i < count; i++) {
        const orr_fit fit = orr_kernel_calibrate(options->kernels, &groups[i], &how, workers, coefficients);
        if (options->progress == NULL || fit.fitted_count == 0) continue;
        orr_text line = {0};
        orr_text_printf(&line, "kernels without %s, %s%s%s: loss %.4f -> %.4f in %zu evaluations", options->what.name, groups[i].name, engine ? " of " : "", engine ? engine : "", fit.loss_before, fit.loss_after, fit.evaluations);
        tell(options, line.bytes);
        orr_text_free(&line);
    }
}

/* Is any of its kernels in the tables? Else the coefficients have not seen it. */
static bool was_seen(const orr_leave_out_options *options)
{
    bool seen = false;
    for (size_t i = 0; options->kernels != NULL && i < options->kernels->count; i++) seen = seen || orr_text_equal(options->kernels->items[i].chip, options->what.name);
    return seen && options->what.kind == ORR_LEAVE_OUT_CHIP;
}

static bool has_overlay(const char *engine) { return orr_catalogue_find(ORR_KIND_CALIBRATION, engine) != NULL; }

/* What servers of that profile are run by. */
static const orr_coefficients *coefficients_for(const orr_leave_out_options *options, const char *profile, const orr_coefficients *universal, orr_workers *workers, orr_arena *arena)
{
    orr_coefficients *own = ORR_NEW(arena, orr_coefficients);
    *own = *universal;
    if (options->what.kind != ORR_LEAVE_OUT_CHIP || !has_overlay(profile)) return own;
    orr_coefficients_overlay(profile, own);
    if (was_seen(options)) fit_kernels(options, profile, workers, own);
    return own;
}

/* --- servers --- */

typedef struct profile_fit { const char *profile; orr_host_times times; const orr_coefficients *coefficients; } profile_fit;
enum { MAX_PROFILES = 16 };

static bool fit_profile(const orr_leave_out_options *options, const char *profile, const orr_bound_case *bound, const bool *out, const char *const *skip, size_t count, orr_workers *workers, orr_arena *arena, profile_fit *fit)
{
    const bool of_all = options->what.kind == ORR_LEAVE_OUT_ENGINE;
    orr_bound_case *rest = ORR_NEW_ARRAY(arena, orr_bound_case, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (bound[i].study != NULL && !out[i] && skip[i] == NULL && (of_all || orr_text_equal(bound[i].of->profile, profile))) rest[kept++] = bound[i];
    orr_text line = {0};
    const size_t rows = orr_host_times_fit(rest, kept, options->stride, options->evaluations, workers, &fit->times);
    orr_text_printf(&line, "host times of %s without %s: fitted to %zu servers", profile, options->what.name, rows);
    tell(options, line.bytes);
    orr_text_free(&line);
    return rows > 0;
}

static void alter(const orr_leave_out *what, const profile_fit *fit, orr_bound_case *bound)
{
    orr_study *study = ORR_NEW(bound->arena, orr_study);
    *study = *bound->study;
    orr_host_times_apply(&fit->times, study);
    if (what->kind != ORR_LEAVE_OUT_MODEL) {        /* neither residuals nor the embedded overlay; the chip's stands in its coefficients */
        study->calibration = ORR_CALIBRATION_UNIVERSAL;
        study->engine.kernels = study->serving.prefill.engine.kernels = "universal";
    }
    bound->study = study;
}

bool orr_leave_out_fit(const orr_leave_out_options *options, orr_bound_case *bound, const char *const *skip, size_t count, orr_workers *workers, orr_arena *arena, bool *out, const orr_coefficients **coefficients, orr_diags *diags)
{
    const orr_leave_out *what = &options->what;
    size_t left_out = 0;
    for (size_t i = 0; i < count; i++) left_out += out[i] = is_left_out(what, &bound[i]);
    if (left_out == 0) {
        orr_diag_error(diags, (orr_place){0}, "no measured server has %s %s", kinds[what->kind].word, what->name);
        return false;
    }
    orr_coefficients universal = *orr_coefficients_universal(arena, diags);
    if (was_seen(options)) fit_kernels(options, NULL, workers, &universal);
    profile_fit fits[MAX_PROFILES];
    size_t fit_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!out[i]) continue;
        size_t k = 0;
        while (k < fit_count && !orr_text_equal(fits[k].profile, bound[i].of->profile)) k++;
        if (k == fit_count && fit_count < MAX_PROFILES) {
            fits[k] = (profile_fit){.profile = bound[i].of->profile};
            if (!fit_profile(options, fits[k].profile, bound, out, skip, count, workers, arena, &fits[k])) {
                orr_diag_error(diags, (orr_place){0}, "without %s %s no server is left that host times of %s could be fitted to", kinds[what->kind].word, what->name, fits[k].profile);
                return false;
            }
            fits[k].coefficients = coefficients_for(options, fits[k].profile, &universal, workers, arena);
            fit_count++;
        }
        alter(what, &fits[k], &bound[i]);
        coefficients[i] = fits[k].coefficients;
    }
    return true;
}
