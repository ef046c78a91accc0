/* Matrix products:  t = launch + capped(min over tilings of [sqrt(t_compute^2 + t_memory^2) + join]).
 *
 * A tiling cuts C into tiles of r x c and K into s parts: x = ceil(m/r) ceil(n/c) s tiles over the cores, in w waves (partly rounded up).
 *   t_compute = w max(2 r c (K/s + K0) / (core rate x e(r, c)), K/s panel, K/s steps)       K0: filling and draining the pipeline, in elements of K
 *   e(r, c) = share x I/(I + I0), I = r c/(r + c): small tiles reuse too little of what they load
 *   panel: c elements of W over what a core reads from the cache, its even share of the bandwidth times a factor (rows of A come along, shared between cores)
 *   steps: products with scales of their own in every block of K (8 and 4 bit), whose accumulators are rescaled as they go, take some cycles an element of K whatever the tile
 *   t_memory = weights / min(share x bandwidth, column tiles at work x bytes in flight / latency) + activations / (share x bandwidth)
 *   join (s > 1): some memory latencies, and the partial sums written and read once in fp32 through the cache
 *   capped: above the power limit the clock falls (energy.c)
 * The best of a fixed set of tilings is taken, as a library's heuristic would: a minimum of functions that grow with m, so t does. Products of scaled, unpacked or integer numbers are not
 * split; unpacked ones have tiles of 32 rows too.
 * Activations: in a step the cache still holds part of what the kernel before wrote; a product alone (orr_gemm_emit_alone) reads and writes them all in memory.
 * Grouped products (experts) stand in gemm_grouped.c.
 * Units: ns, bytes, FLOP. Source: wave and tile quantisation and Little's law as in any vendor's performance guide; coefficients in
 * data/calibration/universal.yaml, fitted to kernel timings on A100 to B200: 16 bit within 6 to 10 % (median), 8 and 4 bit within 3 to 19 %. Valid from m = 1 to 100,000 and n, k from 32 to
 * 65,536, on chips with one or more cores that each own a matrix unit. */
#include "perf/gemm.h"

#include "base/math.h"
#include "perf/quantize.h"

typedef struct tile_shape { double rows, columns; } tile_shape;

static const tile_shape tile_shapes[] = { { 32, 64 }, { 32, 128 }, { 64, 64 }, { 64, 128 }, { 128, 128 }, { 128, 256 } };
static const double least_plain_rows = 64, least_unpacked_rows = 32, least_split_depth = 256;

/* 8-bit weights multiply as 8-bit, whatever their scales; a narrower weight than the product's dtype is unpacked on the way. */
static bool is_unpacked(orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return orr_dtype_bytes(weight_dtype) < 0.9 * orr_activation_bytes(compute_dtype);
}

static bool is_4_bit(orr_dtype dtype) { return dtype == ORR_DTYPE_FP4 || dtype == ORR_DTYPE_INT4; }

/* Core cycles an element of K that scales cost. */
static double scaled_cycles(const orr_coefficients *c, orr_dtype compute_dtype)
{
    return compute_dtype == ORR_DTYPE_FP8_BLOCK ? c->gemm_block_cycles : compute_dtype == ORR_DTYPE_FP4 ? c->gemm_fp4_cycles : 0;
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
    double intensity = tile.rows * tile.columns / (tile.rows + tile.columns);
    return intensity / (intensity + c->gemm_tile_half_intensity);
}

static void add_tiling(orr_gemm *gemm, tile_shape tile, double splits, double core_flop_per_ns)
{
    const orr_machine *machine = gemm->machine;
    const orr_coefficients *c = machine->coefficients;
    orr_gemm_tiling *tiling = &gemm->tilings[gemm->tiling_count++];
    double depth = gemm->k / splits;
    tiling->inverse_rows = 1 / tile.rows;
    tiling->column_tiles = orr_ceil_positive(gemm->n / tile.columns) * splits;
    tiling->waves_per_row_tile = tiling->column_tiles / machine->core_count;
    double reached = orr_min(orr_min(tiling->column_tiles, machine->core_count) * machine->core_stream_bytes_per_ns, gemm->memory_bytes_per_ns);
    tiling->weight_ns = gemm->weight_bytes / reached;
    double multiply_ns = 2 * tile.rows * tile.columns * (depth + c->gemm_fill_depth) / (core_flop_per_ns * tile_share(c, tile));
    double panel_ns = tile.columns * orr_dtype_bytes(gemm->weight_dtype) * machine->core_count / (c->gemm_panel_shares * machine->cache_bytes_per_ns);
    double scales_ns = scaled_cycles(c, gemm->compute_dtype) * 1e-3 * machine->kilocycle_ns;
    tiling->wave_ns = orr_max(multiply_ns, depth * orr_max(panel_ns, scales_ns));
    tiling->join_ns = splits > 1 ? c->gemm_split_latencies * machine->memory_latency_ns : 0;
    tiling->join_ns_per_row = splits > 1 ? 2 * 4 * gemm->n * splits / machine->cache_bytes_per_ns : 0;
}

/* What does not depend on the tiling: rows, the time of their bytes in memory, and how far a last wave counts as a whole one. */
typedef struct product { double rows, row_ns, rounding; } product;

static product product_of(const orr_gemm *gemm, double rows, double kept_bytes)
{
    return (product){ rows, orr_max(rows * gemm->row_bytes - kept_bytes, 0) / gemm->memory_bytes_per_ns, gemm->machine->coefficients->gemm_wave_rounding };
}

/* One tiling's time; infinite when its arithmetic alone takes as long as `best`. */
static inline double tiling_ns(const orr_gemm_tiling *tiling, const product *p, double row_tiles, double weight_ns, double best, bool *memory_bound)
{
    double waves = row_tiles * tiling->waves_per_row_tile;
    double counted = p->rounding * orr_ceil_positive(waves * (1 - 1e-12)) + (1 - p->rounding) * orr_max(waves, 1);
    double compute_ns = counted * tiling->wave_ns, memory_ns = weight_ns + p->row_ns;
    if (compute_ns >= best) return INFINITY;
    *memory_bound = memory_ns > compute_ns;
    return sqrt(compute_ns * compute_ns + memory_ns * memory_ns) + tiling->join_ns + tiling->join_ns_per_row * p->rows;
}

static orr_gemm prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype, double split_limit)
{
    const orr_coefficients *c = machine->coefficients;
    orr_gemm gemm = { .n = (double)n, .k = (double)k, .weight_dtype = weight_dtype, .compute_dtype = compute_dtype, .machine = machine };
    gemm.weight_bytes = gemm.n * gemm.k * orr_dtype_bytes(weight_dtype);
    gemm.row_bytes = gemm.k * orr_activation_bytes(compute_dtype) + gemm.n * 2;
    gemm.row_flop = 2 * gemm.n * gemm.k;
    gemm.latency_ns = machine->kernel_ns + c->gemm_start_kilocycles * machine->kilocycle_ns;
    gemm.memory_bytes_per_ns = machine->memory_bytes_per_ns * c->gemm_memory_share * (is_4_bit(compute_dtype) ? c->gemm_fp4_memory_share : 1);
    double share = compute_dtype == ORR_DTYPE_FP8_BLOCK ? c->gemm_block_compute_share : c->gemm_compute_share;
    double core_flop_per_ns = share * machine->matrix_flop_per_ns[compute_dtype] / machine->core_count;
    bool unpacked = is_unpacked(weight_dtype, compute_dtype), whole = unpacked || compute_dtype == ORR_DTYPE_INT8 || compute_dtype == ORR_DTYPE_FP8_BLOCK || is_4_bit(compute_dtype);
    double least_rows = unpacked ? least_unpacked_rows : least_plain_rows;
    for (size_t i = 0; i < sizeof tile_shapes / sizeof tile_shapes[0]; i++)
        for (double splits = 1; splits <= (whole ? 1 : split_limit) && gemm.tiling_count < ORR_MAX_GEMM_TILES; splits *= 2) {
            bool worth = splits <= 1 || (gemm.k / splits >= least_split_depth && orr_ceil_positive(gemm.n / tile_shapes[i].columns) * splits <= 2 * machine->core_count);
            if (worth && tile_shapes[i].rows >= least_rows) add_tiling(&gemm, tile_shapes[i], splits, core_flop_per_ns);
        }
    return gemm;
}

orr_gemm orr_gemm_prepare(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return prepare(machine, n, k, weight_dtype, compute_dtype, 32);
}

orr_gemm orr_gemm_prepare_long(const orr_machine *machine, int64_t n, int64_t k, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    return prepare(machine, n, k, weight_dtype, compute_dtype, 1);
}

static double capped_ns(const orr_gemm *gemm, double time_ns, double rows, double bytes)
{
    const orr_machine *machine = gemm->machine;
    return gemm->latency_ns + orr_power_capped_ns(machine, time_ns, rows * gemm->row_flop * machine->j_per_flop[gemm->compute_dtype] + bytes * machine->j_per_memory_byte);
}

static double product_ns(const orr_gemm *gemm, double m, double kept_bytes, bool *memory_bound)
{
    product p = product_of(gemm, m, kept_bytes);
    double best = INFINITY;
    for (int i = 0; i < gemm->tiling_count; i++) {
        const orr_gemm_tiling *tiling = &gemm->tilings[i];
        bool bound = false;
        double time_ns = tiling_ns(tiling, &p, orr_ceil_positive(m * tiling->inverse_rows), tiling->weight_ns, best, &bound);
        if (time_ns < best) { best = time_ns; *memory_bound = bound; }
    }
    return capped_ns(gemm, best, m, gemm->weight_bytes + orr_max(m * gemm->row_bytes - kept_bytes, 0));
}

double orr_gemm_ns(const orr_gemm *gemm, double m, bool *memory_bound) { return product_ns(gemm, m, gemm->machine->cache_kept_bytes, memory_bound); }

static void emit(const orr_gemm *gemm, const char *name, double times, double m, double kept_bytes, double ranks, double mean_share, orr_sink *sink)
{
    bool memory_bound = false;
    double time_ns = product_ns(gemm, m, kept_bytes, &memory_bound);
    orr_work work = { .dtype = gemm->compute_dtype, .flop = m * gemm->row_flop, .bytes = orr_max(m * gemm->row_bytes - kept_bytes, 0), .static_bytes = gemm->weight_bytes, .ranks = ranks, .mean_share = mean_share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_GEMM, .dtype = gemm->weight_dtype, .size = { m, gemm->n, gemm->k, 0 } };
    bool latency = 2 * gemm->latency_ns > time_ns;
    operator_.binding = latency ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    orr_work_cost(gemm->machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}

void orr_gemm_emit(const orr_gemm *gemm, const char *name, double times, double m, double ranks, double mean_share, orr_sink *sink)
{
    emit(gemm, name, times, m, gemm->machine->cache_kept_bytes, ranks, mean_share, sink);
}

void orr_gemm_emit_alone(const orr_gemm *gemm, double m, orr_sink *sink)
{
    orr_quantize_emit(gemm->machine, gemm->weight_dtype, gemm->compute_dtype, m, gemm->k, sink);
    emit(gemm, "gemm", 1, m, 0, 1, 1, sink);
    orr_quantize_emit_host_wait(gemm->machine, gemm->compute_dtype, sink);
}
