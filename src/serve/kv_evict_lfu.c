/* Least frequently used, with dynamic aging (LFU-DA).
 *
 *     rank = uses + age at the time of the last use;   age = rank of what was evicted last
 *
 * Uses are counted while the run is cached: one for computing it, one for each request that finds it. The age lets what was popular once fall behind: new content starts at the age, not at nothing. No parameter.
 * Source: Arlitt, Cherkasova, Dilley, Friedrich, Jin, "Evaluating Content Management Techniques for Web Proxy Caches", HP Laboratories HPL-98-173 / SIGMETRICS PER 27(4), 2000; Squid's "heap LFUDA".
 * SGLang's --radix-eviction-policy lfu is the same without the age. */
#include "serve/kv_cache.h"

static int64_t rank(const orr_kv_run *run, int64_t age) { return run->uses + age; }

const orr_kv_eviction orr_kv_evict_lfu = {.name = "lfu", .rank = rank};
