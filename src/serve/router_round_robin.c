/* Round robin: each replica that is there in turn, whatever its load; of weights w, each as often as its weight says.
 *
 * The turn is that of the replica whose next one comes first when replica i has its k-th (from 0) at (2k + 1) / (2 w_i): turns of each are spread evenly, and after any number of them each has had its share to within one or two.
 * Ties to the lowest number. It is earliest-deadline scheduling, as Envoy's weighted round robin does, with deadlines in the middle of their stretches, so that it is as smooth as nginx's (weights 5, 1, 1: a a a b c a a;
 * nginx: a a b a c a a; deadlines at the ends would give a a a a a b c). With equal weights it is plain round robin. Who comes back after an absence does not catch up: O(log replicas). */
#include "serve/router.h"

/* Its turns were missed: as many as bring it to where the last one was. */
static bool was_away(orr_load_tree *turns, int replica, int last)
{
    if (last < 0 || (turns->load[replica] + 1) * turns->speed[last] >= (turns->load[last] - 1) * turns->speed[replica]) return false;
    const int64_t due = ((turns->load[last] - 1) * turns->speed[replica] + turns->speed[last] - 1) / turns->speed[last];        /* least due with due / w >= the last one's time, in halves */
    turns->load[replica] = due - 1 + (due - 1) % 2;
    return true;
}

static int choose(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count)
{
    (void)request; (void)prefix; (void)prefix_count;
    if (!router->weighs) return router->open[router->turn++ % (uint64_t)router->open_count];
    orr_load_tree *turns = &router->turns;
    int replica = orr_load_tree_least(turns);
    while (was_away(turns, replica, router->last_turn)) {
        orr_load_tree_update(turns, replica, true);
        replica = orr_load_tree_least(turns);
    }
    turns->load[replica] += 2;
    orr_load_tree_update(turns, replica, true);
    router->last_turn = replica;
    return replica;
}

const orr_router_policy orr_router_round_robin = {.name = "round-robin", .choose = choose, .needs_turns = true};
