/* Laws of intervals, on runs of several kinds: ninety per cent hold fifty, both hold the prediction itself where the measured errors lie around it; an altered chip is never surer than the measured one, the
 * universal model never surer than the calibrated. */
#include "perf_world.h"

#include "../unit/residual_support.h"
#include "drive/interval.h"
#include "spec/study.h"

enum { DRAWS = 400 };

static const char sold[] = "hardware={chip: h100-sxm, chips: 1}", written[] = "hardware={chip: {extends: h100-sxm, memory: {capacity: 81560 MiB}}, chips: 1}";

static const char *const loads[] = {"traffic.load={rate: 1/s}", "traffic.load={rate: 12/s}", "traffic.load={rate: 500/s}", "traffic.load={concurrency: 3}", "traffic.load={concurrency: 64}"};

static orr_study read_study(world *w, const char *hardware, const char *load, const char *calibration)
{
    const char *const settings[] = {hardware, load, orr_arena_printf(w->arena, "calibration=%s", calibration), "traffic.stop.requests=150", "traffic.output_tokens=40", "engine.max_num_seqs=32"};
    const orr_study_file *file = orr_study_file_read(w->arena, "examples/predict-qwen3-14b-h100.yaml", settings, sizeof settings / sizeof *settings, w->diags);
    orr_study study = {0};
    orr_text problems = {0};
    if (file == NULL || !orr_study_bind(file, NULL, w->arena, &study, w->diags)) {
        orr_diags_render(w->diags, false, &problems);
        fail_msg("%s", problems.bytes);
    }
    return study;
}

static orr_run_intervals intervals_of(world *w, const orr_study *study, const orr_coefficients *coefficients, const orr_residuals *residuals)
{
    const orr_perf *perf = orr_perf_prepare_on(study, &(orr_perf_basis){.coefficients = coefficients, .residuals = residuals}, w->arena, w->diags);
    assert_non_null(perf);
    orr_run_result run = orr_run_study(study, perf, NULL, w->diags);
    assert_int_equal(run.end, ORR_RUN_DONE);
    const orr_run_intervals intervals = orr_run_intervals_of(study, perf, &run);
    orr_run_result_free(&run);
    return intervals;
}

/* Quantiles in order, half of them on each side of nothing. */
static void draw_quantiles(world *w, orr_coefficients *coefficients)
{
    for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++) {
        double *z = coefficients->interval[figure];
        z[1] = -2 * orr_rng_uniform(&w->rng);
        z[2] = 2 * orr_rng_uniform(&w->rng);
        z[0] = z[1] - 3 * orr_rng_uniform(&w->rng);
        z[3] = z[2] + 3 * orr_rng_uniform(&w->rng);
    }
}

static void ninety_holds_half(void **state)
{
    world *w = *state;
    const orr_study study = read_study(w, sold, loads[1], "calibrated");
    orr_coefficients coefficients = w->coefficients;
    const orr_perf *perf = orr_perf_prepare_on(&study, &(orr_perf_basis){.coefficients = &coefficients}, w->arena, w->diags);
    orr_run_result run = orr_run_study(&study, perf, NULL, w->diags);
    for (int i = 0; i < DRAWS; i++) {
        orr_perf drawn = *perf;
        draw_quantiles(w, &drawn.coefficients);
        const orr_run_intervals intervals = orr_run_intervals_of(&study, &drawn, &run);
        for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++) {
            const orr_interval *by = &intervals.by[figure];
            assert_true(by->low_ninety > 0 && by->low_ninety <= by->low_half && by->low_half <= 1 && 1 <= by->high_half && by->high_half <= by->high_ninety && isfinite(by->high_ninety));
            assert_near(by->high_ninety, exp(drawn.coefficients.interval[figure][3] * intervals.scale[figure]), 1e-12);
        }
    }
    orr_run_result_free(&run);
}

/* What the catalogue holds: quantiles in order. (Both sides of nothing: not of a figure that is predicted with a bias.) */
static void embedded_quantiles_are_in_order(void **state)
{
    world *w = *state;
    for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++) {
        const double *z = w->coefficients.interval[figure];
        assert_true(z[0] <= z[1] && z[1] <= z[2] && z[2] <= z[3]);
    }
}

static void is_no_surer(const orr_run_intervals *less, const orr_run_intervals *more, const char *what)
{
    for (int figure = 0; figure < ORR_INTERVAL_COUNT_; figure++)
        if (!(less->scale[figure] >= more->scale[figure] * (1 - 1e-12))) fail_msg("%s: figure %d has a scale of %.5f, measured %.5f", what, figure, less->scale[figure], more->scale[figure]);
    assert_true(less->grade >= more->grade);
}

/* The chip is altered by a MiB of memory, so that the runs are the same and the errors alone differ. */
static void measured_chips_are_surest(void **state)
{
    world *w = *state;
    const orr_residuals *neutral = drawn_residuals(RESIDUALS_OF_FACTOR_1, &w->rng, w->arena);
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        const orr_study measured = read_study(w, sold, loads[i], "calibrated"), altered = read_study(w, written, loads[i], "calibrated"), universal = read_study(w, sold, loads[i], "universal");
        const orr_run_intervals known = intervals_of(w, &measured, &w->coefficients, neutral), changed = intervals_of(w, &altered, &w->coefficients, neutral), plain = intervals_of(w, &universal, &w->coefficients, neutral);
        assert_int_equal(known.grade, ORR_GRADE_CALIBRATED);
        assert_int_equal(changed.grade, ORR_GRADE_TRANSFERRED);
        assert_int_equal(plain.grade, ORR_GRADE_TRANSFERRED);
        is_no_surer(&changed, &known, "an altered chip");
        is_no_surer(&plain, &known, "the universal model");
        const orr_run_intervals embedded = intervals_of(w, &measured, &w->coefficients, NULL), embedded_changed = intervals_of(w, &altered, &w->coefficients, NULL);
        is_no_surer(&embedded_changed, &embedded, "an altered chip, by the embedded residuals");
    }
}

/* Of open load below saturation, arrivals set throughput; of closed load the system does. */
static void throughput_is_set_by_arrivals_or_system(void **state)
{
    world *w = *state;
    const orr_study calm = read_study(w, sold, loads[0], "calibrated"), closed = read_study(w, sold, loads[4], "calibrated"), flooded = read_study(w, sold, loads[2], "calibrated");
    const orr_run_intervals a = intervals_of(w, &calm, &w->coefficients, NULL), b = intervals_of(w, &closed, &w->coefficients, NULL), c = intervals_of(w, &flooded, &w->coefficients, NULL);
    assert_true(a.scale[ORR_INTERVAL_THROUGHPUT] < 0.03);
    assert_true(b.scale[ORR_INTERVAL_THROUGHPUT] >= 0.05 && c.scale[ORR_INTERVAL_THROUGHPUT] >= 0.05);
    assert_true(c.scale[ORR_INTERVAL_TTFT] > b.scale[ORR_INTERVAL_TTFT]);          /* an error of the service time is multiplied in the queue */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ninety_holds_half, set_up, tear_down), cmocka_unit_test_setup_teardown(embedded_quantiles_are_in_order, set_up, tear_down), cmocka_unit_test_setup_teardown(measured_chips_are_surest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(throughput_is_set_by_arrivals_or_system, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
