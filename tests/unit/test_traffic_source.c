/* Laws of the sources: same seed same requests, common random numbers, monotone arrivals, lengths as stated, prefixes as stated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "base/diag.h"
#include "traffic/fit_measure.h"
#include "traffic/quantiles.h"
#include "traffic_support.h"

static orr_traffic profile_traffic(void)
{
    return (orr_traffic){
        .source = "test", .kind = ORR_SOURCE_PROFILE, .load = ORR_LOAD_OPEN_POISSON, .rate_per_s = 10, .stop_requests = 20000,
        .workload = {.name = "test", .input = {4, {0, 0.5, 0.9, 1}, {10, 1000, 4000, 30000}}, .output = {3, {0, 0.5, 1}, {1, 100, 2000}},
                     .rank_correlation = 0.5, .arrival_cv = 2, .native_rate_per_s = 5}};
}

static orr_traffic fixed_traffic(void)
{
    return (orr_traffic){.source = "fixed", .kind = ORR_SOURCE_FIXED, .input_tokens = 1000, .output_tokens = 10, .load = ORR_LOAD_OPEN_CONSTANT, .rate_per_s = 4, .stop_requests = 1000};
}

static void assert_same_requests(const orr_test_requests *a, const orr_test_requests *b, double time_factor)
{
    assert_int_equal(a->items.count, b->items.count);
    for (size_t i = 0; i < a->items.count; i++) {
        const orr_arrival *x = &a->items.items[i], *y = &b->items.items[i];
        assert_int_equal(x->input_tokens, y->input_tokens);
        assert_int_equal(x->output_tokens, y->output_tokens);
        assert_int_equal(x->segment_count, y->segment_count);
        if (x->segment_count) assert_memory_equal(x->segments, y->segments, sizeof(orr_segment) * (size_t)x->segment_count);
        assert_true(fabs((double)x->arrival_ns * time_factor - (double)y->arrival_ns) <= 2);
    }
}

static void check_laws(orr_traffic traffic)
{
    orr_test_requests a = orr_test_read(&traffic, 7, SIZE_MAX), b = orr_test_read(&traffic, 7, SIZE_MAX);
    assert_string_equal(a.diagnostics, "");
    assert_int_equal(a.items.count, traffic.stop_requests);
    assert_same_requests(&a, &b, 1);
    orr_test_requests_free(&b);
    int64_t last = 0;
    for (size_t i = 0; i < a.items.count; i++) {
        const orr_arrival *x = &a.items.items[i];
        int64_t shared = 0;
        for (int k = 0; k < x->segment_count; k++) {
            assert_true(x->segments[k].tokens >= 1);
            shared += x->segments[k].tokens;
        }
        assert_true(x->arrival_ns >= last && x->input_tokens >= 1 && x->output_tokens >= 1 && shared <= x->input_tokens);
        last = x->arrival_ns;
    }
    traffic.rate_per_s *= 4;            /* the same requests, four times as fast */
    b = orr_test_read(&traffic, 7, SIZE_MAX);
    assert_same_requests(&a, &b, 0.25);
    orr_test_requests_free(&b);
    traffic.stop_requests /= 2;         /* a shorter run is the start of the longer */
    b = orr_test_read(&traffic, 7, SIZE_MAX);
    a.items.count /= 2;
    assert_same_requests(&a, &b, 0.25);
    orr_test_requests_free(&b);
    orr_test_requests_free(&a);
}

static void test_laws(void **state)
{
    (void)state;
    static const orr_load_kind loads[] = {ORR_LOAD_OPEN_POISSON, ORR_LOAD_OPEN_GAMMA, ORR_LOAD_OPEN_CONSTANT, ORR_LOAD_CLOSED, ORR_LOAD_ALL_AT_ONCE};
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        orr_traffic profile = profile_traffic(), fixed = fixed_traffic();
        profile.load = fixed.load = loads[i];
        fixed.burstiness_cv = 3;
        fixed.length_range = 0.5;
        profile.stop_requests = 4000;
        check_laws(profile);
        profile.workload.prefix_share = 0.6;
        profile.workload.prefix_fraction = 0.7;
        profile.workload.prefix_groups = 200;
        profile.workload.prefix_life_requests = 1500;
        profile.workload.shared_prefix_tokens = 50;
        check_laws(profile);
        check_laws(fixed);
        fixed.prefix_period = 7;
        check_laws(fixed);
    }
}

/* --- arrivals --- */

static void check_gaps(orr_traffic traffic, double mean_s, double cv, double tolerance)
{
    orr_test_requests r = orr_test_read(&traffic, 3, SIZE_MAX);
    double sum = 0, squares = 0;
    for (size_t i = 1; i < r.items.count; i++) {
        const double gap = (double)(r.items.items[i].arrival_ns - r.items.items[i - 1].arrival_ns) / 1e9;
        sum += gap;
        squares += gap * gap;
    }
    const double n = (double)(r.items.count - 1), mean = sum / n, deviation = sqrt(fmax(0, squares / n - mean * mean));
    assert_int_equal(r.items.items[0].arrival_ns, 0);
    assert_true(fabs(mean / mean_s - 1) <= tolerance * (cv > 0));
    assert_true(fabs(deviation / mean - cv) <= 2 * tolerance * cv + 1e-6);
    orr_test_requests_free(&r);
}

static void test_arrivals(void **state)
{
    (void)state;
    orr_traffic traffic = profile_traffic();
    traffic.stop_requests = 200000;
    check_gaps(traffic, 0.1, 1, 0.01);
    traffic.load = ORR_LOAD_OPEN_GAMMA;
    check_gaps(traffic, 0.1, 2, 0.02);      /* the profile's own */
    traffic.burstiness_cv = 0.5;
    check_gaps(traffic, 0.1, 0.5, 0.01);
    traffic.rate_per_s = 0;
    check_gaps(traffic, 0.2, 0.5, 0.01);    /* the profile's own rate */
    traffic.load = ORR_LOAD_OPEN_CONSTANT;
    orr_test_requests r = orr_test_read(&traffic, 3, 10);
    for (size_t i = 0; i < 10; i++) assert_int_equal(r.items.items[i].arrival_ns, 200000000 * (int64_t)i);
    orr_test_requests_free(&r);
    traffic.load = ORR_LOAD_CLOSED;
    r = orr_test_read(&traffic, 3, 10);
    for (size_t i = 0; i < 10; i++) assert_int_equal(r.items.items[i].arrival_ns, 0);
    orr_test_requests_free(&r);
    traffic.load = ORR_LOAD_OPEN_POISSON;
    traffic.rate_per_s = 100;
    traffic.stop_requests = 0;
    traffic.stop_time_ns = 100 * INT64_C(1000000000);
    r = orr_test_read(&traffic, 3, SIZE_MAX);
    assert_true(r.items.count > 9700 && r.items.count < 10300);
    assert_true(r.items.items[r.items.count - 1].arrival_ns <= traffic.stop_time_ns);
    orr_test_requests_free(&r);
}

/* --- lengths --- */

static orr_stream_figures figures_of(const orr_traffic *traffic)
{
    orr_diags *diags = orr_diags_create();
    orr_source_stream *source = orr_source_open(traffic, 5, diags);
    orr_stream_sample sample = {0};
    orr_arrival arrival;
    while (orr_source_next(source, &arrival)) orr_stream_sample_add(&sample, &arrival, (int64_t)traffic->workload.shared_prefix_tokens);
    const orr_stream_figures figures = orr_stream_sample_figures(&sample);
    orr_stream_sample_free(&sample);
    orr_source_close(source);
    orr_diags_destroy(diags);
    return figures;
}

static void assert_near(double value, double wanted, double tolerance)
{
    if (fabs(value - wanted) > tolerance * fabs(wanted)) fail_msg("%g is not within %g %% of %g", value, tolerance * 100, wanted);
}

static void test_profile_lengths(void **state)
{
    (void)state;
    orr_traffic traffic = profile_traffic();
    traffic.stop_requests = 400000;
    for (int k = -9; k <= 9; k += 3) {
        traffic.workload.rank_correlation = k / 10.0;
        const orr_stream_figures f = figures_of(&traffic);
        assert_near(f.input.p50, 1000, 0.02);
        assert_near(f.input.p90, 4000, 0.02);
        assert_near(f.input.p99, orr_length_quantile(&traffic.workload.input, 0.99), 0.03);
        assert_near(f.output.p50, 100, 0.02);
        assert_near(f.output.p90, orr_length_quantile(&traffic.workload.output, 0.9), 0.02);
        assert_near(f.output.p99, orr_length_quantile(&traffic.workload.output, 0.99), 0.02);
        assert_true(fabs(f.rank_correlation - traffic.workload.rank_correlation) < 0.01);
    }
}

static void test_quantile_table(void **state)
{
    (void)state;
    const orr_length_quantiles quantiles = {3, {0, 0.5, 1}, {1, 100, 10000}};
    assert_near(orr_length_quantile(&quantiles, 0.25), 10, 1e-12);
    assert_near(orr_length_quantile(&quantiles, 0.75), 1000, 1e-12);
    assert_true(orr_length_quantile(&quantiles, 0) == 1 && orr_length_quantile(&quantiles, 0.5) == 100 && orr_length_quantile(&quantiles, 1) == 10000);
    static orr_quantile_table table;
    orr_quantile_table_fill(&table, &quantiles);
    assert_int_equal(orr_quantile_table_at(&table, 0), 1);
    assert_int_equal(orr_quantile_table_at(&table, 0.75), 1000);
    assert_int_equal(orr_quantile_table_at(&table, 1 - 0x1p-53), 10000);
    /* of a log-uniform law: (b - a) / ln(b / a), a half each */
    assert_near(orr_quantile_table_mean(&table), (99 + 9900) / 4.605170185988092 / 2, 1e-5);
}

static void test_fixed(void **state)
{
    (void)state;
    orr_traffic traffic = fixed_traffic();
    orr_test_requests r = orr_test_read(&traffic, 1, 10);
    for (size_t i = 0; i < 10; i++) assert_true(r.items.items[i].input_tokens == 1000 && r.items.items[i].output_tokens == 10 && r.items.items[i].segment_count == 0);
    orr_test_requests_free(&r);
    traffic.length_range = 0.3;
    traffic.stop_requests = 50000;
    r = orr_test_read(&traffic, 1, SIZE_MAX);
    int64_t least = INT64_MAX, most = 0, outputs[11] = {0};
    for (size_t i = 0; i < r.items.count; i++) {
        const orr_arrival *x = &r.items.items[i];
        least = x->input_tokens < least ? x->input_tokens : least;
        most = x->input_tokens > most ? x->input_tokens : most;
        assert_true(x->output_tokens >= 7 && x->output_tokens <= 10);
        outputs[x->output_tokens]++;
    }
    assert_int_equal(least, 700);
    assert_int_equal(most, 1000);
    for (int n = 7; n <= 10; n++) assert_near((double)outputs[n], 12500, 0.04);
    orr_test_requests_free(&r);
    traffic.prefix_period = 100;
    traffic.stop_requests = 1000;
    r = orr_test_read(&traffic, 1, SIZE_MAX);
    for (size_t i = 0; i < r.items.count; i++) {
        const orr_arrival *x = &r.items.items[i], *first = &r.items.items[i % 100];
        assert_true(x->segment_count == 1 && x->segments[0].content == i % 100 && x->segments[0].tokens == x->input_tokens);
        assert_true(x->input_tokens == first->input_tokens && x->output_tokens == first->output_tokens);
    }
    orr_test_requests_free(&r);
}

/* --- prefixes --- */

static void test_prefixes(void **state)
{
    (void)state;
    orr_traffic traffic = profile_traffic();
    traffic.stop_requests = 100000;
    traffic.workload.shared_prefix_tokens = 5;
    orr_stream_figures f = figures_of(&traffic);
    assert_near(f.hit_share, 5 / f.input.mean, 0.01);       /* every prompt but the first */
    traffic.workload.prefix_share = 0.5;
    traffic.workload.prefix_fraction = 0.6;
    traffic.workload.prefix_groups = 640;
    f = figures_of(&traffic);
    assert_near(f.hit_request_share, 0.5, 0.02);            /* each of 640 prefixes misses once */
    assert_near(f.hit_share, 0.5 * 0.6, 0.05);
    assert_near(f.reuse_distance_p50, 640 / 0.5 * 0.693, 0.03);     /* geometric: ln 2 of the mean */
    const orr_length_figures plain = f.input;
    traffic.workload.prefix_share = 0;
    assert_true(plain.mean == figures_of(&traffic).input.mean);     /* prefixes leave the lengths alone */
    traffic.workload.prefix_share = 0.5;
    traffic.workload.prefix_skew = 1;
    const orr_stream_figures skewed = figures_of(&traffic);
    assert_true(skewed.reuse_distance_p50 < f.reuse_distance_p50);
    traffic.workload.prefix_skew = 0;
    traffic.workload.prefix_life_requests = 2000;           /* a prefix is used 2000 x 0.5 / 640 = 1.56 times; a visit is the first with (1 - e^-1.56) / 1.56 */
    assert_near(figures_of(&traffic).hit_request_share, 0.5 * (1 - (1 - exp(-1.5625)) / 1.5625), 0.03);
    traffic.workload.prefix_life_requests = 0;
    traffic.workload.prefix_groups = 1;                     /* one document */
    f = figures_of(&traffic);
    assert_true(f.hit_request_share > 0.1 && f.hit_request_share < 0.5);
}

static void check_refused(orr_traffic traffic, const char *diagnostics)
{
    orr_test_requests r = orr_test_read(&traffic, 1, 10);
    assert_string_equal(r.diagnostics, diagnostics);
    assert_int_equal(r.items.count, 0);
    orr_test_requests_free(&r);
}

static void test_refused(void **state)
{
    (void)state;
    orr_traffic traffic = fixed_traffic();
    traffic.stop_requests = 0;
    check_refused(traffic, "error: traffic.stop: these arrivals would never end\n  hint: Say when, as in {requests: 20000} or {time: 10 min}.\n");
    traffic = fixed_traffic();
    traffic.rate_per_s = 0;
    check_refused(traffic, "error: traffic.load.rate is not given, and the source has no rate of its own\n  hint: For example {rate: 20/s}.\n");
    traffic = fixed_traffic();
    traffic.load = ORR_LOAD_OPEN_GAMMA;
    check_refused(traffic, "error: traffic.load.cv is not given, and the source has none of its own\n  hint: 1 is Poisson; 2 to 5 is bursty.\n");
    traffic = fixed_traffic();
    traffic.load = ORR_LOAD_TRACE_TIMES;
    check_refused(traffic, "error: traffic.load: only a trace has times of its own\n  hint: Give a rate, as in {rate: 20/s}, or a concurrency.\n");
    traffic = fixed_traffic();
    traffic.output_tokens = 0;
    check_refused(traffic, "error: traffic: the source \"fixed\" needs input_tokens and output_tokens of at least 1\n  hint: For example {source: fixed, input_tokens: 1024, output_tokens: 128}.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_laws), cmocka_unit_test(test_arrivals), cmocka_unit_test(test_profile_lengths), cmocka_unit_test(test_quantile_table),
                                       cmocka_unit_test(test_fixed), cmocka_unit_test(test_prefixes), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("traffic: sources", tests, NULL, NULL);
}
