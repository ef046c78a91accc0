#include "serve/router.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const orr_router_policy *const policies[] = {&orr_router_round_robin, &orr_router_least_loaded, &orr_router_prefix_affine, &orr_router_random, &orr_router_power_of_two, &orr_router_session_sticky,
    &orr_router_slo_lanes, &orr_router_kv_aware};

const orr_router_policy *orr_router_policy_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (orr_text_equal(policies[i]->name, name)) return policies[i];
    return NULL;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void add_up_weights(orr_router *router)
{
    int64_t sum = 0;
    for (int i = 0; i < router->open_count; i++) router->ends[i] = sum += router->loads.speed[router->open[i]];
}

int64_t orr_router_open_weight(const orr_router *router) { return router->weighs ? router->ends[router->open_count - 1] : router->open_count; }

int orr_router_drawn(const orr_router *router, int64_t part)
{
    if (!router->weighs) return (int)part;
    int low = 0, high = router->open_count - 1;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (router->ends[middle] > part) high = middle;
        else low = middle + 1;
    }
    return low;
}

void orr_router_init(orr_router *router, const orr_router_policy *policy, const orr_router_settings *settings, const orr_replica_kind *kinds, int kind_count)
{
    *router = (orr_router){.policy = policy, .settings = *settings, .last_turn = -1};
    int64_t divisor = 0;
    for (int k = 0; k < kind_count; k++) {
        router->replica_count += kinds[k].count;
        divisor = common_divisor(kinds[k].weight, divisor);
    }
    const size_t count = (size_t)router->replica_count;
    orr_load_tree_init(&router->loads, router->replica_count);
    router->open_count = router->replica_count;
    router->open = orr_mem_resize(NULL, count * sizeof *router->open);
    for (int i = 0; i < router->replica_count; i++) router->open[i] = i;
    if (policy->needs_reports) orr_prefix_view_init(&router->view, router->replica_count, settings->report_interval_ns);
    for (int k = 1; k < kind_count; k++) router->weighs = router->weighs || kinds[k].weight != kinds[0].weight;
    for (int k = 0, first = 0; k < kind_count; first += kinds[k++].count) {
        for (int i = first; i < first + kinds[k].count; i++) {
            router->loads.speed[i] = kinds[k].weight / divisor;
            if (policy->needs_reports) orr_prefix_view_describe(&router->view, i, kinds[k].block_tokens);
        }
    }
    if (!router->weighs) return;
    orr_load_tree_play(&router->loads);
    router->ends = orr_mem_resize(NULL, count * sizeof *router->ends);
    add_up_weights(router);
    if (!policy->needs_turns) return;
    orr_load_tree_init(&router->turns, router->replica_count);
    for (size_t i = 0; i < count; i++) router->turns.speed[i] = router->loads.speed[i];
    orr_load_tree_play(&router->turns);
}

void orr_router_free(orr_router *router)
{
    orr_load_tree_free(&router->loads);
    orr_mem_free(router->open);
    orr_mem_free(router->ends);
    if (router->weighs && router->policy->needs_turns) orr_load_tree_free(&router->turns);
    orr_map_free(&router->home);
    if (router->policy->needs_reports) orr_prefix_view_free(&router->view);
}

static void add_load(orr_router *router, int replica, const orr_request *request, int sign)
{
    const orr_router_policy *policy = router->policy;
    router->loads.load[replica] += sign * (policy->weigh ? policy->weigh(router, request) : 1);
    if (policy->needs_loads) orr_load_tree_update(&router->loads, replica, orr_router_has(router, replica));
}

int orr_router_route(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    const int replica = router->policy->choose(router, request, prefix, prefix_count);
    add_load(router, replica, request, 1);
    return replica;
}

void orr_router_finished(orr_router *router, int replica, const orr_request *request) { add_load(router, replica, request, -1); }

/* Rare: a walk over the replicas is fine. */
void orr_router_open(orr_router *router, int replica, bool open)
{
    if (orr_router_has(router, replica) == open) return;
    orr_load_tree_update(&router->loads, replica, open);
    router->open_count = 0;
    for (int i = 0; i < router->replica_count; i++)
        if (orr_router_has(router, i)) router->open[router->open_count++] = i;
    if (!router->weighs) return;
    add_up_weights(router);
    if (router->policy->needs_turns) orr_load_tree_update(&router->turns, replica, open);
}
