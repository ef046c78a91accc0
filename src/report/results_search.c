/* results.json: a search - its domains, its verdicts, and its systems in rank order. */
#include "report/results_json.h"
#include "report/rivals_report.h"

#include <math.h>

const char *orr_verdict_key(orr_verdict verdict)
{
    static const char *const keys[] = {
        [ORR_VERDICT_FEASIBLE] = "feasible", [ORR_VERDICT_MISSES_SLO] = "misses_slo", [ORR_VERDICT_DOES_NOT_FIT] = "does_not_fit", [ORR_VERDICT_INVALID] = "invalid", [ORR_VERDICT_CONSTRAINED] = "over_constraint", [ORR_VERDICT_UNSTABLE] = "unstable",
        [ORR_VERDICT_BOUND_LATENCY] = "bound_latency", [ORR_VERDICT_BOUND_CAPACITY] = "bound_capacity", [ORR_VERDICT_BOUND_COST] = "bound_cost", [ORR_VERDICT_REPEATS] = "repeats", [ORR_VERDICT_UNKNOWN] = "unknown"};
    return keys[verdict];
}

/* The figures of a run; of one that was given up, those that hold of what it had finished. */
static void put_figures(orr_json *json, const orr_candidate *c)
{
    const orr_run_result *r = &c->result;
    const orr_summary *by_metric = r->latency.by_metric;
    orr_json_put_bool(json, "in_full", r->end == ORR_RUN_DONE);
    orr_json_put_double(json, "interactivity_tokens_per_s_per_user", c->tokens_per_s_per_user);
    orr_json_put_double(json, "output_tokens_per_s_per_gpu", c->tokens_per_s_per_gpu);
    if (r->end != ORR_RUN_DONE) { orr_json_put_double(json, "slo_worst_ratio", r->slo_worst_ratio); return; }
    const struct { const char *key; double value; } figures[] = {
        {"mean_ttft_ms", by_metric[ORR_METRIC_TTFT].mean / 1e6}, {"p50_ttft_ms", by_metric[ORR_METRIC_TTFT].p50 / 1e6}, {"p99_ttft_ms", by_metric[ORR_METRIC_TTFT].p99 / 1e6},
        {"mean_tpot_ms", by_metric[ORR_METRIC_TPOT].mean / 1e6}, {"p50_tpot_ms", by_metric[ORR_METRIC_TPOT].p50 / 1e6}, {"p99_tpot_ms", by_metric[ORR_METRIC_TPOT].p99 / 1e6}, {"p99_e2el_ms", by_metric[ORR_METRIC_E2EL].p99 / 1e6},
        {"request_throughput", r->request_throughput_per_s}, {"request_goodput", r->goodput_per_s}, {"slo_attainment", r->slo_attainment}, {"slo_worst_ratio", r->slo_worst_ratio}, {"total_tokens_per_s_per_gpu", r->total_tokens_per_s_per_gpu},
        {"usd_per_mtok_output", r->usd_per_mtok_output}, {"joules_per_output_token", r->joules_per_output_token}, {"mean_power_w", r->mean_power_w}, {"kv_usage_peak", r->kv_usage_peak}, {"busy_share", r->busy_share}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    orr_json_put_int(json, "preemptions", r->preemptions);
}

static void put_candidate(orr_json *json, const orr_report *report, size_t index)
{
    const orr_candidate *c = &report->recommendation->candidates[index];
    orr_json_object(json);
    orr_json_put_int(json, "rank", (int64_t)index + 1);
    orr_json_put_int(json, "point", (int64_t)c->point);
    orr_json_put_string(json, "label", c->label);
    orr_json_key(json, "choices");
    orr_json_array(json);
    for (size_t d = 0; report->file && c->choice_index && d < report->file->domain_count; d++) orr_json_string(json, report->file->domains[d].choices[c->choice_index[d]]);
    orr_json_array_end(json);
    orr_json_put_int(json, "gpus", c->gpus);
    orr_json_put_int(json, "replicas", c->replicas);
    orr_json_put_string(json, "verdict", orr_verdict_key(c->verdict));
    orr_json_put_string(json, "reason", c->reason);
    orr_json_put_bool(json, "simulated", c->simulated);
    orr_json_put_bool(json, "on_pareto_front", c->on_pareto_front);
    if (c->same_as != c->point) orr_json_put_int(json, "same_as", (int64_t)c->same_as);
    orr_json_put_double(json, "objective", c->simulated ? c->objective : (double)NAN);
    if (c->verdict == ORR_VERDICT_BOUND_COST) orr_json_put_double(json, "bound", c->bound);
    if (c->simulated) put_figures(json, c);
    orr_json_object_end(json);
}

void orr_results_put_search(orr_json *json, const orr_report *report, orr_arena *arena)
{
    const orr_recommendation *r = report->recommendation;
    orr_json_key(json, "recommendation");
    orr_json_object(json);
    orr_json_put_string(json, "objective", orr_objective_key(r->objective));
    orr_json_put_string(json, "interactivity_statistic", orr_stat_key(r->front_stat));
    orr_json_put_int(json, "candidate_count", (int64_t)r->candidate_count);
    orr_json_put_int(json, "evaluated", (int64_t)r->evaluated);
    orr_json_put_int(json, "simulated", (int64_t)r->simulated);
    orr_json_put_double(json, "simulated_requests", r->simulated_requests);
    orr_json_put_bool(json, "interrupted", r->interrupted);
    orr_rivals_put_json(json, r->rivals, r->objective, arena);
    orr_json_key(json, "verdict_counts");
    orr_json_object(json);
    for (int v = 0; v < ORR_VERDICT_COUNT_; v++) orr_json_put_int(json, orr_verdict_key((orr_verdict)v), (int64_t)r->verdict_counts[v]);
    orr_json_object_end(json);
    orr_json_key(json, "domains");
    orr_json_array(json);
    for (size_t d = 0; report->file && d < report->file->domain_count; d++) {
        const orr_domain *domain = &report->file->domains[d];
        orr_json_object(json);
        orr_json_put_string(json, "path", domain->path);
        orr_json_key(json, "choices");
        orr_json_array(json);
        for (size_t i = 0; i < domain->choice_count; i++) orr_json_string(json, domain->choices[i]);
        orr_json_array_end(json);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_key(json, "candidates");
    orr_json_array(json);
    int64_t omitted = 0;
    for (size_t i = 0; i < r->candidate_count; i++) {
        const orr_candidate *c = &r->candidates[i];
        if (i < ORR_RESULTS_CANDIDATES_MAX || c->on_pareto_front || (c->simulated && c->same_as == c->point)) put_candidate(json, report, i);
        else omitted++;
    }
    orr_json_array_end(json);
    orr_json_put_int(json, "candidates_omitted", omitted);
    orr_json_object_end(json);
}
