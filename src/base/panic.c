/* Our own faults: the message, then the handler. Kept free of allocation: a broken invariant may be about memory. */
#include "base/panic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local const orr_panic_context *current_context;
static orr_panic_fn *panic_handler;

void orr_panic_set_context(const orr_panic_context *context) { current_context = context; }
void orr_panic_on(orr_panic_fn *handler) { panic_handler = handler; }

_Noreturn void orr_panic(const char *file, int line, const char *expectation)
{
    char message[1024];
    const orr_panic_context *context = current_context;
    if (context)
        snprintf(message, sizeof message, "internal error: %s:%d: expected %s (seed %" PRIu64 ", time %" PRId64 " ns, event %" PRIu64 ")", file, line, expectation,
                 context->seed, context->time_ns, context->event_number);
    else snprintf(message, sizeof message, "internal error: %s:%d: expected %s", file, line, expectation);
    if (panic_handler) panic_handler(message);
    else fprintf(stderr, "%s\n", message);
    abort();
}
