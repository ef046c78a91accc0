/* A sweep on a terminal: how many of what, the best of them estimated and simulated, what moves the objective. */
#include <math.h>
#include "base/math.h"
#include "lab/label.h"
#include "lab/space.h"
#include "report/contours_report.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/rivals_report.h"
#include "report/sweep_report.h"
#include "report/texts.h"

const char *orr_sweep_label(const orr_sweep *sweep, size_t point, orr_arena *arena)
{
    const orr_space space = {.domains = sweep->file->domains, .domain_count = sweep->file->domain_count};
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, space.domain_count + 1);
    orr_sweep_choices(sweep->file, sweep->points[point].number, choices);
    return orr_label_of_point(&space, choices, arena);
}

static const char *count_of(double count, orr_arena *arena) { return count < 1e15 ? orr_figure_count((int64_t)count, arena) : orr_arena_printf(arena, "%.3g", count); }
static const char *known(double value, const char *text) { return isnan(value) ? "-" : text; }

const char *orr_sweep_answer_text(const orr_sweep *sweep, orr_arena *arena)
{
    const bool all = (double)sweep->point_count >= sweep->point_total;
    const char *space = all ? orr_arena_printf(arena, "all %s systems", count_of(sweep->point_total, arena)) : orr_arena_printf(arena, "%s of %s systems, %s,", orr_figure_count((int64_t)sweep->point_count, arena), count_of(sweep->point_total, arena),
                                                                                                                                           sweep->generations > 0 ? orr_arena_printf(arena, "bred in %zu generations", sweep->generations) : "spread evenly");
    const orr_finalist *best = sweep->finalist_count > 0 && sweep->finalists[0].keeps ? &sweep->finalists[0] : NULL;
    if (best) return orr_arena_printf(arena, "Of %s the best is %s: %s, simulated; %s in closed form.", space, orr_sweep_label(sweep, best->point, arena), orr_objective_text(sweep->objective, best->objective, arena), orr_objective_text(sweep->objective, sweep->points[best->point].objective, arena));
    if (sweep->ordered > 0 && sweep->finalist_count == 0) return orr_arena_printf(arena, "Of %s the best in closed form is %s: %s. Nothing was simulated.", space, orr_sweep_label(sweep, sweep->order[0], arena), orr_objective_text(sweep->objective, sweep->points[sweep->order[0]].objective, arena));
    return orr_arena_printf(arena, "Of %s none was found that keeps the SLOs.", space);
}

static void put_row(orr_grid *grid, const orr_sweep *sweep, size_t rank, size_t point, const orr_finalist *f, orr_arena *arena)
{
    const orr_sweep_point *p = &sweep->points[point];
    const orr_summary *ttft = f && f->ran ? &f->run.latency.by_metric[ORR_METRIC_TTFT] : NULL, *tpot = f && f->ran ? &f->run.latency.by_metric[ORR_METRIC_TPOT] : NULL;
    const char *simulated = !f ? "-" : !f->ran ? "did not run" : orr_figure_number(f->objective, 4, arena);
    ORR_GRID_ROW(grid, orr_figure_count((int64_t)rank, arena), orr_sweep_label(sweep, point, arena), orr_figure_count(p->gpus, arena), known(p->objective, orr_figure_number(p->objective, 4, arena)), simulated,
                 ttft ? orr_figure_time(ttft->p99, arena) : orr_figure_time(p->ttft_p99_ns, arena), tpot ? orr_figure_time(tpot->p99, arena) : orr_figure_time(p->tpot_p99_ns, arena),
                 !(p->slo_ratio > 0) ? "-" : !f || !f->ran ? orr_figure_percent(p->slo_ratio, 1, arena) : f->run.unstable ? "unstable" : orr_figure_percent(f->run.slo_worst_ratio, 1, arena));
}

static bool among_finalists(const orr_sweep *sweep, size_t point)
{
    for (size_t i = 0; i < sweep->finalist_count; i++) if (sweep->finalists[i].point == point) return true;
    return false;
}

static void put_best(const orr_sweep *sweep, size_t top, orr_arena *arena, orr_text *out)
{
    orr_grid *grid = orr_grid_begin(arena, "rlrrrrrr", 0);
    ORR_GRID_ROW(grid, "#", "system", "GPUs", "closed form", "simulated", "p99 TTFT", "p99 TPOT", "SLO use");
    orr_grid_rule(grid);
    size_t rank = 0;
    for (size_t i = 0; i < sweep->finalist_count && rank < top; i++) put_row(grid, sweep, ++rank, sweep->finalists[i].point, &sweep->finalists[i], arena);
    for (size_t i = 0; i < sweep->ordered && rank < top; i++) if (!among_finalists(sweep, sweep->order[i])) put_row(grid, sweep, ++rank, sweep->order[i], NULL, arena);
    orr_grid_write(grid, out);
    orr_text_append(out, "\n");
}

static void put_counts(const orr_sweep *sweep, orr_arena *arena, orr_text *out)
{
    const size_t *n = sweep->counts;
    orr_text line = {0};
    orr_text_printf(&line, "In closed form %s keep the SLOs, %s miss them, %s are overloaded, %s do not fit in memory, ", orr_figure_count((int64_t)n[ORR_SWEEP_KEEPS], arena), orr_figure_count((int64_t)n[ORR_SWEEP_MISSES], arena),
                    orr_figure_count((int64_t)n[ORR_SWEEP_OVERLOADED], arena), orr_figure_count((int64_t)n[ORR_SWEEP_DOES_NOT_FIT], arena));
    if (n[ORR_SWEEP_CONSTRAINED] > 0) orr_text_printf(&line, "%s are over a constraint, ", orr_figure_count((int64_t)n[ORR_SWEEP_CONSTRAINED], arena));
    orr_text_printf(&line, "%s can't be built%s%s.", orr_figure_count((int64_t)n[ORR_SWEEP_IMPOSSIBLE], arena), sweep->why_impossible ? ": of the first, " : "", sweep->why_impossible ? sweep->why_impossible : "");
    if (!isnan(sweep->most_off)) {
        orr_text_printf(&line, " Of %s simulated the closed form was off by %s at most", orr_figure_plural((int64_t)sweep->finalist_count, "system", "systems", arena), orr_figure_percent(orr_exp(sweep->most_off) - 1, 1, arena));
        if (sweep->unseen > 0) orr_text_printf(&line, "; if it is as far off elsewhere, %s that %s not simulated could be better (--finalists %zu looks at them)", orr_figure_plural((int64_t)sweep->unseen, "system", "systems", arena),
                                               sweep->unseen == 1 ? "was" : "were", sweep->finalist_count + sweep->unseen);
        else orr_text_printf(&line, "; if it is as far off elsewhere, nothing that was not simulated could be better");
        orr_text_append(&line, ".");
    }
    orr_text_wrap(line.bytes, 0, ORR_TEXT_COLUMNS, out);
    orr_text_append(out, "\n");
    orr_text_free(&line);
}

static const char *profile_of(const orr_sweep *sweep, const orr_effect *e, orr_arena *arena)
{
    enum { SHOWN = 6 };
    const orr_domain *domain = NULL;
    for (size_t d = 0; d < sweep->file->domain_count; d++) if (orr_text_equal(sweep->file->domains[d].path, e->path)) domain = &sweep->file->domains[d];
    const char *text = "";
    for (size_t i = 0; domain && i < SHOWN && i < domain->choice_count; i++) {
        const size_t c = domain->choice_count <= SHOWN ? i : i * (domain->choice_count - 1) / (SHOWN - 1);      /* first and last always */
        text = orr_arena_printf(arena, "%s%s%s: %s", text, i > 0 ? ", " : "", domain->choices[c], isnan(e->best[c]) ? "-" : orr_figure_number(e->best[c], 4, arena));
    }
    return text;
}

static void put_effects(const orr_sweep *sweep, orr_arena *arena, orr_text *out)
{
    if (sweep->effect_count == 0 || sweep->ordered < 2) return;
    const bool all = (double)sweep->point_count >= sweep->point_total;
    orr_text_printf(out, "What moves %s, in closed form, among systems that keep the SLOs\n", orr_objective_title(sweep->objective));
    orr_grid *grid = orr_grid_begin(arena, "lrrll", 0);
    ORR_GRID_ROW(grid, "domain", "first order", "total", all || sweep->generations > 0 ? "alone, from the best system" : "", "the best with each choice");
    orr_grid_rule(grid);
    for (size_t i = 0; i < sweep->effect_count; i++) {
        const orr_effect *e = &sweep->effects[i];
        const char *alone = !e->low ? "" : orr_text_equal(e->low, e->high) ? "no other choice keeps the SLOs"
                                         : orr_arena_printf(arena, "%s (%s) to %s (%s)", orr_figure_number(e->least, 4, arena), e->low, orr_figure_number(e->most, 4, arena), e->high);
        ORR_GRID_ROW(grid, e->path, known(e->first, orr_figure_percent(e->first, 1, arena)), known(e->total, orr_figure_percent(e->total, 1, arena)), alone, profile_of(sweep, e, arena));
    }
    orr_grid_write(grid, out);
}

/* Of the front so many, spread over it. */
static void put_front(const orr_sweep *sweep, size_t top, orr_arena *arena, orr_text *out)
{
    const size_t shown = sweep->front_count < top ? sweep->front_count : top;
    if (sweep->search.against_count == 0 || shown == 0) return;
    orr_text_printf(out, "The front, in closed form: %s of which none is better than another in all of", orr_figure_plural((int64_t)sweep->front_count, "system", "systems", arena));
    orr_text_printf(out, " %s", orr_objective_title(sweep->objective));
    for (int i = 0; i < sweep->search.against_count; i++) orr_text_printf(out, ", %s", orr_yardstick_key(sweep->search.against[i]));
    orr_text_append(out, "\n");
    orr_grid *grid = orr_grid_begin(arena, "lrrrrrrrr", 0);
    ORR_GRID_ROW(grid, "system", "GPUs", "objective", "TPOT", "TTFT", "tok/s/GPU", "$/Mtok", "J/token", "tok/s/MW");
    orr_grid_rule(grid);
    for (size_t i = 0; i < shown; i++) {
        const size_t point = sweep->front[shown > 1 ? i * (sweep->front_count - 1) / (shown - 1) : 0];
        const orr_sweep_point *p = &sweep->points[point];
        ORR_GRID_ROW(grid, orr_sweep_label(sweep, point, arena), orr_figure_count(p->gpus, arena), known(p->objective, orr_figure_number(p->objective, 4, arena)), orr_figure_time(p->tpot_ns, arena), orr_figure_time(p->ttft_ns, arena),
                     orr_figure_number(p->output_tokens_per_s / (double)p->gpus, 4, arena), known(p->usd_per_mtok, orr_figure_usd(p->usd_per_mtok, arena)), known(p->joules_per_token, orr_figure_number(p->joules_per_token, 3, arena)),
                     known(p->output_tokens_per_s_per_mw, orr_figure_number(p->output_tokens_per_s_per_mw, 4, arena)));
    }
    orr_grid_write(grid, out);
    orr_text_append(out, "\n");
}

void orr_sweep_write_text(const orr_sweep *sweep, size_t top, orr_arena *arena, orr_text *out)
{
    if (sweep->shard_count > 0) {
        orr_text_printf(out, "Shard %zu of %zu: %s of %s points are estimated and kept. `orrery merge` puts shards together.\n", sweep->shard, sweep->shard_count,
                        orr_figure_count((int64_t)(sweep->point_count - sweep->counts[ORR_SWEEP_UNKNOWN]), arena), orr_figure_count((int64_t)sweep->point_count, arena));
        return;
    }
    orr_text_wrap(orr_sweep_answer_text(sweep, arena), 0, ORR_TEXT_COLUMNS, out);
    orr_text_append(out, "\n");
    put_best(sweep, top, arena, out);
    if (sweep->rivals) orr_rivals_write_text(sweep->rivals, sweep->objective, arena, out);
    if (sweep->rivals) orr_text_append(out, "\n");
    put_front(sweep, top, arena, out);
    put_counts(sweep, arena, out);
    put_effects(sweep, arena, out);
    orr_contours_write_text(sweep, arena, out);
}
