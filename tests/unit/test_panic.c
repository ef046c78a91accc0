/* Our own faults: what is said, with the run's context and without. */
#include "base_test.h"
#include "base/panic.h"

static jmp_buf out;
static char said[1024];

static void catch_panic(const char *message)
{
    strncpy(said, message, sizeof said - 1);
    longjmp(out, 1);
}

static void a_panic_says_where_it_was(void **state)
{
    (void)state;
    orr_panic_context context = {.seed = 7, .time_ns = 1500, .event_number = 3};
    orr_panic_on(catch_panic);
    if (setjmp(out) == 0) orr_panic("a.c", 12, "blocks >= 0");
    assert_string_equal(said, "internal error: a.c:12: expected blocks >= 0");
    orr_panic_set_context(&context);
    context.event_number = 4;
    if (setjmp(out) == 0) orr_panic("a.c", 12, "blocks >= 0");
    assert_string_equal(said, "internal error: a.c:12: expected blocks >= 0 (seed 7, time 1500 ns, event 4)");
    orr_panic_set_context(NULL);
}

static void an_invariant_that_holds_is_silent(void **state)
{
    (void)state;
    said[0] = 0;
    ORR_INVARIANT(1 + 1 == 2);
    ORR_CHECK(1 + 1 == 2);
    if (setjmp(out) == 0) ORR_INVARIANT(1 + 1 == 3);
    assert_non_null(strstr(said, "expected 1 + 1 == 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_panic_says_where_it_was), cmocka_unit_test(an_invariant_that_holds_is_silent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
