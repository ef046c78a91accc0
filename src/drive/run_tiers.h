/* A study's tiers of KV cache as the loop takes them (tiers.h), and what a run says of them. */
#ifndef ORR_DRIVE_RUN_TIERS_H
#define ORR_DRIVE_RUN_TIERS_H

#include "drive/run.h"
#include "drive/tiers.h"

/* What the estimate of computing a prompt is made of; outlives the run. */
typedef struct orr_recompute { const orr_perf *perf; int64_t budget_tokens; } orr_recompute;

/* Of one pool's engines: `study` has their engine and hardware (orr_study_prefill_view), `replicas` of them. */
orr_tiers_config orr_run_tiers_config(const orr_study *study, const orr_engine *engine, const orr_hardware *hardware, int64_t replicas, orr_recompute *recompute);
/* Appends what each tier of a pool did; `group`: its name, or NULL. */
void orr_run_tiers_fill(const orr_engine *engine, const orr_tiers_config *config, const orr_tier_totals *totals, bool prefill, const char *group, orr_run_result *result);

#endif
