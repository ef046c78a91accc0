/* The beginning of a run: where MSER-5 sees its end, and that what is measured is what follows, recomputed naively from the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/rng.h"
#include "base/units.h"
#include "drive/run.h"
#include "drive/warmup.h"
#include "spec/catalogue.h"

/* Requests that MSER leaves out of `count` observations: 1 + size x exp(-i / decay) + noise, or with a drift. */
static int64_t left_out(int64_t count, double size, double decay, double drift, uint64_t seed, bool *settled)
{
    static orr_warmup_series series;
    memset(&series, 0, sizeof series);
    orr_rng rng = orr_rng_stream(seed, "noise", 0);
    for (int64_t i = 0; i < count; i++) {
        const double x = 1 + size * orr_exp(-(double)i / decay) + drift * (double)i + 0.1 * orr_rng_normal(&rng);
        orr_warmup_add(&series, (const double[]){x, i % 2 ? x : NAN, 1});
    }
    return orr_warmup_requests(&series, settled);
}

static void a_transient_is_seen(void **state)
{
    (void)state;
    bool settled;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const int64_t out = left_out(4000, 5, 100, 0, seed, &settled);
        assert_true(settled && out > 200 && out < 1000);        /* after 400 it is below the noise */
        assert_true(left_out(200000, 5, 5000, 0, seed, &settled) > 10000 && settled);       /* batches are merged */
        left_out(4000, 0, 1, 0.01, seed, &settled);
        assert_false(settled);
    }
    assert_int_equal(left_out(3, 0, 1, 0, 1, &settled), 0);
    const double steps[] = {9, 9, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(orr_mser(steps, 10, &settled), 2);
    assert_true(settled);
}

static orr_run_result run_of(const char *const *settings, size_t count, orr_arena *arena, orr_diags *diags)
{
    orr_study *study = ORR_NEW(arena, orr_study);
    assert_true(orr_catalogue_load(diags));
    const orr_study_file *file = orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", settings, count, diags);
    assert_non_null(file);
    assert_true(orr_study_bind(file, NULL, arena, study, diags));
    study->serving.replicas = 1;
    const orr_perf *perf = orr_perf_prepare(study, arena, diags);
    return orr_run_study(study, perf, &(orr_run_options){.keep_records = true}, diags);
}

static void close_to(double actual, double expected) { assert_true(fabs(actual - expected) <= 1e-9 * fmax(fabs(expected), 1)); }

/* Records stand in the order of finishes, all of them. */
static void what_follows_is_measured(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const char *const settings[] = {"traffic.stop.requests=600", "measure.warmup=150"};
    orr_run_result all = run_of(settings, 1, arena, diags), r = run_of(settings, 2, arena, diags);
    assert_int_equal(r.end, ORR_RUN_DONE);
    assert_int_equal(all.record_count, 600);
    assert_int_equal(r.record_count, 600);
    assert_memory_equal(all.records, r.records, 600 * sizeof *r.records);
    assert_int_equal(r.warmup_requests, 150);
    assert_int_equal(r.requests_finished, 450);
    assert_int_equal(r.requests_arrived, 450);
    const int64_t end_ns = r.records[149].finish_ns;
    int64_t tokens = 0, last_ns = 0;
    double ttft = 0;
    for (size_t i = 150; i < 600; i++) {
        tokens += r.records[i].output_tokens;
        ttft += (double)(r.records[i].first_token_ns - r.records[i].arrival_ns);
        if (r.records[i].finish_ns > last_ns) last_ns = r.records[i].finish_ns;
    }
    close_to(r.duration_s, (double)(last_ns - end_ns) / ORR_NS_PER_S);
    close_to(r.warmup_s, (double)end_ns / ORR_NS_PER_S);
    close_to(r.latency.by_metric[ORR_METRIC_TTFT].mean, ttft / 450);
    close_to(r.output_tokens_per_s, (double)tokens / r.duration_s);
    assert_int_equal(r.sample_count, 450);
    assert_true(r.steps < all.steps && r.energy_j < all.energy_j && r.busy_share <= 1.0001 && r.memory_utilization < 1);
    assert_true(fabs(r.mean_power_w / all.mean_power_w - 1) < 0.1);
    orr_run_result_free(&all);
    orr_run_result_free(&r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void by_time_and_by_itself(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_run_result r = run_of((const char *const[]){"traffic.stop.requests=600", "measure.warmup=20 s"}, 2, arena, diags);
    assert_true(r.warmup_s >= 20 && r.warmup_s < 22 && r.warmup_requests + r.requests_finished == 600);
    orr_run_result_free(&r);
    /* All at once into a closed loop: the first wave's prompts queue, and that is left out. */
    r = run_of((const char *const[]){"traffic.stop.requests=3000", "measure.warmup=auto", "traffic.load={concurrency: 64}"}, 3, arena, diags);
    assert_int_equal(r.end, ORR_RUN_DONE);
    assert_true(r.warmup_requests >= 64 && r.warmup_requests < 1500 && !r.warmup_unsettled);
    assert_true(r.latency.by_metric[ORR_METRIC_TTFT].max < 1e9);
    orr_run_result_free(&r);
    assert_int_equal(orr_diags_error_count(diags), 0);
    r = run_of((const char *const[]){"traffic.stop.requests=100", "measure.warmup=100 requests"}, 2, arena, diags);
    assert_int_equal(r.end, ORR_RUN_BROKEN_INPUT);
    orr_run_result_free(&r);
    r = run_of((const char *const[]){"traffic.stop.requests=100", "measure.warmup=101"}, 2, arena, diags);
    assert_int_equal(r.end, ORR_RUN_BROKEN_INPUT);
    assert_true(orr_diags_error_count(diags) > 0);
    orr_run_result_free(&r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_transient_is_seen), cmocka_unit_test(what_follows_is_measured), cmocka_unit_test(by_time_and_by_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
