/* A request on its seat: it joins the decoding requests of its lane, stops, and leaves. What schedulers count of those that run is kept here, at these events and never at a step. */
#include "serve/engine_state.h"

void orr_seat_decode(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    slot->decoding = true;
    orr_lane_count_since(lane, slot->last_token_ns, 1);
    slot->membership = (orr_membership){lane->batch.clock, slot->target_tokens, slot->generated_tokens};
    orr_batch_join(&lane->batch, index, slot->order, &slot->membership, slot->fate.output_tokens - slot->generated_tokens);
}

int64_t orr_seat_stop(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    const int64_t held_tokens = orr_batch_held_tokens(&lane->batch, &slot->membership);
    slot->private_blocks += orr_blocks_of(engine, held_tokens) - orr_blocks_of(engine, slot->membership.context_tokens);
    orr_batch_leave(&lane->batch, index, &slot->membership);
    slot->decoding = false;
    return held_tokens;
}

void orr_seat_leave(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot_list_remove(engine, &lane->running, index);
    engine->running_count--;
}
