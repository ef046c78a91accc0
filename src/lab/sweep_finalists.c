/* The best of a sweep, simulated: which, in what rounds, and what was passed over. */
#include "lab/sweep_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "lab/memo.h"
#include "lab/recommend.h"

typedef struct ordered { double loss, then; size_t point; } ordered;
static int compare_ordered(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    if (x->loss != y->loss) return x->loss < y->loss ? -1 : 1;
    if (x->then != y->then) return x->then < y->then ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

size_t orr_sweep_order(const orr_sweep *sweep, double ratio, size_t *order)
{
    ordered *all = orr_mem_resize(NULL, (sweep->point_count + 1) * sizeof *all);
    size_t count = 0;
    for (size_t p = 0; p < sweep->point_count; p++) {
        const orr_sweep_point *at = &sweep->points[p];
        if ((at->verdict == ORR_SWEEP_KEEPS || at->verdict == ORR_SWEEP_MISSES) && at->slo_ratio <= ratio && !isnan(at->objective)) all[count++] = (ordered){orr_objective_loss(sweep->objective, at->objective), at->slo_ratio, p};
    }
    if (count > 1) qsort(all, count, sizeof *all, compare_ordered);
    for (size_t i = 0; i < count; i++) order[i] = all[i].point;
    orr_mem_free(all);
    return count;
}

bool orr_sweeping_run_point(const orr_sweeping *s, uint64_t number, const orr_run_elsewhere *elsewhere, orr_study *study, orr_run_result *run, char **worst_tenant, orr_arena *arena, orr_diags *diags)
{
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
    orr_sweep_choices(s->sweep->file, number, choices);
    if (!orr_study_bind(s->sweep->file, choices, arena, study, diags)) return false;
    study->serving.replicas = orr_study_replicas(study);
    return orr_memo_run(s->options->memo, study, &(orr_run_options){.cancel = s->options->cancel}, elsewhere, arena, run, worst_tenant, diags);
}

static void run_finalist(orr_sweeping *s, size_t item, const orr_run_elsewhere *elsewhere)
{
    orr_finalist *f = &s->sweep->finalists[s->simulated + item];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    char *tenant = NULL;
    if (orr_sweeping_run_point(s, s->sweep->points[f->point].number, elsewhere, study, &f->run, &tenant, arena, diags)) {
        f->run.slo_worst_tenant = NULL;     /* a sweep has none */
        f->ran = f->run.end == ORR_RUN_DONE && f->run.requests_finished > 0;
        f->objective = f->ran ? orr_objective_value(study->objective, &f->run) : (double)NAN;
        f->keeps = f->ran && f->run.slo_met && !f->run.unstable;
    }
    orr_mem_free(tenant);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void simulate_finalist(void *context, size_t item) { run_finalist(context, item, NULL); }

typedef struct by_hand { const orr_sweeping *s; uint64_t number; size_t hand; bool there; } by_hand;
static bool simulate_by_hand(void *context, orr_run_result *result, char **worst_tenant)
{
    by_hand *by = context;
    bool made;
    by->there = orr_sweeping_simulate_elsewhere(by->s, by->number, by->hand, result, worst_tenant, &made);
    return made;
}

static bool simulate_finalist_elsewhere(void *context, size_t item, size_t hand)
{
    orr_sweeping *s = context;
    by_hand by = {s, s->sweep->points[s->sweep->finalists[s->simulated + item].point].number, hand, true};
    run_finalist(s, item, &(orr_run_elsewhere){simulate_by_hand, &by});
    return by.there;
}

static void on_simulated(void *context, size_t done, size_t total)
{
    const orr_sweeping *s = context;
    if (s->options->on_progress) s->options->on_progress(s->options->progress_context, done, total, s->simulated + done, NULL);
}

/* Those that keep the SLOs first, best first; the others as they were. */
static void order_finalists(orr_sweep *sweep)
{
    const size_t count = sweep->finalist_count;
    ordered *order = orr_mem_resize(NULL, (count + 1) * sizeof *order);
    orr_finalist *as_they_were = orr_mem_resize(NULL, (count + 1) * sizeof *as_they_were);
    memcpy(as_they_were, sweep->finalists, count * sizeof *as_they_were);
    for (size_t i = 0; i < count; i++) order[i] = (ordered){as_they_were[i].keeps ? orr_objective_loss(sweep->objective, as_they_were[i].objective) : (double)INFINITY, 0, i};
    if (count > 1) qsort(order, count, sizeof *order, compare_ordered);
    for (size_t i = 0; i < count; i++) sweep->finalists[i] = as_they_were[order[i].point];
    orr_mem_free(order);
    orr_mem_free(as_they_were);
}

enum { SLACK_PERCENT = 130 };       /* of the limits: closed forms of tails are that far off */

static int compare_doubles(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b; }

/* How much nearer to their limits finalists came than was estimated: the least, the median; 1 where none tells. */
typedef struct slo_off { double least, median; } slo_off;
static slo_off slo_off_of(const orr_sweep *sweep)
{
    double *off = orr_mem_resize(NULL, (sweep->finalist_count + 1) * sizeof *off);
    size_t count = 0;
    for (size_t i = 0; i < sweep->finalist_count; i++) {
        const orr_finalist *f = &sweep->finalists[i];
        const double estimate = sweep->points[f->point].slo_ratio;
        if (f->ran && estimate > 0 && f->run.slo_worst_ratio > 0) off[count++] = f->run.slo_worst_ratio / estimate;
    }
    if (count > 1) qsort(off, count, sizeof *off, compare_doubles);
    const slo_off found = count > 0 ? (slo_off){off[0], off[count / 2]} : (slo_off){1, 1};
    orr_mem_free(off);
    return found;
}

static bool is_twin(const orr_sweep *sweep, size_t a, size_t b)
{
    const orr_sweep_point *x = &sweep->points[a], *y = &sweep->points[b];
    return x->gpus == y->gpus && !(x->objective < y->objective) && !(x->objective > y->objective) && !(x->slo_ratio < y->slo_ratio) && !(x->slo_ratio > y->slo_ratio);
}

/* The next of the order that were not taken yet and are estimated within `ratio` of the limits; of neighbours that are estimated alike the first. How many were put. */
static size_t take_next(orr_sweep *sweep, const size_t *order, size_t count, bool *taken, double ratio, size_t most)
{
    size_t put = 0;
    for (size_t i = 0; i < count && put < most; i++) {
        if (taken[i] || sweep->points[order[i]].slo_ratio > ratio) continue;
        taken[i] = true;
        if (i > 0 && taken[i - 1] && is_twin(sweep, order[i], order[i - 1])) continue;
        sweep->finalists[sweep->finalist_count++] = (orr_finalist){.point = order[i], .objective = (double)NAN};
        put++;
    }
    return put;
}

/* The least loss among finalists that keep the SLOs; infinite: none does. */
static double least_loss(const orr_sweep *sweep)
{
    double least = (double)INFINITY;
    for (size_t i = 0; i < sweep->finalist_count; i++) if (sweep->finalists[i].keeps) least = orr_min(least, orr_objective_loss(sweep->objective, sweep->finalists[i].objective));
    return least;
}

/* The best, and on while none of them keeps the SLOs, up to so many times as many: then first those that would, were estimates of tails off as those of the others were. Once one keeps them, those before it by estimate that might keep them too,
 * were they off as little as any was, as long as that brings better ones. */
void orr_sweeping_simulate_best(orr_sweeping *s, orr_workers *workers, orr_arena *arena)
{
    enum { ROUNDS_MOST = 32 };
    orr_sweep *sweep = s->sweep;
    size_t *order = ORR_NEW_ARRAY(arena, size_t, sweep->point_count + 1);
    const size_t count = orr_sweep_order(sweep, SLACK_PERCENT / 100.0, order), each = s->options->finalists, most = count / ROUNDS_MOST < each ? count : each * ROUNDS_MOST;
    bool *taken = ORR_NEW_ARRAY(arena, bool, count + 1), first_found = true;
    sweep->finalists = ORR_NEW_ARRAY(arena, orr_finalist, most + 1);
    for (double before = (double)INFINITY; sweep->finalist_count < most && !sweep->interrupted;) {
        const size_t from = sweep->finalist_count, wanted = each < most - from ? each : most - from;
        const bool found = before < (double)INFINITY;
        const slo_off off = from > 0 ? slo_off_of(sweep) : (slo_off){0, 0};
        s->simulated = from;
        size_t put = take_next(sweep, order, count, taken, from == 0 ? (double)INFINITY : 1 / (found ? off.least : off.median), wanted);
        if (put < wanted && !found) put += take_next(sweep, order, count, taken, (double)INFINITY, wanted - put);
        if (put == 0) break;
        if (!orr_workers_share(workers, simulate_finalist, simulate_finalist_elsewhere, s, put, s->options->cancel, on_simulated, s)) sweep->interrupted = true;
        const double now = least_loss(sweep);
        if (from == 0 && now < before) break;       /* the very best keep them: nothing was passed over */
        if (found && !(now < before) && !first_found) break;
        if (found) first_found = false;
        before = now;
    }
    order_finalists(sweep);
    sweep->most_off = (double)NAN;
    for (size_t i = 0; i < sweep->finalist_count; i++) {
        const orr_finalist *f = &sweep->finalists[i];
        const double off = f->ran ? fabs(orr_log(sweep->points[f->point].objective / f->objective)) : (double)NAN;
        if (off > sweep->most_off || (isnan(sweep->most_off) && !isnan(off))) sweep->most_off = off;
    }
    if (sweep->finalist_count == 0 || !sweep->finalists[0].keeps || isnan(sweep->most_off)) return;
    const bool more = orr_objective_is_maximized(sweep->objective);
    for (size_t i = 0; i < count; i++) {
        if (taken[i]) continue;
        const double estimate = sweep->points[order[i]].objective, at_best = estimate * orr_exp(more ? sweep->most_off : -sweep->most_off);
        sweep->unseen += more ? at_best > sweep->finalists[0].objective : at_best < sweep->finalists[0].objective;
    }
}

void orr_sweeping_find_rivals(orr_sweeping *s, orr_arena *arena)
{
    orr_sweep *sweep = s->sweep;
    size_t keep = 0, chosen[ORR_RIVALS_MOST], ranks[ORR_RIVALS_MOST];
    const size_t *choices[ORR_RIVALS_MOST];
    double *objectives = ORR_NEW_ARRAY(arena, double, sweep->finalist_count + 1);
    for (; keep < sweep->finalist_count && sweep->finalists[keep].keeps; keep++) objectives[keep] = sweep->finalists[keep].objective;      /* they stand first */
    const size_t count = orr_rivals_choose(objectives, NULL, keep, ORR_TIE_SHARE, chosen);
    for (size_t k = 0; k < count; k++) {
        size_t *own = ORR_NEW_ARRAY(arena, size_t, sweep->file->domain_count + 1);
        orr_sweep_choices(sweep->file, sweep->points[sweep->finalists[chosen[k]].point].number, own);
        choices[k] = own;
        ranks[k] = chosen[k] + 1;
    }
    sweep->rivals = orr_rivals_find(sweep->file, sweep->objective, choices, ranks, count, s->options->seeds, &(orr_rivals_options){.threads = s->options->threads, .cancel = s->options->cancel, .memo = s->options->memo}, arena);
}
