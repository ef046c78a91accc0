/* The errors against measured serving systems are those committed in serving.csv: they move only with a reason. Skips where the measurements are not beside the repository.
 * ORR_ACCURACY_WRITE=1 writes the file anew; ORR_ACCURACY_EACH=FILE writes every comparison, for study. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "trust/serving_validate.h"

static const char data_folder[] = "../shared/data/serving", committed_path[] = "tests/accuracy/serving.csv";

static void errors_are_those_committed(void **state)
{
    (void)state;
    const char *given = getenv("ORR_SERVING_DATA"), *folder = given ? given : data_folder;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text problems = {0};
    if (!orr_file_exists(orr_arena_printf(arena, "%s/cases.csv", folder))) {
        print_message("skipped: the measurements (%s) are not here\n", folder);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
        skip();
    }
    orr_workers *workers = orr_workers_create(0);
    orr_serving_report report;
    if (!orr_serving_validate(folder, workers, &report, diags)) {
        orr_diags_render(diags, false, &problems);
        fail_msg("%s", problems.bytes);
    }
    orr_workers_destroy(workers);
    const char *each = getenv("ORR_ACCURACY_EACH");
    if (each) assert_true(orr_file_write(each, report.each.bytes, report.each.length_bytes, diags));
    if (getenv("ORR_ACCURACY_WRITE")) {
        assert_true(orr_file_write(committed_path, report.csv.bytes, report.csv.length_bytes, diags));
        fputs(report.tables.bytes, stdout);
        fputs(report.worst.bytes, stdout);
    } else {
        const orr_source *committed = orr_file_read(arena, committed_path, diags);
        assert_non_null(committed);
        if (strcmp(committed->bytes, report.csv.bytes) != 0)
            fail_msg("the errors are not those of %s:\n%s\nORR_ACCURACY_WRITE=1 writes them, if the change is meant", committed_path, report.tables.bytes);
    }
    orr_serving_report_free(&report);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* One thread and many give the same bytes. */
static void threads_do_not_matter(void **state)
{
    (void)state;
    if (!orr_file_exists("../shared/data/serving/cases.csv")) skip();
    orr_diags *diags = orr_diags_create();
    orr_arena *arena = orr_arena_create();
    const orr_cases *all = orr_cases_read(arena, data_folder, diags);
    assert_non_null(all);
    orr_cases some = *all;
    some.count = 120;
    const char *prefix = orr_case_trace_prefix(arena);
    orr_case_outcome *outcomes[2];
    for (int i = 0; i < 2; i++) {
        orr_workers *workers = orr_workers_create(i == 0 ? 1 : 3);
        orr_bound_case *bound = orr_cases_bind(&some, prefix, workers, arena);
        outcomes[i] = orr_cases_run(bound, some.count, NULL, workers, arena);
        orr_cases_unbind(bound, some.count, prefix);
        orr_workers_destroy(workers);
    }
    for (size_t i = 0; i < some.count; i++) assert_memory_equal(outcomes[0][i].predicted, outcomes[1][i].predicted, sizeof outcomes[0][i].predicted);
    orr_arena_destroy(arena);
    orr_diags_destroy(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(errors_are_those_committed), cmocka_unit_test(threads_do_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
