/* Quantiles of normalised residuals on servers whose errors are known, and how many left-out servers they cover. */
#include "perf_support.h"

#include "base/rng.h"
#include "trust/interval_fit.h"

enum { GROUPS = 60, ROWS = 20, CASES = GROUPS * ROWS };

typedef struct fixture { orr_arena *arena; orr_case items[CASES]; orr_case_outcome outcomes[CASES]; orr_cases cases; orr_rng rng; } fixture;

/* log(measured / predicted) = s z, z normal around `bias`, s between 0.05 and 0.5: of TPOT's mean, and of TTFT by its median in every other case, else by none. */
static int set_up(void **state)
{
    const double bias = 0.2;
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = orr_arena_create();
    f->rng = orr_rng_stream(8, "servers", 0);
    f->cases = (orr_cases){"servers", f->items, CASES};
    for (size_t i = 0; i < CASES; i++) {
        orr_case *one = &f->items[i];
        orr_case_outcome *outcome = &f->outcomes[i];
        *one = (orr_case){.model = orr_arena_printf(f->arena, "model-%zu", i / ROWS / 6), .profile = i / ROWS % 2 == 0 ? "vllm" : "trtllm", .node = orr_arena_printf(f->arena, "node-%zu", i / ROWS / 2 % 3)};
        for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) { one->measured[q] = NAN; outcome->predicted[q] = 10 + (double)i; }
        const double s = 0.05 + 0.45 * orr_rng_uniform(&f->rng);
        outcome->intervals.scale[ORR_INTERVAL_TPOT] = outcome->intervals.scale[ORR_INTERVAL_TTFT] = s;
        one->measured[ORR_CASE_TPOT_MEAN] = outcome->predicted[ORR_CASE_TPOT_MEAN] * exp(s * (bias + orr_rng_normal(&f->rng)));
        if (i % 2 == 0) one->measured[ORR_CASE_TTFT_P50] = outcome->predicted[ORR_CASE_TTFT_P50] * exp(s);
        if (i < 39) { one->measured[ORR_CASE_POWER_W_PER_GPU] = 500; outcome->intervals.scale[ORR_INTERVAL_POWER] = 0.2; }
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    orr_arena_destroy(f->arena);
    test_free(f);
    return 0;
}

static void within(double value, double wanted, double by) { if (fabs(value - wanted) > by) fail_msg("%.4f is not %.4f +- %.4f", value, wanted, by); }

static void quantiles_and_coverage(void **state)
{
    fixture *f = *state;
    orr_interval_fit fits[ORR_INTERVAL_COUNT_];
    orr_intervals_fit(&f->cases, f->outcomes, NULL, f->arena, fits);
    const orr_interval_fit *tpot = &fits[ORR_INTERVAL_TPOT], *ttft = &fits[ORR_INTERVAL_TTFT];
    assert_int_equal(tpot->rows, CASES);
    assert_int_equal(tpot->groups, GROUPS);
    within(tpot->quantiles[0], 0.2 - 1.812, 0.15);
    within(tpot->quantiles[1], 0.2 - 0.7225, 0.1);
    within(tpot->quantiles[2], 0.2 + 0.7225, 0.1);
    within(tpot->quantiles[3], 0.2 + 1.812, 0.15);
    within(tpot->covered_half, 0.5, 0.04);
    within(tpot->covered_ninety, 0.9, 0.03);
    within(tpot->median_width, exp((tpot->quantiles[3] - tpot->quantiles[0]) * 0.275), 0.15);       /* of the median s */
    assert_int_equal(ttft->rows, CASES / 2);        /* by the median, where the mean was not measured; each off by exactly s */
    for (int q = 0; q < 4; q++) within(ttft->quantiles[q], 1, 1e-9);
    assert_int_equal(fits[ORR_INTERVAL_POWER].rows, 39);        /* too few: told, not fitted */
    assert_int_equal(fits[ORR_INTERVAL_POWER].groups, 0);
    assert_int_equal(fits[ORR_INTERVAL_E2EL].rows, 0);
}

/* Cases set aside, not run or without a scale are not looked at, however far off. */
static void what_is_set_aside(void **state)
{
    fixture *f = *state;
    orr_interval_fit before[ORR_INTERVAL_COUNT_], after[ORR_INTERVAL_COUNT_];
    const char *skip[CASES] = {NULL};
    for (size_t i = 0; i < CASES; i++) {
        if (i % 3 == 0) skip[i] = "contradicts another";
        if (i % 3 == 1 && i % 2 == 0) f->outcomes[i].reason = "not run";
        if (i % 3 == 1 && i % 2 == 1) f->outcomes[i].intervals.scale[ORR_INTERVAL_TPOT] = 0;
    }
    orr_intervals_fit(&f->cases, f->outcomes, skip, f->arena, before);
    for (size_t i = 0; i < CASES; i++)
        if (i % 3 != 2) f->items[i].measured[ORR_CASE_TPOT_MEAN] *= 1000;
    orr_intervals_fit(&f->cases, f->outcomes, skip, f->arena, after);
    assert_int_equal(before[ORR_INTERVAL_TPOT].rows, CASES / 3);
    assert_memory_equal(&before[ORR_INTERVAL_TPOT], &after[ORR_INTERVAL_TPOT], sizeof *before);
}

/* Servers of one group err together: judged without its own, a group that is far off is seen to be uncovered. */
static void groups_are_left_out_whole(void **state)
{
    fixture *f = *state;
    orr_interval_fit fits[ORR_INTERVAL_COUNT_];
    for (size_t i = 0; i < CASES; i++) {
        const double s = f->outcomes[i].intervals.scale[ORR_INTERVAL_TPOT];
        const bool odd = i / ROWS < GROUPS / 10;    /* a tenth of the groups, each on a side and a distance of its own */
        f->items[i].measured[ORR_CASE_TPOT_MEAN] = f->outcomes[i].predicted[ORR_CASE_TPOT_MEAN] * exp(s * (odd ? (i / ROWS % 2 == 0 ? 1 : -1) * (10 + (double)(i / ROWS)) : orr_rng_normal(&f->rng)));
    }
    orr_intervals_fit(&f->cases, f->outcomes, NULL, f->arena, fits);
    assert_true(fits[ORR_INTERVAL_TPOT].covered_ninety < 0.93);
    assert_true(fits[ORR_INTERVAL_TPOT].covered_half > 0.4 && fits[ORR_INTERVAL_TPOT].covered_half < 0.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quantiles_and_coverage, set_up, tear_down), cmocka_unit_test_setup_teardown(what_is_set_aside, set_up, tear_down), cmocka_unit_test_setup_teardown(groups_are_left_out_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
