/* orrery validate: what the model says beside what was measured. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "app/common.h"
#include "app/verbs.h"
#include "base/file.h"
#include "spec/catalogue.h"
#include "trust/error_table.h"
#include "trust/kernel_calibrate.h"
#include "trust/serving_validate.h"

typedef struct validate_options { const char *by, *calibration, *left_out, *csv_path, *coefficients_path; orr_option_list groups; int64_t folds, rows, evaluations, threads; bool rows_out; } validate_options;

static const char *const by_choices[] = {"chip", "table", "kind", NULL};
static const char *const calibration_choices[] = {"universal", "calibrated", NULL};
static const orr_option options[] = {
    {.name = "fit", .kind = ORR_OPTION_LIST, .offset = offsetof(validate_options, groups), .argument = "GROUP", .doc = "judge this group alone: gemm, attention, mla, moe, collective, dispatch, state, energy"},
    {.name = "by", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, by), .argument = "KEY", .doc = "a line for each family and chip, table (chip and engine) or kind (the number formats too)", .choices = by_choices},
    {.name = "calibration", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, calibration), .argument = "WHICH", .doc = "universal coefficients alone, or with the residuals of chip and engine", .choices = calibration_choices},
    {.name = "leave-out", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, left_out), .argument = "chip=NAME", .doc = "refit without this chip and judge on it alone"},
    {.name = "folds", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, folds), .argument = "N", .doc = "refit N times without an N-th of the rows, and judge each on those", .max = 20},
    {.name = "coefficients", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, coefficients_path), .argument = "FILE", .doc = "judge these coefficients in place of the embedded ones"},
    {.name = "rows", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, rows), .argument = "N", .doc = "rows of each table that a refit looks at (0: all)", .max = 100000000},
    {.name = "evaluations", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, evaluations), .argument = "N", .doc = "evaluations of the loss, a group and refit", .min = 1, .max = 100000000},
    {.name = "csv", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, csv_path), .argument = "FILE", .doc = "write the table there as CSV"},
    {.name = "each", .kind = ORR_OPTION_FLAG, .offset = offsetof(validate_options, rows_out), .doc = "print every row's error instead (CSV: table, line, kind, predicted over measured)"},
    {.name = "threads", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, threads), .argument = "N", .doc = "threads (0: one a core)", .max = 1024},
};

typedef struct judged { orr_error_table *errors; const validate_options *given; orr_text each; } judged;

static void judge_sample(judged *j, const orr_kernel_sample *sample, double predicted, double measured)
{
    const char *keys[4] = {orr_kernel_family_name(sample->row->kernel.family), sample->table->chip, sample->table->engine, sample->row->kind};
    orr_error_table_add(j->errors, keys, predicted, measured);
    if (j->given->rows_out && isfinite(predicted)) orr_text_printf(&j->each, "%s,%zu,%s,%.4f\n", sample->table->path, sample->row->line, sample->row->kind, predicted / measured);
}

static void judge_group(judged *j, const orr_kernel_tables *tables, const orr_fit_group *group, const orr_calibrate_options *held_out, const orr_coefficients *coefficients, orr_workers *workers, orr_arena *arena)
{
    orr_kernel_sample *samples = NULL;
    const size_t count = orr_kernel_samples(tables, group->families, 0, arena, &samples);
    double *predicted_ns = ORR_NEW_ARRAY(arena, double, count + 1), *power_w = ORR_NEW_ARRAY(arena, double, count + 1);
    orr_kernel_predict(samples, count, coefficients, orr_text_equal(j->given->calibration, "calibrated") ? ORR_PREDICT_CALIBRATED : ORR_PREDICT_ENGINE, workers, predicted_ns, power_w);
    for (size_t i = 0; i < count; i++) {
        const orr_kernel_sample *s = &samples[i];
        const bool in = (held_out->left_out_chip == NULL || orr_text_equal(held_out->left_out_chip, s->table->chip)) && (held_out->folds == 0 || orr_kernel_fold(s, held_out->folds) == held_out->held_out_fold);
        if (in && (!group->power || s->row->power_w > 0)) judge_sample(j, s, group->power ? power_w[i] : predicted_ns[i], group->power ? s->row->power_w : s->row->measured_ns);
    }
}

static const char *left_out_chip(const char *text, orr_diags *diags)
{
    if (text == NULL) return NULL;
    const orr_catalogue_entry *entry = strncmp(text, "chip=", 5) == 0 ? orr_catalogue_find(ORR_KIND_CHIP, text + 5) : NULL;
    if (entry != NULL) return entry->name;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--leave-out %s names no chip", text), "Write --leave-out chip=h100-sxm; `orrery list chip` tells the names.");
    return NULL;
}

static bool judge(judged *j, const orr_kernel_tables *tables, const orr_coefficients *base, orr_workers *workers, orr_arena *arena, orr_diags *diags)
{
    const validate_options *given = j->given;
    orr_calibrate_options how = {.rows_per_table = (size_t)given->rows, .evaluations = (size_t)given->evaluations, .left_out_chip = left_out_chip(given->left_out, diags), .folds = (size_t)given->folds};
    if (given->left_out != NULL && how.left_out_chip == NULL) return false;
    size_t all = 0;
    const orr_fit_group *groups = orr_fit_groups(&all);
    for (size_t i = 0; i < all; i++) {
        bool wanted = given->groups.count == 0 && !groups[i].power;
        for (size_t k = 0; k < given->groups.count; k++) wanted = wanted || orr_text_equal(given->groups.items[k], groups[i].name);
        for (size_t fold = 0; wanted && fold < (how.folds > 0 ? how.folds : 1); fold++) {
            orr_coefficients coefficients = *base;
            how.held_out_fold = fold;
            if (how.folds > 0 || how.left_out_chip != NULL) orr_kernel_calibrate(tables, &groups[i], &how, workers, &coefficients);
            judge_group(j, tables, &groups[i], &how, &coefficients, workers, arena);
        }
    }
    return true;
}

static const orr_coefficients *coefficients_of(const validate_options *given, orr_arena *arena, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return NULL;
    if (given->coefficients_path == NULL) return orr_coefficients_universal(arena, diags);
    const orr_node *tree = orr_tree_read_file(arena, given->coefficients_path, diags);
    orr_coefficients *coefficients = ORR_NEW(arena, orr_coefficients);
    return tree != NULL && orr_coefficients_bind(tree, coefficients, arena, diags) ? coefficients : NULL;
}

/* Measured servers: a folder with cases.csv. */
static int validate_servers(const validate_options *given, const char *path, orr_diags *diags)
{
    orr_serving_report report;
    orr_workers *workers = orr_workers_create((int)given->threads);
    const bool good = orr_serving_validate(path, workers, &report, diags);
    orr_workers_destroy(workers);
    int code = good ? ORR_EXIT_DONE : orr_app_exit_code(diags, ORR_EXIT_USAGE);
    if (good) {
        if (given->rows_out) fputs(report.each.bytes, stdout);
        else printf("%s\n%s", report.tables.bytes, report.worst.bytes);
        if (given->csv_path != NULL && !orr_file_write(given->csv_path, report.csv.bytes, report.csv.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        orr_serving_report_free(&report);
    }
    return code;
}

static int validate(const validate_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    static const char *const names[] = {"family", "chip", "engine", "kind"};
    if (orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", path))) return validate_servers(given, path, diags);
    orr_kernel_tables tables;
    const orr_coefficients *base = coefficients_of(given, arena, diags);
    if (base == NULL || !orr_kernel_tables_read(path, arena, &tables, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    judged j = {.errors = orr_error_table_create(names, orr_text_equal(given->by, "chip") ? 2 : orr_text_equal(given->by, "table") ? 3 : 4), .given = given};
    orr_workers *workers = orr_workers_create((int)given->threads);
    int code = judge(&j, &tables, base, workers, arena, diags) ? ORR_EXIT_DONE : ORR_EXIT_USAGE;
    orr_workers_destroy(workers);
    orr_text out = {0};
    if (code == ORR_EXIT_DONE && given->rows_out && j.each.bytes != NULL) fputs(j.each.bytes, stdout);
    else if (code == ORR_EXIT_DONE) { orr_error_table_print(j.errors, &out); fputs(out.bytes, stdout); }
    orr_text_clear(&out);
    if (code == ORR_EXIT_DONE && given->csv_path != NULL) {
        orr_error_table_csv(j.errors, &out);
        if (!orr_file_write(given->csv_path, out.bytes, out.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    }
    orr_text_free(&out);
    orr_text_free(&j.each);
    orr_error_table_destroy(j.errors);
    return code;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    validate_options given = {.by = "chip", .calibration = "universal", .rows = 1000, .evaluations = 600};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = validate(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_validate = {
    .name = "validate", .summary = "set the model beside measurements: errors by family, chip and engine", .usage = "DATA [options]",
    .details = "DATA is a folder of kernel tables, CHIP/OPERATOR-ENGINE-VERSION.csv[.gz]. An error is predicted / measured - 1: its median and mean, the 90th percentile of its size, and its\n"
               "signed median (bias). With --leave-out and --folds the coefficients are fitted anew on the rest first, so that the errors are those of rows that the fit has not seen.\n"
               "Where DATA holds cases.csv, it is a folder of measured servers: each is simulated as its client ran it, and the errors of latencies and throughput are told by load, chip, model,\n"
               "engine, precision and concurrency, with the rows furthest off and what is left out and why; --csv, --each and --threads apply.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
