/* Profiles fitted to traces: they reproduce what they were fitted to, and the written file says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/tree.h"
#include "spec/bind.h"
#include "traffic/fit_quantiles.h"
#include "traffic/fit_workload.h"
#include "traffic/quantiles.h"
#include "traffic_support.h"

static void assert_near(const char *what, double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance * fabs(wanted))) fail_msg("%s: %g is not within %g %% of %g", what, value, tolerance * 100, wanted);
}

static void test_knots(void **state)
{
    (void)state;
    double sorted[1000];
    for (int i = 0; i < 1000; i++) sorted[i] = i < 400 ? 91 : i < 990 ? 100 + i : 50000 + i;      /* an atom, a slope, a far tail */
    orr_length_quantiles q;
    orr_quantiles_fit(sorted, 1000, &q);
    assert_true(q.knot_count >= 2 && q.knot_count <= ORR_QUANTILE_KNOTS && q.p[0] == 0 && q.p[q.knot_count - 1] == 1);
    for (int i = 1; i < q.knot_count; i++) assert_true(q.p[i] > q.p[i - 1] && q.tokens[i] >= q.tokens[i - 1]);
    double mean = 0;
    for (int i = 0; i < 1000; i++) mean += sorted[i] / 1000;
    static orr_quantile_table table;
    orr_quantile_table_fill(&table, &q);
    assert_near("mean", orr_quantile_table_mean(&table), mean, 0.01);
    for (int i = 0; i < 1000; i++) sorted[i] = 5;
    orr_quantiles_fit(sorted, 1000, &q);
    assert_true(orr_length_quantile(&q, 0.3) == 5);
    orr_quantiles_fit(sorted, 1, &q);
    assert_true(orr_length_quantile(&q, 0.3) == 5);
}

static void check_lengths(const char *what, const orr_length_figures *profile, const orr_length_figures *trace)
{
    print_message("  %-7s mean %.1f (%+.2f %%) p50 %g (%+.2f %%) p90 %g (%+.2f %%) p99 %g (%+.2f %%)\n", what, trace->mean, 100 * (profile->mean / trace->mean - 1), trace->p50, 100 * (profile->p50 / trace->p50 - 1), trace->p90,
                  100 * (profile->p90 / trace->p90 - 1), trace->p99, 100 * (profile->p99 / trace->p99 - 1));
    assert_near(what, profile->mean, trace->mean, 0.03);
    assert_near(what, profile->p50, trace->p50, 0.03);
    assert_near(what, profile->p90, trace->p90, 0.03);
    assert_near(what, profile->p99, trace->p99, 0.03);
}

/* The written file reads as YAML, and holds the knots and figures. */
static void check_file(const orr_workload_fit *fit)
{
    const orr_workload_citation citation = {.name = "test", .title = "A \"test\"", .source_title = "test", .source_date = "2023-11"};
    orr_text yaml = {0};
    orr_workload_fit_write(fit, &citation, &yaml);
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_source source = {"test.yaml", yaml.bytes, yaml.length_bytes};
    const orr_node *root = orr_tree_parse(arena, &source, diags);
    assert_non_null(root);
    assert_string_equal(orr_tree_find(root, "title")->scalar, "A \"test\"");
    assert_int_equal(orr_tree_find(root, "input_tokens.value")->child_count, fit->workload.input.knot_count);
    double value = 0;
    assert_true(orr_node_as_double(orr_tree_find(root, "output_tokens.value.1.0"), &value) && value == fit->workload.output.p[1]);
    assert_true(orr_node_as_double(orr_tree_find(root, "rank_correlation.value"), &value) && value == fit->workload.rank_correlation);
    assert_true(orr_node_as_double(orr_tree_find(root, "statistics.trace.requests"), &value) && value == (double)fit->trace.requests);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    orr_text_free(&yaml);
}

/* The catalogue's profile, by the study language's own reading. */
static orr_workload catalogue_workload(const char *name, const orr_node **statistics, orr_arena *arena)
{
    orr_diags *diags = orr_diags_create();
    assert_true(orr_catalogue_load(diags));
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_WORKLOAD, name, (orr_place){0}, arena, diags);
    assert_non_null(tree);
    orr_workload workload = {0};
    orr_binder binder = orr_binder_begin(arena, diags);
    assert_true(orr_bind_table(&binder, &orr_workload_table, tree, &workload));
    orr_binder_end(&binder);
    orr_diags_destroy(diags);
    *statistics = orr_tree_get(tree, "statistics");
    return workload;
}

/* What stands in the catalogue is what fitting gives today. */
static void check_catalogue(const char *name, const orr_workload *fitted)
{
    orr_arena *arena = orr_arena_create();
    const orr_node *statistics;
    const orr_workload kept = catalogue_workload(name, &statistics, arena);
    assert_memory_equal(&kept.input, &fitted->input, sizeof kept.input);
    assert_memory_equal(&kept.output, &fitted->output, sizeof kept.output);
    assert_true(kept.rank_correlation == fitted->rank_correlation && kept.arrival_cv == fitted->arrival_cv && kept.native_rate_per_s == fitted->native_rate_per_s);
    assert_true(kept.prefix_share == fitted->prefix_share && kept.prefix_fraction == fitted->prefix_fraction && kept.prefix_groups == fitted->prefix_groups);
    assert_true(kept.prefix_skew == fitted->prefix_skew && kept.prefix_life_requests == fitted->prefix_life_requests && kept.shared_prefix_tokens == fitted->shared_prefix_tokens);
    orr_arena_destroy(arena);
}

static void check_trace(const char *name, const char *path, bool prefixes)
{
    if (orr_test_skip_unless(path)) return;
    orr_diags *diags = orr_diags_create();
    orr_workload_fit fit;
    assert_true(orr_workload_fit_trace(path, ORR_TRACE_AUTO, &fit, diags));
    assert_int_equal(orr_diags_error_count(diags), 0);
    print_message("%s\n", path);
    check_lengths("input", &fit.profile.input, &fit.trace.input);
    check_lengths("output", &fit.profile.output, &fit.trace.output);
    print_message("  rank correlation %.3f (%.3f)  cv %.3f (%.3f)  rate %.4f (%.4f)  hits %.4f (%.4f) of requests %.4f (%.4f)  distance p50 %g (%g) p90 %g (%g)\n", fit.trace.rank_correlation, fit.profile.rank_correlation, fit.trace.arrival_cv,
                  fit.profile.arrival_cv, fit.trace.rate_per_s, fit.profile.rate_per_s, fit.trace.hit_share, fit.profile.hit_share, fit.trace.hit_request_share, fit.profile.hit_request_share,
                  fit.trace.reuse_distance_p50, fit.profile.reuse_distance_p50, fit.trace.reuse_distance_p90, fit.profile.reuse_distance_p90);
    assert_true(fabs(fit.profile.rank_correlation - fit.trace.rank_correlation) < 0.02);
    assert_near("cv", fit.profile.arrival_cv, fit.trace.arrival_cv, fit.trace.arrival_cv < 5 ? 0.03 : 0.1);      /* of wild gaps even 400,000 say little */
    assert_near("rate", fit.profile.rate_per_s, fit.trace.rate_per_s, 0.02);
    if (prefixes) {
        assert_near("hits", fit.profile.hit_share, fit.trace.hit_share, 0.03);
        assert_near("hits of requests", fit.profile.hit_request_share, fit.trace.hit_request_share, 0.05);
        assert_near("reuse distance", fit.profile.reuse_distance_p50, fit.trace.reuse_distance_p50, 0.15);
    }
    check_file(&fit);
    check_catalogue(name, &fit.workload);
    orr_diags_destroy(diags);
}

static void test_azure_conv(void **state) { (void)state; check_trace("azure-conv-2023", ORR_TEST_TRACES "AzureLLMInferenceTrace_conv.csv.gz", false); }
static void test_azure_code(void **state) { (void)state; check_trace("azure-code-2023", ORR_TEST_TRACES "AzureLLMInferenceTrace_code.csv.gz", false); }
static void test_mooncake(void **state) { (void)state; check_trace("mooncake-conversation", ORR_TEST_TRACES "mooncake_conversation_trace.jsonl.gz", true); }

static double figure(const orr_node *statistics, const char *path)
{
    double value = NAN;
    const orr_node *node = orr_tree_find(statistics, path);
    if (!node || !orr_node_as_double(node, &value)) fail_msg("statistics have no %s", path);
    return value;
}

/* The catalogue's profiles, sampled, against the figures of the traces that stand in their files: needs no trace. */
static void test_catalogue(void **state)
{
    (void)state;
    static const char *const names[] = {"azure-conv-2023", "azure-code-2023", "mooncake-conversation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        orr_arena *arena = orr_arena_create();
        const orr_node *statistics;
        const orr_traffic traffic = {.kind = ORR_SOURCE_PROFILE, .workload = catalogue_workload(names[i], &statistics, arena), .load = ORR_LOAD_CLOSED, .stop_requests = 200000};
        orr_test_requests r = orr_test_read(&traffic, 11, SIZE_MAX);
        orr_stream_sample sample = {0};
        for (size_t k = 0; k < r.items.count; k++) orr_stream_sample_add(&sample, &r.items.items[k], 0);
        const orr_stream_figures f = orr_stream_sample_figures(&sample);
        assert_near("mean input", f.input.mean, figure(statistics, "trace.input_tokens.mean"), 0.03);
        assert_near("p50 input", f.input.p50, figure(statistics, "trace.input_tokens.p50"), 0.03);
        assert_near("p90 input", f.input.p90, figure(statistics, "trace.input_tokens.p90"), 0.03);
        assert_near("p99 input", f.input.p99, figure(statistics, "trace.input_tokens.p99"), 0.03);
        assert_near("mean output", f.output.mean, figure(statistics, "trace.output_tokens.mean"), 0.03);
        assert_near("p50 output", f.output.p50, figure(statistics, "trace.output_tokens.p50"), 0.03);
        assert_near("p90 output", f.output.p90, figure(statistics, "trace.output_tokens.p90"), 0.03);
        assert_near("p99 output", f.output.p99, figure(statistics, "trace.output_tokens.p99"), 0.03);
        assert_true(fabs(f.rank_correlation - figure(statistics, "trace.rank_correlation")) < 0.02);
        orr_stream_sample_free(&sample);
        orr_test_requests_free(&r);
        orr_arena_destroy(arena);
    }
}

static void test_too_few(void **state)
{
    (void)state;
    orr_diags *diags = orr_diags_create();
    orr_workload_fit fit;
    orr_text text = {0};
    assert_false(orr_workload_fit_trace(orr_test_file("one.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n10,5,1\n"), ORR_TRACE_AUTO, &fit, diags));
    orr_diags_render(diags, false, &text);
    assert_string_equal(text.bytes, "error: the trace \"build/tmp/one.csv\" has 1 requests: too few to fit a workload to\n");
    orr_text_free(&text);
    orr_diags_destroy(diags);
    diags = orr_diags_create();
    assert_true(orr_workload_fit_trace(orr_test_file("two.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n10,5,1\n10,9,1\n"), ORR_TRACE_AUTO, &fit, diags));
    assert_true(fit.workload.native_rate_per_s == 0 && fit.workload.prefix_share == 0);
    check_file(&fit);
    orr_diags_destroy(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_knots), cmocka_unit_test(test_catalogue), cmocka_unit_test(test_azure_conv), cmocka_unit_test(test_azure_code), cmocka_unit_test(test_mooncake), cmocka_unit_test(test_too_few)};
    return cmocka_run_group_tests_name("traffic: fitting", tests, NULL, NULL);
}
