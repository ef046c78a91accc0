/* The table of tenants, where traffic is a mix. */
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static const char *in_ms(const orr_summary *s, double ns, orr_arena *arena) { return s->count > 0 ? orr_figure_fixed(ns / 1e6, 1, arena) : "-"; }

static const char *verdict(const orr_tenant_result *t, orr_arena *arena)
{
    if (!(t->slo_worst_ratio > 0)) return "no limits";
    return orr_arena_printf(arena, "%s: %s %s at %s of its limit", t->slo_met ? "met" : "missed", orr_stat_key(t->slo_worst_stat), (const char *const[]){"TTFT", "TPOT", "ITL", "E2EL"}[t->slo_worst_metric],
                            orr_figure_percent(t->slo_worst_ratio, 0, arena));
}

void orr_text_put_tenants(const orr_run_result *run, orr_arena *arena, orr_text *out)
{
    if (run->tenant_count == 0) return;
    orr_grid *grid = orr_grid_begin(arena, "lrrrrrrrrl", 0);
    ORR_GRID_ROW(grid, "Tenant", "priority", "requests/s", "goodput", "TTFT p50", "p99", "TPOT p50", "p99", "E2EL p99", "SLO");
    orr_grid_rule(grid);
    for (int64_t i = 0; i < run->tenant_count; i++) {
        const orr_tenant_result *t = &run->tenants[i];
        const orr_summary *ttft = &t->by_metric[ORR_METRIC_TTFT], *tpot = &t->by_metric[ORR_METRIC_TPOT], *e2el = &t->by_metric[ORR_METRIC_E2EL];
        ORR_GRID_ROW(grid, t->name, orr_arena_printf(arena, "%lld", (long long)t->priority), orr_figure_number(t->request_throughput_per_s, 3, arena),
                     t->slo_worst_ratio > 0 ? orr_figure_number(t->goodput_per_s, 3, arena) : "-", in_ms(ttft, ttft->p50, arena), in_ms(ttft, ttft->p99, arena), in_ms(tpot, tpot->p50, arena), in_ms(tpot, tpot->p99, arena),
                     in_ms(e2el, e2el->p99, arena), verdict(t, arena));
    }
    orr_text_append(out, "\n");
    orr_grid_write(grid, out);
}
