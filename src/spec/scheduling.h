/* How an engine schedules: a scheduler by name, its parts where they differ from that scheduler's own, and their parameters. src/serve/sched.h has the rules. */
#ifndef ORR_SPEC_SCHEDULING_H
#define ORR_SPEC_SCHEDULING_H

#include <stdint.h>

typedef enum { ORR_SCHEDULER_VLLM, ORR_SCHEDULER_SARATHI, ORR_SCHEDULER_SGLANG, ORR_SCHEDULER_TRTLLM, ORR_SCHEDULER_TRTLLM_MAX_UTILIZATION, ORR_SCHEDULER_ORCA, ORR_SCHEDULER_STATIC, ORR_SCHEDULER_COUNT_ } orr_scheduler;
typedef enum { ORR_ADMISSION_AUTO, ORR_ADMISSION_INPUT, ORR_ADMISSION_NEW_TOKEN_RATIO, ORR_ADMISSION_MAX_OUTPUT, ORR_ADMISSION_STATIC } orr_admission_rule;
typedef enum { ORR_QUEUE_AUTO, ORR_QUEUE_FCFS, ORR_QUEUE_PREFIX, ORR_QUEUE_PRIORITY, ORR_QUEUE_DEADLINE, ORR_QUEUE_FAIR } orr_queue_order;
typedef enum { ORR_PREEMPT_AUTO, ORR_PREEMPT_TAIL, ORR_PREEMPT_LEAST_OUTPUT, ORR_PREEMPT_PRIORITY } orr_victim_rule;

typedef struct orr_scheduling_parts { orr_admission_rule admission; orr_queue_order order; orr_victim_rule victim; } orr_scheduling_parts;

typedef struct orr_scheduling_settings {
    orr_scheduling_parts parts;             /* auto: the scheduler's own */
    double schedule_conservativeness, init_new_token_ratio, min_new_token_ratio_factor;
    int64_t new_token_ratio_decay_steps, clip_max_new_tokens, retract_decode_steps;
    int64_t prefix_order_most;
    int64_t fair_input_weight, fair_output_weight;
} orr_scheduling_settings;

/* What it is made of; nothing is auto. */
orr_scheduling_parts orr_scheduling_resolve(orr_scheduler scheduler, const orr_scheduling_settings *settings);
const char *orr_scheduler_name(orr_scheduler scheduler);                                        /* "vllm" */
const char *orr_queue_order_name(orr_queue_order order);                                        /* "fcfs" */
const char *orr_admission_rule_name(orr_admission_rule rule);                                   /* "input" */
const char *orr_victim_rule_name(orr_victim_rule rule);                                         /* "tail" */

extern const char *const orr_scheduler_names[];

#endif
