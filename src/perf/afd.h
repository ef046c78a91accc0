/* Attention and feed-forward networks on devices of their own (AFD): see afd.c. Such a system is two: the attention side, which is the orr_perf that callers hold, and its FFN devices, an orr_perf of their own.
 *
 * What step.h's parts give of such a system is of its attention devices: their time is that of all micro-batches, one after another (no step is shorter), their costs those of these chips. What a step takes is here. */
#ifndef ORR_PERF_AFD_H
#define ORR_PERF_AFD_H

#include "perf/operator.h"
#include "perf/pingpong.h"
#include "perf/step.h"

/* One way of the link, of a group of layers: a token's bytes, all copies together. */
typedef struct orr_afd_way { const char *name; double row_bytes; } orr_afd_way;

typedef struct orr_afd {
    orr_perf *ffn;
    double micro_batches;
    int run_count;
    double layers[ORR_MAX_LAYER_GROUPS];
    orr_afd_way ways[ORR_MAX_LAYER_GROUPS][2];      /* dispatch, combine */
    const struct orr_moe *moe[ORR_MAX_LAYER_GROUPS];        /* tells how much more the busiest FFN device is sent than the mean; NULL: no more */
    double latency_ns, ns_per_byte, limit_ns_per_byte, j_per_byte;  /* of the link, a device; limit: of its datasheet */
    double attention_ranks, ffn_ranks;              /* devices; attention_ranks: that share a data rank's rows */
} orr_afd;

/* What of a step follows from its tokens alone. */
typedef struct orr_afd_dense {
    double attention_ns[ORR_LAYER_GROUPS], ffn_ns[ORR_LAYER_GROUPS];        /* all executions of the group; the last: outside of layers */
    double link_ns[2][ORR_MAX_LAYER_GROUPS];        /* dispatch, combine: one layer's, of one micro-batch */
    double kernels;                                 /* launched one by one, on the side with more of them; 0: graphs launch them */
    orr_cost attention, ffn, link;
} orr_afd_dense;
void orr_afd_dense_of(const orr_perf *perf, int64_t tokens, double rank_tokens, bool decode_only, orr_afd_dense *dense);

/* A step's time, and of it how long each station works; without drafts and the host. */
typedef struct orr_afd_times { double device_ns, layers_ns, eager_ns, busy_ns[ORR_STATION_COUNT_]; } orr_afd_times;
/* attention_ns [ORR_LAYER_GROUPS]: the dense part's, with decode attention and chunks added. path: NULL, or filled. */
orr_afd_times orr_afd_times_of(const orr_perf *perf, const orr_afd_dense *dense, const double *attention_ns, double logits_ns, orr_pingpong_path *path);

/* orr_perf_step of such a system: everything but the time is of all devices. */
void orr_afd_step(const orr_perf *perf, const orr_step_shape *shape, double rank_tokens, orr_cost *cost);

/* Time of decode attention by group of layers, added to group_ns [ORR_LAYER_GROUPS]. */
void orr_add_decode_by_group(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, double *group_ns);
/* Chunk attention by group, added to group_ns, and to cost. */
void orr_afd_add_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, double *group_ns, orr_cost *cost);

/* Emits both ways of the link. */
void orr_afd_walk_link(const orr_perf *perf, double tokens, double rank_tokens, const double *dispatch_hidden, const double *combine_hidden, orr_sink *sink);

/* Prepares the FFN devices of an attention side and the link to them. False: reported. */
struct orr_perf_basis;
bool orr_afd_prepare(orr_perf *perf, const orr_study *study, const struct orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);
/* What both sides hold in memory, when what drafts is known: the FFN devices' map, and whether the whole fits. */
void orr_afd_map_memory(orr_perf *perf, const orr_study *study, orr_arena *arena);

#endif
