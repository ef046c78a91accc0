/* First come, first served. Who was preempted goes to the front (vLLM V1) or, where the victim rule says so, to the end (SGLang). */
#include "serve/queue.h"

static void enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    (void)request;
    orr_queue_line_add(queue, &queue->line, index, again && !queue->again_last);
}

static orr_request_index first(const orr_queue *queue) { return queue->line.first; }

static void leave(orr_queue *queue, orr_request_index index, const orr_request *request)
{
    (void)request;
    orr_queue_line_remove(queue, &queue->line, index);
}

const orr_queue_policy orr_queue_fcfs = {.name = "fcfs", .enter = enter, .first = first, .leave = leave, .holds = true};
