#include "serve/rank_heap.h"

#include <stdbool.h>

static bool before(const orr_rank *a, const orr_rank *b)
{
    if (a->first != b->first) return a->first < b->first;
    return a->second != b->second ? a->second < b->second : a->third < b->third;
}

static void put(orr_rank_heap *heap, size_t place, orr_rank_entry entry)
{
    heap->entries.items[place] = entry;
    heap->places.items[entry.request] = (uint32_t)place + 1;
}

static void rise(orr_rank_heap *heap, size_t place, orr_rank_entry entry)
{
    for (; place > 0; place = (place - 1) / 2) {
        const orr_rank_entry parent = heap->entries.items[(place - 1) / 2];
        if (!before(&entry.rank, &parent.rank)) break;
        put(heap, place, parent);
    }
    put(heap, place, entry);
}

static void sink(orr_rank_heap *heap, size_t place, orr_rank_entry entry)
{
    const orr_rank_entry *entries = heap->entries.items;
    for (size_t child; (child = 2 * place + 1) < heap->entries.count; place = child) {
        if (child + 1 < heap->entries.count && before(&entries[child + 1].rank, &entries[child].rank)) child++;
        if (!before(&entries[child].rank, &entry.rank)) break;
        put(heap, place, entries[child]);
    }
    put(heap, place, entry);
}

void orr_rank_heap_push(orr_rank_heap *heap, orr_request_index request, orr_rank rank)
{
    while (heap->places.count <= request) orr_vec_push(&heap->places, 0);
    const orr_rank_entry entry = {rank, request};
    orr_vec_push(&heap->entries, entry);
    rise(heap, heap->entries.count - 1, entry);
}

void orr_rank_heap_remove(orr_rank_heap *heap, orr_request_index request)
{
    if (request >= heap->places.count || heap->places.items[request] == 0) return;
    const size_t place = heap->places.items[request] - 1;
    heap->places.items[request] = 0;
    const orr_rank_entry last = heap->entries.items[--heap->entries.count];
    if (place == heap->entries.count) return;
    if (place > 0 && before(&last.rank, &heap->entries.items[(place - 1) / 2].rank)) rise(heap, place, last);
    else sink(heap, place, last);
}

void orr_rank_heap_clear(orr_rank_heap *heap)
{
    for (size_t i = 0; i < heap->entries.count; i++) heap->places.items[heap->entries.items[i].request] = 0;
    heap->entries.count = 0;
}

void orr_rank_heap_free(orr_rank_heap *heap)
{
    orr_vec_free(&heap->entries);
    orr_vec_free(&heap->places);
}
