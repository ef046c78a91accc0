/* A binary heap of requests by a rank of three whole numbers, compared one after the other, the smallest first: whose turn it is, or who goes. Each request's place is kept, so that it can be taken out at any time.
 * Where step_heap.h says what happens when, this says who comes first. O(log n) each; nobody is in it twice. */
#ifndef ORR_SERVE_RANK_HEAP_H
#define ORR_SERVE_RANK_HEAP_H

#include <stdint.h>
#include "base/vec.h"
#include "serve/request.h"

typedef struct orr_rank { int64_t first, second, third; } orr_rank;
typedef struct orr_rank_entry { orr_rank rank; orr_request_index request; } orr_rank_entry;
typedef struct orr_rank_heap { ORR_VEC(orr_rank_entry) entries; ORR_VEC(uint32_t) places; } orr_rank_heap;     /* places[request]: where it is, + 1; 0: not in it */

void orr_rank_heap_push(orr_rank_heap *heap, orr_request_index request, orr_rank rank);
void orr_rank_heap_remove(orr_rank_heap *heap, orr_request_index request);      /* nothing when it is not in it */
void orr_rank_heap_clear(orr_rank_heap *heap);                                  /* O(those in it) */
void orr_rank_heap_free(orr_rank_heap *heap);
static inline orr_request_index orr_rank_heap_first(const orr_rank_heap *heap) { return heap->entries.count ? heap->entries.items[0].request : ORR_NO_REQUEST; }

#endif
