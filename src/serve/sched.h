/* What differs between schedulers, behind three small interfaces; one policy, one file. What all share (seats, blocks, the token budget, chunks) is the engine's.
 *
 *     admission   may this request enter now?       admit_*.c     a pure function of a view
 *     order       whose turn is it among those that wait?   queue_*.c (queue.h)
 *     victim      who gives its blocks up when a decode finds none?   victim_*.c    a rank, fixed while a request decodes
 *
 * The batch's composition (decodes first with prompts beside them, or prompts apart) is the engine's separate_prefill.
 * None of them can see a request's true output length: their arguments hold orr_request, never orr_fate. What they may know of it is its limit, `most_output_tokens`: what the client set (max_tokens), or, where it set none,
 * what the context that the engine serves leaves after the prompt. */
#ifndef ORR_SERVE_SCHED_H
#define ORR_SERVE_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include "serve/rank_heap.h"
#include "serve/request.h"

typedef enum { ORR_ADMIT_INPUT, ORR_ADMIT_RATIO, ORR_ADMIT_MAX_OUTPUT, ORR_ADMIT_STATIC, ORR_ADMISSION_COUNT_ } orr_admission_kind;
typedef enum { ORR_ORDER_FCFS, ORR_ORDER_PREFIX, ORR_ORDER_PRIORITY, ORR_ORDER_DEADLINE, ORR_ORDER_FAIR, ORR_ORDER_COUNT_ } orr_order_kind;
typedef enum { ORR_VICTIM_TAIL, ORR_VICTIM_LEAST_OUTPUT, ORR_VICTIM_PRIORITY, ORR_VICTIM_COUNT_ } orr_victim_kind;

/* A scheduler: its parts and their parameters. Zeroed: vLLM V1's. */
typedef struct orr_scheduling {
    orr_admission_kind admission;
    orr_order_kind order;
    orr_victim_kind victim;
    /* new_token_ratio */
    double init_new_token_ratio, min_new_token_ratio;
    int64_t new_token_ratio_decay_steps, clip_max_new_tokens;
    /* new_token_ratio, least_output */
    int64_t retract_decode_steps;
    /* prefix */
    int64_t prefix_order_most;
    /* fair */
    int64_t fair_input_weight, fair_output_weight;
} orr_scheduling;

/* --- admission --- */

/* The head of the queue; its whole input (and what it had generated before a preemption) fits. Asked only while somebody has a seat: an engine with nobody on a seat takes whoever fits. */
typedef struct orr_admission_view {
    const orr_request *request;
    int64_t most_more_tokens;                   /* it may still generate */
    int64_t free_blocks;                        /* left once its input is reserved */
    int64_t growth_blocks;                      /* that it may take beyond these */
    int64_t promised_blocks;                    /* that those with a seat may take beyond theirs */
    bool lane_has_decoded;                      /* since its last request left */
    /* for a rule that foresees */
    int64_t free_tokens;                        /* the free blocks' */
    int64_t prompts_debt_tokens, decoding_debt_tokens;     /* that those with a seat may still generate, clipped: prompts not complete, and decoding */
    double new_token_ratio;
} orr_admission_view;

typedef struct orr_admission_policy {
    const char *name;
    bool (*admits)(const orr_admission_view *view, const orr_scheduling *scheduling);       /* NULL: always */
    bool foresees;                              /* it asks what others may still generate */
} orr_admission_policy;

/* --- victims --- */

typedef struct orr_victim_view {
    const orr_request *request;
    int64_t generated_tokens, clock;            /* both when it joined its lane's decoding requests; each has gained the same since */
    uint64_t order;                             /* of admission */
} orr_victim_view;

typedef struct orr_victim_policy {
    const char *name;
    orr_rank (*rank)(const orr_victim_view *view);      /* the smallest goes first; NULL: the last admitted of the lane */
    bool decoding_only;                         /* a prompt under way is never taken */
    bool makes_room;                            /* one victim brings others, until there is room for retract_decode_steps */
    bool waits_last;                            /* a victim waits behind all, not in front */
} orr_victim_policy;

extern const orr_admission_policy orr_admit_input, orr_admit_ratio, orr_admit_max_output, orr_admit_static;
extern const orr_victim_policy orr_victim_tail, orr_victim_least_output, orr_victim_priority;
const orr_admission_policy *orr_admission_policy_of(orr_admission_kind kind);
const orr_victim_policy *orr_victim_policy_of(orr_victim_kind kind);

#endif
