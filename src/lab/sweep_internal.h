/* What the files of a sweep share (private to src/lab/). */
#ifndef ORR_LAB_SWEEP_INTERNAL_H
#define ORR_LAB_SWEEP_INTERNAL_H

#include "lab/sweep.h"

/* sweep_effects.c: of the points as they are estimated. */
void orr_sweep_find_effects(orr_sweep *sweep, orr_arena *arena);

#endif
