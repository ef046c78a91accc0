/* The executors of a run, one a pool or group of replicas: the performance model, or a recording; and the recorder behind either. Recordings tell replicas of groups by their number alone. */
#ifndef ORR_DRIVE_EXECUTORS_H
#define ORR_DRIVE_EXECUTORS_H

#include "drive/exec_model.h"
#include "drive/exec_replay.h"
#include "drive/loop.h"
#include "drive/record.h"

typedef struct orr_executors orr_executors;

/* `config`: what engines take in a step, and how many replicas a group has. replay, recorder: NULL: none; both outlive it. `keeps_last`: orr_executors_last will be asked. */
orr_executors *orr_executors_create(const orr_perf *perf, const orr_loop_config *config, orr_replay *replay, orr_recorder *recorder, bool keeps_last);
void orr_executors_destroy(orr_executors *executors);
const orr_executor *orr_executors_of(const orr_executors *executors, orr_pool pool);
const orr_executor *orr_executors_of_group(const orr_executors *executors, int group);
/* Of one group alone; of all together, or the prefill engines. */
orr_step_cost orr_executors_group_total(const orr_executors *executors, int group);
orr_step_cost orr_executors_total(const orr_executors *executors, orr_pool pool);
/* By sides, of engines whose attention and FFN stand apart; zeros where there are none, or a recording is replayed. */
orr_apart_totals orr_executors_apart(const orr_executors *executors, orr_pool pool);
/* Images encoded in the pool's steps, and what they added to these. */
orr_step_images orr_executors_images(const orr_executors *executors, orr_pool pool);
/* Of the step that the replica's pool executed last. */
const orr_step_cost *orr_executors_last(const orr_executors *executors, int replica);

#endif
