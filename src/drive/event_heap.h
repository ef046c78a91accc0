/* Pending events of the loop, ordered by (time, class, replica where steps end or are planned, sequence): the one order in which simultaneous things happen, however they came to be on the agenda.
 * A heap of fours: half as deep as one of twos, and the four below an event lie side by side. All but the time is one number, so that comparing two events is one subtraction of 128 bits, without a branch. */
#ifndef ORR_DRIVE_EVENT_HEAP_H
#define ORR_DRIVE_EVENT_HEAP_H

#include <stdint.h>
#include "base/panic.h"
#include "base/vec.h"

/* Classes at one instant: first what ends, then what arrives, then what is decided on it. */
typedef enum {
    ORR_EVENT_STEP_END,     /* tokens are out: requests finish, blocks return */
    ORR_EVENT_TRANSFER_END, /* a request's context is where it decodes; `replica` is the number of the transfer */
    ORR_EVENT_TIER,         /* something that tiers transfer may end */
    ORR_EVENT_ENCODER,      /* an encoder's batch ends, or embeddings are where they are wanted (loop_encoders.c) */
    ORR_EVENT_FLEET,        /* replicas fail, come back, are added or taken away (fleet.h): of what kind is said by the lane */
    ORR_EVENT_ARRIVAL,      /* a request reaches the scheduler's queue */
    ORR_EVENT_PLAN          /* an idle replica plans its next step, having seen all of the above */
} orr_event_class;

/* order: class x 2^61 + replica (of a step's end or plan; else 0) x 2^40 + sequence; what: replica x 2^32 + lane */
enum { ORR_EVENT_CLASS_SHIFT = 61, ORR_EVENT_SEQUENCE_BITS = 40 };
typedef struct orr_event { int64_t time_ns; uint64_t order, what; } orr_event;
static inline orr_event_class orr_event_class_of(const orr_event *event) { return (orr_event_class)(event->order >> ORR_EVENT_CLASS_SHIFT); }
static inline uint64_t orr_event_sequence(const orr_event *event) { return event->order & ((UINT64_C(1) << ORR_EVENT_SEQUENCE_BITS) - 1); }
static inline int orr_event_replica(const orr_event *event) { return (int)(int32_t)(event->what >> 32); }
static inline int orr_event_lane(const orr_event *event) { return (int)(event->what & UINT16_MAX); }
typedef struct orr_event_heap { ORR_VEC(orr_event) events; uint64_t next_sequence; } orr_event_heap;

/* time_ns >= 0, replica < 2^21 where it is one, sequence < 2^40. */
static inline orr_event orr_event_of(int64_t time_ns, orr_event_class class, int replica, int lane, uint64_t sequence)
{
    const uint64_t among = class == ORR_EVENT_STEP_END || class == ORR_EVENT_PLAN ? (uint64_t)replica : 0;
    ORR_CHECK(time_ns >= 0 && among >> (ORR_EVENT_CLASS_SHIFT - ORR_EVENT_SEQUENCE_BITS) == 0 && sequence >> ORR_EVENT_SEQUENCE_BITS == 0);
    return (orr_event){time_ns, (uint64_t)class << ORR_EVENT_CLASS_SHIFT | among << ORR_EVENT_SEQUENCE_BITS | sequence, (uint64_t)(uint32_t)replica << 32 | (uint16_t)lane};
}

void orr_event_insert(orr_event_heap *heap, const orr_event *event);
/* Behind what was pushed before, at the same instant and of the same class. */
void orr_event_push(orr_event_heap *heap, int64_t time_ns, orr_event_class class, int replica, int lane);
static inline const orr_event *orr_event_first(const orr_event_heap *heap) { return heap->events.count ? &heap->events.items[0] : NULL; }
void orr_event_pop(orr_event_heap *heap);
/* The one after the first. NULL: there is none. */
const orr_event *orr_event_second(const orr_event_heap *heap);

#endif
