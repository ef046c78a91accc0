/* A queue as theory has it: Poisson arrivals of one token each, a constant step, and the mean time before admission. */
#ifndef ORR_TESTS_QUEUE_WORLD_H
#define ORR_TESTS_QUEUE_WORLD_H

#include "base/rng.h"
#include "drive/loop.h"

typedef struct poisson { orr_rng rng; int64_t left, time_ns; double mean_gap_ns; } poisson;
static inline bool next_poisson(void *context, orr_arrival *arrival)
{
    poisson *p = context;
    if (p->left-- == 0) return false;
    p->time_ns += (int64_t)(p->mean_gap_ns * orr_rng_exponential(&p->rng));
    *arrival = (orr_arrival){.arrival_ns = p->time_ns, .input_tokens = 1, .output_tokens = 1};
    return true;
}

static inline orr_outcome execute_constant(void *context, int replica, const orr_plan *plan)
{
    (void)replica; (void)plan;
    return (orr_outcome){*(const int64_t *)context, *(const int64_t *)context};
}

static inline void foresee_constant(void *context, int replica, const orr_plan_run *run, int64_t *latencies_ns)
{
    for (int64_t i = 0; i < run->steps; i++) latencies_ns[i] = execute_constant(context, replica, &run->first).latency_ns;
}

typedef struct waits { double sum_ns; int64_t count; } waits;
static inline void on_wait(void *context, const orr_loop_finish *finish)
{
    ((waits *)context)->sum_ns += (double)(finish->finished.admitted_ns - finish->finished.request.arrival_ns);
    ((waits *)context)->count++;
}

#endif
