/* A flag that asks long work to stop soon: set by a signal handler or by another thread, read by every thread that works. Read and written whole, without order: nothing else follows from it. */
#ifndef ORR_BASE_CANCEL_H
#define ORR_BASE_CANCEL_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: nobody asks. */
static inline bool orr_cancel_asked(const volatile int *flag) { return flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED) != 0; }
static inline void orr_cancel_set(volatile int *flag, int value) { __atomic_store_n(flag, value, __ATOMIC_RELAXED); }

#endif
