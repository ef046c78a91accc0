/* A fleet that changes while it serves: replicas fail and come back, are drained, run slow, are added and taken away.
 *
 * A replica is UP (takes requests), DRAINING (finishes what it has, takes nothing, then leaves), DOWN (failed, and on its way back), OFF (not provisioned) or STARTING (provisioned, and not serving yet). What happens to it is
 * scripted (orr_fleet_event), drawn (times between failures) or decided (fleet_scale.c). At an instant steps that end come first, then the fleet changes, then requests arrive.
 *
 *   failure    the cache and the steps in flight are gone. Its requests are noticed to be lost `detection_ns` later: until then the router goes on sending there. Then each is sent to another replica, in order of their
 *              numbers, and so are those sent there meanwhile; one that has been sent `retry_limit` times again is lost. With ORR_REDELIVER_MIGRATE the prompt goes with the tokens that the client has, and the stream goes on
 *              (NVIDIA Dynamo's request migration); with ORR_REDELIVER_RESTART the client asks again and gets another answer, of which alone its times count, but its wait began when it first asked.
 *   repair     mttr_ns after the failure, or a time drawn with that mean, the replica is up with an empty cache.
 *   drawn      times up are exponential, mean mtbf_ns, from a stream of the replica's own number: rivals meet the same failures. A replica that is drained while it fails leaves at once.
 *   scripted   fail: until it is told to recover, or for `duration_ns`; drain: until then it leaves as soon as it is empty; recover: is up at that instant, and as fast as it was at the start; slow: at `speed`, steps that begin
 *              from then on.
 *   scaled     every interval_ns: of n replicas that serve or will, with r requests in flight among all (those that wait at the router too), r / (target n) within 1 +- tolerance leaves n; else r / target, rounded up, are
 *              wanted, at least `least`. More are started at once, and serve provisioning_ns later; fewer only when no more have been wanted for delay_ns: those that have not begun to serve go, then those with the fewest
 *              requests are drained. It begins with `initial`.
 * Requests that find nobody up wait at the router, and go in the order in which they came as soon as somebody is. */
#ifndef ORR_DRIVE_FLEET_H
#define ORR_DRIVE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { ORR_REPLICA_UP, ORR_REPLICA_DRAINING, ORR_REPLICA_DOWN, ORR_REPLICA_OFF, ORR_REPLICA_STARTING, ORR_REPLICA_STATE_COUNT_ } orr_replica_phase;
typedef enum { ORR_FLEET_FAIL, ORR_FLEET_DRAIN, ORR_FLEET_RECOVER, ORR_FLEET_SLOW } orr_fleet_kind;
typedef enum { ORR_REDELIVER_MIGRATE, ORR_REDELIVER_RESTART } orr_redelivery;

typedef struct orr_fleet_event { int64_t time_ns, duration_ns /* 0: until another event */; int replica; orr_fleet_kind kind; double speed /* slow: of its own, > 0 */; } orr_fleet_event;

/* interval_ns 0: nobody asks. Replicas beyond `initial` are OFF at the start; the most there may be are the loop's. */
typedef struct orr_fleet_scale { int64_t interval_ns, provisioning_ns, delay_ns, least, initial; double target, tolerance; } orr_fleet_scale;

/* Zeroed: a fleet that stays as it is. */
typedef struct orr_fleet_config {
    const orr_fleet_event *events;  /* at one instant in this order */
    int event_count;
    double mtbf_ns, mttr_ns;        /* of a replica; mtbf_ns 0: it fails by script alone */
    bool exponential_repair;
    int64_t detection_ns;
    orr_redelivery redelivery;
    int64_t retry_limit;
    const double *speeds;           /* of replicas, > 0; NULL: 1 */
    orr_fleet_scale scale;          /* of one group */
    uint64_t seed;                  /* of the failures */
} orr_fleet_config;

static inline bool orr_fleet_changes(const orr_fleet_config *config) { return config->event_count > 0 || config->mtbf_ns > 0 || config->speeds != NULL || config->scale.interval_ns > 0; }

/* What a replica is from now on. */
typedef struct orr_fleet_change { int64_t time_ns; int replica; orr_replica_phase phase; double speed; } orr_fleet_change;

/* lost_tokens: of context, computed and gone. */
typedef struct orr_fleet_totals { int64_t failures, redelivered, lost_requests, lost_tokens, started, stopped /* by scaling */; } orr_fleet_totals;

#endif
