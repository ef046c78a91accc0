/* Eviction policies: which of the runs that wait in the cache's queue gives up its blocks first. One file each.
 *
 * A policy either leaves the queue in the order in which runs came to it (rank and foreseen NULL), or ranks a run when it comes: the least rank goes first, among equal ones the one that came first. What a policy
 * may look at is what its function is handed: a real one sees the run and the cache's age; only the oracle is handed the future. */
#ifndef ORR_SERVE_KV_EVICT_H
#define ORR_SERVE_KV_EVICT_H

#include <stdbool.h>
#include <stdint.h>

struct orr_kv_run;

/* The requests to come, which nobody has outside of a simulation: the drive reads them ahead, for the reference policy alone. */
typedef struct orr_foresight {
    void *context;
    int64_t (*next_use)(void *context, uint64_t key, int64_t after);    /* the first request behind number `after` whose prompt has this content; INT64_MAX: none */
} orr_foresight;

typedef struct orr_kv_eviction {
    const char *name;
    int64_t (*rank)(const struct orr_kv_run *run, int64_t age);         /* age: the greatest rank evicted so far */
    int64_t (*foreseen)(const struct orr_kv_run *run, const orr_foresight *foresight, int64_t reached);
    bool (*expired)(const struct orr_kv_run *run, int64_t now_ns, int64_t ttl_ns);      /* NULL: never */
} orr_kv_eviction;

extern const orr_kv_eviction orr_kv_evict_lru, orr_kv_evict_lfu, orr_kv_evict_ttl, orr_kv_evict_belady;

static inline bool orr_kv_eviction_ranks(const orr_kv_eviction *policy) { return policy->rank != 0 || policy->foreseen != 0; }

#endif
