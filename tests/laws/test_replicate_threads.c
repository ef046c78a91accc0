/* Replications: each is the run of its own seed, any number of threads gives the same, and 95 % intervals hold the mean about 95 times of 100. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "lab/replicate.h"
#include "spec/catalogue.h"

static orr_study *study_of(orr_arena *arena, orr_diags *diags, int64_t replications, uint64_t seed)
{
    static const char *const settings[] = {"traffic.stop.requests=120", "traffic.load.rate=12"};
    orr_study *study = ORR_NEW(arena, orr_study);
    assert_true(orr_catalogue_load(diags));
    const orr_study_file *file = orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", settings, 2, diags);
    assert_non_null(file);
    assert_true(orr_study_bind(file, NULL, arena, study, diags));
    study->serving.replicas = 1;
    study->measure.replications = replications;
    study->seed = seed;
    return study;
}

static const orr_replications *replicate(orr_study *study, int threads, orr_arena *arena, orr_diags *diags)
{
    const orr_perf *perf = orr_perf_prepare(study, arena, diags);
    orr_run_result first = orr_run_study(study, perf, NULL, diags);
    const orr_replications *all = orr_replicate(study, &first, &(orr_replicate_options){.threads = threads}, arena, diags);
    orr_run_result_free(&first);
    assert_non_null(all);
    return all;
}

static void threads_and_seeds(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = study_of(arena, diags, 6, 7);
    const orr_replications *one = replicate(study, 1, arena, diags), *many = replicate(study, 4, arena, diags);
    assert_memory_equal(one->seeds, many->seeds, 6 * sizeof *one->seeds);
    assert_memory_equal(one->latency_ns, many->latency_ns, sizeof one->latency_ns);
    assert_memory_equal(&one->output_tokens_per_s, &many->output_tokens_per_s, sizeof one->output_tokens_per_s);
    assert_int_equal(one->seeds[0], 7);
    double sum = 0, squares = 0, values[6];
    for (int i = 0; i < 6; i++) {
        study->seed = one->seeds[i];
        orr_run_result r = orr_run_study(study, orr_perf_prepare(study, arena, diags), NULL, diags);
        sum += values[i] = r.latency.by_metric[ORR_METRIC_TTFT].p99;
        orr_run_result_free(&r);
    }
    for (int i = 0; i < 6; i++) squares += (values[i] - sum / 6) * (values[i] - sum / 6);
    const orr_replicated *p99 = &one->latency_ns[0][3];
    assert_true(fabs(p99->mean - sum / 6) < 1e-6 * p99->mean);
    assert_true(fabs(p99->half - 2.5705818356 * sqrt(squares / 5 / 6)) < 1e-6 * p99->half);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void intervals_hold_the_mean(void **state)
{
    (void)state;
    enum { INTERVALS = 60, RUNS = 5 };
    orr_replicated ttft[INTERVALS], rate[INTERVALS];
    double mean_ttft = 0, mean_rate = 0;
    for (int i = 0; i < INTERVALS; i++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        const orr_replications *all = replicate(study_of(arena, diags, RUNS, 1000 + (uint64_t)i), 2, arena, diags);
        ttft[i] = all->latency_ns[0][0];
        rate[i] = all->request_throughput_per_s;
        mean_ttft += ttft[i].mean / INTERVALS;
        mean_rate += rate[i].mean / INTERVALS;
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    int held_ttft = 0, held_rate = 0;
    for (int i = 0; i < INTERVALS; i++) {
        held_ttft += fabs(ttft[i].mean - mean_ttft) <= ttft[i].half;
        held_rate += fabs(rate[i].mean - mean_rate) <= rate[i].half;
    }
    printf("of %d intervals of 95 %%, TTFT's hold its mean %d times, throughput's %d times\n", INTERVALS, held_ttft, held_rate);
    assert_in_range(held_ttft, 50, 60);         /* 57 expected; fewer than 50 once in a thousand */
    assert_in_range(held_rate, 50, 60);
}

static void quantiles(void **state)
{
    (void)state;
    assert_true(isnan(orr_student_t_975(0)));
    assert_true(fabs(orr_student_t_975(9) - 2.2621571628) < 1e-9);
    assert_true(fabs(orr_student_t_975(31) - 2.0395134464) < 3e-6 && fabs(orr_student_t_975(1000) - 1.9623390808) < 1e-6);
    for (int64_t n = 2; n < 200; n++) assert_true(orr_student_t_975(n) < orr_student_t_975(n - 1) && orr_student_t_950(n) < orr_student_t_950(n - 1) && orr_student_t_950(n) < orr_student_t_975(n));
    assert_true(isnan(orr_student_t_950(0)) && fabs(orr_student_t_950(4) - 2.1318467863) < 1e-9 && fabs(orr_student_t_950(40) - 1.6838510133) < 3e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_and_seeds), cmocka_unit_test(intervals_hold_the_mean), cmocka_unit_test(quantiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
