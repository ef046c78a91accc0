/* The Pareto front of interactivity (tokens/s/user) against efficiency (output tokens/s/GPU), among feasible points. */
#include "lab/search.h"

#include <math.h>
#include <stdlib.h>

static bool stands(const orr_candidate *c) { return c->verdict == ORR_VERDICT_FEASIBLE && !isnan(c->tokens_per_s_per_user) && !isnan(c->tokens_per_s_per_gpu); }

/* By users' speed, fastest first; then by efficiency, best first; then by point. */
static int compare(const void *a, const void *b)
{
    const orr_candidate *x = *(const orr_candidate *const *)a, *y = *(const orr_candidate *const *)b;
    if (x->tokens_per_s_per_user != y->tokens_per_s_per_user) return x->tokens_per_s_per_user > y->tokens_per_s_per_user ? -1 : 1;
    if (x->tokens_per_s_per_gpu != y->tokens_per_s_per_gpu) return x->tokens_per_s_per_gpu > y->tokens_per_s_per_gpu ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

void orr_pareto_mark(orr_candidate *candidates, size_t count)
{
    orr_candidate **order = orr_mem_resize(NULL, (count + 1) * sizeof *order);
    size_t standing = 0;
    for (size_t i = 0; i < count; i++) {
        candidates[i].on_pareto_front = false;
        if (stands(&candidates[i])) order[standing++] = &candidates[i];
    }
    if (standing > 1) qsort(order, standing, sizeof *order, compare);
    double best = -INFINITY;        /* efficiency among the faster ones: of equals, the first point alone stands */
    for (size_t i = 0; i < standing; i++) {
        if (order[i]->tokens_per_s_per_gpu <= best) continue;
        order[i]->on_pareto_front = true;
        best = order[i]->tokens_per_s_per_gpu;
    }
    orr_mem_free(order);
}

bool orr_pareto_covers(const orr_search *search, size_t point)
{
    const orr_bounds *at_best = &search->bounds[point];
    for (size_t i = 0; i < search->feasible.count; i++) {
        const orr_candidate *c = &search->candidates[search->feasible.items[i]];
        if (stands(c) && c->tokens_per_s_per_user >= at_best->tokens_per_s_per_user && c->tokens_per_s_per_gpu * (1 + ORR_TIE_SHARE) >= at_best->output_tokens_per_s_per_gpu) return true;
    }
    return false;
}
