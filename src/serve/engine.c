/* The engine's life outside planning: create, add, apply, count, audit. */
#include "serve/engine.h"

#include <stddef.h>

#include "base/panic.h"
#include "serve/engine_state.h"

/* What a small batch fills, at once: so it lies side by side, on few pages. */
static void reserve_lists(orr_engine_core *engine, orr_lane *lane)
{
    enum { REQUESTS = 32, CHUNKS = 4 };
    orr_vec_reserve(&lane->tokens_since, CHUNKS);
    orr_vec_reserve(&lane->chunks, CHUNKS);
    orr_vec_reserve(&lane->chunk_requests, CHUNKS);
    orr_vec_reserve(&engine->cache.runs, REQUESTS);
    orr_vec_reserve(&engine->queue.places, REQUESTS);
    orr_step_heap_reserve(&lane->batch.finishing, REQUESTS);
}

orr_engine_core *orr_engine_create(const orr_engine_config *config, const orr_engine_listener *listener)
{
    ORR_INVARIANT(config->lane_count >= 1 && config->block_tokens >= 1 && config->max_num_seqs >= 1);
    ORR_INVARIANT(config->max_num_batched_tokens >= config->max_num_seqs * (1 + config->draft_tokens) && config->max_request_blocks <= config->block_count);
    ORR_INVARIANT(config->lookahead_tokens >= config->draft_tokens);
    orr_engine_core *engine = orr_mem_resize(NULL, sizeof *engine + (size_t)config->lane_count * sizeof *engine->lanes);
    *engine = (orr_engine_core){.config = *config, .listener = *listener, .unused = ORR_NO_REQUEST,
        .arriving = {ORR_NO_REQUEST, ORR_NO_REQUEST, 0}, .admission = orr_admission_policy_of(config->scheduling.admission), .victim = orr_victim_policy_of(config->scheduling.victim), .gathering_step = -1};
    engine->incoming = engine->received = engine->outgoing = engine->ready = engine->arriving;
    engine->tenants = (orr_tenants){.output_weight = config->scheduling.fair_output_weight, .lane_count = config->lane_count};
    engine->tenants.clocks = orr_mem_resize(NULL, (size_t)config->lane_count * sizeof *engine->tenants.clocks);
    engine->counts_tenants = config->scheduling.order == ORR_ORDER_FAIR;
    orr_queue_init(&engine->queue, &config->scheduling, &engine->tenants);
    engine->config.acceptance = NULL;
    for (int64_t n = 0; config->draft_tokens > 0 && config->depths != NULL && n <= config->max_num_seqs; n++) ORR_INVARIANT(config->depths[n] <= config->draft_tokens);
    orr_kv_init(&engine->cache, config->block_count, config->block_tokens, &(orr_kv_options){config->eviction, config->radix && config->prefix_caching, config->cache_ttl_ns, config->foresight, config->teller});
    engine->cache.tiers = config->tiers;
    engine->lanes = (orr_lane *)(engine + 1);
    for (int i = 0; i < config->lane_count; i++) {
        engine->lanes[i] = (orr_lane){.running = {ORR_NO_REQUEST, ORR_NO_REQUEST, 0}, .partial = ORR_NO_REQUEST};
        orr_batch_init(&engine->lanes[i].batch, config->block_tokens, config->context_cap_tokens, config->lookahead_tokens);
        engine->tenants.clocks[i] = &engine->lanes[i].batch.clock;
        engine->lanes[i].debt.clip_tokens = config->scheduling.clip_max_new_tokens;
        orr_burst_init(&engine->lanes[i].bursts, config->draft_tokens, config->acceptance, config->burst_seed, (uint64_t)i);
        reserve_lists(engine, &engine->lanes[i]);
        if (config->accepted != NULL) orr_burst_replay(&engine->lanes[i].bursts, config->accepted, config->accepted_count, config->accepted_count * i / config->lane_count);
    }
    return engine;
}

void orr_engine_destroy(orr_engine_core *engine)
{
    if (engine == NULL) return;
    for (int i = 0; i < engine->config.lane_count; i++) {
        orr_batch_free(&engine->lanes[i].batch);
        orr_step_heap_free(&engine->lanes[i].due);
        orr_output_debt_free(&engine->lanes[i].debt);
        orr_rank_heap_free(&engine->lanes[i].victims);
        orr_vec_free(&engine->lanes[i].chunks);
        orr_vec_free(&engine->lanes[i].chunk_requests);
        orr_vec_free(&engine->lanes[i].tokens_since);
    }
    for (size_t i = 0; i < engine->slots.count; i++) orr_mem_free(engine->slots.items[i].prefix);
    orr_vec_free(&engine->slots);
    orr_queue_free(&engine->queue);
    orr_tenants_free(&engine->tenants);
    orr_kv_free(&engine->cache);
    orr_mem_free(engine);
}

/* Token by token, the cache must hold everything but the last output, which is never computed, and what a decode looks ahead. */
bool orr_engine_can_run(const orr_engine_core *engine, const orr_request *request, orr_fate fate)
{
    int64_t longest_tokens = request->input_tokens + fate.output_tokens;
    if (engine->config.max_model_tokens > 0 && longest_tokens > engine->config.max_model_tokens) return false;
    if (engine->config.hands_over) longest_tokens = request->input_tokens + 1;
    if (!engine->config.chunked_prefill && longest_tokens - 1 > engine->config.max_num_batched_tokens) return false;
    const int64_t most_blocks = engine->config.max_request_blocks > 0 ? engine->config.max_request_blocks : engine->config.block_count;
    return orr_blocks_of(engine, longest_tokens - 1 + engine->config.lookahead_tokens) <= most_blocks;
}

orr_request_index orr_arrive(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count)
{
    ORR_INVARIANT(request->input_tokens >= 1 && fate.output_tokens >= 1);
    const orr_request_index index = orr_slot_acquire(engine);
    orr_slot *slot = orr_slot_at(engine, index);
    slot->request = *request;
    slot->fate = fate;
    slot->target_tokens = request->input_tokens;
    slot->images = request->encoded_ns > 0 ? 0 : request->images;
    slot->most_output_tokens = orr_most_output(engine, request);
    orr_prefix_prepare(engine, slot, prefix, prefix_count);
    orr_slot_list_push_back(engine, &engine->arriving, index);
    engine->arriving_tokens += request->input_tokens;
    return index;
}

bool orr_engine_add(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count)
{
    if (!orr_engine_can_run(engine, request, fate)) return false;
    orr_arrive(engine, request, fate, prefix, prefix_count);
    return true;
}

static void finish(orr_engine_core *engine, orr_lane *lane, orr_request_index index, int64_t stored_tokens, int64_t end_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    orr_finish_blocks(engine, slot, stored_tokens);
    orr_seat_leave(engine, lane, index);
    const orr_finished finished = {.request = slot->request, .output_tokens = slot->fate.output_tokens, .cached_tokens = slot->cached_tokens,
        .admitted_ns = slot->admitted_ns, .first_token_ns = slot->first_token_ns, .last_token_ns = end_ns, .preemptions = slot->preemptions + slot->earlier_preemptions};
    orr_slot_release(engine, index);
    engine->listener.finished(engine->listener.context, &finished);
}

static void finish_decode(orr_engine_core *engine, orr_lane *lane, orr_request_index index, int64_t end_ns)
{
    const orr_slot *slot = orr_slot_at(engine, index);
    orr_seat_gain(engine, slot, slot->fate.output_tokens - orr_membership_generated(&slot->membership, lane->batch.clock));
    const int64_t held_tokens = orr_seat_stop(engine, lane, index);
    finish(engine, lane, index, held_tokens, end_ns);
}

/* Those who have all they want with this burst, in order of admission. One burst may finish some at its first token and some at its last: these are sorted first. */
static void finish_decodes(orr_engine_core *engine, orr_lane *lane, int64_t burst, int64_t end_ns)
{
    orr_batch *batch = &lane->batch;
    const int64_t clock = batch->clock + burst;
    for (const orr_step_entry *first; (first = orr_step_heap_first(&batch->finishing)) != NULL && first->step <= clock;) {
        if (burst == 1) { finish_decode(engine, lane, first->request, end_ns); continue; }
        engine->counters.decode_tokens -= clock - first->step;
        orr_step_heap_push(&lane->due, (orr_step_entry){0, first->order, first->request});
        orr_step_heap_pop(&batch->finishing);
    }
    if (burst == 1) return;
    for (const orr_step_entry *first; (first = orr_step_heap_first(&lane->due)) != NULL;) {
        const orr_request_index index = first->request;
        orr_step_heap_pop(&lane->due);
        finish_decode(engine, lane, index, end_ns);
    }
}

/* The chunk's tokens are computed; a prompt that is complete gives a token and decodes from the next step on. */
static void apply_chunk(orr_engine_core *engine, orr_lane *lane, orr_request_index index, const orr_plan_chunk *chunk, int64_t end_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    slot->computed_tokens += chunk->new_tokens;
    if (!chunk->completes) return;
    if (slot->generated_tokens == 0) slot->first_token_ns = end_ns;
    else engine->listener.gaps(engine->listener.context, &(orr_gaps){slot->last_token_ns, &end_ns, 1, 1});
    slot->generated_tokens++;
    orr_seat_gain(engine, slot, 1);
    slot->last_token_ns = end_ns;
    if (slot->generated_tokens == slot->fate.output_tokens) {
        finish(engine, lane, index, slot->computed_tokens, end_ns);
        return;
    }
    if (engine->config.hands_over) {
        orr_hand_over(engine, lane, index);
        return;
    }
    orr_seat_decode(engine, lane, index);
}

void orr_engine_apply(orr_engine_core *engine, int lane_number, int64_t end_ns)
{
    orr_lane *lane = &engine->lanes[lane_number];
    ORR_INVARIANT(lane->in_flight);
    lane->in_flight = false;
    engine->cache.now_ns = end_ns;
    int64_t burst = 1;
    if (lane->decodes && lane->batch.count > 0) {
        if (engine->config.draft_tokens > 0) burst = orr_burst_deal(&lane->bursts, orr_lane_drafts(engine, lane));
        engine->counters.decode_tokens += burst * lane->batch.count;
        for (size_t i = 0; i < lane->tokens_since.count; i++)
            if (lane->tokens_since.items[i].count > 0) engine->listener.gaps(engine->listener.context, &(orr_gaps){lane->tokens_since.items[i].since_ns, &end_ns, 1, lane->tokens_since.items[i].count});
        finish_decodes(engine, lane, burst, end_ns);
        lane->tokens_since.count = 0;
        lane->last_decode_ns = end_ns;
        if (lane->batch.count > 0) orr_lane_count_since(lane, end_ns, lane->batch.count);
    }
    if (lane->decodes) orr_batch_advance(&lane->batch, burst);
    if (lane->decodes && engine->admission->foresees) orr_output_debt_advance(&lane->debt, burst);
    for (size_t i = 0; i < lane->chunks.count; i++) apply_chunk(engine, lane, lane->chunk_requests.items[i], &lane->chunks.items[i], end_ns);
    lane->chunks.count = lane->chunk_requests.count = 0;
    ORR_CHECK(orr_engine_audit(engine));
}

void orr_engine_prefetch(const orr_engine_core *engine)
{
    orr_mem_prefetch(engine, offsetof(orr_engine_core, cache.by_key));
    orr_mem_prefetch(&engine->config, offsetof(orr_engine_config, scheduling));
    orr_mem_prefetch(&engine->queue, offsetof(orr_queue, heap));
    orr_mem_prefetch(engine + 1, offsetof(orr_lane, debt));         /* its first lane */
}

static bool ends_next(const orr_batch *batch)
{
    const orr_step_entry *first = orr_step_heap_first(&batch->finishing);
    return first != NULL && first->step <= batch->clock + 1;
}

void orr_engine_prefetch_next(const orr_engine_core *engine)
{
    enum { MOST_ENTRIES = 64 };
    const orr_lane *lane = engine->lanes;
    const orr_batch *batch = &lane->batch;
    __builtin_prefetch(lane->tokens_since.items, 1);
    __builtin_prefetch(&batch->needs_by_class[(batch->clock + 1 + batch->lookahead_tokens) % batch->block_tokens], 1);
    if (engine->cache.front != ORR_NO_RUN) __builtin_prefetch(&engine->cache.runs.items[engine->cache.front], 1);
    if (lane->chunks.count > 0) {
        __builtin_prefetch(lane->chunks.items, 1);
        __builtin_prefetch(lane->chunk_requests.items, 1);
        if (lane->running.count > 0) orr_mem_prefetch(&engine->slots.items[lane->running.last], sizeof(orr_slot));
    }
    if (!ends_next(batch)) return;
    orr_mem_prefetch(&engine->slots.items[batch->finishing.first.request], sizeof(orr_slot));
    orr_mem_prefetch(batch->finishing.entries.items, (batch->finishing.entries.count < MOST_ENTRIES ? batch->finishing.entries.count : MOST_ENTRIES) * sizeof *batch->finishing.entries.items);
}

void orr_engine_prefetch_neighbours(const orr_engine_core *engine)
{
    const orr_batch *batch = &engine->lanes->batch;
    if (!ends_next(batch)) return;
    const orr_slot *slot = &engine->slots.items[batch->finishing.first.request];
    if (slot->previous != ORR_NO_REQUEST) __builtin_prefetch(&engine->slots.items[slot->previous].next, 1);
    if (slot->next != ORR_NO_REQUEST) __builtin_prefetch(&engine->slots.items[slot->next].previous, 1);
}

int64_t orr_engine_waiting_tokens(const orr_engine_core *engine) { return engine->arriving_tokens + engine->queue.prompt_tokens; }
int64_t orr_engine_waiting(const orr_engine_core *engine) { return engine->arriving.count + engine->queue.count; }
int64_t orr_engine_running(const orr_engine_core *engine) { return engine->running_count; }
bool orr_engine_lane_busy(const orr_engine_core *engine, int lane) { return engine->lanes[lane].in_flight; }
int64_t orr_engine_used_blocks(const orr_engine_core *engine) { return engine->config.block_count - engine->cache.queued_blocks; }
orr_engine_load orr_engine_load_of(const orr_engine_core *engine) { return (orr_engine_load){orr_engine_waiting(engine), orr_engine_running(engine), orr_engine_used_blocks(engine)}; }
orr_engine_counters orr_engine_count(const orr_engine_core *engine) { return engine->counters; }

bool orr_engine_audit(const orr_engine_core *engine)
{
    int64_t private_blocks = 0, running = 0, promised = 0;
    const orr_slot_list *const held[] = {&engine->incoming, &engine->received, &engine->outgoing, &engine->ready};
    for (int k = 0; k < 4; k++)
        for (orr_request_index i = held[k]->first; i != ORR_NO_REQUEST; i = engine->slots.items[i].next) {
            const orr_slot *slot = &engine->slots.items[i];
            private_blocks += slot->private_blocks;
            if (held[k] != &engine->outgoing) promised += slot->most_blocks - orr_blocks_of(engine, slot->held_tokens);
        }
    for (int l = 0; l < engine->config.lane_count; l++) {
        const orr_lane *lane = &engine->lanes[l];
        int64_t decoding = 0, context = 0, capped = 0;
        double squares = 0;
        for (orr_request_index i = lane->running.first; i != ORR_NO_REQUEST; i = engine->slots.items[i].next) {
            const orr_slot *slot = &engine->slots.items[i];
            running++;
            private_blocks += slot->private_blocks;
            promised += slot->most_blocks - orr_blocks_of(engine, slot->decoding ? orr_batch_held_tokens(&lane->batch, &slot->membership) : slot->held_tokens);
            if (!slot->decoding) continue;
            const int64_t c = orr_membership_context(&slot->membership, lane->batch.clock);
            private_blocks += orr_blocks_of(engine, orr_batch_held_tokens(&lane->batch, &slot->membership)) - orr_blocks_of(engine, slot->membership.context_tokens);
            decoding++;
            context += c;
            capped += lane->batch.cap_tokens > 0 && c > lane->batch.cap_tokens ? lane->batch.cap_tokens : c;
            squares += (double)c * (double)c;
        }
        if (decoding != lane->batch.count || context != lane->batch.context_tokens || capped != lane->batch.capped_tokens) return false;
        if (squares != lane->batch.context_squares) return false;      /* exact: integers */
    }
    return running == engine->running_count && promised == engine->promised_blocks && orr_kv_audit(&engine->cache, private_blocks);
}
