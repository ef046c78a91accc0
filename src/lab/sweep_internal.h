/* What the files of a sweep share (private to src/lab/). */
#ifndef ORR_LAB_SWEEP_INTERNAL_H
#define ORR_LAB_SWEEP_INTERNAL_H

#include <pthread.h>
#include "base/workers.h"
#include "lab/demand_cache.h"
#include "lab/memo.h"
#include "lab/sweep.h"

/* A sweep under way. */
typedef struct orr_sweeping {
    orr_sweep *sweep;
    const orr_sweep_options *options;
    orr_arena *arena;                   /* of the sweep; under the lock */
    orr_space space;
    orr_demand_cache *demands;
    size_t *first;                      /* of each group of points that share a system, by order of `members` */
    size_t *members;                    /* points, group by group */
    size_t group_count, item_groups;    /* of this round; the workers take so many at a time */
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
} orr_sweeping;

/* sweep.c: the points of the product, or so many spread evenly, and what is the same at all of them. `options` outlives it. */
void orr_sweeping_begin(orr_sweeping *s, const orr_study_file *file, const orr_sweep_options *options, orr_arena *arena, orr_diags *diags);
void orr_sweeping_end(orr_sweeping *s);
void orr_sweeping_tell(const orr_sweeping *s, size_t done, size_t total);       /* whoever asks, now and then */

/* sweep_points.c */
orr_sweep_point orr_sweep_blank(uint64_t number);       /* not estimated */
uint64_t orr_sweep_number(const orr_study_file *file, const size_t *choice_index);
orr_sweep_point orr_sweep_blank(uint64_t number);       /* not estimated yet */
/* The whole product where it has no more than `most` points, else so many of them spread evenly; by number. */
void orr_sweep_spread(orr_sweep *sweep, size_t most, orr_arena *arena);
void orr_sweep_sort(orr_sweep *sweep, size_t from);     /* the points from there on, by number */
const orr_sweep_point *orr_sweep_find(const orr_sweep *sweep, uint64_t number);        /* of sorted points; NULL: not estimated */
orr_trial orr_sweep_trial(const orr_sweep *sweep, const orr_sweep_point *point);
void orr_sweep_find_front(orr_sweep *sweep, orr_arena *arena);      /* `order` stands */
/* Generations of points, appended to a sweep that has none: a quarter of `room` spread evenly, then children of the best, last the moves of one domain from the best of all until no move is better. Each system comes with all its loads where they
 * are 256 at most: `is_load`, domains that a prepared system doesn't depend on. told_from: the points that are estimated since the last. False: there are no more. */
typedef struct orr_breeding orr_breeding;
orr_breeding *orr_breeding_begin(orr_sweep *sweep, const bool *is_load, size_t room, uint64_t seed, orr_arena *arena);
bool orr_breeding_next(orr_breeding *breeding, size_t told_from);
void orr_breeding_end(orr_breeding *breeding);

/* sweep_estimate.c */
void orr_sweeping_read_loads(orr_sweeping *s, orr_arena *arena);
bool orr_sweeping_shapes_lengths(const orr_domain *domain);     /* of what requests look like, not of how many come */
size_t orr_sweeping_group(orr_sweeping *s, orr_arena *arena);   /* this round's points by the system that they share; how many systems */
void orr_sweeping_recall(orr_sweeping *s, orr_arena *arena);    /* from the keeper: which are impossible is kept, why the first of them is, is not: */
void orr_sweeping_find_why_impossible(orr_sweeping *s);
void orr_sweeping_estimate_group(void *context, size_t group);
bool orr_sweeping_is_ours(const orr_sweeping *s, size_t group);         /* of this shard */
size_t orr_sweeping_wanted(const orr_sweeping *s, size_t group, size_t *points);        /* of a group, those that are not known from before */
/* Points of the group that `first` stands for. False: not all that there is to say of them could be said; what hindered is noted. */
bool orr_sweeping_estimate(orr_sweeping *s, size_t first, const size_t *wanted, size_t count);
void orr_sweeping_keep(orr_sweeping *s, const size_t *which, size_t count);

/* sweep_crew.c: the same by hands in other processes (crew.h) */
void orr_sweeping_estimate_item(void *context, size_t item);
bool orr_sweeping_estimate_item_elsewhere(void *context, size_t item, size_t hand);
/* False: that hand is lost. *made: it has made the run. */
bool orr_sweeping_simulate_elsewhere(const orr_sweeping *s, uint64_t number, size_t hand, orr_run_result *result, char **worst_tenant, bool *made);

/* sweep_finalists.c */
/* Points with an objective and no more than `ratio` of the limits, best first; of equals, those that are farthest from their limits. */
size_t orr_sweep_order(const orr_sweep *sweep, double ratio, size_t *order);
/* One point's run with the whole traffic. False: it can't be built. */
bool orr_sweeping_run_point(const orr_sweeping *s, uint64_t number, const orr_run_elsewhere *elsewhere, orr_study *study, orr_run_result *run, char **worst_tenant, orr_arena *arena, orr_diags *diags);
void orr_sweeping_simulate_best(orr_sweeping *s, orr_workers *workers, orr_arena *arena);

void orr_sweeping_find_rivals(orr_sweeping *s, orr_arena *arena);

/* contours.c */
enum { ORR_CONTOUR_ROUNDS_MOST = 16 };
/* Of a sorted sweep that is not the whole product: appends points for cells, sorted among themselves. False: none is new. */
bool orr_contours_spread(orr_sweep *sweep, orr_contours *contours, size_t round, orr_arena *arena);
void orr_contours_draw(const orr_sweep *sweep, orr_contours *contours, orr_workers *workers, orr_arena *arena);     /* `points` stand */

/* sweep_effects.c: of the points as they are estimated. */
void orr_sweep_find_effects(orr_sweep *sweep, orr_arena *arena);

#endif
