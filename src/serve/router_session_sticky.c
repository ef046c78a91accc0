/* Session-sticky: all turns of a session go to the replica that had its first one (the least loaded then), so that they find their conversation in its cache; what belongs to no session goes to the least loaded.
 * When that replica is not there, the session moves to the least loaded, for good. So do balancers that keep a session's target in a cookie (Envoy's stateful sessions, load balancers' sticky sessions) and the
 * session-based routing of vLLM's production stack. The map remembers every session: it grows with their number. */
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)prefix; (void)prefix_count;
    uint64_t home = 0;
    if (request->session == 0) return orr_router_least(router);
    if (orr_map_get(&router->home, request->session, &home) && orr_router_has(router, (int)home)) return (int)home;
    const int least = orr_router_least(router);
    orr_map_put(&router->home, request->session, (uint64_t)least);
    return least;
}

const orr_router_policy orr_router_session_sticky = {.name = "session-sticky", .choose = choose, .needs_loads = true};
