/* Time to live: content that nobody has used for longer than the cache's ttl is gone, whether or not its blocks are wanted; before, blocks go in the order of last use, which is the order in which they expire.
 *
 *     expired = now - (when its last user gave it back) > ttl
 *
 * A use renews it. As providers sell prompt caching (Anthropic's prompt caching: 5 minutes, renewed at each use) and as tiers are kept clean. Whether it has expired is asked when somebody looks for it: expired blocks
 * count as free as all that wait do, so that nothing else could tell. */
#include "serve/kv_cache.h"

static bool expired(const orr_kv_run *run, int64_t now_ns, int64_t ttl_ns) { return now_ns - run->since_ns > ttl_ns; }

const orr_kv_eviction orr_kv_evict_ttl = {.name = "ttl", .expired = expired};
