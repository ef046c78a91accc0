/* Demands of the points of a space, each read once: most domains leave the traffic as it is. Safe for threads. */
#ifndef ORR_LAB_DEMAND_CACHE_H
#define ORR_LAB_DEMAND_CACHE_H

#include "lab/demand.h"
#include "lab/space.h"

typedef struct orr_demand_cache orr_demand_cache;

/* shapes: does the domain change what is asked (orr_domain_shapes_traffic)? Diagnostics go to `diags` (one thread at a time). */
orr_demand_cache *orr_demand_cache_create(const orr_space *space, bool (*shapes)(const orr_domain *domain), const volatile int *cancel, orr_diags *diags);
/* NULL: it can't be read (reported once), or `cancel`. */
const orr_demand *orr_demand_cache_get(orr_demand_cache *cache, const orr_study *study, const size_t *choice_index);
bool orr_demand_cache_broken(const orr_demand_cache *cache);
void orr_demand_cache_destroy(orr_demand_cache *cache);

#endif
