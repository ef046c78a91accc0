/* The earliest deadline of the first token first (EDF: Liu and Layland, J. ACM 1973; for TTFT, as SLO-aware servers order prompts), those without one last; of equal ones the first to arrive. Who was preempted has a first
 * token and goes before all, in order of arrival. O(log n). Law: nobody enters for the first time while somebody who waits has an earlier deadline. */
#include "serve/queue.h"

static void enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    orr_rank_heap_push(&queue->heap, index, (orr_rank){again ? INT64_MIN : request->ttft_deadline_ns, (int64_t)request->id, 0});
}

const orr_queue_policy orr_queue_deadline = {.name = "deadline", .enter = enter, .first = orr_queue_heap_first, .leave = orr_queue_heap_leave, .holds = true};
