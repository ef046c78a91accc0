/* Presets of service-level objectives. */
#ifndef ORR_SPEC_SLO_H
#define ORR_SPEC_SLO_H

#include "base/tree.h"
#include "spec/field.h"

typedef struct orr_slo_preset { const char *name; double ttft_p99_ms, tpot_p99_ms; } orr_slo_preset;
const orr_slo_preset *orr_slo_presets(size_t *count);
/* The preset as an `slo:` map whose values stand at `name`'s place; NULL when unknown (reported). */
orr_node *orr_slo_preset_tree(orr_arena *arena, const orr_node *name, orr_diags *diags);

#endif
