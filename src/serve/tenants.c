#include "serve/tenants.h"

void orr_tenants_know(orr_tenants *tenants, int32_t tenant)
{
    while (tenants->base.count <= (size_t)tenant) {
        orr_vec_push(&tenants->base, 0);
        for (int i = 0; i < tenants->lane_count; i++) orr_vec_push(&tenants->decoding, 0);
    }
}

int64_t orr_tenants_service(const orr_tenants *tenants, int32_t tenant)
{
    const int64_t *decoding = &tenants->decoding.items[(size_t)tenant * (size_t)tenants->lane_count];
    int64_t tokens = 0;
    for (int i = 0; i < tenants->lane_count; i++) tokens += decoding[i] * *tenants->clocks[i];
    return tenants->base.items[tenant] + tenants->output_weight * tokens;
}

void orr_tenants_serve(orr_tenants *tenants, int32_t tenant, int64_t service) { tenants->base.items[tenant] += service; }

void orr_tenants_lift(orr_tenants *tenants, int32_t tenant, int64_t least)
{
    const int64_t service = orr_tenants_service(tenants, tenant);
    if (service < least) tenants->base.items[tenant] += least - service;
}

static void count(orr_tenants *tenants, int32_t tenant, int lane, int64_t by)
{
    tenants->decoding.items[(size_t)tenant * (size_t)tenants->lane_count + (size_t)lane] += by;
    tenants->base.items[tenant] -= by * tenants->output_weight * *tenants->clocks[lane];
}

void orr_tenants_join(orr_tenants *tenants, int32_t tenant, int lane) { count(tenants, tenant, lane, 1); }
void orr_tenants_stop(orr_tenants *tenants, int32_t tenant, int lane) { count(tenants, tenant, lane, -1); }

void orr_tenants_free(orr_tenants *tenants)
{
    orr_vec_free(&tenants->base);
    orr_vec_free(&tenants->decoding);
    orr_mem_free(tenants->clocks);
}
