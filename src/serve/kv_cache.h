/* The paged KV cache of one engine: counts of blocks, and a queue of what is free but still holds content.
 *
 * The queue follows vLLM V1's free-block queue: blocks are taken from its front (evicting what they held) and returned to its tail. It is kept in *runs* of
 * blocks instead of blocks, so that every operation costs O(runs touched). A policy that ranks (kv_evict.h) has a heap for a queue: O(log runs).
 *   - anonymous runs: content that nobody can ask for again;
 *   - shared runs: one segment of a prompt under its chained key, pinned by `pin_count` requests (then not in the queue) or waiting in it;
 *   - parked runs: what a preempted request had computed, which it may find again when it resumes.
 * A request's blocks return last block first, so a run in the queue loses its last blocks first and what is left of it is a prefix.
 * As a radix tree (`radix`; SGLang's RadixCache): a run is a node and goes whole, its other blocks being empty then and first to be taken. The rest of what makes a tree is in engine_admit.c: who computed what somebody
 * else holds meanwhile takes that one over, so that a node is held while its children are, and comes to the queue behind them: leaves go first.
 *
 * Invariants
 *  1. queued blocks + pinned blocks + private blocks (held by requests, counted by the caller) == block_count.
 *  2. a shared run is in the map exactly while it holds at least one block.
 *  3. queued_blocks == sum over the runs in the queue. */
#ifndef ORR_SERVE_KV_CACHE_H
#define ORR_SERVE_KV_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/map.h"
#include "base/vec.h"
#include "serve/kv_evict.h"
#include "serve/kv_log.h"
#include "serve/kv_tiers.h"
#include "serve/step_heap.h"

typedef uint32_t orr_kv_run_index;
#define ORR_NO_RUN UINT32_MAX

typedef enum { ORR_RUN_UNUSED, ORR_RUN_ANONYMOUS, ORR_RUN_SHARED, ORR_RUN_PARKED } orr_kv_run_kind;

typedef struct orr_kv_run {
    uint64_t key;                   /* SHARED: chained content */
    int64_t blocks;                 /* resident: a prefix of the whole */
    int64_t whole_blocks;           /* SHARED: when nothing of it is evicted */
    int64_t uses, since_ns;         /* times found or computed; when it last came to the queue */
    uint32_t pin_count;
    uint32_t previous, next;        /* in the queue; `next` also chains unused runs */
    uint8_t kind;
    bool queued;
} orr_kv_run;

typedef struct orr_kv_cache {
    int64_t block_count, block_tokens;
    int64_t queued_blocks;          /* free: empty or evictable */
    int64_t pinned_blocks;
    int64_t now_ns;                 /* told by the engine, at each plan and apply */
    ORR_VEC(orr_kv_run) runs;
    orr_kv_run_index front, tail, unused;
    bool radix, ranks;
    const orr_kv_eviction *eviction;
    const orr_kv_tiers *tiers;      /* hear of shared runs that lose blocks; NULL: nobody does */
    orr_map by_key;
    int64_t ttl_ns;
    /* of policies that rank: `front` and `tail` are not used */
    orr_step_heap ranked;
    uint64_t next_order;
    int64_t age;
    orr_kv_run_index latest;        /* the anonymous run that came last, if nothing came since */
    const orr_foresight *foresight;
    uint64_t changes;               /* of what may be found: a count, for who keeps what it found */
    int64_t reached;                /* the last request that asked for its blocks */
    orr_kv_teller teller;           /* of what becomes of shared runs */
} orr_kv_cache;

typedef struct orr_kv_options { const orr_kv_eviction *eviction /* NULL: LRU */; bool radix; int64_t ttl_ns; const orr_foresight *foresight /* for belady alone */; orr_kv_teller teller; } orr_kv_options;

void orr_kv_init(orr_kv_cache *cache, int64_t block_count, int64_t block_tokens, const orr_kv_options *options);
void orr_kv_free(orr_kv_cache *cache);

static inline int64_t orr_kv_available(const orr_kv_cache *cache) { return cache->queued_blocks; }
/* Takes blocks from the front of the queue; the caller has checked that they are there. */
void orr_kv_take(orr_kv_cache *cache, int64_t blocks);
/* Returns blocks whose content nobody can ask for again. */
void orr_kv_give(orr_kv_cache *cache, int64_t blocks);

/* Returns blocks that hold nothing: the next to be taken. */
void orr_kv_give_empty(orr_kv_cache *cache, int64_t blocks);

orr_kv_run_index orr_kv_find(orr_kv_cache *cache, uint64_t key);                 /* ORR_NO_RUN: not cached, or no longer */
void orr_kv_pin(orr_kv_cache *cache, orr_kv_run_index run);
void orr_kv_unpin(orr_kv_cache *cache, orr_kv_run_index run);
/* Private blocks of the caller become a shared run, pinned once. The key must not be cached. */
orr_kv_run_index orr_kv_share(orr_kv_cache *cache, uint64_t key, int64_t blocks);
/* A pinned run that had lost its end is whole again; returns how many private blocks of the caller went into it (0: it was whole). */
int64_t orr_kv_restore(orr_kv_cache *cache, orr_kv_run_index run);

/* A preempted request's computed blocks go to the queue under a handle ... */
orr_kv_run_index orr_kv_park(orr_kv_cache *cache, int64_t blocks);
/* ... and what is left of them comes back as private blocks (possibly 0), */
int64_t orr_kv_unpark(orr_kv_cache *cache, orr_kv_run_index run);
/* ... or is given up: the blocks stay where they are in the queue, as anonymous ones. */
void orr_kv_forget(orr_kv_cache *cache, orr_kv_run_index run);
/* What is left of them; 0 where they have expired. */
int64_t orr_kv_parked_blocks(const orr_kv_cache *cache, orr_kv_run_index run);
/* A request that has this content passed the run by (it has a copy of its own): a foreseeing policy looks ahead anew. */
void orr_kv_pass(orr_kv_cache *cache, orr_kv_run_index run);

/* Recounts everything (tests and checked builds): invariants 1 to 3, given what requests hold privately. */
bool orr_kv_audit(const orr_kv_cache *cache, int64_t private_blocks);

#endif
