/* The router in front of data-parallel replicas: given what it can see (loads, the prompt's prefix, the request's class and session), which replica serves the next request.
 * One policy, one file: router_*.c exports an orr_router_policy; router.c lists them.
 *
 * Replicas may be of several kinds. A replica's weight is what an operator says that it is worth against others (as the weights of nginx, HAProxy and Envoy): with weights all alike, whatever they are, every policy is as
 * without any. A replica's load is what was sent to it and is not back: requests, or what the policy's `weigh` says of each. Replicas come and go (faults, scaling): a request is never sent to one that is not there;
 * where nobody is, the caller keeps the request (orr_router_is_open). Cost: O(log replicas) a request, but for what a policy says of itself. */
#ifndef ORR_SERVE_ROUTER_H
#define ORR_SERVE_ROUTER_H

#include "base/map.h"
#include "serve/load_tree.h"
#include "serve/prefix_view.h"
#include "serve/request.h"

enum { ORR_MOST_ROUTER_LANES = 16 };

typedef struct orr_router orr_router;

/* Replicas in a row that are alike. */
typedef struct orr_replica_kind { int count; int64_t weight /* of each; 1 .. ORR_MOST_WEIGHT */, block_tokens /* of their caches */; } orr_replica_kind;
enum { ORR_MOST_WEIGHT = 1000 };

typedef struct orr_router_policy {
    const char *name;
    int (*choose)(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count);
    bool needs_loads;               /* it asks who is least loaded */
    int64_t (*weigh)(const orr_router *router, const orr_request *request);     /* load of a request; NULL: 1 */
    bool needs_reports;             /* it asks what replicas reported to have cached (prefix_view.h) */
    bool needs_turns;               /* it asks whose turn it is */
} orr_router_policy;

/* What policies may be told. Zeroed: nothing. */
typedef struct orr_router_settings {
    uint64_t seed;                  /* random, power-of-two */
    int64_t report_interval_ns;     /* kv-aware: how old what replicas reported may be; 0: it is never old */
    double prefix_weight;           /* kv-aware */
    int lane_count;                 /* slo-lanes: of the fleet, in lanes; the last one is for all further priorities */
    double lane_shares[ORR_MOST_ROUTER_LANES];
} orr_router_settings;

struct orr_router {
    const orr_router_policy *policy;
    orr_router_settings settings;
    int replica_count;
    orr_load_tree loads;            /* of every replica, its speed the weight; who wins is kept up only for policies that ask */
    int *open;                      /* numbers of the replicas there, ascending */
    int open_count;
    bool weighs;                    /* weights differ */
    int64_t *ends;                  /* where they differ: sums of the weights of open[0 .. i] */
    uint64_t turn;                  /* round robin */
    int last_turn;                  /* whose it was; -1: nobody's yet */
    orr_load_tree turns;            /* where weights differ: twice the turns that each replica has had, against its weight */
    orr_map home;                   /* prefix-affine: chained prefix key -> replica; session-sticky: session -> replica */
    orr_prefix_view view;           /* kv-aware: what replicas hold, as they last said */
};

extern const orr_router_policy orr_router_round_robin, orr_router_least_loaded, orr_router_prefix_affine, orr_router_random, orr_router_power_of_two, orr_router_session_sticky, orr_router_slo_lanes,
    orr_router_kv_aware;
const orr_router_policy *orr_router_policy_by_name(const char *name);       /* NULL: unknown */

void orr_router_init(orr_router *router, const orr_router_policy *policy, const orr_router_settings *settings, const orr_replica_kind *kinds, int kind_count);
void orr_router_free(orr_router *router);
/* The caller has seen to it that somebody is there. */
int orr_router_route(orr_router *router, const orr_request *request, const orr_prefix_run *prefix, int prefix_count);
/* It is back from there, or was never taken. */
void orr_router_finished(orr_router *router, int replica, const orr_request *request);
/* A replica may be sent requests, or no longer: what it has stays counted. */
void orr_router_open(orr_router *router, int replica, bool open);
static inline bool orr_router_is_open(const orr_router *router) { return router->open_count > 0; }

/* For policies that draw: weight of all who are there, and whose part of it this one of it is (`part` counted from 0), as a place in `open`. */
int64_t orr_router_open_weight(const orr_router *router);
int orr_router_drawn(const orr_router *router, int64_t part);

static inline bool orr_router_has(const orr_router *router, int replica) { return orr_load_tree_has(&router->loads, replica); }
/* For policies: the replica with the least load; ties to the lowest number. */
static inline int orr_router_least(const orr_router *router) { return orr_load_tree_least(&router->loads); }

#endif
