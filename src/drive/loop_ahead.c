/* What the next events look at, wanted from memory while others are dealt with: of so many replicas not all are in the processor's caches.
 *
 * An event is seen coming twice. When it comes near on the agenda, a few events before its turn, its replica and engine are asked for; when it is the second, they are there, and what they point to is asked for: lists, chunks, who
 * ends. Hints alone: whether they are taken changes no result. */
#include <stddef.h>

#include "drive/loop_internal.h"

enum { LOOK_AHEAD_FROM_REPLICAS = 256 };

static bool is_of_replica(const orr_event *event) { return orr_event_class_of(event) == ORR_EVENT_STEP_END || orr_event_class_of(event) == ORR_EVENT_PLAN; }

static void comes_near(const void *context, const orr_event *event)
{
    const loop *l = context;
    if (!is_of_replica(event)) return;
    const int number = orr_event_replica(event);
    orr_mem_prefetch(&l->replicas[number], offsetof(replica, past));
    orr_engine_prefetch(l->cores[number]);
    if (l->observer->soon) l->observer->soon(l->observer->context, number);
}

void orr_loop_begin_looking(loop *l)
{
    if (l->replica_count < LOOK_AHEAD_FROM_REPLICAS) return;
    l->cores = orr_mem_resize(NULL, (size_t)l->replica_count * sizeof *l->cores);
    l->agenda.watch = (orr_agenda_watch){l, comes_near};
}

void orr_loop_look_ahead(const loop *l)
{
    const orr_event *second = orr_agenda_second(&l->agenda);
    if (second == NULL || !is_of_replica(second)) return;
    const replica *r = &l->replicas[orr_event_replica(second)];
    orr_engine_prefetch_next(r->core);
    if (r->coast.under_way) orr_mem_prefetch(r->coast.ends_ns, (size_t)r->coast.steps * sizeof *r->coast.ends_ns);
}
