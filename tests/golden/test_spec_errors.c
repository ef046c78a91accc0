/* What a user reads when a study is wrong, word for word: spec_errors/NAME.yaml gives spec_errors/NAME.txt.
 *
 * A golden changes only with a reason. ORR_UPDATE_GOLDEN=1 writes them anew; read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "spec/study.h"

static void expect_golden(const char *name)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text text = {0};
    const char *study_path = orr_arena_printf(arena, "tests/golden/spec_errors/%s.yaml", name), *golden_path = orr_arena_printf(arena, "tests/golden/spec_errors/%s.txt", name);
    orr_study_file *file = orr_study_file_read(arena, study_path, NULL, 0, diags);
    orr_study study;
    if (file) assert_false(orr_study_bind(file, NULL, arena, &study, diags));
    orr_diags_render(diags, false, &text);
    assert_non_null(text.bytes);
    if (getenv("ORR_UPDATE_GOLDEN")) assert_true(orr_file_write(golden_path, text.bytes, text.length_bytes, diags));
    orr_source *golden = orr_file_read(arena, golden_path, diags);
    assert_non_null(golden);
    if (strcmp(golden->bytes, text.bytes) != 0) fail_msg("%s differs; now:\n%s", golden_path, text.bytes);
    orr_text_free(&text);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void every_kind_of_mistake(void **state) { (void)state; expect_golden("every_kind"); }
static void layout(void **state) { (void)state; expect_golden("layout"); }
static void model(void **state) { (void)state; expect_golden("model"); }

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_mistake), cmocka_unit_test(layout), cmocka_unit_test(model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
