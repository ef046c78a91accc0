/* The decoding requests of one lane, as sums: DESIGN's "an iteration costs O(1), whatever the batch".
 *
 * A request that joins at step s with a context of c tokens has c + (t - s) at step t: everything a step needs follows from sums that advance by themselves.
 *     count, C = sum c, S = sum c^2, K = sum min(c, cap), and the number g of requests below the cap
 *     one step:  S += 2 C + count;  C += count;  K += g
 * A request needs a new block at step t when c = 0 mod B, that is t = s - c mod B: requests are counted by that residue class. The step at which a request
 * finishes is known when it joins (one token a step), and so is the step at which it reaches the cap: two heaps. Joining and leaving cost O(log count).
 *
 * Invariants: the sums equal those of a walk over the members; step only grows. */
#ifndef ORR_SERVE_BATCH_H
#define ORR_SERVE_BATCH_H

#include <stdint.h>
#include "serve/step_heap.h"

/* When and how a request joined: enough to know it at any later step. */
typedef struct orr_membership { int64_t step, context_tokens, generated_tokens; } orr_membership;

typedef struct orr_batch {
    int64_t step;                   /* the step being planned or in flight */
    int64_t count, context_tokens, capped_tokens, growing_count;
    double context_squares;         /* exact: integers below 2^53 */
    int64_t cap_tokens;             /* 0: none, then capped_tokens == context_tokens */
    int64_t block_tokens;
    int64_t *needs_by_class;        /* [block_tokens] */
    orr_step_heap finishing, reaching_cap;
} orr_batch;

void orr_batch_init(orr_batch *batch, int64_t block_tokens, int64_t cap_tokens);
void orr_batch_free(orr_batch *batch);
/* Joins at the current step; it will finish with the decode of step `step + remaining - 1`. */
void orr_batch_join(orr_batch *batch, orr_request_index request, uint64_t order, const orr_membership *membership, int64_t remaining_tokens);
void orr_batch_leave(orr_batch *batch, orr_request_index request, const orr_membership *membership);
void orr_batch_advance(orr_batch *batch);
static inline int64_t orr_batch_block_needs(const orr_batch *batch) { return batch->needs_by_class[batch->step % batch->block_tokens]; }
static inline int64_t orr_membership_context(const orr_membership *m, int64_t step) { return m->context_tokens + (step - m->step); }
static inline int64_t orr_membership_generated(const orr_membership *m, int64_t step) { return m->generated_tokens + (step - m->step); }

#endif
