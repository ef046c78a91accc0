/* What --output-dir receives: CSV that keeps its cells apart, a page whose data can't become markup, whole files. */
#include "report_support.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "report/csv.h"
#include "report/output_dir.h"
#include "report/report_html.h"
#include "report/requests_csv.h"

static void cells_are_escaped(void **state)
{
    (void)state;
    orr_text out = {0};
    orr_csv csv = {.out = &out};
    orr_csv_string(&csv, "plain");
    orr_csv_string(&csv, "a,b");
    orr_csv_string(&csv, "say \"x\"");
    orr_csv_string(&csv, "two\nlines");
    orr_csv_string(&csv, NULL);
    orr_csv_row_end(&csv);
    orr_csv_double(&csv, 0.1);
    orr_csv_double(&csv, (double)NAN);
    orr_csv_int(&csv, -3);
    orr_csv_row_end(&csv);
    assert_string_equal(out.bytes, "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\r\n0.1,,-3\r\n");
    orr_text_free(&out);
}

static size_t count_of(const char *text, const char *piece)
{
    size_t count = 0;
    for (const char *found = strstr(text, piece); found; found = strstr(found + 1, piece)) count++;
    return count;
}

static void requests_make_a_line_each(void **state)
{
    (void)state;
    small_world w = small_run("Small");
    orr_text out = {0};
    orr_requests_write_csv(&w.run, &out);
    assert_int_equal(count_of(out.bytes, "\r\n"), 31);
    assert_true(orr_text_starts_with(out.bytes, "request,replica,arrival_s,input_tokens,cached_tokens,output_tokens,queue_ms,ttft_ms,tpot_ms,e2el_ms,finish_s,preemptions\r\n"));
    const char *line = strchr(out.bytes, '\n') + 1;
    assert_int_equal(strcspn(line, "\r"), strspn(line, "0123456789.e-,"));
    double before = -1;
    for (; *line; line = strchr(line, '\n') + 1) {         /* in order of arrival */
        char *end;
        const double arrival_s = strtod(strchr(strchr(line, ',') + 1, ',') + 1, &end);
        assert_true(arrival_s >= before && *end == ',');
        before = arrival_s;
    }
    orr_text_clear(&out);

    const orr_study_file *file = small_file(w.arena, "Search", "{choices: [1, 3]}", "{choices: [16, 64]}", w.diags);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 1}, w.arena, w.diags);
    assert_non_null(r);
    orr_candidates_write_csv(r, file, &out);
    assert_true(orr_text_starts_with(out.bytes, "rank,point,label,engine.tensor_parallel_size,engine.max_num_seqs,gpus,replicas,verdict,reason,"));
    assert_int_equal(count_of(out.bytes, "\r\n"), 5);
    assert_null(strstr(out.bytes, "nan"));
    orr_recommendation_free(r);
    orr_text_free(&out);
    small_free(&w);
}

static void data_never_ends_its_block(void **state)
{
    (void)state;
    static const char page[] = "<html><script type=\"application/json\">" ORR_REPORT_PLACEHOLDER "</script>@end@</html>";
    static const char json[] = "{\"a\":\"</script><!-- <script> ]]> @ORRERY_RESULTS_JSON@\"}";
    orr_text out = {0};
    assert_true(orr_report_fill(page, sizeof page - 1, json, sizeof json - 1, &out));
    assert_string_equal(out.bytes, "<html><script type=\"application/json\">{\"a\":\"\\u003c/script>\\u003c!-- \\u003cscript> ]]> @ORRERY_RESULTS_JSON@\"}</script>@end@</html>");
    orr_text_clear(&out);
    assert_false(orr_report_fill("no place", 8, json, sizeof json - 1, &out));
    assert_false(orr_report_fill("@ORRERY_RESULTS_JSON", 20, json, sizeof json - 1, &out));        /* cut short */
    assert_true(orr_report_fill(ORR_REPORT_PLACEHOLDER, strlen(ORR_REPORT_PLACEHOLDER), "{}", 2, &out));
    assert_string_equal(out.bytes, "{}");
    orr_text_free(&out);
}

static void the_page_takes_results(void **state)
{
    (void)state;
    size_t length_bytes = 0;
    const char *page = orr_report_template(&length_bytes);
    orr_text out = {0};
    assert_int_equal(orr_report_write_html("{\"x\":1}", 7, &out), page != NULL);
    if (!page) { orr_text_free(&out); return; }
    assert_true(length_bytes < 300000);
    assert_int_equal(count_of(page, ORR_REPORT_PLACEHOLDER), 1);
    assert_int_equal(count_of(out.bytes, ">{\"x\":1}</script>"), 1);
    orr_text_free(&out);
}

static void a_directory_gets_whole_files(void **state)
{
    (void)state;
    small_world w = small_run("Small");
    char directory[] = "/tmp/orrery-report-XXXXXX";
    assert_non_null(mkdtemp(directory));
    const char *inner = orr_arena_printf(w.arena, "%s/deep/er", directory);
    const orr_report report = orr_report_of_run(w.study, &w.run, w.perf, "9.9", w.arena);
    orr_text written = {0};
    assert_true(orr_report_write_directory(&report, inner, w.arena, &written, w.diags));
    static const char *const names[] = {"results.json", "resolved.yaml", "requests.csv"};
    for (size_t i = 0; i < 3; i++) {
        const char *path = orr_arena_printf(w.arena, "%s/%s", inner, names[i]);
        assert_true(orr_file_exists(path));
        assert_non_null(strstr(written.bytes, path));
        assert_int_equal(unlink(path), 0);
    }
    size_t length_bytes;
    const char *page = orr_arena_printf(w.arena, "%s/report.html", inner);
    assert_int_equal(orr_file_exists(page), orr_report_template(&length_bytes) != NULL);
    assert_non_null(strstr(written.bytes, "report.html"));
    if (orr_file_exists(page)) assert_int_equal(unlink(page), 0);
    assert_int_equal(rmdir(inner), 0);      /* nothing else was left behind */
    assert_int_equal(rmdir(orr_arena_printf(w.arena, "%s/deep", directory)), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_false(orr_report_write_directory(&report, "/proc/no/such", w.arena, &written, w.diags));
    assert_int_equal(orr_diags_error_count(w.diags), 1);
    orr_text_free(&written);
    small_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_are_escaped), cmocka_unit_test(requests_make_a_line_each), cmocka_unit_test(data_never_ends_its_block), cmocka_unit_test(the_page_takes_results),
                                       cmocka_unit_test(a_directory_gets_whole_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
