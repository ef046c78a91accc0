/* What caches tell of themselves, as engines publish events of their KV caches: a shared run is now so long, or gone (tokens 0). One log for the replicas of a pool, in order of time. */
#ifndef ORR_SERVE_KV_LOG_H
#define ORR_SERVE_KV_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/vec.h"

typedef struct orr_kv_change { int64_t time_ns; uint64_t key; int64_t tokens; int32_t replica; bool whole; } orr_kv_change;

typedef struct orr_kv_log {
    const int64_t *now_ns;          /* the drive's clock: the cache has none */
    ORR_VEC(orr_kv_change) changes;
} orr_kv_log;

/* A replica's place in a log; NULL log: nobody listens. */
typedef struct orr_kv_teller { orr_kv_log *log; int replica; } orr_kv_teller;

static inline void orr_kv_tell(const orr_kv_teller *teller, uint64_t key, int64_t tokens, bool whole)
{
    if (teller->log) orr_vec_push(&teller->log->changes, (orr_kv_change){*teller->log->now_ns, key, tokens, (int32_t)teller->replica, whole});
}

#endif
