/* Error tables against figures by hand. */
#include "trust_support.h"

#include <math.h>
#include "trust/error_table.h"

static void near(double a, double b) { if (fabs(a - b) > 1e-12) fail_msg("%.17g is not %.17g", a, b); }

/* errors +10, -20, +30, -40, 0 %: sizes 0, 10, 20, 30, 40. Median 20, mean 20, p90 = 30 + 0.6 x 10 = 36, signed median 0. */
static void figures_by_hand(void **state)
{
    (void)state;
    static const char *const names[] = {"family", "chip"}, *const a[] = {"gemm", "h100"}, *const b[] = {"gemm", "a100"}, *const c[] = {"attention", "h100"};
    orr_error_table *table = orr_error_table_create(names, 2);
    static const double predicted[] = {110, 160, 260, 240, 50}, measured[] = {100, 200, 200, 400, 50};
    for (int i = 0; i < 5; i++) {
        orr_error_table_add(table, a, predicted[i], measured[i]);
        orr_error_table_add(table, i % 2 ? b : c, 3, 2);
    }
    orr_error_table_add(table, a, NAN, 100);            /* left out: none of these compares anything */
    orr_error_table_add(table, a, INFINITY, 100);
    orr_error_table_add(table, a, 100, 0);
    orr_error_table_add(table, a, 100, -1);
    orr_error_table_add(table, a, 100, NAN);
    orr_arena *arena = orr_arena_create();
    orr_error_line *lines = NULL;
    assert_int_equal(orr_error_table_lines(table, arena, &lines), 3);
    assert_string_equal(lines[0].keys[0], "attention");
    assert_string_equal(lines[1].keys[1], "a100");
    assert_string_equal(lines[2].keys[1], "h100");
    assert_string_equal(lines[2].keys[2], "");
    assert_int_equal(lines[0].count, 3);
    assert_int_equal(lines[1].count, 2);
    assert_int_equal(lines[2].count, 5);
    near(lines[2].median_abs, 0.2);
    near(lines[2].mean_abs, 0.2);
    near(lines[2].p90_abs, 0.36);
    near(lines[2].median_signed, 0);
    near(lines[1].median_signed, 0.5);
    near(lines[1].p90_abs, 0.5);
    orr_text out = {0};
    orr_error_table_csv(table, &out);
    assert_string_equal(out.bytes, "family,chip,rows,median_abs_percent,mean_abs_percent,p90_abs_percent,median_signed_percent\n"
                                   "attention,h100,3,50.00,50.00,50.00,50.00\ngemm,a100,2,50.00,50.00,50.00,50.00\ngemm,h100,5,20.00,20.00,36.00,0.00\n");
    orr_text_clear(&out);
    orr_error_table_print(table, &out);
    assert_non_null(strstr(out.bytes, "gemm       h100        5    20.0 %    20.0 %    36.0 %    +0.0 %\n"));
    orr_text_free(&out);
    orr_arena_destroy(arena);
    orr_error_table_destroy(table);
}

static void an_empty_table_has_a_head(void **state)
{
    (void)state;
    static const char *const names[] = {"kind"};
    orr_error_table *table = orr_error_table_create(names, 1);
    orr_text out = {0};
    orr_error_table_csv(table, &out);
    assert_string_equal(out.bytes, "kind,rows,median_abs_percent,mean_abs_percent,p90_abs_percent,median_signed_percent\n");
    orr_text_free(&out);
    orr_error_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(figures_by_hand), cmocka_unit_test(an_empty_table_has_a_head)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
