/* Experts of known popularity on ranks: see expert_placement.c. */
#ifndef ORR_PERF_EXPERT_PLACEMENT_H
#define ORR_PERF_EXPERT_PLACEMENT_H

#include "base/mem.h"
#include "spec/experts.h"

typedef struct orr_expert_placement {
    int64_t slots, busiest_slots;           /* experts and copies, in all and on the busiest rank; that rank's come first */
    int64_t rank_slots;                     /* room of a rank */
    double busiest_share;                   /* of all rows; 1 where there is one rank */
    const double *log_misses;               /* [slots]: ln(1 - chance that a token comes to it) */
} orr_expert_placement;

/* NULL where nothing is known of popularity. `experts` in all, `chosen` of them by each token, on `ranks`. */
const orr_expert_placement *orr_expert_placement_make(const orr_experts *settings, int64_t experts, int64_t chosen, int64_t ranks, orr_arena *arena);

/* Slots that `tokens` tokens come to: of all ranks, or of the busiest alone. */
double orr_expert_placement_touched(const orr_expert_placement *placement, double tokens, bool of_busiest);

#endif
