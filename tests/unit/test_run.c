/* A run's result against its own records: every figure that can be recomputed naively is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/units.h"
#include "drive/run.h"
#include "drive/samples.h"
#include "spec/catalogue.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; orr_study study; const orr_perf *perf; } fixture;

static void prepare(fixture *f, const char *const *settings, size_t setting_count)
{
    *f = (fixture){.arena = orr_arena_create(), .diags = orr_diags_create()};
    assert_true(orr_catalogue_load(f->diags));
    const orr_study_file *file = orr_study_file_read(f->arena, "examples/predict-qwen3-14b-h100.yaml", settings, setting_count, f->diags);
    orr_text text = {0};
    if (file == NULL || !orr_study_bind(file, NULL, f->arena, &f->study, f->diags) || (f->perf = orr_perf_prepare(&f->study, f->arena, f->diags)) == NULL) {
        orr_diags_render(f->diags, false, &text);
        fail_msg("%s", text.bytes);
    }
}

static void end(fixture *f)
{
    orr_arena_destroy(f->arena);
    orr_diags_destroy(f->diags);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* numpy type 7, written out. */
static double percentile(double *values, size_t count, double p)
{
    qsort(values, count, sizeof *values, ascending);
    const double h = (double)(count - 1) * p;
    const size_t low = (size_t)h;
    return low + 1 < count ? values[low] + (h - (double)low) * (values[low + 1] - values[low]) : values[low];
}

static void close_to(double actual, double expected) { assert_true(fabs(actual - expected) <= 1e-9 * fmax(fabs(expected), 1)); }

static void summaries_equal_the_records(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.source=fixed", "traffic.input_tokens=900", "traffic.output_tokens=100", "traffic.length_range=0.5", "traffic.load={rate: 9/s}", "traffic.stop.requests=800"};
    fixture f;
    prepare(&f, settings, 6);
    orr_run_result r = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
    assert_int_equal(r.end, ORR_RUN_DONE);
    assert_int_equal(r.requests_finished, 800);
    assert_int_equal(r.record_count, 800);
    static double ttft[800], tpot[800], e2el[800];
    size_t several = 0;
    int64_t tokens = 0, first_arrival = INT64_MAX, last_finish = 0;
    for (size_t i = 0; i < r.record_count; i++) {
        const orr_request_record *q = &r.records[i];
        ttft[i] = (double)(q->first_token_ns - q->arrival_ns);
        e2el[i] = (double)(q->finish_ns - q->arrival_ns);
        if (q->output_tokens > 1) tpot[several++] = (e2el[i] - ttft[i]) / (double)(q->output_tokens - 1);
        tokens += q->output_tokens;
        if (q->arrival_ns < first_arrival) first_arrival = q->arrival_ns;
        if (q->finish_ns > last_finish) last_finish = q->finish_ns;
    }
    close_to(r.latency.by_metric[ORR_METRIC_TTFT].p99, percentile(ttft, 800, 0.99));
    close_to(r.latency.by_metric[ORR_METRIC_TTFT].p50, percentile(ttft, 800, 0.5));
    close_to(r.latency.by_metric[ORR_METRIC_E2EL].p90, percentile(e2el, 800, 0.9));
    close_to(r.latency.by_metric[ORR_METRIC_TPOT].p99, percentile(tpot, several, 0.99));
    close_to(r.duration_s, (double)(last_finish - first_arrival) / ORR_NS_PER_S);
    close_to(r.output_tokens_per_s, (double)tokens / r.duration_s);
    close_to(r.interactivity_tokens_per_s_per_user[ORR_STAT_P99], ORR_NS_PER_S / r.latency.by_metric[ORR_METRIC_TPOT].p99);
    close_to(r.usd_per_mtok_output, r.usd_per_h / 3600 * r.duration_s / (double)tokens * 1e6);
    close_to(r.joules_per_output_token, r.mean_power_w / r.output_tokens_per_s);
    assert_int_equal(orr_histogram_count(r.itl), tokens - 800);
    /* Physical limits are limits: no resource works for longer than the run, power lies between idle and the sum of boards. */
    assert_true(r.compute_utilization <= 1 && r.memory_utilization <= 1 && r.link_utilization <= 1 && r.busy_share <= 1 && r.kv_usage_peak <= 1);
    assert_true(r.mean_power_w >= orr_perf_idle_w(f.perf) && r.mean_power_w <= 1.05 * f.study.hardware.chip.tdp_w * (double)r.gpus);
    orr_run_result_free(&r);
    end(&f);
}

/* Ending early on a certain miss gives the verdict of the whole run. */
static void an_early_stop_never_lies(void **state)
{
    (void)state;
    int abandoned = 0;
    for (int rate = 4; rate <= 40; rate += 4) {
        char load[64];
        snprintf(load, sizeof load, "traffic.load={rate: %d/s}", rate);
        const char *const settings[] = {"traffic.source=fixed", "traffic.input_tokens=900", "traffic.output_tokens=100", load, "traffic.stop.requests=600", "slo={ttft: {p99: 300 ms}, tpot: {p90: 30 ms}}"};
        fixture f;
        prepare(&f, settings, 6);
        orr_run_result whole = orr_run_study(&f.study, f.perf, NULL, f.diags);
        orr_run_result early = orr_run_study(&f.study, f.perf, &(orr_run_options){.stop_at_certain_miss = true}, f.diags);
        assert_int_equal(whole.slo_met, early.slo_met);
        assert_int_equal(whole.slo_met, whole.slo_worst_ratio <= 1);
        if (early.end == ORR_RUN_ABANDONED) { abandoned++; assert_false(whole.slo_met); }
        orr_run_result_free(&whole);
        orr_run_result_free(&early);
        end(&f);
    }
    assert_true(abandoned > 0);
}

static void a_closed_loop_keeps_its_concurrency(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.source=fixed", "traffic.input_tokens=200", "traffic.output_tokens=50", "traffic.load={concurrency: 12}", "traffic.stop.requests=240"};
    fixture f;
    prepare(&f, settings, 5);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_int_equal(r.requests_finished, 240);
    assert_int_equal(r.peak_running, 12);
    assert_false(r.unstable);
    /* Little: in flight = throughput x latency, but for the ramp at the end. */
    const double in_flight = r.request_throughput_per_s * r.latency.by_metric[ORR_METRIC_E2EL].mean / ORR_NS_PER_S;
    assert_true(in_flight <= 12.0001 && in_flight > 11);
    orr_run_result_free(&r);
    end(&f);
}

static void an_overload_is_called_unstable(void **state)
{
    (void)state;
    static const char *const overload[] = {"traffic.source=fixed", "traffic.input_tokens=1000", "traffic.output_tokens=100", "traffic.load={rate: 200/s}", "traffic.stop.requests=3000", "engine.max_num_seqs=64"};
    static const char *const light[] = {"traffic.source=fixed", "traffic.input_tokens=1000", "traffic.output_tokens=100", "traffic.load={rate: 5/s}", "traffic.stop.requests=3000", "engine.max_num_seqs=64"};
    fixture f;
    prepare(&f, overload, 6);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_true(r.unstable);
    orr_run_result_free(&r);
    end(&f);
    static const char *const by_time[] = {"traffic.source=fixed", "traffic.input_tokens=1000", "traffic.output_tokens=100", "traffic.load={rate: 200/s}", "traffic.stop={requests: 0, time: 15 s}", "engine.max_num_seqs=64"};
    prepare(&f, by_time, 6);
    r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_true(r.unstable);
    orr_run_result_free(&r);
    end(&f);
    prepare(&f, light, 6);
    r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_false(r.unstable);
    orr_run_result_free(&r);
    end(&f);
}

static void a_request_too_long_is_rejected_and_counted(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.source=fixed", "traffic.input_tokens=1000", "traffic.output_tokens=100", "traffic.load={rate: 5/s}", "traffic.stop.requests=30", "engine.num_gpu_blocks=60", "traffic.length_range=0"};
    fixture f;
    prepare(&f, settings, 7);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_int_equal(r.requests_rejected, 30);
    assert_int_equal(r.requests_finished, 0);
    assert_false(r.slo_met);
    orr_run_result_free(&r);
    end(&f);
}

/* Several steps in flight: shares stay shares, and what runs in the mean obeys Little's law. */
static void a_pipeline_is_never_busier_than_time(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.source=fixed", "traffic.input_tokens=500", "traffic.output_tokens=100", "traffic.length_range=0", "traffic.load={concurrency: 64}", "traffic.stop.requests=640",
        "hardware.chips=4", "engine.pipeline_parallel_size=4", "engine.host_per_step=5 ms"};
    fixture f;
    prepare(&f, settings, 9);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_true(r.compute_utilization <= 1 && r.memory_utilization <= 1 && r.link_utilization <= 1 && r.host_utilization <= 1 && r.busy_share <= 1);
    const double residence_s = (r.latency.by_metric[ORR_METRIC_E2EL].mean - r.latency.queue.mean) / ORR_NS_PER_S;
    assert_true(fabs(r.mean_running / (r.request_throughput_per_s * residence_s) - 1) < 0.02);
    orr_run_result_free(&r);
    end(&f);
}

/* A set of requests that are there at once, first come, first served, nobody preempted: on a chip with more of anything none ends later (laws/test_policy_laws.c says why it takes a set). */
static void a_faster_chip_serves_a_set_no_later(void **state)
{
    (void)state;
    static const char *const faster[] = {"hardware.chip={extends: h100-sxm, memory: {bandwidth: 4.5 TB/s}}", "hardware.chip={extends: h100-sxm, compute: {bf16: 1200 TFLOP/s}}", "hardware.chip={extends: h100-sxm, memory: {capacity: 160 GB}}"};
    const char *settings[] = {"traffic.source=fixed", "traffic.input_tokens=900", "traffic.output_tokens=100", "traffic.length_range=0.5", "traffic.load={rate: 100000/s}", "traffic.stop.requests=200", "hardware.chip=h100-sxm"};
    fixture f;
    prepare(&f, settings, 7);
    orr_run_result base = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
    assert_int_equal(base.requests_finished, 200);
    assert_int_equal(base.preemptions, 0);
    end(&f);
    for (int k = 0; k < 3; k++) {
        settings[6] = faster[k];
        prepare(&f, settings, 7);
        orr_run_result r = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
        int64_t sooner = 0;
        for (size_t i = 0; i < 200; i++)
            for (size_t j = 0; j < 200; j++) {
                if (r.records[i].arrival_ns != base.records[j].arrival_ns) continue;
                assert_true(r.records[i].finish_ns <= base.records[j].finish_ns);
                sooner += r.records[i].finish_ns < base.records[j].finish_ns;
            }
        if (k < 2) assert_int_equal(sooner, 200);
        orr_run_result_free(&r);
        end(&f);
    }
    orr_run_result_free(&base);
}

static void a_chip_without_a_price_costs_nothing_that_can_be_compared(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.stop.requests=20", "hardware.chip={extends: h100-sxm, price: {per_hour: 0 USD/h}}"};
    fixture f;
    prepare(&f, settings, 2);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_true(isnan(r.usd_per_mtok_output) && isnan(r.usd_per_h));
    orr_run_result_free(&r);
    end(&f);
}

static void a_closed_loop_that_time_alone_would_end_is_refused(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.load={concurrency: 4}", "traffic.stop={time: 2 s}"};
    fixture f;
    prepare(&f, settings, 2);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);
    assert_int_equal(r.end, ORR_RUN_BROKEN_INPUT);
    assert_int_equal(orr_diags_error_count(f.diags), 1);
    orr_run_result_free(&r);
    end(&f);
}

/* With data-parallel ranks a request lives in one of them: what no rank can hold is refused. */
static void a_request_fits_in_one_rank(void **state)
{
    (void)state;
    static const char *const settings[] = {"model=qwen3-30b-a3b", "hardware={node: hgx-h200, nodes: 1}", "engine.data_parallel_size=8", "engine.enable_expert_parallel=true", "engine.num_gpu_blocks=8000",
        "traffic.input_tokens=16200", "traffic.output_tokens=10", "traffic.length_range=0", "traffic.load={concurrency: 2}", "traffic.stop.requests=6"};
    fixture f;
    prepare(&f, settings, 10);
    orr_run_result r = orr_run_study(&f.study, f.perf, NULL, f.diags);      /* 1,014 blocks of 16; a rank has 1,000 */
    assert_int_equal(r.requests_rejected, 6);
    orr_run_result_free(&r);
    end(&f);
}

/* One request alone, both drafts always accepted: 151 tokens are the first and 50 bursts of three. None accepted: as many steps as tokens, each at least as long as without. */
static void drafts_accepted_and_not(void **state)
{
    (void)state;
    static const char *const speculations[] = {"engine.speculation={method: ngram, tokens: 2, acceptance: 1}", "engine.speculation={method: ngram, tokens: 2, acceptance: 0}", "engine.speculation={method: none}",
        "engine.speculation={method: mtp, tokens: 2, acceptance: 1, mtp_layers: 1}"};
    orr_run_result r[4];
    for (int i = 0; i < 4; i++) {
        const char *const settings[] = {"calibration=universal", "traffic.source=fixed", "traffic.input_tokens=500", "traffic.output_tokens=151", "traffic.length_range=0", "traffic.load={concurrency: 1}", "traffic.stop.requests=5", speculations[i]};
        fixture f;
        prepare(&f, settings, 8);
        r[i] = orr_run_study(&f.study, f.perf, NULL, f.diags);
        end(&f);
    }
    assert_int_equal(r[0].decodes, 5 * 50);
    assert_int_equal(r[0].decode_tokens, 5 * 150);
    assert_int_equal(r[0].latency.by_metric[ORR_METRIC_ITL].count, 5 * 50);
    assert_int_equal(r[1].decodes, 5 * 150);
    assert_int_equal(r[2].decodes, 5 * 150);
    assert_int_equal(r[3].decodes, 5 * 50);
    const double tpot[] = {r[0].latency.by_metric[ORR_METRIC_TPOT].mean, r[1].latency.by_metric[ORR_METRIC_TPOT].mean, r[2].latency.by_metric[ORR_METRIC_TPOT].mean, r[3].latency.by_metric[ORR_METRIC_TPOT].mean};
    assert_true(tpot[1] > tpot[2] && tpot[0] < tpot[2] && 3 * tpot[0] > tpot[2] && tpot[3] > tpot[0] && tpot[3] < tpot[2]);
    for (int i = 0; i < 4; i++) orr_run_result_free(&r[i]);
}

/* A deep table that no batch leaves is the constant, to the byte of its times; one that no batch of one enters drafts nothing. Goodput is never behind either by more than its table's grain. */
static void depths_follow_the_batch(void **state)
{
    (void)state;
    static const char *const depths[] = {"engine.speculation={method: eagle, tokens: 3, acceptance: 0.7}", "engine.speculation={method: eagle, tokens: 3, acceptance: 0.7, depth: {policy: batch, up_to: [500], drafts: [3, 0]}}",
        "engine.speculation={method: ngram, tokens: 3, acceptance: 0.7, depth: {policy: batch, up_to: [500], drafts: [0, 3]}}", "engine.speculation={method: none}",
        "engine.speculation={method: eagle, tokens: 3, acceptance: 0.7, depth: {policy: goodput, context: 600}}"};
    orr_run_result r[5];
    for (int i = 0; i < 5; i++) {
        const char *const settings[] = {"calibration=universal", "traffic.source=fixed", "traffic.input_tokens=500", "traffic.output_tokens=151", "traffic.length_range=0", "traffic.load={concurrency: 16}", "traffic.stop.requests=64", "engine.max_num_seqs=64", depths[i]};
        fixture f;
        prepare(&f, settings, 9);
        r[i] = orr_run_study(&f.study, f.perf, NULL, f.diags);
        end(&f);
    }
    assert_memory_equal(&r[0].duration_s, &r[1].duration_s, sizeof r[0].duration_s);
    assert_memory_equal(&r[2].duration_s, &r[3].duration_s, sizeof r[2].duration_s);
    assert_int_equal(r[2].decodes, r[2].decode_tokens);
    assert_true(r[4].output_tokens_per_s > 0.98 * r[0].output_tokens_per_s && r[4].output_tokens_per_s > 0.98 * r[3].output_tokens_per_s);
    for (int i = 0; i < 5; i++) orr_run_result_free(&r[i]);
}

static void tenants_are_told_apart(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic={tenants: {chat: {source: fixed, input_tokens: 300, output_tokens: 40, load: {rate: 8/s}, slo: {ttft: {p90: 60 ms}}}, "
        "batch: {source: fixed, input_tokens: 5000, output_tokens: 2, load: {rate: 1/s}, priority: 3, slo: {e2el: {p99: 10 s}}}}, stop: {requests: 900}}"};
    fixture f;
    prepare(&f, settings, 1);
    orr_run_result r = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
    assert_int_equal(r.tenant_count, 2);
    assert_int_equal(r.requests_finished, 900);
    static double ttft[900];
    double goodput = 0;
    for (int t = 0; t < 2; t++) {
        const orr_tenant_result *own = &r.tenants[t];
        size_t count = 0;
        int64_t output = 0, good = 0;
        for (size_t i = 0; i < r.record_count; i++) {
            const orr_request_record *q = &r.records[i];
            if (q->tenant != t) continue;
            ttft[count++] = (double)(q->first_token_ns - q->arrival_ns);
            output += q->output_tokens;
            good += t == 0 ? q->first_token_ns - q->arrival_ns <= 60000000 : q->finish_ns - q->arrival_ns <= INT64_C(10000000000);
            assert_int_equal(q->input_tokens, t == 0 ? 300 : 5000);
        }
        assert_true((int64_t)count == own->requests_finished && output == own->output_tokens && own->priority == 3 * t && count > 50);
        close_to(own->goodput_per_s, (double)good / r.duration_s);
        const double exact = percentile(ttft, count, 0.9);
        assert_true(fabs(own->by_metric[ORR_METRIC_TTFT].p90 - exact) <= 2e-3 * exact);
        if (t == 0) close_to(own->slo_worst_ratio, own->by_metric[ORR_METRIC_TTFT].p90 / 6e7);
        goodput += own->goodput_per_s;
    }
    assert_string_equal(r.tenants[0].name, "chat");
    close_to(goodput, r.goodput_per_s);
    close_to(r.slo_worst_ratio, fmax(r.tenants[0].slo_worst_ratio, r.tenants[1].slo_worst_ratio));
    assert_true(r.slo_met == (r.tenants[0].slo_met && r.tenants[1].slo_met));
    orr_run_result_free(&r);
    end(&f);
}

/* A cache that keeps prefixes spares a conversation what was said before, and the drive brings turns after answers. */
static void sessions_hit_what_was_said(void **state)
{
    (void)state;
    static const char *const caching[] = {"true", "false"};
    double ttft_ns[2];
    for (int i = 0; i < 2; i++) {
        char setting[64];
        snprintf(setting, sizeof setting, "engine.enable_prefix_caching=%s", caching[i]);
        const char *const settings[] = {"traffic={source: fixed, input_tokens: 600, output_tokens: 20, sessions: {turns: 10, turns_law: fixed, think_time: 1 s, think_cv: 0}, load: {rate: 1/s, process: constant}, stop: {requests: 400}}", setting};
        fixture f;
        prepare(&f, settings, 2);
        orr_run_result r = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
        assert_int_equal(r.requests_finished, 400);
        ttft_ns[i] = r.latency.by_metric[ORR_METRIC_TTFT].mean;
        if (i == 0) assert_true(r.prefix_hit_share > 0.7);
        else assert_int_equal(r.cached_tokens, 0);
        orr_run_result_free(&r);
        end(&f);
    }
    assert_true(ttft_ns[0] < 0.6 * ttft_ns[1]);
}

static void samples_beyond_a_number_are_a_histogram(void **state)
{
    (void)state;
    orr_samples few = {0}, all = {0};
    orr_rng rng = orr_rng_stream(1, "samples", 0);
    for (int i = 0; i < ORR_EXACT_SAMPLES + 400000; i++) {
        const double value = 1e6 + 5e7 * orr_rng_exponential(&rng);
        orr_samples_add(&few, value, false);
        orr_samples_add(&all, value, true);
    }
    assert_true(few.beyond && few.values.capacity == 0 && !all.beyond);
    const orr_summary a = orr_samples_summarize(&few), b = orr_samples_summarize(&all);
    const double pairs[][2] = {{a.p50, b.p50}, {a.p90, b.p90}, {a.p99, b.p99}, {a.p999, b.p999}};
    for (int i = 0; i < 4; i++) assert_true(fabs(pairs[i][0] / pairs[i][1] - 1) < 1e-3);
    assert_true(a.count == b.count && fabs(a.mean / b.mean - 1) < 1e-12 && fabs(a.std / b.std - 1) < 1e-9 && a.min == b.min && a.max == b.max);
    orr_samples_free(&few);
    orr_samples_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(drafts_accepted_and_not), cmocka_unit_test(depths_follow_the_batch), cmocka_unit_test(summaries_equal_the_records), cmocka_unit_test(an_early_stop_never_lies), cmocka_unit_test(a_closed_loop_keeps_its_concurrency),
        cmocka_unit_test(an_overload_is_called_unstable), cmocka_unit_test(a_request_too_long_is_rejected_and_counted),
        cmocka_unit_test(a_pipeline_is_never_busier_than_time), cmocka_unit_test(a_faster_chip_serves_a_set_no_later), cmocka_unit_test(a_chip_without_a_price_costs_nothing_that_can_be_compared),
        cmocka_unit_test(a_closed_loop_that_time_alone_would_end_is_refused), cmocka_unit_test(a_request_fits_in_one_rank),
        cmocka_unit_test(tenants_are_told_apart), cmocka_unit_test(sessions_hit_what_was_said), cmocka_unit_test(samples_beyond_a_number_are_a_histogram)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
