/* A request, in two halves that types keep apart: what a real server can see, and what only the world knows.
 *
 * Policies are handed `const orr_request *`; orr_fate (the true output length) stays inside the engine (serve/engine.h), which reads it to end a request when a real model would have, and to refuse one that could never end here.
 * There is no prefill phase and no decode phase: a request has `computed_tokens` and wants `input_tokens + generated_tokens`; a step closes the gap. */
#ifndef ORR_SERVE_REQUEST_H
#define ORR_SERVE_REQUEST_H

#include <stdint.h>
#include "base/map.h"

typedef uint32_t orr_request_index;             /* a slot of the engine's pool */
#define ORR_NO_REQUEST UINT32_MAX
#define ORR_NO_DEADLINE INT64_MAX
#define ORR_NO_TICKET UINT32_MAX

/* A run of prompt tokens that other requests may share (serve's own type: traffic and serve are strangers, the drive hands one to the other). */
typedef struct orr_prefix_run { uint64_t content; int64_t tokens; } orr_prefix_run;
/* The chained key of a run behind others; 0 before the first. */
static inline uint64_t orr_prefix_key(uint64_t before, const orr_prefix_run *run) { return orr_hash_mix(orr_hash_mix(before, run->content), (uint64_t)run->tokens); }

typedef struct orr_request {
    uint64_t id;                    /* order of arrival over the whole run */
    int64_t arrival_ns;
    int64_t input_tokens;
    int64_t max_output_tokens;      /* the client's own limit, at least what it will get; 0: it gave none */
    int64_t ttft_deadline_ns;       /* arrival + the limit on TTFT of its class; ORR_NO_DEADLINE: none */
    uint64_t session;               /* the conversation it belongs to; 0: none */
    int32_t tenant;                 /* a number from 0, in the study's order; 0 where there is one */
    int32_t priority;               /* of its class: lower is served first where the scheduler looks at it */
    int64_t images;                 /* to be encoded before its prompt; their tokens are in it */
    int64_t encoded_ns;             /* when its embeddings were there, before it came to an engine; 0: nobody has made them */
    uint32_t ticket;                /* of its hand-over from a prefill engine to a decode engine: the drive's number for it; ORR_NO_TICKET: one engine does all of it */
} orr_request;

#endif
