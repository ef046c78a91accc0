/* One thread or four: the same answer, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "search_cases.h"

enum { DEFAULT_CASES = 8 };

static void answer_with(const orr_study_file *file, int threads, orr_text *out)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = threads}, arena, diags);
    assert_non_null(r);
    search_case_write(r, out);
    orr_recommendation_free(r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    const char *wanted = getenv("ORR_SEARCH_CASES");
    const int cases = wanted ? atoi(wanted) : DEFAULT_CASES;
    for (int i = 0; i < cases; i++) {
        orr_arena *arena = orr_arena_create();
        orr_rng rng = orr_rng_stream(5, "search-cases", (uint64_t)i);
        const orr_study_file *file = search_case_read(search_case_text(&rng, arena), arena);
        orr_text one = {0}, four = {0};
        answer_with(file, 1, &one);
        answer_with(file, 4, &four);
        assert_string_equal(one.bytes, four.bytes);
        orr_text_free(&one);
        orr_text_free(&four);
        orr_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_do_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
