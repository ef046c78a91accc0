/* One class of requests: a kind of source for what arrives, a clock for when, and its marks. A source is one of these, or a mix (source.c). Private to src/traffic. */
#ifndef ORR_TRAFFIC_STREAM_H
#define ORR_TRAFFIC_STREAM_H

#include "traffic/arrivals.h"
#include "traffic/chance.h"
#include "traffic/source_kind.h"

typedef struct orr_stream {
    orr_source_part part;
    bool own_times;                 /* of the trace, times `time_factor` */
    bool timeless;                  /* the mix's clock says when */
    double time_factor;
    orr_arrival_clock clock;
    uint64_t index;                 /* of what arrives by itself */
    uint64_t count, stop_requests;  /* of all; UINT64_MAX: no limit */
    int64_t stop_time_ns;           /* INT64_MAX: no limit */
    int64_t ttft_limit_ns, max_output_tokens;       /* 0: none */
    int32_t tenant, priority;
    const orr_images *images;       /* NULL: none come */
    orr_chance_family images_family;
    bool ended;
    bool has_ahead;                 /* of a mix whose tenants have arrivals of their own: read already */
    orr_arrival ahead;
} orr_stream;

/* False when reported. `traffic` is no mix; `timeless`: a tenant with a share of the mix's load. The stream is to be closed either way. */
bool orr_stream_open(orr_stream *stream, orr_arena *arena, const orr_traffic *traffic, bool timeless, uint64_t seed, orr_diags *diags);
/* The next that arrives by itself; false at the end. */
bool orr_stream_next(orr_stream *stream, orr_arrival *arrival);
/* Another request of a session (source.h); false: the stream has ended. */
bool orr_stream_turn(orr_stream *stream, uint32_t number, int64_t time_ns, orr_arrival *arrival);
bool orr_stream_failed(const orr_stream *stream);
void orr_stream_close(orr_stream *stream);
/* Says why, in two sentences; false. */
bool orr_source_refuse(orr_diags *diags, const char *what, const char *hint);

#endif
