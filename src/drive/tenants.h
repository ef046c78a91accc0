/* A mix of tenants, told apart: what each one's requests got, and whether its limits hold. Its own limits or, where it has none, the study's; quantiles from histograms (within 0.1 %). */
#ifndef ORR_DRIVE_TENANTS_H
#define ORR_DRIVE_TENANTS_H

#include "drive/served.h"

typedef struct orr_tenant_tallies orr_tenant_tallies;

orr_tenant_tallies *orr_tenant_tallies_create(const orr_study *study);      /* NULL where the traffic is no mix */
void orr_tenant_tallies_destroy(orr_tenant_tallies *tallies);
/* Returns whether it kept every limit of its tenant. */
bool orr_tenant_tallies_add(orr_tenant_tallies *tallies, const orr_served *served);
void orr_tenant_tallies_reject(orr_tenant_tallies *tallies, int32_t tenant);
/* Fills run->tenants; the run's own SLO figures are the worst over the tenants. `duration_s` and the rest of the run stand. */
void orr_tenant_tallies_finish(const orr_tenant_tallies *tallies, orr_run_result *run);

#endif
