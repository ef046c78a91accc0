/* The pool: every item once, whatever the threads; a cancelled run says so; a pool serves many runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/workers.h"

enum { ITEMS = 5000 };

typedef struct job { int times[ITEMS]; double results[ITEMS]; } job;
static void work(void *context, size_t item)
{
    job *j = context;
    j->times[item]++;
    j->results[item] = (double)item * 1.5;
}

static size_t reported;
static void on_done(void *context, size_t done, size_t total) { (void)context; assert_true(done <= total); reported = done; }

static void every_item_once(void **state)
{
    (void)state;
    static job j;
    for (int threads = 1; threads <= 8; threads += 3) {
        orr_workers *workers = orr_workers_create(threads);
        assert_in_range(orr_workers_count(workers), 1, threads);
        j = (job){0};
        for (int run = 0; run < 3; run++) assert_true(orr_workers_run(workers, work, &j, ITEMS, NULL, on_done, NULL));
        assert_int_equal(reported, ITEMS);
        for (size_t i = 0; i < ITEMS; i++) { assert_int_equal(j.times[i], 3); assert_true(j.results[i] == (double)i * 1.5); }
        assert_true(orr_workers_run(workers, work, &j, 0, NULL, NULL, NULL));
        orr_workers_destroy(workers);
    }
}

static void cancel_leaves_the_rest(void **state)
{
    (void)state;
    static job j;
    volatile int cancel = 1;
    orr_workers *workers = orr_workers_create(4);
    assert_false(orr_workers_run(workers, work, &j, ITEMS, &cancel, NULL, NULL));
    for (size_t i = 0; i < ITEMS; i++) assert_int_equal(j.times[i], 0);
    cancel = 0;
    assert_true(orr_workers_run(workers, work, &j, ITEMS, &cancel, NULL, NULL));
    for (size_t i = 0; i < ITEMS; i++) assert_int_equal(j.times[i], 1);
    orr_workers_destroy(workers);
}

/* As many as asked for, not silently fewer. */
static void many_threads(void **state)
{
    (void)state;
    static job j;
    orr_workers *workers = orr_workers_create(300);
    assert_int_equal(orr_workers_count(workers), 300);
    assert_true(orr_workers_run(workers, work, &j, ITEMS, NULL, NULL, NULL));
    for (size_t i = 0; i < ITEMS; i++) assert_int_equal(j.times[i], 1);
    orr_workers_destroy(workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_item_once), cmocka_unit_test(cancel_leaves_the_rest), cmocka_unit_test(many_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
