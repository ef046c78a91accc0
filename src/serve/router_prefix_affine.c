/* Prefix-affine: the replica that last served the longest known prefix of this prompt, unless it is overloaded or not there; then the least loaded one.
 *
 * A replica counts as overloaded when it has more than `slack` requests over twice the least loaded one, for its weight against that one's: locality is worth a queue, but not any queue.
 * The map remembers the last replica of every chained prefix; it grows with the number of distinct prefixes. */
#include "serve/router.h"

enum { SLACK_REQUESTS = 8 };

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)request;
    uint64_t key = 0, home = 0;
    int known = -1;
    for (int i = 0; i < prefix_count; i++) {
        key = orr_hash_mix(key, prefix[i].content);
        if (!orr_map_get(&router->home, key, &home)) break;
        known = orr_router_has(router, (int)home) ? (int)home : -1;
    }
    const int least = orr_router_least(router);
    const int64_t *load = router->loads.load, *weight = router->loads.speed;
    const int replica = known >= 0 && load[known] * weight[least] <= 2 * load[least] * weight[known] + SLACK_REQUESTS * weight[least] ? known : least;
    key = 0;
    for (int i = 0; i < prefix_count; i++) {
        key = orr_hash_mix(key, prefix[i].content);
        orr_map_put(&router->home, key, (uint64_t)replica);
    }
    return replica;
}

const orr_router_policy orr_router_prefix_affine = {.name = "prefix-affine", .choose = choose, .needs_loads = true};
