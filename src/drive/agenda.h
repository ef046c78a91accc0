/* The loop's agenda: its pending events in their one order (event_heap.h), in time that does not grow with how many there are.
 *
 * Few events stand in a heap. Of many, those of the next stretch of time do; the others wait unsorted in a ring of stretches, and what lies beyond the ring in a heap of its own. When the near heap runs low, the next stretch's
 * events go into it. A stretch is as long as takes some four events, found anew when the near heap grows or stretches are empty, each time after as many events as there were: so an event costs the same among ten as among 100,000. */
#ifndef ORR_DRIVE_AGENDA_H
#define ORR_DRIVE_AGENDA_H

#include "drive/event_heap.h"

typedef struct orr_waiting_event { orr_event event; uint32_t next; /* + 1; 0: none */ } orr_waiting_event;

/* Who is told of events that come near from the ring, a few before their turn. */
typedef struct orr_agenda_watch { const void *context; void (*comes_near)(const void *context, const orr_event *event); } orr_agenda_watch;

typedef struct orr_agenda {
    orr_event_heap near, far;           /* the sequence is the near one's */
    int64_t near_end_ns;                /* near: all before it */
    uint32_t *ring;                     /* [ORR_AGENDA_STRETCHES], the first waiting in each + 1, by (time >> shift) modulo their number; NULL: no ring yet, all are near */
    int shift;
    ORR_VEC(orr_waiting_event) pool;
    uint32_t unused;                    /* + 1 */
    int64_t waiting;                    /* in the ring */
    int64_t rest;                       /* events to pass before the stretches are chosen anew */
    int64_t passed_empty;               /* stretches, since then */
    orr_agenda_watch watch;             /* comes_near NULL: nobody */
} orr_agenda;

enum { ORR_AGENDA_STRETCHES = 4096, ORR_AGENDA_RING_FROM = 48 /* near events */ };

void orr_agenda_init(orr_agenda *agenda);
void orr_agenda_free(orr_agenda *agenda);
/* --- agenda.c, of many --- */
void orr_agenda_push_later(orr_agenda *agenda, orr_event event);
void orr_agenda_pass(orr_agenda *agenda);

/* As orr_event_push. */
static inline void orr_agenda_push(orr_agenda *agenda, int64_t time_ns, orr_event_class class, int replica, int lane)
{
    if (time_ns < agenda->near_end_ns) orr_event_push(&agenda->near, time_ns, class, replica, lane);
    else orr_agenda_push_later(agenda, orr_event_of(time_ns, class, replica, lane, agenda->near.next_sequence++));
}

/* NULL: there is none. The second: NULL too where it is not near. */
static inline const orr_event *orr_agenda_first(const orr_agenda *agenda) { return orr_event_first(&agenda->near); }
static inline const orr_event *orr_agenda_second(const orr_agenda *agenda) { return orr_event_second(&agenda->near); }

static inline void orr_agenda_pop(orr_agenda *agenda)
{
    orr_event_pop(&agenda->near);
    if (agenda->ring != NULL || agenda->near.events.count >= ORR_AGENDA_RING_FROM) orr_agenda_pass(agenda);
}

#endif
