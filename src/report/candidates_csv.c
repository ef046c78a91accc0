#include <math.h>
#include "report/csv.h"
#include "report/requests_csv.h"
#include "report/results_json.h"

static const char *const before[] = {"rank", "point", "label"};
static const char *const after[] = {"gpus", "replicas", "verdict", "reason", "simulated", "on_pareto_front", "same_as_point", "objective", "bound", "interactivity_tokens_per_s_per_user", "output_tokens_per_s_per_gpu",
                                    "total_tokens_per_s_per_gpu", "mean_ttft_ms", "p50_ttft_ms", "p90_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p50_tpot_ms", "p90_tpot_ms", "p99_tpot_ms", "p99_itl_ms", "mean_e2el_ms", "p99_e2el_ms",
                                    "request_throughput_per_s", "request_goodput_per_s", "slo_attainment", "slo_worst_ratio", "usd_per_mtok_output", "joules_per_output_token", "mean_power_w", "kv_usage_peak", "busy_share", "preemptions"};

static void put_figures(orr_csv *csv, const orr_candidate *c)
{
    const orr_run_result *r = &c->result;
    const bool full = c->simulated && r->end == ORR_RUN_DONE;
    const orr_summary *ttft = &r->latency.by_metric[ORR_METRIC_TTFT], *tpot = &r->latency.by_metric[ORR_METRIC_TPOT], *itl = &r->latency.by_metric[ORR_METRIC_ITL], *e2el = &r->latency.by_metric[ORR_METRIC_E2EL];
    const double figures[] = {r->total_tokens_per_s_per_gpu, ttft->mean / 1e6, ttft->p50 / 1e6, ttft->p90 / 1e6, ttft->p99 / 1e6, tpot->mean / 1e6, tpot->p50 / 1e6, tpot->p90 / 1e6, tpot->p99 / 1e6, itl->p99 / 1e6, e2el->mean / 1e6,
                              e2el->p99 / 1e6, r->request_throughput_per_s, r->goodput_per_s, r->slo_attainment, r->slo_worst_ratio, r->usd_per_mtok_output, r->joules_per_output_token, r->mean_power_w, r->kv_usage_peak, r->busy_share,
                              (double)r->preemptions};
    orr_csv_double(csv, c->simulated ? c->tokens_per_s_per_user : (double)NAN);
    orr_csv_double(csv, c->simulated ? c->tokens_per_s_per_gpu : (double)NAN);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_csv_double(csv, full ? figures[i] : (double)NAN);
}

void orr_candidates_write_csv(const orr_recommendation *recommendation, const orr_study_file *file, orr_text *out) { orr_candidates_put(recommendation, file, &(orr_csv){.out = out}); }

void orr_candidates_put(const orr_recommendation *recommendation, const orr_study_file *file, orr_csv *csv)
{
    const size_t domain_count = file ? file->domain_count : 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) orr_csv_string(csv, before[i]);
    for (size_t d = 0; d < domain_count; d++) orr_csv_string(csv, file->domains[d].path);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) orr_csv_string(csv, after[i]);
    orr_csv_row_end(csv);
    for (size_t i = 0; i < recommendation->candidate_count; i++) {
        const orr_candidate *c = &recommendation->candidates[i];
        orr_csv_int(csv, (int64_t)i + 1);
        orr_csv_int(csv, (int64_t)c->point);
        orr_csv_string(csv, c->label);
        for (size_t d = 0; d < domain_count; d++) orr_csv_string(csv, file->domains[d].choices[c->choice_index[d]]);
        orr_csv_int(csv, c->gpus);
        orr_csv_int(csv, c->replicas);
        orr_csv_string(csv, orr_verdict_key(c->verdict));
        orr_csv_string(csv, c->reason);
        orr_csv_int(csv, c->simulated);
        orr_csv_int(csv, c->on_pareto_front);
        if (c->same_as != c->point) orr_csv_int(csv, (int64_t)c->same_as);
        else orr_csv_no_int(csv);
        orr_csv_double(csv, c->simulated ? c->objective : (double)NAN);
        orr_csv_double(csv, c->verdict == ORR_VERDICT_BOUND_COST ? c->bound : (double)NAN);
        put_figures(csv, c);
        orr_csv_row_end(csv);
    }
}
