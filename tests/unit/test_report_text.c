/* Figures, tables and the texts of the verbs. */
#include "report_support.h"

#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

static void figures_carry_units(void **state)
{
    (void)state;
    orr_arena *a = orr_arena_create();
    assert_string_equal(orr_figure_count(0, a), "0");
    assert_string_equal(orr_figure_count(-1234567, a), "-1,234,567");
    assert_string_equal(orr_figure_count(INT64_MIN, a), "-9,223,372,036,854,775,808");
    assert_string_equal(orr_figure_number(1234.5, 3, a), "1,234");
    assert_string_equal(orr_figure_number(12.345, 3, a), "12.3");
    assert_string_equal(orr_figure_number(0.012345, 3, a), "0.0123");
    assert_string_equal(orr_figure_number((double)NAN, 3, a), "-");
    assert_string_equal(orr_figure_number(-(double)INFINITY, 3, a), "-");
    assert_string_equal(orr_figure_fixed(-0.001, 2, a), "0.00");
    assert_string_equal(orr_figure_fixed(-1234.5, 1, a), "-1,234.5");
    assert_string_equal(orr_figure_percent(0.1234, 1, a), "12.3 %");
    assert_string_equal(orr_figure_time(48.1e6, a), "48.1 ms");
    assert_string_equal(orr_figure_time(2e9, a), "2.00 s");
    assert_string_equal(orr_figure_time(1.5e3, a), "1.50 us");
    assert_string_equal(orr_figure_time(0, a), "0 ms");
    assert_string_equal(orr_figure_time((double)NAN, a), "-");
    assert_string_equal(orr_figure_bytes(35.6e9, a), "35.6 GB");
    assert_string_equal(orr_figure_bytes(12, a), "12.0 B");
    assert_string_equal(orr_figure_usd(0.6872, a), "$0.69");
    assert_string_equal(orr_figure_usd(1234, a), "$1,234");
    assert_string_equal(orr_figure_usd(0.0521, a), "$0.052");
    assert_string_equal(orr_figure_plural(1, "GPU", "GPUs", a), "1 GPU");
    assert_string_equal(orr_figure_plural(2000, "GPU", "GPUs", a), "2,000 GPUs");
    orr_arena_destroy(a);
}

static void tables_align_by_columns_of_the_terminal(void **state)
{
    (void)state;
    orr_arena *a = orr_arena_create();
    orr_grid *grid = orr_grid_begin(a, "lrl", 2);
    ORR_GRID_ROW(grid, "name", "ms", "note");
    orr_grid_rule(grid);
    ORR_GRID_ROW(grid, "\xC2\xB5s \xE2\x96\x88", "1.25", NULL);             /* two bytes and three bytes, one column each */
    ORR_GRID_ROW(grid, "\xE6\xBC\xA2\xE5\xAD\x97", "12.50", "wide");        /* two characters of two columns each */
    orr_text out = {0};
    orr_grid_write(grid, &out);
    assert_string_equal(out.bytes, "  name     ms  note\n"
                                   "  \xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\n"
                                   "  \xC2\xB5s \xE2\x96\x88   1.25\n"
                                   "  \xE6\xBC\xA2\xE5\xAD\x97  12.50  wide\n");
    assert_int_equal(orr_display_width("\xFF\xFE"), 2);
    orr_text_free(&out);
    orr_arena_destroy(a);
}

static void words_wrap(void **state)
{
    (void)state;
    orr_text out = {0};
    orr_text_wrap("one two  three\nfour averyveryverylongword x", 2, 12, &out);
    assert_string_equal(out.bytes, "one two\n  three four\n  averyveryverylongword\n  x\n");
    orr_text_clear(&out);
    orr_text_wrap("", 2, 12, &out);
    assert_string_equal(out.bytes, "\n");
    orr_text_free(&out);
}

static void every_verb_says_its_answer(void **state)
{
    (void)state;
    small_world w = small_run("A small study");
    orr_text out = {0};
    orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
    orr_predict_write_text(&report, true, w.arena, &out);
    static const char *const said[] = {"A small study\n", "30 requests", "TTFT", "TPOT", "ITL", "E2EL", "p99 1,000", "output tok/s/GPU", "J/output token", "$/Mtok", "Formulas", "preemptions", "DRAM bandwidth"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) if (!strstr(out.bytes, said[i]) && strcmp(said[i], "30 requests") != 0) fail_msg("\"%s\" is not said", said[i]);
    assert_non_null(strstr(out.bytes, "30 finished of 30"));
    assert_null(strstr(out.bytes, "nan"));
    for (const char *line = out.bytes; *line;) {
        const size_t length = strcspn(line, "\n");
        assert_false(length > 0 && line[length - 1] == ' ');        /* no blanks at a line's end */
        line += length + 1;
    }
    orr_text_clear(&out);

    orr_study_explanation e;
    assert_true(orr_explain_study(w.study, NULL, w.arena, &e, w.diags));
    report = orr_report_of_explanation(w.study, &e, "9.9", w.arena);
    orr_explain_write_text(&report, false, w.arena, &out);
    assert_non_null(strstr(out.bytes, "bound by"));
    assert_non_null(strstr(out.bytes, "What more hardware would change"));
    assert_non_null(strstr(out.bytes, "Memory of one GPU"));
    orr_study_explanation_free(&e);
    orr_text_clear(&out);

    const orr_study_file *file = small_file(w.arena, "Search", "{choices: [1, 2, 3]}", "{choices: [1, 16, 64]}", w.diags);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 1}, w.arena, w.diags);
    assert_non_null(r);
    report = orr_report_of_recommendation(file, r, "9.9", w.arena);
    orr_recommend_write_text(&report, 5, false, w.arena, &out);
    assert_non_null(strstr(out.bytes, "\nWhy\n"));
    assert_non_null(strstr(out.bytes, orr_verdict_name(ORR_VERDICT_INVALID)));
    assert_non_null(strstr(out.bytes, "$/Mtok"));
    orr_recommendation_free(r);
    orr_text_free(&out);
    small_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(figures_carry_units), cmocka_unit_test(tables_align_by_columns_of_the_terminal), cmocka_unit_test(words_wrap), cmocka_unit_test(every_verb_says_its_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
