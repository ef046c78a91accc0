/* What the files of a sweep share (private to src/lab/). */
#ifndef ORR_LAB_SWEEP_INTERNAL_H
#define ORR_LAB_SWEEP_INTERNAL_H

#include "lab/sweep.h"

/* sweep_points.c */
uint64_t orr_sweep_number(const orr_study_file *file, const size_t *choice_index);
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

/* sweep_effects.c: of the points as they are estimated. */
void orr_sweep_find_effects(orr_sweep *sweep, orr_arena *arena);

#endif
