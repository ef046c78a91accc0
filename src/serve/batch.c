#include "serve/batch.h"

#include <string.h>

static int64_t block_class(const orr_batch *batch, const orr_membership *membership)
{
    const int64_t class = (membership->step - membership->context_tokens) % batch->block_tokens;
    return class < 0 ? class + batch->block_tokens : class;
}

void orr_batch_init(orr_batch *batch, int64_t block_tokens, int64_t cap_tokens)
{
    *batch = (orr_batch){.block_tokens = block_tokens, .cap_tokens = cap_tokens};
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
    orr_step_heap_push(&batch->finishing, (orr_step_entry){batch->step + remaining_tokens - 1, order, request});
    if (batch->cap_tokens > 0 && context >= batch->cap_tokens) {
        batch->capped_tokens += batch->cap_tokens;
        return;
    }
    batch->capped_tokens += context;
    batch->growing_count++;
    if (batch->cap_tokens > 0) orr_step_heap_push(&batch->reaching_cap, (orr_step_entry){batch->step + batch->cap_tokens - context, order, request});
}

void orr_batch_leave(orr_batch *batch, orr_request_index request, const orr_membership *membership)
{
    const int64_t context = orr_membership_context(membership, batch->step);
    batch->count--;
    batch->context_tokens -= context;
    batch->context_squares -= (double)context * (double)context;
    batch->needs_by_class[block_class(batch, membership)]--;
    orr_step_heap_remove(&batch->finishing, request);
    if (batch->cap_tokens > 0 && context >= batch->cap_tokens) {
        batch->capped_tokens -= batch->cap_tokens;
        return;
    }
    batch->capped_tokens -= context;
    batch->growing_count--;
    orr_step_heap_remove(&batch->reaching_cap, request);
}

void orr_batch_advance(orr_batch *batch)
{
    batch->context_squares += 2.0 * (double)batch->context_tokens + (double)batch->count;
    batch->context_tokens += batch->count;
    batch->capped_tokens += batch->growing_count;
    batch->step++;
    for (const orr_step_entry *first; (first = orr_step_heap_first(&batch->reaching_cap)) != NULL && first->step <= batch->step;) {
        orr_step_heap_pop(&batch->reaching_cap);
        batch->growing_count--;
    }
}
