/* What is made when first asked for, by whichever thread, and kept as long as the process. All threads make the same; the first one's is kept. */
#ifndef ORR_BASE_KEEP_H
#define ORR_BASE_KEEP_H

#include <stdatomic.h>
#include "base/mem.h"

/* A thing and the arena it lives in, published together. */
typedef struct orr_kept { orr_arena *arena; const void *thing; } orr_kept;
typedef _Atomic(const orr_kept *) orr_keeping;     /* static: begins as NULL */
typedef const void *orr_make_fn(orr_arena *arena, const void *context);

/* NULL when `make` gives NULL: nothing is kept then, and the next who asks tries again. */
const void *orr_keep(orr_keeping *keeping, orr_make_fn *make, const void *context);

#endif
