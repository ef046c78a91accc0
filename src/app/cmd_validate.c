/* orrery validate: what the model says beside what was measured. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "app/common.h"
#include "app/verbs.h"
#include "base/file.h"
#include "spec/catalogue.h"
#include "report/output_dir.h"
#include "trust/kernel_calibrate.h"

typedef struct validate_options { const char *by, *calibration, *left_out, *csv_path, *coefficients_path, *output_dir; orr_option_list groups; int64_t folds, rows, evaluations, threads; bool rows_out; } validate_options;

static const char *const by_choices[] = {"chip", "table", "kind", NULL};
static const char *const calibration_choices[] = {"universal", "calibrated", NULL};
static const orr_option options[] = {
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, output_dir), .argument = "DIR", .doc = "write validation.json, errors.csv and the page report.html there"},
    {.name = "fit", .kind = ORR_OPTION_LIST, .offset = offsetof(validate_options, groups), .argument = "GROUP", .doc = "judge this group alone: gemm, attention, mla, moe, collective, dispatch, state, energy"},
    {.name = "by", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, by), .argument = "KEY", .doc = "a line for each family and chip, table (chip and engine) or kind (the number formats too)", .choices = by_choices},
    {.name = "calibration", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, calibration), .argument = "WHICH", .doc = "universal coefficients alone, or with the residuals of chip and engine", .choices = calibration_choices},
    {.name = "leave-out", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, left_out), .argument = "WHAT=NAME", .doc = "refit without this chip, model or engine and judge on it alone: chip=h100-sxm, model=NAME, engine=NAME; kernels know chips alone"},
    {.name = "folds", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, folds), .argument = "N", .doc = "refit N times without an N-th of the rows, and judge each on those", .max = 20},
    {.name = "coefficients", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, coefficients_path), .argument = "FILE", .doc = "judge these coefficients in place of the embedded ones"},
    {.name = "rows", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, rows), .argument = "N", .doc = "rows of each table that a refit looks at (0: all)", .max = 100000000},
    {.name = "evaluations", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, evaluations), .argument = "N", .doc = "evaluations of the loss, a group and refit", .min = 1, .max = 100000000},
    {.name = "csv", .kind = ORR_OPTION_TEXT, .offset = offsetof(validate_options, csv_path), .argument = "FILE", .doc = "write the table there as CSV"},
    {.name = "each", .kind = ORR_OPTION_FLAG, .offset = offsetof(validate_options, rows_out), .doc = "print every row's error instead (CSV: table, line, kind, predicted over measured)"},
    {.name = "threads", .kind = ORR_OPTION_INT, .offset = offsetof(validate_options, threads), .argument = "N", .doc = "threads (0: one a core)", .max = 1024},
};

/* What is judged, and where its rows go. */
typedef struct judged { const validate_options *given; orr_error_table *errors; orr_validation validation; orr_leave_out_options without; orr_text each; } judged;

static void judge_sample(judged *j, const orr_kernel_sample *sample, bool power, double predicted, double measured)
{
    const char *keys[4] = {orr_kernel_family_name(sample->row->kernel.family), sample->table->chip, sample->table->engine, sample->row->kind};
    const bool told = !power || j->given->groups.count > 0;
    if (told) orr_error_table_add(j->errors, keys, predicted, measured);
    if (j->given->output_dir != NULL) orr_validation_add_kernel(&j->validation, sample, power, orr_text_equal(j->given->calibration, "calibrated"), predicted, measured);
    if (told && j->given->rows_out && isfinite(predicted)) orr_text_printf(&j->each, "%s,%zu,%s,%.4f\n", sample->table->path, sample->row->line, sample->row->kind, predicted / measured);
}

static void judge_group(judged *j, const orr_kernel_tables *tables, const orr_fit_group *group, const orr_calibrate_options *held_out, const orr_coefficients *coefficients, orr_workers *workers, orr_arena *arena)
{
    orr_kernel_sample *samples = NULL;
    const size_t count = orr_kernel_samples(tables, group->families | group->composed, 0, arena, &samples);
    double *predicted_ns = ORR_NEW_ARRAY(arena, double, count + 1), *power_w = ORR_NEW_ARRAY(arena, double, count + 1);
    orr_kernel_predict(samples, count, coefficients, orr_text_equal(j->given->calibration, "calibrated") ? ORR_PREDICT_CALIBRATED : ORR_PREDICT_ENGINE, workers, predicted_ns, power_w);
    for (size_t i = 0; i < count; i++) {
        const orr_kernel_sample *s = &samples[i];
        const bool in = (held_out->left_out_chip == NULL || orr_text_equal(held_out->left_out_chip, s->table->chip)) && (held_out->folds == 0 || orr_kernel_fold(s, held_out->folds) == held_out->held_out_fold);
        if (in && (!group->power || s->row->power_w > 0)) judge_sample(j, s, group->power, group->power ? power_w[i] : predicted_ns[i], group->power ? s->row->power_w : s->row->measured_ns);
    }
}

static void judge_all(judged *j, const orr_kernel_tables *tables, const orr_coefficients *base, orr_workers *workers, orr_arena *arena)
{
    const validate_options *given = j->given;
    orr_calibrate_options how = {.rows_per_table = (size_t)given->rows, .evaluations = (size_t)given->evaluations, .left_out_chip = given->left_out != NULL ? j->without.what.name : NULL, .folds = (size_t)given->folds};
    size_t all = 0;
    const orr_fit_group *groups = orr_fit_groups(&all);
    for (size_t i = 0; i < all; i++) {
        bool wanted = given->groups.count == 0 && (!groups[i].power || given->output_dir != NULL);        /* power: for the page */
        for (size_t k = 0; k < given->groups.count; k++) wanted = wanted || orr_text_equal(given->groups.items[k], groups[i].name);
        for (size_t fold = 0; wanted && fold < (how.folds > 0 ? how.folds : 1); fold++) {
            orr_coefficients coefficients = *base;
            how.held_out_fold = fold;
            if (how.folds > 0 || how.left_out_chip != NULL) orr_kernel_calibrate(tables, &groups[i], &how, workers, &coefficients);
            judge_group(j, tables, &groups[i], &how, &coefficients, workers, arena);
        }
    }
}

static const orr_coefficients *coefficients_of(const validate_options *given, orr_arena *arena, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return NULL;
    if (given->coefficients_path == NULL) return orr_coefficients_universal(arena, diags);
    const orr_node *tree = orr_tree_read_file(arena, given->coefficients_path, diags);
    orr_coefficients *coefficients = ORR_NEW(arena, orr_coefficients);
    return tree != NULL && orr_coefficients_bind(tree, coefficients, arena, diags) ? coefficients : NULL;
}

/* Of which rows the kernels' errors are. */
static const char *basis_of(const validate_options *given, orr_arena *arena)
{
    const char *with = orr_text_equal(given->calibration, "calibrated") ? " and the residuals of chip and engine" : "";
    if (given->left_out != NULL) return orr_arena_printf(arena, "Kernels of %s alone, by coefficients%s fitted without them.", given->left_out + strlen("chip="), with);
    if (given->folds > 0) return orr_arena_printf(arena, "Each kernel by coefficients%s fitted without its fold, one of %lld.", with, (long long)given->folds);
    return orr_arena_printf(arena, "Kernels by %s coefficients, with what their engine does otherwise%s.", given->coefficients_path != NULL ? "given" : "the universal", with);
}

static void print(const orr_text *text) { if (text->length_bytes > 0) fputs(text->bytes, stdout); }

static bool write_csv(const validate_options *given, const orr_text *csv, orr_diags *diags)
{
    return given->csv_path == NULL || orr_file_write(given->csv_path, csv->bytes ? csv->bytes : "", csv->length_bytes, diags);
}

static bool judge_kernels(judged *j, const char *path, orr_workers *workers, orr_arena *arena, orr_diags *diags)
{
    static const char *const names[] = {"family", "chip", "engine", "kind"};
    const validate_options *given = j->given;
    orr_kernel_tables tables;
    if (!orr_kernel_tables_read(path, arena, &tables, diags)) return false;
    j->errors = orr_error_table_create(names, orr_text_equal(given->by, "chip") ? 2 : orr_text_equal(given->by, "table") ? 3 : 4);
    j->validation.basis = basis_of(given, arena);
    orr_validation_kernels_unread(&j->validation, &tables);
    bool good = true;
    judge_all(j, &tables, j->validation.coefficients, workers, arena);
    orr_text out = {0};
    if (good && given->rows_out) print(&j->each);
    else if (good) { orr_error_table_print(j->errors, &out); print(&out); }
    orr_text_clear(&out);
    if (good) { orr_error_table_csv(j->errors, &out); good = write_csv(given, &out, diags); }
    orr_text_free(&out);
    orr_error_table_destroy(j->errors);
    return good;
}

static void say_progress(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static bool judge_servers(judged *j, const char *folder, const char *kernels, bool apart, orr_workers *workers, orr_arena *arena, orr_diags *diags)
{
    orr_serving_report report;
    orr_kernel_tables tables;
    orr_leave_out_options *without = j->given->left_out != NULL ? &j->without : NULL;
    if (without != NULL && without->what.kind == ORR_LEAVE_OUT_CHIP && kernels != NULL) {
        if (!orr_kernel_tables_read(kernels, arena, &tables, diags)) return false;
        without->kernels = &tables;
    }
    if (!orr_validation_add_servers(&j->validation, folder, j->validation.coefficients, without, workers, &report, diags)) return false;
    if (apart) fputs("\n", stdout);
    if (j->given->rows_out) print(&report.each);
    else { print(&report.tables); fputs("\n", stdout); print(&report.worst); }
    const bool good = write_csv(j->given, &report.csv, diags);
    orr_serving_report_free(&report);
    return good;
}

enum { SERVER_STRIDE = 8, SERVER_EVALUATIONS = 120 };        /* a refit of an engine's host times: every so many servers, so often */

/* What DATA is: kernel tables, measured servers, or a folder of both. NULL: no such. */
typedef struct data { const char *kernels, *servers; } data;

static data data_of(const char *path, orr_arena *arena)
{
    if (orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", path))) return (data){NULL, path};
    const char *kernels = orr_arena_printf(arena, "%s/kernels", path), *servers = orr_arena_printf(arena, "%s/serving", path);
    const bool has_kernels = orr_file_exists(kernels), has_servers = orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", servers));
    if (!has_kernels && !has_servers) return (data){path, NULL};
    return (data){has_kernels ? kernels : NULL, has_servers ? servers : NULL};
}

/* Options that go with kernels alone, or with one kind of data alone. */
static bool suits(const validate_options *given, const data *d, const orr_leave_out *what, orr_diags *diags)
{
    const char *of_kernels = given->groups.count > 0 ? "--fit" : given->folds > 0 ? "--folds" : NULL;
    if (of_kernels != NULL && d->kernels == NULL) orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s goes with kernel tables, and DATA is a folder of measured servers", of_kernels), "`orrery calibrate` judges the fits of servers.");
    else if (given->left_out != NULL && what->kind != ORR_LEAVE_OUT_CHIP && d->servers == NULL) orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--leave-out %s goes with measured servers, and DATA holds kernels alone", given->left_out), "Write --leave-out chip=h100-sxm.");
    else if (given->csv_path != NULL && d->kernels != NULL && d->servers != NULL) orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--csv takes one table, and DATA holds kernels and servers"), "-o DIR writes the errors of both as DIR/errors.csv.");
    else return true;
    return false;
}

static bool write_directory(judged *j, orr_arena *arena, orr_diags *diags)
{
    orr_text written = {0};
    const bool good = orr_validation_write_directory(&j->validation, ORR_VERSION, j->given->output_dir, arena, &written, diags);
    if (written.length_bytes > 0) fprintf(stderr, "wrote\n%s", written.bytes);
    orr_text_free(&written);
    return good;
}

static int validate(const validate_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    const data d = data_of(path, arena);
    judged j = {.given = given, .validation = {.arena = arena, .coefficients = coefficients_of(given, arena, diags)}};
    j.without = (orr_leave_out_options){.rows_per_table = (size_t)given->rows, .kernel_evaluations = (size_t)given->evaluations, .stride = SERVER_STRIDE, .evaluations = SERVER_EVALUATIONS, .progress = say_progress};
    if (j.validation.coefficients == NULL || (given->left_out != NULL && !orr_leave_out_parse(given->left_out, &j.without.what, diags)) || !suits(given, &d, &j.without.what, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_workers *workers = orr_workers_create((int)given->threads);
    const bool kernels = d.kernels != NULL && (given->left_out == NULL || j.without.what.kind == ORR_LEAVE_OUT_CHIP);      /* kernels know neither models nor engines' software */
    bool good = !kernels || judge_kernels(&j, d.kernels, workers, arena, diags);
    good = good && (d.servers == NULL || judge_servers(&j, d.servers, d.kernels, kernels, workers, arena, diags));
    orr_workers_destroy(workers);
    good = good && (given->output_dir == NULL || write_directory(&j, arena, diags));
    orr_validation_free(&j.validation);
    orr_text_free(&j.each);
    return good ? ORR_EXIT_DONE : orr_app_exit_code(diags, ORR_EXIT_USAGE);
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
    .name = "validate", .summary = "set the model beside measurements: errors by family, chip, engine, model and load", .usage = "DATA [options]",
    .details = "DATA is a folder of kernel tables, CHIP/OPERATOR-ENGINE-VERSION.csv[.gz]; a folder of measured servers, cases.csv and runs/NAME; or one that holds both as kernels/ and\n"
               "serving/. An error is predicted / measured - 1: its median and mean, the 90th percentile of its size, and its signed median (bias). With --leave-out and --folds the\n"
               "coefficients of kernels are fitted anew on the rest first, so that the errors are those of rows that the fit has not seen; with --leave-out so are the host times of\n"
               "engines, and servers of that chip, model or engine are judged alone (minutes). Servers are simulated as `orrery predict` would.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
