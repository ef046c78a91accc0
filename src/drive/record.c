#include "drive/record.h"

#include <string.h>

#include "base/map.h"
#include "base/stream.h"
#include "base/wire.h"

struct orr_recorder { orr_sink *sink; uint64_t steps, hash; };

static void put_varint(orr_sink *sink, uint64_t value)
{
    uint8_t bytes[ORR_VARINT_BYTES];
    orr_sink_write(sink, bytes, orr_wire_varint(bytes, value));
}

orr_recorder *orr_recorder_open(const char *path, const orr_study *study, const char *version, orr_diags *diags)
{
    orr_sink *sink = orr_sink_open(path, diags);
    if (sink == NULL) return NULL;
    orr_recorder *recorder = orr_mem_resize(NULL, sizeof *recorder);
    *recorder = (orr_recorder){.sink = sink};
    uint8_t system[8];
    orr_sink_write(sink, ORR_RECORDING_MAGIC, strlen(ORR_RECORDING_MAGIC));
    put_varint(sink, strlen(version));
    orr_sink_write(sink, version, strlen(version));
    orr_sink_write(sink, system, orr_wire_fixed(system, orr_recording_system(study), sizeof system));
    put_varint(sink, (uint64_t)study->serving.replicas);
    put_varint(sink, orr_study_has_pools(study) ? (uint64_t)study->serving.prefill.replicas : 0);
    return recorder;
}

void orr_recorder_step(orr_recorder *recorder, orr_pool pool, int replica, const orr_plan *plan, orr_outcome outcome, const orr_step_cost *cost)
{
    const orr_recorded_step step = {1 + (uint64_t)pool + 2 * (uint64_t)replica, (uint64_t)plan->decode_count, (uint64_t)plan->decode_context_tokens, (uint64_t)plan->chunk_count, (uint64_t)plan->chunk_tokens,
        orr_recording_check(plan), (uint64_t)outcome.latency_ns, (uint64_t)(outcome.latency_ns - outcome.occupancy_ns), *cost};
    uint8_t bytes[ORR_RECORDED_STEP_BYTES];
    const size_t length = orr_recording_put_step(&step, bytes);
    orr_sink_write(recorder->sink, bytes, length);
    recorder->hash = orr_hash_bytes(bytes, length, recorder->hash);
    recorder->steps++;
}

bool orr_recorder_close(orr_recorder *recorder, bool whole, orr_diags *diags)
{
    if (recorder == NULL) return true;
    put_varint(recorder->sink, 0);
    put_varint(recorder->sink, recorder->steps);
    uint8_t hash[8];
    orr_sink_write(recorder->sink, hash, orr_wire_fixed(hash, recorder->hash, sizeof hash));
    const bool good = orr_sink_close(recorder->sink, whole, diags);
    orr_mem_free(recorder);
    return good;
}
