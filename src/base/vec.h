/* Growable arrays: ORR_VEC(type) is a struct {items, count, capacity}. A zeroed one is empty and valid.
 * orr_vec_push is an lvalue-free statement; items move when it grows, so keep indices, not pointers. */
#ifndef ORR_BASE_VEC_H
#define ORR_BASE_VEC_H

#include <stddef.h>
#include "base/mem.h"

#define ORR_VEC(type) struct { type *items; size_t count, capacity; }

#define orr_vec_reserve(v, wanted) do { \
    size_t orr_wanted_ = (wanted); \
    if (orr_wanted_ > (v)->capacity) { \
        size_t orr_new_ = (v)->capacity ? (v)->capacity * 2 : 16; \
        if (orr_new_ < orr_wanted_) orr_new_ = orr_wanted_; \
        (v)->items = orr_mem_resize((v)->items, orr_new_ * sizeof *(v)->items); \
        (v)->capacity = orr_new_; \
    } } while (0)
#define orr_vec_push(v, ...) do { \
    orr_vec_reserve((v), (v)->count + 1); \
    (v)->items[(v)->count++] = (__VA_ARGS__); } while (0)
#define orr_vec_free(v) do { orr_mem_free((v)->items); (v)->items = NULL; (v)->count = (v)->capacity = 0; } while (0)

#endif
