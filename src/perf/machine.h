/* A machine: one chip with its links, in the units of the performance model (bytes/ns == GB/s, FLOP/ns == GFLOP/s), coefficients applied where
 * they depend on the system only.
 *
 * Invariants: 1. every rate is > 0 or 0 for "has none"; 2. each is monotone in the datasheet's parameter it comes from. */
#ifndef ORR_PERF_MACHINE_H
#define ORR_PERF_MACHINE_H

#include <math.h>
#include "perf/coefficients.h"
#include "spec/study.h"

typedef struct orr_machine {
    double matrix_flop_per_ns[ORR_DTYPE_COUNT_];        /* datasheet x reach, by the dtype of the product; 0: not in hardware */
    double vector_flop_per_ns;
    double memory_bytes_per_ns;                         /* datasheet x reach */
    double matrix_reach, memory_reach;                  /* 1, or less where the chip's best kernels fall short of what is usual */
    double stream_bytes_per_ns;                         /* what streaming kernels reach */
    double cache_bytes, cache_bytes_per_ns, cache_kept_bytes;       /* last-level cache; kept: what still holds the previous kernel's output */
    double core_count, core_sram_bytes, core_stream_bytes_per_ns;        /* of one core, by its bytes in flight (Little's law) */
    double memory_latency_ns;
    double kilocycle_ns;                                /* a thousand cycles of the core clock: the unit of what kernels spend on themselves */
    double kernel_ns;                                   /* an empty kernel and the gap before the next one */
    double dispatch_excess_ns;                          /* of kernel_ns: what the chip's dispatch takes beyond the usual floor; kernels whose times were fitted whole add it */
    double eager_ns;                                    /* host's pace of launching one by one */
    double link_bytes_per_ns, link_latency_ns;          /* scale-up, one-way per chip */
    double fabric_bytes_per_ns, fabric_latency_ns;      /* scale-out */
    double chips_per_node;
    bool mesh, in_network_reduction;
    bool repeats;                                       /* the same kernel again and again on the same data (a benchmark): what fits the last-level cache is read from there */
    double torus_dimensions;                            /* 0: not a torus */
    bool by_parts, network_by_parts;                    /* the scale-up domain, the network between domains: joined.h asks their topology */
    orr_topology domain, network;
    double hop_ns, fabric_hop_ns;                       /* of a hop beyond the first */
    double fabric_w;                                    /* a chip's share of what switches, links and adapters draw, where the fabric says it */
    /* energy above idle */
    double active_w, ceiling_w, capped_w;               /* ceiling: TDP - idle; capped: what of it work may draw */
    double j_per_flop[ORR_DTYPE_COUNT_], j_per_vector_flop, j_per_memory_byte, j_per_link_byte, j_per_fabric_byte;
    double idle_w, tdp_w;
    const orr_coefficients *coefficients;
} orr_machine;

orr_machine orr_machine_prepare(const orr_hardware *hardware, const orr_engine *engine, const orr_coefficients *coefficients);

/* The least whole number not below x, for 0 <= x < 2^62. */
static inline double orr_ceil_positive(double x)
{
    double whole = (double)(int64_t)x;
    return whole < x ? whole + 1 : whole;
}

/* A maximum without a corner: (a^4 + b^4)^(1/4); at most 19 % above the larger. Monotone in both. */
static inline double orr_smooth_max(double a, double b)
{
    double a2 = a * a, b2 = b * b;
    return sqrt(sqrt(a2 * a2 + b2 * b2));
}

#endif
