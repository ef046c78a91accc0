#include "serve/output_debt.h"

void orr_output_debt_join(orr_output_debt *debt, orr_request_index request, int64_t most_tokens, int64_t generated_tokens)
{
    const int64_t more = most_tokens - generated_tokens;
    debt->count++;
    debt->most_tokens += most_tokens;
    debt->generated_tokens += generated_tokens;
    if (more > debt->clip_tokens) {
        debt->debt_tokens += debt->clip_tokens;
        orr_step_heap_push(&debt->reaching_clip, (orr_step_entry){debt->clock + more - debt->clip_tokens, request, request});
    } else {
        debt->debt_tokens += more;
        debt->falling_count++;
    }
}

void orr_output_debt_leave(orr_output_debt *debt, orr_request_index request, int64_t most_tokens, int64_t generated_tokens)
{
    const int64_t more = most_tokens - generated_tokens;
    debt->count--;
    debt->most_tokens -= most_tokens;
    debt->generated_tokens -= generated_tokens;
    if (more > debt->clip_tokens) {
        debt->debt_tokens -= debt->clip_tokens;
        orr_step_heap_remove(&debt->reaching_clip, request);
    } else {
        debt->debt_tokens -= more;
        debt->falling_count--;
    }
}

void orr_output_debt_advance(orr_output_debt *debt, int64_t burst)
{
    debt->debt_tokens -= burst * debt->falling_count;
    debt->generated_tokens += burst * debt->count;
    debt->clock += burst;
    for (const orr_step_entry *first; (first = orr_step_heap_first(&debt->reaching_clip)) != NULL && first->step <= debt->clock;) {
        debt->debt_tokens -= debt->clock - first->step;
        debt->falling_count++;
        orr_step_heap_pop(&debt->reaching_clip);
    }
}
