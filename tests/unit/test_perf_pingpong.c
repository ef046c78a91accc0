/* The ping-pong pipeline's closed form against its recurrence, walked station by station, layer by layer, micro-batch by micro-batch. */
#include "base_test.h"

#include "base/math.h"
#include "base/rng.h"
#include "perf/pingpong.h"

enum { MOST_LAYERS = 400, MOST_MICRO_BATCHES = 12 };

/* Each station does micro-batches in order; a micro-batch goes on when the station before it is done with it. */
static double naive_ns(const orr_pingpong_run *runs, int run_count, int micro_batches)
{
    static double free_at[ORR_STATION_COUNT_], here[MOST_MICRO_BATCHES];
    for (int s = 0; s < ORR_STATION_COUNT_; s++) free_at[s] = 0;
    for (int j = 0; j < micro_batches; j++) here[j] = 0;
    for (int run = 0; run < run_count; run++)
        for (int layer = 0; layer < (int)runs[run].layers; layer++)
            for (int s = 0; s < ORR_STATION_COUNT_; s++)
                for (int j = 0; j < micro_batches; j++) here[j] = free_at[s] = orr_max(here[j], free_at[s]) + runs[run].ns[s];
    return here[micro_batches - 1];
}

static double whole(orr_rng *rng, int most) { return (double)(int64_t)(orr_rng_uniform(rng) * (double)most); }

/* Whole numbers of ns: sums are exact, so that the two are equal. */
static void test_equals_the_recurrence(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(7, "pingpong", 0);
    for (int draw = 0; draw < 20000; draw++) {
        orr_pingpong_run runs[5];
        const int run_count = 1 + (int)whole(&rng, 5), micro_batches = 1 + (int)whole(&rng, MOST_MICRO_BATCHES);
        const int most = draw % 3 == 0 ? 4 : 1000;      /* small numbers: many paths are equally long */
        for (int r = 0; r < run_count; r++) {
            runs[r].layers = 1 + whole(&rng, draw % 2 == 0 ? 7 : MOST_LAYERS / 5);
            for (int s = 0; s < ORR_STATION_COUNT_; s++) runs[r].ns[s] = whole(&rng, most);
        }
        orr_pingpong_path path;
        const double ns = orr_pingpong_ns(runs, run_count, micro_batches, NULL);
        assert_true(ns == naive_ns(runs, run_count, micro_batches));
        assert_true(orr_pingpong_ns(runs, run_count, micro_batches, &path) == ns);
        double sum = 0;
        for (int r = 0; r < run_count; r++)
            for (int s = 0; s < ORR_STATION_COUNT_; s++) {
                assert_true(path.visits[r][s] >= 0 && path.visits[r][s] <= runs[r].layers * micro_batches);
                sum += path.visits[r][s] * runs[r].ns[s];
            }
        assert_true(sum == ns);
    }
}

static void test_equal_layers_and_limits(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(8, "pingpong", 0);
    for (int draw = 0; draw < 2000; draw++) {
        orr_pingpong_run run = {.layers = 1 + whole(&rng, 100)};
        double sum = 0, most = 0;
        for (int s = 0; s < ORR_STATION_COUNT_; s++) {
            run.ns[s] = whole(&rng, 1000);
            sum += run.ns[s];
            most = orr_max(most, run.ns[s]);
        }
        for (int m = 1; m <= 8; m++) {
            const double ns = orr_pingpong_ns(&run, 1, m, NULL);
            assert_true(ns == (run.layers - 1) * orr_max(m * most, sum) + sum + (m - 1) * most);
            for (int s = 0; s < ORR_STATION_COUNT_; s++) {
                assert_true(ns >= run.layers * m * run.ns[s]);
                orr_pingpong_run faster = run;
                faster.ns[s] = run.ns[s] / 2;
                assert_true(orr_pingpong_ns(&faster, 1, m, NULL) <= ns);
            }
        }
        assert_true(orr_pingpong_ns(&run, 1, 1, NULL) == run.layers * sum);
    }
    /* both sides as long, a link half as long: three micro-batches hide it, 2 (1 + 1/2); two leave a gap */
    const orr_pingpong_run balanced = {.layers = 1000, .ns = {100, 50, 100, 50}};
    assert_true(orr_pingpong_ns(&balanced, 1, 3, NULL) == 999 * 300.0 + 300 + 200);
    assert_true(orr_pingpong_ns(&balanced, 1, 2, NULL) == 999 * 300.0 + 300 + 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_equals_the_recurrence), cmocka_unit_test(test_equal_layers_and_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
