/* Coasting: steps in which a lane's decoding requests gain a token each and nothing else happens.
 *
 * While nobody waits, no prompt is under way, nobody finishes or reaches the cap and blocks last, every plan follows from the one before: C += n, S += 2C + n, and the blocks of the next residue class. What is to come can
 * then be told ahead without touching the engine (orr_engine_ahead), and done at once when it has come to pass (orr_engine_coast), by the very calls on the cache that planning step by step makes. Invariant: an engine
 * that coasted so many steps is the one that planned and applied them. Bursts of speculation are dealt step by step, Belady's choice hangs on what others have asked for, and what is evicted to a tier goes over a link that is
 * shared at that moment, or is reported to a router: these never coast. A part of a scheduler that changes at every step must be brought along here. */
#include "serve/engine_state.h"

#include "base/math.h"
#include "base/panic.h"

/* Steps until the last before the one in which somebody finishes, or reaches the cap. */
static int64_t undisturbed_steps(const orr_batch *batch, int64_t most)
{
    const orr_step_entry *finishing = orr_step_heap_first(&batch->finishing), *capped = orr_step_heap_first(&batch->reaching_cap);
    if (finishing != NULL) most = orr_min_i64(most, finishing->step - batch->clock - 1);
    if (capped != NULL) most = orr_min_i64(most, capped->step - batch->clock - 1);
    return most;
}

static int64_t needs_ahead(const orr_batch *batch, int64_t steps) { return batch->needs_by_class[(batch->clock + steps + batch->lookahead_tokens) % batch->block_tokens] + (steps == 0 ? batch->joining_needs : 0); }

int64_t orr_engine_coast_steps(const orr_engine_core *engine, int lane_number, int64_t most)
{
    const orr_lane *lane = &engine->lanes[lane_number];
    const orr_batch *batch = &lane->batch;
    const bool alone = engine->arriving.count == 0 && engine->queue.count == 0 && engine->received.count == 0 && lane->partial == ORR_NO_REQUEST && batch->count == lane->running.count;
    const bool in_step = lane->tokens_since.count == 1 && lane->tokens_since.items[0].count == batch->count;
    if (batch->count == 0 || !alone || !in_step || engine->config.draft_tokens > 0 || engine->config.tiers != NULL || engine->config.teller.log != NULL || engine->cache.eviction->foreseen != NULL) return 0;
    ORR_INVARIANT(!lane->in_flight && lane->chunks.count == 0 && batch->burst == 1);
    most = undisturbed_steps(batch, most);
    int64_t steps = 0;
    for (int64_t left = orr_kv_available(&engine->cache); steps < most && (left -= needs_ahead(batch, steps)) >= 0;) steps++;
    return steps;
}

orr_plan orr_engine_ahead(const orr_engine_core *engine, int lane_number, int64_t steps)
{
    const orr_batch *batch = &engine->lanes[lane_number].batch;
    const double ahead = (double)steps;
    return (orr_plan){.decode_count = batch->count, .decode_context_tokens = batch->context_tokens + steps * batch->count, .decode_capped_tokens = batch->capped_tokens + steps * batch->growing_count,
        .decode_context_squares = batch->context_squares + ahead * (2.0 * (double)batch->context_tokens + ahead * (double)batch->count), .decode_tokens = batch->count, .running_requests = batch->count};
}

/* Looks at new requests go on meanwhile, and find none. */
static void look_meanwhile(orr_engine_core *engine, int64_t steps)
{
    const int64_t interval = orr_max_i64(engine->config.receive_interval_steps, 1), first = orr_max_i64(engine->counters.steps, engine->next_look_step), last = engine->counters.steps + steps - 1;
    if (first <= last) engine->next_look_step = first + interval * ((last - first) / interval) + engine->config.receive_interval_steps;
}

void orr_engine_coast(orr_engine_core *engine, int lane_number, int64_t start_ns, const int64_t *ends_ns, int64_t steps, orr_coasted *coasted)
{
    orr_lane *lane = &engine->lanes[lane_number];
    orr_batch *batch = &lane->batch;
    *coasted = (orr_coasted){.steps = steps, .count = batch->count};
    look_meanwhile(engine, steps);
    int64_t since_ns = lane->tokens_since.items[0].since_ns;
    for (int64_t i = 0; i < steps; i++) {
        const int64_t planned_ns = i > 0 ? ends_ns[i - 1] : start_ns;
        engine->cache.now_ns = planned_ns;
        const int64_t needs = orr_batch_block_needs(batch);
        if (needs > 0) orr_kv_take(&engine->cache, needs);
        coasted->block_ns += (double)orr_engine_used_blocks(engine) * (double)(ends_ns[i] - planned_ns);
        coasted->context_tokens += (double)batch->context_tokens;
        coasted->capped_tokens += (double)batch->capped_tokens;
        coasted->context_squares += batch->context_squares;
        engine->listener.gaps(engine->listener.context, ends_ns[i] - since_ns, batch->count);
        since_ns = ends_ns[i];
        engine->promised_blocks -= needs;
        batch->joining_needs = 0;
        if (engine->admission->foresees) orr_seat_foresee(engine, lane, false);
        orr_batch_advance(batch, 1);
        if (engine->admission->foresees) orr_output_debt_advance(&lane->debt, 1);
    }
    coasted->used_blocks = orr_engine_used_blocks(engine);
    if (steps == 0) return;
    engine->cache.now_ns = since_ns;
    engine->counters.steps += steps;
    engine->counters.decodes += steps * batch->count;
    engine->counters.decode_tokens += steps * batch->count;
    lane->tokens_since.items[0].since_ns = lane->last_decode_ns = since_ns;
    lane->decodes = lane->has_decoded = true;
    ORR_CHECK(orr_engine_audit(engine));
}
