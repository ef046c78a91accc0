/* A request between two engines: out of the one that computed its prompt, into the one that decodes it (the rules stand in engine.h).
 *
 * A slot is in one list at a time. On the prefill engine: arriving -> (the queue) -> a lane's running -> outgoing -> unused. On the decode engine: expected (in none) -> arriving -> (the queue) -> incoming -> received -> a lane's running, and from there as
 * any other. Blocks are held from incoming on; a slot of incoming or received has a seat of max_num_seqs, so that whoever is received joins without a further question. */
#include "serve/engine_state.h"

#include "base/panic.h"

void orr_hand_over(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    orr_seat_leave(engine, lane, index);
    orr_slot_list_push_back(engine, &engine->outgoing, index);
    const orr_finished so_far = {.request = slot->request, .output_tokens = slot->generated_tokens, .cached_tokens = slot->cached_tokens, .admitted_ns = slot->admitted_ns,
        .first_token_ns = slot->first_token_ns, .last_token_ns = slot->last_token_ns, .preemptions = slot->preemptions};
    engine->listener.handed_over(engine->listener.context, index, &so_far);
}

void orr_engine_release(orr_engine_core *engine, orr_request_index index, int64_t now_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    engine->cache.now_ns = now_ns;
    orr_slot_list_remove(engine, &engine->outgoing, index);
    orr_return_blocks(engine, slot, slot->computed_tokens, false);
    orr_slot_release(engine, index);
    ORR_CHECK(orr_engine_audit(engine));
}

orr_request_index orr_engine_expect(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count)
{
    ORR_INVARIANT(fate.output_tokens > 1);
    const orr_request_index index = orr_slot_acquire(engine);
    orr_slot *slot = orr_slot_at(engine, index);
    slot->request = *request;
    slot->fate = fate;
    slot->target_tokens = request->input_tokens;
    slot->most_output_tokens = orr_most_output(engine, request);
    slot->remote = true;
    slot->images = 0;       /* they are encoded where its prompt is computed */
    orr_prefix_prepare(engine, slot, prefix, prefix_count);
    return index;
}

void orr_engine_offer(orr_engine_core *engine, orr_request_index index, const orr_finished *so_far)
{
    orr_slot *slot = orr_slot_at(engine, index);
    slot->admitted_ns = so_far->admitted_ns;
    slot->cached_tokens = so_far->cached_tokens;
    slot->preemptions = so_far->preemptions;
    orr_slot_list_push_back(engine, &engine->arriving, index);
    engine->arriving_tokens += slot->request.input_tokens;
}

/* Its blocks are reserved: it leaves the queue until its context is here. */
void orr_await_context(orr_engine_core *engine, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    orr_queue_leave(&engine->queue, index, &slot->request);
    orr_slot_list_push_back(engine, &engine->incoming, index);
    engine->listener.reserved(engine->listener.context, index, &slot->request, slot->target_tokens - slot->computed_tokens);
}

void orr_engine_receive(orr_engine_core *engine, orr_request_index index, int64_t now_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    engine->cache.now_ns = now_ns;
    slot->computed_tokens = slot->target_tokens;
    slot->generated_tokens = 1;
    slot->remote = false;
    orr_cover(engine, slot, slot->computed_tokens);
    orr_slot_list_remove(engine, &engine->incoming, index);
    orr_slot_list_push_back(engine, &engine->received, index);
    ORR_CHECK(orr_engine_audit(engine));
}

/* All that were received join the lane, in the order in which they were. Behind a prompt under way nobody does: it stays the tail of the running order. */
void orr_join_received(orr_engine_core *engine, orr_lane *lane, int64_t now_ns)
{
    while (lane->partial == ORR_NO_REQUEST && engine->received.count > 0) {
        const orr_request_index index = engine->received.first;
        orr_slot *slot = orr_slot_at(engine, index);
        orr_slot_list_remove(engine, &engine->received, index);
        orr_seat_enter(engine, lane, index);
        slot->first_token_ns = slot->last_token_ns = now_ns;
        orr_seat_decode(engine, lane, index);
    }
}
