/* How deep a step drafts, by how many requests decode in it: a table filled once, before the run, so that a step looks up one entry.
 *
 * Each policy fills depths[0 .. most]: drafts of a step in which so many decode. A system of each depth that occurs stands ready: what verification and drafting cost there. Memory is that of the deepest (tokens), which any step
 * may be. */
#ifndef ORR_PERF_DEPTH_H
#define ORR_PERF_DEPTH_H

#include "perf/system.h"

typedef struct orr_depths { int64_t most; uint8_t *of_batch; const orr_perf *systems[ORR_MAX_DRAFTS + 1]; } orr_depths;     /* systems: NULL where no batch takes them */

/* Prepares perf->depths where the study's depth is not constant. False: reported. */
bool orr_depth_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);

/* depth_batch.c, depth_goodput.c */
void orr_depth_fill_batch(const orr_speculation *speculation, orr_depths *depths);
void orr_depth_fill_goodput(const orr_speculation *speculation, int64_t context_cap_tokens, orr_depths *depths);

#endif
