/* Tiers of KV cache below the HBM of a pool of engines: their stores (serve/kv_tiers.h), the links to them, and the transfers under way (tier_links.h).
 *
 * A tier is a store and its link, one way each, of an engine, of those that share a node, or of all. Its transfers may cross another tier's link as well (`via`: a disk behind the host's memory). A fetch is one transfer a tier
 * that it comes from; it is over when each of them is, a transfer's latency after its last byte. What an engine writes to a tier goes one behind another, as one transfer; nobody waits for it.
 * Whether a fetch is worth its wait is estimated from what is known when it would begin: each tier's latency and its bytes over a fair share of the tightest link, beside the transfers under way then, against the time of
 * computing those tokens. */
#ifndef ORR_DRIVE_TIERS_H
#define ORR_DRIVE_TIERS_H

#include <stdbool.h>
#include <stdint.h>
#include "serve/kv_tiers.h"

typedef enum { ORR_TIER_OF_ENGINE, ORR_TIER_OF_NODE, ORR_TIER_OF_CLUSTER } orr_tier_scope;

typedef struct orr_tier {
    int64_t capacity_blocks, read_kb_per_s, write_kb_per_s, latency_ns;
    orr_tier_scope scope;
    orr_tier_write write;
    bool exclusive, ahead;
    int via;                        /* the tier whose link is crossed besides, + 1; 0: none. Its scope is as wide at the most */
} orr_tier;

typedef struct orr_tiers_config {
    int count;                      /* 0: no tiers */
    orr_tier tiers[ORR_MOST_TIERS];
    int64_t block_bytes;
    int engines_per_node;           /* at least 1 */
    bool always;                    /* fetch whatever it takes; else when it is estimated to be faster */
    void *context;
    int64_t (*recompute_ns)(void *context, int64_t new_tokens, int64_t computed_tokens);
} orr_tiers_config;

/* What went over a tier's links in all. */
typedef struct orr_tier_totals {
    int64_t read_blocks, written_blocks, reads;
    double read_wait_ns;            /* summed over reads, from their beginning to their end */
    double read_busy_ns, write_busy_ns;     /* summed over the tier's links */
    double read_link_bytes, write_link_bytes;       /* that they carried, of other tiers' too that go by this one */
    int links;                      /* one way */
    int64_t held_blocks;            /* at the end */
} orr_tier_totals;

typedef struct orr_tier_pool orr_tier_pool;

/* now_ns: the loop's time, read whenever something begins. */
orr_tier_pool *orr_tier_pool_create(const orr_tiers_config *config, int engine_count, const int64_t *now_ns);
void orr_tier_pool_destroy(orr_tier_pool *pool);
/* What the n-th engine sees; lives as long as the pool. */
const orr_kv_tiers *orr_tier_pool_view(orr_tier_pool *pool, int engine);
/* When something ends next, if that has changed since it was asked last; INT64_MAX: it has not, or nothing does. */
int64_t orr_tier_pool_alarm_ns(orr_tier_pool *pool);
/* A fetch that is over by now: whose, and for which request. False: no more of them. */
bool orr_tier_pool_take_fetched(orr_tier_pool *pool, int *engine, orr_request_index *index);
orr_tier_totals orr_tier_pool_totals(const orr_tier_pool *pool, int tier);

#endif
