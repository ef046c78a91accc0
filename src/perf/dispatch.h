/* Exchange of tokens between data ranks and their experts: see dispatch.c. */
#ifndef ORR_PERF_DISPATCH_H
#define ORR_PERF_DISPATCH_H

#include "perf/operator.h"

typedef enum { ORR_DISPATCH_BETTER, ORR_DISPATCH_NORMAL, ORR_DISPATCH_LOW_LATENCY } orr_dispatch_mode;

/* What is exchanged: each token goes to per_token of `experts` experts, spread over `ranks` consecutive chips, with row_bytes bytes a copy (scales of narrow numbers included). */
typedef struct orr_dispatch_shape {
    int64_t ranks;
    double experts, per_token, row_bytes;
    double cores;               /* a chip gives to the normal mode; 0: dispatch.cores */
    bool combines;              /* results come back and are added, else tokens go out */
    orr_dispatch_mode mode;
} orr_dispatch_shape;

/* One mode: time = latency + tokens x ns_per_token + root x sqrt(tokens); what a rank sends a token. */
typedef struct orr_dispatch_way { double latency_ns, ns_per_token, ns_per_root_token, link_bytes, fabric_bytes; } orr_dispatch_way;

typedef struct orr_dispatch {
    int way_count;              /* 0: one rank, nothing to do */
    orr_dispatch_way ways[2];
    double ranks, row_bytes;
    const orr_machine *machine;
} orr_dispatch;

orr_dispatch orr_dispatch_prepare(const orr_machine *machine, const orr_dispatch_shape *shape);

/* `tokens`: of one rank, the busiest. */
double orr_dispatch_ns(const orr_dispatch *dispatch, double tokens);
/* Emits it for `chips` chips in all. Nothing when there is one rank. */
void orr_dispatch_emit(const orr_dispatch *dispatch, const char *name, double times, double tokens, double chips, double mean_share, orr_sink *sink);

#endif
