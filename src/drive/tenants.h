/* A mix of tenants, told apart: what each one's requests got, and whether its limits hold. Its own limits or, where it has none, the study's; quantiles from histograms (within 0.1 %). */
#ifndef ORR_DRIVE_TENANTS_H
#define ORR_DRIVE_TENANTS_H

#include "drive/run.h"

typedef struct orr_tenant_tallies orr_tenant_tallies;

/* Of one request that finished. */
typedef struct orr_tenant_finish { int32_t tenant; int64_t input_tokens, output_tokens, cached_tokens; double ttft_ns, tpot_ns /* NaN: one token */, e2el_ns; } orr_tenant_finish;

orr_tenant_tallies *orr_tenant_tallies_create(const orr_study *study);      /* NULL where the traffic is no mix */
void orr_tenant_tallies_destroy(orr_tenant_tallies *tallies);
/* Returns whether it kept every limit of its tenant. */
bool orr_tenant_tallies_add(orr_tenant_tallies *tallies, const orr_tenant_finish *finish);
void orr_tenant_tallies_reject(orr_tenant_tallies *tallies, int32_t tenant);
/* Fills run->tenants; the run's own SLO figures are the worst over the tenants. `duration_s` and the rest of the run stand. */
void orr_tenant_tallies_finish(const orr_tenant_tallies *tallies, orr_run_result *run);

#endif
