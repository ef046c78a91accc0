/* The sweep: points, shared systems, finalists. Effects: sweep_effects.c. */
#include "lab/sweep_internal.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/units.h"
#include "base/workers.h"
#include "lab/demand_cache.h"
#include "lab/memo.h"
#include "lab/search.h"

const char *orr_sweep_verdict_key(orr_sweep_verdict verdict)
{
    static const char *const keys[] = {"keeps_slo", "misses_slo", "overloaded", "does_not_fit", "over_constraint", "impossible", "unknown"};
    return keys[verdict];
}

void orr_sweep_choices(const orr_study_file *file, uint64_t number, size_t *choice_index)
{
    for (size_t i = file->domain_count; i-- > 0;) {
        choice_index[i] = (size_t)(number % file->domains[i].choice_count);
        number /= file->domains[i].choice_count;
    }
}

/* --- systems that points share --- */

/* Domains that a prepared system doesn't depend on: their values are put in its place. */
static const struct { const char *path; orr_unit unit; } loads[] = {{"serving.replicas", ORR_UNIT_NONE}, {"traffic.load.rate", ORR_UNIT_PER_S}, {"traffic.load.concurrency", ORR_UNIT_NONE}};
enum { LOADS = sizeof loads / sizeof *loads };

static int load_of(const orr_domain *domain)
{
    for (int i = 0; i < LOADS; i++) if (orr_text_equal(domain->path, loads[i].path)) return i;
    return -1;
}

static bool shapes_lengths(const orr_domain *domain) { return orr_domain_shapes_traffic(domain) && load_of(domain) < 0; }

typedef struct sweeping {
    orr_sweep *sweep;
    const orr_sweep_options *options;
    orr_arena *arena;                   /* of the sweep; under the lock */
    orr_space space;
    orr_demand_cache *demands;
    size_t *first;                      /* of each group of points that share a system, by order of `members` */
    size_t *members;                    /* points, group by group */
    size_t simulated;                   /* finalists of earlier rounds */
    orr_slo slo;
    uint64_t seed;
    size_t from;                        /* the first point of this round */
    int *load_of;                       /* by domain */
    double **load_values;               /* of such a domain, by choice */
    bool *known;                        /* points of this round that the keeper knew; NULL: none */
    pthread_mutex_t lock;               /* of what follows */
    size_t impossible;                  /* the first point that can't be built, and why */
    const char *why_impossible;
    size_t broken;                      /* the least point whose study is wrong; or unknown to closed forms */
    bool unknown;
    bool unkept;                        /* the keeper can't keep */
} sweeping;

typedef struct grouped { uint64_t key; size_t point; } grouped;
static int compare_groups(const void *a, const void *b)
{
    const grouped *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

static size_t group_points(sweeping *s, orr_arena *arena)
{
    const orr_sweep *sweep = s->sweep;
    const orr_study_file *file = sweep->file;
    const size_t count = sweep->point_count - s->from;
    grouped *all = orr_mem_resize(NULL, (count + 1) * sizeof *all);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1), groups = 0;
    for (size_t p = 0; p < count; p++) {
        orr_sweep_choices(file, sweep->points[s->from + p].number, choices);
        for (size_t i = 0; i < file->domain_count; i++) if (s->load_of[i] >= 0) choices[i] = 0;
        all[p] = (grouped){orr_sweep_number(file, choices), s->from + p};
    }
    if (count > 1) qsort(all, count, sizeof *all, compare_groups);
    s->members = ORR_NEW_ARRAY(arena, size_t, count + 1);
    s->first = ORR_NEW_ARRAY(arena, size_t, count + 2);
    for (size_t p = 0; p < count; p++) {
        s->members[p] = all[p].point;
        if (p == 0 || all[p].key != all[p - 1].key) s->first[groups++] = p;
    }
    s->first[groups] = count;
    orr_mem_free(all);
    return groups;
}

static void read_loads(sweeping *s, orr_arena *arena)
{
    const orr_study_file *file = s->sweep->file;
    s->load_of = ORR_NEW_ARRAY(arena, int, file->domain_count + 1);
    s->load_values = ORR_NEW_ARRAY(arena, double *, file->domain_count + 1);
    for (size_t i = 0; i < file->domain_count; i++) {
        const orr_domain *domain = &file->domains[i];
        const char *problem;
        s->load_of[i] = load_of(domain);
        if (s->load_of[i] < 0) continue;
        s->load_values[i] = ORR_NEW_ARRAY(arena, double, domain->choice_count);
        for (size_t c = 0; c < domain->choice_count; c++) if (!orr_unit_parse(domain->choices[c], loads[s->load_of[i]].unit, true, &s->load_values[i][c], &problem)) s->load_of[i] = -1;      /* binding says why */
    }
}

static void put_load(int load, double value, orr_study *study, orr_offered *offered)
{
    switch (load) {
    case 0: study->serving.replicas = orr_round_i64(value); break;
    case 1: offered->rate_per_s = value; break;
    default: offered->in_flight = value;
    }
}

static void estimate_point(const sweeping *s, const orr_study *study, orr_estimator *estimator, orr_arena *arena, orr_sweep_point *p)
{
    int64_t wanted;
    if (!orr_study_hardware_holds(study, &wanted)) { p->verdict = ORR_SWEEP_IMPOSSIBLE; return; }
    if (orr_study_broken_constraint(study, arena)) { p->verdict = ORR_SWEEP_CONSTRAINED; return; }
    const orr_estimate e = orr_estimate_at(estimator);
    p->gpus = (int32_t)e.gpus;
    p->load = e.load;
    p->batch = e.batch;
    if (!e.fits) { p->verdict = ORR_SWEEP_DOES_NOT_FIT; return; }
    if (!e.stable) { p->verdict = ORR_SWEEP_OVERLOADED; return; }
    p->objective = orr_estimate_objective(&e, study->objective);
    p->slo_ratio = orr_estimate_slo_ratio(&e, &s->slo);
    p->ttft_ns = e.ttft_ns[ORR_STAT_MEAN];
    p->ttft_p99_ns = e.ttft_ns[ORR_STAT_P99];
    p->tpot_ns = e.tpot_ns[ORR_STAT_MEAN];
    p->tpot_p99_ns = e.tpot_ns[ORR_STAT_P99];
    p->output_tokens_per_s = e.output_tokens_per_s;
    p->usd_per_mtok = orr_estimate_objective(&e, ORR_MINIMIZE_USD_PER_MTOK);
    p->joules_per_token = orr_estimate_objective(&e, ORR_MINIMIZE_JOULES_PER_TOKEN);
    p->output_tokens_per_s_per_mw = orr_estimate_objective(&e, ORR_MAXIMIZE_TOKENS_PER_S_PER_MW);
    p->verdict = p->slo_ratio <= 1 ? ORR_SWEEP_KEEPS : ORR_SWEEP_MISSES;
}

static void note_broken(sweeping *s, size_t point, bool unknown)
{
    pthread_mutex_lock(&s->lock);
    if (point < s->broken) {
        s->broken = point;
        s->unknown = unknown;
    }
    pthread_mutex_unlock(&s->lock);
}

static void note_impossible(sweeping *s, size_t point, const orr_study *study, const orr_diags *diags, orr_arena *arena)
{
    pthread_mutex_lock(&s->lock);
    if (point < s->impossible) {
        s->impossible = point;
        s->why_impossible = orr_arena_strdup(s->arena, study->layout_reason ? study->layout_reason : orr_first_error_text(diags, arena));
    }
    pthread_mutex_unlock(&s->lock);
}

/* The points of a group that are not known from before; in `into` where some are. */
static const size_t *wanted_of(const sweeping *s, size_t group, size_t *into, size_t *count)
{
    const size_t *members = s->members + s->first[group], all = s->first[group + 1] - s->first[group];
    *count = s->known ? 0 : all;
    for (size_t m = 0; m < all && s->known; m++) if (!s->known[members[m] - s->from]) into[(*count)++] = members[m];
    return *count == all ? members : into;
}

static void keep_points(sweeping *s, const size_t *which, size_t count)
{
    const orr_sweep_keeper *keeper = s->options->keeper;
    if (!keeper || which[0] < s->from || s->known[which[0] - s->from]) return;
    pthread_mutex_lock(&s->lock);
    if (!s->unkept && !keeper->keep(keeper->context, s->sweep->points, which, count)) s->unkept = true;
    pthread_mutex_unlock(&s->lock);
}

static bool is_unkept(sweeping *s)
{
    if (!s->options->keeper) return false;
    pthread_mutex_lock(&s->lock);
    const bool unkept = s->unkept;
    pthread_mutex_unlock(&s->lock);
    return unkept;
}

/* Points that share a system, for which the first of their group stands. */
static void sweep_points(sweeping *s, size_t first, const size_t *wanted, size_t count)
{
    const orr_study_file *file = s->sweep->file;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1);
    orr_sweep_choices(file, s->sweep->points[first].number, choices);
    const bool bound = orr_study_bind(file, choices, arena, study, diags);
    const orr_perf *perf = bound ? orr_perf_prepare(study, arena, diags) : NULL;
    const orr_demand *demand = perf ? orr_demand_cache_get(s->demands, study, choices) : NULL;
    const bool broken = !bound && study->layout_fault == ORR_LAYOUT_POSSIBLE;
    if (broken) note_broken(s, first, false);
    const bool changes_depth = orr_speculation_drafts(&study->engine.speculation) > 0 && study->engine.speculation.depth.policy != ORR_DEPTH_CONSTANT;
    const bool unknown = demand && (demand->requests == 0 || orr_serving_changes(&study->serving) || orr_study_has_groups(study) || orr_study_images(study) != NULL || changes_depth);
    if (unknown) note_broken(s, first, true);
    if (demand && !unknown) {
        orr_offered offered = orr_offered_of(study, demand);
        orr_estimator *estimator = orr_estimator_create(study, perf, &offered, arena);
        for (size_t m = 0; m < count; m++) {
            orr_sweep_point *p = &s->sweep->points[wanted[m]];
            orr_sweep_choices(file, p->number, choices);
            for (size_t i = 0; i < file->domain_count; i++) if (s->load_of[i] >= 0) put_load(s->load_of[i], s->load_values[i][choices[i]], study, &offered);
            estimate_point(s, study, estimator, arena, p);
        }
        keep_points(s, wanted, count);
    } else if (!perf) {
        note_impossible(s, first, study, diags, arena);
        for (size_t m = 0; m < count; m++) {
            s->sweep->points[wanted[m]].verdict = ORR_SWEEP_IMPOSSIBLE;
            s->sweep->points[wanted[m]].unbuilt = true;
        }
        if (!broken) keep_points(s, wanted, count);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void sweep_group(void *context, size_t group)
{
    sweeping *s = context;
    if (is_unkept(s)) return;
    if (s->options->shard_count > 0 && group % s->options->shard_count != s->options->shard - 1) return;       /* another's */
    size_t count, *own = s->known ? orr_mem_resize(NULL, (s->first[group + 1] - s->first[group]) * sizeof *own) : NULL;
    const size_t *wanted = wanted_of(s, group, own, &count);
    if (count > 0) sweep_points(s, s->members[s->first[group]], wanted, count);
    orr_mem_free(own);
}

/* Of points known from before: which are impossible is kept, why the first of them is, is not. */
static void recall_points(sweeping *s, orr_arena *arena)
{
    const orr_sweep_keeper *keeper = s->options->keeper;
    if (!keeper) return;
    const size_t count = s->sweep->point_count - s->from;
    s->known = ORR_NEW_ARRAY(arena, bool, count + 1);
    keeper->recall(keeper->context, s->sweep->points + s->from, count, s->known);
}

static void find_why_impossible(sweeping *s)
{
    size_t least = 0;
    while (least < s->sweep->point_count && !(s->sweep->points[least].unbuilt && least < s->impossible)) least++;
    if (least < s->sweep->point_count) sweep_points(s, least, &least, 1);
}

/* --- finalists --- */

typedef struct ordered { double loss, then; size_t point; } ordered;
static int compare_ordered(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    if (x->loss != y->loss) return x->loss < y->loss ? -1 : 1;
    if (x->then != y->then) return x->then < y->then ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

/* Points with an objective and no more than `ratio` of the limits, best first; of equals, those that are farthest from their limits. */
static size_t order_points(const orr_sweep *sweep, double ratio, size_t *order)
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

static void simulate_finalist(void *context, size_t item)
{
    sweeping *s = context;
    orr_finalist *f = &s->sweep->finalists[s->simulated + item];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
    orr_sweep_choices(s->sweep->file, s->sweep->points[f->point].number, choices);
    if (orr_study_bind(s->sweep->file, choices, arena, study, diags)) {
        study->serving.replicas = orr_study_replicas(study);
        char *tenant = NULL;
        if (orr_memo_run(s->options->memo, study, &(orr_run_options){.cancel = s->options->cancel}, arena, &f->run, &tenant, diags)) {
            f->run.slo_worst_tenant = NULL;     /* a sweep has none */
            f->ran = f->run.end == ORR_RUN_DONE && f->run.requests_finished > 0;
            f->objective = f->ran ? orr_objective_value(study->objective, &f->run) : (double)NAN;
            f->keeps = f->ran && f->run.slo_met && !f->run.unstable;
        }
        orr_mem_free(tenant);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void on_done(void *context, size_t done, size_t total)
{
    const sweeping *s = context;
    if (s->options->on_progress && done % 64 == 0) s->options->on_progress(s->options->progress_context, done, total, 0, NULL);
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
static void simulate_best(sweeping *s, orr_workers *workers, orr_arena *arena)
{
    enum { ROUNDS_MOST = 32 };
    orr_sweep *sweep = s->sweep;
    size_t *order = ORR_NEW_ARRAY(arena, size_t, sweep->point_count + 1);
    const size_t count = order_points(sweep, SLACK_PERCENT / 100.0, order), each = s->options->finalists, most = count / ROUNDS_MOST < each ? count : each * ROUNDS_MOST;
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
        if (!orr_workers_run(workers, simulate_finalist, s, put, s->options->cancel, on_done, s)) sweep->interrupted = true;
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

/* --- the whole --- */

static bool report_broken(sweeping *s, orr_arena *arena, orr_diags *diags)
{
    if (orr_demand_cache_broken(s->demands)) return true;
    if (s->broken == SIZE_MAX) return false;
    if (s->unknown) {
        const orr_node *traffic = orr_tree_get(s->sweep->file->tree, "traffic");
        orr_diag_hint(orr_diag_error(diags, traffic->key_place, "no closed form knows this: sessions, tenants, images, drafts whose depth follows the batch, and fleets that change while they serve or are of several kinds, are simulated only"), "`orrery recommend` searches by simulation.");
        return true;
    }
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
    orr_sweep_choices(s->sweep->file, s->sweep->points[s->broken].number, choices);
    orr_study_bind(s->sweep->file, choices, arena, ORR_NEW(arena, orr_study), diags);
    return true;
}

/* The yardsticks are the same at every point: any that binds tells them. */
static void read_yardsticks(sweeping *s)
{
    for (size_t p = 0; p < s->sweep->point_count; p++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        orr_study *study = ORR_NEW(arena, orr_study);
        size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
        orr_sweep_choices(s->sweep->file, s->sweep->points[p].number, choices);
        const bool bound = orr_study_bind(s->sweep->file, choices, arena, study, diags);
        if (bound) {
            s->sweep->objective = study->objective;
            s->slo = study->slo;
            s->seed = study->seed;
        }
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
        if (bound) return;
    }
}

/* The points from `from` on. False: interrupted, or wrong in a way that report_broken tells. */
static bool estimate_round(sweeping *s, orr_workers *workers, size_t from, orr_arena *arena)
{
    s->from = from;
    orr_sweep_sort(s->sweep, from);
    const size_t groups = group_points(s, arena);
    s->sweep->prepared += groups;
    recall_points(s, arena);
    if (!orr_workers_run(workers, sweep_group, s, groups, s->options->cancel, on_done, s) || s->unkept) s->sweep->interrupted = true;
    find_why_impossible(s);
    return !s->sweep->interrupted && s->broken == SIZE_MAX && !orr_demand_cache_broken(s->demands);
}

static void breed(sweeping *s, orr_workers *workers, orr_arena *arena)
{
    const size_t domains = s->sweep->file->domain_count;
    bool *is_load = ORR_NEW_ARRAY(arena, bool, domains + 1);
    for (size_t i = 0; i < domains; i++) is_load[i] = s->load_of[i] >= 0;
    orr_breeding *breeding = orr_breeding_begin(s->sweep, is_load, s->options->samples_most, s->seed, arena);
    size_t told = 0;
    for (bool goes_on = true; goes_on;) {
        const size_t from = s->sweep->point_count;
        goes_on = orr_breeding_next(breeding, told);
        told = from;
        if (goes_on) goes_on = estimate_round(s, workers, from, arena);
    }
    orr_breeding_end(breeding);
    orr_sweep_sort(s->sweep, 0);
}

orr_sweep *orr_sweep_study(const orr_study_file *file, const orr_sweep_options *options, orr_arena *arena, orr_diags *diags)
{
    if (!orr_search_yardsticks_are_fixed(file, diags)) return NULL;
    orr_sweep *sweep = ORR_NEW(arena, orr_sweep);
    *sweep = (orr_sweep){.file = file, .most_off = (double)NAN, .search = options->search, .shard = options->shard, .shard_count = options->shard_count};
    sweep->point_total = 1;
    for (size_t i = 0; i < file->domain_count; i++) sweep->point_total *= (double)file->domains[i].choice_count;
    const bool breeds = options->search.evolves && sweep->point_total > (double)options->samples_most;
    orr_sweep_spread(sweep, options->samples_most, arena);
    sweeping s = {.sweep = sweep, .options = options, .space = {.domains = file->domains, .domain_count = file->domain_count}, .broken = SIZE_MAX, .impossible = SIZE_MAX, .arena = arena};
    read_yardsticks(&s);
    read_loads(&s, arena);
    pthread_mutex_init(&s.lock, NULL);
    s.demands = orr_demand_cache_create(&s.space, shapes_lengths, options->cancel, diags);
    orr_workers *workers = orr_workers_create(options->threads);
    if (breeds) breed(&s, workers, arena);
    else estimate_round(&s, workers, 0, arena);
    const bool failed = report_broken(&s, arena, diags);
    if (!failed) {
        for (size_t p = 0; p < sweep->point_count; p++) sweep->counts[sweep->points[p].verdict]++;
        sweep->why_impossible = s.why_impossible;
        sweep->order = ORR_NEW_ARRAY(arena, size_t, sweep->point_count + 1);
        sweep->ordered = order_points(sweep, 1, sweep->order);
        orr_sweep_find_front(sweep, arena);
        if (!sweep->interrupted && options->shard_count == 0) simulate_best(&s, workers, arena);
        orr_sweep_find_effects(sweep, arena);
    }
    orr_workers_destroy(workers);
    orr_demand_cache_destroy(s.demands);
    pthread_mutex_destroy(&s.lock);
    return failed ? NULL : sweep;
}
