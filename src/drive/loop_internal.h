/* What the parts of the loop share (loop.c: the run; loop_ahead.c, loop_arrivals.c, loop_steps.c, loop_handover.c, loop_tiers.c: what each kind of event does). Of no concern to anyone else. */
#ifndef ORR_DRIVE_LOOP_INTERNAL_H
#define ORR_DRIVE_LOOP_INTERNAL_H

#include "base/panic.h"
#include "drive/coast.h"
#include "drive/agenda.h"
#include "drive/loop.h"

/* An ARRIVAL is of the source's next request or, in this lane, of a turn; `replica` is then the turn's number. */
enum { ORR_ARRIVAL_OF_SOURCE, ORR_ARRIVAL_OF_SESSION };

/* Replicas of one kind, numbered in a row. What they are told of stands in the loop's configuration. */
typedef struct group {
    const orr_engine_config *engine;
    const orr_executor *executor;
    const orr_tiers_config *tiers_config;
    const orr_door_config *door;
    orr_router *router;             /* which may stand before other groups too */
    orr_tier_pool *tiers;           /* NULL: none */
    int first, count;               /* numbers of its replicas */
    int router_first;               /* the first replica's number to the router */
    int64_t weight;
    bool prefill;
} group;

typedef struct replica {
    orr_engine_core *core;
    struct loop *loop;
    const group *group;
    const orr_executor *executor;   /* the group's */
    int lane_count, number, in_pool /* number among those of its router */, next_lane, steps_in_flight;
    int64_t start_free_ns;          /* when the first stage takes the next step */
    int64_t last_end_ns;            /* steps end in order */
    bool plan_pending;
    orr_coast coast;
    int64_t prompt_tokens;          /* of requests that are here or on their way */
    orr_engine_counters past;       /* of the cores it had before */
} replica;

/* A request that has, or will have, its prompt computed on one replica and its outputs on another: a ticket is a place in the loop's list of these. */
typedef struct handover { int from, to, next_unused; orr_request_index leaving, coming; int64_t admitted_ns; orr_transferred transfer; } handover;

/* A request whose images are encoded before it comes to an engine: what it will bring there. Numbers of these chain its encoder's queue, then its batch. */
typedef struct encoding { orr_request request; orr_fate fate; ORR_VEC(orr_prefix_run) prefix; orr_encoded told; int next; } encoding;
typedef struct encoder { int first, last /* of the queue; -1: nobody */, batch; int64_t waiting, link_free_ns; bool busy; } encoder;
typedef struct fleet fleet;         /* fleet.c */

typedef struct loop {
    const orr_loop_config *config;
    const orr_loop_observer *observer;
    orr_feed feed;
    orr_agenda agenda;
    orr_router router, prefill_router;
    group groups[ORR_MOST_GROUPS];  /* the loop's own, then the prefill pool */
    int group_count;
    replica *replicas;
    const orr_engine_core **cores;  /* theirs, side by side, for who looks ahead; NULL: nobody does */
    int replica_count, own_count;   /* all; all but the prefill pool's */
    orr_links links;
    orr_router encoder_router;
    encoder *encoders;              /* [encoders.replica_count] */
    ORR_VEC(encoding) encodings;
    int unused_encoding;            /* -1: none */
    bool has_tiers;
    ORR_VEC(handover) handovers;
    int unused_handover;            /* -1: none */
    ORR_VEC(orr_prefix_run) prefix;
    orr_arrival pending;            /* open load: the next of the source, already read */
    bool has_pending, pending_scheduled, source_dry;
    bool may_coast;                 /* nobody wants to be told of each step */
    fleet *fleet;                   /* NULL: it does not change */
    int64_t in_flight;
    int64_t arrivals_due;           /* on the agenda */
    uint64_t next_id;
    int64_t now_ns, first_arrival_ns;
    orr_panic_context panic;
} loop;

static inline bool orr_loop_has_prefill(const loop *l) { return l->replica_count > l->own_count; }

static inline void orr_loop_push_arrival(loop *l, int64_t time_ns, int number, int of)
{
    l->arrivals_due++;
    orr_agenda_push(&l->agenda, time_ns, ORR_EVENT_ARRIVAL, number, of);
}

/* --- loop.c --- */
/* An engine that has seen nothing, `life` times after the first. */
orr_engine_core *orr_loop_new_core(replica *r, uint64_t life);
void orr_loop_add_counters(orr_engine_counters *sum, orr_engine_counters c);

/* --- loop_ahead.c --- */
void orr_loop_begin_looking(loop *l);
/* Before the first event is taken off the agenda. */
void orr_loop_look_ahead(const loop *l);

/* --- loop_arrivals.c --- */
/* Open load: reads ahead one request and puts its arrival on the agenda, unless the client is at its limit. */
void orr_loop_schedule_pending(loop *l, int64_t earliest_ns);
void orr_loop_arrive(loop *l);
void orr_loop_take_turn(loop *l, int number);
/* The router of the replica's pool is told that the request is no longer there. */
void orr_loop_leave_router(replica *r, const orr_request *request);
/* Gives the request, its prefix being the loop's, to an engine, or to a pair of them; NULL: it can never run there, or is `refused`. */
replica *orr_loop_assign(loop *l, orr_request *request, orr_fate fate, bool *refused);
/* After it was given to one for the first time. */
void orr_loop_arrived_at(loop *l, replica *r, const orr_request *request);
/* The client is told that nothing comes of it, at `time_ns`. */
void orr_loop_turn_away(loop *l, const orr_request *request, int64_t time_ns);
void orr_loop_on_finished(void *context, const orr_finished *finished);
void orr_loop_on_gaps(void *context, const orr_gaps *gaps);

/* The request comes to the engines, its prefix being in `prefix`. `known`: it has been told of, and is in flight already. */
void orr_loop_admit(loop *l, orr_request *request, orr_fate fate, bool known);

/* --- loop_encoders.c --- */
void orr_loop_begin_encoders(loop *l);
void orr_loop_free_encoders(loop *l);
/* It brings images, and is in flight from now on; its prefix is in `prefix`. */
void orr_loop_encode(loop *l, const orr_request *request, orr_fate fate);
/* `lane`: which of the two that the event class is for. */
void orr_loop_encoder_event(loop *l, int number, int lane);

/* --- loop_steps.c --- */
void orr_loop_request_plan(loop *l, replica *r);
/* A plan's time has come: starts a step of the next idle lane that has work, or sets out on several. */
void orr_loop_plan(loop *l, replica *r);
void orr_loop_end_step(loop *l, replica *r, int lane);
/* Before anything comes to a replica from outside: it is where it would be step by step. */
void orr_loop_settle(loop *l, replica *r);
/* The end of a way that was cut short. */
bool orr_loop_is_stale(const loop *l, const orr_event *event);
void orr_loop_tell_state(const loop *l, const replica *r, int64_t now_ns);

/* --- fleet.c, where the fleet changes --- */
fleet *orr_fleet_create(loop *l);
void orr_fleet_destroy(fleet *f);
void orr_fleet_happen(loop *l, const orr_event *event);
/* Nothing is left to serve: what happens to the fleet concerns nobody. */
static inline bool orr_loop_is_over(const loop *l) { return l->in_flight == 0 && l->arrivals_due == 0; }
/* Of a replica as it was before it was lost. */
bool orr_fleet_is_stale(const loop *l, const orr_event *event);
orr_fleet_totals orr_fleet_count(const fleet *f);
/* --- fleet_deliver.c --- */
/* Nobody is there: it waits at the router. */
void orr_fleet_wait(loop *l, const orr_request *request, orr_fate fate);
/* Has it been taken before, past the door? */
bool orr_fleet_has_taken(const loop *l, const orr_request *request);
/* To the replica that the router chose; gives it a ticket. */
void orr_fleet_add(loop *l, replica *r, orr_request *request, orr_fate fate);
void orr_fleet_finished(loop *l, replica *r, const orr_request *request);
/* No more events, and requests wait at the router: nobody will come. */
void orr_fleet_give_up(loop *l);

/* --- loop_handover.c --- */
uint32_t orr_loop_take_ticket(loop *l, handover h);
void orr_loop_on_handed_over(void *context, orr_request_index index, const orr_finished *so_far);
void orr_loop_on_reserved(void *context, orr_request_index index, const orr_request *request, int64_t missing_tokens);
void orr_loop_end_transfer(loop *l, int ticket);

/* --- loop_tiers.c --- */
void orr_loop_end_fetches(loop *l);
/* Transfers may have begun or ended: when does the next one end? */
void orr_loop_set_alarms(loop *l);

#endif
