#include "drive/event_heap.h"

__extension__ typedef unsigned __int128 wide;

enum { BELOW = 4 };

static inline wide key(const orr_event *event) { return (wide)(uint64_t)event->time_ns << 64 | event->order; }

/* In whole words, as events are read and compared: a copy by wider ones would wait for what was just written by narrower ones. */
static inline void put(orr_event *at, int64_t time_ns, uint64_t order, uint64_t what)
{
    at->time_ns = time_ns;
    at->order = order;
    at->what = what;
}

/* Which of those from `first` on comes before the others: of four without a branch. */
static inline size_t earliest_of_four(const orr_event *first)
{
    const size_t left = key(&first[1]) < key(&first[0]), right = 2 + (size_t)(key(&first[3]) < key(&first[2]));
    return key(&first[right]) < key(&first[left]) ? right : left;
}

static inline size_t earliest_of(const orr_event *first, size_t count)
{
    size_t earliest = 0;
    for (size_t i = 1; i < count; i++) earliest = key(&first[i]) < key(&first[earliest]) ? i : earliest;
    return earliest;
}

static inline void rise(orr_event *items, size_t position, int64_t time_ns, uint64_t order, uint64_t what)
{
    const wide own = (wide)(uint64_t)time_ns << 64 | order;
    while (position > 0) {
        const size_t above = (position - 1) / BELOW;
        if (key(&items[above]) < own) break;
        put(&items[position], items[above].time_ns, items[above].order, items[above].what);
        position = above;
    }
    put(&items[position], time_ns, order, what);
}

static inline void insert(orr_event_heap *heap, orr_event event)
{
    orr_vec_reserve(&heap->events, heap->events.count + 1);
    rise(heap->events.items, heap->events.count++, event.time_ns, event.order, event.what);
}

void orr_event_insert(orr_event_heap *heap, const orr_event *event) { insert(heap, *event); }
void orr_event_push(orr_event_heap *heap, int64_t time_ns, orr_event_class class, int replica, int lane) { insert(heap, orr_event_of(time_ns, class, replica, lane, heap->next_sequence++)); }

/* The gap goes down to the bottom, past the earliest of each four; the last event, which is seldom early, rises from there. */
void orr_event_pop(orr_event_heap *heap)
{
    orr_event *items = heap->events.items;
    const size_t count = --heap->events.count;
    if (count == 0) return;
    size_t position = 0, below = 1;
    for (; below + BELOW <= count; below = BELOW * position + 1) {
        below += earliest_of_four(&items[below]);
        put(&items[position], items[below].time_ns, items[below].order, items[below].what);
        position = below;
    }
    if (below < count) {
        below += earliest_of(&items[below], count - below);
        put(&items[position], items[below].time_ns, items[below].order, items[below].what);
        position = below;
    }
    rise(items, position, items[count].time_ns, items[count].order, items[count].what);
}

const orr_event *orr_event_second(const orr_event_heap *heap)
{
    const size_t count = heap->events.count;
    if (count < 2) return NULL;
    const orr_event *below = &heap->events.items[1];
    return &below[count > BELOW ? earliest_of_four(below) : earliest_of(below, count - 1)];
}
