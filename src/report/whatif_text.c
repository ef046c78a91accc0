/* The answer of `orrery whatif` on a terminal: the sentence, both sides beside each other, why, how sure. */
#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

static const char *change(double before, double after, orr_arena *arena)
{
    if (!(before > 0) || !isfinite(after)) return "";
    return orr_arena_printf(arena, "%+.1f %%", 100 * (after / before - 1));
}

typedef struct line { const char *name; double before, after; const char *(*text)(double value, orr_arena *arena); } line;

static const char *number(double value, orr_arena *arena) { return orr_figure_number(value, 3, arena); }
static const char *whole(double value, orr_arena *arena) { return orr_figure_count((int64_t)value, arena); }
static const char *watts(double value, orr_arena *arena) { return orr_unit_text(value, ORR_UNIT_W, 4, arena); }
static const char *joules(double value, orr_arena *arena) { return orr_arena_printf(arena, "%s J", orr_figure_number(value, 3, arena)); }

static void put_sides(const orr_whatif *w, orr_arena *arena, orr_text *out)
{
    const orr_recommendation *a = w->before.search, *b = w->after.search;
    const orr_run_result *ra = &a->winner, *rb = &b->winner;
    const orr_chip *ca = &a->winner_study->hardware.chip, *cb = &b->winner_study->hardware.chip;
    const orr_traffic *ta = &a->winner_study->traffic, *tb = &b->winner_study->traffic;
#define STAT(metric, stat) orr_summary_stat(&ra->latency.by_metric[metric], stat), orr_summary_stat(&rb->latency.by_metric[metric], stat), orr_figure_time
    const line lines[] = {
        {"requests in flight", (double)ta->concurrency, (double)tb->concurrency, whole},
        {"output tok/s/GPU", ra->output_tokens_per_s_per_gpu, rb->output_tokens_per_s_per_gpu, number},
        {"p50 TPOT", STAT(ORR_METRIC_TPOT, ORR_STAT_P50)}, {"p99 TPOT", STAT(ORR_METRIC_TPOT, ORR_STAT_P99)},
        {"p50 TTFT", STAT(ORR_METRIC_TTFT, ORR_STAT_P50)}, {"p99 TTFT", STAT(ORR_METRIC_TTFT, ORR_STAT_P99)},
        {"output tok/s/MW", ra->output_tokens_per_s_per_mw, rb->output_tokens_per_s_per_mw, number},
        {"$/Mtok output", ra->usd_per_mtok_output, rb->usd_per_mtok_output, orr_figure_usd}, {"J/output token", ra->joules_per_output_token, rb->joules_per_output_token, joules},
        {"TDP of a chip", ca->tdp_w, cb->tdp_w, watts}, {"dies of a chip, mm2", ca->silicon_mm2, cb->silicon_mm2, number}, {"cost to make a chip", ca->silicon_usd, cb->silicon_usd, orr_figure_usd},
    };
#undef STAT
    orr_grid *grid = orr_grid_begin(arena, "lrrr", 0);
    ORR_GRID_ROW(grid, "", "as it is", "changed", "");
    orr_grid_rule(grid);
    ORR_GRID_ROW(grid, "system", orr_system_label(a->winner_study, ra->replicas, arena), orr_system_label(b->winner_study, rb->replicas, arena), "");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const line *l = &lines[i];
        if (!(l->before > 0) && !(l->after > 0)) continue;
        ORR_GRID_ROW(grid, l->name, l->before > 0 ? l->text(l->before, arena) : "-", l->after > 0 ? l->text(l->after, arena) : "-", change(l->before, l->after, arena));
    }
    orr_grid_write(grid, out);
}

static void put_sure(const orr_whatif *w, orr_arena *arena, orr_text *out)
{
    const orr_run_intervals *a = &w->before.search->intervals, *b = &w->after.search->intervals;
    const orr_interval *t = &b->by[ORR_INTERVAL_THROUGHPUT], *p = &b->by[ORR_INTERVAL_TPOT];
    orr_text_wrap(orr_arena_printf(arena, "How sure: as it is %s, changed %s. Nine times of ten the changed system's throughput lies within %+.0f %% and %+.0f %% of this, its TPOT within %+.0f %% and %+.0f %%; of the gain, what both sides have in common cancels.",
                                   orr_grade_name(a->grade), orr_grade_name(b->grade), 100 * (t->low_ninety - 1), 100 * (t->high_ninety - 1), 100 * (p->low_ninety - 1), 100 * (p->high_ninety - 1)), 0, ORR_TEXT_COLUMNS, out);
}

void orr_whatif_write_text(const orr_whatif *w, orr_arena *arena, orr_text *out)
{
    orr_text_wrap(w->answer, 0, ORR_TEXT_COLUMNS, out);
    if (!w->compared) return;
    orr_text_append(out, "\n");
    put_sides(w, arena, out);
    orr_text_append(out, "\n");
    for (size_t i = 0; i < w->why_count; i++) orr_text_wrap(w->why[i], 2, ORR_TEXT_COLUMNS, out);
    orr_text_append(out, "\n");
    put_sure(w, arena, out);
}
