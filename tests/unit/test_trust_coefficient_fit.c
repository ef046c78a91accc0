/* Coefficients fitted to kernels of a known truth: tables made by the model itself with altered coefficients, written to a folder and read again. */
#include "trust_support.h"

#include <math.h>
#include "base/rng.h"
#include "spec/catalogue.h"
#include "trust/kernel_calibrate.h"

typedef struct fixture { trust_files files; orr_coefficients universal, truth; orr_fit_field fields[ORR_MAX_FITTED]; size_t field_count; const orr_fit_group *group; } fixture;

static double *value_of(orr_coefficients *coefficients, const orr_fit_field *f) { return (double *)(void *)((char *)coefficients + f->field->offset); }

/* Collectives of two chips: the table's text, with these times. */
static const char *text_of(fixture *f, const orr_kernel_table *times, const double *ns)
{
    static const char *const operations[] = {"all_reduce", "all_gather", "reduce_scatter", "alltoall"};
    orr_text text = {0};
    size_t row = 0;
    orr_text_append(&text, "op_name,nccl_dtype,num_gpus,message_size,latency_ms\n");
    for (int kind = 0; kind < 4; kind++)
        for (int ranks = 2; ranks <= 8; ranks *= 2)
            for (int octave = 8; octave < 28; octave++, row++) orr_text_printf(&text, "%s,half,%d,%d,%.17g\n", operations[kind], ranks, 1 << octave, times != NULL ? ns[row] / 1e6 : 1.0);
    if (times != NULL) assert_int_equal(row, times->row_count);
    const char *kept = orr_arena_strdup(f->files.arena, text.bytes);
    orr_text_free(&text);
    return kept;
}

static orr_kernel_tables read_tables(fixture *f)
{
    orr_kernel_tables tables;
    if (!orr_kernel_tables_read(f->files.folder, f->files.arena, &tables, f->files.diags)) fail_msg("%s", trust_errors(&f->files));
    return tables;
}

/* Tables whose times the truth says. */
static void write_truth(fixture *f)
{
    static const char *const names[] = {"a100-sxm/nccl-test-1.csv", "h100-sxm/nccl-test-1.csv"};
    for (int i = 0; i < 2; i++) trust_write_text(&f->files, names[i], text_of(f, NULL, NULL));
    const orr_kernel_tables tables = read_tables(f);
    assert_int_equal(tables.count, 2);
    orr_kernel_sample *samples = NULL;
    const size_t count = orr_kernel_samples(&tables, ~(orr_family_set)0, 0, f->files.arena, &samples);
    double *ns = ORR_NEW_ARRAY(f->files.arena, double, count);
    orr_workers *workers = orr_workers_create(1);
    orr_kernel_predict(samples, count, &f->truth, ORR_PREDICT_ENGINE, workers, ns, NULL);
    orr_workers_destroy(workers);
    for (int i = 0; i < 2; i++) trust_write_text(&f->files, names[i], text_of(f, &tables.items[i], ns + (i == 0 ? 0 : tables.items[0].row_count)));
}

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->files = trust_begin();
    if (!orr_catalogue_load(f->files.diags)) return -1;
    f->universal = f->truth = *orr_coefficients_universal(f->files.arena, f->files.diags);
    f->group = orr_fit_group_find("collective");
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, "universal", (orr_place){0}, f->files.arena, f->files.diags);
    f->field_count = orr_fit_fields(f->group->sections, f->group->section_count, tree, NULL, f->fields);
    assert_true(f->field_count > 4);
    for (size_t i = 0; i < f->field_count; i++) {           /* a sixth up, a sixth down, within bounds */
        double *value = value_of(&f->truth, &f->fields[i]);
        *value = fmin(fmax(*value * (i % 2 == 0 ? 1.17 : 1 / 1.17), f->fields[i].field->min), f->fields[i].field->max);
    }
    write_truth(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    trust_end(&f->files);
    test_free(f);
    return 0;
}

static orr_fit fit(fixture *f, int threads, orr_coefficients *coefficients)
{
    const orr_kernel_tables tables = read_tables(f);
    const orr_calibrate_options how = {.evaluations = 4000};
    orr_workers *workers = orr_workers_create(threads);
    *coefficients = f->universal;
    const orr_fit done = orr_kernel_calibrate(&tables, f->group, &how, workers, coefficients);
    orr_workers_destroy(workers);
    return done;
}

static const char *written(fixture *f, const orr_coefficients *coefficients, const orr_fit *done)
{
    orr_text yaml = {0};
    orr_coefficients_write(orr_catalogue_tree(ORR_KIND_CALIBRATION, "universal", (orr_place){0}, f->files.arena, f->files.diags), coefficients, done->fitted, done->fitted_count, NULL, &yaml);
    const char *kept = orr_arena_strdup(f->files.arena, yaml.bytes);
    orr_text_free(&yaml);
    return kept;
}

static void the_truth_is_found(void **state)
{
    fixture *f = *state;
    orr_coefficients found;
    const orr_fit done = fit(f, 1, &found);
    if (!(done.loss_before > 0.005)) fail_msg("the altered coefficients change too little: a loss of %.5f", done.loss_before);
    if (!(done.loss_after < 0.01 * done.loss_before)) fail_msg("loss %.5f -> %.5f in %zu evaluations", done.loss_before, done.loss_after, done.evaluations);
    for (size_t i = 0; i < done.fitted_count; i++) {
        const double value = *value_of(&found, &done.fitted[i]);
        assert_true(value >= done.fitted[i].field->min && value <= done.fitted[i].field->max);
    }
    orr_coefficients rest = found;                  /* nothing else has moved */
    for (size_t i = 0; i < done.fitted_count; i++) *value_of(&rest, &done.fitted[i]) = *value_of(&f->universal, &done.fitted[i]);
    assert_memory_equal(&rest, &f->universal, sizeof rest);
}

static void threads_change_nothing(void **state)
{
    fixture *f = *state;
    orr_coefficients one, two;
    const orr_fit first = fit(f, 1, &one), second = fit(f, 2, &two);
    assert_int_equal(first.evaluations, second.evaluations);
    assert_memory_equal(&one, &two, sizeof one);
    assert_string_equal(written(f, &one, &first), written(f, &two, &second));
}

static void what_is_written_is_read_back(void **state)
{
    fixture *f = *state;
    orr_coefficients found, back;
    const orr_fit done = fit(f, 1, &found);
    const char *path = trust_write_text(&f->files, "universal.yaml", written(f, &found, &done));
    const orr_node *tree = orr_tree_read_file(f->files.arena, path, f->files.diags);
    if (tree == NULL || !orr_coefficients_bind(tree, &back, f->files.arena, f->files.diags)) fail_msg("%s", trust_errors(&f->files));
    assert_memory_equal(&back, &found, sizeof found);
    for (size_t i = 0; i < done.fitted_count; i++)
        assert_string_equal(orr_tree_find(tree, orr_arena_printf(f->files.arena, "%s.%s.origin", done.fitted[i].section->name, done.fitted[i].field->name))->scalar, "calibrated");
}

/* From the truth there is nothing to find: the loss stays 0, and so do the values but for their rounding. */
static void at_the_truth_nothing_moves(void **state)
{
    fixture *f = *state;
    f->universal = f->truth;
    orr_coefficients found;
    const orr_fit done = fit(f, 1, &found);
    assert_true(done.loss_before < 1e-9 && done.loss_after <= done.loss_before);
    assert_memory_equal(&found, &f->truth, sizeof found);
}

/* A fit that leaves a chip out does not look at it. */
static void a_chip_left_out_is_not_seen(void **state)
{
    fixture *f = *state;
    orr_coefficients all, without;
    orr_workers *workers = orr_workers_create(1);
    const orr_calibrate_options how = {.evaluations = 60, .left_out_chip = "h100-sxm"};
    orr_kernel_tables tables = read_tables(f);
    without = f->universal;
    orr_kernel_calibrate(&tables, f->group, &how, workers, &without);
    for (size_t i = 0; i < tables.items[1].row_count; i++) tables.items[1].rows[i].measured_ns *= 3;
    assert_string_equal(tables.items[1].chip, "h100-sxm");
    all = f->universal;
    orr_kernel_calibrate(&tables, f->group, &how, workers, &all);
    assert_memory_equal(&all, &without, sizeof all);
    orr_workers_destroy(workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_truth_is_found, set_up, tear_down), cmocka_unit_test_setup_teardown(threads_change_nothing, set_up, tear_down), cmocka_unit_test_setup_teardown(what_is_written_is_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_the_truth_nothing_moves, set_up, tear_down), cmocka_unit_test_setup_teardown(a_chip_left_out_is_not_seen, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
