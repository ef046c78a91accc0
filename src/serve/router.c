#include "serve/router.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const orr_router_policy *const policies[] = {&orr_router_round_robin, &orr_router_least_loaded, &orr_router_prefix_affine};

const orr_router_policy *orr_router_policy_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (orr_text_equal(policies[i]->name, name)) return policies[i];
    return NULL;
}

void orr_router_init(orr_router *router, const orr_router_policy *policy, int replica_count)
{
    *router = (orr_router){.policy = policy, .replica_count = replica_count};
    const size_t size_bytes = (size_t)replica_count * sizeof *router->in_flight;
    router->in_flight = orr_mem_resize(NULL, size_bytes);
    memset(router->in_flight, 0, size_bytes);
}

void orr_router_free(orr_router *router)
{
    orr_mem_free(router->in_flight);
    orr_map_free(&router->home);
}

int orr_router_route(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    const int replica = router->policy->choose(router, request, prefix, prefix_count);
    router->in_flight[replica]++;
    return replica;
}

void orr_router_finished(orr_router *router, int replica) { router->in_flight[replica]--; }

int orr_router_least(const orr_router *router)
{
    int least = 0;
    for (int i = 1; i < router->replica_count; i++)
        if (router->in_flight[i] < router->in_flight[least]) least = i;
    return least;
}
