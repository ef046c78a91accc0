/* The order of an answer: feasible ones by objective, then the rest by how near they came. */
#include "lab/search.h"

#include <math.h>
#include <stdlib.h>

/* Compared field by field; less is better. NaN is worst. */
typedef struct rank_key { int group; double first, second, third; size_t point; } rank_key;

/* Groups in the order of hope: what may be feasible before what is not, what ran before what was bounded, what does not fit before what can't be laid out. */
static int group_of(orr_verdict verdict)
{
    static const int groups[ORR_VERDICT_COUNT_] = {
        [ORR_VERDICT_FEASIBLE] = 0, [ORR_VERDICT_BOUND_COST] = 1, [ORR_VERDICT_UNKNOWN] = 2, [ORR_VERDICT_MISSES_SLO] = 3, [ORR_VERDICT_UNSTABLE] = 4,
        [ORR_VERDICT_BOUND_LATENCY] = 5, [ORR_VERDICT_BOUND_CAPACITY] = 6, [ORR_VERDICT_DOES_NOT_FIT] = 7, [ORR_VERDICT_CONSTRAINED] = 8, [ORR_VERDICT_INVALID] = 9, [ORR_VERDICT_REPEATS] = 10};
    return groups[verdict];
}

static rank_key key_of(const orr_search *search, const orr_candidate *c)
{
    const orr_bounds *bounds = &search->bounds[c->point];
    rank_key key = {.group = group_of(c->verdict), .third = (double)c->gpus, .point = c->point};
    switch (c->verdict) {
    case ORR_VERDICT_FEASIBLE: {
        const double loss = orr_objective_loss(search->objective, c->objective);
        const bool tie = loss <= orr_search_loss_limit(search);      /* with the best: all these count as one value */
        key.first = tie ? search->best_loss : loss;
        key.second = tie ? (double)c->gpus : 0;
        key.third = c->result.slo_worst_ratio;
        break;
    }
    case ORR_VERDICT_MISSES_SLO: case ORR_VERDICT_UNSTABLE: key.first = c->result.slo_worst_ratio; break;
    case ORR_VERDICT_BOUND_LATENCY: key.first = bounds->miss_ratio; break;
    case ORR_VERDICT_BOUND_CAPACITY: key.first = bounds->work_s; break;
    case ORR_VERDICT_BOUND_COST: case ORR_VERDICT_UNKNOWN: key.first = orr_objective_loss(search->objective, c->bound); break;
    case ORR_VERDICT_DOES_NOT_FIT: case ORR_VERDICT_CONSTRAINED: case ORR_VERDICT_INVALID: case ORR_VERDICT_REPEATS: case ORR_VERDICT_COUNT_: break;
    }
    return key;
}

static int compare_values(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
    return a < b ? -1 : a > b;
}

static int compare(const void *a, const void *b)
{
    const rank_key *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    int order = compare_values(x->first, y->first);
    if (order == 0) order = compare_values(x->second, y->second);
    if (order == 0) order = compare_values(x->third, y->third);
    if (order == 0) order = x->point < y->point ? -1 : x->point > y->point;
    return order;
}

size_t orr_search_winner(const orr_search *search)
{
    size_t winner = ORR_NO_POINT;
    rank_key best = {0};
    for (size_t i = 0; i < search->feasible.count; i++) {
        const rank_key key = key_of(search, &search->candidates[search->feasible.items[i]]);
        if (winner != ORR_NO_POINT && compare(&key, &best) > 0) continue;
        winner = key.point;
        best = key;
    }
    return winner;
}

void orr_rank(orr_search *search)
{
    const size_t count = search->space.point_count;
    rank_key *keys = orr_mem_resize(NULL, count * sizeof *keys);
    orr_candidate *ranked = ORR_NEW_ARRAY(search->arena, orr_candidate, count);
    for (size_t i = 0; i < count; i++) keys[i] = key_of(search, &search->candidates[i]);
    qsort(keys, count, sizeof *keys, compare);
    for (size_t i = 0; i < count; i++) ranked[i] = search->candidates[keys[i].point];
    search->candidates = ranked;
    orr_mem_free(keys);
}
