#include "serve/batch.h"

#include <string.h>

static int64_t block_class(const orr_batch *batch, const orr_membership *membership)
{
    const int64_t class = (membership->clock - membership->context_tokens) % batch->block_tokens;
    return class < 0 ? class + batch->block_tokens : class;
}

/* A member's part of joining_needs: its first step reaches 1 + lookahead slots beyond its context, of which `burst` are counted by class. */
static int64_t joining_blocks(const orr_batch *batch, const orr_membership *membership)
{
    const int64_t block = batch->block_tokens, context = membership->context_tokens, reached = context + 1 + batch->lookahead_tokens - batch->burst;
    return reached == context ? 0 : (reached + block - 1) / block - (context + block - 1) / block;
}

void orr_batch_init(orr_batch *batch, int64_t block_tokens, int64_t cap_tokens, int64_t lookahead_tokens)
{
    *batch = (orr_batch){.block_tokens = block_tokens, .cap_tokens = cap_tokens, .lookahead_tokens = lookahead_tokens, .burst = 1};
    const size_t size_bytes = (size_t)block_tokens * sizeof *batch->needs_by_class;
    batch->needs_by_class = orr_mem_resize(NULL, size_bytes);
    memset(batch->needs_by_class, 0, size_bytes);
}

void orr_batch_free(orr_batch *batch)
{
    orr_mem_free(batch->needs_by_class);
    orr_step_heap_free(&batch->finishing);
    orr_step_heap_free(&batch->reaching_cap);
}

void orr_batch_join(orr_batch *batch, orr_request_index request, uint64_t order, const orr_membership *membership, int64_t remaining_tokens)
{
    const int64_t context = membership->context_tokens;
    batch->count++;
    batch->context_tokens += context;
    batch->context_squares += (double)context * (double)context;
    batch->needs_by_class[block_class(batch, membership)]++;
    batch->joining_needs += joining_blocks(batch, membership);
    orr_step_heap_push(&batch->finishing, (orr_step_entry){batch->clock + remaining_tokens, order, request});
    if (batch->cap_tokens > 0 && context >= batch->cap_tokens) {
        batch->capped_tokens += batch->cap_tokens;
        return;
    }
    batch->capped_tokens += context;
    batch->growing_count++;
    if (batch->cap_tokens > 0) orr_step_heap_push(&batch->reaching_cap, (orr_step_entry){batch->clock + batch->cap_tokens - context, order, request});
}

void orr_batch_leave(orr_batch *batch, orr_request_index request, const orr_membership *membership)
{
    const int64_t context = orr_membership_context(membership, batch->clock);
    batch->count--;
    batch->context_tokens -= context;
    batch->context_squares -= (double)context * (double)context;
    batch->needs_by_class[block_class(batch, membership)]--;
    if (!batch->planned && membership->clock == batch->clock) batch->joining_needs -= joining_blocks(batch, membership);
    orr_step_heap_remove(&batch->finishing, request);
    if (batch->cap_tokens > 0 && context >= batch->cap_tokens) {
        batch->capped_tokens -= batch->cap_tokens;
        return;
    }
    batch->capped_tokens -= context;
    batch->growing_count--;
    orr_step_heap_remove(&batch->reaching_cap, request);
}

void orr_batch_advance(orr_batch *batch, int64_t burst)
{
    const double tokens = (double)burst;
    batch->context_squares += tokens * (2.0 * (double)batch->context_tokens + tokens * (double)batch->count);
    batch->context_tokens += burst * batch->count;
    batch->capped_tokens += burst * batch->growing_count;
    batch->clock += burst;
    batch->burst = burst;
    batch->planned = false;
    for (const orr_step_entry *first; (first = orr_step_heap_first(&batch->reaching_cap)) != NULL && first->step <= batch->clock;) {
        batch->capped_tokens -= batch->clock - first->step;
        orr_step_heap_pop(&batch->reaching_cap);
        batch->growing_count--;
    }
}
