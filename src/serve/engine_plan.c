/* Planning a step: running requests first, then admission (the rules stand in engine.h). */
#include "serve/engine_state.h"

#include "base/math.h"
#include "base/panic.h"

static void add_chunk(orr_engine_core *engine, orr_lane *lane, orr_request_index index, int64_t new_tokens)
{
    orr_slot *slot = orr_slot_at(engine, index);
    const int64_t computed_tokens = slot->computed_tokens + new_tokens;
    orr_vec_push(&lane->chunks, (orr_plan_chunk){new_tokens, slot->computed_tokens, computed_tokens == slot->target_tokens});
    orr_vec_push(&lane->chunk_requests, index);
    orr_cover(engine, slot, computed_tokens);
    lane->partial = computed_tokens == slot->target_tokens ? ORR_NO_REQUEST : index;
}

/* The victim gives up its blocks and waits again. */
static void preempt(orr_engine_core *engine, orr_lane *lane)
{
    const orr_request_index index = orr_seat_victim(engine, lane);
    orr_slot *slot = orr_slot_at(engine, index);
    int64_t stored_tokens = slot->computed_tokens;
    if (slot->decoding) {
        stored_tokens = orr_membership_context(&slot->membership, lane->batch.clock);
        slot->generated_tokens = orr_membership_generated(&slot->membership, lane->batch.clock);
        slot->last_token_ns = orr_max_i64(slot->last_token_ns, lane->last_decode_ns);
        orr_lane_count_since(lane, slot->last_token_ns, -1);
        orr_seat_stop(engine, lane, index);
    } else {
        ORR_INVARIANT(lane->partial == index);
        lane->partial = ORR_NO_REQUEST;
    }
    orr_return_blocks(engine, slot, stored_tokens, true);
    orr_seat_leave(engine, lane, index);
    orr_queue_enter(&engine->queue, index, &slot->request, true);
    slot->target_tokens = slot->request.input_tokens + slot->generated_tokens;
    slot->computed_tokens = 0;
    slot->lost_tokens = stored_tokens;
    slot->preemptions++;
    engine->counters.preemptions++;
}

static void admit(orr_engine_core *engine, orr_lane *lane, orr_request_index index, int64_t now_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    orr_seat_enter(engine, lane, index);
    if (!slot->admitted && slot->preemptions == 0) {
        slot->admitted = true;
        slot->admitted_ns = now_ns;
        slot->cached_tokens = slot->computed_tokens;
        engine->counters.cached_tokens += slot->computed_tokens;
    }
    engine->counters.recomputed_tokens += orr_max_i64(0, slot->lost_tokens - slot->computed_tokens);
    slot->lost_tokens = 0;
}

/* Admits it and schedules what the budget allows of its prompt; returns how much. */
static int64_t begin_prompt(orr_engine_core *engine, orr_lane *lane, orr_request_index index, int64_t budget_tokens, int64_t now_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    admit(engine, lane, index, now_ns);
    lane->images += slot->images;
    slot->images = 0;
    const int64_t new_tokens = orr_min_i64(slot->target_tokens - slot->computed_tokens, budget_tokens);
    add_chunk(engine, lane, index, new_tokens);
    return new_tokens;
}

/* Too many for this step. */
static bool has_images_to_wait_for(const orr_engine_core *engine, const orr_lane *lane, const orr_slot *slot)
{
    const int64_t most = engine->config.most_images;
    return slot->images > 0 && most > 0 && lane->images > 0 && lane->images + slot->images > most;
}

/* Those whose context has been fetched go first: they have blocks and seats. Returns what is left of the budget; 0 where one of them must wait for a larger one. */
static int64_t admit_ready(orr_engine_core *engine, orr_lane *lane, int64_t budget_tokens, int64_t now_ns)
{
    while (engine->ready.count > 0 && budget_tokens > 0) {
        const orr_request_index index = engine->ready.first;
        const orr_slot *slot = orr_slot_at(engine, index);
        if ((!engine->config.chunked_prefill && slot->target_tokens - slot->computed_tokens > budget_tokens) || has_images_to_wait_for(engine, lane, slot)) return 0;
        orr_slot_list_remove(engine, &engine->ready, index);
        budget_tokens -= begin_prompt(engine, lane, index, budget_tokens, now_ns);
    }
    return budget_tokens;
}

static int64_t cached_tokens(void *context, orr_request_index index)
{
    orr_engine_core *engine = context;
    return orr_cached_tokens(engine, orr_slot_at(engine, index));
}

static bool may_admit(const orr_engine_core *engine, int64_t budget_tokens)
{
    return engine->queue.count > 0 && budget_tokens > 0 && orr_seated(engine) < engine->config.max_num_seqs;
}

/* Room for its input, and whatever else it has to bring; or nobody behind it enters either. */
static bool reserve(orr_engine_core *engine, orr_lane *lane, orr_slot *slot, int64_t most_new_tokens)
{
    if (orr_reserve(engine, lane, slot, most_new_tokens)) return true;
    engine->refused = lane->chunks.count == 0;
    return false;
}

static void admit_waiting(orr_engine_core *engine, orr_lane *lane, int64_t budget_tokens, int64_t now_ns)
{
    if (engine->received.count > 0) return;     /* they stand behind the prompt under way: after them */
    if (engine->ready.count > 0) budget_tokens = admit_ready(engine, lane, budget_tokens, now_ns);
    if (engine->queue.policy->begin && may_admit(engine, budget_tokens))
        engine->queue.policy->begin(&engine->queue, &(orr_queue_cache){engine, cached_tokens, engine->cache.changes, engine->cache.eviction->expired != NULL});
    while (may_admit(engine, budget_tokens)) {
        const orr_request_index index = orr_queue_first(&engine->queue);
        orr_slot *slot = orr_slot_at(engine, index);
        if (has_images_to_wait_for(engine, lane, slot)) break;
        if (slot->remote) {
            if (!reserve(engine, lane, slot, INT64_MAX)) break;
            orr_await_context(engine, index);
            continue;
        }
        if (!reserve(engine, lane, slot, engine->config.chunked_prefill ? INT64_MAX : budget_tokens)) break;
        if (engine->config.tiers && orr_fetch_await(engine, index)) continue;
        orr_queue_leave(&engine->queue, index, &slot->request);
        budget_tokens -= begin_prompt(engine, lane, index, budget_tokens, now_ns);
    }
}

/* The prompt under way, if there is one. Returns what it leaves of the budget. */
static int64_t continue_partial(orr_engine_core *engine, orr_lane *lane, int64_t budget_tokens)
{
    if (lane->partial == ORR_NO_REQUEST) return budget_tokens;
    const orr_slot *slot = orr_slot_at(engine, lane->partial);
    const int64_t new_tokens = orr_min_i64(slot->target_tokens - slot->computed_tokens, budget_tokens);
    add_chunk(engine, lane, lane->partial, new_tokens);
    return budget_tokens - new_tokens;
}

/* A step of prompts alone; false: there is none to compute or to admit. */
static bool plan_prompts(orr_engine_core *engine, orr_lane *lane, int64_t now_ns)
{
    admit_waiting(engine, lane, continue_partial(engine, lane, engine->config.max_num_batched_tokens), now_ns);
    return lane->chunks.count > 0;
}

/* Blocks for the step's decodes: while they lack, somebody goes. Returns how many the step takes; `preempted` is set where somebody went. */
static int64_t make_room(orr_engine_core *engine, orr_lane *lane, bool *preempted)
{
    int64_t needs;
    while ((needs = orr_batch_block_needs(&lane->batch)) > orr_kv_available(&engine->cache)) {
        preempt(engine, lane);
        *preempted = true;
    }
    if (!*preempted || !engine->victim->makes_room) return needs;
    const int64_t steps = engine->config.scheduling.retract_decode_steps, block_tokens = engine->config.block_tokens;
    while (lane->batch.count > 1 && orr_kv_available(&engine->cache) * block_tokens < steps * lane->batch.count) preempt(engine, lane);
    return orr_batch_block_needs(&lane->batch);
}

static void plan_decodes(orr_engine_core *engine, orr_lane *lane, int64_t now_ns)
{
    bool preempted_any = false;
    for (bool admitting = false; !admitting;) {
        bool preempted = false;
        const int64_t needs = make_room(engine, lane, &preempted);
        admitting = !preempted;
        preempted_any |= preempted;
        orr_kv_take(&engine->cache, needs);
        engine->promised_blocks -= needs;
        orr_batch_plan(&lane->batch);
        const int64_t budget_tokens = continue_partial(engine, lane, engine->config.max_num_batched_tokens - lane->batch.count * (1 + orr_lane_drafts(engine, lane)));
        /* Where prompts are apart, a step has asked who may enter before it came here; it asks again only when everybody has gone. */
        if (admitting && (!engine->config.separate_prefill || (preempted_any && lane->batch.count == 0))) admit_waiting(engine, lane, budget_tokens, now_ns);
        /* A step in which the last running request preempted itself does nothing: the next one may admit. */
        if (lane->batch.count > 0 || lane->chunks.count > 0) break;
    }
    if (engine->admission->foresees) orr_seat_foresee(engine, lane, preempted_any);
}

static bool still_gathers(orr_engine_core *engine)
{
    if (engine->config.gather_steps <= 0 || engine->arriving.count == 0 || engine->arriving.count >= engine->config.gather_requests) return false;
    if (engine->gathering_step < 0) engine->gathering_step = engine->counters.steps;
    return engine->counters.steps - engine->gathering_step < engine->config.gather_steps;
}

/* An idle engine sees what comes at once. */
static void look_at_arrivals(orr_engine_core *engine)
{
    if (engine->running_count > 0 && (engine->counters.steps < engine->next_look_step || still_gathers(engine))) return;
    engine->gathering_step = -1;
    while (engine->arriving.count > 0) {
        const orr_request_index index = engine->arriving.first;
        orr_slot_list_remove(engine, &engine->arriving, index);
        engine->arriving_tokens -= orr_slot_at(engine, index)->request.input_tokens;
        orr_queue_enter(&engine->queue, index, &orr_slot_at(engine, index)->request, false);
    }
    engine->next_look_step = engine->counters.steps + engine->config.receive_interval_steps;
}

void orr_engine_plan(orr_engine_core *engine, int lane_number, int64_t now_ns, orr_plan *plan)
{
    orr_lane *lane = &engine->lanes[lane_number];
    ORR_INVARIANT(!lane->in_flight);
    lane->chunks.count = lane->chunk_requests.count = 0;
    lane->images = 0;
    lane->batch.planned = engine->refused = false;
    engine->cache.now_ns = now_ns;

    look_at_arrivals(engine);
    if (engine->admission->foresees && orr_seated(engine) == 0) engine->new_token_ratio = engine->config.scheduling.init_new_token_ratio;
    if (engine->received.count > 0) orr_join_received(engine, lane, now_ns);
    lane->decodes = !(engine->config.separate_prefill && plan_prompts(engine, lane, now_ns));
    if (lane->decodes) plan_decodes(engine, lane, now_ns);
    lane->has_decoded |= lane->decodes && lane->batch.count > 0;

    int64_t chunk_tokens = 0, completing = 0;
    for (size_t i = 0; i < lane->chunks.count; i++) {
        chunk_tokens += lane->chunks.items[i].new_tokens;
        completing += lane->chunks.items[i].completes;
    }
    const orr_batch *batch = &lane->batch;
    const bool decodes = lane->decodes;
    const int64_t drafts = orr_lane_drafts(engine, lane), count = decodes ? batch->count : 0;
    *plan = (orr_plan){.decode_count = count, .decode_context_tokens = decodes ? batch->context_tokens : 0, .decode_capped_tokens = decodes ? batch->capped_tokens : 0, .decode_tokens = count * (1 + drafts), .draft_tokens = drafts,
        .decode_context_squares = decodes ? batch->context_squares : 0, .chunks = lane->chunks.items, .chunk_count = (int64_t)lane->chunks.count, .chunk_tokens = chunk_tokens, .completing_chunks = completing,
        .running_requests = lane->running.count, .images = lane->images};
    lane->in_flight = !orr_plan_is_empty(plan);
    if (!lane->in_flight) return;
    engine->counters.steps++;
    engine->counters.prefill_tokens += chunk_tokens;
    engine->counters.decodes += plan->decode_count;
}
