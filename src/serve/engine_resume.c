/* An engine that is lost, and requests that go on elsewhere.
 *
 * When an engine breaks, its cache and its steps in flight are gone; what was out of its requests is with their clients. A request goes on as after a preemption: prompt and generated tokens are computed anew, less what the
 * cache of the other engine holds of the prompt, and the next token follows the last one that its client has. */
#include "serve/engine_state.h"

#include "base/math.h"

orr_request_index orr_engine_resume(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count, const orr_request_progress *so_far)
{
    const orr_request_index index = orr_arrive(engine, request, fate, prefix, prefix_count);
    orr_slot *slot = orr_slot_at(engine, index);
    slot->generated_tokens = so_far->generated_tokens;
    slot->target_tokens += so_far->generated_tokens;
    slot->lost_tokens = orr_min_i64(so_far->lost_tokens, slot->target_tokens);
    slot->cached_tokens = so_far->cached_tokens;
    slot->admitted = so_far->admitted;
    slot->admitted_ns = so_far->admitted_ns;
    slot->first_token_ns = so_far->first_token_ns;
    slot->last_token_ns = so_far->last_token_ns;
    slot->earlier_preemptions = so_far->preemptions;
    return index;
}

void orr_engine_break(orr_engine_core *engine)
{
    for (int i = 0; i < engine->config.lane_count; i++) {
        orr_lane *lane = &engine->lanes[i];
        if (lane->in_flight && lane->decodes) engine->counters.decodes -= lane->batch.count;        /* they gave nothing */
        for (orr_request_index index = lane->running.first; index != ORR_NO_REQUEST; index = orr_slot_at(engine, index)->next) {
            orr_slot *slot = orr_slot_at(engine, index);
            if (!slot->decoding) continue;
            slot->computed_tokens = orr_membership_context(&slot->membership, lane->batch.clock);
            slot->generated_tokens = orr_membership_generated(&slot->membership, lane->batch.clock);
            slot->last_token_ns = orr_max_i64(slot->last_token_ns, lane->last_decode_ns);
        }
    }
}

orr_request_progress orr_engine_progress(const orr_engine_core *engine, orr_request_index index)
{
    const orr_slot *slot = &engine->slots.items[index];
    return (orr_request_progress){.generated_tokens = slot->generated_tokens, .lost_tokens = slot->computed_tokens + slot->lost_tokens, .cached_tokens = slot->cached_tokens, .admitted_ns = slot->admitted_ns,
        .first_token_ns = slot->first_token_ns, .last_token_ns = slot->last_token_ns, .preemptions = slot->preemptions + slot->earlier_preemptions, .admitted = slot->admitted};
}
