/* A request and the cache: reserve at admission, share what is computed, give back at the end.
 *
 * Invariant: blocks held by a request == private_blocks + blocks grown while decoding + hit blocks of the runs it pins (of the last one pinned only the part
 * that the rule "a hit never covers the last token" lets it use; the whole run is pinned all the same). */
#include "serve/engine_state.h"

#include "base/math.h"

void orr_prefix_prepare(orr_engine_core *engine, orr_slot *slot, const orr_prefix_run *prefix, int prefix_count)
{
    slot->parked = ORR_NO_RUN;
    slot->prefix_count = slot->covered_count = 0;
    slot->answer_blocks = 0;
    if (!engine->config.prefix_caching) return;
    if (prefix_count > slot->prefix_capacity) {
        slot->prefix = orr_mem_resize(slot->prefix, (size_t)prefix_count * sizeof *slot->prefix);
        slot->prefix_capacity = prefix_count;
    }
    uint64_t key = 0;
    int64_t end_tokens = 0, end_blocks = 0;
    for (int i = 0; i < prefix_count; i++) {
        key = orr_prefix_key(key, &prefix[i]);
        end_tokens += prefix[i].tokens;
        const int64_t blocks = end_tokens / engine->config.block_tokens - end_blocks;
        if (blocks == 0) continue;      /* too short to own a block: the next one's key still depends on it */
        end_blocks += blocks;
        slot->prefix[slot->prefix_count++] = (orr_prefix_link){.key = key, .blocks = blocks, .end_blocks = end_blocks, .run = ORR_NO_RUN};
    }
    if (slot->fate.content == 0 || end_tokens != slot->request.input_tokens) return;
    const orr_prefix_run answer = {slot->fate.content, slot->fate.output_tokens - 1};
    slot->answer_key = orr_prefix_key(key, &answer);
    slot->answer_blocks = (end_tokens + answer.tokens) / engine->config.block_tokens - end_blocks;
}

/* What the cache holds of the prefix: links found (a run that lost its end is the last), their blocks, and how many of these wait in the queue. */
typedef struct prefix_hit { int link_count; int64_t blocks, queued_blocks; bool whole, parked; } prefix_hit;

static prefix_hit look_up(orr_engine_core *engine, orr_slot *slot)
{
    prefix_hit hit = {.whole = true};
    for (int i = 0; i < slot->prefix_count && hit.whole; i++) {
        orr_prefix_link *link = &slot->prefix[i];
        link->run = orr_kv_find(&engine->cache, link->key);
        if (link->run == ORR_NO_RUN) { hit.whole = false; break; }
        const orr_kv_run *run = &engine->cache.runs.items[link->run];
        link->hit_blocks = run->blocks;
        hit.blocks += run->blocks;
        if (run->queued) hit.queued_blocks += run->blocks;
        hit.whole = run->blocks == run->whole_blocks;
        hit.link_count++;
    }
    if (slot->parked != ORR_NO_RUN && hit.whole) {
        const int64_t parked_blocks = orr_kv_parked_blocks(&engine->cache, slot->parked);
        hit.parked = parked_blocks > 0;
        hit.blocks += parked_blocks;
        hit.queued_blocks += parked_blocks;
    }
    return hit;
}

int64_t orr_cached_tokens(orr_engine_core *engine, orr_slot *slot)
{
    return orr_min_i64(look_up(engine, slot).blocks, (slot->target_tokens - 1) / engine->config.block_tokens) * engine->config.block_tokens;
}

int64_t orr_engine_cached_tokens(orr_engine_core *engine, const orr_request *request, const orr_prefix_run *prefix, int prefix_count, int64_t now_ns)
{
    if (!engine->config.prefix_caching) return 0;
    engine->cache.now_ns = now_ns;
    const orr_request_index index = orr_slot_acquire(engine);
    orr_slot *slot = orr_slot_at(engine, index);
    slot->request = *request;
    slot->target_tokens = request->input_tokens;
    orr_prefix_prepare(engine, slot, prefix, prefix_count);
    const int64_t tokens = orr_cached_tokens(engine, slot);
    orr_slot_release(engine, index);
    return tokens;
}

bool orr_reserve(orr_engine_core *engine, const orr_lane *lane, orr_slot *slot, int64_t most_new_tokens)
{
    const prefix_hit hit = look_up(engine, slot);
    const int64_t most_blocks = (slot->target_tokens - 1) / engine->config.block_tokens, found_blocks = orr_min_i64(hit.blocks, most_blocks);
    const bool fetches = engine->config.tiers != NULL && !slot->remote;
    const int64_t new_blocks = orr_blocks_of(engine, slot->target_tokens) - found_blocks;
    if (!fetches && slot->target_tokens - found_blocks * engine->config.block_tokens > most_new_tokens) return false;
    const int64_t free_blocks = orr_kv_available(&engine->cache) - hit.queued_blocks - new_blocks;
    if (free_blocks < 0 || !orr_seat_offered(engine, lane, slot, free_blocks)) return false;

    const int64_t usable_blocks = fetches ? orr_fetch_plan(engine, slot, found_blocks, most_blocks) : found_blocks;
    if (fetches && slot->target_tokens - usable_blocks * engine->config.block_tokens > most_new_tokens) return false;
    engine->cache.reached = orr_max_i64(engine->cache.reached, (int64_t)slot->request.id);
    for (int i = 0; i < slot->prefix_count; i++) {
        if (i < hit.link_count) orr_kv_pin(&engine->cache, slot->prefix[i].run);
        else slot->prefix[i].run = ORR_NO_RUN;
    }
    slot->private_blocks = new_blocks;
    if (slot->parked != ORR_NO_RUN) {
        if (hit.parked) slot->private_blocks += orr_kv_unpark(&engine->cache, slot->parked);
        else orr_kv_forget(&engine->cache, slot->parked);
        slot->parked = ORR_NO_RUN;
    }
    slot->covered_count = 0;
    slot->computed_tokens = usable_blocks * engine->config.block_tokens;
    if (fetches) orr_fetch_reserved(engine, slot, found_blocks);
    orr_kv_take(&engine->cache, new_blocks);
    orr_seat_take(engine, slot);
    return true;
}

void orr_cover(orr_engine_core *engine, orr_slot *slot, int64_t computed_tokens)
{
    for (; slot->covered_count < slot->prefix_count; slot->covered_count++) {
        orr_prefix_link *link = &slot->prefix[slot->covered_count];
        if (link->end_blocks * engine->config.block_tokens > computed_tokens) return;
        if (link->run != ORR_NO_RUN) {      /* pinned: whole, or it had lost its end, which this request has now computed */
            const int64_t restored_blocks = orr_kv_restore(&engine->cache, link->run);
            slot->private_blocks -= restored_blocks;
            if (restored_blocks > 0 && engine->config.tiers) orr_kv_tiers_computed(engine->config.tiers, link->key, link->blocks);
            continue;
        }
        const orr_kv_run_index other = orr_kv_find(&engine->cache, link->key);
        if (other == ORR_NO_RUN) {
            link->run = orr_kv_share(&engine->cache, link->key, link->blocks);
            slot->private_blocks -= link->blocks;
            if (engine->config.tiers) orr_kv_tiers_computed(engine->config.tiers, link->key, link->blocks);
        } else if (engine->cache.radix) {   /* another request computed it meanwhile: a tree has one node for it */
            orr_kv_pin(&engine->cache, other);
            link->run = other;
            slot->private_blocks -= link->blocks;
            orr_kv_give_empty(&engine->cache, link->blocks);
        } else {                            /* this copy stays private */
            orr_kv_pass(&engine->cache, other);
        }
    }
}

/* `answer`: a run that this request has pinned, behind its prompt's; or ORR_NO_RUN. */
static void return_blocks(orr_engine_core *engine, orr_slot *slot, int64_t stored_tokens, bool park, orr_kv_run_index answer)
{
    engine->refused = false;
    orr_kv_cache *cache = &engine->cache;
    const int64_t shareable_blocks = slot->prefix_count > 0 ? slot->prefix[slot->prefix_count - 1].end_blocks : 0;
    int64_t parked_blocks = 0;
    if (park && engine->cache.radix) {      /* a tree keeps whole segments alone */
        orr_kv_give_empty(cache, slot->private_blocks);
        slot->private_blocks = 0;
    } else if (park && engine->config.prefix_caching)
        parked_blocks = orr_min_i64(slot->private_blocks, orr_max_i64(0, stored_tokens / engine->config.block_tokens - shareable_blocks));
    orr_kv_give(cache, slot->private_blocks - parked_blocks);
    if (parked_blocks > 0) slot->parked = orr_kv_park(cache, parked_blocks);
    slot->private_blocks = 0;
    if (answer != ORR_NO_RUN) orr_kv_unpin(cache, answer);
    for (int i = slot->prefix_count - 1; i >= 0; i--) {
        if (slot->prefix[i].run == ORR_NO_RUN) continue;
        orr_kv_unpin(cache, slot->prefix[i].run);
        slot->prefix[i].run = ORR_NO_RUN;
    }
}

void orr_return_blocks(orr_engine_core *engine, orr_slot *slot, int64_t stored_tokens, bool park) { return_blocks(engine, slot, stored_tokens, park, ORR_NO_RUN); }

void orr_finish_blocks(orr_engine_core *engine, orr_slot *slot, int64_t stored_tokens)
{
    orr_kv_run_index answer = ORR_NO_RUN;
    if (slot->answer_blocks > 0 && orr_kv_find(&engine->cache, slot->answer_key) == ORR_NO_RUN) {
        answer = orr_kv_share(&engine->cache, slot->answer_key, slot->answer_blocks);
        slot->private_blocks -= slot->answer_blocks;
        if (engine->config.tiers) orr_kv_tiers_computed(engine->config.tiers, slot->answer_key, slot->answer_blocks);
    }
    return_blocks(engine, slot, stored_tokens, false, answer);
}
