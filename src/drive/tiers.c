#include "drive/tiers.h"

#include "base/math.h"
#include "base/mem.h"
#include "base/panic.h"
#include "drive/event_heap.h"
#include "drive/tier_links.h"

typedef struct engine_view { orr_kv_tiers tiers; orr_tier_pool *pool; int number; } engine_view;
typedef struct fetch { int engine, parts, next_unused; orr_request_index index; int64_t begin_ns; } fetch;
typedef struct instances { orr_kv_store *stores; int count; int *read_links, *write_links; orr_tier_totals totals; } instances;

struct orr_tier_pool {
    const orr_tiers_config *config;
    const int64_t *now_ns;
    int engine_count;
    engine_view *views;
    instances of[ORR_MOST_TIERS];
    orr_flows flows;
    ORR_VEC(fetch) fetches;
    int unused_fetch;               /* -1: none */
    orr_event_heap late;            /* parts whose bytes are there, and whose latency is not over: `replica` is the tag */
    int64_t alarm_ns;               /* INT64_MAX: none */
    bool changed;
};

enum { WRITES = 0x40000000 };       /* a tag is of an engine's writes to a tier, or of a fetch's part from one */

static int instance_of(const orr_tier_pool *pool, int tier, int engine)
{
    const orr_tier_scope scope = pool->config->tiers[tier].scope;
    return scope == ORR_TIER_OF_ENGINE ? engine : scope == ORR_TIER_OF_NODE ? engine / pool->config->engines_per_node : 0;
}

static int links_of(const orr_tier_pool *pool, int tier, int engine, bool writes, int *links)
{
    int count = 0;
    for (int t = tier; t >= 0 && count < ORR_MOST_CROSSED; t = pool->config->tiers[t].via - 1) {
        const instances *of = &pool->of[t];
        links[count++] = (writes ? of->write_links : of->read_links)[instance_of(pool, t, engine)];
    }
    return count;
}

/* --- what engines ask and tell --- */

static void on_wrote(void *context, int tier, int64_t blocks)
{
    const engine_view *view = context;
    orr_tier_pool *pool = view->pool;
    const uint32_t tag = (uint32_t)(WRITES | (view->number * ORR_MOST_TIERS + tier));
    const int64_t bytes = blocks * pool->config->block_bytes;
    pool->of[tier].totals.written_blocks += blocks;
    pool->changed = true;
    if (orr_flows_extend(&pool->flows, *pool->now_ns, tag, bytes)) return;
    int links[ORR_MOST_CROSSED];
    const int count = links_of(pool, tier, view->number, true, links);
    orr_flows_begin(&pool->flows, *pool->now_ns, tag, links, count, bytes);
}

static bool on_worth(void *context, const int64_t *blocks, int64_t saved_tokens, int64_t computed_tokens)
{
    const engine_view *view = context;
    const orr_tier_pool *pool = view->pool;
    if (pool->config->always) return true;
    int64_t fetch_ns = 0;
    for (int t = 0; t < pool->config->count; t++) {
        if (blocks[t] == 0) continue;
        int links[ORR_MOST_CROSSED];
        const int count = links_of(pool, t, view->number, false, links);
        int64_t rate_kb_per_s = INT64_MAX;
        for (int k = 0; k < count; k++)
            rate_kb_per_s = orr_min_i64(rate_kb_per_s, pool->flows.links.items[links[k]].capacity_kb_per_s / (1 + orr_flows_on_link(&pool->flows, links[k])));
        const int64_t bytes_ns = blocks[t] * pool->config->block_bytes * 1000000 / orr_max_i64(1, rate_kb_per_s);
        fetch_ns = orr_max_i64(fetch_ns, pool->config->tiers[t].latency_ns + bytes_ns);
    }
    return fetch_ns < pool->config->recompute_ns(pool->config->context, saved_tokens, computed_tokens);
}

static int take_fetch(orr_tier_pool *pool, fetch f)
{
    int ticket = pool->unused_fetch;
    if (ticket < 0) {
        ticket = (int)pool->fetches.count;
        orr_vec_push(&pool->fetches, f);
    } else {
        pool->unused_fetch = pool->fetches.items[ticket].next_unused;
        pool->fetches.items[ticket] = f;
    }
    return ticket;
}

static void on_fetch(void *context, orr_request_index index, const int64_t *blocks)
{
    const engine_view *view = context;
    orr_tier_pool *pool = view->pool;
    const int ticket = take_fetch(pool, (fetch){.engine = view->number, .index = index, .begin_ns = *pool->now_ns});
    pool->changed = true;
    for (int t = 0; t < pool->config->count; t++) {
        if (blocks[t] == 0) continue;
        int links[ORR_MOST_CROSSED];
        const int count = links_of(pool, t, view->number, false, links);
        pool->of[t].totals.read_blocks += blocks[t];
        pool->of[t].totals.reads++;
        pool->fetches.items[ticket].parts++;
        orr_flows_begin(&pool->flows, *pool->now_ns, (uint32_t)(ticket * ORR_MOST_TIERS + t), links, count, blocks[t] * pool->config->block_bytes);
    }
}

/* --- time --- */

int64_t orr_tier_pool_alarm_ns(orr_tier_pool *pool)
{
    if (!pool->changed) return INT64_MAX;
    pool->changed = false;
    const orr_event *late = orr_event_first(&pool->late);
    const int64_t next_ns = orr_min_i64(orr_flows_next_ns(&pool->flows), late ? late->time_ns : INT64_MAX);
    if (next_ns == pool->alarm_ns) return INT64_MAX;
    pool->alarm_ns = next_ns;
    return next_ns;
}

/* One part is there: the last one ends the fetch. */
static bool end_part(orr_tier_pool *pool, uint32_t tag, int *engine, orr_request_index *index)
{
    const int ticket = (int)tag / ORR_MOST_TIERS;
    fetch *f = &pool->fetches.items[ticket];
    pool->of[tag % ORR_MOST_TIERS].totals.read_wait_ns += (double)(*pool->now_ns - f->begin_ns);
    if (--f->parts > 0) return false;
    *engine = f->engine;
    *index = f->index;
    f->next_unused = pool->unused_fetch;
    pool->unused_fetch = ticket;
    return true;
}

bool orr_tier_pool_take_fetched(orr_tier_pool *pool, int *engine, orr_request_index *index)
{
    const int64_t now_ns = *pool->now_ns;
    if (pool->alarm_ns <= now_ns) {     /* it rings once; what ends after what ended now is asked for anew */
        pool->alarm_ns = INT64_MAX;
        pool->changed = true;
    }
    for (uint32_t tag; orr_flows_take_ended(&pool->flows, now_ns, &tag);) {
        pool->changed = true;
        if (tag & WRITES) continue;
        const int64_t latency_ns = pool->config->tiers[tag % ORR_MOST_TIERS].latency_ns;
        if (latency_ns > 0) orr_event_push(&pool->late, now_ns + latency_ns, ORR_EVENT_TIER, (int)tag, 0);
        else if (end_part(pool, tag, engine, index)) return true;
    }
    for (const orr_event *late; (late = orr_event_first(&pool->late)) != NULL && late->time_ns <= now_ns;) {
        const uint32_t tag = (uint32_t)orr_event_replica(late);
        orr_event_pop(&pool->late);
        pool->changed = true;
        if (end_part(pool, tag, engine, index)) return true;
    }
    return false;
}

/* --- life --- */

static int instance_count(const orr_tiers_config *config, int tier, int engine_count)
{
    switch (config->tiers[tier].scope) {
    case ORR_TIER_OF_ENGINE: return engine_count;
    case ORR_TIER_OF_NODE: return (engine_count + config->engines_per_node - 1) / config->engines_per_node;
    case ORR_TIER_OF_CLUSTER: return 1;
    }
    return 1;
}

orr_tier_pool *orr_tier_pool_create(const orr_tiers_config *config, int engine_count, const int64_t *now_ns)
{
    ORR_INVARIANT(config->count >= 1 && config->count <= ORR_MOST_TIERS && config->block_bytes > 0 && config->engines_per_node >= 1);
    orr_tier_pool *pool = orr_mem_resize(NULL, sizeof *pool);
    *pool = (orr_tier_pool){.config = config, .now_ns = now_ns, .engine_count = engine_count, .unused_fetch = -1, .alarm_ns = INT64_MAX};
    for (int t = 0; t < config->count; t++) {
        const orr_tier *tier = &config->tiers[t];
        instances *of = &pool->of[t];
        of->count = of->totals.links = instance_count(config, t, engine_count);
        of->stores = orr_mem_resize(NULL, (size_t)of->count * sizeof *of->stores);
        of->read_links = orr_mem_resize(NULL, (size_t)of->count * sizeof *of->read_links);
        of->write_links = orr_mem_resize(NULL, (size_t)of->count * sizeof *of->write_links);
        for (int i = 0; i < of->count; i++) {
            orr_kv_store_init(&of->stores[i], tier->capacity_blocks);
            of->read_links[i] = orr_flows_add_link(&pool->flows, tier->read_kb_per_s);
            of->write_links[i] = orr_flows_add_link(&pool->flows, tier->write_kb_per_s);
        }
    }
    pool->views = orr_mem_resize(NULL, (size_t)engine_count * sizeof *pool->views);
    for (int e = 0; e < engine_count; e++) {
        engine_view *view = &pool->views[e];
        *view = (engine_view){.pool = pool, .number = e, .tiers = {.count = config->count, .context = view, .wrote = on_wrote, .worth = on_worth, .fetch = on_fetch}};
        for (int t = 0; t < config->count; t++)
            view->tiers.tiers[t] = (orr_kv_tier){&pool->of[t].stores[instance_of(pool, t, e)], config->tiers[t].write, config->tiers[t].exclusive, config->tiers[t].ahead};
    }
    return pool;
}

void orr_tier_pool_destroy(orr_tier_pool *pool)
{
    if (pool == NULL) return;
    for (int t = 0; t < pool->config->count; t++) {
        for (int i = 0; i < pool->of[t].count; i++) orr_kv_store_free(&pool->of[t].stores[i]);
        orr_mem_free(pool->of[t].stores);
        orr_mem_free(pool->of[t].read_links);
        orr_mem_free(pool->of[t].write_links);
    }
    orr_flows_free(&pool->flows);
    orr_vec_free(&pool->fetches);
    orr_vec_free(&pool->late.events);
    orr_mem_free(pool->views);
    orr_mem_free(pool);
}

const orr_kv_tiers *orr_tier_pool_view(orr_tier_pool *pool, int engine) { return &pool->views[engine].tiers; }

orr_tier_totals orr_tier_pool_totals(const orr_tier_pool *pool, int tier)
{
    const instances *of = &pool->of[tier];
    orr_tier_totals totals = of->totals;
    for (int i = 0; i < of->count; i++) {
        ORR_CHECK(orr_kv_store_audit(&of->stores[i]));
        const orr_shared_link *read = &pool->flows.links.items[of->read_links[i]], *write = &pool->flows.links.items[of->write_links[i]];
        totals.read_busy_ns += (double)read->busy_ns;
        totals.write_busy_ns += (double)write->busy_ns;
        totals.read_link_bytes += read->carried_bytes;
        totals.write_link_bytes += write->carried_bytes;
        totals.held_blocks += of->stores[i].held_blocks;
    }
    return totals;
}
