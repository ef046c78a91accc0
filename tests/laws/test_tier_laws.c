/* Laws of tiers: what is where, by reference strings; what shares a link, by random transfers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "drive/tier_links.h"
#include "random_system.h"
#include "serve/kv_cache.h"

enum { STRINGS = 200, REFERENCES = 400, RUNS = 64 };

static int64_t below(orr_rng *rng, int64_t limit) { return (int64_t)orr_rng_below(rng, (uint64_t)limit); }

/* --- stores --- */

typedef struct reference_string { int64_t keys[REFERENCES]; int64_t distinct; } reference_string;

static reference_string draw(uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "tier string", 0);
    reference_string s = {.distinct = 3 + below(&rng, RUNS - 3)};
    for (int64_t i = 0; i < REFERENCES; i++) {
        s.keys[i] = below(&rng, s.distinct);
        if (below(&rng, 3) != 0) s.keys[i] = below(&rng, s.keys[i] + 1);
    }
    return s;
}

typedef struct found { int64_t hbm, tier, written, wrote_again; bool was_written[RUNS + 1]; } found;
static found *telling;
static void on_wrote(void *context, int tier, int64_t blocks) { (void)context; (void)tier; telling->written += blocks; }

/* Runs of one block, one pinned at a time, over an HBM of `hbm` blocks and a store of `lower` below. */
static found hits_of(const reference_string *s, int64_t hbm, int64_t lower, orr_tier_write write, bool exclusive)
{
    orr_kv_cache cache;
    orr_kv_store store;
    found f = {0};
    telling = &f;
    orr_kv_store_init(&store, lower);
    const orr_kv_tiers tiers = {.count = 1, .tiers = {{&store, write, exclusive, false}}, .wrote = on_wrote};
    orr_kv_init(&cache, hbm, 1, &(orr_kv_options){0});
    cache.tiers = &tiers;
    for (int64_t i = 0; i < REFERENCES; i++) {
        const uint64_t key = (uint64_t)s->keys[i] + 1;
        orr_kv_run_index run = orr_kv_find(&cache, key);
        orr_kv_tiers_touch(&tiers, key);
        if (run != ORR_NO_RUN) {
            f.hbm++;
            orr_kv_pin(&cache, run);
        } else {
            if (orr_kv_store_held(&store, key) > 0) {
                f.tier++;
                orr_kv_tiers_fetched(&tiers, key);
            } else {
                f.wrote_again += f.was_written[key];
            }
            orr_kv_take(&cache, 1);
            run = orr_kv_share(&cache, key, 1);
            orr_kv_tiers_computed(&tiers, key, 1);
        }
        assert_true(orr_kv_audit(&cache, 0) && orr_kv_store_audit(&store));
        for (uint64_t k = 1; k <= RUNS; k++) f.was_written[k] = f.was_written[k] || orr_kv_store_held(&store, k) > 0;
        /* Exclusive: a block is in one place. */
        for (uint64_t k = 1; k <= RUNS && exclusive; k++) assert_false(orr_kv_find(&cache, k) != ORR_NO_RUN && orr_kv_store_held(&store, k) > 0);
        orr_kv_unpin(&cache, run);
    }
    orr_kv_free(&cache);
    orr_kv_store_free(&store);
    return f;
}

/* LRU is a stack: an HBM over an exclusive store hits as one HBM of both sizes does; over a store written through, which holds what the HBM does, as one of the greater size. */
static void a_tier_is_more_room(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STRINGS; seed++) {
        const reference_string s = draw(seed);
        orr_rng rng = orr_rng_stream(seed, "rooms", 0);
        const int64_t hbm = 1 + below(&rng, s.distinct), lower = below(&rng, s.distinct);
        const int64_t together = hits_of(&s, hbm + lower, 0, ORR_TIER_NONE, false).hbm, alone = hits_of(&s, hbm > lower ? hbm : lower, 0, ORR_TIER_NONE, false).hbm;
        const found exclusive = hits_of(&s, hbm, lower, ORR_TIER_ON_EVICT, true), through = hits_of(&s, hbm, lower, ORR_TIER_THROUGH, false), inclusive = hits_of(&s, hbm, lower, ORR_TIER_ON_EVICT, false);
        assert_int_equal(exclusive.hbm + exclusive.tier, together);
        assert_int_equal(through.hbm + through.tier, alone);
        assert_true(inclusive.hbm + inclusive.tier <= together && inclusive.hbm == exclusive.hbm && through.hbm == exclusive.hbm);
        assert_true(inclusive.written <= exclusive.written);       /* a copy that stayed is not written again */
    }
}

/* What was ever written to a store without end is found there. */
static void an_endless_tier_forgets_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STRINGS; seed++) {
        const reference_string s = draw(seed);
        for (int write = ORR_TIER_ON_EVICT; write <= ORR_TIER_THROUGH; write++) {
            const found f = hits_of(&s, 2, INT64_MAX / 4, (orr_tier_write)write, false);
            assert_int_equal(f.wrote_again, 0);
            bool seen[RUNS] = {false};
            int64_t repeated = 0;
            for (int64_t i = 0; i < REFERENCES; i++) { repeated += seen[s.keys[i]]; seen[s.keys[i]] = true; }
            assert_int_equal(f.hbm + f.tier, repeated);
        }
    }
}

/* --- in an engine: written through to a store without end, over links that cost a nanosecond, nothing shareable is computed twice, but what two compute at once --- */

typedef struct tokens { int64_t cached, finished; } tokens;
static void on_finished(void *context, const orr_loop_finish *finish)
{
    ((tokens *)context)->cached += finish->finished.cached_tokens;
    ((tokens *)context)->finished++;
}

static void tiers_save_computing(void **state)
{
    (void)state;
    static random_system s;
    int64_t without = 0, with = 0, of_more_room = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        random_system_draw_caches(&s, seed);
        s.config.engine.prefix_caching = true;
        s.config.engine.eviction = &orr_kv_evict_lru;
        s.config.prefill.replica_count = 0;
        s.config.router = &orr_router_round_robin;
        const orr_executor executor = random_system_executor(&s);
        const orr_loop_observer observer_of_nothing = {0};
        for (int way = 0; way < 3; way++) {
            tokens sum = {0};
            orr_loop_observer observer = observer_of_nothing;
            observer.context = &sum;
            observer.finished = on_finished;
            orr_loop_config config = s.config;
            if (way == 1) {
                config.tiers = (orr_tiers_config){.count = 1, .block_bytes = 1, .engines_per_node = 1, .always = true};
                config.tiers.tiers[0] = (orr_tier){.capacity_blocks = INT64_MAX / 4, .read_kb_per_s = 10000000000000, .write_kb_per_s = 10000000000000, .write = ORR_TIER_THROUGH};
            } else if (way == 2) {
                config.engine.max_request_blocks = config.engine.max_request_blocks > 0 ? config.engine.max_request_blocks : config.engine.block_count;
                config.engine.block_count *= 1000;
            }
            system_script script = {.requests = s.requests, .count = s.request_count};
            orr_loop_run(&config, system_script_feed(&script), &executor, &observer);
            *(way == 0 ? &without : way == 1 ? &with : &of_more_room) += sum.cached;
        }
    }
    printf("cached tokens: %lld in HBM alone, %lld with an endless tier, %lld with endless HBM\n", (long long)without, (long long)with, (long long)of_more_room);
    assert_true(with > without);
    assert_true(llabs(with - of_more_room) < of_more_room / 20);
}

/* --- links --- */

/* Rates as they should be: no link over its capacity, and everybody crosses a link that is full (to the rounding) on which nobody has more. */
static void check_shares(orr_flows *f)
{
    orr_flows_next_ns(f);
    for (size_t i = 0; i < f->flows.count; i++) {
        const orr_flow *flow = &f->flows.items[i];
        bool bound = false;
        for (int k = 0; k < flow->crossed_count; k++) {
            int64_t sum = 0, most = 0, count = 0;
            for (size_t j = 0; j < f->flows.count; j++)
                for (int m = 0; m < f->flows.items[j].crossed_count; m++)
                    if (f->flows.items[j].crossed[m] == flow->crossed[k]) {
                        sum += f->flows.items[j].rate_kb_per_s;
                        count++;
                        if (f->flows.items[j].rate_kb_per_s > most) most = f->flows.items[j].rate_kb_per_s;
                    }
            const int64_t capacity = f->links.items[flow->crossed[k]].capacity_kb_per_s;
            assert_true(sum <= (capacity > count ? capacity : count));
            bound = bound || (sum + 4 * count >= capacity && most <= flow->rate_kb_per_s + count);
        }
        assert_true(bound);
    }
}

static void links_are_shared_fairly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        orr_rng rng = orr_rng_stream(seed, "links", 0);
        orr_flows f = {0};
        const int links = 1 + (int)below(&rng, 6);
        for (int i = 0; i < links; i++) orr_flows_add_link(&f, 1 + below(&rng, 2) * below(&rng, 100000) + below(&rng, 100));
        double sent = 0;
        int64_t now_ns = 0, ended = 0, begun = 0;
        while (begun < 60 || f.flows.count > 0) {
            uint32_t tag;
            const int64_t next_ns = orr_flows_next_ns(&f), begin_ns = begun < 60 ? now_ns + below(&rng, 4) * below(&rng, 2000000) : INT64_MAX;
            if (begin_ns < next_ns) {
                int crossed[ORR_MOST_CROSSED], count = 0;
                for (int i = 0; i < links && count < 3; i++) if (below(&rng, links) < 2) crossed[count++] = i;
                if (count == 0) crossed[count++] = (int)below(&rng, links);
                const int64_t bytes = 1 + below(&rng, 1000);
                now_ns = begin_ns;
                sent += (double)bytes * count;
                orr_flows_begin(&f, now_ns, (uint32_t)begun++, crossed, count, bytes);
                check_shares(&f);
                continue;
            }
            now_ns = next_ns;
            int64_t here = 0;
            while (orr_flows_take_ended(&f, now_ns, &tag)) here++;
            assert_true(here > 0);      /* the alarm rings when something ends, not before */
            ended += here;
            check_shares(&f);
        }
        double carried = 0;
        for (int i = 0; i < links; i++) carried += f.links.items[i].carried_bytes;
        assert_int_equal(ended, begun);
        assert_true(carried > sent * (1 - 1e-9) && carried < sent * (1 + 1e-9));
        orr_flows_free(&f);
    }
}

/* n alike at once over one link: all end when a single one of n times the bytes would. */
static void alike_transfers_end_together(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 50; n++) {
        orr_flows f = {0};
        const int link = orr_flows_add_link(&f, 1000000 * n);
        for (int64_t i = 0; i < n; i++) orr_flows_begin(&f, 5, (uint32_t)i, &link, 1, 12345);
        assert_int_equal(orr_flows_next_ns(&f), 5 + 12345);
        uint32_t tag;
        for (int64_t i = 0; i < n; i++) {
            assert_true(orr_flows_take_ended(&f, 5 + 12345, &tag));
            assert_int_equal(tag, i);
        }
        orr_flows_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_tier_is_more_room), cmocka_unit_test(an_endless_tier_forgets_nothing), cmocka_unit_test(tiers_save_computing), cmocka_unit_test(links_are_shared_fairly),
        cmocka_unit_test(alike_transfers_end_together)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
