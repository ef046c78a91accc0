/* Why the winner wins, in sentences with figures: what binds it, how near its SLOs are, what its neighbours and rivals lack, and what the search covered. */
#include "lab/search.h"

#include <math.h>
#include "base/math.h"
#include "base/vec.h"

typedef ORR_VEC(const char *) sentences;

static const char *count_text(size_t count, const char *one, const char *many, orr_arena *arena) { return orr_arena_printf(arena, "%zu %s", count, count == 1 ? one : many); }

static const char *binding_words(orr_binding binding)
{
    switch (binding) {
    case ORR_BIND_COMPUTE: return "the matrix units";
    case ORR_BIND_MEMORY: return "memory bandwidth";
    case ORR_BIND_LINK: return "the links";
    case ORR_BIND_LATENCY: return "launches and latencies";
    case ORR_BIND_HOST: return "the host";
    case ORR_BIND_COUNT_: break;
    }
    return "";
}

static void say_binding(const orr_recommendation *recommendation, orr_arena *arena, sentences *out)
{
    const orr_step_explanation *e = &recommendation->explanation;
    const orr_run_result *r = &recommendation->winner;
    if (e->line_count == 0 || !(e->step_ns > 0)) return;
    double all_ns = 0;
    for (int i = 0; i < ORR_BIND_COUNT_; i++) all_ns += e->seconds_by_binding_ns[i];
    const double share = all_ns > 0 ? e->seconds_by_binding_ns[e->binding] / all_ns : 0;
    const char *what = r->typical_decode.count > 0
        ? orr_arena_printf(arena, "decodes %lld request%s at a mean context of %lld tokens", (long long)r->typical_decode.count, r->typical_decode.count == 1 ? "" : "s",
                           (long long)(r->typical_decode.context_tokens / r->typical_decode.count))
        : orr_arena_printf(arena, "computes %lld prompt tokens", (long long)r->typical_chunk.new_tokens);
    const char *next = e->next_binding != e->binding ? orr_arena_printf(arena, "; %s would bind next", binding_words(e->next_binding)) : "";
    orr_vec_push(out, orr_arena_printf(arena, "A typical step %s in %s: %s bind%s it (%.0f %% of the time)%s.", what, orr_ns_text(e->step_ns, arena), binding_words(e->binding),
                                       e->binding == ORR_BIND_MEMORY || e->binding == ORR_BIND_HOST ? "s" : "", share * 100, next));
}

/* "p99 TTFT 1.2 s of 2 s (60 %), p99 TPOT 48 ms of 50 ms (96 %)" */
static const char *margins_text(const orr_slo *slo, const orr_run_result *r, orr_arena *arena)
{
    const char *all = NULL;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = slo->limit_ns[metric][stat];
            if (!(limit_ns > 0)) continue;
            const double value_ns = orr_summary_stat(&r->latency.by_metric[metric], (orr_stat)stat);
            if (isnan(value_ns)) continue;      /* nothing to measure: no request decodes */
            all = orr_arena_printf(arena, "%s%s%s %s %s of %s (%.3g %%)", all ? all : "", all ? ", " : "", orr_stat_name((orr_stat)stat), orr_latency_metric_name((orr_latency_metric)metric),
                                   orr_ns_text(value_ns, arena), orr_ns_text(limit_ns, arena), value_ns / limit_ns * 100);
        }
    }
    return all;
}

static void say_margins(const orr_recommendation *recommendation, orr_arena *arena, sentences *out)
{
    const orr_run_result *r = &recommendation->winner;
    const char *margins = margins_text(&recommendation->winner_study->slo, r, arena);
    if (!margins) return;
    orr_vec_push(out, orr_arena_printf(arena, "Against the SLOs: %s; %s %s is the nearest to its limit.", margins, orr_stat_name(r->slo_worst_stat), orr_latency_metric_name(r->slo_worst_metric)));
}

static void say_refused(const orr_recommendation *recommendation, orr_arena *arena, sentences *out)
{
    const orr_run_result *r = &recommendation->winner;
    if (r->requests_rejected == 0) return;
    orr_vec_push(out, orr_arena_printf(arena, "%lld of the %lld requests are longer than the model's context or max_model_len, and are refused.", (long long)r->requests_rejected, (long long)r->requests_arrived));
}

/* The points that differ in domain `domain` alone; `below`: with fewer GPUs, the nearest. */
static const orr_candidate *next_smaller(const orr_search *search, size_t domain)
{
    const orr_candidate *winner = &search->candidates[0], *found = NULL;
    for (size_t i = 1; i < search->space.point_count; i++) {
        const orr_candidate *c = &search->candidates[i];
        bool same = c->gpus < winner->gpus && c->gpus > 0;
        for (size_t d = 0; same && d < search->space.domain_count; d++) if (d != domain && c->choice_index[d] != winner->choice_index[d]) same = false;
        if (same && (!found || c->gpus > found->gpus)) found = c;
    }
    return found;
}

static void say_smaller(const orr_search *search, orr_arena *arena, sentences *out)
{
    const size_t replicas = orr_space_find_domain(&search->space, "replicas");
    const orr_candidate *smaller = replicas == ORR_NO_DOMAIN ? NULL : next_smaller(search, replicas);
    if (smaller && smaller->verdict != ORR_VERDICT_FEASIBLE && smaller->verdict != ORR_VERDICT_UNKNOWN)
        orr_vec_push(out, orr_arena_printf(arena, "Fewer replicas will not do: with %lld, %s.", (long long)smaller->replicas, smaller->reason));

    const orr_candidate *winner = &search->candidates[0];
    size_t total = 0, by_verdict[ORR_VERDICT_COUNT_] = {0}, by_metric[ORR_METRIC_LATENCY_COUNT_] = {0};
    for (size_t i = 1; i < search->space.point_count; i++) {
        const orr_candidate *c = &search->candidates[i];
        if (c->gpus >= winner->gpus || c->verdict == ORR_VERDICT_INVALID || c->verdict == ORR_VERDICT_CONSTRAINED) continue;
        total++;
        by_verdict[c->verdict]++;
        if (c->verdict == ORR_VERDICT_MISSES_SLO) by_metric[c->result.slo_worst_metric]++;
    }
    if (total == 0 || by_verdict[ORR_VERDICT_FEASIBLE] + by_verdict[ORR_VERDICT_UNKNOWN] + by_verdict[ORR_VERDICT_BOUND_COST] > 0) return;
    const char *text = orr_arena_printf(arena, "None of the %s of fewer than %lld GPUs meets the SLOs:", count_text(total, "system", "systems", arena), (long long)winner->gpus);
    const char *separator = " ";
    const struct { size_t count; const char *one, *many; } parts[] = {
        {by_verdict[ORR_VERDICT_DOES_NOT_FIT], "does not fit in memory", "do not fit in memory"},
        {by_verdict[ORR_VERDICT_BOUND_CAPACITY], "can't carry the load even with perfect batching", "can't carry the load even with perfect batching"},
        {by_verdict[ORR_VERDICT_BOUND_LATENCY], "is too slow even when empty", "are too slow even when empty"},
        {by_verdict[ORR_VERDICT_UNSTABLE], "has a queue that grows", "have a queue that grows"},
        {by_metric[ORR_METRIC_TTFT], "misses TTFT", "miss TTFT"}, {by_metric[ORR_METRIC_TPOT], "misses TPOT", "miss TPOT"},
        {by_metric[ORR_METRIC_ITL], "misses ITL", "miss ITL"}, {by_metric[ORR_METRIC_E2EL], "misses E2EL", "miss E2EL"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].count == 0) continue;
        text = orr_arena_printf(arena, "%s%s%s", text, separator, count_text(parts[i].count, parts[i].one, parts[i].many, arena));
        separator = ", ";
    }
    orr_vec_push(out, orr_arena_printf(arena, "%s.", text));
}

/* A rival differs in more than the scheduler's limits. */
static bool is_rival(const orr_search *search, const orr_candidate *c)
{
    const size_t seqs = search->seqs_domain, tokens = search->tokens_domain;
    for (size_t d = 0; d < search->space.domain_count; d++) if (d != seqs && d != tokens && c->choice_index[d] != search->candidates[0].choice_index[d]) return true;
    return false;
}

static void say_rival(const orr_search *search, orr_arena *arena, sentences *out)
{
    const orr_candidate *winner = &search->candidates[0];
    for (size_t i = 1; i < search->space.point_count; i++) {
        const orr_candidate *c = &search->candidates[i];
        if (c->verdict != ORR_VERDICT_FEASIBLE && c->verdict != ORR_VERDICT_BOUND_COST) return;
        if (!is_rival(search, c)) continue;
        const bool bounded = c->verdict == ORR_VERDICT_BOUND_COST;
        const double value = bounded ? c->bound : c->objective, percent = (value / winner->objective - 1) * 100;
        const char *since;
        if (c->gpus != winner->gpus) since = orr_arena_printf(arena, "it runs %lld GPUs, not %lld", (long long)c->gpus, (long long)winner->gpus);
        else if (fabs(percent) <= 200 * ORR_TIE_SHARE && !bounded && winner->result.slo_worst_ratio > 0)
            since = orr_arena_printf(arena, "its %s %s takes %.3g %% of its limit, not %.3g %%", orr_stat_name(c->result.slo_worst_stat), orr_latency_metric_name(c->result.slo_worst_metric), c->result.slo_worst_ratio * 100,
                                     winner->result.slo_worst_ratio * 100);
        else if (bounded) since = "no outcome of its run could be better";
        else if (fabs(c->result.busy_share - winner->result.busy_share) < 0.005) since = orr_arena_printf(arena, "its mean TPOT is %s, not %s", orr_ns_text(orr_summary_stat(&c->result.latency.by_metric[ORR_METRIC_TPOT], ORR_STAT_MEAN), arena), orr_ns_text(orr_summary_stat(&winner->result.latency.by_metric[ORR_METRIC_TPOT], ORR_STAT_MEAN), arena));
        else since = orr_arena_printf(arena, "it keeps its GPUs busy %.0f %% of the time, not %.0f %%", c->result.busy_share * 100, winner->result.busy_share * 100);
        if (!bounded && fabs(percent) <= 100 * ORR_TIE_SHARE) {
            orr_vec_push(out, orr_arena_printf(arena, "The nearest rival, %s, has %s, which is a tie (within %.1f %%): it loses since %s.", c->label, orr_objective_text(search->objective, value, arena), 100 * ORR_TIE_SHARE, since));
            return;
        }
        orr_vec_push(out, orr_arena_printf(arena, "The nearest rival is %s: %s%s (%+.1f %%), since %s.", c->label, bounded ? "at best " : "", orr_objective_text(search->objective, value, arena), percent, since));
        return;
    }
}

static void say_coverage(const orr_search *search, const orr_recommendation *recommendation, orr_arena *arena, sentences *out)
{
    const size_t *n = recommendation->verdict_counts;
    size_t shared = 0, uncovered = 0;
    for (size_t i = 0; i < search->space.point_count; i++) {
        const orr_candidate *c = &search->candidates[i];
        shared += c->simulated && c->same_as != c->point;
        uncovered += c->verdict == ORR_VERDICT_BOUND_COST && !orr_pareto_covers(search, c->point);
    }
    orr_vec_push(out, orr_arena_printf(arena, "Of %s, %s decided themselves and %zu more; %zu can't be laid out, %zu do not fit, %s%zu are ruled out by bounds (latency %zu, capacity %zu, %zu can't win)%s%s.",
                                       count_text(search->space.point_count, "point", "points", arena), count_text(search->simulated, "run", "runs", arena), shared, n[ORR_VERDICT_INVALID], n[ORR_VERDICT_DOES_NOT_FIT],
                                       n[ORR_VERDICT_CONSTRAINED] > 0 ? orr_arena_printf(arena, "%zu are over a constraint, ", n[ORR_VERDICT_CONSTRAINED]) : "",
                                       n[ORR_VERDICT_BOUND_LATENCY] + n[ORR_VERDICT_BOUND_CAPACITY] + n[ORR_VERDICT_BOUND_COST], n[ORR_VERDICT_BOUND_LATENCY], n[ORR_VERDICT_BOUND_CAPACITY], n[ORR_VERDICT_BOUND_COST],
                                       n[ORR_VERDICT_REPEATS] > 0 ? orr_arena_printf(arena, "; %zu repeat another in all that matters there", n[ORR_VERDICT_REPEATS]) : "",
                                       n[ORR_VERDICT_UNKNOWN] > 0 ? orr_arena_printf(arena, "; %zu were not decided before the interruption", n[ORR_VERDICT_UNKNOWN])
                                       : uncovered > 0 ? orr_arena_printf(arena, "; %zu of these might still stand on the Pareto front", uncovered) : ""));
}

static const char *answer_without_winner(const orr_search *search, orr_arena *arena)
{
    const orr_candidate *first = &search->candidates[0];
    for (size_t i = 0; i < search->space.point_count && first->verdict == ORR_VERDICT_UNKNOWN; i++) first = &search->candidates[i];
    if (search->interrupted) return "Interrupted before any system was found to meet every SLO.";
    if (search->space.point_count == 1) return orr_arena_printf(arena, "The system is not feasible: %s.", first->reason);
    return orr_arena_printf(arena, "None of the %zu systems is feasible. The nearest is %s: %s.", search->space.point_count, first->label, first->reason);
}

void orr_recommendation_explain(const orr_search *search, orr_recommendation *recommendation)
{
    orr_arena *arena = search->arena;
    sentences why = {0};
    if (recommendation->winner_study) {
        const orr_candidate *winner = &search->candidates[0];
        const char *margins = margins_text(&recommendation->winner_study->slo, &recommendation->winner, arena);
        recommendation->answer = orr_arena_printf(arena, "%s%s on %lld GPU%s: %s%s%s.", search->interrupted ? "Best so far: " : "", winner->label, (long long)winner->gpus, winner->gpus == 1 ? "" : "s",
                                                  orr_objective_text(search->objective, winner->objective, arena), margins ? "; " : "", margins ? margins : "");
        say_binding(recommendation, arena, &why);
        say_margins(recommendation, arena, &why);
        say_refused(recommendation, arena, &why);
        say_smaller(search, arena, &why);
        say_rival(search, arena, &why);
    } else {
        recommendation->answer = answer_without_winner(search, arena);
    }
    say_coverage(search, recommendation, arena, &why);
    const char **kept = ORR_NEW_ARRAY(arena, const char *, why.count + 1);
    for (size_t i = 0; i < why.count; i++) kept[i] = why.items[i];
    recommendation->why = kept;
    recommendation->why_count = why.count;
    orr_vec_free(&why);
}
