/* Grouped products C_g[m_g, n] = A_g[m_g, k] W_g[k, n] in one launch:
 *   t = min over tiles r x c of [smooth_max(w t_tile, t_weights) + idle tiles x idle time / cores] + rows' bytes in and out x max(1 / memory bandwidth, slowdown / cache bandwidth)
 *
 *   t_tile = smooth_max(2 r c K' / core rate, (r a + c b) K' / core fill rate, t_vector), K' = k + K0: products; bytes of a row and of a column brought in from the last-level cache; what vector
 *            units do beside. K0: filling and draining the pipeline
 *   t_vector = FLOP a sum and 128 of K (8-bit block scales rescale their sums) or FLOP an element of the weight (narrow weights unpacked), over a core's vector rate
 *   x = row tiles x ceil(n/c) tiles in w = ceil(x / cores) waves (partly rounded up); row tiles = max(groups, rows/r + groups/2), or groups x ceil(rows / groups / r) when all are the same
 *   t_weights = groups with rows x weights / (share x bandwidth)
 * A core's fill is what holds many rows back: at 128 x 128 it asks 512 bytes a step of K at 16 bit, some 37 bytes a clock come from the cache of present chips, and their matrix units need 2 to 16
 * clocks; so a chip's matrix rate alone does little for experts.
 * Rows' bytes were written by the kernel before and are read by the next, so that the cache takes part of them and its paths, not only the memory's, hold them back.
 * Idle tiles: where every rank holds all tokens, some libraries walk over the rows of experts that live elsewhere (moe.foreign_share of them).
 * Units: ns, bytes, FLOP. Source: roofline of a core inside that of the chip; coefficients in data/calibration/universal.yaml, fitted to kernel timings on A100, H100, H200 and B200. Valid for 1 to
 * 100,000 rows, n and k from 32 to 65,536; kernels that a library has not tuned run up to six times slower than this says. */
#include "perf/gemm_grouped.h"

#include "base/math.h"
#include "perf/gemm.h"

typedef struct tile_shape { double rows, columns; } tile_shape;

static const tile_shape shapes[ORR_GROUPED_TILES] = { { 16, 64 }, { 16, 128 }, { 32, 128 }, { 64, 128 }, { 128, 128 }, { 128, 256 } };

/* The datasheet's. */
static double cache_bytes_per_ns(const orr_machine *machine) { return machine->cache_bytes_per_ns / machine->coefficients->stream_memory_share; }

double orr_grouped_byte_ns(const orr_machine *machine)
{
    return orr_max(1 / machine->memory_bytes_per_ns, machine->coefficients->moe_row_slowdown / cache_bytes_per_ns(machine));
}

static orr_grouped_tiling tiling_of(const orr_grouped_gemm *gemm, tile_shape tile)
{
    const orr_machine *machine = gemm->machine;
    const orr_coefficients *c = machine->coefficients;
    const double depth = gemm->k + c->moe_fill_depth, cores = machine->core_count, a = orr_activation_bytes(gemm->compute_dtype), b = orr_dtype_bytes(gemm->weight_dtype);
    const double matrix_ns = 2 * tile.rows * tile.columns * depth * cores / (c->moe_compute_share * machine->matrix_flop_per_ns[gemm->compute_dtype]);
    const double fill_ns = (tile.rows * a + tile.columns * b) * depth * cores / (c->moe_fill_share * cache_bytes_per_ns(machine));
    double vector_flop = 0;
    if (gemm->compute_dtype == ORR_DTYPE_FP8_BLOCK) vector_flop += c->moe_block_flop * tile.rows / 128;
    if (b < 0.9 * a) vector_flop += c->moe_unpack_flop;
    const double vector_ns = vector_flop * tile.columns * depth * cores / machine->vector_flop_per_ns;
    return (orr_grouped_tiling){tile.rows, orr_ceil_positive(gemm->n / tile.columns) / cores, orr_smooth_max(orr_smooth_max(matrix_ns, fill_ns), vector_ns)};
}

orr_grouped_gemm orr_grouped_gemm_prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    const orr_coefficients *c = machine->coefficients;
    orr_grouped_gemm gemm = {.n = (double)n, .k = (double)k, .weight_dtype = weight_dtype, .compute_dtype = compute_dtype, .machine = machine};
    gemm.weight_bytes = gemm.n * gemm.k * orr_dtype_bytes(weight_dtype);
    gemm.row_bytes = gemm.k * orr_activation_bytes(compute_dtype) + gemm.n * 2;
    gemm.row_flop = 2 * gemm.n * gemm.k;
    gemm.row_ns = gemm.row_bytes * orr_grouped_byte_ns(machine);
    gemm.weight_ns = gemm.weight_bytes / (c->moe_memory_share * machine->memory_bytes_per_ns);
    gemm.idle_tile_ns = c->moe_idle_tile_kilocycles * machine->kilocycle_ns;
    for (int i = 0; i < ORR_GROUPED_TILES; i++) gemm.tilings[i] = tiling_of(&gemm, shapes[i]);
    return gemm;
}

static double row_tiles(const orr_grouped_load *load, double rows_per_tile)
{
    if (load->even) return load->groups * orr_ceil_positive(load->rows / (load->groups * rows_per_tile) * (1 - 1e-12));
    return orr_max(load->groups, load->rows / rows_per_tile + 0.5 * load->groups);
}

double orr_grouped_gemm_ns(const orr_grouped_gemm *gemm, const orr_grouped_load *load, bool *memory_bound)
{
    const double rounding = gemm->machine->coefficients->moe_wave_rounding, weight_ns = load->groups * gemm->weight_ns;
    double best = INFINITY;
    for (int i = 0; i < ORR_GROUPED_TILES; i++) {
        const orr_grouped_tiling *tiling = &gemm->tilings[i];
        const double waves = row_tiles(load, tiling->rows) * tiling->columns_per_core;
        const double tile_ns = (rounding * orr_ceil_positive(waves * (1 - 1e-12)) + (1 - rounding) * orr_max(waves, 1)) * tiling->tile_ns;
        const double idle = orr_max(load->idle_groups, load->idle_rows / tiling->rows + 0.5 * load->idle_groups) * tiling->columns_per_core;
        const double time_ns = orr_smooth_max(tile_ns, weight_ns) + idle * gemm->idle_tile_ns;
        if (time_ns < best) { best = time_ns; *memory_bound = weight_ns + load->rows * gemm->row_ns > tile_ns; }
    }
    return best + (load->rows + load->idle_rows) * gemm->row_ns;
}
