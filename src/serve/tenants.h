/* What each tenant was served, in weighted tokens (queue_fair.c has the sum), without a walk at each step: while a tenant has n requests decoding in a lane, each step of clock gain A gives it n A tokens, so that
 *     W = base + output_weight x sum over lanes of n_lane x clock_lane
 * where joining at clock E takes output_weight x E off the base, and stopping there puts it on again. Whole numbers: exact. */
#ifndef ORR_SERVE_TENANTS_H
#define ORR_SERVE_TENANTS_H

#include <stdint.h>
#include "base/vec.h"

typedef struct orr_tenants {
    int64_t output_weight;
    int lane_count;
    const int64_t **clocks;             /* [lane_count]: the lanes' */
    ORR_VEC(int64_t) base;              /* by tenant */
    ORR_VEC(int64_t) decoding;          /* by tenant and lane */
} orr_tenants;

/* `tenant` is known from here on. */
void orr_tenants_know(orr_tenants *tenants, int32_t tenant);
int64_t orr_tenants_service(const orr_tenants *tenants, int32_t tenant);
void orr_tenants_serve(orr_tenants *tenants, int32_t tenant, int64_t service);
void orr_tenants_lift(orr_tenants *tenants, int32_t tenant, int64_t least);
void orr_tenants_join(orr_tenants *tenants, int32_t tenant, int lane);
void orr_tenants_stop(orr_tenants *tenants, int32_t tenant, int lane);
void orr_tenants_free(orr_tenants *tenants);

#endif
