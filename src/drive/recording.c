#include "drive/recording.h"

#include <string.h>

#include "base/map.h"

/* Of the resolved study: its sections but those that only say what arrives and how it is judged. */
uint64_t orr_recording_system(const orr_study *study)
{
    static const char *const left_out[] = {"title:", "traffic:", "slo:", "objective:", "seed:", "measure:"};
    orr_text yaml = {0};
    orr_study_resolved(study, &yaml);
    uint64_t hash = 0;
    bool skipped = false;
    for (const char *line = yaml.bytes, *end; line && *line; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL) break;
        if (*line != ' ') {
            skipped = *line == '#';
            for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) skipped |= orr_text_starts_with(line, left_out[i]);
        }
        if (!skipped) hash = orr_hash_bytes(line, (size_t)(end - line), hash);
    }
    orr_text_free(&yaml);
    return hash;
}

uint32_t orr_recording_check(const orr_plan *plan)
{
    uint64_t squares;
    memcpy(&squares, &plan->decode_context_squares, sizeof squares);
    const uint64_t parts[] = {(uint64_t)plan->decode_count, (uint64_t)plan->decode_context_tokens, (uint64_t)plan->decode_capped_tokens, (uint64_t)plan->decode_tokens, squares,
        (uint64_t)plan->chunk_count, (uint64_t)plan->chunk_tokens, (uint64_t)plan->completing_chunks, (uint64_t)plan->running_requests};
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) hash = orr_hash_mix(hash, parts[i]);
    for (int64_t i = 0; i < plan->chunk_count; i++) {
        const orr_plan_chunk *chunk = &plan->chunks[i];
        hash = orr_hash_mix(orr_hash_mix(orr_hash_mix(hash, (uint64_t)chunk->new_tokens), (uint64_t)chunk->context_tokens), chunk->completes);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

size_t orr_recording_put_step(const orr_recorded_step *step, uint8_t *bytes)
{
    const orr_cost *c = &step->cost.cost;
    const uint64_t before[] = {step->tag, step->decodes, step->context, step->chunks, step->chunk_tokens}, after[] = {step->latency_ns, step->slack_ns};
    const double costs[ORR_RECORDED_COSTS] = {c->time_ns, c->flop, c->memory_bytes, c->link_bytes, c->energy_j, c->compute_limit_ns, c->memory_limit_ns, c->link_limit_ns, step->cost.host_ns};
    size_t length = 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) length += orr_wire_varint(bytes + length, before[i]);
    length += orr_wire_fixed(bytes + length, step->check, 4);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) length += orr_wire_varint(bytes + length, after[i]);
    for (size_t i = 0; i < ORR_RECORDED_COSTS; i++) length += orr_wire_double(bytes + length, costs[i]);
    return length;
}
