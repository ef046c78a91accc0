/* A request on its seat: it joins the decoding requests of its lane, stops, and leaves. What schedulers count of those that run is kept here, at these events and never at a step. */
#include "serve/engine_state.h"

#include "base/math.h"

/* What the client set; else, and at most, what the engine's context leaves after the prompt, or the cache where nothing limits the context. A prefill engine generates one token. */
int64_t orr_most_output(const orr_engine_core *engine, const orr_request *request)
{
    const orr_engine_config *config = &engine->config;
    if (config->hands_over) return 1;
    const int64_t blocks = config->max_request_blocks > 0 ? config->max_request_blocks : config->block_count;
    int64_t most_tokens = blocks * config->block_tokens - config->lookahead_tokens - request->input_tokens + 1;
    if (config->max_model_tokens > 0) most_tokens = orr_min_i64(most_tokens, config->max_model_tokens - request->input_tokens);
    return request->max_output_tokens > 0 ? orr_min_i64(most_tokens, request->max_output_tokens) : most_tokens;
}

/* Of the whole request, should it generate all it may: the last token is never computed, and who generates one token never decodes. */
static int64_t most_blocks(const orr_engine_core *engine, const orr_slot *slot)
{
    const int64_t input_tokens = slot->request.input_tokens, most_tokens = slot->most_output_tokens;
    const int64_t blocks = orr_blocks_of(engine, most_tokens > 1 ? input_tokens + most_tokens - 1 + engine->config.lookahead_tokens : input_tokens);
    return orr_max_i64(blocks, orr_blocks_of(engine, slot->target_tokens));
}

bool orr_seat_offered(const orr_engine_core *engine, const orr_lane *lane, const orr_slot *slot, int64_t free_blocks)
{
    if (engine->admission->admits == NULL || orr_seated(engine) == 0) return true;
    orr_admission_view view = {.request = &slot->request, .most_more_tokens = slot->most_output_tokens - slot->generated_tokens, .free_blocks = free_blocks,
        .growth_blocks = most_blocks(engine, slot) - orr_blocks_of(engine, slot->target_tokens), .promised_blocks = engine->promised_blocks, .lane_has_decoded = lane->has_decoded};
    if (engine->admission->foresees) {
        view.free_tokens = free_blocks * engine->config.block_tokens;
        view.prompts_debt_tokens = engine->prompts_debt_tokens;
        view.new_token_ratio = engine->new_token_ratio;
        for (int i = 0; i < engine->config.lane_count; i++) view.decoding_debt_tokens += engine->lanes[i].debt.debt_tokens;
    }
    return engine->admission->admits(&view, &engine->config.scheduling);
}

void orr_seat_take(orr_engine_core *engine, orr_slot *slot)
{
    slot->held_tokens = slot->target_tokens;
    slot->most_blocks = most_blocks(engine, slot);
    engine->promised_blocks += slot->most_blocks - orr_blocks_of(engine, slot->held_tokens);
    if (engine->counts_tenants && slot->preemptions == 0) orr_tenants_serve(&engine->tenants, slot->request.tenant, engine->config.scheduling.fair_input_weight * slot->request.input_tokens);
    if (!engine->admission->foresees) return;
    slot->debt_tokens = orr_min_i64(slot->most_output_tokens - slot->generated_tokens, engine->config.scheduling.clip_max_new_tokens);
    engine->prompts_debt_tokens += slot->debt_tokens;
}

static void rank_victim(const orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    const orr_slot *slot = &engine->slots.items[index];
    const orr_victim_view view = {&slot->request, slot->generated_tokens, lane->batch.clock, slot->order};
    orr_rank_heap_push(&lane->victims, index, engine->victim->rank(&view));
}

void orr_seat_enter(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot_list_push_back(engine, &lane->running, index);
    engine->running_count++;
    engine->counters.admissions++;
    orr_slot_at(engine, index)->order = engine->next_order++;
    if (engine->victim->rank && !engine->victim->decoding_only) rank_victim(engine, lane, index);
}

orr_request_index orr_seat_victim(const orr_engine_core *engine, const orr_lane *lane)
{
    return engine->victim->rank ? orr_rank_heap_first(&lane->victims) : lane->running.last;
}

void orr_seat_decode(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    slot->decoding = true;
    orr_lane_count_since(lane, slot->last_token_ns, 1);
    slot->membership = (orr_membership){lane->batch.clock, slot->target_tokens, slot->generated_tokens};
    orr_batch_join(&lane->batch, index, slot->order, &slot->membership, slot->fate.output_tokens - slot->generated_tokens);
    if (engine->counts_tenants) orr_tenants_join(&engine->tenants, slot->request.tenant, (int)(lane - engine->lanes));
    if (engine->victim->decoding_only) rank_victim(engine, lane, index);
    if (!engine->admission->foresees) return;
    engine->prompts_debt_tokens -= slot->debt_tokens;
    slot->debt_tokens = 0;
    orr_output_debt_join(&lane->debt, index, slot->most_output_tokens, slot->generated_tokens);
}

int64_t orr_seat_stop(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    const int64_t held_tokens = orr_batch_held_tokens(&lane->batch, &slot->membership);
    slot->private_blocks += orr_blocks_of(engine, held_tokens) - orr_blocks_of(engine, slot->membership.context_tokens);
    orr_batch_leave(&lane->batch, index, &slot->membership);
    slot->decoding = false;
    slot->held_tokens = held_tokens;
    if (engine->counts_tenants) orr_tenants_stop(&engine->tenants, slot->request.tenant, (int)(lane - engine->lanes));
    if (engine->admission->foresees) orr_output_debt_leave(&lane->debt, index, slot->most_output_tokens, orr_membership_generated(&slot->membership, lane->batch.clock));
    return held_tokens;
}

void orr_seat_gain(orr_engine_core *engine, const orr_slot *slot, int64_t tokens)
{
    if (engine->counts_tenants) orr_tenants_serve(&engine->tenants, slot->request.tenant, engine->config.scheduling.fair_output_weight * tokens);
}

void orr_seat_leave(orr_engine_core *engine, orr_lane *lane, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    engine->prompts_debt_tokens -= slot->debt_tokens;
    slot->debt_tokens = 0;
    if (engine->victim->rank) orr_rank_heap_remove(&lane->victims, index);
    engine->promised_blocks -= slot->most_blocks - orr_blocks_of(engine, slot->held_tokens);
    orr_slot_list_remove(engine, &lane->running, index);
    engine->running_count--;
    if (lane->running.count == 0) lane->has_decoded = false;
}

void orr_seat_foresee(orr_engine_core *engine, const orr_lane *lane, bool preempted)
{
    const orr_scheduling *scheduling = &engine->config.scheduling;
    const orr_output_debt *debt = &lane->debt;
    if (debt->count == 0) return;
    if (preempted) {
        const double expected = (double)(debt->generated_tokens + scheduling->retract_decode_steps * debt->count) / (double)debt->most_tokens;
        engine->new_token_ratio = expected < 1 ? expected : 1;
        return;
    }
    const double less = engine->new_token_ratio - (scheduling->init_new_token_ratio - scheduling->min_new_token_ratio) / (double)scheduling->new_token_ratio_decay_steps;
    engine->new_token_ratio = less > scheduling->min_new_token_ratio ? less : scheduling->min_new_token_ratio;
}
