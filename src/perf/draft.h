/* Drafting: see draft.c. */
#ifndef ORR_PERF_DRAFT_H
#define ORR_PERF_DRAFT_H

#include "perf/step.h"

struct orr_perf_basis;

/* Prepares what drafts for `perf` (draft_first, draft_next); false when it can't be laid out (reported). Nothing to do without a drafting model. */
bool orr_draft_prepare(orr_perf *perf, const orr_study *study, const struct orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);

/* Bytes that drafting adds to the stage it runs on: weights, a block's, a request's recurrent state. */
typedef struct orr_draft_bytes { double weights, per_block, state_per_request; } orr_draft_bytes;
orr_draft_bytes orr_draft_memory(const orr_perf *perf);

#endif
