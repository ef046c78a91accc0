/* Several observers of one run: each is told all that happens, in order, and of a step also what it cost. The first, the collector, decides whether to stop; so does a recording that does not fit. */
#ifndef ORR_DRIVE_WATCH_H
#define ORR_DRIVE_WATCH_H

#include "drive/executors.h"
#include "drive/loop.h"

enum { ORR_MOST_OBSERVERS = 8 };

typedef struct orr_watch {
    const orr_loop_observer *items[ORR_MOST_OBSERVERS];
    int count;
    const orr_executors *executors;
    orr_replay *replay;             /* NULL: none */
    int own_replicas;               /* those numbered above are of the prefill pool */
} orr_watch;

void orr_watch_add(orr_watch *watch, const orr_loop_observer *observer);
orr_loop_observer orr_watch_observer(orr_watch *watch);

#endif
