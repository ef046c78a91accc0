/* Which points of a space are estimated: all, or some spread evenly; then those that are bred from the best (evolve.h). */
#include "lab/sweep_internal.h"

#include <math.h>
#include <stdlib.h>
#include "base/map.h"
#include "base/math.h"

uint64_t orr_sweep_number(const orr_study_file *file, const size_t *choice_index)
{
    uint64_t number = 0;
    for (size_t i = 0; i < file->domain_count; i++) number = number * file->domains[i].choice_count + choice_index[i];
    return number;
}

static int compare_numbers(const void *a, const void *b)
{
    const orr_sweep_point *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

orr_sweep_point orr_sweep_blank(uint64_t number) { return (orr_sweep_point){.number = number, .verdict = ORR_SWEEP_UNKNOWN, .objective = (double)NAN, .slo_ratio = (double)NAN}; }

/* g with g^(d+1) = g + 1; its powers' multiples fill the d-dimensional cube evenly. */
static double generalised_golden_ratio(size_t dimensions)
{
    double g = 1.5;
    for (int i = 0; i < 64; i++) g = orr_pow(1 + g, 1 / (1 + (double)dimensions));
    return g;
}

/* The choices of the p-th of points that fill the cube evenly. */
static void choose_evenly(const orr_study_file *file, double ratio, size_t p, size_t *choices)
{
    double step = 1;
    for (size_t i = 0; i < file->domain_count; i++) {
        step /= ratio;
        const double at = 0.5 + step * (double)(p + 1), share = at - floor(at);
        choices[i] = (size_t)(share * (double)file->domains[i].choice_count);
    }
}

void orr_sweep_spread(orr_sweep *sweep, size_t most, orr_arena *arena)
{
    const orr_study_file *file = sweep->file;
    const bool all = sweep->point_total <= (double)most;
    sweep->point_count = all ? (size_t)sweep->point_total : most;
    sweep->points = ORR_NEW_ARRAY(arena, orr_sweep_point, sweep->point_count);
    const double ratio = generalised_golden_ratio(file->domain_count);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1);
    for (size_t p = 0; p < sweep->point_count; p++) {
        if (!all) choose_evenly(file, ratio, p, choices);
        sweep->points[p] = orr_sweep_blank(all ? p : orr_sweep_number(file, choices));
    }
    if (all) return;
    orr_sweep_sort(sweep, 0);
    size_t kept = 0;
    for (size_t p = 0; p < sweep->point_count; p++) if (p == 0 || sweep->points[p].number != sweep->points[kept - 1].number) sweep->points[kept++] = sweep->points[p];
    sweep->point_count = kept;
}

void orr_sweep_sort(orr_sweep *sweep, size_t from)
{
    if (sweep->point_count > from + 1) qsort(sweep->points + from, sweep->point_count - from, sizeof *sweep->points, compare_numbers);
}

const orr_sweep_point *orr_sweep_find(const orr_sweep *sweep, uint64_t number)
{
    const orr_sweep_point wanted = {.number = number};
    return bsearch(&wanted, sweep->points, sweep->point_count, sizeof wanted, compare_numbers);
}

/* --- losses --- */

double orr_sweep_loss(const orr_sweep_point *p, orr_yardstick by)
{
    switch (by) {
    case ORR_BY_COST: return p->usd_per_mtok;
    case ORR_BY_ENERGY: return p->joules_per_token;
    case ORR_BY_POWER: return -p->output_tokens_per_s_per_mw;
    case ORR_BY_GPUS: return (double)p->gpus;
    case ORR_BY_THROUGHPUT: return p->gpus > 0 ? -p->output_tokens_per_s / (double)p->gpus : (double)NAN;
    case ORR_BY_SPEED: return p->tpot_ns;
    case ORR_BY_TTFT: return p->ttft_ns;
    case ORR_BY_COUNT_: break;
    }
    return (double)NAN;
}

const char *orr_yardstick_key(orr_yardstick by)
{
    static const char *const keys[ORR_BY_COUNT_] = {"cost", "energy", "tokens_per_mw", "gpus", "tokens_per_gpu", "tpot", "ttft"};
    return keys[by];
}

/* Evolves, then each yardstick's place from 1, in base ORR_BY_COUNT_ + 1. */
int64_t orr_sweep_search_code(const orr_sweep_search *search)
{
    int64_t code = 0;
    for (int i = search->against_count; i-- > 0;) code = code * (ORR_BY_COUNT_ + 1) + 1 + (int64_t)search->against[i];
    return 2 * code + search->evolves;
}

orr_sweep_search orr_sweep_search_of(int64_t code)
{
    orr_sweep_search search = {.evolves = code % 2 != 0};
    for (code /= 2; code > 0 && search.against_count < ORR_MOST_LOSSES - 1; code /= ORR_BY_COUNT_ + 1) {
        const int64_t digit = code % (ORR_BY_COUNT_ + 1);
        if (digit > 0) search.against[search.against_count++] = (orr_yardstick)(digit - 1);
    }
    return search;
}

/* How far from the limits: less is better within a verdict, and the verdicts in order. */
static double violation_of(const orr_sweep_point *p)
{
    switch (p->verdict) {
    case ORR_SWEEP_KEEPS: return 0;
    case ORR_SWEEP_MISSES: return p->slo_ratio;
    case ORR_SWEEP_OVERLOADED: return 1e6 * orr_max(1, p->load);
    case ORR_SWEEP_DOES_NOT_FIT: return 1e20;
    case ORR_SWEEP_CONSTRAINED: return 1e21;
    case ORR_SWEEP_IMPOSSIBLE: case ORR_SWEEP_UNKNOWN: case ORR_SWEEP_VERDICT_COUNT_: break;
    }
    return 1e22;
}

int orr_sweep_losses(const orr_sweep *sweep, const orr_sweep_point *p, double losses[ORR_MOST_LOSSES])
{
    int count = 0;
    losses[count++] = isnan(p->objective) ? (double)INFINITY : orr_objective_loss(sweep->objective, p->objective);
    for (int i = 0; i < sweep->search.against_count; i++) losses[count++] = orr_sweep_loss(p, sweep->search.against[i]);
    return count;
}

orr_trial orr_sweep_trial(const orr_sweep *sweep, const orr_sweep_point *p)
{
    orr_trial trial = {.number = p->number, .violation = violation_of(p)};
    orr_sweep_losses(sweep, p, trial.losses);
    return trial;
}

/* --- the front --- */

typedef struct fronted { double losses[ORR_MOST_LOSSES]; size_t point; } fronted;
static int compare_fronted(const void *a, const void *b)
{
    const fronted *x = a, *y = b;
    for (int i = 0; i < ORR_MOST_LOSSES; i++) if (x->losses[i] < y->losses[i] || x->losses[i] > y->losses[i]) return x->losses[i] < y->losses[i] ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

static bool is_covered(const fronted *f, const fronted *front, size_t count, int losses)
{
    for (size_t k = 0; k < count; k++) {
        bool worse = false;
        for (int i = 0; i < losses; i++) worse |= front[k].losses[i] > f->losses[i];
        if (!worse) return true;
    }
    return false;
}

/* In order of the objective: whoever is not covered by one before stays. Of equals the first. */
void orr_sweep_find_front(orr_sweep *sweep, orr_arena *arena)
{
    if (sweep->search.against_count == 0) return;
    fronted *all = orr_mem_resize(NULL, (sweep->ordered + 1) * sizeof *all), *front = orr_mem_resize(NULL, (sweep->ordered + 1) * sizeof *front);
    size_t count = 0;
    int losses = 0;
    for (size_t i = 0; i < sweep->ordered; i++) {
        all[i] = (fronted){.point = sweep->order[i]};
        losses = orr_sweep_losses(sweep, &sweep->points[all[i].point], all[i].losses);
        for (int k = 0; k < losses; k++) if (isnan(all[i].losses[k])) all[i].losses[k] = (double)INFINITY;
    }
    if (sweep->ordered > 1) qsort(all, sweep->ordered, sizeof *all, compare_fronted);
    for (size_t i = 0; i < sweep->ordered; i++) if (!is_covered(&all[i], front, count, losses)) front[count++] = all[i];
    sweep->front = ORR_NEW_ARRAY(arena, size_t, count + 1);
    for (size_t i = 0; i < count; i++) sweep->front[i] = front[i].point;
    sweep->front_count = count;
    orr_mem_free(all);
    orr_mem_free(front);
}

/* --- breeding --- */

enum { POPULATION = 128, BROOD = 64, IDLE_MOST = 24 };

struct orr_breeding { orr_sweep *sweep; const bool *is_load; size_t room, idle; uint64_t loads; orr_evolution *evolution; orr_map present; size_t *choices; bool scanning; };

static size_t moves_room(const orr_study_file *file)
{
    size_t room = 0;
    for (size_t i = 0; i < file->domain_count; i++) room += 8 * file->domains[i].choice_count;
    return room;
}

orr_breeding *orr_breeding_begin(orr_sweep *sweep, const bool *is_load, size_t room, uint64_t seed, orr_arena *arena)
{
    enum { LOADS_MOST = 256 };
    const orr_study_file *file = sweep->file;
    orr_breeding *b = orr_mem_resize(NULL, sizeof *b);
    *b = (orr_breeding){.sweep = sweep, .is_load = is_load, .room = room, .loads = 1, .choices = orr_mem_resize(NULL, (file->domain_count + 1) * sizeof *b->choices)};
    for (size_t i = 0; i < file->domain_count; i++) if (is_load[i]) b->loads *= file->domains[i].choice_count;
    if (b->loads > LOADS_MOST) b->loads = 1;
    b->evolution = orr_evolution_create(file->domains, file->domain_count, POPULATION, 1 + sweep->search.against_count, seed);
    sweep->point_count = 0;
    sweep->points = ORR_NEW_ARRAY(arena, orr_sweep_point, room + moves_room(file));
    return b;
}

void orr_breeding_end(orr_breeding *b)
{
    orr_evolution_destroy(b->evolution);
    orr_map_free(&b->present);
    orr_mem_free(b->choices);
    orr_mem_free(b);
}

static bool add(orr_breeding *b, uint64_t number)
{
    uint64_t there;
    orr_sweep *sweep = b->sweep;
    if (sweep->point_count >= b->room || orr_map_get(&b->present, number, &there)) return false;
    orr_map_put(&b->present, number, 1);
    sweep->points[sweep->point_count++] = orr_sweep_blank(number);
    return true;
}

/* The system under each of its loads: they cost next to nothing beside it. */
static void add_system(orr_breeding *b, uint64_t number)
{
    const orr_study_file *file = b->sweep->file;
    if (b->loads == 1) { add(b, number); return; }
    orr_sweep_choices(file, number, b->choices);
    for (uint64_t load = 0; load < b->loads; load++) {
        uint64_t rest = load;
        for (size_t i = 0; i < file->domain_count; i++) {
            if (!b->is_load[i]) continue;
            b->choices[i] = (size_t)(rest % file->domains[i].choice_count);
            rest /= file->domains[i].choice_count;
        }
        add(b, orr_sweep_number(file, b->choices));
    }
}

static const orr_sweep_point *best_of(const orr_sweep *sweep)
{
    const orr_sweep_point *best = NULL;
    for (size_t p = 0; p < sweep->point_count; p++) {
        const orr_sweep_point *at = &sweep->points[p];
        if (at->verdict != ORR_SWEEP_KEEPS || isnan(at->objective)) continue;
        const double loss = orr_objective_loss(sweep->objective, at->objective), least = best ? orr_objective_loss(sweep->objective, best->objective) : (double)INFINITY;
        if (loss < least || (loss <= least && at->number < best->number)) best = at;
    }
    return best;
}

/* Every move of one domain from the best point of all: what it lacks of a local optimum, and its tornado. */
static void add_moves(orr_breeding *b)
{
    const orr_study_file *file = b->sweep->file;
    const orr_sweep_point *best = best_of(b->sweep);
    size_t *choices = best ? orr_mem_resize(NULL, (file->domain_count + 1) * sizeof *choices) : NULL;
    for (size_t i = 0; best && i < file->domain_count; i++) {
        orr_sweep_choices(file, best->number, choices);
        for (size_t c = 0; c < file->domains[i].choice_count; c++) {
            choices[i] = c;
            add(b, orr_sweep_number(file, choices));
        }
    }
    orr_mem_free(choices);
}

static void add_evenly(orr_breeding *b)
{
    const orr_study_file *file = b->sweep->file;
    const double ratio = generalised_golden_ratio(file->domain_count);
    for (size_t p = 0; p < b->room && b->sweep->point_count < b->room / 4 + 1; p++) {
        choose_evenly(file, ratio, p, b->choices);
        add_system(b, orr_sweep_number(file, b->choices));
    }
}

bool orr_breeding_next(orr_breeding *b, size_t told_from)
{
    orr_sweep *sweep = b->sweep;
    if (sweep->point_count == 0) {
        add_evenly(b);
        return sweep->point_count > 0;
    }
    const size_t count = sweep->point_count - told_from, before = sweep->point_count;
    orr_trial *trials = orr_mem_resize(NULL, (count + 1) * sizeof *trials);
    for (size_t i = 0; i < count; i++) trials[i] = orr_sweep_trial(sweep, &sweep->points[told_from + i]);
    b->idle = orr_evolution_tell(b->evolution, trials, count) ? 0 : b->idle + 1;
    orr_mem_free(trials);
    sweep->generations++;
    if (!b->scanning && b->idle < IDLE_MOST) {
        uint64_t numbers[BROOD];
        const size_t asked = orr_evolution_ask(b->evolution, numbers, BROOD);
        for (size_t i = 0; i < asked; i++) add_system(b, numbers[i]);
    }
    if (sweep->point_count > before) return true;
    if (!b->scanning) {         /* room for the last moves is beside what was asked for */
        b->scanning = true;
        b->room += moves_room(sweep->file);
    }
    add_moves(b);
    return sweep->point_count > before;
}
