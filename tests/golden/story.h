/* A few requests and what became of them, on an executor whose times are worked out by hand. */
#ifndef ORR_TESTS_STORY_H
#define ORR_TESTS_STORY_H

#include "drive/loop.h"

/* A step takes 100 ns + 1 ns a prefill token + 10 ns a token computed for a decode. */
static inline orr_outcome execute(void *context, int replica, const orr_plan *plan)
{
    (void)context; (void)replica;
    const int64_t ns = 100 + plan->chunk_tokens + 10 * plan->decode_tokens;
    return (orr_outcome){ns, ns};
}

typedef struct story { const orr_arrival *arrivals; int64_t count, next; orr_loop_finish finishes[8]; } story;

static inline bool next(void *context, orr_arrival *arrival)
{
    story *s = context;
    if (s->next == s->count) return false;
    *arrival = s->arrivals[s->next++];
    return true;
}
static inline void on_finished(void *context, const orr_loop_finish *finish) { ((story *)context)->finishes[finish->finished.request.id] = *finish; }

#endif
