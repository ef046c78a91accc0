/* Coasting: steps in which a lane's decoding requests gain a token each and nothing else happens.
 *
 * While nobody who waits can enter, no prompt is under way, nobody finishes or reaches the cap and blocks last, every plan follows from the one before: C += n, S += 2C + n, and the blocks of the next residue class. What is to come can
 * then be told ahead without touching the engine (orr_engine_ahead), and done at once when it has come to pass (orr_engine_coast), by the very calls on the cache that planning step by step makes. Invariant: an engine
 * that coasted so many steps is the one that planned and applied them. Bursts of speculation are dealt step by step, Belady's choice hangs on what others have asked for, and what is evicted to a tier goes over a link that is
 * shared at that moment, or is reported to a router: these never coast. A part of a scheduler that changes at every step must be brought along here. */
#include "serve/engine_state.h"

#include "base/math.h"
#include "base/panic.h"

/* Nobody enters while the same decode on. The seats are taken; or the first was refused, by a rule and in an order that only blocks given back would move: decodes take blocks, and what the cache still holds of a prompt only grows less.
 * A rule that foresees expects less with each step; content that expires frees blocks that a prompt was to share. */
static bool nobody_enters(const orr_engine_core *engine)
{
    if (engine->arriving.count > 0 || engine->received.count > 0) return false;
    if (engine->queue.count == 0 || orr_seated(engine) >= engine->config.max_num_seqs) return true;
    return engine->refused && engine->queue.policy->holds && !engine->admission->foresees && engine->cache.eviction->expired == NULL;
}

/* Steps until the last before the one in which somebody finishes, or reaches the cap. */
static int64_t undisturbed_steps(const orr_batch *batch, int64_t most)
{
    const orr_step_entry *finishing = orr_step_heap_first(&batch->finishing), *capped = orr_step_heap_first(&batch->reaching_cap);
    if (finishing != NULL) most = orr_min_i64(most, finishing->step - batch->clock - 1);
    if (capped != NULL) most = orr_min_i64(most, capped->step - batch->clock - 1);
    return most;
}

/* The residue class whose blocks the next step takes; those after it follow one by one. */
static int64_t class_of_next(const orr_batch *batch) { return (batch->clock + batch->lookahead_tokens) % batch->block_tokens; }
static int64_t class_after(const orr_batch *batch, int64_t class) { return class + 1 < batch->block_tokens ? class + 1 : 0; }

/* How many steps from that of `class` on take no blocks, `most` at most. */
static int64_t idle_steps(const orr_batch *batch, int64_t class, int64_t most)
{
    const int64_t *needs = batch->needs_by_class;
    int64_t steps = 0;
    while (steps < most) {
        const int64_t begin = class, end = orr_min_i64(batch->block_tokens, class + most - steps);
        while (class < end && needs[class] == 0) class++;
        steps += class - begin;
        if (class < batch->block_tokens) break;
        class = 0;
    }
    return steps;
}

int64_t orr_engine_coast_steps(const orr_engine_core *engine, int lane_number, int64_t most)
{
    const orr_lane *lane = &engine->lanes[lane_number];
    const orr_batch *batch = &lane->batch;
    const bool alone = nobody_enters(engine) && lane->partial == ORR_NO_REQUEST && batch->count == lane->running.count;
    const bool in_step = lane->tokens_since.count == 1 && lane->tokens_since.items[0].count == batch->count;
    if (batch->count == 0 || !alone || !in_step || engine->config.draft_tokens > 0 || engine->config.tiers != NULL || engine->config.teller.log != NULL || engine->cache.eviction->foreseen != NULL) return 0;
    ORR_INVARIANT(!lane->in_flight && lane->chunks.count == 0 && batch->burst == 1);
    most = undisturbed_steps(batch, most);
    int64_t steps = 0, left = orr_kv_available(&engine->cache) - batch->joining_needs;
    if (left >= batch->count * (most / batch->block_tokens + 1)) return most;       /* a request takes a block every block_tokens steps */
    for (int64_t class = class_of_next(batch); steps < most && (left -= batch->needs_by_class[class]) >= 0; class = class_after(batch, class)) steps++;
    return steps;
}

orr_plan_run orr_engine_ahead(const orr_engine_core *engine, int lane_number, int64_t steps)
{
    const orr_batch *batch = &engine->lanes[lane_number].batch;
    const orr_plan first = {.decode_count = batch->count, .decode_context_tokens = batch->context_tokens, .decode_capped_tokens = batch->capped_tokens,
        .decode_context_squares = batch->context_squares, .decode_tokens = batch->count, .running_requests = batch->count};
    return (orr_plan_run){first, batch->growing_count, steps};
}

/* Looks at new requests go on meanwhile, and find none. */
static void look_meanwhile(orr_engine_core *engine, int64_t steps)
{
    const int64_t interval = orr_max_i64(engine->config.receive_interval_steps, 1), first = orr_max_i64(engine->counters.steps, engine->next_look_step), last = engine->counters.steps + steps - 1;
    if (first <= last) engine->next_look_step = first + interval * ((last - first) / interval) + engine->config.receive_interval_steps;
}

/* The next step and those after it that take no blocks. */
static int64_t stretch_of(const orr_batch *batch, int64_t most) { return 1 + idle_steps(batch, class_after(batch, class_of_next(batch)), most - 1); }

/* Sums over steps k = 0 .. K - 1 of C + k n, M + k g, S + k (2 C + k n): whole numbers, exact below 2^53. */
static void add_stretch(orr_coasted *coasted, const orr_batch *batch, int64_t steps)
{
    const double count = (double)batch->count, context = (double)batch->context_tokens, all = (double)steps, pairs = all * (all - 1) / 2, squares = pairs * (2 * all - 1) / 3;
    coasted->context_tokens += all * context + pairs * count;
    coasted->capped_tokens += all * (double)batch->capped_tokens + pairs * (double)batch->growing_count;
    coasted->context_squares += all * batch->context_squares + 2 * pairs * context + squares * count;
}

void orr_engine_coast(orr_engine_core *engine, int lane_number, int64_t start_ns, const int64_t *ends_ns, int64_t steps, orr_coasted *coasted)
{
    orr_lane *lane = &engine->lanes[lane_number];
    orr_batch *batch = &lane->batch;
    *coasted = (orr_coasted){.steps = steps, .count = batch->count, .waiting = engine->queue.count, .used_blocks = orr_engine_used_blocks(engine)};
    if (steps == 0) return;
    look_meanwhile(engine, steps);
    engine->listener.gaps(engine->listener.context, &(orr_gaps){lane->tokens_since.items[0].since_ns, ends_ns, steps, batch->count});
    for (int64_t i = 0, stretch; i < steps; i += stretch) {
        const int64_t planned_ns = i > 0 ? ends_ns[i - 1] : start_ns, needs = orr_batch_block_needs(batch);
        engine->cache.now_ns = planned_ns;
        if (needs > 0) orr_kv_take(&engine->cache, needs);
        stretch = engine->admission->foresees ? 1 : stretch_of(batch, steps - i);
        coasted->used_blocks = orr_engine_used_blocks(engine);
        coasted->block_ns += (double)coasted->used_blocks * (double)(ends_ns[i + stretch - 1] - planned_ns);
        add_stretch(coasted, batch, stretch);
        engine->promised_blocks -= needs;
        batch->joining_needs = 0;
        if (engine->admission->foresees) orr_seat_foresee(engine, lane, false);
        orr_batch_advance(batch, stretch);
        batch->burst = 1;
        if (engine->admission->foresees) orr_output_debt_advance(&lane->debt, 1);
    }
    const int64_t end_ns = ends_ns[steps - 1];
    engine->cache.now_ns = end_ns;
    engine->counters.steps += steps;
    engine->counters.decodes += steps * batch->count;
    engine->counters.decode_tokens += steps * batch->count;
    lane->tokens_since.items[0].since_ns = lane->last_decode_ns = end_ns;
    lane->decodes = lane->has_decoded = true;
    ORR_CHECK(orr_engine_audit(engine));
}
