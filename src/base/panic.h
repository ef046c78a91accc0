/* Our own faults: an invariant that does not hold. Prints what was expected, with the run's seed, virtual time and event number where a run
 * has set them (thread-local), and ends through the app's handler (default: abort). */
#ifndef ORR_BASE_PANIC_H
#define ORR_BASE_PANIC_H

#include <stdint.h>

typedef struct orr_panic_context { uint64_t seed; int64_t time_ns; uint64_t event_number; } orr_panic_context;
void orr_panic_set_context(const orr_panic_context *context);     /* NULL clears; the pointer is read when a panic happens */

_Noreturn void orr_panic(const char *file, int line, const char *expectation);
typedef void orr_panic_fn(const char *message);
void orr_panic_on(orr_panic_fn *handler);                          /* must not return */

/* Always on: an assertion that is cheap beside what it guards. */
#define ORR_INVARIANT(condition) ((condition) ? (void)0 : orr_panic(__FILE__, __LINE__, #condition))
/* On in debug and sanitizer builds (ORR_CHECKS). */
#ifdef ORR_CHECKS
#define ORR_CHECK(condition) ORR_INVARIANT(condition)
#else
#define ORR_CHECK(condition) ((void)0)
#endif

#endif
