#include "base/keep.h"

const void *orr_keep(orr_keeping *keeping, orr_make_fn *make, const void *context)
{
    const orr_kept *kept = atomic_load_explicit(keeping, memory_order_acquire);
    if (kept != NULL) return kept->thing;
    orr_arena *arena = orr_arena_create();
    orr_kept *fresh = ORR_NEW(arena, orr_kept);
    *fresh = (orr_kept){arena, make(arena, context)};
    if (fresh->thing != NULL && atomic_compare_exchange_strong(keeping, &kept, fresh)) return fresh->thing;
    orr_arena_destroy(arena);           /* another thread was first */
    return kept != NULL ? kept->thing : NULL;
}
