/* What the decoding requests of a lane may still generate, as sums that advance by themselves (as batch.h does for contexts):
 *     D = sum min(m, clip)    m: a request's limit less what it has generated;    also sum of limits and sum of generated tokens
 * One step: D -= A x (the number with m <= clip), less what those that reach the clip in it keep; the clock E += A. A heap says who reaches the clip when. O(log n) a request, O(1) a step.
 * Invariant: the sums equal those of a walk over the members. */
#ifndef ORR_SERVE_OUTPUT_DEBT_H
#define ORR_SERVE_OUTPUT_DEBT_H

#include "serve/step_heap.h"

typedef struct orr_output_debt {
    int64_t clip_tokens, clock;
    int64_t count, falling_count;           /* of these, with m <= clip */
    int64_t debt_tokens, most_tokens, generated_tokens;
    orr_step_heap reaching_clip;
} orr_output_debt;

/* `generated`: now, at the clock. */
void orr_output_debt_join(orr_output_debt *debt, orr_request_index request, int64_t most_tokens, int64_t generated_tokens);
void orr_output_debt_leave(orr_output_debt *debt, orr_request_index request, int64_t most_tokens, int64_t generated_tokens);
void orr_output_debt_advance(orr_output_debt *debt, int64_t burst);
static inline void orr_output_debt_free(orr_output_debt *debt) { orr_step_heap_free(&debt->reaching_clip); }

#endif
