/* Power of two choices: of two different replicas drawn at random, the one with fewer requests in flight for its weight; ties to the lower number.
 * Mitzenmacher, The power of two choices in randomized load balancing, IEEE TPDS 12(10), 2001: the longest queue falls from log n / log log n to log log n. Engines' routers offer it by the same name
 * (SGLang's router, vLLM's production stack). Of weights that differ, both are drawn as likely as their weights: drawn evenly, many slow replicas would be offered more than their share before loads are compared
 * (Mukhopadhyay, Karthik, Mazumdar, Randomized assignment of jobs to servers in heterogeneous clusters of shared servers for low delay, Stochastic Systems 6(1), 2016: stable wherever the fleet is). */
#include "base/rng.h"
#include "serve/router.h"

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)prefix; (void)prefix_count;
    if (router->open_count == 1) return router->open[0];
    orr_rng rng = orr_rng_stream(router->settings.seed, "router", request->id);
    const int64_t all = orr_router_open_weight(router);
    const int first = orr_router_drawn(router, (int64_t)orr_rng_below(&rng, (uint64_t)all));
    const int64_t weight = router->loads.speed[router->open[first]], end = router->weighs ? router->ends[first] : first + 1;
    const int64_t part = (int64_t)orr_rng_below(&rng, (uint64_t)(all - weight));        /* of the others', as if the first were not there */
    const int second = orr_router_drawn(router, part < end - weight ? part : part + weight);
    return orr_load_tree_better(&router->loads, router->open[first], router->open[second]);
}

const orr_router_policy orr_router_power_of_two = {.name = "power-of-two", .choose = choose};
