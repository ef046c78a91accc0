/* The executor: who turns a plan into elapsed time. The performance model (exec_model.h), a recording, a real device: one interface. */
#ifndef ORR_DRIVE_EXECUTOR_H
#define ORR_DRIVE_EXECUTOR_H

#include <stdint.h>
#include "perf/step.h"
#include "serve/plan.h"

/* latency: plan -> tokens out. occupancy <= latency: how long before the replica may start another lane's step (with one lane: the latency). */
typedef struct orr_outcome { int64_t latency_ns, occupancy_ns; } orr_outcome;

/* What a step costs beside time. */
typedef struct orr_step_cost { orr_cost cost; double host_ns; } orr_step_cost;

typedef struct orr_executor {
    void *context;
    orr_outcome (*execute)(void *context, int replica, const orr_plan *plan);
    /* Of plans that only decode, on replicas of one lane: the latencies that execute would give, into latencies_ns[0..run->steps), with nothing done; and that these steps were done. NULL: it can't tell ahead, and every step
     * is executed. did may be NULL where nothing is kept. */
    void (*foresee)(void *context, int replica, const orr_plan_run *run, int64_t *latencies_ns);
    void (*did)(void *context, int replica, const orr_plan_run *run);
} orr_executor;

#endif
