/* Power of two choices: of two different replicas drawn at random, the one with fewer requests in flight; ties to the lower number.
 * Mitzenmacher, The power of two choices in randomized load balancing, IEEE TPDS 12(10), 2001: the longest queue falls from log n / log log n to log log n. Engines' routers offer it by the same name
 * (SGLang's router, vLLM's production stack). */
#include "base/rng.h"
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)prefix; (void)prefix_count;
    const uint64_t count = (uint64_t)router->open_count;
    if (count == 1) return router->open[0];
    orr_rng rng = orr_rng_stream(router->settings.seed, "router", request->id);
    const uint64_t first = orr_rng_below(&rng, count), second = orr_rng_below(&rng, count - 1);
    return orr_load_tree_better(&router->loads, router->open[first], router->open[second < first ? second : second + 1]);
}

const orr_router_policy orr_router_power_of_two = {.name = "power-of-two", .choose = choose};
