/* The table of schedulers, and the parameters of their parts. A scheduler is a line of `schedulers`; a rule's source stands at the head of its file in src/serve. */
#include "spec/scheduling.h"

#include "spec/field.h"

const char *const orr_scheduler_names[] = {[ORR_SCHEDULER_VLLM] = "vllm", [ORR_SCHEDULER_SARATHI] = "sarathi", [ORR_SCHEDULER_SGLANG] = "sglang", [ORR_SCHEDULER_TRTLLM] = "trtllm",
    [ORR_SCHEDULER_TRTLLM_MAX_UTILIZATION] = "trtllm_max_utilization", [ORR_SCHEDULER_ORCA] = "orca", [ORR_SCHEDULER_STATIC] = "static"};
static const char *const admission_names[] = {[ORR_ADMISSION_AUTO] = "auto", [ORR_ADMISSION_INPUT] = "input", [ORR_ADMISSION_NEW_TOKEN_RATIO] = "new_token_ratio", [ORR_ADMISSION_MAX_OUTPUT] = "max_output", [ORR_ADMISSION_STATIC] = "static"};
static const char *const order_names[] = {[ORR_QUEUE_AUTO] = "auto", [ORR_QUEUE_FCFS] = "fcfs", [ORR_QUEUE_PREFIX] = "prefix", [ORR_QUEUE_PRIORITY] = "priority", [ORR_QUEUE_DEADLINE] = "deadline", [ORR_QUEUE_FAIR] = "fair"};
static const char *const victim_names[] = {[ORR_PREEMPT_AUTO] = "auto", [ORR_PREEMPT_TAIL] = "tail", [ORR_PREEMPT_LEAST_OUTPUT] = "least_output", [ORR_PREEMPT_PRIORITY] = "priority"};

static const orr_scheduling_parts schedulers[] = {
    [ORR_SCHEDULER_VLLM] = {ORR_ADMISSION_INPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
    [ORR_SCHEDULER_SARATHI] = {ORR_ADMISSION_INPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
    [ORR_SCHEDULER_SGLANG] = {ORR_ADMISSION_NEW_TOKEN_RATIO, ORR_QUEUE_FCFS, ORR_PREEMPT_LEAST_OUTPUT},
    [ORR_SCHEDULER_TRTLLM] = {ORR_ADMISSION_MAX_OUTPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
    [ORR_SCHEDULER_TRTLLM_MAX_UTILIZATION] = {ORR_ADMISSION_INPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
    [ORR_SCHEDULER_ORCA] = {ORR_ADMISSION_MAX_OUTPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
    [ORR_SCHEDULER_STATIC] = {ORR_ADMISSION_STATIC, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL},
};

orr_scheduling_parts orr_scheduling_resolve(orr_scheduler scheduler, const orr_scheduling_settings *settings)
{
    orr_scheduling_parts parts = schedulers[scheduler];
    if (settings->parts.admission != ORR_ADMISSION_AUTO) parts.admission = settings->parts.admission;
    if (settings->parts.order != ORR_QUEUE_AUTO) parts.order = settings->parts.order;
    if (settings->parts.victim != ORR_PREEMPT_AUTO) parts.victim = settings->parts.victim;
    else if (parts.order == ORR_QUEUE_PRIORITY && parts.victim == ORR_PREEMPT_TAIL) parts.victim = ORR_PREEMPT_PRIORITY;
    return parts;
}

const char *orr_scheduler_name(orr_scheduler scheduler) { return orr_scheduler_names[scheduler]; }
const char *orr_queue_order_name(orr_queue_order order) { return order_names[order]; }
const char *orr_admission_rule_name(orr_admission_rule rule) { return admission_names[rule]; }
const char *orr_victim_rule_name(orr_victim_rule rule) { return victim_names[rule]; }

#define RULE(key, member, names_, text) \
    {.name = key, .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_scheduling_settings, member), .default_text = "auto", ORR_NAMED(names_), .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define ORR_NAMED(array) .names = (array), .name_count = sizeof(array) / sizeof *(array)
#define SHARE(key, member, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_scheduling_settings, member), .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define WHOLE(key, least, most, fallback, text) \
    {.name = #key, .kind = ORR_FIELD_INT, .offset = offsetof(orr_scheduling_settings, key), .min = least, .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}

static const orr_field scheduling_fields[] = {
    RULE("admission", parts.admission, admission_names, "who may enter, once its input fits: input: anybody; new_token_ratio: beside what others are expected to generate; max_output: beside what all may generate at most, so that nobody is preempted; static: nobody until a batch is done; auto: the scheduler's"),
    RULE("order", parts.order, order_names, "of the waiting: fcfs; prefix: the longest in the cache first; priority: the lowest number first; deadline: the earliest limit on TTFT first; fair: of the tenant that was served least; auto: the scheduler's"),
    RULE("victim", parts.victim, victim_names, "who gives its blocks up when a decode finds none: tail: the last admitted; least_output: who has generated least (SGLang); priority: the highest number; auto: the scheduler's, by priority where that is the order"),
    SHARE("schedule_conservativeness", schedule_conservativeness, 100, "1", "new_token_ratio: multiplies the ratio at the start (SGLang's name)"),
    SHARE("init_new_token_ratio", init_new_token_ratio, 1, "0.7", "new_token_ratio: share of its limit that a request is expected to generate, at the start"),
    SHARE("min_new_token_ratio_factor", min_new_token_ratio_factor, 1, "0.14", "new_token_ratio: what the ratio falls to, over what it starts at"),
    WHOLE(new_token_ratio_decay_steps, 1, 1000000, "600", "new_token_ratio: decode steps that this takes"),
    WHOLE(clip_max_new_tokens, 1, 1000000000, "4096", "new_token_ratio: of a request's limit no more is counted"),
    WHOLE(retract_decode_steps, 0, 1000000, "20", "least_output: steps that there is room for after somebody went; new_token_ratio: tokens by which the ratio is set higher then"),
    WHOLE(prefix_order_most, 1, 100000, "128", "prefix: while more wait, first come, first served"),
    WHOLE(fair_input_weight, 0, 1000000, "1", "fair: service of an input token"),
    WHOLE(fair_output_weight, 0, 1000000, "2", "fair: service of a generated token"),
};
const orr_table orr_scheduling_table = {"scheduling", "the parts of a scheduler, where they differ from its own, and their parameters", ORR_FIELDS(scheduling_fields)};
