#include "serve/kv_tiers.h"

static const uint32_t NO_RUN = UINT32_MAX;

void orr_kv_store_init(orr_kv_store *store, int64_t capacity_blocks)
{
    *store = (orr_kv_store){.capacity_blocks = capacity_blocks, .front = NO_RUN, .tail = NO_RUN, .unused = NO_RUN};
}

void orr_kv_store_free(orr_kv_store *store)
{
    orr_vec_free(&store->runs);
    orr_map_free(&store->by_key);
}

static uint32_t find(const orr_kv_store *store, uint64_t key)
{
    uint64_t index = 0;
    return orr_map_get(&store->by_key, key, &index) ? (uint32_t)index : NO_RUN;
}

static void unlink_run(orr_kv_store *store, uint32_t index)
{
    const orr_stored_run *run = &store->runs.items[index];
    if (run->previous != NO_RUN) store->runs.items[run->previous].next = run->next;
    else store->front = run->next;
    if (run->next != NO_RUN) store->runs.items[run->next].previous = run->previous;
    else store->tail = run->previous;
}

static void link_last(orr_kv_store *store, uint32_t index)
{
    orr_stored_run *run = &store->runs.items[index];
    run->previous = store->tail;
    run->next = NO_RUN;
    if (store->tail != NO_RUN) store->runs.items[store->tail].next = index;
    else store->front = index;
    store->tail = index;
}

static void touch(orr_kv_store *store, uint32_t index)
{
    if (store->tail == index) return;
    unlink_run(store, index);
    link_last(store, index);
}

static void drop_run(orr_kv_store *store, uint32_t index)
{
    orr_stored_run *run = &store->runs.items[index];
    store->held_blocks -= run->blocks;
    orr_map_remove(&store->by_key, run->key);
    unlink_run(store, index);
    *run = (orr_stored_run){.next = store->unused};
    store->unused = index;
}

int64_t orr_kv_store_held(const orr_kv_store *store, uint64_t key)
{
    const uint32_t index = find(store, key);
    return index == NO_RUN ? 0 : store->runs.items[index].blocks;
}

void orr_kv_store_drop(orr_kv_store *store, uint64_t key)
{
    const uint32_t index = find(store, key);
    if (index != NO_RUN) drop_run(store, index);
}

static uint32_t new_run(orr_kv_store *store, uint64_t key)
{
    uint32_t index = store->unused;
    if (index != NO_RUN) {
        store->unused = store->runs.items[index].next;
    } else {
        index = (uint32_t)store->runs.count;
        orr_vec_push(&store->runs, (orr_stored_run){0});
    }
    store->runs.items[index] = (orr_stored_run){.key = key};
    orr_map_put(&store->by_key, key, index);
    link_last(store, index);
    return index;
}

static void lose(const orr_kv_tiers *tiers, int tier, uint64_t key, int64_t blocks);

/* The store holds `blocks` of the run, or as many as it can hold when all else is gone. */
static void put(const orr_kv_tiers *tiers, int tier, uint64_t key, int64_t blocks)
{
    orr_kv_store *store = tiers->tiers[tier].store;
    uint32_t index = find(store, key);
    if (index == NO_RUN && store->capacity_blocks == 0) return;
    if (index == NO_RUN) index = new_run(store, key);
    else touch(store, index);
    int64_t wanted = blocks - store->runs.items[index].blocks;
    if (wanted <= 0) return;
    while (store->capacity_blocks - store->held_blocks < wanted && store->front != index) {
        const orr_stored_run first = store->runs.items[store->front];
        const int64_t over = wanted - (store->capacity_blocks - store->held_blocks);
        lose(tiers, tier, first.key, first.blocks);
        if (over >= first.blocks) {
            drop_run(store, store->front);
        } else {
            store->runs.items[store->front].blocks -= over;
            store->held_blocks -= over;
        }
    }
    if (wanted > store->capacity_blocks - store->held_blocks) wanted = store->capacity_blocks - store->held_blocks;
    if (wanted <= 0) return;
    store->runs.items[index].blocks += wanted;
    store->held_blocks += wanted;
    tiers->wrote(tiers->context, tier, wanted);
}

/* The tier (-1: the HBM) loses blocks: the next one that is written at all may want them. */
static void lose(const orr_kv_tiers *tiers, int tier, uint64_t key, int64_t blocks)
{
    int below = tier + 1;
    while (below < tiers->count && tiers->tiers[below].write == ORR_TIER_NONE) below++;
    if (below < tiers->count && tiers->tiers[below].write == ORR_TIER_ON_EVICT) put(tiers, below, key, blocks);
}

void orr_kv_tiers_evict(const orr_kv_tiers *tiers, uint64_t key, int64_t blocks) { lose(tiers, -1, key, blocks); }

void orr_kv_tiers_computed(const orr_kv_tiers *tiers, uint64_t key, int64_t blocks)
{
    for (int t = 0; t < tiers->count; t++) if (tiers->tiers[t].write == ORR_TIER_THROUGH) put(tiers, t, key, blocks);
}

void orr_kv_tiers_touch(const orr_kv_tiers *tiers, uint64_t key)
{
    for (int t = 0; t < tiers->count; t++) {
        const uint32_t index = find(tiers->tiers[t].store, key);
        if (index != NO_RUN) touch(tiers->tiers[t].store, index);
    }
}

void orr_kv_tiers_fetched(const orr_kv_tiers *tiers, uint64_t key)
{
    for (int t = 0; t < tiers->count; t++) if (tiers->tiers[t].exclusive) orr_kv_store_drop(tiers->tiers[t].store, key);
}

bool orr_kv_store_audit(const orr_kv_store *store)
{
    int64_t held = 0;
    size_t count = 0;
    for (uint32_t i = store->front; i != NO_RUN; i = store->runs.items[i].next, count++) {
        held += store->runs.items[i].blocks;
        if (store->runs.items[i].blocks <= 0 || find(store, store->runs.items[i].key) != i) return false;
    }
    return held == store->held_blocks && held <= store->capacity_blocks && count == store->by_key.count;
}
