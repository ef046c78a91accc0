/* What a recording looks like, for the recorder and the executor that replays it. Whole numbers as varints unless said otherwise, the lowest byte first (base/wire.h).
 *
 *   "orrery-recording/v1\n"
 *   length, text                the version of Orrery that wrote it
 *   system (8 bytes)            orr_recording_system: hash of what decides how long a step takes
 *   replicas, prefill replicas  of each pool
 *   a step, in the order in which steps were begun:
 *     1 + pool + 2 x replica    pool: 0, 1 prefill; the replica's number in its pool
 *     decode_count, decode_context_tokens, chunk_count, chunk_tokens        of the plan, for people
 *     check (4 bytes)           orr_recording_check: hash of all of the plan
 *     latency_ns, latency_ns - occupancy_ns
 *     9 doubles (8 bytes each)  time_ns, flop, memory_bytes, link_bytes, energy_j, compute_limit_ns, memory_limit_ns, link_limit_ns, host_ns
 *   0, number of steps          nothing follows
 *
 * What decides which steps there are (traffic, limits, seed) is not hashed: each plan is checked instead. So a recorded run may be judged by other limits, and a study that
 * plans otherwise is told at which step. */
#ifndef ORR_DRIVE_RECORDING_H
#define ORR_DRIVE_RECORDING_H

#include "drive/executor.h"
#include "spec/study.h"

#define ORR_RECORDING_MAGIC "orrery-recording/v1\n"
enum { ORR_RECORDED_COSTS = 9 };

typedef enum { ORR_POOL_OWN, ORR_POOL_PREFILL, ORR_POOL_COUNT_ } orr_pool;

uint64_t orr_recording_system(const orr_study *study);
uint32_t orr_recording_check(const orr_plan *plan);

#endif
