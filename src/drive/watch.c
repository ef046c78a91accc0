#include "drive/watch.h"

#include "base/panic.h"

void orr_watch_add(orr_watch *watch, const orr_loop_observer *observer)
{
    ORR_INVARIANT(watch->count < ORR_MOST_OBSERVERS);
    watch->items[watch->count++] = observer;
}

#define TELL(what, ...) \
    const orr_watch *watch = context; \
    for (int i = 0; i < watch->count; i++) \
        if (watch->items[i]->what) watch->items[i]->what(watch->items[i]->context, __VA_ARGS__)

static void on_begun(void *context, const orr_loop_view *view) { TELL(begun, view); }
static void on_finished(void *context, const orr_loop_finish *finish) { TELL(finished, finish); }
static void on_rejected(void *context, const orr_request *request) { TELL(rejected, request); }
static void on_refused(void *context, const orr_request *request) { TELL(refused, request); }
static void on_gaps(void *context, const orr_gaps *gaps) { TELL(gaps, gaps); }
static void on_planned(void *context, int replica, const orr_plan *plan) { TELL(planned, replica, plan); }
static void on_transferred(void *context, const orr_transferred *transfer) { TELL(transferred, transfer); }
static void on_encoded(void *context, const orr_encoded *encoded) { TELL(encoded, encoded); }
static void on_state(void *context, int replica, const orr_replica_state *now) { TELL(state, replica, now); }
static void on_soon(void *context, int replica) { TELL(soon, replica); }
static void on_arrived(void *context, const orr_request *request) { TELL(arrived, request); }
static void on_changed(void *context, const orr_fleet_change *change) { TELL(changed, change); }
static void on_waited(void *context, const orr_request *request) { TELL(waited, request); }
static void on_redelivered(void *context, const orr_request *request, int64_t time_ns, int from) { TELL(redelivered, request, time_ns, from); }
static void on_lost(void *context, const orr_request *request) { TELL(lost, request); }

static void on_stepped(void *context, const orr_loop_step *step)
{
    const orr_watch *watch = context;
    orr_loop_step told = *step;
    told.cost = orr_executors_last(watch->executors, step->replica);
    if (watch->replay) orr_replay_tell_time(watch->replay, step->start_ns);
    for (int i = 0; i < watch->count; i++)
        if (watch->items[i]->stepped) watch->items[i]->stepped(watch->items[i]->context, &told);
}

static bool on_stop(void *context)
{
    const orr_watch *watch = context;
    return (watch->replay && orr_replay_failed(watch->replay)) || (watch->items[0]->stop && watch->items[0]->stop(watch->items[0]->context));
}

static void on_coasted(void *context, int replica, int64_t start_ns, int64_t end_ns, const orr_coasted *coasted) { TELL(coasted, replica, start_ns, end_ns, coasted); }

/* Foreseen steps need not be taken one by one where nobody but the collector looks at steps, and it can do without. */
static bool may_coast(const orr_watch *watch)
{
    for (int i = 1; i < watch->count; i++)
        if (watch->items[i]->stepped || watch->items[i]->planned || watch->items[i]->state) return false;
    return watch->replay == NULL && watch->items[0]->coasted != NULL;
}

orr_loop_observer orr_watch_observer(orr_watch *watch)
{
    const bool coasts = may_coast(watch);
    return (orr_loop_observer){.context = watch, .begun = on_begun, .finished = on_finished, .rejected = on_rejected, .refused = on_refused, .gaps = on_gaps, .planned = on_planned,
        .stepped = coasts ? NULL : on_stepped, .transferred = on_transferred, .encoded = on_encoded, .state = on_state, .soon = on_soon, .coasted = coasts ? on_coasted : NULL, .arrived = on_arrived,
        .changed = on_changed, .waited = on_waited, .redelivered = on_redelivered, .lost = on_lost, .stop = on_stop};
}
