/* A study as the loop takes it. */
#ifndef ORR_DRIVE_RUN_CONFIG_H
#define ORR_DRIVE_RUN_CONFIG_H

#include "drive/executors.h"
#include "drive/foresight.h"
#include "drive/loop.h"
#include "drive/run_encoders.h"
#include "drive/run_fleet.h"
#include "drive/run_tiers.h"

/* `loop`, and what it points to: stays where it is until the end. Pools by number: groups of replicas in order, the prefill engines last. */
typedef struct orr_run_config {
    orr_loop_config loop;
    orr_loop_group further[ORR_MOST_STUDY_GROUPS];
    const orr_perf *perf;
    double acceptance[ORR_MOST_POOLS][ORR_MAX_DRAFTS];
    orr_recompute recompute[ORR_MOST_POOLS];
    orr_run_fleet fleet;
    orr_encoder_costs encoding;
    orr_foresight foresight;
} orr_run_config;

void orr_run_config_begin(orr_run_config *config, const orr_study *study, const orr_perf *perf);
void orr_run_config_end(orr_run_config *config);
/* Executors of all but the first group, whose own goes to orr_loop_run. */
void orr_run_config_execute_with(orr_run_config *config, const orr_executors *executors);
/* Engines that evict by what is to come see it. */
void orr_run_config_foresee(orr_run_config *config, orr_future *future);

#endif
