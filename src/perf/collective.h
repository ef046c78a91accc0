/* Collectives over a group of ranks: see collective.c. */
#ifndef ORR_PERF_COLLECTIVE_H
#define ORR_PERF_COLLECTIVE_H

#include "perf/operator.h"

/* LIBRARY_ALL_REDUCE: what a communication library does alone, without the engine's own kernels for small buffers. */
typedef enum { ORR_ALL_REDUCE, ORR_LIBRARY_ALL_REDUCE, ORR_ALL_GATHER, ORR_REDUCE_SCATTER, ORR_ALL_TO_ALL, ORR_POINT_TO_POINT, ORR_COLLECTIVE_COUNT_ } orr_collective_kind;

enum { ORR_MAX_COLLECTIVE_ALGORITHMS = 5 };

/* One algorithm: time = latency + ns_per_byte x bytes + ns_per_root_byte x sqrt(bytes); what a rank sends a byte of the buffer. */
typedef struct orr_collective_algorithm { double latency_ns, ns_per_byte, ns_per_root_byte, link_share, fabric_share; const char *name; } orr_collective_algorithm;

/* A prepared collective: the best of its algorithms, by size. `bytes` is the whole buffer: what a rank holds after an all-gather, before a
 * reduce-scatter, of an all-reduce, what a rank sends in all (its own share included) of an all-to-all, what is sent point to point. */
typedef struct orr_collective {
    orr_collective_kind kind;
    double ranks;
    bool across;                                    /* over nodes */
    int algorithm_count;                            /* 0: one rank, nothing to do */
    orr_collective_algorithm algorithms[ORR_MAX_COLLECTIVE_ALGORITHMS];
    const orr_machine *machine;
} orr_collective;

/* A group of `ranks` consecutive chips, of which min(ranks, chips of a node) share a node. */
orr_collective orr_collective_prepare(const orr_machine *machine, orr_collective_kind kind, int64_t ranks);
/* A group of `ranks` chips, `stride` apart, `local` of them in a node (those of a context-parallel group are not consecutive). */
orr_collective orr_collective_prepare_among(const orr_machine *machine, orr_collective_kind kind, double ranks, double local, double stride);
/* One message to the chip that follows in a group of `count`, `stride` apart, all of which do the same; in another node (across) or in this one. */
orr_collective orr_collective_prepare_step(const orr_machine *machine, bool across, double count, double stride);
/* One to any chip of another node (across) or of this one. */
orr_collective orr_collective_prepare_hop(const orr_machine *machine, bool across);

double orr_collective_ns(const orr_collective *collective, double bytes);
/* Emits it for `chips` chips in all (all the groups that do it at once). Nothing when there is one rank. */
void orr_collective_emit(const orr_collective *collective, const char *name, double times, double bytes, double chips, double mean_share, orr_sink *sink);

#endif
