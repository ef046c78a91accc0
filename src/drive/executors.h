/* The executors of a run, one a pool: the performance model, or a recording; and the recorder behind either. */
#ifndef ORR_DRIVE_EXECUTORS_H
#define ORR_DRIVE_EXECUTORS_H

#include "drive/exec_model.h"
#include "drive/exec_replay.h"
#include "drive/record.h"

typedef struct orr_executors orr_executors;

/* `most_seqs`, `most_tokens`: by pool, what its engines take in a step. replay, recorder: NULL: none; both outlive it. `keeps_last`: orr_executors_last will be asked. */
orr_executors *orr_executors_create(const orr_perf *perf, const int64_t most_seqs[ORR_POOL_COUNT_], const int64_t most_tokens[ORR_POOL_COUNT_], orr_replay *replay, orr_recorder *recorder, bool keeps_last);
void orr_executors_destroy(orr_executors *executors);
const orr_executor *orr_executors_of(const orr_executors *executors, orr_pool pool);
orr_step_cost orr_executors_total(const orr_executors *executors, orr_pool pool);
/* By sides, of engines whose attention and FFN stand apart; zeros where there are none, or a recording is replayed. */
orr_apart_totals orr_executors_apart(const orr_executors *executors, orr_pool pool);
/* Images encoded in the pool's steps, and what they added to these. */
orr_step_images orr_executors_images(const orr_executors *executors, orr_pool pool);
/* Of the step that the pool executed last. */
const orr_step_cost *orr_executors_last(const orr_executors *executors, orr_pool pool);

#endif
