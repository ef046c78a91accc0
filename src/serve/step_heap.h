/* A binary heap of (step, order) -> request, for "what happens when in the batch" (a step is a reading of its clock). Each request's place is kept in
 * `positions`, so that it can be taken out early (preemption). Ties on the step are broken by admission order. The first stands beside the heap too: who only looks at it need not go there. */
#ifndef ORR_SERVE_STEP_HEAP_H
#define ORR_SERVE_STEP_HEAP_H

#include <stdint.h>
#include "base/vec.h"
#include "serve/request.h"

typedef struct orr_step_entry { int64_t step; uint64_t order; orr_request_index request; } orr_step_entry;
typedef struct orr_step_heap { ORR_VEC(orr_step_entry) entries; orr_step_entry first; uint32_t *positions; size_t position_count; } orr_step_heap;   /* positions[request]: where it is, + 1; 0: not in it */

/* Room for so many, numbered from 0: a hint. */
void orr_step_heap_reserve(orr_step_heap *heap, size_t requests);
void orr_step_heap_push(orr_step_heap *heap, orr_step_entry entry);
void orr_step_heap_remove(orr_step_heap *heap, orr_request_index request);      /* nothing when it is not in it */
void orr_step_heap_pop(orr_step_heap *heap);
static inline const orr_step_entry *orr_step_heap_first(const orr_step_heap *heap) { return heap->entries.count ? &heap->first : NULL; }
void orr_step_heap_free(orr_step_heap *heap);

#endif
