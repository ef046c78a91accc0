#include "report/rivals_report.h"

#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

static const char *value_text(double value, orr_arena *arena) { return orr_figure_number(value, 4, arena); }

static const char *seeds_text(const orr_rivals *r, orr_arena *arena) { return orr_figure_plural(r->seed_count, "seed", "seeds", arena); }

/* "+0.022 ± 0.051" */
static const char *difference_text(const orr_rival *r, orr_arena *arena)
{
    if (isnan(r->difference)) return "-";
    const char *text = r->half > 0 ? orr_figure_plus_minus(r->difference, r->half, arena) : value_text(r->difference, arena);
    return orr_arena_printf(arena, "%s%s", r->difference > 0 ? "+" : "", text);
}

static const char *told_text(orr_told told)
{
    static const char *const words[] = {[ORR_TOLD_UNKNOWN] = "not known", [ORR_TOLD_EQUAL] = "the same", [ORR_TOLD_NO] = "not distinguishable", [ORR_TOLD_WORSE] = "worse", [ORR_TOLD_BETTER] = "better"};
    return words[told];
}

/* "2", "2 and 3" of those that are told so; NULL: none. */
static const char *ranks_of(const orr_rivals *r, orr_told told, size_t *found, orr_arena *arena)
{
    const char *all = NULL;
    size_t total = 0;
    *found = 0;
    for (size_t i = 1; i < r->count; i++) total += r->items[i].told == told;
    for (size_t i = 1; i < r->count; i++) {
        if (r->items[i].told != told) continue;
        (*found)++;
        all = all ? orr_arena_printf(arena, "%s%s%zu", all, *found == total ? " and " : ", ", r->items[i].rank) : orr_arena_printf(arena, "%zu", r->items[i].rank);
    }
    return all;
}

/* The largest |difference| / mean of the best, of rivals that chance does not hide; 0: none. */
static double widest_told(const orr_rivals *r)
{
    double widest = 0;
    for (size_t i = 1; i < r->count; i++)
        if ((r->items[i].told == ORR_TOLD_WORSE || r->items[i].told == ORR_TOLD_BETTER) && fabs(r->items[i].difference / r->items[0].mean) > widest) widest = fabs(r->items[i].difference / r->items[0].mean);
    return widest;
}

static const char *model_text(const orr_rivals *r, orr_arena *arena)
{
    if (!r->has_model) return "";
    const double low = 1 - r->model.low_ninety, high = r->model.high_ninety - 1, widest = widest_told(r);
    const char *error = orr_arena_printf(arena, "The model's own error, -%.0f to +%.0f %% of the best's throughput nine times of ten,", 100 * low, 100 * high);
    if (low < 0.005 && high < 0.005) return "";
    const bool larger = widest > 0 && widest < (low < high ? low : high);
    return orr_arena_printf(arena, " %s %s; what the systems have in common cancels of it.", error, larger ? "is larger than these differences" : "comes on top");
}

const char *orr_rivals_sentence(const orr_rivals *r, orr_objective objective, orr_arena *arena)
{
    const orr_rival *best = &r->items[0];
    const char *text = "";
    size_t count;
    static const orr_told in_turn[] = {ORR_TOLD_EQUAL, ORR_TOLD_NO, ORR_TOLD_WORSE, ORR_TOLD_BETTER, ORR_TOLD_UNKNOWN};
    for (size_t t = 0; t < sizeof in_turn / sizeof *in_turn; t++) {
        const char *ranks = ranks_of(r, in_turn[t], &count, arena), *gap = *text ? " " : "";
        if (!ranks) continue;
        const orr_rival *first = NULL;
        for (size_t i = 1; i < r->count && !first; i++) if (r->items[i].told == in_turn[t]) first = &r->items[i];
        const char *figures = orr_arena_printf(arena, "%s against %s, a difference of %s%s", value_text(best->mean, arena), orr_objective_text(objective, first->mean, arena), difference_text(first, arena), count > 1 ? orr_arena_printf(arena, " (%zu)", first->rank) : "");
        const char *are = count > 1 ? orr_arena_printf(arena, "%zu is not distinguishable from %s", best->rank, ranks) : orr_arena_printf(arena, "%zu and %s are not distinguishable", best->rank, ranks);
        switch (in_turn[t]) {
        case ORR_TOLD_EQUAL: text = orr_arena_printf(arena, "%s%s%s: they come out the same under every seed.", text, gap, are); break;
        case ORR_TOLD_NO: text = orr_arena_printf(arena, "%s%s%s: %s.", text, gap, are, figures); break;
        case ORR_TOLD_WORSE: text = orr_arena_printf(arena, "%s%s%zu is better than %s: %s.", text, gap, best->rank, ranks, figures); break;
        case ORR_TOLD_BETTER: text = orr_arena_printf(arena, "%s%s%s %s better than %zu under these seeds: %s.", text, gap, ranks, count > 1 ? "are" : "is", best->rank, figures); break;
        case ORR_TOLD_UNKNOWN: text = orr_arena_printf(arena, "%s%sOf %s nothing can be said: fewer than two seeds under which both ran to their end.", text, gap, ranks); break;
        }
    }
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].keeps < r->items[i].runs) text = orr_arena_printf(arena, "%s %zu keeps the SLOs under %lld of %s.", text, r->items[i].rank, (long long)r->items[i].keeps, seeds_text(r, arena));
    return orr_arena_printf(arena, "%s%s", text, model_text(r, arena));
}

void orr_rivals_write_text(const orr_rivals *r, orr_objective objective, orr_arena *arena, orr_text *out)
{
    if (r == NULL) return;
    orr_text_printf(out, "The best again, under %s %s that chose none of them, the same for all; 90 %% intervals of the difference%s\n", orr_figure_count(r->seed_count, arena), r->seed_count == 1 ? "seed" : "seeds",
                    r->nothing_varies ? ". Nothing in this study is drawn at random" : "");
    orr_grid *grid = orr_grid_begin(arena, "rlrrlr", 0);
    ORR_GRID_ROW(grid, "#", "system", orr_objective_heading(objective), orr_arena_printf(arena, "from %zu", r->items[0].rank), "", "keeps the SLOs");
    orr_grid_rule(grid);
    for (size_t i = 0; i < r->count; i++) {
        const orr_rival *own = &r->items[i];
        ORR_GRID_ROW(grid, orr_figure_count((int64_t)own->rank, arena), own->label, isnan(own->mean) ? "-" : value_text(own->mean, arena), i == 0 ? "" : difference_text(own, arena), i == 0 ? "" : told_text(own->told),
                     orr_arena_printf(arena, "%lld of %lld", (long long)own->keeps, (long long)r->seed_count));
    }
    orr_grid_write(grid, out);
    orr_text_wrap(orr_arena_printf(arena, "Over %s: %s", seeds_text(r, arena), orr_rivals_sentence(r, objective, arena)), 0, ORR_TEXT_COLUMNS, out);
}

void orr_rivals_put_json(orr_json *json, const orr_rivals *r, orr_objective objective, orr_arena *arena)
{
    if (r == NULL) return;
    orr_json_key(json, "rivals");
    orr_json_object(json);
    orr_json_put_double(json, "confidence", 0.9);
    orr_json_put_string(json, "answer", orr_rivals_sentence(r, objective, arena));
    orr_json_key(json, "seeds");
    orr_json_array(json);
    for (int64_t i = 0; i < r->seed_count; i++) orr_json_int(json, (int64_t)r->seeds[i]);
    orr_json_array_end(json);
    if (r->has_model) {
        orr_json_put_double(json, "throughput_low_90", r->model.low_ninety);
        orr_json_put_double(json, "throughput_high_90", r->model.high_ninety);
    }
    orr_json_key(json, "systems");
    orr_json_array(json);
    for (size_t i = 0; i < r->count; i++) {
        const orr_rival *own = &r->items[i];
        orr_json_object(json);
        orr_json_put_int(json, "rank", (int64_t)own->rank);
        orr_json_put_string(json, "label", own->label);
        orr_json_put_int(json, "runs", own->runs);
        orr_json_put_int(json, "keeps_slo", own->keeps);
        orr_json_put_double(json, "mean", own->mean);
        if (i > 0) {
            orr_json_put_double(json, "difference", own->difference);
            orr_json_put_double(json, "low", own->difference - own->half);
            orr_json_put_double(json, "high", own->difference + own->half);
            orr_json_put_string(json, "told_apart", orr_told_key(own->told));
        }
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
}
