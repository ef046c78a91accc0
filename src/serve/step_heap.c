#include "serve/step_heap.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 bits;

/* One number, so that comparing is one subtraction, without a branch. */
static inline wide key(const orr_step_entry *entry) { return (wide)((bits)entry->step << 64 | entry->order); }
static inline bool before(const orr_step_entry *a, const orr_step_entry *b) { return key(a) < key(b); }

static void place(orr_step_heap *heap, size_t position, orr_step_entry entry)
{
    heap->entries.items[position] = entry;
    heap->positions[entry.request] = (uint32_t)position + 1;
}

static void sift_up(orr_step_heap *heap, size_t position, orr_step_entry entry)
{
    while (position > 0) {
        const size_t parent = (position - 1) / 2;
        if (!before(&entry, &heap->entries.items[parent])) break;
        place(heap, position, heap->entries.items[parent]);
        position = parent;
    }
    place(heap, position, entry);
}

/* The gap goes down to the bottom, past the earlier of each two; an entry from the end, which is seldom early, rises from there. */
static void sift_down(orr_step_heap *heap, size_t position, orr_step_entry entry)
{
    const orr_step_entry *items = heap->entries.items;
    const size_t count = heap->entries.count;
    size_t child = 2 * position + 1;
    for (; child + 1 < count; child = 2 * position + 1) {
        child += before(&items[child + 1], &items[child]);
        place(heap, position, items[child]);
        position = child;
    }
    if (child < count) {
        place(heap, position, items[child]);
        position = child;
    }
    sift_up(heap, position, entry);
}

static void take_out(orr_step_heap *heap, size_t position)
{
    heap->positions[heap->entries.items[position].request] = 0;
    const orr_step_entry last = heap->entries.items[--heap->entries.count];
    if (position == heap->entries.count) return;
    if (position > 0 && before(&last, &heap->entries.items[(position - 1) / 2])) sift_up(heap, position, last);
    else sift_down(heap, position, last);
    heap->first = heap->entries.items[0];
}

static void know(orr_step_heap *heap, size_t requests)
{
    size_t wanted = heap->position_count ? heap->position_count * 2 : 64;
    while (wanted < requests) wanted *= 2;
    heap->positions = orr_mem_resize(heap->positions, wanted * sizeof *heap->positions);
    memset(heap->positions + heap->position_count, 0, (wanted - heap->position_count) * sizeof *heap->positions);
    heap->position_count = wanted;
}

void orr_step_heap_reserve(orr_step_heap *heap, size_t requests)
{
    orr_vec_reserve(&heap->entries, requests);
    if (requests > heap->position_count) know(heap, requests);
}

void orr_step_heap_push(orr_step_heap *heap, orr_step_entry entry)
{
    if (entry.request >= heap->position_count) know(heap, (size_t)entry.request + 1);
    orr_vec_push(&heap->entries, entry);
    sift_up(heap, heap->entries.count - 1, entry);
    heap->first = heap->entries.items[0];
}

void orr_step_heap_remove(orr_step_heap *heap, orr_request_index request)
{
    if (heap->entries.count > 0 && heap->first.request == request) take_out(heap, 0);
    else if (request < heap->position_count && heap->positions[request] > 0) take_out(heap, heap->positions[request] - 1);
}

void orr_step_heap_pop(orr_step_heap *heap) { take_out(heap, 0); }

void orr_step_heap_free(orr_step_heap *heap)
{
    orr_vec_free(&heap->entries);
    orr_mem_free(heap->positions);
    *heap = (orr_step_heap){0};
}
