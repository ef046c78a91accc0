/* Stores of KV cache below the HBM: what one is (data/stores/NAME.yaml), and how an engine uses it as a tier. */
#ifndef ORR_SPEC_STORE_H
#define ORR_SPEC_STORE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { ORR_STORE_WHOLE, ORR_STORE_PER_CHIP } orr_store_per;

/* Capacity and bandwidths, one way, of the whole store or for each chip of those that share it. */
typedef struct orr_store {
    const char *name, *title, *technology;
    double capacity_bytes, read_bytes_per_s, write_bytes_per_s, latency_ns;     /* write 0: as read */
    orr_store_per per;
} orr_store;

typedef enum { ORR_SHARED_ENGINE, ORR_SHARED_NODE, ORR_SHARED_CLUSTER } orr_tier_sharing;
typedef enum { ORR_WRITE_ON_EVICT, ORR_WRITE_THROUGH, ORR_WRITE_NONE } orr_tier_writing;
typedef enum { ORR_FETCH_AT_ADMISSION, ORR_FETCH_AT_ARRIVAL } orr_tier_prefetch;
typedef enum { ORR_FETCH_WHEN_FASTER, ORR_FETCH_ALWAYS } orr_kv_fetch;

typedef struct orr_kv_tier_spec {
    orr_store store;                        /* its name is the tier's */
    orr_tier_sharing shared;
    orr_tier_writing write;
    bool exclusive;
    orr_tier_prefetch prefetch;
    const char *via;                        /* an earlier tier whose link is crossed too; NULL: none */
} orr_kv_tier_spec;

enum { ORR_MAX_KV_TIERS = 4 };
typedef struct orr_kv_tier_specs { orr_kv_tier_spec *items; int64_t count; } orr_kv_tier_specs;      /* as orr_named_items */

#endif
