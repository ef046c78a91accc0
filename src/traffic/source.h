/* A source of requests: an open stream in arrival order that does not grow with its length.
 *
 * With sessions (what a user says next follows the answer) the stream hands out the first request of each, and is told of answers: orr_source_left, orr_source_turn. What follows depends on the system in when it
 * comes, never in what it is.
 * What a request carries: when it arrives, how long its prompt is, of which shareable segments the prompt is made (its prefix, as chained content), and - for the world, never
 * for a policy - how many tokens it will produce. Invariants: 1. arrivals never go back in time; 2. same study, same seed: same requests,
 * whatever the system (common random numbers: request i's lengths come from stream (seed, "lengths", i), its gap from (seed, "arrivals", i)); 3. lengths are >= 1. */
#ifndef ORR_TRAFFIC_SOURCE_H
#define ORR_TRAFFIC_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"
#include "spec/traffic.h"

/* A run of prompt tokens that other requests may share: equal content ids at the same chain position mean equal tokens. */
typedef struct orr_segment { uint64_t content; int64_t tokens; } orr_segment;

typedef struct orr_arrival {
    int64_t arrival_ns;             /* closed loop: ignored, the drive decides */
    int64_t input_tokens, output_tokens;
    const orr_segment *segments;    /* prefix of the prompt in order; valid until the next call of the function that gave it; sum of tokens <= input_tokens; the rest is unshared */
    int segment_count;              /* 0: nothing can be shared */
    uint64_t output_content;        /* of its answer, as a segment that a later prompt goes on with; 0: none does */
    uint64_t session;               /* 0: none */
    int32_t tenant, priority;       /* of its class (spec/traffic.h) */
    int64_t ttft_limit_ns;          /* of its class; 0: none of its own */
    int64_t max_output_tokens;      /* the client's limit; 0: none */
    int64_t images;                 /* whose tokens are in the prompt */
} orr_arrival;

/* What follows a request of a session: `count` requests at `time_ns`, each asked for by `number` when its time has come; or, with count 0, nothing yet (others of the session are under way), or nothing more (`over`). */
typedef struct orr_turns { int64_t time_ns; int count; uint32_t number; bool over; } orr_turns;

typedef struct orr_source_stream orr_source_stream;

/* NULL with diagnostics when a trace can't be read, or the traffic makes no sense (no rate, no end). `traffic` and `diags` outlive the stream: what a trace has to warn of is reported at its
 * end or when it is closed. All arrivals are counted from 0, where request 0 arrives. */
orr_source_stream *orr_source_open(const orr_traffic *traffic, uint64_t seed, orr_diags *diags);
/* The next request, or false at the end (stop rule, end of the trace) or on a broken line (reported; see orr_source_failed). */
bool orr_source_next(orr_source_stream *source, orr_arrival *arrival);
/* A request of a session is over for its client, who has all of the answer (or was refused): what follows? `tenant` is the request's. */
orr_turns orr_source_left(orr_source_stream *source, uint64_t session, int32_t tenant, int64_t time_ns, bool served);
/* A request that follows, by its number, at its time; false: arrivals have ended, and the session with them. */
bool orr_source_turn(orr_source_stream *source, uint32_t number, int64_t time_ns, orr_arrival *arrival);
bool orr_source_failed(const orr_source_stream *source);
void orr_source_close(orr_source_stream *source);

#endif
