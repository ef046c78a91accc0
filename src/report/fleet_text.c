/* A fleet that changes, in rows of the run's figures. Nothing where it does not. */
#include "report/figure.h"
#include "report/texts.h"

void orr_text_put_fleet(const orr_run_result *run, orr_arena *a, orr_grid *grid)
{
    const orr_fleet_result *f = &run->fleet;
    if (!f->changes) return;
    ORR_GRID_ROW(grid, "Fleet", orr_arena_printf(a, "%s replicas in the mean, %s at most; %s replica-hours; replicas available %s%s", orr_figure_number(f->mean_replicas, 3, a), orr_figure_count(f->peak_replicas, a),
                                                 orr_figure_number(f->replica_hours, 3, a), orr_figure_percent(f->availability, 2, a),
                                                 f->nobody_up_s > 0 ? orr_arena_printf(a, "; nobody up for %s, %s waited", orr_figure_time(f->nobody_up_s * 1e9, a), orr_figure_plural(f->waited, "request", "requests", a)) : ""));
    if (f->started + f->stopped > 0) ORR_GRID_ROW(grid, "  scaling", orr_arena_printf(a, "%s started, %s taken away", orr_figure_plural(f->started, "replica", "replicas", a), orr_figure_count(f->stopped, a)));
    if (f->failures > 0 || f->redelivered > 0 || run->requests_lost > 0)
        ORR_GRID_ROW(grid, "  failures", orr_arena_printf(a, "%s; %s sent again, %s lost; %s tokens of context computed in vain", orr_figure_count(f->failures, a), orr_figure_plural(f->redelivered, "request", "requests", a),
                                                          orr_figure_count(run->requests_lost, a), orr_figure_count(f->lost_tokens, a)));
}
