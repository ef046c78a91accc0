/* Grouped products: rows spread over groups (experts) with a weight each: see gemm_grouped.c. */
#ifndef ORR_PERF_GEMM_GROUPED_H
#define ORR_PERF_GEMM_GROUPED_H

#include "perf/operator.h"

enum { ORR_GROUPED_TILES = 6 };

typedef struct orr_grouped_tiling {
    double rows, columns_per_core;      /* of a tile; column tiles over the cores */
    double tile_ns;                     /* one tile on one core */
} orr_grouped_tiling;

typedef struct orr_grouped_gemm {
    double n, k;                        /* of one group, on one rank */
    orr_dtype weight_dtype, compute_dtype;
    double weight_bytes;                /* of one group */
    double row_bytes, row_flop;         /* activations in and out, FLOP, per row */
    double weight_ns, row_ns;           /* reading one group's weights; bringing one row in and out */
    double idle_tile_ns;                /* a tile that finds nothing to do */
    const orr_machine *machine;
    orr_grouped_tiling tilings[ORR_GROUPED_TILES];
} orr_grouped_gemm;

/* What the products have to do on one rank. */
typedef struct orr_grouped_load {
    double groups, rows;                /* groups with rows; their rows in all */
    double idle_groups, idle_rows;      /* of other ranks, walked over too */
    bool even;                          /* all groups have the same rows */
} orr_grouped_load;

/* ns of a byte of a row, moved between the kernels of one layer's experts. */
double orr_grouped_byte_ns(const orr_machine *machine);

orr_grouped_gemm orr_grouped_gemm_prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype);

/* ns without the launch; *memory_bound tells which side is the longer. */
double orr_grouped_gemm_ns(const orr_grouped_gemm *gemm, const orr_grouped_load *load, bool *memory_bound);

#endif
