/* orrery calibrate: fit the universal coefficients to measured kernels, and write the YAML that the catalogue embeds. */
#include <stdio.h>
#include <stdlib.h>
#include "app/calibrate_engine.h"
#include "app/common.h"
#include "app/verbs.h"
#include "base/file.h"
#include "spec/catalogue.h"
#include "trust/family_errors.h"
#include "trust/interval_fit.h"
#include "trust/kernel_calibrate.h"
#include "trust/residual_fit.h"
#include "trust/serving_calibrate.h"

typedef struct calibrate_options { orr_option_list groups, settings; const char *output_path, *residuals_path, *engine, *chip, *coefficients_path, *source, *study_path; bool intervals; int64_t rows, evaluations, threads; } calibrate_options;

static const orr_option options[] = {
    {.name = "fit", .kind = ORR_OPTION_LIST, .offset = offsetof(calibrate_options, groups), .argument = "GROUP", .doc = "fit this group of coefficients alone: gemm, attention, mla, moe, collective, dispatch, state, energy (default: all)"},
    {.name = "output", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, output_path), .argument = "FILE", .doc = "write the coefficients there (default: stdout)"},
    {.name = "residuals", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, residuals_path), .argument = "DIR", .doc = "fit residuals to the coefficients in use instead, and write DIR/CHIP--ENGINE.yaml"},
    {.name = "chip", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, chip), .argument = "FILE", .doc = "a chip of one's own: every table in DATA is of it, whatever its folder's name"},
    {.name = "coefficients", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, coefficients_path), .argument = "FILE", .doc = "start from these coefficients, or fit residuals to them (default: the catalogue's)"},
    {.name = "source", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, source), .argument = "TEXT", .doc = "whose measurements these are, cited in what is written; a last word that is an address is its url; catalogue: the tables that the catalogue cites"},
    {.name = "study", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, study_path), .argument = "FILE", .doc = "fit an engine instead: DATA are results of `vllm bench serve` or aiperf on the server that this study describes"},
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(calibrate_options, settings), .argument = "PATH=VALUE", .doc = "override a value of that study"},
    {.name = "engine", .kind = ORR_OPTION_TEXT, .offset = offsetof(calibrate_options, engine), .argument = "NAME", .doc = "fit what this engine's kernels do otherwise (data/calibration/NAME.yaml) on its tables alone, and write that; where DATA is a folder of measured servers, what its software costs (--rows N: every N-th)"},
    {.name = "intervals", .kind = ORR_OPTION_FLAG, .offset = offsetof(calibrate_options, intervals), .doc = "fit how sure predictions are instead: DATA of measured servers gives their intervals, DATA of kernels the errors of families on chips left out"},
    {.name = "rows", .kind = ORR_OPTION_INT, .offset = offsetof(calibrate_options, rows), .argument = "N", .doc = "rows of each table that the fit looks at (0: all)", .max = 100000000},
    {.name = "evaluations", .kind = ORR_OPTION_INT, .offset = offsetof(calibrate_options, evaluations), .argument = "N", .doc = "evaluations of the loss, a group", .min = 1, .max = 100000000},
    {.name = "threads", .kind = ORR_OPTION_INT, .offset = offsetof(calibrate_options, threads), .argument = "N", .doc = "threads (0: one a core)", .max = 1024},
};

typedef struct chosen { const orr_fit_group *groups[16]; size_t count; } chosen;

static bool choose(const orr_option_list *names, chosen *c)
{
    size_t all = 0;
    const orr_fit_group *groups = orr_fit_groups(&all);
    *c = (chosen){0};
    if (names->count == 0)
        for (size_t i = 0; i < all; i++) c->groups[c->count++] = &groups[i];
    for (size_t i = 0; i < names->count && c->count < 16; i++) {
        const orr_fit_group *group = orr_fit_group_find(names->items[i]);
        if (group == NULL) {
            fprintf(stderr, "orrery calibrate: there is no group of coefficients \"%s\"; there are", names->items[i]);
            for (size_t k = 0; k < all; k++) fprintf(stderr, "%s %s", k > 0 ? "," : "", groups[k].name);
            fprintf(stderr, "\n");
            return false;
        }
        c->groups[c->count++] = group;
    }
    return true;
}

/* One file for each chip and engine, in the order of the tables. */
static bool write_residuals(const orr_fitted_residual *fitted, size_t count, const orr_kernel_tables *tables, const char *folder, const char *source, orr_arena *arena, orr_diags *diags)
{
    bool good = orr_directory_make(folder, diags);
    for (size_t i = 0; good && i < tables->count; i++) {
        const orr_kernel_table *table = &tables->items[i];
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen = seen || (orr_text_equal(tables->items[k].chip, table->chip) && orr_text_equal(tables->items[k].engine, table->engine));
        orr_text yaml = {0};
        if (!seen && orr_residuals_write(fitted, count, table->chip, table->engine, source, &yaml))
            good = orr_file_write(orr_arena_printf(arena, "%s/%s--%s.yaml", folder, table->chip, table->engine), yaml.bytes, yaml.length_bytes, diags);
        orr_text_free(&yaml);
    }
    return good;
}

static int calibrate_residuals(const calibrate_options *given, const orr_kernel_tables *tables, const orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags)
{
    orr_workers *workers = orr_workers_create((int)given->threads);
    orr_fitted_residual *fitted = NULL;
    const size_t count = orr_residuals_fit(tables, coefficients, workers, arena, &fitted);
    orr_workers_destroy(workers);
    for (size_t i = 0; i < count; i++) {
        const orr_residual *r = &fitted[i].residual;
        fprintf(stderr, "%-14s %-7s %-17s %-24s %6zu rows, %3zu centres, left out: %4.1f %% median, %5.1f %% 90th percentile\n", fitted[i].table->chip, fitted[i].table->engine, orr_kernel_family_name(r->family), r->kind,
                fitted[i].row_count, r->count, 100 * r->error_half, 100 * r->error_ninety);
    }
    return write_residuals(fitted, count, tables, given->residuals_path, given->source, arena, diags) ? ORR_EXIT_DONE : orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
}

static int write_coefficients(const calibrate_options *given, const orr_coefficients *fitted, const orr_fit_field *fields, size_t field_count, orr_arena *arena, orr_diags *diags)
{
    orr_text yaml = {0};
    const orr_node *tree = given->coefficients_path != NULL ? orr_tree_read_file(arena, given->coefficients_path, diags) : orr_catalogue_tree(ORR_KIND_CALIBRATION, given->engine != NULL ? given->engine : "universal", (orr_place){0}, arena, diags);
    if (tree == NULL) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    const char *source = given->source != NULL ? given->source : "Measurements given to `orrery calibrate`";
    orr_coefficients_write(tree, fitted, fields, field_count, orr_text_equal(source, "catalogue") ? NULL : source, &yaml);
    int code = ORR_EXIT_DONE;
    if (given->output_path == NULL) fputs(yaml.bytes, stdout);
    else if (!orr_file_write(given->output_path, yaml.bytes, yaml.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    orr_text_free(&yaml);
    return code;
}

static int calibrate_intervals(const calibrate_options *given, const char *path, const orr_coefficients *before, orr_arena *arena, orr_diags *diags)
{
    static const char *const figures[ORR_INTERVAL_COUNT_] = {"TTFT", "TPOT", "E2EL", "throughput", "power"};
    orr_coefficients fitted = *before;
    orr_fit_field fields[4 * ORR_INTERVAL_COUNT_];
    size_t field_count = 0;
    orr_interval_fit fits[ORR_INTERVAL_COUNT_];
    orr_workers *workers = orr_workers_create((int)given->threads);
    const bool good = orr_intervals_calibrate(path, workers, &fitted, fields, &field_count, fits, diags);
    orr_workers_destroy(workers);
    if (!good) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    for (int i = 0; i < ORR_INTERVAL_COUNT_; i++) {
        const orr_interval_fit *f = &fits[i];
        if (f->groups == 0) fprintf(stderr, "%-10s %5zu rows: too few, left as it stands\n", figures[i], f->rows);
        else fprintf(stderr, "%-10s %5zu rows in %zu groups; left out, the 50 %% interval holds %.1f %%, the 90 %% interval %.1f %% (high / low %.2f in the median)\n", figures[i], f->rows, f->groups, 100 * f->covered_half, 100 * f->covered_ninety, f->median_width);
    }
    return write_coefficients(given, &fitted, fields, field_count, arena, diags);
}

static int calibrate_engine(const calibrate_options *given, const char *path, orr_diags *diags)
{
    orr_workers *workers = orr_workers_create((int)given->threads);
    const orr_serving_fit_options how = {.evaluations = (size_t)given->evaluations, .folds = 5, .stride = given->rows < 1000 ? (size_t)given->rows : 1};
    orr_text yaml = {0};
    int code = orr_serving_calibrate(path, given->engine, &how, workers, &yaml, diags) ? ORR_EXIT_DONE : orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_workers_destroy(workers);
    if (code == ORR_EXIT_DONE && given->output_path == NULL) fputs(yaml.bytes, stdout);
    else if (code == ORR_EXIT_DONE && !orr_file_write(given->output_path, yaml.bytes, yaml.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    orr_text_free(&yaml);
    return code;
}

static int calibrate_family_errors(const calibrate_options *given, const char *path, const orr_coefficients *before, orr_arena *arena, orr_diags *diags)
{
    orr_kernel_tables tables;
    if (!orr_kernel_tables_read_of(path, given->chip, arena, &tables, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_coefficients fitted = *before;
    orr_family_error errors[ORR_MAX_FAMILY_ERRORS];
    orr_fit_field fields[ORR_MAX_FAMILY_ERRORS];
    orr_workers *workers = orr_workers_create((int)given->threads);
    const orr_calibrate_options how = {.rows_per_table = (size_t)given->rows, .evaluations = (size_t)given->evaluations};
    const size_t count = orr_family_errors_calibrate(&tables, &how, workers, &fitted, errors);
    orr_workers_destroy(workers);
    for (size_t i = 0; i < count; i++) {
        const orr_family_error *e = &errors[i];
        fields[i] = e->field;
        fprintf(stderr, "%-18s %6zu rows of %zu chips, each left out: %4.1f %% median, 90 %% within %.0f %%; by the other chips' errors, the 50 %% interval holds %.1f %%, the 90 %% interval %.1f %%\n", e->field.field->name, e->rows, e->chips,
                100 * e->median, 100 * e->ninety, 100 * e->covered_half, 100 * e->covered_ninety);
    }
    return write_coefficients(given, &fitted, fields, count, arena, diags);
}

static bool holds_servers(const char *path, orr_arena *arena) { return orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", path)); }

static const orr_coefficients *coefficients_of(const char *path, orr_arena *arena, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return NULL;
    const orr_node *own = path != NULL ? orr_tree_read_file(arena, path, diags) : NULL;
    return path == NULL || own != NULL ? orr_coefficients_of_tree(own, arena, diags) : NULL;
}

static int calibrate(const calibrate_options *given, const char *const *paths, size_t path_count, orr_arena *arena, orr_diags *diags)
{
    const char *path = paths[0];
    if (given->study_path != NULL) return orr_app_calibrate_engine(&(orr_engine_calibration){given->study_path, &given->settings, paths, path_count, given->output_path, (size_t)given->evaluations, (int)given->threads}, arena, diags);
    if (path_count > 1) {
        fprintf(stderr, "orrery calibrate: one DATA is calibrated from; results of a benchmark want --study FILE beside them\n");
        return ORR_EXIT_USAGE;
    }
    chosen c;
    if (!choose(&given->groups, &c)) return ORR_EXIT_USAGE;
    orr_kernel_tables tables;
    const orr_coefficients *before = coefficients_of(given->coefficients_path, arena, diags);
    if (before != NULL && given->engine != NULL && orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", path))) return calibrate_engine(given, path, diags);
    if (before != NULL && given->intervals) return (holds_servers(path, arena) ? calibrate_intervals : calibrate_family_errors)(given, path, before, arena, diags);
    if (before == NULL || !orr_kernel_tables_read_of(path, given->chip, arena, &tables, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    if (given->residuals_path != NULL) return calibrate_residuals(given, &tables, before, arena, diags);
    orr_coefficients fitted = *before;
    if (given->engine != NULL && orr_catalogue_tree(ORR_KIND_CALIBRATION, given->engine, (orr_place){0}, arena, diags) == NULL) return ORR_EXIT_USAGE;
    orr_coefficients_overlay(given->engine, &fitted);
    orr_fit_field fields[256];
    size_t field_count = 0;
    orr_workers *workers = orr_workers_create((int)given->threads);
    for (size_t i = 0; i < c.count; i++) {
        const orr_calibrate_options how = {.rows_per_table = (size_t)given->rows, .evaluations = (size_t)given->evaluations, .engine = given->engine};
        const orr_fit fit = orr_kernel_calibrate(&tables, c.groups[i], &how, workers, &fitted);
        fprintf(stderr, "%-10s %2zu coefficients, loss %.4f -> %.4f in %zu evaluations\n", c.groups[i]->name, fit.fitted_count, fit.loss_before, fit.loss_after, fit.evaluations);
        for (size_t f = 0; f < fit.fitted_count && field_count < 256; f++) fields[field_count++] = fit.fitted[f];
    }
    orr_workers_destroy(workers);
    return write_coefficients(given, &fitted, fields, field_count, arena, diags);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    calibrate_options given = {.rows = 1000, .evaluations = 1500};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = calibrate(&given, arguments, (size_t)count, arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_calibrate = {
    .name = "calibrate", .summary = "fit coefficients, residuals or an engine to one's own measurements", .usage = "DATA... [options]",
    .details = "DATA is a folder of kernel tables, CHIP/OPERATOR-ENGINE-VERSION.csv[.gz]. The coefficients in use are the start; what comes out is a whole calibration file.\n"
               "With --study, DATA are results of benchmarks, and what comes out is an engine: `engine: {profile: ./my-engine.yaml}`. docs/CALIBRATION.md goes the whole way.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 64, .run = run,
};
