/* Tiers of KV cache below the HBM, a row each. Nothing where there are none. */
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

void orr_text_put_tiers(const orr_run_result *run, orr_arena *a, orr_text *out)
{
    if (run->tier_count == 0) return;
    orr_grid *grid = orr_grid_begin(a, "lrrrrrrr", 0);
    ORR_GRID_ROW(grid, "KV tier", "stores", "hit tokens", "read", "written", "full", "links, read/write", "a read");
    for (int64_t i = 0; i < run->tier_count; i++) {
        const orr_tier_result *t = &run->tiers[i];
        ORR_GRID_ROW(grid, t->prefill || t->group ? orr_arena_printf(a, "%s (%s)", t->name, t->prefill ? "prefill" : t->group) : t->name, orr_figure_count(t->stores, a), orr_figure_count(t->hit_tokens, a), orr_unit_text(t->read_bytes, ORR_UNIT_BYTES, 3, a), orr_unit_text(t->written_bytes, ORR_UNIT_BYTES, 3, a),
            t->capacity_bytes > 0 ? orr_figure_percent(t->held_bytes / t->capacity_bytes, 0, a) : "-",
            orr_arena_printf(a, "%s / %s", orr_figure_percent(t->read_utilization, 0, a), orr_figure_percent(t->write_utilization, 0, a)), t->reads > 0 ? orr_figure_time(t->mean_read_ns, a) : "-");
    }
    orr_text_append(out, "\n");
    orr_grid_write(grid, out);
    orr_text_append(out, run->fetch_waits > 0 ? orr_arena_printf(a, "%s waited for what was fetched, %s in the mean.\n", orr_figure_plural(run->fetch_waits, "request", "requests", a), orr_figure_time(run->fetch_wait_mean_ns, a))
                                              : "No request waited for what was fetched.\n");
}
