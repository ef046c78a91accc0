/* Laws of the KV cache alone: reference strings of single runs, without requests around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "serve/kv_cache.h"

enum { STRINGS = 200, REFERENCES = 400 };

typedef struct reference_string { int64_t keys[REFERENCES]; int64_t distinct, capacity; } reference_string;

static int64_t below(orr_rng *rng, int64_t limit) { return (int64_t)orr_rng_below(rng, (uint64_t)limit); }

/* Skewed, and drifting: what is popular changes. */
static reference_string draw(uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "reference string", 0);
    reference_string s = {.distinct = 3 + below(&rng, 40)};
    s.capacity = 1 + below(&rng, s.distinct);
    const int64_t drift = 20 + below(&rng, 200);
    for (int64_t i = 0; i < REFERENCES; i++) {
        int64_t key = below(&rng, s.distinct);
        if (below(&rng, 3) != 0) key = below(&rng, key + 1);
        s.keys[i] = 1 + (key + i / drift * 7) % s.distinct;
    }
    return s;
}

static int64_t next_use(void *context, uint64_t key, int64_t after)
{
    const reference_string *s = context;
    for (int64_t i = after + 1; i < REFERENCES; i++) if (s->keys[i] == (int64_t)key) return i;
    return INT64_MAX;
}

/* Hits of a string of runs of `blocks` blocks each, one pinned at a time, a reference a nanosecond. */
static int64_t hits_of(const reference_string *s, const orr_kv_eviction *policy, bool radix, int64_t ttl_ns, int64_t capacity, int64_t blocks)
{
    orr_kv_cache cache;
    const orr_foresight foresight = {(void *)(uintptr_t)s, next_use};
    orr_kv_init(&cache, capacity * blocks, 1, &(orr_kv_options){.eviction = policy, .radix = radix, .ttl_ns = ttl_ns, .foresight = &foresight});
    int64_t hits = 0;
    for (int64_t i = 0; i < REFERENCES; i++) {
        cache.now_ns = i;
        orr_kv_run_index run = orr_kv_find(&cache, (uint64_t)s->keys[i]);
        cache.reached = i;
        if (run != ORR_NO_RUN && cache.runs.items[run].blocks == blocks) {
            hits++;
            orr_kv_pin(&cache, run);
        } else if (run != ORR_NO_RUN) {
            const int64_t missing = blocks - cache.runs.items[run].blocks;
            orr_kv_pin(&cache, run);
            orr_kv_take(&cache, missing);
            assert_int_equal(orr_kv_restore(&cache, run), missing);
        } else {
            orr_kv_take(&cache, blocks);
            run = orr_kv_share(&cache, (uint64_t)s->keys[i], blocks);
        }
        assert_true(orr_kv_audit(&cache, 0));
        orr_kv_unpin(&cache, run);
        assert_true(orr_kv_audit(&cache, 0));
    }
    orr_kv_free(&cache);
    return hits;
}

static void the_oracle_hits_most(void **state)
{
    (void)state;
    int64_t lru = 0, lfu = 0, ttl = 0, best = 0;
    for (uint64_t seed = 1; seed <= STRINGS; seed++) {
        const reference_string s = draw(seed);
        const int64_t of_lru = hits_of(&s, &orr_kv_evict_lru, false, 0, s.capacity, 1), of_lfu = hits_of(&s, &orr_kv_evict_lfu, false, 0, s.capacity, 1);
        const int64_t of_ttl = hits_of(&s, &orr_kv_evict_ttl, false, 20, s.capacity, 1), of_best = hits_of(&s, &orr_kv_evict_belady, false, 0, s.capacity, 1);
        assert_true(of_best >= of_lru && of_best >= of_lfu && of_best >= of_ttl);
        assert_true(of_ttl <= of_lru);      /* LRU with less */
        assert_int_equal(hits_of(&s, &orr_kv_evict_ttl, false, INT64_MAX / 2, s.capacity, 1), of_lru);      /* and without, the same */
        lru += of_lru;
        lfu += of_lfu;
        ttl += of_ttl;
        best += of_best;
    }
    printf("hits of %d references: LRU %.1f %%, LFU %.1f %%, TTL of 20 %.1f %%, Belady %.1f %%\n", STRINGS * REFERENCES, (double)lru / STRINGS / REFERENCES * 100, (double)lfu / STRINGS / REFERENCES * 100,
        (double)ttl / STRINGS / REFERENCES * 100, (double)best / STRINGS / REFERENCES * 100);
    assert_true(best > lru && best > lfu);
}

/* A stack algorithm (Mattson 1970): more room never loses a hit. */
static void more_room_never_loses_a_hit(void **state)
{
    (void)state;
    static const orr_kv_eviction *const stacks[] = {&orr_kv_evict_lru, &orr_kv_evict_belady};
    for (uint64_t seed = 1; seed <= STRINGS; seed++) {
        const reference_string s = draw(seed);
        for (int k = 0; k < 2; k++) {
            int64_t before = 0;
            for (int64_t capacity = 1; capacity <= s.distinct; capacity += 1 + s.distinct / 6) {
                const int64_t hits = hits_of(&s, stacks[k], false, 0, capacity, 1);
                assert_true(hits >= before);
                before = hits;
            }
        }
    }
}

/* Whole nodes go from a tree, whatever they hold: runs of any one size are as runs of one block. */
static void a_tree_gives_up_whole_nodes(void **state)
{
    (void)state;
    static const orr_kv_eviction *const all[] = {&orr_kv_evict_lru, &orr_kv_evict_lfu, &orr_kv_evict_ttl, &orr_kv_evict_belady};
    for (uint64_t seed = 1; seed <= STRINGS; seed++) {
        const reference_string s = draw(seed);
        for (int k = 0; k < 4; k++) assert_int_equal(hits_of(&s, all[k], true, 20, s.capacity, 5), hits_of(&s, all[k], false, 20, s.capacity, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_oracle_hits_most), cmocka_unit_test(more_room_never_loses_a_hit), cmocka_unit_test(a_tree_gives_up_whole_nodes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
