/* The decoding requests of one lane, as sums: DESIGN's "an iteration costs O(1), whatever the batch".
 *
 * Every request of the batch gains the same A tokens in a step (burst.h; A == 1 without speculation), so one count E of the tokens that each has gained so far is the batch's clock: a request that joins
 * at E0 with a context of c tokens has c + (E - E0) now. Everything a step needs follows from sums that advance by themselves.
 *     count, C = sum c, S = sum c^2, M = sum min(c, cap), and the number g of requests below the cap
 *     one step:  S += 2 A C + A^2 count;  C += A count;  M += A g, less what those that reach the cap in it go beyond it;  E += A
 * A step that finds a context of c tokens has c + 1 + L slots for it (L: lookahead, 0 without speculation). A request takes a block with slot s = 0 mod B, that is when the batch's reach F = E + 1 + L
 * passes F = E0 - c + 1 mod B: requests are counted by that residue class, and a step takes the classes of the A values of F that it adds. What a request takes in its first step beyond these is
 * known when it joins (joining_needs). The clock at which a request finishes is known when it joins, and so is the one at which it reaches the cap: two heaps.
 * Joining and leaving cost O(log count).
 *
 * Invariants: the sums equal those of a walk over the members; the clock only grows, by 1 at least in a step that decodes. */
#ifndef ORR_SERVE_BATCH_H
#define ORR_SERVE_BATCH_H

#include <stdbool.h>
#include <stdint.h>
#include "serve/step_heap.h"

/* When and how a request joined: enough to know it at any later time. */
typedef struct orr_membership { int64_t clock, context_tokens, generated_tokens; } orr_membership;

typedef struct orr_batch {
    int64_t clock;                  /* E, at the start of the step being planned or in flight */
    int64_t burst;                  /* A of the step before */
    int64_t count, context_tokens, capped_tokens, growing_count;
    double context_squares;         /* exact: integers below 2^53 */
    int64_t cap_tokens;             /* 0: none, then capped_tokens == context_tokens */
    int64_t block_tokens, lookahead_tokens;
    int64_t *needs_by_class;        /* [block_tokens] */
    int64_t joining_needs;          /* blocks that those who joined since the last step take besides */
    bool planned;                   /* the step in flight has taken its blocks */
    orr_step_heap finishing, reaching_cap;
} orr_batch;

void orr_batch_init(orr_batch *batch, int64_t block_tokens, int64_t cap_tokens, int64_t lookahead_tokens);
void orr_batch_free(orr_batch *batch);
/* Joins now; it finishes with the step that brings it the last of `remaining_tokens`. */
void orr_batch_join(orr_batch *batch, orr_request_index request, uint64_t order, const orr_membership *membership, int64_t remaining_tokens);
void orr_batch_leave(orr_batch *batch, orr_request_index request, const orr_membership *membership);
/* The step has its blocks. */
static inline void orr_batch_plan(orr_batch *batch) { batch->planned = true; batch->joining_needs = 0; }
/* The step ended: every member has gained `burst` tokens. */
void orr_batch_advance(orr_batch *batch, int64_t burst);

/* Blocks that the step being planned takes. */
static inline int64_t orr_batch_block_needs(const orr_batch *batch)
{
    int64_t class = (batch->clock + batch->lookahead_tokens) % batch->block_tokens;
    int64_t needs = batch->joining_needs + batch->needs_by_class[class];
    for (int64_t more = batch->burst - 1; more > 0; more--) {
        class = class > 0 ? class - 1 : batch->block_tokens - 1;
        needs += batch->needs_by_class[class];
    }
    return needs;
}
static inline int64_t orr_membership_context(const orr_membership *m, int64_t clock) { return m->context_tokens + (clock - m->clock); }
static inline int64_t orr_membership_generated(const orr_membership *m, int64_t clock) { return m->generated_tokens + (clock - m->clock); }
/* Slots a member has blocks for: what it joined with, then what the last step planned looked ahead to. */
static inline int64_t orr_batch_held_tokens(const orr_batch *batch, const orr_membership *m)
{
    if (!batch->planned && m->clock == batch->clock) return m->context_tokens;
    return orr_membership_context(m, batch->clock) + 1 + batch->lookahead_tokens - (batch->planned ? 0 : batch->burst);
}

#endif
