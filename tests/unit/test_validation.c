/* Comparisons: what is chosen of them (points, the worst), their tables and coverage, validation.json and errors.csv; kernel tables from a temporary folder. All rows are invented. */
#include "base_test.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "report/validation_json.h"
#include "spec/catalogue.h"

typedef struct world { orr_arena *arena; orr_diags *diags; orr_validation validation; } world;

static world make(void)
{
    world w = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    w.validation.arena = w.arena;
    return w;
}

static void unmake(world *w)
{
    orr_validation_free(&w->validation);
    orr_diags_destroy(w->diags);
    orr_arena_destroy(w->arena);
}

/* A server's TPOT; `high` is that of its 90 % interval, 0: none. */
static void add_server(world *w, const char *label, const char *chip, const char *load, double predicted, double measured, double high)
{
    const double none = NAN;
    orr_validation_add(&w->validation, &(orr_comparison){
        .set = ORR_SET_SERVERS, .quantity = "tpot", .unit = "ms", .family = "", .load = load, .chip = chip, .engine = "vllm", .model = "m", .kind = "fp8", .band = "1 to 4", .name = "", .label = label, .why = "because",
        .predicted = predicted, .measured = measured, .low_half = none, .high_half = none, .low_ninety = high > 0 ? 1 / high : none, .high_ninety = high > 0 ? high : none});
}

static void rows_are_spread_evenly(void **state)
{
    (void)state;
    size_t rows[10], chosen[10];
    for (size_t i = 0; i < 10; i++) rows[i] = 100 + i;
    assert_int_equal(orr_validation_spread(rows, 10, 4, chosen), 4);
    const size_t wanted[] = {100, 102, 105, 107};
    for (size_t i = 0; i < 4; i++) assert_int_equal(chosen[i], wanted[i]);
    assert_int_equal(orr_validation_spread(rows, 3, 10, chosen), 3);
    assert_int_equal(orr_validation_spread(rows, 0, 10, chosen), 0);
}

static void the_worst_by_ratio_and_each_once(void **state)
{
    (void)state;
    world w = make();
    const struct { const char *label; double predicted; } rows[] = {{"a", 1.1}, {"b", 0.1}, {"c", 5}, {"b", 0.05}, {"d", 2}, {"c", 4}, {"e", 1}, {"b", 0.07}};
    for (size_t i = 0; i < 8; i++) add_server(&w, rows[i].label, "x", "closed_loop", rows[i].predicted, 1, 0);
    add_server(&w, "b", "y", "closed_loop", 0.06, 1, 0);        /* another chip: another row */
    size_t all[9], worst[3];
    for (size_t i = 0; i < 9; i++) all[i] = i;
    assert_int_equal(orr_validation_worst(&w.validation, all, 9, 3, worst), 3);
    assert_int_equal(worst[0], 3);
    assert_int_equal(worst[1], 8);
    assert_int_equal(worst[2], 2);
    unmake(&w);
}

static void nothing_to_compare_is_no_row(void **state)
{
    (void)state;
    world w = make();
    add_server(&w, "unmeasured", "x", "closed_loop", 1, NAN, 0);
    add_server(&w, "unpredicted", "x", "closed_loop", NAN, 1, 0);
    assert_int_equal(w.validation.rows.count, 0);
    orr_validation_set_aside(&w.validation, ORR_SET_SERVERS, "odd", "cases", 2);
    orr_validation_set_aside(&w.validation, ORR_SET_SERVERS, "odd", "cases", 3);
    orr_validation_set_aside(&w.validation, ORR_SET_SERVERS, "never", "cases", 0);
    assert_int_equal(w.validation.set_aside.count, 1);
    assert_int_equal(w.validation.set_aside.items[0].count, 5);
    unmake(&w);
}

static void coverage_and_tables(void **state)
{
    (void)state;
    world w = make();
    for (int i = 0; i < 10; i++) add_server(&w, orr_arena_printf(w.arena, "row %d", i), i % 2 ? "x" : "y", i < 8 ? "closed_loop" : "open_poisson", 1 + 0.06 * i, 1, i < 9 ? 1.2 : 0);
    size_t all[10];
    for (size_t i = 0; i < 10; i++) all[i] = i;
    const orr_coverage c = orr_validation_coverage(&w.validation, all, 10);
    assert_int_equal(c.half_rows, 0);
    assert_int_equal(c.ninety_rows, 9);
    assert_int_equal(c.ninety_inside, 4);       /* 1.00 to 1.18 */
    orr_validation_table *tables = NULL;
    const size_t count = orr_validation_tables(&w.validation, w.arena, &tables);
    assert_int_equal(count, 6);
    assert_string_equal(tables[0].by, "load");
    assert_int_equal(tables[0].line_count, 2);
    assert_int_equal(tables[0].lines[0].count, 8);
    assert_string_equal(tables[1].by, "chip");
    assert_string_equal(tables[1].of, "closed_loop");
    assert_int_equal(tables[1].lines[0].count + tables[1].lines[1].count, 8);
    assert_float_equal(tables[0].lines[0].within_10, 2.0 / 8, 1e-12);
    assert_float_equal(tables[0].lines[0].within_25, 5.0 / 8, 1e-12);
    orr_text csv = {0};
    orr_validation_write_csv(&w.validation, w.arena, &csv);
    assert_non_null(strstr(csv.bytes, "servers,tpot,load,closed_loop,,,8,21,21,37.8,21,25,62.5\r\n"));
    orr_text_free(&csv);
    unmake(&w);
}

static json_object *at(json_object *root, const char *path)
{
    json_object *found = root;
    char part[64];
    while (*path && found) {
        const size_t length = strcspn(path, ".");
        assert_true(length < sizeof part);
        memcpy(part, path, length);
        part[length] = 0;
        path += length + (path[length] == '.');
        if (json_object_is_type(found, json_type_array)) found = json_object_array_get_idx(found, (size_t)strtoul(part, NULL, 10));
        else if (!json_object_object_get_ex(found, part, &found)) return NULL;
    }
    return found;
}

static json_object *parse(const orr_validation *validation, orr_arena *arena)
{
    orr_text out = {0}, again = {0};
    orr_validation_write_json(validation, "9.9", arena, &out);
    orr_validation_write_json(validation, "9.9", arena, &again);
    assert_string_equal(out.bytes, again.bytes);
    enum json_tokener_error error;
    json_object *root = json_tokener_parse_verbose(out.bytes, &error);
    assert_int_equal(error, json_tokener_success);
    orr_text_free(&out);
    orr_text_free(&again);
    return root;
}

static const char *text(json_object *root, const char *path) { return json_object_get_string(at(root, path)); }
static size_t length(json_object *root, const char *path) { return json_object_array_length(at(root, path)); }

static void json_of_many_rows(void **state)
{
    (void)state;
    world w = make();
    w.validation.basis = "A \"basis\".";
    for (int i = 0; i < 4000; i++) add_server(&w, orr_arena_printf(w.arena, "</script> %d", i), i % 3 ? "x" : "a", "closed_loop", 1 + 0.0001 * i, 1, 1.3);
    json_object *root = parse(&w.validation, w.arena);
    assert_string_equal(text(root, "schema"), ORR_VALIDATION_SCHEMA);
    assert_string_equal(text(root, "kind"), "validation");
    assert_string_equal(text(root, "orrery_version"), "9.9");
    assert_string_equal(text(root, "subtitle"), "A \"basis\".");
    assert_string_equal(text(root, "answer"), "Half of 4,000 measured servers are predicted within 20 % in TPOT.");
    assert_string_equal(text(root, "chips.0"), "a");
    assert_int_equal(length(root, "sets"), 1);
    assert_string_equal(text(root, "sets.0.name"), "servers");
    assert_int_equal(json_object_get_int(at(root, "sets.0.groups.0.rows")), 4000);
    static const char *const columns[] = {"chip", "measured", "predicted", "low", "high", "label"};
    for (size_t c = 0; c < 6; c++) assert_int_equal(length(root, orr_arena_printf(w.arena, "sets.0.groups.0.points.%s", columns[c])), ORR_VALIDATION_POINTS);
    assert_int_equal(length(root, "sets.0.worst"), ORR_VALIDATION_WORST);
    assert_string_equal(text(root, "sets.0.worst.0.label"), "</script> 3999");
    assert_string_equal(text(root, "sets.0.worst.0.why"), "because");
    assert_true(json_object_get_double(at(root, "sets.0.groups.0.coverage.ninety.inside")) > 0.7);
    json_object_put(root);
    unmake(&w);
}

static void json_of_nothing(void **state)
{
    (void)state;
    world w = make();
    json_object *root = parse(&w.validation, w.arena);
    assert_int_equal(length(root, "sets"), 0);
    assert_string_equal(text(root, "answer"), "There was nothing to compare.");
    json_object_put(root);
    unmake(&w);
}

static void requests_are_drawn_and_spread(void **state)
{
    (void)state;
    world w = make();
    for (int i = 0; i < 200; i++)
        orr_validation_add(&w.validation, &(orr_comparison){.set = ORR_SET_RUNS, .each = true, .quantity = "ttft", .unit = "ms", .family = "", .load = "requests", .chip = "x", .engine = "vllm", .model = "m", .kind = "", .band = "",
                                                            .name = i < 100 ? "first" : "second", .label = "r", .predicted = 2 * (i % 100 + 1), .measured = i % 100 + 1});
    json_object *root = parse(&w.validation, w.arena);
    assert_true(json_object_get_boolean(at(root, "sets.0.groups.0.each_request")));
    assert_null(at(root, "sets.0.groups.0.worst"));
    assert_int_equal(length(root, "sets.0.tables"), 0);
    assert_int_equal(length(root, "sets.0.distributions"), 2);
    assert_string_equal(text(root, "sets.0.distributions.1.run"), "second");
    assert_float_equal(json_object_get_double(at(root, "sets.0.distributions.0.measured.20")), 50.5, 1e-9);
    assert_float_equal(json_object_get_double(at(root, "sets.0.distributions.0.predicted.20")), 101, 1e-9);
    json_object_put(root);
    unmake(&w);
}

static void kernels_of_a_folder_are_explained(void **state)
{
    (void)state;
    world w = make();
    char directory[] = "/tmp/orrery-validation-XXXXXX";
    assert_non_null(mkdtemp(directory));
    const char *chip = orr_arena_printf(w.arena, "%s/h100-sxm", directory), *path = orr_arena_printf(w.arena, "%s/gemm-vllm-0.0.0.csv", chip);
    static const char table[] = "gemm_dtype,m,n,k,latency_ms\nbfloat16,1,4096,4096,0.02\nbfloat16,4096,4096,4096,0.3\nno_such_format,1,1,1,1\n";
    assert_true(orr_catalogue_load(w.diags) && orr_directory_make(chip, w.diags) && orr_file_write(path, table, sizeof table - 1, w.diags));
    orr_kernel_tables tables;
    assert_true(orr_kernel_tables_read(directory, w.arena, &tables, w.diags));
    assert_int_equal(unlink(path) + rmdir(chip) + rmdir(directory), 0);
    w.validation.coefficients = orr_coefficients_universal(w.arena, w.diags);
    orr_validation_kernels_unread(&w.validation, &tables);
    assert_int_equal(w.validation.set_aside.count, 1);
    orr_kernel_sample *samples = NULL;
    assert_int_equal(orr_kernel_samples(&tables, ORR_FAMILY_BIT(ORR_KERNEL_GEMM), 0, w.arena, &samples), 2);
    orr_validation_add_kernel(&w.validation, &samples[0], false, false, 12e3, samples[0].row->measured_ns);
    orr_validation_add_kernel(&w.validation, &samples[1], false, true, 250e3, samples[1].row->measured_ns);
    orr_validation_add_kernel(&w.validation, &samples[1], false, false, NAN, samples[1].row->measured_ns);
    assert_int_equal(w.validation.rows.count, 2);
    assert_int_equal(w.validation.set_aside.count, 2);
    const orr_comparison *row = &w.validation.rows.items[0];
    assert_float_equal(row->measured, 20, 1e-9);
    assert_true(row->low_ninety < 1 && row->high_ninety > 1);
    assert_string_equal(orr_comparison_label(row, w.arena), "m 1, n 4096, k 4096, bfloat16; vllm 0.0.0");
    assert_non_null(strstr(orr_comparison_why(&w.validation, row, w.arena), "(memory)"));
    assert_non_null(strstr(orr_comparison_why(&w.validation, &w.validation.rows.items[1], w.arena), "(arithmetic)"));
    json_object *root = parse(&w.validation, w.arena);
    assert_string_equal(text(root, "sets.0.groups.0.name"), "gemm");
    assert_int_equal(length(root, "sets.0.tables"), 3);
    assert_int_equal(length(root, "sets.0.set_aside"), 2);
    json_object_put(root);
    unmake(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_spread_evenly), cmocka_unit_test(the_worst_by_ratio_and_each_once), cmocka_unit_test(nothing_to_compare_is_no_row), cmocka_unit_test(coverage_and_tables),
                                       cmocka_unit_test(json_of_many_rows), cmocka_unit_test(json_of_nothing), cmocka_unit_test(requests_are_drawn_and_spread), cmocka_unit_test(kernels_of_a_folder_are_explained)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
