/* A round of simulations: in parallel, and taken in in order.
 *
 * A run may end early in one way only: once so many requests missed a limit that its percentile is certain to be over it (drive/collect.c counts), the verdict is certain too. */
#include "lab/search.h"

#include <math.h>
#include "lab/memo.h"

typedef struct simulation { size_t point; orr_run_result result; bool ran; char *tenant; /* a copy of the worst one's name; NULL: none */ } simulation;
typedef struct simulation_round { orr_search *search; simulation *simulations; size_t count; } simulation_round;

static void simulate_point(void *context, size_t item)
{
    simulation_round *round = context;
    const orr_search *search = round->search;
    simulation *s = &round->simulations[item];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, search->space.domain_count + 1);
    orr_space_choices(&search->space, s->point, choices);
    if (orr_study_bind(search->file, choices, arena, study, diags)) {
        study->serving.replicas = orr_study_replicas(study);
        const orr_run_options options = {.stop_at_certain_miss = true, .cancel = search->options->cancel};
        s->ran = orr_memo_run(search->options->memo, study, &options, NULL, arena, &s->result, &s->tenant, diags);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void on_simulated(void *context, size_t done, size_t total)
{
    (void)total;
    orr_search_progress(context, done);
}

static const char *miss_text(const orr_slo *slo, const orr_run_result *r, orr_arena *arena)
{
    if (r->slo_worst_tenant)
        return orr_arena_printf(arena, "%s's %s %s is at %.3g %% of its limit", r->slo_worst_tenant, orr_stat_name(r->slo_worst_stat), orr_latency_metric_name(r->slo_worst_metric), r->slo_worst_ratio * 100);
    const bool certain = r->end == ORR_RUN_ABANDONED;
    const orr_latency_metric metric = certain ? r->certain_metric : r->slo_worst_metric;
    const orr_stat stat = certain ? r->certain_stat : r->slo_worst_stat;
    const char *value = orr_ns_text(orr_summary_stat(&r->latency.by_metric[metric], stat), arena), *limit = orr_ns_text(slo->limit_ns[metric][stat], arena);
    const char *name = orr_latency_metric_name(metric), *statistic = orr_stat_name(stat);
    if (certain)
        return orr_arena_printf(arena, "%s %s is over %s for certain (%s among the first %lld finished; the rest can't bring it back)", statistic, name, limit, value, (long long)r->requests_finished);
    return orr_arena_printf(arena, "%s %s %s is over %s", statistic, name, value, limit);
}

static void judge(orr_search *search, size_t point)
{
    orr_candidate *candidate = &search->candidates[point];
    const orr_run_result *r = &candidate->result;
    orr_arena *arena = search->arena;
    switch (r->end) {
    case ORR_RUN_CANCELLED: candidate->simulated = false; return;
    case ORR_RUN_BROKEN_INPUT: candidate->simulated = false; search->failed = true; return;
    case ORR_RUN_DOES_NOT_FIT: orr_search_decide(search, point, ORR_VERDICT_DOES_NOT_FIT, "does not fit in memory"); return;
    case ORR_RUN_ABANDONED: orr_search_decide(search, point, ORR_VERDICT_MISSES_SLO, miss_text(&search->slo, r, arena)); return;
    case ORR_RUN_DONE: break;
    }
    candidate->objective = orr_objective_value(search->objective, r);
    candidate->tokens_per_s_per_user = r->interactivity_tokens_per_s_per_user[search->front_stat];
    candidate->tokens_per_s_per_gpu = r->output_tokens_per_s_per_gpu;
    if (r->requests_finished == 0) { orr_search_decide(search, point, ORR_VERDICT_DOES_NOT_FIT, "every request was refused: longer than max_model_len or the cache"); return; }
    if (r->unstable) {
        orr_search_decide(search, point, ORR_VERDICT_UNSTABLE, orr_arena_printf(arena, "the queue grows without bound: of %.3g requests/s it sustains %.3g%s%s", r->drift.arrivals_per_s, r->drift.sustained_per_s,
                                                                                r->slo_met ? "" : "; ", r->slo_met ? "" : miss_text(&search->slo, r, arena)));
        return;
    }
    if (!r->slo_met) { orr_search_decide(search, point, ORR_VERDICT_MISSES_SLO, miss_text(&search->slo, r, arena)); return; }
    orr_search_decide(search, point, ORR_VERDICT_FEASIBLE, r->slo_worst_ratio > 0
        ? orr_arena_printf(arena, "%s %s takes %.3g %% of its limit", orr_stat_name(r->slo_worst_stat), orr_latency_metric_name(r->slo_worst_metric), r->slo_worst_ratio * 100) : "no limit is stated");
    const double loss = orr_objective_loss(search->objective, candidate->objective);
    if (search->best == ORR_NO_POINT || loss < search->best_loss) {
        search->best = point;
        search->best_loss = loss;
    }
}

void orr_search_simulate(orr_search *search, const size_t *points, size_t count)
{
    simulation_round round = {.search = search, .simulations = orr_mem_resize(NULL, count * sizeof(simulation)), .count = count};
    for (size_t i = 0; i < count; i++) round.simulations[i] = (simulation){.point = points[i]};
    if (!orr_workers_run(search->workers, simulate_point, &round, count, search->options->cancel, on_simulated, search)) search->interrupted = true;
    for (size_t i = 0; i < count; i++) {
        simulation *s = &round.simulations[i];
        if (!s->ran) continue;
        orr_candidate *candidate = &search->candidates[s->point];
        candidate->result = s->result;
        if (s->tenant) candidate->result.slo_worst_tenant = orr_arena_strdup(search->arena, s->tenant);
        orr_mem_free(s->tenant);
        candidate->simulated = true;
        judge(search, s->point);
        if (!candidate->simulated) continue;
        search->simulated++;
        search->simulated_requests += (double)candidate->result.requests_finished;
        orr_search_share_run(search, s->point);
    }
    if (orr_search_cancelled(search)) search->interrupted = true;
    orr_mem_free(round.simulations);
    orr_search_progress(search, 0);
}
