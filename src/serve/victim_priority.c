/* The request of the lowest priority goes first (the largest number), of equal ones the last to arrive; a prompt under way may be it. It waits at its place in the queue's order, under fcfs in front.
 * vLLM V1 under --scheduling-policy priority: scheduler.py preempts the maximum of (priority, arrival). Nobody is preempted for somebody who waits. */
#include "serve/sched.h"

static orr_rank rank(const orr_victim_view *view)
{
    return (orr_rank){-(int64_t)view->request->priority, -(int64_t)view->request->id, 0};
}

const orr_victim_policy orr_victim_priority = {.name = "priority", .rank = rank};
