/* The door: does a replica take one more request, or is the client told to go away (HTTP 429 or 503)? Asked when the router has chosen, of requests that could run there.
 *
 * What is refused is never queued, and is counted. Rules:
 *   queue     fewer than `most_waiting` wait there (as limits on a server's queue: Triton's max_queue_size, SGLang's --max-queued-requests);
 *   tokens    with it, prompt tokens in flight there are at most `most_tokens`;
 *   deadline  the TTFT foreseen is within its deadline: now + ns_per_token x (prompt tokens waiting there + its own), what is cached or already begun not counted (early rejection by a predicted TTFT:
 *             Qin et al., Mooncake, 2024, section 7). Who has no deadline is taken. */
#ifndef ORR_SERVE_DOOR_H
#define ORR_SERVE_DOOR_H

#include <stdbool.h>
#include "serve/request.h"

typedef enum { ORR_DOOR_NONE, ORR_DOOR_QUEUE, ORR_DOOR_TOKENS, ORR_DOOR_DEADLINE, ORR_DOOR_COUNT_ } orr_door_kind;

typedef struct orr_door_config { orr_door_kind kind; int64_t most_waiting, most_tokens; double ns_per_token; } orr_door_config;

/* The replica as it is, without the request. */
typedef struct orr_door_view { int64_t now_ns, waiting, waiting_tokens, tokens_in_flight; } orr_door_view;

bool orr_door_admits(const orr_door_config *door, const orr_door_view *view, const orr_request *request);

#endif
