/* Least loaded: the replica with the fewest requests in flight (waiting and running); ties to the lowest number. Of weights w, the fewest (requests in flight + 1) / w: what one more would
 * meet (as Envoy's weighted least request and nginx's least_conn weigh; nginx leaves the + 1 out). */
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)request; (void)prefix; (void)prefix_count;
    return orr_router_least(router);
}

const orr_router_policy orr_router_least_loaded = {.name = "least-loaded", .choose = choose, .needs_loads = true};
