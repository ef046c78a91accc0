#include "lab/evolve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/map.h"
#include "base/math.h"
#include "base/rng.h"

enum { CHUNK = 1024, DRAWS_EACH = 64, NEIGHBOUR_OF = 4 };
#define REACH 0.3           /* of the parents' distance, beyond either */

struct orr_evolution {
    const orr_domain *domains;
    size_t domain_count, population;
    int loss_count;
    orr_rng rng;
    bool *numeric;                  /* by domain: neighbours in the list are neighbours in effect */
    size_t *free; size_t free_count;        /* domains of more than one choice */
    size_t *mine, *theirs, *child;  /* choices, one a domain */
    orr_trial *kept; size_t kept_count;     /* best first */
    size_t *front; double *crowding;
    orr_map seen;
};

/* --- who is better --- */

static double loss_of(const orr_trial *t, int i) { return isnan(t->losses[i]) ? (double)INFINITY : t->losses[i]; }

static bool dominates(const orr_trial *a, const orr_trial *b, int loss_count)
{
    bool better = false;
    if (a->violation < b->violation || b->violation < a->violation) return a->violation < b->violation;
    for (int i = 0; i < loss_count; i++) {
        if (loss_of(a, i) > loss_of(b, i)) return false;
        better |= loss_of(a, i) < loss_of(b, i);
    }
    return better;
}

typedef struct along { double loss; size_t trial; } along;
static int compare_along(const void *a, const void *b)
{
    const along *x = a, *y = b;
    if (x->loss != y->loss) return x->loss < y->loss ? -1 : 1;
    return x->trial < y->trial ? -1 : x->trial > y->trial;
}

/* Of one front: how far its neighbours are, over all losses; the ends are infinitely far. */
static void crowd(const orr_trial *trials, const size_t *members, size_t count, int loss_count, along *order, double *crowding)
{
    for (size_t m = 0; m < count; m++) crowding[members[m]] = 0;
    for (int i = 0; i < loss_count; i++) {
        for (size_t m = 0; m < count; m++) order[m] = (along){loss_of(&trials[members[m]], i), members[m]};
        qsort(order, count, sizeof *order, compare_along);
        const double range = order[count - 1].loss - order[0].loss;
        crowding[order[0].trial] = crowding[order[count - 1].trial] = (double)INFINITY;
        for (size_t m = 1; m + 1 < count && range > 0; m++) crowding[order[m].trial] += (order[m + 1].loss - order[m - 1].loss) / range;
    }
}

void orr_evolution_rank(const orr_trial *trials, size_t count, int loss_count, size_t *front, double *crowding)
{
    size_t *above = orr_mem_resize(NULL, (count + 1) * sizeof *above), *members = orr_mem_resize(NULL, (count + 1) * sizeof *members), ranked = 0;     /* how many dominate it */
    along *order = orr_mem_resize(NULL, (count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++) {
        above[i] = 0;
        front[i] = SIZE_MAX;
        for (size_t k = 0; k < count; k++) above[i] += dominates(&trials[k], &trials[i], loss_count);
    }
    for (size_t rank = 0; ranked < count; rank++) {
        size_t here = 0;
        for (size_t i = 0; i < count; i++) if (front[i] == SIZE_MAX && above[i] == 0) members[here++] = i;
        for (size_t m = 0; m < here; m++) front[members[m]] = rank;
        for (size_t i = 0; i < count; i++)
            for (size_t m = 0; front[i] == SIZE_MAX && m < here; m++) above[i] -= dominates(&trials[members[m]], &trials[i], loss_count);
        crowd(trials, members, here, loss_count, order, crowding);
        ranked += here;
    }
    orr_mem_free(above);
    orr_mem_free(members);
    orr_mem_free(order);
}

/* --- points --- */

static void choices_of(const orr_evolution *e, uint64_t number, size_t *choices)
{
    for (size_t i = e->domain_count; i-- > 0; number /= e->domains[i].choice_count) choices[i] = (size_t)(number % e->domains[i].choice_count);
}

static uint64_t number_of(const orr_evolution *e, const size_t *choices)
{
    uint64_t number = 0;
    for (size_t i = 0; i < e->domain_count; i++) number = number * e->domains[i].choice_count + choices[i];
    return number;
}

/* Figures in order: three choices at least that begin with a digit. */
static bool is_numeric(const orr_domain *domain)
{
    bool all = domain->choice_count > 2;
    for (size_t i = 0; i < domain->choice_count; i++) all = all && domain->choices[i][0] >= '0' && domain->choices[i][0] <= '9';
    return all;
}

orr_evolution *orr_evolution_create(const orr_domain *domains, size_t domain_count, size_t population, int loss_count, uint64_t seed)
{
    orr_evolution *e = orr_mem_resize(NULL, sizeof *e);
    *e = (orr_evolution){.domains = domains, .domain_count = domain_count, .population = population, .loss_count = loss_count, .rng = orr_rng_stream(seed, "evolution", 0)};
    e->numeric = orr_mem_resize(NULL, (domain_count + 1) * sizeof *e->numeric);
    e->free = orr_mem_resize(NULL, (domain_count + 1) * sizeof *e->free);
    e->mine = orr_mem_resize(NULL, (domain_count + 1) * sizeof *e->mine);
    e->theirs = orr_mem_resize(NULL, (domain_count + 1) * sizeof *e->theirs);
    e->child = orr_mem_resize(NULL, (domain_count + 1) * sizeof *e->child);
    e->kept = orr_mem_resize(NULL, (population + CHUNK) * sizeof *e->kept);
    e->front = orr_mem_resize(NULL, (population + CHUNK) * sizeof *e->front);
    e->crowding = orr_mem_resize(NULL, (population + CHUNK) * sizeof *e->crowding);
    for (size_t i = 0; i < domain_count; i++) {
        e->numeric[i] = is_numeric(&domains[i]);
        if (domains[i].choice_count > 1) e->free[e->free_count++] = i;
    }
    return e;
}

void orr_evolution_destroy(orr_evolution *e)
{
    void *const own[] = {e->numeric, e->free, e->mine, e->theirs, e->child, e->kept, e->front, e->crowding};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) orr_mem_free(own[i]);
    orr_map_free(&e->seen);
    orr_mem_free(e);
}

/* --- survival --- */

typedef struct placed { size_t front; double crowding; uint64_t number; size_t trial; } placed;
static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->front != y->front) return x->front < y->front ? -1 : 1;
    if (x->crowding != y->crowding) return x->crowding > y->crowding ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static bool tell_chunk(orr_evolution *e, const orr_trial *trials, size_t count)
{
    const size_t before = e->kept_count, all = before + count;
    memcpy(e->kept + before, trials, count * sizeof *trials);
    orr_evolution_rank(e->kept, all, e->loss_count, e->front, e->crowding);
    placed *order = orr_mem_resize(NULL, all * sizeof *order);
    for (size_t i = 0; i < all; i++) order[i] = (placed){e->front[i], e->crowding[i], e->kept[i].number, i};
    qsort(order, all, sizeof *order, compare_placed);
    orr_trial *were = orr_mem_resize(NULL, all * sizeof *were);
    memcpy(were, e->kept, all * sizeof *were);
    e->kept_count = all < e->population ? all : e->population;
    bool news = false;
    for (size_t i = 0; i < e->kept_count; i++) {
        e->kept[i] = were[order[i].trial];
        e->front[i] = order[i].front;
        e->crowding[i] = order[i].crowding;
        news |= order[i].trial >= before;
    }
    orr_mem_free(order);
    orr_mem_free(were);
    return news;
}

bool orr_evolution_tell(orr_evolution *e, const orr_trial *trials, size_t count)
{
    bool news = false;
    for (size_t i = 0; i < count; i++) orr_map_put(&e->seen, trials[i].number, 1);
    for (size_t from = 0; from < count; from += CHUNK) news |= tell_chunk(e, trials + from, count - from < CHUNK ? count - from : CHUNK);
    return news;
}

/* --- children --- */

static const orr_trial *win_tournament(orr_evolution *e)
{
    const size_t a = (size_t)orr_rng_below(&e->rng, e->kept_count), b = (size_t)orr_rng_below(&e->rng, e->kept_count);
    if (e->front[a] != e->front[b]) return &e->kept[e->front[a] < e->front[b] ? a : b];
    return &e->kept[e->crowding[a] > e->crowding[b] ? a : b];
}

static size_t between(orr_evolution *e, size_t a, size_t b, size_t count)
{
    const double low = (double)(a < b ? a : b), high = (double)(a < b ? b : a), reach = REACH * (high - low);
    const double at = floor(low - reach + orr_rng_uniform(&e->rng) * (high - low + 2 * reach + 1));
    return (size_t)orr_max(0, orr_min(at, (double)(count - 1)));
}

static void mutate(orr_evolution *e, size_t domain, size_t *choices)
{
    const size_t count = e->domains[domain].choice_count;
    if (!e->numeric[domain] || orr_rng_below(&e->rng, 8) == 0) {
        choices[domain] = (choices[domain] + 1 + (size_t)orr_rng_below(&e->rng, count - 1)) % count;
        return;
    }
    size_t step = 1;
    while (step < count / 2 && orr_rng_below(&e->rng, 3) == 0) step *= 2;
    const bool up = orr_rng_below(&e->rng, 2) == 0;
    if (up) choices[domain] = choices[domain] + step < count ? choices[domain] + step : count - 1;
    else choices[domain] = choices[domain] > step ? choices[domain] - step : 0;
}

static uint64_t draw_child(orr_evolution *e)
{
    if (orr_rng_below(&e->rng, NEIGHBOUR_OF) == 0) {
        size_t first = 0;
        while (first < e->kept_count && e->front[first] == 0) first++;
        choices_of(e, e->kept[orr_rng_below(&e->rng, first)].number, e->child);
        mutate(e, e->free[orr_rng_below(&e->rng, e->free_count)], e->child);
        return number_of(e, e->child);
    }
    choices_of(e, win_tournament(e)->number, e->mine);
    choices_of(e, win_tournament(e)->number, e->theirs);
    for (size_t i = 0; i < e->domain_count; i++) {
        const bool mine = orr_rng_below(&e->rng, 2) == 0;
        e->child[i] = e->numeric[i] && orr_rng_below(&e->rng, 2) == 0 ? between(e, e->mine[i], e->theirs[i], e->domains[i].choice_count) : mine ? e->mine[i] : e->theirs[i];
    }
    for (size_t k = 0; k < e->free_count; k++) if (orr_rng_below(&e->rng, e->free_count) == 0) mutate(e, e->free[k], e->child);
    return number_of(e, e->child);
}

size_t orr_evolution_ask(orr_evolution *e, uint64_t *numbers, size_t most)
{
    size_t count = 0;
    if (e->kept_count == 0 || e->free_count == 0) return 0;
    for (size_t draw = 0; draw < most * DRAWS_EACH && count < most; draw++) {
        const uint64_t number = draw_child(e);
        uint64_t seen;
        if (orr_map_get(&e->seen, number, &seen)) continue;
        orr_map_put(&e->seen, number, 1);
        numbers[count++] = number;
    }
    return count;
}
