/* SLO-class lanes: the fleet is cut into lanes by given shares, and a request goes to the least loaded replica of its class's lane: priority 0 to the first, ..., all from the last one's number on to the last. So a burst of
 * one class can't delay another (as in fleets that keep pools by service class, e.g. interactive and batch). A lane of which nobody is there sends its requests to the least loaded of all.
 *
 * Lane k of shares s begins at replica round(n (s_0 + .. + s_{k-1}) / sum s), half upwards, but leaves at least one replica for each lane before and behind it. */
#include "serve/router.h"

static int lane_begin(const orr_router *router, int lane)
{
    const orr_router_settings *s = &router->settings;
    double before = 0, all = 0;
    for (int i = 0; i < s->lane_count; i++) {
        if (i < lane) before += s->lane_shares[i];
        all += s->lane_shares[i];
    }
    const int begin = (int)((double)router->replica_count * before / all + 0.5), most = router->replica_count - (s->lane_count - lane);
    return begin < lane ? lane : begin > most ? most : begin;
}

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)prefix; (void)prefix_count;
    const int last = router->settings.lane_count - 1, lane = request->priority < 0 ? 0 : request->priority > last ? last : request->priority;
    if (last < 1 || router->replica_count <= last) return orr_router_least(router);
    const int replica = orr_load_tree_least_within(&router->loads, lane_begin(router, lane), lane_begin(router, lane + 1));
    return replica >= 0 ? replica : orr_router_least(router);
}

const orr_router_policy orr_router_slo_lanes = {.name = "slo-lanes", .choose = choose, .needs_loads = true};
