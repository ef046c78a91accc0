#include "serve/queue.h"

static const orr_queue_policy *const policies[] = {[ORR_ORDER_FCFS] = &orr_queue_fcfs, [ORR_ORDER_PREFIX] = &orr_queue_prefix, [ORR_ORDER_PRIORITY] = &orr_queue_priority,
    [ORR_ORDER_DEADLINE] = &orr_queue_deadline, [ORR_ORDER_FAIR] = &orr_queue_fair};

void orr_queue_init(orr_queue *queue, const orr_scheduling *scheduling, orr_tenants *tenants)
{
    *queue = (orr_queue){.policy = policies[scheduling->order], .again_last = orr_victim_policy_of(scheduling->victim)->waits_last, .line = {ORR_NO_REQUEST, ORR_NO_REQUEST},
        .prefix_order_most = scheduling->prefix_order_most, .tenants = tenants, .last_tenant = -1};
}

void orr_queue_free(orr_queue *queue)
{
    orr_vec_free(&queue->places);
    orr_rank_heap_free(&queue->heap);
    orr_vec_free(&queue->tenant_lines);
    orr_vec_free(&queue->waiting_tenants);
}

void orr_queue_enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    while (queue->places.count <= index) orr_vec_push(&queue->places, (orr_queue_place){ORR_NO_REQUEST, ORR_NO_REQUEST});
    queue->policy->enter(queue, index, request, again);
    queue->count++;
    queue->prompt_tokens += request->input_tokens;
}

void orr_queue_leave(orr_queue *queue, orr_request_index index, const orr_request *request)
{
    queue->count--;
    queue->prompt_tokens -= request->input_tokens;
    queue->policy->leave(queue, index, request);
}

orr_request_index orr_queue_heap_first(const orr_queue *queue) { return orr_rank_heap_first(&queue->heap); }

void orr_queue_heap_leave(orr_queue *queue, orr_request_index index, const orr_request *request)
{
    (void)request;
    orr_rank_heap_remove(&queue->heap, index);
}

orr_tenant_line *orr_queue_tenant_line(orr_queue *queue, int32_t tenant)
{
    while (queue->tenant_lines.count <= (size_t)tenant) orr_vec_push(&queue->tenant_lines, (orr_tenant_line){.line = {ORR_NO_REQUEST, ORR_NO_REQUEST}});
    orr_tenants_know(queue->tenants, tenant);
    return &queue->tenant_lines.items[tenant];
}

void orr_queue_line_add(orr_queue *queue, orr_queue_line *line, orr_request_index index, bool in_front)
{
    orr_queue_place *places = queue->places.items;
    places[index] = in_front ? (orr_queue_place){ORR_NO_REQUEST, line->first} : (orr_queue_place){line->last, ORR_NO_REQUEST};
    if (in_front) {
        if (line->first != ORR_NO_REQUEST) places[line->first].previous = index;
        else line->last = index;
        line->first = index;
        return;
    }
    if (line->last != ORR_NO_REQUEST) places[line->last].next = index;
    else line->first = index;
    line->last = index;
}

void orr_queue_line_remove(orr_queue *queue, orr_queue_line *line, orr_request_index index)
{
    orr_queue_place *places = queue->places.items;
    const orr_queue_place place = places[index];
    if (place.previous != ORR_NO_REQUEST) places[place.previous].next = place.next;
    else line->first = place.next;
    if (place.next != ORR_NO_REQUEST) places[place.next].previous = place.previous;
    else line->last = place.previous;
}
