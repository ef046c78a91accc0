/* Service-level objectives: limits on statistics of latencies, and presets of them. */
#ifndef ORR_SPEC_SLO_H
#define ORR_SPEC_SLO_H

#include "base/tree.h"
#include "spec/field.h"

typedef enum { ORR_STAT_MEAN, ORR_STAT_P50, ORR_STAT_P90, ORR_STAT_P95, ORR_STAT_P99, ORR_STAT_COUNT_ } orr_stat;
typedef enum { ORR_METRIC_TTFT, ORR_METRIC_TPOT, ORR_METRIC_ITL, ORR_METRIC_E2EL, ORR_METRIC_LATENCY_COUNT_ } orr_latency_metric;

typedef struct orr_slo { double limit_ns[ORR_METRIC_LATENCY_COUNT_][ORR_STAT_COUNT_]; } orr_slo;      /* 0: no limit */
/* The tightest of the limits on TTFT, which goodput takes as a bound on each request; 0: none. */
int64_t orr_slo_ttft_limit_ns(const orr_slo *slo);

typedef struct orr_slo_preset { const char *name; double ttft_p99_ms, tpot_p99_ms; } orr_slo_preset;
const orr_slo_preset *orr_slo_presets(size_t *count);
/* The preset as an `slo:` map whose values stand at `name`'s place; NULL when unknown (reported). */
orr_node *orr_slo_preset_tree(orr_arena *arena, const orr_node *name, orr_diags *diags);

#endif
