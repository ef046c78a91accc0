/* The closed form beside the simulation: over systems of many kinds, how far it is from what a run finds; and its laws. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "spec_support.h"
#include "drive/run.h"
#include "lab/estimate.h"

static const char base[] =
    "schema: orrery/v1\n"
    "model: Qwen/Qwen3-32B\n"
    "hardware: {node: dgx-h200, nodes: 4}\n"
    "engine: {profile: vllm, tensor_parallel_size: 2, enable_prefix_caching: false}\n"
    "serving: {replicas: 2}\n"
    "traffic: {source: fixed, input_tokens: 2000, output_tokens: 300, length_range: 0.5, load: {rate: 6/s}, stop: {requests: 3000}}\n"
    "slo: {ttft: {p99: 2 s}, tpot: {p99: 50 ms}}\n";

/* A system, as it differs from the one above. */
typedef struct kind { const char *name; const char *settings[6]; } kind;
static const kind kinds[] = {
    {"as it is", {NULL}},
    {"light", {"traffic.load.rate=0.5/s"}},
    {"heavy", {"traffic.load.rate=12/s"}},
    {"long prompts", {"traffic.input_tokens=12000", "traffic.load.rate=1.2/s"}},
    {"long answers", {"traffic.output_tokens=2000", "traffic.load.rate=2/s"}},
    {"SGLang", {"engine.profile=sglang"}},
    {"pipeline", {"engine.pipeline_parallel_size=2"}},
    {"small", {"model=meta-llama/Llama-3.1-8B-Instruct", "engine.tensor_parallel_size=1", "traffic.load.rate=20/s"}},
    {"experts", {"model=Qwen/Qwen3-235B-A22B", "engine.tensor_parallel_size=8", "traffic.load.rate=4/s"}},
    {"wide", {"model=deepseek-ai/DeepSeek-R1", "engine={profile: sglang, data_parallel_size: 16, enable_expert_parallel: true, enable_prefix_caching: false}", "serving.replicas=1", "traffic.load.rate=3/s"}},
    {"closed", {"traffic.load={process: closed, concurrency: 64}"}},
    {"seats", {"engine.max_num_seqs=32", "traffic.load={process: closed, concurrency: 256}"}},
    {"speculation", {"engine.speculation={method: ngram, tokens: 3, acceptance: 0.6}"}},
    {"pools", {"serving={mode: disaggregated, replicas: 2, prefill: {replicas: 2}}"}},
    {"bursty", {"traffic.load={rate: 6/s, process: gamma, cv: 2}"}},
    {"conversations", {"traffic={source: azure-conv-2023, load: {rate: 10/s}, stop: {requests: 3000}}"}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct pair { orr_estimate estimate; orr_run_result run; } pair;

static pair both(const kind *k)
{
    spec_fixture f = spec_begin();
    size_t count = 0;
    while (count < 6 && k->settings[count]) count++;
    orr_study *study = spec_bind(&f, base, k->settings, count);
    study->serving.replicas = orr_study_replicas(study);
    const orr_perf *perf = orr_perf_prepare(study, f.arena, f.diags);
    spec_expect_clean(&f);
    orr_demand demand = {0};
    assert_true(orr_demand_read(&study->traffic, study->seed, study->model.max_context_tokens, NULL, &demand, f.diags));
    const orr_offered offered = orr_offered_of(study, &demand);
    pair p = {.estimate = orr_estimate_at(orr_estimator_create(study, perf, &offered, f.arena)), .run = orr_run_study(study, perf, &(orr_run_options){0}, f.diags)};
    orr_demand_free(&demand);
    orr_run_result owned = p.run;       /* summaries stay */
    orr_run_result_free(&owned);
    spec_end(&f);
    return p;
}

static double ratio(double estimated, double is) { return estimated / is; }

static void test_beside_simulation(void **state)
{
    (void)state;
    double worst_rate = 1, worst_tpot = 1, worst_ttft = 1, worst_w = 1;
    for (int k = 0; k < KINDS; k++) {
        const pair p = both(&kinds[k]);
        const orr_summary *ttft = &p.run.latency.by_metric[ORR_METRIC_TTFT], *tpot = &p.run.latency.by_metric[ORR_METRIC_TPOT];
        const double rate = ratio(p.estimate.output_tokens_per_s, p.run.output_tokens_per_s), mean_tpot = ratio(p.estimate.tpot_ns[ORR_STAT_MEAN], orr_summary_stat(tpot, ORR_STAT_MEAN));
        printf("%-14s load %.2f batch %5.1f (%5.1f)  tok/s x %.3f  TPOT x %.3f p99 x %.3f  TTFT x %.3f p99 x %.3f  W x %.3f\n", kinds[k].name, p.estimate.load, p.estimate.batch, p.run.mean_running, rate, mean_tpot,
               ratio(p.estimate.tpot_ns[ORR_STAT_P99], orr_summary_stat(tpot, ORR_STAT_P99)), ratio(p.estimate.ttft_ns[ORR_STAT_MEAN], orr_summary_stat(ttft, ORR_STAT_MEAN)),
               ratio(p.estimate.ttft_ns[ORR_STAT_P99], orr_summary_stat(ttft, ORR_STAT_P99)), ratio(p.estimate.mean_power_w, p.run.mean_power_w));
        worst_rate = fmax(worst_rate, fmax(rate, 1 / rate));
        worst_tpot = fmax(worst_tpot, fmax(mean_tpot, 1 / mean_tpot));
        const double first = ratio(p.estimate.ttft_ns[ORR_STAT_MEAN], orr_summary_stat(ttft, ORR_STAT_MEAN)), w = ratio(p.estimate.mean_power_w, p.run.mean_power_w);
        worst_ttft = fmax(worst_ttft, fmax(first, 1 / first));
        worst_w = fmax(worst_w, fmax(w, 1 / w));
    }
    printf("worst: tokens/s x %.3f, TPOT x %.3f, TTFT x %.3f, power x %.3f\n", worst_rate, worst_tpot, worst_ttft, worst_w);
    assert_true(worst_rate < 1.03 && worst_tpot < 1.15 && worst_ttft < 1.8 && worst_w < 1.15);
}

/* More load: more in flight, later tokens, until it is more than the system sustains; more replicas sustain in proportion. An estimator asked again, in any order, says the same. */
static void test_laws(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *study = spec_bind(&f, base, NULL, 0);
    study->serving.replicas = 2;
    const orr_perf *perf = orr_perf_prepare(study, f.arena, f.diags);
    orr_demand demand = {0};
    assert_true(orr_demand_read(&study->traffic, study->seed, study->model.max_context_tokens, NULL, &demand, f.diags));
    orr_offered offered = orr_offered_of(study, &demand);
    orr_estimator *kept = orr_estimator_create(study, perf, &offered, f.arena);
    orr_estimate last = {0};
    for (double rate = 0.25; rate < 60; rate *= 1.3) {
        offered.rate_per_s = rate;
        const orr_estimate now = orr_estimate_at(kept), fresh = orr_estimate_at(orr_estimator_create(study, perf, &offered, f.arena));
        assert_memory_equal(&now.tpot_ns, &fresh.tpot_ns, sizeof now.tpot_ns);
        assert_true(now.sustained_per_s > 0 && now.stable == (rate < now.sustained_per_s));
        assert_true(now.batch >= last.batch && now.tpot_ns[ORR_STAT_MEAN] >= last.tpot_ns[ORR_STAT_MEAN] * (1 - 1e-9));
        for (int stat = ORR_STAT_P90; stat <= ORR_STAT_P99; stat++) assert_true(now.tpot_ns[stat] >= now.tpot_ns[stat - 1] && now.ttft_ns[stat] >= now.ttft_ns[stat - 1]);
        last = now;
    }
    assert_false(last.stable);
    study->serving.replicas = 6;
    const orr_estimate more = orr_estimate_at(kept);
    assert_true(fabs(more.sustained_per_s / last.sustained_per_s - 3) < 1e-9);
    study->serving.replicas = 2;
    offered.rate_per_s = 0.25;
    const orr_estimate again = orr_estimate_at(kept);
    assert_true(again.stable && again.batch < 1);
    orr_demand_free(&demand);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_beside_simulation), cmocka_unit_test(test_laws)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
