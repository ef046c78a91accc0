#include "drive/record.h"

#include <string.h>

#include "base/stream.h"
#include "base/wire.h"

struct orr_recorder { orr_sink *sink; uint64_t steps; };

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
    *recorder = (orr_recorder){sink, 0};
    uint8_t system[8];
    orr_sink_write(sink, ORR_RECORDING_MAGIC, strlen(ORR_RECORDING_MAGIC));
    put_varint(sink, strlen(version));
    orr_sink_write(sink, version, strlen(version));
    orr_sink_write(sink, system, orr_wire_fixed(system, orr_recording_system(study), sizeof system));
    put_varint(sink, (uint64_t)study->serving.replicas);
    put_varint(sink, orr_study_has_pools(study) ? (uint64_t)study->serving.prefill.replicas : 0);
    return recorder;
}

void orr_recorder_step(orr_recorder *recorder, orr_pool pool, int replica, const orr_plan *plan, orr_outcome outcome, const orr_step_cost *step)
{
    const orr_cost *c = &step->cost;
    const uint64_t before[] = {1 + (uint64_t)pool + 2 * (uint64_t)replica, (uint64_t)plan->decode_count, (uint64_t)plan->decode_context_tokens, (uint64_t)plan->chunk_count, (uint64_t)plan->chunk_tokens};
    const uint64_t after[] = {(uint64_t)outcome.latency_ns, (uint64_t)(outcome.latency_ns - outcome.occupancy_ns)};
    const double costs[ORR_RECORDED_COSTS] = {c->time_ns, c->flop, c->memory_bytes, c->link_bytes, c->energy_j, c->compute_limit_ns, c->memory_limit_ns, c->link_limit_ns, step->host_ns};
    uint8_t bytes[7 * ORR_VARINT_BYTES + 4 + 8 * ORR_RECORDED_COSTS];
    size_t length = 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) length += orr_wire_varint(bytes + length, before[i]);
    length += orr_wire_fixed(bytes + length, orr_recording_check(plan), 4);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) length += orr_wire_varint(bytes + length, after[i]);
    for (size_t i = 0; i < ORR_RECORDED_COSTS; i++) length += orr_wire_double(bytes + length, costs[i]);
    orr_sink_write(recorder->sink, bytes, length);
    recorder->steps++;
}

bool orr_recorder_close(orr_recorder *recorder, bool whole, orr_diags *diags)
{
    if (recorder == NULL) return true;
    put_varint(recorder->sink, 0);
    put_varint(recorder->sink, recorder->steps);
    const bool good = orr_sink_close(recorder->sink, whole, diags);
    orr_mem_free(recorder);
    return good;
}
