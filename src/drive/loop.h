/* The event loop on the virtual clock: a source of requests, a router, replicas of the serving core, an executor.
 *
 * A request arrives at the server at arrival_ns and reaches its scheduler entry_ns later; its tokens are with the client exit_ns after the step that made them. A replica of p lanes
 * (a pipeline of p stages) may have p steps in flight, started at least an occupancy apart, ending in order.
 * Loads: open (times of the source), limited (open, but at most `in_flight_limit` at a time: the client holds back), closed (`closed`: a finished request
 * brings the next, `in_flight_limit` at the start); with sessions a finished request brings the next of its session (orr_feed).
 * With a prefill pool (disaggregation) a prompt that stays (local_prefill.h) goes to the decode engine that its router chose, as if there were no other pool. For others the pair of engines is chosen at arrival, each by its
 * pool's router; the request goes to the prefill engine, its keys and values over the link (transfer.h), and its first token is with the client when the decode engine has taken it in (which streams it, as SGLang and Dynamo
 * do). One that wants a single token ends on the prefill engine.
 * Replicas of one kind (hardware, engine) are a group; the loop's own engines may be of several groups behind one router. Replicas are numbered group by group, those of the prefill pool last.
 * The loop ends when the source is dry and every request is finished. Nothing is allocated per event. */
#ifndef ORR_DRIVE_LOOP_H
#define ORR_DRIVE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "drive/executor.h"
#include "drive/fleet.h"
#include "drive/tiers.h"
#include "drive/transfer.h"
#include "serve/door.h"
#include "serve/engine.h"
#include "serve/local_prefill.h"
#include "serve/router.h"
#include "traffic/source.h"

enum { ORR_MOST_OWN_GROUPS = 16, ORR_MOST_GROUPS = ORR_MOST_OWN_GROUPS + 1 /* the prefill pool */ };

/* A further group of the loop's own engines. What the first one has stands in the loop's configuration itself. */
typedef struct orr_loop_group {
    orr_engine_config engine;
    int replica_count;
    const orr_executor *executor;   /* asked, as everybody's, with the replica's number among those of its router */
    orr_tiers_config tiers;
    orr_door_config door;
    int64_t weight;                 /* as the first group's */
} orr_loop_group;

/* Engines that compute prompts for those of the loop's own configuration. */
typedef struct orr_prefill_pool {
    orr_engine_config engine;       /* hands_over is set by the loop */
    const orr_router_policy *router;
    int replica_count;              /* 0: none, every engine does both */
    const orr_executor *executor;
    orr_link link;
    orr_tiers_config tiers;         /* of these engines */
    orr_door_config door;
    orr_local_prefill local;        /* prompts that the loop's own engines compute themselves */
} orr_prefill_pool;

/* Engines that encode images before anything else is done with a request (EPD: encode, prefill and decode apart; Singh et al. 2025, arXiv 2501.05460; ModServe, arXiv 2502.00937; vLLM's encoder disaggregation).
 * A request that brings images goes to the encoder that the router chose, and waits there, first come first served. An idle encoder takes whole requests while their images are at most `most_images` (one at the least), and
 * encodes them together. Their embeddings then go out over the encoder's link one after the other; when a request's are there, it comes to the engines as any other that arrives then. */
typedef struct orr_encoder_pool {
    int replica_count;              /* 0: none, images are encoded where prompts are computed */
    const orr_router_policy *router;
    int64_t most_images;
    void *context;
    int64_t (*encode_ns)(void *context, int64_t images);        /* at least 1 */
    int64_t (*ship_ns)(void *context, int64_t images);          /* that the link is taken for */
    int64_t ship_latency_ns;        /* beside */
} orr_encoder_pool;

typedef struct orr_loop_config {
    orr_engine_config engine;
    const orr_router_policy *router;
    int replica_count;
    orr_router_settings routing;    /* of both pools' routers; seed and block_tokens are set by the loop */
    orr_door_config door;           /* of requests that come to these engines first */
    orr_prefill_pool prefill;
    orr_encoder_pool encoders;
    orr_tiers_config tiers;         /* below the HBM of the loop's own engines */
    int64_t weight;                 /* what routers take a replica of this group to be worth, against those of others; 0: 1 */
    const orr_loop_group *further;  /* groups beside this one */
    int further_count;
    orr_fleet_config fleet;         /* how it changes; without a prefill pool and tiers only */
    int64_t entry_ns, exit_ns;
    bool closed;
    int64_t in_flight_limit;        /* 0: none */
    int64_t ttft_limit_ns;          /* of requests whose class has none of its own; 0: none */
    uint64_t seed;                  /* of what is drawn here (routers), and for the report of our own faults */
} orr_loop_config;

/* Where requests come from: a traffic source, or a test's script. `next` hands out in order of arrival what arrives by itself; false: no more.
 * Sessions (closed within: what a user says next follows the answer): `left` is told of each request with a session once its client has all of it, or has been refused, and says what follows; `turn` hands that out; false: the
 * session ends instead. Both NULL: there are none. A closed loop keeps `in_flight_limit` sessions going. */
typedef struct orr_feed {
    void *context;
    bool (*next)(void *context, orr_arrival *arrival);
    orr_turns (*left)(void *context, const orr_request *request, int64_t time_ns, bool served);
    bool (*turn)(void *context, uint32_t number, int64_t time_ns, orr_arrival *arrival);
} orr_feed;

/* A finished or rejected request, with client-side times. */
typedef struct orr_loop_finish { orr_finished finished; int replica; int64_t first_token_ns, finish_ns; } orr_loop_finish;

/* A step that was begun. */
typedef struct orr_loop_step {
    int64_t start_ns, end_ns;
    int replica, lane;
    orr_outcome outcome;
    const orr_plan *plan;           /* valid during the call */
    const orr_step_cost *cost;      /* NULL: unknown (the loop itself never knows; run.c fills it in) */
} orr_loop_step;

/* A request whose images an encoder of the pool has encoded. */
typedef struct orr_encoded { uint64_t request; int replica /* of the pool */; int64_t images, batch_images, entered_ns, start_ns, end_ns /* of its batch */, there_ns; } orr_encoded;

/* What a replica is doing. */
typedef struct orr_replica_state { int64_t time_ns, waiting, running, used_blocks, steps_in_flight; } orr_replica_state;

typedef struct orr_group_totals { orr_engine_counters counters; orr_tier_totals tiers[ORR_MOST_TIERS]; } orr_group_totals;
/* counters: of the loop's own engines; prefill: of the prefill pool, apart. groups: in order, the prefill pool behind the own ones. */
typedef struct orr_loop_totals { orr_engine_counters counters, prefill; orr_group_totals groups[ORR_MOST_GROUPS]; int group_count; orr_fleet_totals fleet; uint64_t events; int64_t end_ns, first_arrival_ns; bool stopped; } orr_loop_totals;

/* What can be asked of a loop while it runs. */
typedef struct orr_loop_view { const void *loop; orr_loop_totals (*so_far)(const void *loop); } orr_loop_view;

/* What happens, told to whom it concerns (collect.h, tests). Any may be NULL but finished. */
typedef struct orr_loop_observer {
    void *context;
    void (*begun)(void *context, const orr_loop_view *view);       /* before anything else; the view holds as long as the loop runs */
    void (*finished)(void *context, const orr_loop_finish *finish);
    void (*rejected)(void *context, const orr_request *request);        /* it could never run; of one that was encoded `arrived` has told before */
    void (*refused)(void *context, const orr_request *request);         /* at the door */
    void (*gaps)(void *context, const orr_gaps *gaps);
    void (*planned)(void *context, int replica, const orr_plan *plan);
    void (*stepped)(void *context, const orr_loop_step *step);      /* after `planned`, of the same step */
    /* Steps that only decoded, done at once: from start_ns to end_ns without a pause. NULL: planned and state, where given, are told of each step, as all are where `stepped` is given. */
    void (*coasted)(void *context, int replica, int64_t start_ns, int64_t end_ns, const orr_coasted *coasted);
    void (*transferred)(void *context, const orr_transferred *transfer);
    void (*encoded)(void *context, const orr_encoded *encoded);     /* its embeddings are there */
    /* After a step was planned or ended: what holds from now on. */
    void (*state)(void *context, int replica, const orr_replica_state *now);
    void (*arrived)(void *context, const orr_request *request);
    void (*soon)(void *context, int replica);       /* a hint: it will be told of this one's state; what that looks at may be fetched */
    /* of a fleet that changes: at the beginning of each replica that is not up or not as fast as others; then whenever one changes */
    void (*changed)(void *context, const orr_fleet_change *change);
    void (*waited)(void *context, const orr_request *request);       /* it found nobody up, and waits at the router; told before `arrived` */
    void (*redelivered)(void *context, const orr_request *request, int64_t time_ns, int from);     /* sent again: `from` is gone */
    void (*lost)(void *context, const orr_request *request);         /* it had been sent too often, or nobody was left */
    bool (*stop)(void *context);    /* asked now and then: true ends the loop early */
} orr_loop_observer;


orr_loop_totals orr_loop_run(const orr_loop_config *config, orr_feed feed, const orr_executor *executor, const orr_loop_observer *observer);

#endif
