#include "serve/kv_cache.h"

#include "base/panic.h"

static orr_kv_run_index new_run(orr_kv_cache *cache, orr_kv_run_kind kind, int64_t blocks)
{
    orr_kv_run_index index = cache->unused;
    if (index != ORR_NO_RUN) {
        cache->unused = cache->runs.items[index].next;
    } else {
        index = (orr_kv_run_index)cache->runs.count;
        orr_vec_push(&cache->runs, (orr_kv_run){0});
    }
    cache->runs.items[index] = (orr_kv_run){.kind = (uint8_t)kind, .blocks = blocks, .whole_blocks = blocks, .previous = ORR_NO_RUN, .next = ORR_NO_RUN};
    return index;
}

static void drop_run(orr_kv_cache *cache, orr_kv_run_index index)
{
    cache->runs.items[index] = (orr_kv_run){.kind = ORR_RUN_UNUSED, .next = cache->unused, .previous = ORR_NO_RUN};
    cache->unused = index;
}

static void enqueue(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    run->previous = cache->tail;
    run->next = ORR_NO_RUN;
    run->queued = true;
    if (cache->tail != ORR_NO_RUN) cache->runs.items[cache->tail].next = index;
    else cache->front = index;
    cache->tail = index;
    cache->queued_blocks += run->blocks;
}

static void unlink_run(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    if (run->previous != ORR_NO_RUN) cache->runs.items[run->previous].next = run->next;
    else cache->front = run->next;
    if (run->next != ORR_NO_RUN) cache->runs.items[run->next].previous = run->previous;
    else cache->tail = run->previous;
    run->previous = run->next = ORR_NO_RUN;
    run->queued = false;
    cache->queued_blocks -= run->blocks;
}

void orr_kv_init(orr_kv_cache *cache, int64_t block_count, int64_t block_tokens)
{
    *cache = (orr_kv_cache){.block_count = block_count, .block_tokens = block_tokens, .front = ORR_NO_RUN, .tail = ORR_NO_RUN, .unused = ORR_NO_RUN};
    orr_kv_give(cache, block_count);
}

void orr_kv_free(orr_kv_cache *cache)
{
    orr_vec_free(&cache->runs);
    orr_map_free(&cache->by_key);
}

void orr_kv_take(orr_kv_cache *cache, int64_t blocks)
{
    ORR_INVARIANT(blocks <= cache->queued_blocks);
    while (blocks > 0) {
        const orr_kv_run_index index = cache->front;
        orr_kv_run *run = &cache->runs.items[index];
        const int64_t taken = blocks < run->blocks ? blocks : run->blocks;
        run->blocks -= taken;
        cache->queued_blocks -= taken;
        blocks -= taken;
        if (run->blocks > 0) continue;
        unlink_run(cache, index);
        if (run->kind == ORR_RUN_SHARED) orr_map_remove(&cache->by_key, run->key);
        if (run->kind != ORR_RUN_PARKED) drop_run(cache, index);    /* a parked run's handle is still held by its request */
    }
}

void orr_kv_give(orr_kv_cache *cache, int64_t blocks)
{
    if (blocks <= 0) return;
    if (cache->tail != ORR_NO_RUN && cache->runs.items[cache->tail].kind == ORR_RUN_ANONYMOUS) {
        cache->runs.items[cache->tail].blocks += blocks;
        cache->queued_blocks += blocks;
        return;
    }
    enqueue(cache, new_run(cache, ORR_RUN_ANONYMOUS, blocks));
}

orr_kv_run_index orr_kv_find(const orr_kv_cache *cache, uint64_t key)
{
    uint64_t index = 0;
    return orr_map_get(&cache->by_key, key, &index) ? (orr_kv_run_index)index : ORR_NO_RUN;
}

void orr_kv_pin(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    if (run->pin_count++ > 0) return;
    unlink_run(cache, index);
    cache->pinned_blocks += run->blocks;
}

void orr_kv_unpin(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    ORR_CHECK(run->pin_count > 0);
    if (--run->pin_count > 0) return;
    cache->pinned_blocks -= run->blocks;
    enqueue(cache, index);
}

orr_kv_run_index orr_kv_share(orr_kv_cache *cache, uint64_t key, int64_t blocks)
{
    const orr_kv_run_index index = new_run(cache, ORR_RUN_SHARED, blocks);
    cache->runs.items[index].key = key;
    cache->runs.items[index].pin_count = 1;
    cache->pinned_blocks += blocks;
    orr_map_put(&cache->by_key, key, index);
    return index;
}

int64_t orr_kv_restore(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    const int64_t missing = run->whole_blocks - run->blocks;
    ORR_CHECK(run->pin_count > 0);
    run->blocks = run->whole_blocks;
    cache->pinned_blocks += missing;
    return missing;
}

orr_kv_run_index orr_kv_park(orr_kv_cache *cache, int64_t blocks)
{
    const orr_kv_run_index index = new_run(cache, ORR_RUN_PARKED, blocks);
    enqueue(cache, index);
    return index;
}

int64_t orr_kv_unpark(orr_kv_cache *cache, orr_kv_run_index index)
{
    const int64_t blocks = cache->runs.items[index].blocks;
    if (cache->runs.items[index].queued) unlink_run(cache, index);
    drop_run(cache, index);
    return blocks;
}

void orr_kv_forget(orr_kv_cache *cache, orr_kv_run_index index)
{
    if (cache->runs.items[index].queued) cache->runs.items[index].kind = ORR_RUN_ANONYMOUS;
    else drop_run(cache, index);
}

bool orr_kv_audit(const orr_kv_cache *cache, int64_t private_blocks)
{
    int64_t queued = 0, pinned = 0, mapped = 0;
    for (orr_kv_run_index index = cache->front; index != ORR_NO_RUN; index = cache->runs.items[index].next) {
        const orr_kv_run *run = &cache->runs.items[index];
        if (!run->queued || run->pin_count > 0 || run->blocks <= 0) return false;
        queued += run->blocks;
    }
    for (size_t i = 0; i < cache->runs.count; i++) {
        const orr_kv_run *run = &cache->runs.items[i];
        if (run->kind != ORR_RUN_SHARED) continue;
        mapped++;
        if (orr_kv_find(cache, run->key) != (orr_kv_run_index)i || run->queued == (run->pin_count > 0)) return false;
        if (run->pin_count > 0) pinned += run->blocks;
    }
    return queued == cache->queued_blocks && pinned == cache->pinned_blocks && (size_t)mapped == cache->by_key.count
        && queued + pinned + private_blocks == cache->block_count;
}
