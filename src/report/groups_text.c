/* The table of groups of replicas, where a fleet is of several kinds. */
#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static const char *in_ms(const orr_summary *s, double ns, orr_arena *arena) { return s->count > 0 ? orr_figure_fixed(ns / 1e6, 1, arena) : "-"; }

void orr_text_put_groups(const orr_run_result *run, orr_arena *arena, orr_text *out)
{
    if (run->group_count == 0) return;
    orr_grid *grid = orr_grid_begin(arena, "lrrrrrrrrrrrr", 0);
    ORR_GRID_ROW(grid, "Group", "GPUs", "requests/s", "tok/s/GPU", "TTFT p50", "p99", "TPOT p50", "p99", "SLO kept", "batch", "DRAM", "KV", "$/Mtok");
    orr_grid_rule(grid);
    for (int g = 0; g < run->group_count; g++) {
        const orr_group_result *of = &run->groups[g];
        const orr_summary *ttft = &of->by_metric[ORR_METRIC_TTFT], *tpot = &of->by_metric[ORR_METRIC_TPOT];
        ORR_GRID_ROW(grid, of->name, orr_figure_count(of->gpus, arena), orr_figure_number(of->request_throughput_per_s, 3, arena), orr_figure_number(of->output_tokens_per_s_per_gpu, 3, arena), in_ms(ttft, ttft->p50, arena),
                     in_ms(ttft, ttft->p99, arena), in_ms(tpot, tpot->p50, arena), in_ms(tpot, tpot->p99, arena), run->slo_worst_ratio > 0 ? orr_figure_percent(of->slo_attainment, 1, arena) : "-", orr_figure_number(of->mean_batch, 3, arena),
                     orr_figure_percent(of->memory_utilization, 0, arena), orr_figure_percent(of->kv_usage_mean, 0, arena), isnan(of->usd_per_mtok_output) ? "-" : orr_figure_usd(of->usd_per_mtok_output, arena));
    }
    orr_text_append(out, "\n");
    orr_grid_write(grid, out);
}
