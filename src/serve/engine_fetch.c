/* Context that lies in tiers below the HBM (kv_tiers.h): what a request would have from them, and its wait.
 *
 * A request whose turn it is has its hits in the HBM, then what the tiers hold of its prefix where these end, block by block from the first tier that has it. If that is worth fetching, its blocks and its seat are reserved
 * and it leaves the queue until all is there (`incoming`); then (`ready`) it goes before the queue, computes what is left, and what was fetched is shareable. Others pass it meanwhile. Parked blocks and hits behind a
 * gap that tiers fill are not used.
 * Tiers with `ahead` are asked when a request arrives: the transfer runs while it waits in the queue, into a buffer of its own, and it waits for the rest of it when its turn comes.
 *
 * Slots: incoming and ready ones hold blocks and seats. `fetches` counts transfers under way for a slot, and a slot that has some is never released. */
#include "serve/engine_state.h"

#include "base/math.h"
#include "base/panic.h"

typedef struct walk { int64_t reached, from, to; int64_t *blocks; } walk;     /* from, to: what was fetched ahead */

static void jump(walk *w) { if (w->reached >= w->from && w->reached < w->to) w->reached = w->to; }

/* Up to `end` from this tier, but for what was fetched ahead. */
static void go_on(walk *w, int tier, int64_t end)
{
    while (jump(w), w->reached < end) {
        const int64_t stop = w->reached < w->from && w->from < w->to && w->from < end ? w->from : end;
        w->blocks[tier] += stop - w->reached;
        w->reached = stop;
    }
}

enum { FROM_NONE, FROM_AHEAD, FROM_ALL };       /* tiers that are asked */

/* How far the prefix goes behind `found` blocks, at most `most`; blocks: how many are to come from each tier. */
static int64_t reach(const orr_engine_core *engine, const orr_slot *slot, int64_t found, int64_t most, int asked, int64_t *blocks)
{
    const orr_kv_tiers *tiers = engine->config.tiers;
    walk w = {found, slot->ahead_from, slot->ahead_to, blocks};
    for (int t = 0; t < ORR_MOST_TIERS; t++) blocks[t] = 0;
    for (int i = 0; i < slot->prefix_count && w.reached < most; i++) {
        const orr_prefix_link *link = &slot->prefix[i];
        jump(&w);
        if (w.reached >= link->end_blocks) continue;
        for (int t = 0; t < tiers->count; t++)
            if (asked == FROM_ALL || (asked == FROM_AHEAD && tiers->tiers[t].ahead))
                go_on(&w, t, orr_min_i64(most, link->end_blocks - link->blocks + orr_kv_store_held(tiers->tiers[t].store, link->key)));
        if (w.reached < link->end_blocks) break;
    }
    return orr_max_i64(found, orr_min_i64(most, w.reached));
}

static bool any(const int64_t *blocks)
{
    int64_t sum = 0;
    for (int t = 0; t < ORR_MOST_TIERS; t++) sum += blocks[t];
    return sum > 0;
}

static int64_t reach_worth(const orr_engine_core *engine, const orr_slot *slot, int64_t found, int64_t most, int asked, int64_t *blocks)
{
    const orr_kv_tiers *tiers = engine->config.tiers;
    const int64_t block_tokens = engine->config.block_tokens, reached = reach(engine, slot, found, most, asked, blocks);
    if (!any(blocks)) return reached;
    const int64_t without = reach(engine, slot, found, most, FROM_NONE, blocks);
    reach(engine, slot, found, most, asked, blocks);
    if (tiers->worth(tiers->context, blocks, (reached - without) * block_tokens, without * block_tokens)) return reached;
    return reach(engine, slot, found, most, FROM_NONE, blocks);
}

int64_t orr_fetch_plan(orr_engine_core *engine, const orr_slot *slot, int64_t found_blocks, int64_t most_blocks)
{
    return reach_worth(engine, slot, found_blocks, most_blocks, FROM_ALL, engine->fetch_blocks);
}

void orr_fetch_reserved(orr_engine_core *engine, orr_slot *slot, int64_t found_blocks)
{
    const int64_t used_blocks = slot->computed_tokens / engine->config.block_tokens;
    slot->found_blocks = found_blocks;
    slot->ahead_from = slot->ahead_to = 0;
    for (int i = 0; i < slot->prefix_count && slot->prefix[i].end_blocks - slot->prefix[i].blocks < used_blocks; i++) orr_kv_tiers_touch(engine->config.tiers, slot->prefix[i].key);
}

bool orr_fetch_await(orr_engine_core *engine, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    const bool more = any(engine->fetch_blocks);
    if (!more && slot->fetches == 0) return false;
    orr_queue_leave(&engine->queue, index, &slot->request);
    orr_slot_list_push_back(engine, &engine->incoming, index);
    slot->awaits = true;
    slot->awaits_since_ns = engine->cache.now_ns;
    if (!more) return true;
    slot->fetches++;
    engine->config.tiers->fetch(engine->config.tiers->context, index, engine->fetch_blocks);
    return true;
}

void orr_engine_fetched(orr_engine_core *engine, orr_request_index index, int64_t now_ns)
{
    orr_slot *slot = orr_slot_at(engine, index);
    engine->cache.now_ns = now_ns;
    ORR_INVARIANT(slot->fetches > 0);
    slot->fetches--;
    if (!slot->awaits || slot->fetches > 0) return;
    slot->awaits = false;
    engine->counters.fetch_waits++;
    engine->counters.fetch_wait_ns += now_ns - slot->awaits_since_ns;
    orr_cover(engine, slot, slot->computed_tokens);
    for (int i = 0; i < slot->covered_count; i++)
        if (slot->prefix[i].end_blocks > slot->found_blocks && slot->prefix[i].run != ORR_NO_RUN) orr_kv_tiers_fetched(engine->config.tiers, slot->prefix[i].key);
    orr_slot_list_remove(engine, &engine->incoming, index);
    orr_slot_list_push_back(engine, &engine->ready, index);
    ORR_CHECK(orr_engine_audit(engine));
}

/* Whole links, as far as they go; then what is left of one. */
static int64_t found_in_hbm(orr_engine_core *engine, const orr_slot *slot)
{
    int64_t found = 0;
    for (int i = 0; i < slot->prefix_count; i++) {
        const orr_kv_run_index run = orr_kv_find(&engine->cache, slot->prefix[i].key);
        if (run == ORR_NO_RUN) break;
        found += engine->cache.runs.items[run].blocks;
        if (engine->cache.runs.items[run].blocks < slot->prefix[i].blocks) break;
    }
    return found;
}

void orr_engine_look_ahead(orr_engine_core *engine, int64_t now_ns)
{
    const orr_request_index index = engine->arriving.last;
    orr_slot *slot = orr_slot_at(engine, index);
    int64_t blocks[ORR_MOST_TIERS];
    engine->cache.now_ns = now_ns;
    const int64_t most = (slot->target_tokens - 1) / engine->config.block_tokens, found = orr_min_i64(most, found_in_hbm(engine, slot));
    const int64_t reached = reach_worth(engine, slot, found, most, FROM_AHEAD, blocks);
    if (!any(blocks)) return;
    slot->ahead_from = found;
    slot->ahead_to = reached;
    slot->fetches++;
    engine->config.tiers->fetch(engine->config.tiers->context, index, blocks);
}
