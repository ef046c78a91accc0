/* The tables of `orrery recommend`: the answer, why, the best systems, and what stopped the others. */
#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/rivals_report.h"
#include "report/texts.h"

/* How many candidates of worse rank share the run of candidate `index`; -1: one of better rank does. */
static int64_t count_alike(const orr_recommendation *r, size_t index)
{
    int64_t alike = 0;
    for (size_t i = 0; i < r->candidate_count && r->candidates[i].verdict == ORR_VERDICT_FEASIBLE; i++) {
        if (i == index || r->candidates[i].same_as != r->candidates[index].same_as) continue;
        if (i < index) return -1;
        alike++;
    }
    return alike;
}

static void put_top(const orr_recommendation *r, size_t top, orr_arena *arena, orr_text *out)
{
    orr_grid *grid = orr_grid_begin(arena, "rlrrrrrrrl", 0);
    ORR_GRID_ROW(grid, "#", "system", "GPUs", orr_objective_heading(r->objective), "p99 TTFT", "p99 TPOT", "tok/s/user", "tok/s/GPU", "SLO use", "");
    orr_grid_rule(grid);
    size_t listed = 0;
    for (size_t i = 0; i < r->candidate_count && listed < top; i++) {
        const orr_candidate *c = &r->candidates[i];
        if (c->verdict != ORR_VERDICT_FEASIBLE) break;
        const int64_t alike = count_alike(r, i);
        if (alike < 0) continue;
        const orr_run_result *run = &c->result;
        ORR_GRID_ROW(grid, orr_figure_count((int64_t)i + 1, arena), c->label, orr_figure_count(c->gpus, arena), orr_figure_objective(r->objective, c->objective, arena), orr_figure_time(run->latency.by_metric[ORR_METRIC_TTFT].p99, arena),
                     orr_figure_time(run->latency.by_metric[ORR_METRIC_TPOT].p99, arena), orr_figure_number(c->tokens_per_s_per_user, 3, arena), orr_figure_number(c->tokens_per_s_per_gpu, 3, arena),
                     run->slo_worst_ratio > 0 ? orr_figure_percent(run->slo_worst_ratio, 1, arena) : "", orr_arena_printf(arena, "%s%s", c->on_pareto_front ? "front" : "", alike > 0 ? orr_arena_printf(arena, "%s+ %s alike", c->on_pareto_front ? ", " : "", orr_figure_count(alike, arena)) : ""));
        listed++;
    }
    if (listed > 0) orr_grid_write(grid, out);
}

/* The first of each verdict that is not feasible, in rank order: how near the losers came, and what stopped them. */
static void put_losers(const orr_recommendation *r, orr_arena *arena, orr_text *out)
{
    bool seen[ORR_VERDICT_COUNT_] = {false};
    orr_text_append(out, "Verdicts, and of each the nearest system with what stopped it\n");
    if (r->verdict_counts[ORR_VERDICT_FEASIBLE] > 0) orr_text_printf(out, "  %8s  %s\n", orr_figure_count((int64_t)r->verdict_counts[ORR_VERDICT_FEASIBLE], arena), orr_verdict_name(ORR_VERDICT_FEASIBLE));
    for (size_t i = 0; i < r->candidate_count; i++) {
        const orr_candidate *c = &r->candidates[i];
        if (c->verdict == ORR_VERDICT_FEASIBLE || seen[c->verdict]) continue;
        seen[c->verdict] = true;
        orr_text_printf(out, "  %8s  %s\n            ", orr_figure_count((int64_t)r->verdict_counts[c->verdict], arena), orr_verdict_name(c->verdict));
        orr_text_wrap(c->reason ? orr_arena_printf(arena, "%s: %s", c->label, c->reason) : c->label, 12, ORR_TEXT_COLUMNS, out);
    }
}

void orr_recommend_write_text(const orr_report *report, size_t top, bool formulas, orr_arena *arena, orr_text *out)
{
    const orr_recommendation *r = report->recommendation;
    orr_text_put_head(report, out);
    if (report->why_count > 0) {
        orr_text_append(out, "\nWhy\n");
        orr_text_put_why(report, 0, out);
    }
    if (r->verdict_counts[ORR_VERDICT_FEASIBLE] > 0) {
        orr_text_append(out, "\n");
        put_top(r, top > 0 ? top : 10, arena, out);
        if (r->rivals) orr_text_append(out, "\n");
        orr_rivals_write_text(r->rivals, r->objective, arena, out);
    }
    orr_text_append(out, "\n");
    put_losers(r, arena, out);
    if (report->run && report->study) {
        orr_text_append(out, "\nThe winner, all requests\n");
        orr_text_put_run(report->study, report->run, report->intervals, arena, out);
    }
    if (formulas) orr_text_put_formulas(arena, out);
}
