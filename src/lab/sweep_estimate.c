/* A sweep's points in closed form. Those that differ in load alone share a prepared system: a group. */
#include "lab/sweep_internal.h"

#include <stdlib.h>
#include "base/math.h"
#include "base/units.h"
#include "lab/search.h"

/* Domains that a prepared system doesn't depend on: their values are put in its place. */
static const struct { const char *path; orr_unit unit; } loads[] = {{"serving.replicas", ORR_UNIT_NONE}, {"traffic.load.rate", ORR_UNIT_PER_S}, {"traffic.load.concurrency", ORR_UNIT_NONE}};
enum { LOADS = sizeof loads / sizeof *loads };

static int load_of(const orr_domain *domain)
{
    for (int i = 0; i < LOADS; i++) if (orr_text_equal(domain->path, loads[i].path)) return i;
    return -1;
}

bool orr_sweeping_shapes_lengths(const orr_domain *domain) { return orr_domain_shapes_traffic(domain) && load_of(domain) < 0; }

typedef struct grouped { uint64_t key; size_t point; } grouped;
static int compare_groups(const void *a, const void *b)
{
    const grouped *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

size_t orr_sweeping_group(orr_sweeping *s, orr_arena *arena)
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

void orr_sweeping_read_loads(orr_sweeping *s, orr_arena *arena)
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

static void estimate_point(const orr_sweeping *s, const orr_study *study, orr_estimator *estimator, orr_arena *arena, orr_sweep_point *p)
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

static void note_broken(orr_sweeping *s, size_t point, bool unknown)
{
    pthread_mutex_lock(&s->lock);
    if (point < s->broken) {
        s->broken = point;
        s->unknown = unknown;
    }
    pthread_mutex_unlock(&s->lock);
}

static void note_impossible(orr_sweeping *s, size_t point, const orr_study *study, const orr_diags *diags, orr_arena *arena)
{
    pthread_mutex_lock(&s->lock);
    if (point < s->impossible) {
        s->impossible = point;
        s->why_impossible = orr_arena_strdup(s->arena, study->layout_reason ? study->layout_reason : orr_first_error_text(diags, arena));
    }
    pthread_mutex_unlock(&s->lock);
}

bool orr_sweeping_is_ours(const orr_sweeping *s, size_t group)
{
    return s->options->shard_count == 0 || group % s->options->shard_count == s->options->shard - 1;
}

size_t orr_sweeping_wanted(const orr_sweeping *s, size_t group, size_t *points)
{
    const size_t *members = s->members + s->first[group], all = s->first[group + 1] - s->first[group];
    size_t count = 0;
    for (size_t m = 0; m < all; m++) if (!s->known || !s->known[members[m] - s->from]) points[count++] = members[m];
    return count;
}

void orr_sweeping_keep(orr_sweeping *s, const size_t *which, size_t count)
{
    const orr_sweep_keeper *keeper = s->options->keeper;
    if (!keeper) return;
    pthread_mutex_lock(&s->lock);
    if (!s->unkept && !keeper->keep(keeper->context, s->sweep->points, which, count)) s->unkept = true;
    pthread_mutex_unlock(&s->lock);
}

static bool is_unkept(orr_sweeping *s)
{
    if (!s->options->keeper) return false;
    pthread_mutex_lock(&s->lock);
    const bool unkept = s->unkept;
    pthread_mutex_unlock(&s->lock);
    return unkept;
}

bool orr_sweeping_estimate(orr_sweeping *s, size_t first, const size_t *wanted, size_t count)
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
    } else if (!perf) {
        note_impossible(s, first, study, diags, arena);
        for (size_t m = 0; m < count; m++) {
            s->sweep->points[wanted[m]].verdict = ORR_SWEEP_IMPOSSIBLE;
            s->sweep->points[wanted[m]].unbuilt = true;
        }
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return perf ? demand && !unknown : !broken;
}

void orr_sweeping_estimate_group(void *context, size_t group)
{
    orr_sweeping *s = context;
    if (is_unkept(s) || !orr_sweeping_is_ours(s, group)) return;
    size_t *wanted = orr_mem_resize(NULL, (s->first[group + 1] - s->first[group]) * sizeof *wanted);
    const size_t count = orr_sweeping_wanted(s, group, wanted);
    if (count > 0 && orr_sweeping_estimate(s, s->members[s->first[group]], wanted, count)) orr_sweeping_keep(s, wanted, count);
    orr_mem_free(wanted);
}

void orr_sweeping_recall(orr_sweeping *s, orr_arena *arena)
{
    const orr_sweep_keeper *keeper = s->options->keeper;
    if (!keeper) return;
    const size_t count = s->sweep->point_count - s->from;
    s->known = ORR_NEW_ARRAY(arena, bool, count + 1);
    keeper->recall(keeper->context, s->sweep->points + s->from, count, s->known);
}

void orr_sweeping_find_why_impossible(orr_sweeping *s)
{
    size_t least = 0;
    while (least < s->sweep->point_count && !(s->sweep->points[least].unbuilt && least < s->impossible)) least++;
    if (least < s->sweep->point_count) orr_sweeping_estimate(s, least, &least, 1);
}
