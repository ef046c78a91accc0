/* Encoders of images in a run: as the study says of them, and what became of what they did. */
#ifndef ORR_DRIVE_RUN_ENCODERS_H
#define ORR_DRIVE_RUN_ENCODERS_H

#include "drive/loop.h"
#include "drive/run.h"

/* What encoding and shipping takes, and what it cost so far. The pool points to it. */
typedef struct orr_encoder_costs {
    const orr_perf *perf;
    struct orr_encoder_time *times;     /* by number of images, where known */
    int64_t time_count;
    orr_cost total;
} orr_encoder_costs;

/* Empty where there are none. */
orr_encoder_pool orr_run_encoder_pool(const orr_study *study, const orr_perf *perf, const orr_router_policy *router, orr_encoder_costs *costs);
void orr_encoder_costs_free(orr_encoder_costs *costs);

/* --- tallies --- */
typedef struct orr_encoder_tallies orr_encoder_tallies;
orr_encoder_tallies *orr_encoder_tallies_create(int64_t replicas);      /* NULL where there are none */
void orr_encoder_tallies_destroy(orr_encoder_tallies *tallies);
/* One arrived; and how many have since the run began that are there, or have left (0, 0 of NULL). */
typedef struct orr_encoder_counts { int64_t waiting, left; } orr_encoder_counts;
void orr_encoder_tallies_arrive(orr_encoder_tallies *tallies);
orr_encoder_counts orr_encoder_tallies_counts(const orr_encoder_tallies *tallies);
void orr_encoder_tallies_add(orr_encoder_tallies *tallies, const orr_encoded *encoded);
/* Everything counts anew. */
void orr_encoder_tallies_empty(orr_encoder_tallies *tallies);
/* Fills r->encoders; duration_s stands. */
void orr_encoder_tallies_finish(const orr_encoder_tallies *tallies, orr_run_result *r);

/* What their work cost: energy into `r`, with what idle chips draw; utilisations. */
void orr_run_encoders_fill(const orr_perf *perf, const orr_cost *cost, orr_run_result *r);

#endif
