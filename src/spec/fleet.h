/* What a study says of a fleet that changes while it serves: faults, slow replicas, autoscaling. */
#ifndef ORR_SPEC_FLEET_H
#define ORR_SPEC_FLEET_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { ORR_FAULT_FAIL, ORR_FAULT_DRAIN, ORR_FAULT_RECOVER, ORR_FAULT_SLOW } orr_fault_kind;
/* duration_ns 0: until another event (fail: until it is repaired). speed: of a replica, 1 as it should be. */
typedef struct orr_fault_event { const char *name; double at_ns, duration_ns, speed; int64_t replica; orr_fault_kind kind; } orr_fault_event;
typedef struct orr_fault_events { orr_fault_event *items; int64_t count; } orr_fault_events;      /* as orr_named_items */

typedef enum { ORR_REPAIR_FIXED, ORR_REPAIR_EXPONENTIAL } orr_repair_kind;
typedef enum { ORR_RESEND_MIGRATE, ORR_RESEND_RESTART } orr_resend_kind;

typedef struct orr_faults {
    double mtbf_ns, gpu_mtbf_ns;    /* of a replica, of one of its GPUs; 0: not given */
    double mttr_ns, detection_ns;
    orr_repair_kind repair;
    orr_resend_kind redelivery;
    int64_t retry_limit;
    orr_fault_events events;
} orr_faults;

/* target 0: none. initial 0: min. */
typedef struct orr_autoscale { double target, tolerance, interval_ns, provisioning_ns, scale_down_delay_ns; int64_t min, initial; } orr_autoscale;

/* share 0: none. */
typedef struct orr_slow_replicas { double share, speed; } orr_slow_replicas;

static inline bool orr_faults_any(const orr_faults *faults) { return faults->mtbf_ns > 0 || faults->gpu_mtbf_ns > 0 || faults->events.count > 0; }

#endif
