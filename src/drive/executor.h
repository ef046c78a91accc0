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
} orr_executor;

#endif
