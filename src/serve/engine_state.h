/* What the files of the engine share: slots, lanes, queues. Private to src/serve/engine*.c.
 *
 * A slot's blocks: `private_blocks` counts what it held when it was admitted (less what became shared since); blocks taken one by one while decoding are
 * derived from its membership, never counted a step at a time. */
#ifndef ORR_SERVE_ENGINE_STATE_H
#define ORR_SERVE_ENGINE_STATE_H

#include "serve/batch.h"
#include "serve/burst.h"
#include "serve/engine.h"
#include "serve/kv_cache.h"
#include "serve/output_debt.h"
#include "serve/queue.h"

/* One shareable segment of a prompt: those of its blocks that end inside it, under the chained key. */
typedef struct orr_prefix_link { uint64_t key; int64_t blocks, end_blocks; orr_kv_run_index run; int64_t hit_blocks; } orr_prefix_link;   /* run: pinned, or ORR_NO_RUN */

typedef struct orr_slot {
    orr_request request;
    orr_fate fate;
    orr_membership membership;              /* while it decodes */
    int64_t generated_tokens;               /* at the last time it was not decoding */
    int64_t target_tokens, computed_tokens; /* while it prefills: input + generated */
    int64_t images;                         /* to be encoded with the first part of its prompt */
    int64_t lost_tokens;                    /* computed before a preemption, until the next admission tells how many the cache still held */
    int64_t private_blocks;
    int64_t most_output_tokens;             /* its limit, as schedulers know it (sched.h) */
    int64_t held_tokens, most_blocks;       /* while it has a seat: slots it has blocks for (not counted while it decodes), blocks it can come to hold */
    int64_t debt_tokens;                    /* its part of prompts_debt_tokens */
    int64_t cached_tokens;                  /* prefix hit of the first admission */
    int64_t admitted_ns, first_token_ns, last_token_ns;
    uint64_t order;                         /* of admission */
    orr_request_index previous, next;       /* among the arriving or in the lane's running order; `next` chains unused slots */
    orr_kv_run_index parked;
    int32_t preemptions, earlier_preemptions;   /* here; on engines before */
    bool admitted;                          /* for the first time, here or before */
    bool decoding;
    bool remote;                            /* its context comes from a prefill engine: nothing of it is to be computed here */
    bool awaits;                            /* what tiers have of its context: it is among the incoming */
    int fetches;                            /* from tiers, under way */
    int64_t ahead_from, ahead_to;           /* blocks of its prompt that were fetched, or are, since it arrived */
    int64_t found_blocks, awaits_since_ns;
    int prefix_count, covered_count;        /* links; those already shared or passed by */
    int prefix_capacity;
    uint64_t answer_key;                    /* chained, of what the answer adds to the prompt */
    int64_t answer_blocks;                  /* that end inside it; 0: none to share */
    orr_prefix_link *prefix;
} orr_slot;

/* Decoding requests that had their last token at one time. */
typedef struct orr_token_group { int64_t since_ns, count; } orr_token_group;

typedef struct orr_slot_list { orr_request_index first, last; int64_t count; } orr_slot_list;

/* What steps together: the decoding requests as sums, the chunks of the step in flight. What each step looks at comes first. */
typedef struct orr_lane {
    orr_batch batch;
    orr_slot_list running;                  /* in order of admission */
    orr_request_index partial;              /* the prompt under way, the tail of `running`; or ORR_NO_REQUEST */
    bool in_flight, decodes;                /* decodes: so does the step in flight */
    bool has_decoded;                       /* since its last request left */
    int64_t last_decode_ns;
    ORR_VEC(orr_token_group) tokens_since;  /* of the decoding requests, by the time of their last token: one group, but for steps of prompts alone */
    ORR_VEC(orr_plan_chunk) chunks;
    ORR_VEC(orr_request_index) chunk_requests;
    int64_t images;                         /* of the step */
    orr_output_debt debt;                   /* where the admission rule foresees */
    orr_rank_heap victims;                  /* where the victim rule ranks */
    orr_step_heap due;                      /* empty between steps: those a burst finishes, by order of admission */
    orr_burst_deck bursts;                  /* where there are drafts */
} orr_lane;

/* What each step looks at comes first, side by side: of a thousand engines that take turns, that is what a step waits for (orr_engine_prefetch). */
struct orr_engine_core {
    orr_lane *lanes;
    const orr_admission_policy *admission;
    const orr_victim_policy *victim;
    int64_t running_count;
    int64_t promised_blocks;                /* that those with a seat may take beyond what they hold */
    int64_t next_look_step;
    int64_t gathering_step;                 /* of the first plan that left who is arriving unseen, to gather; -1: none */
    orr_request_index unused;
    bool counts_tenants;
    bool refused;                           /* the last plan, which only decoded, had no room for the first of the queue, and nobody has given blocks back since */
    orr_slot_list arriving;                 /* not seen yet (receive_interval_steps) */
    orr_slot_list incoming, received, outgoing;     /* hold blocks, and incoming and received ones seats: transfer under way; over, and not in a lane yet; handed over, and not released */
    orr_slot_list ready;                    /* fetched from tiers, not in a lane yet: holds blocks and a seat */
    orr_engine_counters counters;
    orr_engine_listener listener;
    orr_kv_cache cache;
    orr_engine_config config;
    orr_queue queue;                        /* seen, and waiting for a seat */
    ORR_VEC(orr_slot) slots;
    uint64_t next_order;
    int64_t arriving_tokens;                /* of the prompts of who is arriving */
    int64_t prompts_debt_tokens;            /* that those with a seat and no whole prompt may generate, clipped */
    double new_token_ratio;
    orr_tenants tenants;                    /* what each was served, where the order asks */
    int64_t fetch_blocks[ORR_MOST_TIERS];   /* of the request being reserved for: what it is to have from each tier */
};

/* `count` more (or fewer) decoding requests had their last token then; the latest group is asked first. */
static inline void orr_lane_count_since(orr_lane *lane, int64_t since_ns, int64_t count)
{
    for (size_t i = lane->tokens_since.count; i-- > 0;)
        if (lane->tokens_since.items[i].since_ns == since_ns) { lane->tokens_since.items[i].count += count; return; }
    orr_vec_push(&lane->tokens_since, (orr_token_group){since_ns, count});
}

/* Drafts that the lane's next step (or the one in flight: nobody joins or leaves meanwhile) verifies of each decoding request. */
static inline int orr_lane_drafts(const orr_engine_core *engine, const orr_lane *lane) { return engine->config.draft_tokens == 0 || engine->config.depths == NULL ? engine->config.draft_tokens : engine->config.depths[lane->batch.count]; }
/* Requests that have a seat. */
static inline int64_t orr_seated(const orr_engine_core *engine) { return engine->running_count + engine->incoming.count + engine->received.count + engine->ready.count; }
static inline orr_slot *orr_slot_at(orr_engine_core *engine, orr_request_index index) { return &engine->slots.items[index]; }
static inline int64_t orr_blocks_of(const orr_engine_core *engine, int64_t tokens) { return (tokens + engine->config.block_tokens - 1) / engine->config.block_tokens; }

/* engine_queue.c */
void orr_slot_list_push_back(orr_engine_core *engine, orr_slot_list *list, orr_request_index index);
void orr_slot_list_remove(orr_engine_core *engine, orr_slot_list *list, orr_request_index index);
orr_request_index orr_slot_acquire(orr_engine_core *engine);
void orr_slot_release(orr_engine_core *engine, orr_request_index index);

/* engine.c: at the end of the queue */
orr_request_index orr_arrive(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count);

/* engine_seats.c: a request on its seat, from its admission until it leaves */
/* What schedulers take a request's limit to be. */
int64_t orr_most_output(const orr_engine_core *engine, const orr_request *request);
/* May it enter `lane`, `free_blocks` being left once its target is reserved? */
bool orr_seat_offered(const orr_engine_core *engine, const orr_lane *lane, const orr_slot *slot, int64_t free_blocks);
/* Its target is reserved. */
void orr_seat_take(orr_engine_core *engine, orr_slot *slot);
/* In the lane's running order. */
void orr_seat_enter(orr_engine_core *engine, orr_lane *lane, orr_request_index index);
/* Who gives its blocks up. */
orr_request_index orr_seat_victim(const orr_engine_core *engine, const orr_lane *lane);
/* A step that decodes has been planned, with victims or without. */
void orr_seat_foresee(orr_engine_core *engine, const orr_lane *lane, bool preempted);
/* The prompt is computed (or its context has come): it decodes with its lane from the next step on. */
void orr_seat_decode(orr_engine_core *engine, orr_lane *lane, orr_request_index index);
/* It decodes no more, and private_blocks counts what it took meanwhile; returns how many tokens of slots it held. */
int64_t orr_seat_stop(orr_engine_core *engine, orr_lane *lane, orr_request_index index);
/* It got tokens that its lane's clock does not show: the first, the last burst's. */
void orr_seat_gain(orr_engine_core *engine, const orr_slot *slot, int64_t tokens);
/* Out of its lane. */
void orr_seat_leave(orr_engine_core *engine, orr_lane *lane, orr_request_index index);

/* engine_handover.c */
void orr_hand_over(orr_engine_core *engine, orr_lane *lane, orr_request_index index);
void orr_await_context(orr_engine_core *engine, orr_request_index index);
void orr_join_received(orr_engine_core *engine, orr_lane *lane, int64_t now_ns);

/* engine_fetch.c: only where there are tiers */
/* How many of its first blocks a request need not compute when its turn comes, of which `found_blocks` are in the HBM; says in fetch_blocks where the others are. */
int64_t orr_fetch_plan(orr_engine_core *engine, const orr_slot *slot, int64_t found_blocks, int64_t most_blocks);
void orr_fetch_reserved(orr_engine_core *engine, orr_slot *slot, int64_t found_blocks);
/* The head of the queue, reserved for, waits for what is fetched. False: there is nothing. */
bool orr_fetch_await(orr_engine_core *engine, orr_request_index index);

/* engine_admit.c: the cache's side of a request's life */
void orr_prefix_prepare(orr_engine_core *engine, orr_slot *slot, const orr_prefix_run *prefix, int prefix_count);
/* Reserves the blocks of the slot's whole target, less what it finds in the cache, and sets computed_tokens. False (nothing changed) when the blocks are not
 * there, more than `most_new_tokens` would be left to compute, or the admission rule refuses. */
bool orr_reserve(orr_engine_core *engine, const orr_lane *lane, orr_slot *slot, int64_t most_new_tokens);
/* Tokens of the slot's target that the cache holds. */
int64_t orr_cached_tokens(orr_engine_core *engine, orr_slot *slot);
/* The prompt is computed (scheduled) up to here: what is complete becomes shareable. */
void orr_cover(orr_engine_core *engine, orr_slot *slot, int64_t computed_tokens);
/* A request that has finished: gives everything back, with the answer as a shared run. */
void orr_finish_blocks(orr_engine_core *engine, orr_slot *slot, int64_t stored_tokens);
/* Gives everything back. With `park`, keeps what was computed under a handle for the resumption. */
void orr_return_blocks(orr_engine_core *engine, orr_slot *slot, int64_t stored_tokens, bool park);

#endif
