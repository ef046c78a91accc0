/* Random: any replica that is there, each as likely as its weight. The draw is the request's own (stream "router", by its number), so that systems are compared under the same chance. */
#include "base/rng.h"
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)prefix; (void)prefix_count;
    orr_rng rng = orr_rng_stream(router->settings.seed, "router", request->id);
    return router->open[orr_router_drawn(router, (int64_t)orr_rng_below(&rng, (uint64_t)orr_router_open_weight(router)))];
}

const orr_router_policy orr_router_random = {.name = "random", .choose = choose};
