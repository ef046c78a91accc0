#include "lab/rivals.h"

#include <math.h>
#include "base/cancel.h"
#include "base/stats.h"
#include "base/workers.h"
#include "lab/label.h"
#include "lab/memo.h"
#include "lab/replicate.h"
#include "lab/space.h"

const char *orr_told_key(orr_told told)
{
    static const char *const keys[] = {[ORR_TOLD_UNKNOWN] = "unknown", [ORR_TOLD_EQUAL] = "equal", [ORR_TOLD_NO] = "no", [ORR_TOLD_WORSE] = "worse", [ORR_TOLD_BETTER] = "better"};
    return keys[told];
}

typedef struct outcome { bool ran, keeps; double objective; uint64_t seed; } outcome;
typedef struct rivalry { const orr_study_file *file; orr_rivals *rivals; outcome *outcomes; orr_objective objective; const orr_rivals_options *options; } rivalry;

/* Seed `item` / count of system `item` % count: the first seed of all comes first. */
static void run_one(void *context, size_t item)
{
    const rivalry *r = context;
    const size_t count = r->rivals->count, system = item % count;
    outcome *o = &r->outcomes[item];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    if (orr_study_bind(r->file, r->rivals->items[system].choices, arena, study, diags)) {
        study->serving.replicas = orr_study_replicas(study);
        o->seed = study->seed = orr_replication_seed(study->seed, (int64_t)(item / count) + 1);
        orr_run_result result;
        char *tenant = NULL;
        if (orr_memo_run(r->options->memo, study, &(orr_run_options){.cancel = r->options->cancel}, NULL, arena, &result, &tenant, diags)) {
            o->ran = result.end == ORR_RUN_DONE && result.requests_finished > 0;
            o->objective = o->ran ? orr_objective_value(r->objective, &result) : (double)NAN;
            o->ran &= !isnan(o->objective);
            o->keeps = o->ran && result.slo_met && !result.unstable;
            const orr_perf *perf = item == 0 && o->ran ? orr_perf_prepare(study, arena, diags) : NULL;
            if (perf) r->rivals->model = orr_run_intervals_of(study, perf, &result).by[ORR_INTERVAL_THROUGHPUT];
            r->rivals->has_model |= perf != NULL;
        }
        orr_mem_free(tenant);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void compare(const rivalry *r, size_t system)
{
    orr_rivals *all = r->rivals;
    orr_rival *rival = &all->items[system];
    double sum = 0, apart = 0, squares = 0;
    bool equal = true;
    for (int64_t i = 0; i < all->seed_count; i++) {
        const outcome *best = &r->outcomes[(size_t)i * all->count], *own = best + system;
        if (!own->ran) continue;
        rival->runs++;
        rival->keeps += own->keeps;
        sum += own->objective;
        if (!best->ran) continue;
        rival->pairs++;
        apart += own->objective - best->objective;
        equal &= !(own->objective < best->objective) && !(own->objective > best->objective);
    }
    rival->mean = rival->runs > 0 ? sum / (double)rival->runs : (double)NAN;
    rival->difference = rival->half = (double)NAN;
    if (system == 0 || rival->pairs == 0) return;
    rival->difference = apart / (double)rival->pairs;
    if (rival->pairs < 2) return;
    for (int64_t i = 0; i < all->seed_count; i++) {
        const outcome *best = &r->outcomes[(size_t)i * all->count], *own = best + system;
        if (!own->ran || !best->ran) continue;
        const double off = own->objective - best->objective - rival->difference;
        squares += off * off;
    }
    rival->half = orr_student_t_950(rival->pairs - 1) * sqrt(squares / (double)(rival->pairs - 1) / (double)rival->pairs);
    const bool worse = orr_objective_loss(r->objective, rival->difference) > 0;
    rival->told = equal ? ORR_TOLD_EQUAL : !(fabs(rival->difference) > rival->half) ? ORR_TOLD_NO : worse ? ORR_TOLD_WORSE : ORR_TOLD_BETTER;
}

static bool varies(const rivalry *r)
{
    const size_t count = r->rivals->count, runs = count * (size_t)r->rivals->seed_count;
    for (size_t i = count; i < runs; i++) if (r->outcomes[i].objective < r->outcomes[i % count].objective || r->outcomes[i].objective > r->outcomes[i % count].objective) return true;
    return false;
}

size_t orr_rivals_choose(const double *objectives, const size_t *groups, size_t count, double tie_share, size_t chosen[ORR_RIVALS_MOST])
{
    size_t found = 0;
    bool any_apart = false;
    for (size_t i = 0; i < count; i++) {
        const bool apart = fabs(objectives[i] - objectives[0]) > tie_share * fabs(objectives[0]);
        bool alike = false;
        for (size_t k = 0; k < found; k++) alike |= groups && groups[chosen[k]] == groups[i];
        if (alike || (found == ORR_RIVALS_MOST - 1 && !apart && !any_apart)) continue;
        chosen[found++] = i;
        any_apart |= apart;
        if (found == ORR_RIVALS_MOST) break;
    }
    return found;
}

orr_rivals *orr_rivals_find(const orr_study_file *file, orr_objective objective, const size_t *const *choices, const size_t *ranks, size_t count, int64_t seeds, const orr_rivals_options *options, orr_arena *arena)
{
    if (count < 2 || seeds < 1) return NULL;
    const orr_space space = {.domains = file->domains, .domain_count = file->domain_count};
    orr_rivals *all = ORR_NEW(arena, orr_rivals);
    *all = (orr_rivals){.seed_count = seeds, .seeds = ORR_NEW_ARRAY(arena, uint64_t, seeds), .count = count < ORR_RIVALS_MOST ? count : ORR_RIVALS_MOST};
    for (size_t i = 0; i < all->count; i++) all->items[i] = (orr_rival){.choices = choices[i], .label = orr_label_of_point(&space, choices[i], arena), .rank = ranks[i]};
    rivalry r = {file, all, ORR_NEW_ARRAY(arena, outcome, all->count * (size_t)seeds), objective, options};
    orr_workers *workers = orr_workers_create(options->threads);
    const bool done = orr_workers_run(workers, run_one, &r, all->count * (size_t)seeds, options->cancel, options->on_done, options->context);
    orr_workers_destroy(workers);
    if (!done || orr_cancel_asked(options->cancel)) return NULL;
    for (int64_t i = 0; i < seeds; i++) all->seeds[i] = r.outcomes[(size_t)i * all->count].seed;
    for (size_t i = 0; i < all->count; i++) compare(&r, i);
    all->nothing_varies = seeds > 1 && !varies(&r);
    return all;
}
