/* Requests that wait for a seat, in the order of a policy: queue_*.c, one policy a file, listed in queue.c.
 *
 * Invariants: 1. a request is in the queue at most once; 2. `first` names the same one until somebody enters or leaves, or a step begins; 3. a policy sees orr_request and what `view` tells of the cache, nothing else. */
#ifndef ORR_SERVE_QUEUE_H
#define ORR_SERVE_QUEUE_H

#include "base/vec.h"
#include "serve/rank_heap.h"
#include "serve/sched.h"
#include "serve/tenants.h"

typedef struct orr_queue orr_queue;

/* What a policy may ask of the cache. */
typedef struct orr_queue_cache {
    void *context;
    int64_t (*cached_tokens)(void *context, orr_request_index index);   /* that the request would not have to compute */
    uint64_t changes;                       /* the answers are as they were while this is */
    bool ages;                              /* ... unless time alone changes them */
} orr_queue_cache;

typedef struct orr_queue_policy {
    const char *name;
    void (*enter)(orr_queue *queue, orr_request_index index, const orr_request *request, bool again);    /* again: it was preempted */
    void (*begin)(orr_queue *queue, const orr_queue_cache *cache);                      /* a step begins to admit; NULL: nothing to prepare */
    orr_request_index (*first)(const orr_queue *queue);                                 /* of a queue that is not empty */
    void (*leave)(orr_queue *queue, orr_request_index index, const orr_request *request);
    bool holds;                             /* the first stays the first until somebody enters or leaves, whatever else happens */
} orr_queue_policy;

/* A place in a line. */
typedef struct orr_queue_place { orr_request_index previous, next; } orr_queue_place;
typedef struct orr_queue_line { orr_request_index first, last; } orr_queue_line;
typedef struct orr_tenant_line { orr_queue_line line; size_t place; /* in waiting_tenants */ } orr_tenant_line;

struct orr_queue {
    const orr_queue_policy *policy;
    int64_t count, prompt_tokens;           /* who stands in it, and their prompts */
    bool again_last;                        /* who was preempted waits behind all, not in front */
    ORR_VEC(orr_queue_place) places;        /* by request */
    orr_queue_line line;
    orr_rank_heap heap;
    /* prefix */
    int64_t prefix_order_most;
    bool is_ranked;
    uint64_t cache_changes;
    /* fair */
    orr_tenants *tenants;
    ORR_VEC(orr_tenant_line) tenant_lines;
    ORR_VEC(int32_t) waiting_tenants;
    int32_t last_tenant;                    /* that left the queue; -1: none yet */
};

extern const orr_queue_policy orr_queue_fcfs, orr_queue_prefix, orr_queue_priority, orr_queue_deadline, orr_queue_fair;

/* `tenants` outlives the queue. */
void orr_queue_init(orr_queue *queue, const orr_scheduling *scheduling, orr_tenants *tenants);
void orr_queue_free(orr_queue *queue);
void orr_queue_enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again);
void orr_queue_leave(orr_queue *queue, orr_request_index index, const orr_request *request);
static inline orr_request_index orr_queue_first(const orr_queue *queue) { return queue->policy->first(queue); }

/* For policies: those of a heap; */
orr_request_index orr_queue_heap_first(const orr_queue *queue);
void orr_queue_heap_leave(orr_queue *queue, orr_request_index index, const orr_request *request);
/* a tenant's line; */
orr_tenant_line *orr_queue_tenant_line(orr_queue *queue, int32_t tenant);
/* into a line at its end or its front, and out of it. O(1). */
void orr_queue_line_add(orr_queue *queue, orr_queue_line *line, orr_request_index index, bool in_front);
void orr_queue_line_remove(orr_queue *queue, orr_queue_line *line, orr_request_index index);

#endif
