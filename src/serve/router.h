/* The router in front of data-parallel replicas: given what it can see (loads, the prompt's prefix), which replica serves the next request.
 * One policy, one file: router_*.c exports an orr_router_policy; router.c lists them. */
#ifndef ORR_SERVE_ROUTER_H
#define ORR_SERVE_ROUTER_H

#include "base/map.h"
#include "serve/request.h"

typedef struct orr_router orr_router;

typedef struct orr_router_policy {
    const char *name;
    int (*choose)(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count);
} orr_router_policy;

struct orr_router {
    const orr_router_policy *policy;
    int replica_count;
    int64_t *in_flight;             /* [replica_count], kept by orr_router_route and orr_router_finished */
    uint64_t turn;                  /* round robin */
    orr_map home;                   /* prefix-affine: chained prefix key -> replica */
};

extern const orr_router_policy orr_router_round_robin, orr_router_least_loaded, orr_router_prefix_affine;
const orr_router_policy *orr_router_policy_by_name(const char *name);       /* NULL: unknown */

void orr_router_init(orr_router *router, const orr_router_policy *policy, int replica_count);
void orr_router_free(orr_router *router);
int orr_router_route(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count);
void orr_router_finished(orr_router *router, int replica);
int orr_router_least(const orr_router *router);       /* the replica with the fewest in flight; ties to the lowest number */

#endif
