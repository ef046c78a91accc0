/* Matrix products:  t = launch + min over tilings of smooth_max(t_compute, t_memory).
 *
 * A tiling cuts C into tiles of r x c and K into s parts: x = ceil(m/r) ceil(n/c) s tiles over the cores, in w waves (partly rounded up).
 *   t_compute = w 2 r c (K/s + K0) / (core rate x e(r, c)) + join        K0: filling and draining the pipeline
 *   e(r, c) = share x I/(I + I0) over the same at 128 x 256, I = r c/(r + c): small tiles reuse too little of what they load
 *   t_memory = weights / min(share x bandwidth, column tiles at work x bytes in flight / latency) + activations beyond the cache / (share x bandwidth) + join
 *   join (s > 1): a fixed time, and the partial sums written and read once in fp32
 * The best of a fixed set of tilings is taken, as a library's heuristic would: a minimum of functions that grow with m, so t does.
 * A grouped product (experts) has touched groups x at least one row tile each, and half a tile lost in each: rows/r + groups/2.
 * Units: ns, bytes, FLOP. Source: wave and tile quantisation and Little's law as in any vendor's performance guide; shares in
 * data/calibration/universal.yaml. Valid from m = 1 to 100,000 on chips with one or more cores that each own a matrix unit; sustained products at the
 * power limit run up to 15 % slower than this says. */
#include "perf/gemm.h"

#include "base/math.h"

typedef struct tile_shape { double rows, columns; } tile_shape;

static const tile_shape tile_shapes[] = { { 16, 64 }, { 16, 128 }, { 32, 64 }, { 32, 128 }, { 64, 64 }, { 64, 128 }, { 128, 128 }, { 128, 256 }, { 256, 128 } };

static double compute_share(const orr_coefficients *c, orr_dtype compute_dtype)
{
    switch (compute_dtype) {
    case ORR_DTYPE_FP8: case ORR_DTYPE_INT8: return c->gemm_fp8_compute_share;
    case ORR_DTYPE_FP8_BLOCK: return c->gemm_block_compute_share;
    case ORR_DTYPE_FP4: case ORR_DTYPE_INT4: return c->gemm_fp4_compute_share;
    default: return c->gemm_compute_share;
    }
}

/* 8-bit weights multiply as 8-bit, whatever their scales; a narrower weight than the product's dtype is unpacked on the way. */
static bool is_unpacked(orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return orr_dtype_bytes(weight_dtype) < 0.9 * orr_activation_bytes(compute_dtype);
}

double orr_activation_bytes(orr_dtype compute_dtype)
{
    switch (compute_dtype) {
    case ORR_DTYPE_FP32: return 4;
    case ORR_DTYPE_FP8: case ORR_DTYPE_FP8_BLOCK: case ORR_DTYPE_INT8: return 1;
    case ORR_DTYPE_FP4: case ORR_DTYPE_INT4: return 0.5;
    default: return 2;
    }
}

static double tile_share(const orr_coefficients *c, tile_shape tile)
{
    double best = 128.0 * 256.0 / (128.0 + 256.0), half = c->gemm_tile_half_intensity;
    double intensity = tile.rows * tile.columns / (tile.rows + tile.columns);
    return intensity / (intensity + half) * (best + half) / best;
}

static void add_tiling(orr_gemm *gemm, tile_shape tile, double splits, double core_flop_per_ns)
{
    const orr_coefficients *c = gemm->machine->coefficients;
    orr_gemm_tiling *tiling = &gemm->tilings[gemm->tiling_count++];
    double depth = gemm->k / splits + c->gemm_fill_depth;
    const orr_machine *machine = gemm->machine;
    tiling->inverse_rows = 1 / tile.rows;
    tiling->column_tiles = orr_ceil_positive(gemm->n / tile.columns) * splits;
    tiling->waves_per_row_tile = tiling->column_tiles / machine->core_count;
    double reached = orr_min(orr_min(tiling->column_tiles, machine->core_count) * machine->core_stream_bytes_per_ns, gemm->memory_bytes_per_ns);
    tiling->weight_ns = gemm->weight_bytes / reached;
    tiling->wave_ns = 2 * tile.rows * tile.columns * depth / (core_flop_per_ns * tile_share(c, tile));
    tiling->join_ns = splits > 1 ? c->gemm_split_kilocycles * machine->kilocycle_ns : 0;
    tiling->join_ns_per_row = splits > 1 ? 2 * 4 * gemm->n * splits / gemm->memory_bytes_per_ns : 0;
}

/* What does not depend on the tiling: rows, and the time of the rows' bytes beyond the cache. */
typedef struct product { double rows, row_ns; } product;

static product product_of(const orr_gemm *gemm, double rows)
{
    double beyond = orr_max(rows * gemm->row_bytes - gemm->machine->cache_kept_bytes, 0);
    return (product){ rows, beyond / gemm->memory_bytes_per_ns };
}

/* Fourth power of the smooth maximum of one tiling's times; the least one wins. */
static inline double tiling_score(const orr_gemm_tiling *tiling, const product *p, double rounding, double row_tiles, double weight_ns, bool *memory_bound)
{
    double waves = row_tiles * tiling->waves_per_row_tile;
    double counted = rounding * orr_ceil_positive(waves * (1 - 1e-12)) + (1 - rounding) * orr_max(waves, 1);
    double compute_ns = counted * tiling->wave_ns + tiling->join_ns;
    double memory_ns = weight_ns + p->row_ns + tiling->join_ns_per_row * p->rows + tiling->join_ns;
    *memory_bound = memory_ns > compute_ns;
    double compute2 = compute_ns * compute_ns, memory2 = memory_ns * memory_ns;
    return compute2 * compute2 + memory2 * memory2;
}

static orr_gemm prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype, double share_factor, double memory_share, double split_limit, double least_rows)
{
    const orr_coefficients *c = machine->coefficients;
    orr_gemm gemm = { .n = (double)n, .k = (double)k, .weight_dtype = weight_dtype, .compute_dtype = compute_dtype, .machine = machine };
    gemm.weight_bytes = gemm.n * gemm.k * orr_dtype_bytes(weight_dtype);
    gemm.row_bytes = gemm.k * orr_activation_bytes(compute_dtype) + gemm.n * 2;
    gemm.row_flop = 2 * gemm.n * gemm.k;
    gemm.latency_ns = machine->kernel_ns;
    gemm.memory_bytes_per_ns = machine->memory_bytes_per_ns * memory_share;
    double share = compute_share(c, compute_dtype) * share_factor * (is_unpacked(weight_dtype, compute_dtype) ? c->gemm_weight_only_share : 1);
    double core_flop_per_ns = share * machine->matrix_flop_per_ns[compute_dtype] / machine->core_count;
    for (size_t i = 0; i < sizeof tile_shapes / sizeof tile_shapes[0]; i++)
        for (double splits = 1; splits <= split_limit && gemm.tiling_count < ORR_MAX_GEMM_TILES; splits *= 2) {
            bool worth = splits <= 1 || (gemm.k / splits >= 256 && orr_ceil_positive(gemm.n / tile_shapes[i].columns) * splits <= 2 * machine->core_count);
            if (worth && tile_shapes[i].rows >= least_rows) add_tiling(&gemm, tile_shapes[i], splits, core_flop_per_ns);
        }
    return gemm;
}

orr_gemm orr_gemm_prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return prepare(machine, n, k, weight_dtype, compute_dtype, 1, machine->coefficients->gemm_memory_share, 8, 1);
}

orr_gemm orr_gemm_prepare_grouped(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    const orr_coefficients *c = machine->coefficients;
    return prepare(machine, n, k, weight_dtype, compute_dtype, c->moe_compute_share, c->moe_memory_share, 1, 1);
}

orr_gemm orr_gemm_prepare_long(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return prepare(machine, n, k, weight_dtype, compute_dtype, 1, machine->coefficients->gemm_memory_share, 1, 64);
}

double orr_gemm_ns(const orr_gemm *gemm, double m, bool *memory_bound)
{
    product p = product_of(gemm, m);
    double best = INFINITY, rounding = gemm->machine->coefficients->gemm_wave_rounding;
    for (int i = 0; i < gemm->tiling_count; i++) {
        const orr_gemm_tiling *tiling = &gemm->tilings[i];
        bool bound;
        double score = tiling_score(tiling, &p, rounding, orr_ceil_positive(m * tiling->inverse_rows), tiling->weight_ns, &bound);
        if (score < best) { best = score; *memory_bound = bound; }
    }
    return gemm->latency_ns + sqrt(sqrt(best));
}

double orr_gemm_grouped_ns(const orr_gemm *gemm, double groups, double rows, bool *memory_bound)
{
    const orr_machine *machine = gemm->machine;
    product p = product_of(gemm, rows);
    double best = INFINITY, rounding = machine->coefficients->gemm_wave_rounding, bytes = groups * gemm->weight_bytes;
    for (int i = 0; i < gemm->tiling_count; i++) {
        const orr_gemm_tiling *tiling = &gemm->tilings[i];
        double row_tiles = orr_max(groups, rows * tiling->inverse_rows + 0.5 * groups);
        double reached = orr_min(orr_min(groups * tiling->column_tiles, machine->core_count) * machine->core_stream_bytes_per_ns, gemm->memory_bytes_per_ns);
        bool bound;
        double score = tiling_score(tiling, &p, rounding, row_tiles, bytes / reached, &bound);
        if (score < best) { best = score; *memory_bound = bound; }
    }
    return gemm->latency_ns + sqrt(sqrt(best));
}

void orr_gemm_emit(const orr_gemm *gemm, const char *name, double times, double m, double ranks, double mean_share, orr_sink *sink)
{
    bool memory_bound = false;
    double time_ns = orr_gemm_ns(gemm, m, &memory_bound);
    double beyond = orr_max(m * gemm->row_bytes - gemm->machine->cache_kept_bytes, 0);
    orr_work work = { .dtype = gemm->compute_dtype, .flop = m * gemm->row_flop, .bytes = beyond, .static_bytes = gemm->weight_bytes, .ranks = ranks, .mean_share = mean_share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_GEMM, .dtype = gemm->weight_dtype, .size = { m, gemm->n, gemm->k, 0 } };
    bool latency = 2 * gemm->latency_ns > time_ns;
    operator_.binding = latency ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    orr_work_cost(gemm->machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
