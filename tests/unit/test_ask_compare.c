/* compare: Welch's test against worked examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "ask/compare.h"

static void means_by_welch(void **state)
{
    (void)state;
    /* n 10 each, deviations 1: the error is sqrt(0.2), 18 degrees of freedom, t 2.1009: told apart above 0.9396. */
    assert_int_equal(orr_compare_means(10, 5, 1, 10, 5.93, 1), ORR_APART_NO);
    assert_int_equal(orr_compare_means(10, 5, 1, 10, 5.95, 1), ORR_APART_YES);
    assert_int_equal(orr_compare_means(10, 5.95, 1, 10, 5, 1), ORR_APART_YES);
    /* n 4 and 25, deviations 4 and 1: the error is sqrt(4.04), 3.06 degrees of freedom taken as 3, t 3.1824: above 6.397. */
    assert_int_equal(orr_compare_means(4, 0, 4, 25, 6.3, 1), ORR_APART_NO);
    assert_int_equal(orr_compare_means(4, 0, 4, 25, 6.5, 1), ORR_APART_YES);
    /* No scatter at all. */
    assert_int_equal(orr_compare_means(3, 1, 0, 3, 1, 0), ORR_APART_EQUAL);
    assert_int_equal(orr_compare_means(3, 1, 0, 3, 1.001, 0), ORR_APART_YES);
    /* One run says nothing of chance. */
    assert_int_equal(orr_compare_means(1, 1, 0, 10, 2, 1), ORR_APART_UNKNOWN);
    assert_int_equal(orr_compare_means(3, (double)NAN, 1, 10, 2, 1), ORR_APART_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(means_by_welch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
