/* What a study says of the fleet behind one router: what routers look at, and whom the door takes. */
#ifndef ORR_SPEC_CAPACITY_H
#define ORR_SPEC_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>
#include "spec/experts.h"

typedef enum {
    ORR_ROUTER_ROUND_ROBIN, ORR_ROUTER_LEAST_LOADED, ORR_ROUTER_PREFIX_AFFINE, ORR_ROUTER_RANDOM, ORR_ROUTER_POWER_OF_TWO, ORR_ROUTER_SESSION_STICKY, ORR_ROUTER_SLO_LANES, ORR_ROUTER_KV_AWARE, ORR_ROUTER_COUNT_
} orr_router_kind;
const char *orr_router_key(orr_router_kind kind);       /* "round_robin" */

typedef struct orr_routing {
    double report_interval_ns;      /* kv_aware: between reports of what caches hold */
    double prefix_weight;           /* kv_aware: of a prompt token to compute against one in flight */
    orr_shares lanes;               /* slo_lanes: of the fleet, by priority */
} orr_routing;

typedef enum { ORR_ADMIT_ALL, ORR_ADMIT_BY_QUEUE, ORR_ADMIT_BY_TOKENS, ORR_ADMIT_BY_DEADLINE } orr_admit_kind;
typedef struct orr_door { orr_admit_kind policy; int64_t max_queue, max_tokens; double prompt_tokens_per_s; } orr_door;     /* prompt_tokens_per_s 0: as the performance model says */
const char *orr_door_key(orr_admit_kind kind);          /* "none" */

#endif
