/* What the two parts of a changing fleet share: fleet.c (what becomes of replicas), fleet_deliver.c (what becomes of their requests). */
#ifndef ORR_DRIVE_FLEET_INTERNAL_H
#define ORR_DRIVE_FLEET_INTERNAL_H

#include "base/rng.h"
#include "drive/loop_internal.h"

/* Events of a fleet, in an event's lane. Of a replica there is one of each kind at most; SCRIPTED ones have the number of the event for a replica's. */
typedef enum { ORR_FLEET_FAILS, ORR_FLEET_RETURNS, ORR_FLEET_NOTICED, ORR_FLEET_HASTENS, ORR_FLEET_DUE_COUNT_, ORR_FLEET_SCRIPTED, ORR_FLEET_ASSESSED /* of the whole fleet */ } orr_fleet_due;

typedef struct fleet_replica {
    orr_replica_phase phase;
    bool noticed;                   /* that it failed; true where it has not */
    bool is_used;                   /* its engine has seen something: the next time it comes up it is another one */
    double speed, first_speed;
    int64_t here;                   /* requests that were sent to it and are not over */
    int64_t due_ns[ORR_FLEET_DUE_COUNT_];   /* INT64_MAX: not to be expected */
    uint64_t born, life;            /* born: number of the first event that may be of the engine it has now */
    orr_rng rng;
} fleet_replica;

/* A request in flight, by its ticket: what is needed to send it once more. */
typedef struct delivery {
    orr_request request;
    orr_fate fate;
    orr_request_progress so_far;            /* as of the engine before */
    ORR_VEC(orr_prefix_run) prefix;
    int replica;                    /* ORR_NO_REPLICA: it waits at the router */
    orr_request_index index;        /* in the engine there; ORR_NO_REQUEST: it never got there */
    int64_t retries;
    bool taken, used;               /* taken: past the door */
    int next_unused;
} delivery;
enum { ORR_NO_REPLICA = -1 };

typedef struct lost_request { uint64_t id; uint32_t ticket; } lost_request;

typedef struct scale_wish { int64_t time_ns, replicas; } scale_wish;

struct fleet {
    const orr_fleet_config *config;
    fleet_replica *replicas;
    const loop *loop;
    orr_executor executor;          /* of replicas at their speeds, before their group's */
    ORR_VEC(delivery) deliveries;
    int unused;                     /* -1: none */
    ORR_VEC(uint32_t) waiting;      /* tickets, as they came to the router */
    ORR_VEC(scale_wish) wishes;     /* of late */
    ORR_VEC(lost_request) lost;     /* of the failure at hand */
    orr_fleet_totals totals;
};

/* fleet.c: the last request of a replica that drains is over. */
void orr_fleet_leave(loop *l, int number);
/* A replica that is OFF serves so long from now; one that has not begun to serve is OFF, one that is up drains. */
void orr_fleet_start(loop *l, int number, int64_t after_ns);
void orr_fleet_stop(loop *l, int number);
/* fleet_scale.c: how many should there be? */
void orr_fleet_assess(loop *l);
/* fleet_deliver.c */
/* The engine of a replica is gone: how far its requests had come. */
void orr_fleet_save(loop *l, int number);
/* Requests that were sent to a replica go elsewhere. */
void orr_fleet_redeliver(loop *l, int number);
/* Somebody is there again. */
void orr_fleet_send_waiting(loop *l);

#endif
