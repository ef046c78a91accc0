/* The lowest priority number first, then the first to arrive; who was preempted stands where it stood. vLLM V1 under --scheduling-policy priority (request_queue.py: a heap of (priority, arrival)). O(log n). */
#include "serve/queue.h"

static void enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    (void)again;
    orr_rank_heap_push(&queue->heap, index, (orr_rank){request->priority, (int64_t)request->id, 0});
}

const orr_queue_policy orr_queue_priority = {.name = "priority", .enter = enter, .first = orr_queue_heap_first, .leave = orr_queue_heap_leave, .holds = true};
