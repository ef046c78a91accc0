/* From what a study says of a fleet that changes to what the loop does. */
#ifndef ORR_DRIVE_RUN_FLEET_H
#define ORR_DRIVE_RUN_FLEET_H

#include "drive/fleet.h"
#include "spec/study.h"

typedef struct orr_run_fleet { orr_fleet_config config; orr_fleet_event *events; double *speeds; } orr_run_fleet;

/* config lives until the end. */
void orr_run_fleet_begin(orr_run_fleet *fleet, const orr_study *study);
void orr_run_fleet_end(orr_run_fleet *fleet);

#endif
