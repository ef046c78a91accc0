/* The recorder: each step's plan, outcome and cost, written to a file as they happen (drive/recording.h says how). */
#ifndef ORR_DRIVE_RECORD_H
#define ORR_DRIVE_RECORD_H

#include "drive/recording.h"

typedef struct orr_recorder orr_recorder;

/* NULL: reported. */
orr_recorder *orr_recorder_open(const char *path, const orr_study *study, const char *version, orr_diags *diags);
void orr_recorder_step(orr_recorder *recorder, orr_pool pool, int replica, const orr_plan *plan, orr_outcome outcome, const orr_step_cost *cost);
/* `whole`: the run came to its end; else nothing is left. False: reported. NULL is allowed: true. */
bool orr_recorder_close(orr_recorder *recorder, bool whole, orr_diags *diags);

#endif
