/* The engine: one replica's scheduler and KV manager, after vLLM V1, without a clock or a device.
 *
 *     add(request) -> waiting;   plan(lane) -> plan;   apply(lane, end) -> tokens out, requests finished
 *
 * A step serves running requests first (each decode one token, then the prompt under way), then admits from the waiting queue while the token budget,
 * max_num_seqs and the cache allow. Rules:
 *   - the blocks of a request's whole input are reserved at its admission; a decode takes a block when its context fills one;
 *   - when a decode finds no block, the request at the tail of the running order is preempted (recompute) and goes to the front of the waiting queue;
 *   - a step that preempted admits nobody;
 *   - prefix hits are whole blocks and never cover the last token; content is shareable from the step that computes it on (vLLM registers blocks when it schedules them);
 *   - what a finished request computed of its answer is shareable too, where a later prompt may go on with it (orr_fate; vLLM caches full blocks of outputs like those of prompts): all but the last token, which is never computed;
 *   - with speculation a decode computes 1 + K tokens (its last one and K drafts; fewer where the depth follows the batch), which count against the budget, and looks L slots ahead; it gains a burst of tokens (burst.h), the last one cut
 *     to what it wants; what was looked ahead stays reserved;
 *   - images of a request are encoded in the step that first computes a part of its prompt, all of them, and their embeddings stay with it until it ends; whose images would be too many for the step waits for the next, and
 *     all behind it (vLLM's encoder budget);
 *   - with chunked prefill off, a prompt is admitted only when all of it fits in the budget;
 *   - with separate_prefill (SGLang, unless it mixes chunks), a step that has a prompt to compute or to admit computes prompts alone, and decodes wait;
 *   - with receive_interval_steps, a request that arrives while others run waits unseen until the next look; preempted ones have been seen;
 *   - with gather_steps, those that arrive while others run wait unseen until gather_requests of them are there, or the first has waited for so many steps (TensorRT-LLM's balance of attention ranks: prompts of
 *     all ranks go into one step).
 * max_num_batched_tokens >= (1 + K) max_num_seqs. Hence (proved in docs/ARCHITECTURE.md, asserted here): at most one prompt a lane is partly computed, and it is the tail of the lane's running order.
 *
 * Between a prefill and a decode engine (disaggregation):
 *   - an engine that `hands_over` ends a request with its first token, unless it wants no more; its seat is free, its blocks stay until orr_engine_release;
 *   - the decode engine is told of the request at its arrival (orr_engine_expect) and offered it with its first token: it then waits in the queue like any other. When it is its turn and there are a seat and
 *     blocks for its whole context (less what the decode engine's own cache holds), these are reserved and the listener is told: the transfer may start. A budget is not spent on it;
 *   - received, it joins a lane with the lane's next plan (behind no prompt under way: then nobody else is admitted before it), its first token out at that time, and decodes from that step on. Preempted, it recomputes
 *     here as any other;
 *   - beside those that come so, a decode engine may compute prompts of its own (conditional disaggregation): they are added, and share queue, seats and blocks with the others.
 *
 * A *lane* is a set of requests that step together; a pipeline of p stages has p lanes in flight over one cache and one waiting queue. A lane
 * preempts its own requests only: the others are in flight.
 *
 * Two halves: what schedules (here) reads only orr_request; what knows the output length (orr_fate) is the world: it decides when a request finishes. */
#ifndef ORR_SERVE_ENGINE_H
#define ORR_SERVE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "serve/kv_evict.h"
#include "serve/kv_log.h"
#include "serve/kv_tiers.h"
#include "serve/plan.h"
#include "serve/request.h"
#include "serve/sched.h"

/* What each step asks of it comes first. */
typedef struct orr_engine_config {
    int64_t max_num_seqs, max_num_batched_tokens;
    int64_t block_tokens, block_count;
    int64_t receive_interval_steps; /* while requests run, new ones are seen at every so many steps; 0 and 1: at each */
    int64_t gather_steps, gather_requests;      /* 0 steps: they do not wait for each other */
    const orr_kv_tiers *tiers;              /* below the HBM; NULL: none. Outlives the engine */
    orr_kv_teller teller;                   /* who is told of the cache's changes (kv_log.h); zeroed: nobody */
    int draft_tokens;               /* speculation, K: verified beside the last token of each decoding request; 0: none */
    int lane_count;
    bool separate_prefill;          /* prompts have steps of their own, which go before any decode; else a step holds both */
    bool hands_over;                /* a prefill engine: a request leaves with its first token */
    bool chunked_prefill, prefix_caching;
    bool radix;                     /* the cache is a tree (kv_cache.h) */
    int64_t lookahead_tokens;       /* speculation, L >= K: slots reserved beyond the one a decode needs */
    int64_t most_images;            /* encoded in a step, unless one request brings more; 0: no limit */
    int64_t max_request_blocks;     /* of one request: where the cache is split over data-parallel ranks, a rank's share; 0: the whole cache */
    int64_t max_model_tokens;       /* input + output of a request; 0: only the cache limits it */
    orr_scheduling scheduling;      /* who enters, in which order, and who goes (sched.h); zeroed: vLLM V1's */
    int64_t context_cap_tokens;     /* for orr_plan's capped sums */
    const orr_kv_eviction *eviction;        /* NULL: LRU */
    int64_t cache_ttl_ns;                   /* of the policy that wants it */
    const orr_foresight *foresight;         /* for the oracle alone; outlives the engine */
    const double *acceptance;       /* speculation, [draft_tokens]: of the draft at each position, all before it being accepted; outlives the engine's creation only */
    uint64_t burst_seed;
    const uint8_t *depths;          /* [max_num_seqs + 1]: drafts of a step in which so many requests of the lane decode, draft_tokens at most; NULL: always draft_tokens. Outlives the engine */
    const uint8_t *accepted;        /* [accepted_count]: counts of accepted drafts, replayed in place of `acceptance` (burst.h); NULL: none. Outlives the engine */
    int64_t accepted_count;
} orr_engine_config;

/* What only the world knows of a request. */
/* content: of the answer, all but its last token, as what follows the whole prompt (a later prompt may go on with it); 0: nobody will. */
typedef struct orr_fate { int64_t output_tokens; uint64_t content; } orr_fate;

/* A request that produced its last token, or (finished == false) that can never run here. Times are those given to apply. */
typedef struct orr_finished {
    orr_request request;
    int64_t output_tokens, cached_tokens;
    int64_t admitted_ns, first_token_ns, last_token_ns;
    int32_t preemptions;
} orr_finished;

/* `count` requests had an output at since_ns, and their next ones at ends_ns[0..steps). */
typedef struct orr_gaps { int64_t since_ns; const int64_t *ends_ns; int64_t steps, count; } orr_gaps;

/* What happens at the end of a step, told to the drive. */
typedef struct orr_engine_listener {
    void *context;
    void (*finished)(void *context, const orr_finished *finished);
    void (*gaps)(void *context, const orr_gaps *gaps);      /* between consecutive outputs (a burst is one output) */
    /* disaggregation; NULL where there is none */
    void (*handed_over)(void *context, orr_request_index index, const orr_finished *so_far);    /* the first token is made; the blocks of `index` stay until it is released */
    void (*reserved)(void *context, orr_request_index index, const orr_request *request, int64_t missing_tokens);     /* its context may come: all but what the cache held; the rest is to be received */
} orr_engine_listener;

typedef struct orr_engine_counters { int64_t steps, admissions, preemptions, recomputed_tokens, cached_tokens, prefill_tokens, decodes /* of one request in one step */, decode_tokens /* they gave */, fetch_waits, fetch_wait_ns /* of requests for tiers */; } orr_engine_counters;

typedef struct orr_engine_core orr_engine_core;

orr_engine_core *orr_engine_create(const orr_engine_config *config, const orr_engine_listener *listener);
void orr_engine_destroy(orr_engine_core *engine);

/* False when the request can never run here: it is longer than max_model_tokens or than the whole cache. `prefix` is copied. */
bool orr_engine_add(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count);
/* A request that was under way on an engine that is gone goes on here: what it has generated is computed anew with its prompt, as after a preemption, and its client sees one stream. Zeroed: it comes for the first time. */
typedef struct orr_request_progress { int64_t generated_tokens, lost_tokens /* of context, computed in vain */, cached_tokens, admitted_ns, first_token_ns, last_token_ns; int32_t preemptions; bool admitted; } orr_request_progress;
/* A request that can run, at the end of the queue like any other. */
orr_request_index orr_engine_resume(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count, const orr_request_progress *so_far);
/* The engine is gone, with its cache and the steps in flight: how far each request had come. Only orr_engine_progress, counters and destroy may follow. */
void orr_engine_break(orr_engine_core *engine);
orr_request_progress orr_engine_progress(const orr_engine_core *engine, orr_request_index index);
/* Plans the next step of an idle lane at `now_ns` (kept as the admission time of whom it admits). An empty plan: nothing to do until something changes. */
void orr_engine_plan(orr_engine_core *engine, int lane, int64_t now_ns, orr_plan *plan);
/* The planned step ended: tokens are out at `end_ns`. */
void orr_engine_apply(orr_engine_core *engine, int lane, int64_t end_ns);

/* Coasting (engine_coast.c): how many steps of an idle lane, `most` at most, will be decodes alone of those who decode now, with nobody finishing, if nothing comes from outside meanwhile; what their plans will be; and doing the
 * first `steps` of them at once, which began at start_ns and ended at ends_ns[0..steps). What they summed up to: over steps, requests, contexts as in a plan, blocks in use x ns. */
typedef struct orr_coasted { int64_t steps, count, waiting, used_blocks /* at the end */; double context_tokens, capped_tokens, context_squares, block_ns; } orr_coasted;
int64_t orr_engine_coast_steps(const orr_engine_core *engine, int lane, int64_t most);
orr_plan_run orr_engine_ahead(const orr_engine_core *engine, int lane, int64_t steps);
void orr_engine_coast(orr_engine_core *engine, int lane, int64_t start_ns, const int64_t *ends_ns, int64_t steps, orr_coasted *coasted);

/* False when the request can never run here, as orr_engine_add would say. */
bool orr_engine_can_run(const orr_engine_core *engine, const orr_request *request, orr_fate fate);
/* Tokens of the prompt that the cache (the HBM's alone) holds now, as a hit would count them. */
int64_t orr_engine_cached_tokens(orr_engine_core *engine, const orr_request *request, const orr_prefix_run *prefix, int prefix_count, int64_t now_ns);
/* A decode engine's side of a hand-over: a request that can run is on its way (`prefix` is copied); it has its first token, and waits for its turn; its context is here. */
orr_request_index orr_engine_expect(orr_engine_core *engine, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, int prefix_count);
void orr_engine_offer(orr_engine_core *engine, orr_request_index index, const orr_finished *so_far);
void orr_engine_receive(orr_engine_core *engine, orr_request_index index, int64_t now_ns);
/* A prefill engine's: the context has been shipped, its blocks are free again. */
void orr_engine_release(orr_engine_core *engine, orr_request_index index, int64_t now_ns);

/* With tiers: the request that was added last may have some of its context fetched while it waits; what was asked for of a request is there (each time that tiers->fetch was called). */
void orr_engine_look_ahead(orr_engine_core *engine, int64_t now_ns);
void orr_engine_fetched(orr_engine_core *engine, orr_request_index index, int64_t now_ns);

/* Hints to the processor, where many engines take turns: an event of this one comes soon; it comes after the one at hand, and what the engine's state points to is wanted, with who ends; it is at hand, and who stands beside who ends. */
void orr_engine_prefetch(const orr_engine_core *engine);
void orr_engine_prefetch_next(const orr_engine_core *engine);
void orr_engine_prefetch_neighbours(const orr_engine_core *engine);

int64_t orr_engine_waiting(const orr_engine_core *engine);
int64_t orr_engine_waiting_tokens(const orr_engine_core *engine);     /* prompt tokens of who waits */
int64_t orr_engine_running(const orr_engine_core *engine);
bool orr_engine_lane_busy(const orr_engine_core *engine, int lane);     /* planned, not applied */
int64_t orr_engine_used_blocks(const orr_engine_core *engine);
/* These three. */
typedef struct orr_engine_load { int64_t waiting, running, used_blocks; } orr_engine_load;
orr_engine_load orr_engine_load_of(const orr_engine_core *engine);
orr_engine_counters orr_engine_count(const orr_engine_core *engine);
/* Conservation of blocks and of requests, recounted by a walk over everything (tests, checked builds). */
bool orr_engine_audit(const orr_engine_core *engine);

#endif
