#include "traffic/trace_order.h"

static bool before(const orr_trace_record *a, const orr_trace_record *b) { return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sequence < b->sequence; }

static void push(orr_trace_order *order, orr_trace_record record)
{
    record.sequence = order->next_sequence++;
    orr_vec_push(&order->heap, record);
    orr_trace_record *items = order->heap.items;
    size_t at = order->heap.count - 1;
    for (; at > 0 && before(&record, &items[(at - 1) / 2]); at = (at - 1) / 2) items[at] = items[(at - 1) / 2];
    items[at] = record;
}

static void pop(orr_trace_order *order)
{
    orr_trace_record *items = order->heap.items;
    const orr_trace_record last = items[--order->heap.count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < order->heap.count; at = child) {
        if (child + 1 < order->heap.count && before(&items[child + 1], &items[child])) child++;
        if (!before(&items[child], &last)) break;
        items[at] = items[child];
    }
    if (order->heap.count) items[at] = last;
}

bool orr_trace_order_next(orr_trace_order *order, orr_trace *trace, orr_trace_record *record)
{
    while (!order->dry && order->heap.count < ORR_TRACE_WINDOW) {
        orr_trace_record next = {0};
        order->dry = !trace->reader->next(trace, &next);
        if (order->dry) break;
        trace->read_count++;
        push(order, next);
    }
    if (trace->failed || trace->input.failed || order->heap.count == 0) return false;
    *record = order->heap.items[0];
    pop(order);
    return true;
}
