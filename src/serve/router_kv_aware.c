/* KV-aware: the replica at which the request would cost least, in tokens:
 *     cost_i = prefix_weight x (prompt tokens - those that i has cached, as it last reported) + prompt tokens in flight at i
 * divided by i's weight. Ties to the lowest number. So do NVIDIA Dynamo's KV router (blocks to compute, weighted, and active blocks, which the router counts itself while cached blocks come from the
 * engines' KV events) and, with scores of weights instead of one cost, llm-d's scorers for prefixes and load. What is reported is stale between reports (prefix_view.h): prefixes sent or evicted since are not seen.
 * Weight 0: the least loaded by tokens. Candidates are those that hold a beginning of the prompt, and the least loaded one: O(log replicas + holders). */
#include "serve/router.h"

static double cost_of(const orr_router *router, int replica, const orr_request *request)
{
    return router->settings.prefix_weight * (double)(request->input_tokens - router->view.matched[replica]) + (double)router->loads.load[replica];
}

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    orr_prefix_view *view = &router->view;
    orr_prefix_view_match(view, prefix, prefix_count);
    const int64_t *speed = router->loads.speed;
    int best = orr_router_least(router);
    for (size_t i = 0; i < view->found.count; i++) {
        const int replica = view->found.items[i];
        if (!orr_router_has(router, replica)) continue;
        const double mine = cost_of(router, replica, request) * (double)speed[best], least = cost_of(router, best, request) * (double)speed[replica];
        if (mine < least || (!(mine > least) && replica < best)) best = replica;
    }
    return best;
}

static int64_t weigh(const orr_router *router, const orr_request *request)
{
    (void)router;
    return request->input_tokens;
}

const orr_router_policy orr_router_kv_aware = {.name = "kv-aware", .choose = choose, .needs_loads = true, .weigh = weigh, .needs_reports = true};
