/* Matrix products C[m, n] = A[m, k] W[k, n]: see gemm.c. */
#ifndef ORR_PERF_GEMM_H
#define ORR_PERF_GEMM_H

#include "perf/operator.h"

enum { ORR_MAX_GEMM_TILES = 32 };

/* One way to cut the product: tiles of some rows and columns, K in some parts. */
typedef struct orr_gemm_tiling {
    double inverse_rows;                            /* 1 / rows of a tile: a power of two, so exact */
    double column_tiles, waves_per_row_tile;        /* column tiles x splits; the same over the cores */
    double wave_ns, weight_ns;                      /* of one wave; of reading the weights */
    double join_ns, join_ns_per_row;                /* of joining a split K */
} orr_gemm_tiling;

typedef struct orr_gemm {
    double n, k;                                    /* of one rank */
    orr_dtype weight_dtype, compute_dtype;
    double weight_bytes;                            /* of one rank */
    double row_bytes, row_flop;                     /* activations in and out, FLOP, per row */
    double latency_ns;                              /* launch and drain */
    double memory_bytes_per_ns;                     /* reached, all cores at work */
    const orr_machine *machine;
    int tiling_count;
    orr_gemm_tiling tilings[ORR_MAX_GEMM_TILES];
} orr_gemm;

orr_gemm orr_gemm_prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype);
/* The same for a product of many rows, where small tiles and a split K have no place: fewer tilings, so faster. */
orr_gemm orr_gemm_prepare_long(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype);

/* ns of a product of m rows; *memory_bound tells which side is the longer. m > 0. */
double orr_gemm_ns(const orr_gemm *gemm, double m, bool *memory_bound);

/* Emits a product on `ranks` ranks, `times` times. */
void orr_gemm_emit(const orr_gemm *gemm, const char *name, double times, double m, double ranks, double mean_share, orr_sink *sink);

/* The same as a benchmark runs it: alone, its input brought to 8 or 4 bit by kernels of its own first, everything in memory. */
void orr_gemm_emit_alone(const orr_gemm *gemm, double m, orr_sink *sink);

/* Bytes of an activation that enters a product of this dtype. */
double orr_activation_bytes(orr_dtype compute_dtype);

#endif
