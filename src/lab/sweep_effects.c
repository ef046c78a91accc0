/* What moves the objective of a swept space: the indices and the tornado that sweep.h defines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "lab/sweep_internal.h"

typedef struct moments { double count, sum, squares; } moments;
static void add(moments *m, double y) { m->count++; m->sum += y; m->squares += y * y; }
/* Sum of squared distances from the mean. */
static double scatter(const moments *m) { return m->count > 0 ? orr_max(m->squares - m->sum * m->sum / m->count, 0) : 0; }

static double stride_of(const orr_study_file *file, size_t domain)
{
    double stride = 1;
    for (size_t i = domain + 1; i < file->domain_count; i++) stride *= (double)file->domains[i].choice_count;
    return stride;
}

static size_t choice_of(const orr_study_file *file, uint64_t number, size_t domain) { return (size_t)((number / (uint64_t)stride_of(file, domain)) % file->domains[domain].choice_count); }

/* Shares of variance, y about `middle` so that squares lose nothing. */
static void find_indices(const orr_sweep *sweep, size_t domain, double middle, orr_effect *effect)
{
    const orr_study_file *file = sweep->file;
    const size_t choices = file->domains[domain].choice_count;
    moments all = {0}, *by_choice = orr_mem_resize(NULL, choices * sizeof *by_choice);
    memset(by_choice, 0, choices * sizeof *by_choice);
    for (size_t i = 0; i < sweep->ordered; i++) {
        const orr_sweep_point *p = &sweep->points[sweep->order[i]];
        const double y = orr_log(p->objective) - middle;
        add(&all, y);
        add(&by_choice[choice_of(file, p->number, domain)], y);
    }
    double between = 0;
    for (size_t c = 0; c < choices; c++) if (by_choice[c].count > 0) between += by_choice[c].sum * by_choice[c].sum / by_choice[c].count;
    between -= all.count > 0 ? all.sum * all.sum / all.count : 0;
    effect->first = scatter(&all) > 0 ? orr_max(between, 0) / scatter(&all) : (double)NAN;
    orr_mem_free(by_choice);
    effect->total = (double)NAN;
    if (sweep->generations > 0) effect->first = (double)NAN;       /* what was bred is no even sample */
    if ((double)sweep->point_count < sweep->point_total || !(scatter(&all) > 0)) return;
    /* Lines of points that differ in this domain alone: a whole product holds them at a stride. */
    double within = 0;
    const size_t stride = (size_t)stride_of(file, domain);
    for (size_t start = 0; start < sweep->point_count; start++) {
        if ((start / stride) % choices != 0) continue;
        moments line = {0};
        for (size_t c = 0; c < choices; c++) {
            const orr_sweep_point *p = &sweep->points[start + c * stride];
            if (p->verdict == ORR_SWEEP_KEEPS && !isnan(p->objective)) add(&line, orr_log(p->objective) - middle);
        }
        within += scatter(&line);
    }
    effect->total = within / scatter(&all);
}

/* The one that simulation found best, or else the closed form. */
static const orr_sweep_point *best_point(const orr_sweep *sweep)
{
    const bool simulated = sweep->finalist_count > 0 && sweep->finalists[0].keeps;
    return &sweep->points[simulated ? sweep->finalists[0].point : sweep->order[0]];
}

/* The best of each choice; and this domain alone, moved away from the best point of all. */
static void find_profile(const orr_sweep *sweep, size_t domain, orr_effect *effect, orr_arena *arena)
{
    const orr_study_file *file = sweep->file;
    const orr_domain *d = &file->domains[domain];
    effect->best = ORR_NEW_ARRAY(arena, double, d->choice_count);
    effect->least = effect->most = (double)NAN;
    for (size_t c = 0; c < d->choice_count; c++) effect->best[c] = (double)NAN;
    for (size_t i = 0; i < sweep->ordered; i++) {
        const orr_sweep_point *p = &sweep->points[sweep->order[i]];
        double *best = &effect->best[choice_of(file, p->number, domain)];
        if (isnan(*best)) *best = p->objective;     /* best first */
    }
    if (sweep->ordered == 0 || ((double)sweep->point_count < sweep->point_total && sweep->generations == 0)) return;
    const uint64_t stride = (uint64_t)stride_of(file, domain), best = best_point(sweep)->number, start = best - choice_of(file, best, domain) * stride;
    for (size_t c = 0; c < d->choice_count; c++) {
        const orr_sweep_point *p = orr_sweep_find(sweep, start + c * stride);
        if (p == NULL || p->verdict != ORR_SWEEP_KEEPS || isnan(p->objective)) continue;
        if (!(p->objective >= effect->least)) { effect->least = p->objective; effect->low = d->choices[c]; }
        if (!(p->objective <= effect->most)) { effect->most = p->objective; effect->high = d->choices[c]; }
    }
}

static int compare_effects(const void *a, const void *b)
{
    const orr_effect *x = a, *y = b;
    const double wx = isnan(x->total) ? x->first : x->total, wy = isnan(y->total) ? y->first : y->total;
    if (isnan(wx) || isnan(wy)) return isnan(wx) - isnan(wy);
    return wx > wy ? -1 : wx < wy;
}

void orr_sweep_find_effects(orr_sweep *sweep, orr_arena *arena)
{
    const orr_study_file *file = sweep->file;
    sweep->effects = ORR_NEW_ARRAY(arena, orr_effect, file->domain_count + 1);
    sweep->effect_count = file->domain_count;
    const double middle = sweep->ordered > 0 ? orr_log(sweep->points[sweep->order[0]].objective) : 0;
    for (size_t d = 0; d < file->domain_count; d++) {
        sweep->effects[d] = (orr_effect){.path = file->domains[d].path};
        find_indices(sweep, d, middle, &sweep->effects[d]);
        find_profile(sweep, d, &sweep->effects[d], arena);
    }
    qsort(sweep->effects, sweep->effect_count, sizeof *sweep->effects, compare_effects);
}
