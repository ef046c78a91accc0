/* Belady's oracle: what is used furthest in the future goes first; what is never used again before all else. A reference, not a policy: no real system knows its next requests.
 *
 *     rank = -(number of the next request with this content)
 *
 * The drive feeds it with the requests read ahead (orr_foresight). Optimal for runs of one size on one engine that serves in order of arrival (Belady, "A study of replacement algorithms for a virtual-storage computer",
 * IBM Systems Journal 5(2), 1966); with runs of several sizes, several engines (the next use may be another's) or other orders it is a good reference, not a bound. */
#include "serve/kv_cache.h"

static int64_t foreseen(const orr_kv_run *run, const orr_foresight *foresight, int64_t reached)
{
    if (run->kind == ORR_RUN_PARKED) return INT64_MAX;      /* its request stands at the front of the queue */
    if (run->kind != ORR_RUN_SHARED) return INT64_MIN;
    return -foresight->next_use(foresight->context, run->key, reached);
}

const orr_kv_eviction orr_kv_evict_belady = {.name = "belady", .foreseen = foreseen};
