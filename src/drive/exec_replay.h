/* The executor that replays: a recording's outcomes and costs, step by step, each only for the plan that it was recorded of.
 *
 * It can't refuse a step in the middle of one: the first that does not fit is kept with its place, the rest take a nanosecond each until the loop asks whether to stop (orr_replay_failed), and orr_replay_close
 * reports it. A replayed run gives the recorded run's results byte for byte, since outcomes decide the times and the costs are summed in the order in which they were. */
#ifndef ORR_DRIVE_EXEC_REPLAY_H
#define ORR_DRIVE_EXEC_REPLAY_H

#include "drive/recording.h"

typedef struct orr_replay orr_replay;

/* NULL: reported (no such file, no recording, of another system). */
orr_replay *orr_replay_open(const char *path, const orr_study *study, const char *version, orr_diags *diags);
orr_outcome orr_replay_execute(orr_replay *replay, orr_pool pool, int replica, const orr_plan *plan);
/* Of the last step, and summed over all of a pool. */
const orr_step_cost *orr_replay_last(const orr_replay *replay);
/* Back to the first step, for another run over the same. */
void orr_replay_rewind(orr_replay *replay);
bool orr_replay_failed(const orr_replay *replay);
/* When the step just executed began: for the report of one that does not fit. */
void orr_replay_tell_time(orr_replay *replay, int64_t start_ns);
/* Once the run is over; `whole`: it came to its end, so that the recording must have too. False: reported. */
bool orr_replay_check(orr_replay *replay, bool whole, orr_diags *diags);
void orr_replay_close(orr_replay *replay);

#endif
