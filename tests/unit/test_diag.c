/* Diagnostics: exact rendered text. */
#include "base_test.h"
#include "base/diag.h"

static orr_source source_of(const char *bytes) { return (orr_source){"study.yaml", bytes, strlen(bytes)}; }

static void assert_rendered(orr_diags *diags, const char *wanted)
{
    orr_text out = {0};
    orr_diags_render(diags, false, &out);
    assert_string_equal(out.bytes ? out.bytes : "", wanted);
    orr_text_free(&out);
    orr_diags_destroy(diags);
}

static void the_example_of_the_header(void **state)
{
    (void)state;
    orr_source study = source_of("a: 1\n\n\n\n\n\nengine: {tensor_parallel_size: 3}\n"), model = {"data/models/llama.yaml", "x", 1};
    orr_diags *diags = orr_diags_create();
    orr_diag *diag = orr_diag_error(diags, (orr_place){&study, 7, 32, 1}, "tensor_parallel_size %d does not divide the %d attention heads", 3, 64);
    orr_diag_note(diag, (orr_place){&model, 18, 24, 2}, "num_attention_heads is %d", 64);
    orr_diag_hint(diag, "The divisors that fit are %s.", "1, 2, 4, 8");
    assert_int_equal(orr_diags_error_count(diags), 1);
    assert_int_equal(orr_diags_worst_fault(diags), ORR_FAULT_USER);
    assert_rendered(diags,
                    "study.yaml:7:32: error: tensor_parallel_size 3 does not divide the 64 attention heads\n"
                    "    7 | engine: {tensor_parallel_size: 3}\n"
                    "      |                                ^\n"
                    "  note: data/models/llama.yaml:18:24: num_attention_heads is 64\n"
                    "  hint: The divisors that fit are 1, 2, 4, 8.\n");
}

static void the_value_is_underlined_behind_tabs_and_wide_characters(void **state)
{
    (void)state;
    orr_source study = source_of("\ta:\tbad\r\n"
                                 "na\xC3\xAFve: \xE6\xA8\xA1\xE5\x9E\x8B x\n"
                                 "e\xCC\x81: \xFF\x1B[31m y\n");
    orr_diags *diags = orr_diags_create();
    orr_diag_error(diags, (orr_place){&study, 1, 5, 3}, "tabs");
    orr_diag_error(diags, (orr_place){&study, 2, 16, 1}, "wide");
    orr_diag_error(diags, (orr_place){&study, 3, 13, 1}, "combined, broken and control");
    assert_rendered(diags,
                    "study.yaml:1:5: error: tabs\n"
                    "    1 |     a:  bad\n"
                    "      |         ^~~\n"
                    "study.yaml:2:16: error: wide\n"
                    "    2 | na\xC3\xAFve: \xE6\xA8\xA1\xE5\x9E\x8B x\n"
                    "      |             ^\n"
                    "study.yaml:3:13: error: combined, broken and control\n"
                    "    3 | e\xCC\x81: ??[31m y\n"
                    "      |           ^\n");
}

static void long_lines_are_cut_around_the_caret(void **state)
{
    (void)state;
    char line[401];
    for (int i = 0; i < 400; i++) line[i] = (char)('0' + i % 10);
    line[400] = 0;
    orr_source study = source_of(line);
    orr_diags *diags = orr_diags_create();
    orr_diag_error(diags, (orr_place){&study, 1, 201, 500}, "middle");
    orr_diag_error(diags, (orr_place){&study, 1, 3, 2}, "start");
    orr_diag_error(diags, (orr_place){&study, 1, 400, 1}, "end");
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define SPACES_50 "                                                  "
#define TILDES_10 "~~~~~~~~~~"
    assert_rendered(diags,
                    "study.yaml:1:3: error: start\n"
                    "    1 | " FIFTY FIFTY "...\n"
                    "      |   ^~\n"
                    "study.yaml:1:201: error: middle\n"
                    "    1 | ..." FIFTY FIFTY "...\n"
                    "      |    " SPACES_50 "^~~~~~~~~~" TILDES_10 TILDES_10 TILDES_10 TILDES_10 "\n"
                    "study.yaml:1:400: error: end\n"
                    "    1 | ..." FIFTY FIFTY "\n"
                    "      |    " SPACES_50 "                                                 ^\n");
}

static void places_without_a_line(void **state)
{
    (void)state;
    orr_source study = source_of("a: 1");
    orr_diags *diags = orr_diags_create();
    orr_diag_error(diags, (orr_place){0}, "no place");
    orr_diag_error(diags, (orr_place){&study, 9, 1, 0}, "line beyond");
    orr_diag_error(diags, (orr_place){&study, 1, 5, 0}, "at the end");
    orr_diag_error(diags, (orr_place){&study, 1, 99, 7}, "column beyond");
    orr_diag_warning(diags, (orr_place){&study, 0, 0, 0}, "the whole file");
    assert_int_equal(orr_diags_error_count(diags), 4);
    assert_int_equal(orr_diags_warning_count(diags), 1);
    assert_rendered(diags,
                    "error: no place\n"
                    "study.yaml: warning: the whole file\n"
                    "study.yaml:1:5: error: at the end\n"
                    "    1 | a: 1\n"
                    "      |     ^\n"
                    "study.yaml:1:99: error: column beyond\n"
                    "    1 | a: 1\n"
                    "      |     ^\n"
                    "study.yaml:9:1: error: line beyond\n");
}

static void order_is_by_place_then_by_report(void **state)
{
    (void)state;
    orr_source first = {"b.yaml", "x\ny\n", 4}, second = {"a.yaml", "z\n", 2};
    orr_diags *diags = orr_diags_create();
    orr_diag_error(diags, (orr_place){&first, 2, 1, 0}, "second line");
    orr_diag_error(diags, (orr_place){&second, 1, 1, 0}, "other file");
    orr_diag_error(diags, (orr_place){&first, 1, 1, 0}, "one");
    orr_diag_error(diags, (orr_place){&first, 1, 1, 0}, "two");
    assert_rendered(diags,
                    "b.yaml:1:1: error: one\n    1 | x\n      | ^\n"
                    "b.yaml:1:1: error: two\n    1 | x\n      | ^\n"
                    "b.yaml:2:1: error: second line\n    2 | y\n      | ^\n"
                    "a.yaml:1:1: error: other file\n    1 | z\n      | ^\n");
}

static void a_message_is_one_line_and_outlives_its_source(void **state)
{
    (void)state;
    orr_diags *diags = orr_diags_create();
    {
        char bytes[] = "key: v\n", name[] = "gone.yaml";
        orr_source source = {name, bytes, strlen(bytes)};
        orr_diag *diag = orr_diag_error(diags, (orr_place){&source, 1, 6, 1}, "bad \"%s\"", "a\nb\tc\x1B[0m\xFF");
        orr_diag_hint(diag, "%s", "line\nbreak");
        memset(bytes, '#', sizeof bytes - 1);
        memset(name, '#', sizeof name - 1);
    }
    assert_rendered(diags,
                    "gone.yaml:1:6: error: bad \"a\\nb\\tc\\x1b[0m\\xff\"\n"
                    "    1 | key: v\n"
                    "      |      ^\n"
                    "  hint: line\\nbreak\n");
}

static void the_worst_fault(void **state)
{
    (void)state;
    orr_diags *diags = orr_diags_create();
    assert_int_equal(orr_diags_error_count(diags), 0);
    orr_diag_warning(diags, (orr_place){0}, "just so");
    orr_diag_environment(diags, "can't write %s: disk full", "x");
    orr_diag_error(diags, (orr_place){0}, "yours");
    assert_int_equal(orr_diags_worst_fault(diags), ORR_FAULT_ENVIRONMENT);
    orr_text out = {0};
    orr_diags_render(diags, true, &out);
    assert_non_null(strstr(out.bytes, "\033[1;31merror:\033[0m \033[1myours\033[0m\n"));
    orr_text_free(&out);
    assert_rendered(diags, "warning: just so\nerror: can't write x: disk full\nerror: yours\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_of_the_header),
                                       cmocka_unit_test(the_value_is_underlined_behind_tabs_and_wide_characters),
                                       cmocka_unit_test(long_lines_are_cut_around_the_caret),
                                       cmocka_unit_test(places_without_a_line),
                                       cmocka_unit_test(order_is_by_place_then_by_report),
                                       cmocka_unit_test(a_message_is_one_line_and_outlives_its_source),
                                       cmocka_unit_test(the_worst_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
