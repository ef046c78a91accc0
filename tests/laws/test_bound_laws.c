/* A bound is a proof: on systems of many kinds, corrected by the embedded residuals or by random ones, no simulated latency, duration or objective is better than its bound; and limits a hair above or
 * below what a run gives are told apart, by bounds and by a run that may give up. Bounds come of bounding systems, runs of real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "search_cases.h"
#include "../unit/residual_support.h"
#include "base/rng.h"
#include "lab/bounds.h"
#include "lab/demand.h"
#include "perf/system.h"
#include "spec/catalogue.h"

enum { SYSTEMS = 1000, LIMITED = 100 };

typedef struct place { const char *model, *hardware, *tensor, *quantization, *engine, *context, *decode_context; } place;     /* engine: NULL: no more to say */
static const place places[] = {
    {"Qwen/Qwen3-8B", "hardware={chip: mi300x, chips: 1}", "1", "fp8", NULL, "1", "1"}, {"Qwen/Qwen3-14B", "hardware={chip: h100-sxm, chips: 1}", "1", "none", NULL, "1", "1"}, {"llama-3.1-70b", "hardware={node: hgx-h200, nodes: 1}", "8", "none", NULL, "1", "1"},
    {"qwen3-30b-a3b", "hardware={chip: b200-sxm, chips: 1}", "1", "none", NULL, "1", "1"}, {"gpt-oss-20b", "hardware={chip: h100-sxm, chips: 1}", "1", "none", NULL, "1", "1"}, {"mixtral-8x7b", "hardware={node: dgx-a100, nodes: 1}", "4", "none", NULL, "1", "1"},
    {"llama-3.1-70b", "hardware={node: dgx-h100, nodes: 2}", "4", "none", "engine.attention_ffn={ffn_devices: 4, micro_batches: 2}", "1", "1"},
    {"qwen3-30b-a3b", "hardware={node: dgx-h100, nodes: 2}", "2", "none", "engine={data_parallel_size: 2, enable_expert_parallel: true, attention_ffn: {ffn_devices: 8, micro_batches: 3}}", "1", "1"},
    {"qwen3-30b-a3b", "hardware={node: dgx-h100, nodes: 2}", "8", "none", "engine={tensor_parallel_size: 8, enable_expert_parallel: true, attention_ffn: {ffn_devices: 8, micro_batches: 2}}", "1", "2"},
    {"Qwen/Qwen3-14B", "hardware={node: dgx-h100, nodes: 1}", "2", "none", NULL, "4", "4"}, {"qwen3-30b-a3b", "hardware={node: hgx-h200, nodes: 1}", "4", "none", NULL, "2", "1"},
};

static const char *pick(orr_rng *rng, const char *const *from, size_t count) { return from[orr_rng_below(rng, count)]; }

/* The same system, real and bounding: on embedded residuals, every third on random ones that a step keeps in full. */
typedef struct two_systems { const orr_perf *real, *bounding; } two_systems;

static two_systems prepare(const orr_study *study, uint64_t number, orr_arena *arena, orr_diags *diags)
{
    orr_rng rng = orr_rng_stream(number, "residuals", 0);
    const orr_coefficients *universal = orr_coefficients_universal(arena, diags);
    orr_coefficients *coefficients = ORR_NEW(arena, orr_coefficients);
    *coefficients = *universal;
    orr_perf_basis real = {.coefficients = coefficients}, bounding = {.coefficients = coefficients, .bounding = true};
    if (number % 3 == 0) {
        coefficients->residual_share = 1;
        real.residuals = bounding.residuals = drawn_residuals(RESIDUALS_DRAWN, &rng, arena);
    }
    return (two_systems){orr_perf_prepare_on(study, &real, arena, diags), orr_perf_prepare_on(study, &bounding, arena, diags)};
}

static void no_run_beats_its_bound(void **state)
{
    (void)state;
    static const char *const budgets[] = {"512", "1000", "2048", "8192"}, *const inputs[] = {"600", "1100", "2432", "100"}, *const outputs[] = {"1", "2", "40", "150"};
    static const char *const loads[] = {"traffic.load={concurrency: 1}", "traffic.load={concurrency: 2}", "traffic.load={concurrency: 40}", "traffic.load={rate: 3/s}"};
    static const char *const ranges[] = {"0", "0.2", "0.8"}, *const profiles[] = {"ideal", "vllm", "trtllm"};
    static const char *const speculations[] = {"none", "none", "none", "ngram, tokens: 3, acceptance: 0.7", "ngram, tokens: 5, acceptance: 1", "mtp, tokens: 2, mtp_layers: 1, acceptance: [0.9, 0.4]",
        "eagle, tokens: 4, acceptance: 0.8, depth: {policy: goodput}", "mtp, tokens: 3, mtp_layers: 1, acceptance: 1, depth: {policy: batch, up_to: [2, 9], drafts: [1, 3, 0]}"};
    int compared = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        orr_rng rng = orr_rng_stream(seed, "bounds", seed);
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        const place *at = &places[orr_rng_below(&rng, sizeof places / sizeof *places)];
        const char *const settings[] = {orr_arena_printf(arena, "model=%s", at->model), at->hardware, orr_arena_printf(arena, "engine.tensor_parallel_size=%s", at->tensor), orr_arena_printf(arena, "engine.quantization=%s", at->quantization),
            orr_arena_printf(arena, "engine.max_num_batched_tokens=%s", pick(&rng, budgets, 4)), orr_arena_printf(arena, "traffic.input_tokens=%s", pick(&rng, inputs, 4)),
            orr_arena_printf(arena, "traffic.output_tokens=%s", pick(&rng, outputs, 4)), orr_arena_printf(arena, "traffic.length_range=%s", pick(&rng, ranges, 3)),
            orr_arena_printf(arena, "engine.profile=%s", pick(&rng, profiles, 3)), pick(&rng, loads, 4), "traffic.stop.requests=120", at->engine != NULL ? at->engine : "engine.max_num_seqs=64", "engine.max_num_seqs=64",
            orr_arena_printf(arena, "engine.speculation={method: %s}", pick(&rng, speculations, 8)), orr_arena_printf(arena, "engine.prefill_context_parallel_size=%s", at->context),
            orr_arena_printf(arena, "engine.decode_context_parallel_size=%s", at->decode_context), seed % 2 == 0 ? "engine.prefill_context_exchange=ring" : "engine.dcp_comm_backend=a2a",
            "slo={ttft: {mean: 1 h, p50: 1 h, p90: 1 h, p95: 1 h, p99: 1 h}, tpot: {mean: 1 h, p50: 1 h, p90: 1 h, p95: 1 h, p99: 1 h}, e2el: {mean: 1 h, p50: 1 h, p90: 1 h, p95: 1 h, p99: 1 h},"
            " itl: {mean: 1 h, p50: 1 h, p90: 1 h, p95: 1 h, p99: 1 h}}"};
        assert_true(orr_catalogue_load(diags));
        const orr_study_file *file = orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", settings, sizeof settings / sizeof *settings, diags);
        orr_study study;
        orr_text problems = {0};
        two_systems systems = {NULL, NULL};
        if (file == NULL || !orr_study_bind(file, NULL, arena, &study, diags) || (systems = prepare(&study, seed, arena, diags)).bounding == NULL) {
            orr_diags_render(diags, false, &problems);
            fail_msg("system %llu: %s", (unsigned long long)seed, problems.bytes);
        }
        orr_demand demand;
        assert_true(orr_demand_read(&study.traffic, study.seed, study.model.max_context_tokens, NULL, &demand, diags));
        orr_bounds bounds;
        orr_bounds_compute(&study, systems.bounding, &demand, &(orr_hulls){.arena = arena}, arena, &bounds);
        orr_run_result run = orr_run_study(&study, systems.real, NULL, diags);
        assert_int_equal(run.requests_finished, 120);
        for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
            for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
                const double said_ns = bounds.latency_ns[metric][stat], ran_ns = orr_summary_stat(&run.latency.by_metric[metric], (orr_stat)stat);
                if (!(said_ns > 0) || isnan(ran_ns)) continue;
                compared++;
                if (said_ns > ran_ns) fail_msg("system %llu (%s, %s, %s): metric %d statistic %d is %.0f ns, its bound %.0f ns", (unsigned long long)seed, at->model, settings[4], settings[5], metric, stat, ran_ns, said_ns);
            }
        }
        if (bounds.work_s > run.duration_s) fail_msg("system %llu (%s): ran %.6f s, its work takes at least %.6f s", (unsigned long long)seed, at->model, run.duration_s, bounds.work_s);
        if (bounds.duration_s > run.duration_s) fail_msg("system %llu (%s): ran %.6f s, its bound %.6f s", (unsigned long long)seed, at->model, run.duration_s, bounds.duration_s);
        if (bounds.output_tokens_per_s < run.output_tokens_per_s) fail_msg("system %llu: %.3f tokens/s, at most %.3f by its bound", (unsigned long long)seed, run.output_tokens_per_s, bounds.output_tokens_per_s);
        orr_run_result_free(&run);
        orr_demand_free(&demand);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    printf("%d latencies compared with their bounds\n", compared);
    assert_true(compared > 15 * SYSTEMS);
}

typedef struct limited { orr_study *study; const orr_perf *perf, *bounding; const orr_demand *demand; orr_arena *arena; orr_diags *diags; uint64_t number; } limited;

/* Under limits that the run met by a hair, no bound speaks against it and it isn't given up. */
static void holds(const limited *l, const orr_slo *slo, const char *what)
{
    l->study->slo = *slo;
    orr_bounds bounds;
    orr_bounds_compute(l->study, l->bounding, l->demand, &(orr_hulls){.arena = l->arena}, l->arena, &bounds);
    if (bounds.verdict != ORR_VERDICT_UNKNOWN) fail_msg("case %llu, %s: %s (%s)", (unsigned long long)l->number, what, orr_verdict_name(bounds.verdict), bounds.reason);
    orr_run_result run = orr_run_study(l->study, l->perf, &(orr_run_options){.stop_at_certain_miss = true}, l->diags);
    if (run.end != ORR_RUN_DONE || !run.slo_met) fail_msg("case %llu, %s: met by a hair, said to be missed", (unsigned long long)l->number, what);
    orr_run_result_free(&run);
}

/* Under a limit that the run missed by a hair it is missed, and where the run is given up it names that limit. */
static void misses(const limited *l, const orr_slo *slo, int metric, int stat, const char *what)
{
    l->study->slo = *slo;
    orr_run_result run = orr_run_study(l->study, l->perf, &(orr_run_options){.stop_at_certain_miss = true}, l->diags);
    if (run.slo_met) fail_msg("case %llu, %s: missed by a hair, said to be met", (unsigned long long)l->number, what);
    if (run.end == ORR_RUN_ABANDONED && !(run.certain_miss && (int)run.certain_metric == metric && (int)run.certain_stat == stat)) fail_msg("case %llu, %s: given up for another limit", (unsigned long long)l->number, what);
    orr_run_result_free(&run);
}

static int check_limits(const limited *l, orr_rng *rng)
{
    orr_slo met = {0}, none = {0};
    l->study->slo = none;
    orr_run_result run = orr_run_study(l->study, l->perf, NULL, l->diags);
    const bool counts = run.end == ORR_RUN_DONE && run.requests_finished > 0 && run.requests_rejected == l->demand->too_long;
    orr_run_result_free(&run);
    if (!counts) return 0;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double ran_ns = orr_summary_stat(&run.latency.by_metric[metric], (orr_stat)stat);
            if (!(ran_ns > 0)) continue;
            const char *what = orr_arena_printf(l->arena, "%s %s", orr_stat_name((orr_stat)stat), orr_latency_metric_name((orr_latency_metric)metric));
            met.limit_ns[metric][stat] = ran_ns * (1 + 1e-9);
            orr_slo alone = none;
            alone.limit_ns[metric][stat] = ran_ns * (1 + 1e-9);
            holds(l, &alone, what);
            alone.limit_ns[metric][stat] = ran_ns * (1 - 1e-6);
            misses(l, &alone, metric, stat, what);
        }
    }
    holds(l, &met, "all limits");
    for (int i = 0; i < 5; i++) {       /* pairs: their deadlines add up */
        orr_slo pair = none;
        const int first = (int)orr_rng_below(rng, ORR_STAT_COUNT_), second = (int)orr_rng_below(rng, ORR_STAT_COUNT_);
        pair.limit_ns[ORR_METRIC_TTFT][first] = met.limit_ns[ORR_METRIC_TTFT][first];
        pair.limit_ns[ORR_METRIC_TPOT][second] = met.limit_ns[ORR_METRIC_TPOT][second];
        holds(l, &pair, "a pair of limits");
    }
    return 1;
}

static void limits_at_what_was_simulated(void **state)
{
    (void)state;
    int checked = 0;
    for (uint64_t number = 0; number < LIMITED; number++) {
        orr_rng rng = orr_rng_stream(7, "limits", number);
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        const orr_study_file *file = search_case_read(search_case_text(&rng, arena), arena);
        size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1);
        for (size_t i = 0; i < file->domain_count; i++) choices[i] = orr_rng_below(&rng, file->domains[i].choice_count);
        orr_study study;
        if (orr_study_bind(file, choices, arena, &study, diags)) {
            study.serving.replicas = orr_study_replicas(&study);
            const two_systems systems = prepare(&study, number, arena, diags);
            orr_demand demand;
            assert_true(orr_demand_read(&study.traffic, study.seed, study.engine.max_model_len > 0 ? study.engine.max_model_len : study.model.max_context_tokens, NULL, &demand, diags));
            if (systems.bounding != NULL) checked += check_limits(&(limited){&study, systems.real, systems.bounding, &demand, arena, diags, number}, &rng);
            orr_demand_free(&demand);
        }
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    printf("%d systems under limits of their own\n", checked);
    assert_true(checked > LIMITED / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_run_beats_its_bound), cmocka_unit_test(limits_at_what_was_simulated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
