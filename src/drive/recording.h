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
 *   0, number of steps, and 8 bytes: orr_hash_bytes over the bytes of all steps, each step's seeded by the one before; nothing follows
 *
 * What decides which steps there are (traffic, limits, seed) is not hashed: each plan is checked instead. So a recorded run may be judged by other limits, and a study that
 * plans otherwise is told at which step. */
#ifndef ORR_DRIVE_RECORDING_H
#define ORR_DRIVE_RECORDING_H

#include "base/wire.h"
#include "drive/executor.h"
#include "spec/study.h"

#define ORR_RECORDING_MAGIC "orrery-recording/v1\n"
enum { ORR_RECORDED_COSTS = 9 };

typedef enum { ORR_POOL_OWN, ORR_POOL_PREFILL, ORR_POOL_COUNT_ } orr_pool;

/* A step as it stands in the file. tag: 1 + pool + 2 x replica; slack: latency - occupancy. */
typedef struct orr_recorded_step { uint64_t tag, decodes, context, chunks, chunk_tokens; uint32_t check; uint64_t latency_ns, slack_ns; orr_step_cost cost; } orr_recorded_step;
enum { ORR_RECORDED_STEP_BYTES = 7 * ORR_VARINT_BYTES + 4 + 8 * ORR_RECORDED_COSTS };      /* at most */
size_t orr_recording_put_step(const orr_recorded_step *step, uint8_t *bytes);

uint64_t orr_recording_system(const orr_study *study);
uint32_t orr_recording_check(const orr_plan *plan);

#endif
