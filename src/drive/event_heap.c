#include "drive/event_heap.h"

static bool before(const orr_event *a, const orr_event *b)
{
    if (a->time_ns != b->time_ns) return a->time_ns < b->time_ns;
    if (a->class != b->class) return a->class < b->class;
    if (a->replica != b->replica && (a->class == ORR_EVENT_STEP_END || a->class == ORR_EVENT_PLAN)) return a->replica < b->replica;
    return a->sequence < b->sequence;
}

void orr_event_push(orr_event_heap *heap, int64_t time_ns, orr_event_class class, int replica, int lane)
{
    const orr_event event = {.time_ns = time_ns, .sequence = heap->next_sequence++, .class = (uint8_t)class, .lane = (uint16_t)lane, .replica = replica};
    orr_vec_push(&heap->events, event);
    size_t position = heap->events.count - 1;
    while (position > 0) {
        const size_t parent = (position - 1) / 2;
        if (!before(&event, &heap->events.items[parent])) break;
        heap->events.items[position] = heap->events.items[parent];
        position = parent;
    }
    heap->events.items[position] = event;
}

void orr_event_pop(orr_event_heap *heap)
{
    const orr_event last = heap->events.items[--heap->events.count];
    const size_t count = heap->events.count;
    if (count == 0) return;
    size_t position = 0;
    for (;;) {
        size_t child = 2 * position + 1;
        if (child >= count) break;
        if (child + 1 < count && before(&heap->events.items[child + 1], &heap->events.items[child])) child++;
        if (!before(&heap->events.items[child], &last)) break;
        heap->events.items[position] = heap->events.items[child];
        position = child;
    }
    heap->events.items[position] = last;
}
