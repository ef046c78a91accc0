/* What is where below the HBM: stores of runs of blocks by key, one below the other, and the rules by which content comes to them. Which time it takes is the drive's (drive/tiers.h).
 *
 * A store holds of each run a prefix of its blocks. It is LRU by runs: what is put or looked for comes to the end of its queue; when it is full, the run at the front loses its last blocks first.
 *   write on_evict   a store takes what the nearest written store above it (the HBM, for the first) is about to lose: all that was resident of the run, when it loses its first block
 *   write through    it takes each shareable run when that is complete, and hears of every use
 *   write none       nothing comes to it
 *   exclusive        a run leaves the store when it has been fetched whole; else a copy stays, so that losing it again writes nothing
 * What is being written counts as there (the staging buffer answers). A store may be shared by engines.
 *
 * Invariants: 1. held blocks <= capacity, and == the sum over runs; 2. a key is in a store at most once. */
#ifndef ORR_SERVE_KV_TIERS_H
#define ORR_SERVE_KV_TIERS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/map.h"
#include "base/vec.h"
#include "serve/request.h"

enum { ORR_MOST_TIERS = 4 };

typedef enum { ORR_TIER_ON_EVICT, ORR_TIER_THROUGH, ORR_TIER_NONE } orr_tier_write;

typedef struct orr_stored_run { uint64_t key; int64_t blocks; uint32_t previous, next; } orr_stored_run;

typedef struct orr_kv_store {
    int64_t capacity_blocks, held_blocks;
    ORR_VEC(orr_stored_run) runs;
    uint32_t front, tail, unused;
    orr_map by_key;
} orr_kv_store;

void orr_kv_store_init(orr_kv_store *store, int64_t capacity_blocks);
void orr_kv_store_free(orr_kv_store *store);
int64_t orr_kv_store_held(const orr_kv_store *store, uint64_t key);
void orr_kv_store_drop(orr_kv_store *store, uint64_t key);
bool orr_kv_store_audit(const orr_kv_store *store);

typedef struct orr_kv_tier { orr_kv_store *store; orr_tier_write write; bool exclusive; bool ahead /* fetched from when a request arrives, not when its turn comes */; } orr_kv_tier;

/* The tiers of one engine, fastest first, and who tells the world. */
typedef struct orr_kv_tiers {
    int count;
    orr_kv_tier tiers[ORR_MOST_TIERS];
    void *context;
    void (*wrote)(void *context, int tier, int64_t blocks);
    /* Blocks that a request could have from each tier in place of computing `saved_tokens` behind `computed_tokens`: worth it? */
    bool (*worth)(void *context, const int64_t *blocks, int64_t saved_tokens, int64_t computed_tokens);
    void (*fetch)(void *context, orr_request_index index, const int64_t *blocks);
} orr_kv_tiers;

/* The HBM is about to lose blocks of a run of which it holds so many. */
void orr_kv_tiers_evict(const orr_kv_tiers *tiers, uint64_t key, int64_t blocks);
/* A shareable run is complete in the HBM. */
void orr_kv_tiers_computed(const orr_kv_tiers *tiers, uint64_t key, int64_t blocks);
/* Somebody was given it, from wherever. */
void orr_kv_tiers_touch(const orr_kv_tiers *tiers, uint64_t key);
/* It has been fetched whole. */
void orr_kv_tiers_fetched(const orr_kv_tiers *tiers, uint64_t key);

#endif
