/* Round robin: each replica that is there in turn, whatever its load. */
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)request; (void)prefix; (void)prefix_count;
    return router->open[router->turn++ % (uint64_t)router->open_count];
}

const orr_router_policy orr_router_round_robin = {.name = "round-robin", .choose = choose};
