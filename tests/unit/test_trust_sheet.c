/* CSV sheets: quotes, gzip, empty cells, CRLF, and what is refused, at its line. */
#include "trust_support.h"

#include <math.h>
#include <zlib.h>
#include "trust/sheet.h"

static const orr_sheet *sheet_of(trust_files *f, const char *text) { return orr_sheet_read(f->arena, trust_write_text(f, "sheet.csv", text), f->diags); }

static void cells_by_name(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const orr_sheet *s = sheet_of(&f, "name,m,latency_ms\none,128,0.25\n\ntwo,,1e-3\n");
    assert_non_null(s);
    assert_int_equal(s->column_count, 3);
    assert_int_equal(s->row_count, 2);
    assert_int_equal(s->lines[0], 2);
    assert_int_equal(s->lines[1], 4);           /* the blank line counts */
    const int m = orr_sheet_column(s, "m"), latency = orr_sheet_column(s, "latency_ms");
    assert_string_equal(orr_sheet_text(s, 1, orr_sheet_column(s, "name")), "two");
    assert_true(orr_sheet_number(s, 0, m) == 128 && orr_sheet_number(s, 1, latency) == 1e-3);
    assert_true(isnan(orr_sheet_number(s, 1, m)));
    assert_string_equal(orr_sheet_text(s, 1, m), "");
    assert_int_equal(orr_sheet_column(s, "n"), ORR_SHEET_ABSENT);
    assert_string_equal(orr_sheet_text(s, 0, ORR_SHEET_ABSENT), "");
    assert_true(isnan(orr_sheet_number(s, 0, ORR_SHEET_ABSENT)));
    trust_end(&f);
}

static void quotes(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const orr_sheet *s = sheet_of(&f, "\"a,b\",c,\"\"\n\"say \"\"so\"\"\",\"1\",\"x\"\n,,\n");
    assert_non_null(s);
    assert_string_equal(s->columns[0], "a,b");
    assert_string_equal(s->columns[2], "");
    assert_string_equal(orr_sheet_text(s, 0, 0), "say \"so\"");
    assert_true(orr_sheet_number(s, 0, 1) == 1);
    for (int column = 0; column < 3; column++) assert_string_equal(orr_sheet_text(s, 1, column), "");
    assert_null(sheet_of(&f, "a,b\n1,2\n3,\"4\n"));
    trust_says(&f, "sheet.csv:3: a quoted cell does not end");
    assert_null(sheet_of(&f, "a,b\n\"1\"2,3\n"));
    trust_says(&f, "sheet.csv:2: a quoted cell does not end");
    s = sheet_of(&f, "a,b\n1\"2,3\"\n");            /* within a cell a quote is a letter */
    assert_non_null(s);
    assert_string_equal(orr_sheet_text(s, 0, 0), "1\"2");
    trust_end(&f);
}

static void ends_and_marks(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const orr_sheet *s = sheet_of(&f, "\xEF\xBB\xBF" "a,b\r\n1,2\r\n3,4");
    assert_non_null(s);
    assert_int_equal(s->row_count, 2);
    assert_int_equal(orr_sheet_column(s, "a"), 0);
    assert_int_equal(orr_sheet_column(s, "b"), 1);
    assert_true(orr_sheet_number(s, 0, 1) == 2 && orr_sheet_number(s, 1, 1) == 4);
    trust_end(&f);
}

static void gzip_too(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const char *path = orr_arena_printf(f.arena, "%s/sheet.csv.gz", f.folder);
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzputs(gz, "a,b\n7,8\n"), 8);
    assert_int_equal(gzclose(gz), Z_OK);
    const orr_sheet *s = orr_sheet_read(f.arena, path, f.diags);
    assert_non_null(s);
    assert_true(orr_sheet_number(s, 0, 1) == 8);
    trust_end(&f);
}

static void what_is_refused(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    assert_null(sheet_of(&f, "a,b\n1,2\n\n3\n"));
    trust_says(&f, "sheet.csv:4: 1 cells, the header has 2");
    assert_null(sheet_of(&f, "a,b\n1,2,3\n"));
    trust_says(&f, "sheet.csv:2: 3 cells, the header has 2");
    assert_null(sheet_of(&f, ""));
    trust_says(&f, "no header");
    assert_null(sheet_of(&f, "\n\n"));
    trust_says(&f, "no header");
    assert_null(orr_sheet_read(f.arena, orr_arena_printf(f.arena, "%s/none.csv", f.folder), f.diags));
    trust_says(&f, "none.csv");
    const orr_sheet *s = sheet_of(&f, "a,b\n");      /* a header alone is a table of no rows */
    assert_non_null(s);
    assert_int_equal(s->row_count, 0);
    trust_end(&f);
}

static void required_numbers(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const orr_sheet *s = sheet_of(&f, "latency_ms,m,n,k\n1,2,0x10,1\n2,inf,4,\n3,x,,2 \n");
    assert_non_null(s);
    assert_true(orr_sheet_require_numbers(s, "latency_ms", f.diags));
    assert_false(orr_sheet_require_numbers(s, "m", f.diags));
    trust_says(&f, "sheet.csv:3: m \"inf\" is not a number");
    assert_false(orr_sheet_require_numbers(s, "n", f.diags));
    trust_says(&f, "sheet.csv:2: n \"0x10\" is not a number");
    assert_false(orr_sheet_require_numbers(s, "k", f.diags));
    trust_says(&f, "sheet.csv:3: k \"\" is not a number");
    assert_false(orr_sheet_require_numbers(s, "latency_us", f.diags));
    trust_says(&f, "no column latency_us");
    assert_false(orr_sheet_require_numbers(s, "latency_us", f.diags));
    trust_says(&f, "Did you mean latency_ms?");
    trust_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_by_name), cmocka_unit_test(quotes), cmocka_unit_test(ends_and_marks), cmocka_unit_test(gzip_too), cmocka_unit_test(what_is_refused), cmocka_unit_test(required_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
