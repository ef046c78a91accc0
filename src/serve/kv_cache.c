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
    cache->runs.items[index] = (orr_kv_run){.kind = (uint8_t)kind, .blocks = blocks, .whole_blocks = blocks, .uses = 1, .previous = ORR_NO_RUN, .next = ORR_NO_RUN};
    return index;
}

static void drop_run(orr_kv_cache *cache, orr_kv_run_index index)
{
    cache->runs.items[index] = (orr_kv_run){.kind = ORR_RUN_UNUSED, .next = cache->unused, .previous = ORR_NO_RUN};
    cache->unused = index;
}

/* --- the queue: a list, or a heap where the policy ranks --- */

static inline bool is_ranked(const orr_kv_cache *cache) { return cache->ranks; }

static int64_t rank_of(const orr_kv_cache *cache, const orr_kv_run *run)
{
    return cache->eviction->rank ? cache->eviction->rank(run, cache->age) : cache->eviction->foreseen(run, cache->foresight, cache->reached);
}

static void push_ranked(orr_kv_cache *cache, orr_kv_run_index index, int64_t rank)
{
    orr_kv_run *run = &cache->runs.items[index];
    run->queued = true;
    cache->queued_blocks += run->blocks;
    cache->latest = run->kind == ORR_RUN_ANONYMOUS ? index : ORR_NO_RUN;
    orr_step_heap_push(&cache->ranked, (orr_step_entry){rank, cache->next_order++, index});
}

static void enqueue(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    run->since_ns = cache->now_ns;
    if (is_ranked(cache)) {
        push_ranked(cache, index, rank_of(cache, run));
        return;
    }
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
    run->queued = false;
    cache->queued_blocks -= run->blocks;
    if (is_ranked(cache)) {
        orr_step_heap_remove(&cache->ranked, index);
        if (cache->latest == index) cache->latest = ORR_NO_RUN;
        return;
    }
    if (run->previous != ORR_NO_RUN) cache->runs.items[run->previous].next = run->next;
    else cache->front = run->next;
    if (run->next != ORR_NO_RUN) cache->runs.items[run->next].previous = run->previous;
    else cache->tail = run->previous;
    run->previous = run->next = ORR_NO_RUN;
}

/* The run that gives up blocks next. */
static orr_kv_run_index first_to_go(orr_kv_cache *cache)
{
    if (!is_ranked(cache)) return cache->front;
    const orr_step_entry *first = orr_step_heap_first(&cache->ranked);
    if (first->step > cache->age) cache->age = first->step;
    return first->request;
}

/* Anonymous blocks that came last, which more may join: nothing stands between them. ORR_NO_RUN: none. */
static orr_kv_run_index open_run(const orr_kv_cache *cache)
{
    if (!is_ranked(cache)) return cache->tail != ORR_NO_RUN && cache->runs.items[cache->tail].kind == ORR_RUN_ANONYMOUS ? cache->tail : ORR_NO_RUN;
    if (cache->latest == ORR_NO_RUN) return ORR_NO_RUN;
    const orr_kv_run *run = &cache->runs.items[cache->latest];
    return run->uses == 1 && cache->ranked.entries.items[cache->ranked.positions[cache->latest] - 1].step == rank_of(cache, run) ? cache->latest : ORR_NO_RUN;
}

/* --- blocks --- */

void orr_kv_init(orr_kv_cache *cache, int64_t block_count, int64_t block_tokens, const orr_kv_options *options)
{
    *cache = (orr_kv_cache){.block_count = block_count, .block_tokens = block_tokens, .front = ORR_NO_RUN, .tail = ORR_NO_RUN, .unused = ORR_NO_RUN, .latest = ORR_NO_RUN, .reached = -1,
        .eviction = options->eviction ? options->eviction : &orr_kv_evict_lru, .ranks = options->eviction && orr_kv_eviction_ranks(options->eviction), .radix = options->radix, .ttl_ns = options->ttl_ns, .foresight = options->foresight, .teller = options->teller};
    ORR_INVARIANT(cache->eviction->foreseen == NULL || cache->foresight != NULL);
    orr_kv_give_empty(cache, block_count);
}

void orr_kv_free(orr_kv_cache *cache)
{
    orr_vec_free(&cache->runs);
    orr_map_free(&cache->by_key);
    orr_step_heap_free(&cache->ranked);
}

static void tell(const orr_kv_cache *cache, const orr_kv_run *run, int64_t blocks) { orr_kv_tell(&cache->teller, run->key, blocks * cache->block_tokens, blocks == run->whole_blocks); }

/* Nobody can ask for it again; it stays where it is in the queue. */
static void make_anonymous(orr_kv_cache *cache, orr_kv_run *run)
{
    if (run->kind == ORR_RUN_SHARED) {
        orr_map_remove(&cache->by_key, run->key);
        tell(cache, run, 0);
    }
    run->kind = ORR_RUN_ANONYMOUS;
}

/* What is left of a run that has lost a block goes with it: empty blocks, in front of all others. */
static void empty_run(orr_kv_cache *cache, orr_kv_run_index index)
{
    make_anonymous(cache, &cache->runs.items[index]);
    if (!is_ranked(cache)) return;      /* at the front as it is */
    unlink_run(cache, index);
    cache->runs.items[index].uses = 0;
    push_ranked(cache, index, INT64_MIN);
}

void orr_kv_take(orr_kv_cache *cache, int64_t blocks)
{
    ORR_INVARIANT(blocks <= cache->queued_blocks);
    while (blocks > 0) {
        const orr_kv_run_index index = first_to_go(cache);
        orr_kv_run *run = &cache->runs.items[index];
        const int64_t taken = blocks < run->blocks ? blocks : run->blocks;
        cache->changes += run->kind != ORR_RUN_ANONYMOUS;
        if (cache->tiers && run->kind == ORR_RUN_SHARED) orr_kv_tiers_evict(cache->tiers, run->key, run->blocks);
        run->blocks -= taken;
        cache->queued_blocks -= taken;
        blocks -= taken;
        if (run->blocks > 0) {
            if (run->kind != ORR_RUN_SHARED) continue;
            if (cache->radix) empty_run(cache, index);
            else tell(cache, run, run->blocks);
            continue;
        }
        unlink_run(cache, index);
        if (run->kind == ORR_RUN_SHARED) {
            orr_map_remove(&cache->by_key, run->key);
            tell(cache, run, 0);
        }
        if (run->kind != ORR_RUN_PARKED) drop_run(cache, index);    /* a parked run's handle is still held by its request */
    }
}

void orr_kv_give(orr_kv_cache *cache, int64_t blocks)
{
    if (blocks <= 0) return;
    const orr_kv_run_index open = open_run(cache);
    if (open != ORR_NO_RUN) {
        cache->runs.items[open].blocks += blocks;
        cache->queued_blocks += blocks;
        return;
    }
    enqueue(cache, new_run(cache, ORR_RUN_ANONYMOUS, blocks));
}

void orr_kv_give_empty(orr_kv_cache *cache, int64_t blocks)
{
    if (blocks <= 0) return;
    const orr_kv_run_index index = new_run(cache, ORR_RUN_ANONYMOUS, blocks);
    orr_kv_run *run = &cache->runs.items[index];
    run->uses = 0;
    if (is_ranked(cache)) {
        push_ranked(cache, index, INT64_MIN);
        return;
    }
    run->queued = true;
    run->next = cache->front;
    if (cache->front != ORR_NO_RUN) cache->runs.items[cache->front].previous = index;
    else cache->tail = index;
    cache->front = index;
    cache->queued_blocks += blocks;
}

orr_kv_run_index orr_kv_find(orr_kv_cache *cache, uint64_t key)
{
    uint64_t index = 0;
    if (!orr_map_get(&cache->by_key, key, &index)) return ORR_NO_RUN;
    if (cache->eviction->expired) {
        orr_kv_run *run = &cache->runs.items[index];
        if (run->queued && cache->eviction->expired(run, cache->now_ns, cache->ttl_ns)) {
            make_anonymous(cache, run);
            return ORR_NO_RUN;
        }
    }
    return (orr_kv_run_index)index;
}

void orr_kv_pass(orr_kv_cache *cache, orr_kv_run_index index)
{
    if (cache->eviction->foreseen == NULL || !cache->runs.items[index].queued) return;
    unlink_run(cache, index);
    enqueue(cache, index);
}

void orr_kv_pin(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    run->uses++;
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
    cache->changes++;
    cache->runs.items[index].key = key;
    cache->runs.items[index].pin_count = 1;
    cache->pinned_blocks += blocks;
    orr_map_put(&cache->by_key, key, index);
    tell(cache, &cache->runs.items[index], blocks);
    return index;
}

int64_t orr_kv_restore(orr_kv_cache *cache, orr_kv_run_index index)
{
    orr_kv_run *run = &cache->runs.items[index];
    const int64_t missing = run->whole_blocks - run->blocks;
    ORR_CHECK(run->pin_count > 0);
    cache->changes += missing > 0;
    run->blocks = run->whole_blocks;
    cache->pinned_blocks += missing;
    if (missing > 0) tell(cache, run, run->blocks);
    return missing;
}

orr_kv_run_index orr_kv_park(orr_kv_cache *cache, int64_t blocks)
{
    const orr_kv_run_index index = new_run(cache, ORR_RUN_PARKED, blocks);
    enqueue(cache, index);
    return index;
}

int64_t orr_kv_parked_blocks(const orr_kv_cache *cache, orr_kv_run_index index)
{
    const orr_kv_run *run = &cache->runs.items[index];
    return cache->eviction->expired && cache->eviction->expired(run, cache->now_ns, cache->ttl_ns) ? 0 : run->blocks;
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
    int64_t queued = 0, pinned = 0, mapped = 0, in_queue = 0;
    for (orr_kv_run_index index = cache->front; index != ORR_NO_RUN; index = cache->runs.items[index].next) in_queue++;
    in_queue += (int64_t)cache->ranked.entries.count;
    for (size_t i = 0; i < cache->runs.count; i++) {
        const orr_kv_run *run = &cache->runs.items[i];
        if (run->queued) {
            if (run->pin_count > 0 || run->blocks <= 0) return false;
            queued += run->blocks;
            in_queue--;
        }
        if (run->kind != ORR_RUN_SHARED) continue;
        uint64_t mapped_to = 0;
        mapped++;
        if (!orr_map_get(&cache->by_key, run->key, &mapped_to) || mapped_to != i || run->queued == (run->pin_count > 0)) return false;
        if (cache->radix && run->blocks != run->whole_blocks) return false;
        if (run->pin_count > 0) pinned += run->blocks;
    }
    return in_queue == 0 && queued == cache->queued_blocks && pinned == cache->pinned_blocks && (size_t)mapped == cache->by_key.count
        && queued + pinned + private_blocks == cache->block_count;
}
