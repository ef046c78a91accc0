/* Recurrent token mixers: gated delta net and Mamba-2. Their cache is a state of fixed size a request and layer, whatever the context.
 *
 * State elements: value heads x key dim x value dim (GDN); heads x state size x head size (Mamba-2); and (conv_kernel - 1) x channels of the convolution.
 * Every new token goes through the short convolution first, then through the state; n cores (wide ones count as several of 128 lanes), kc the time of a thousand cycles.
 *   convolution, r requests of one token      t = fixed + r smooth_max(bytes / (share x bandwidth), channels x conv_update_cycles / n)
 *   convolution, a chunk of N tokens          t = fixed + channels smooth_max(N x 4 bytes / stream, max(N, conv_tokens) conv_cycles / n)
 *   update, r requests                        t = fixed + r (bytes moved / (share x bandwidth) + heads x update_head kc / n)
 *     several queries a request (speculation): the state is read once and written after each, so that rejected drafts can be taken back; all else as often as there are queries
 *   scan, a chunk of N tokens in p = max(N / C, 1) pieces (C = 64); u = heads, each of them one unit that goes through its pieces in order
 *     fused in one kernel, a unit a core      t = fixed + W (unit + p x piece) kc,  W = u / n, its last wave rounded up by wave_rounding
 *     in several kernels, pieces side by side t = fixed + (u / n (unit + p x piece) + p x chain) kc,  p = N / C down to a half
 *     not below the products at the matrix peak, nor the tokens' and the state's bytes at the streaming bandwidth
 *   unit and update_head are of a state of 128 x 128 elements and grow with it; piece is of 64 tokens of GDN with such a state and goes with the FLOP:
 *   FLOP a token and head = 2 (d_k d_v x 2) + 2 C (d_k + d_v), times 3/2 for GDN (the triangular solve of the delta rule)
 * Units: ns, bytes, FLOP, tokens. Source: Mamba-2 (Dao, Gu 2024) and gated delta nets (Yang et al. 2024), chunked forms; coefficients in
 * data/calibration/universal.yaml. Valid for chunks of 1 to 100,000 tokens. Heads are cut over the tensor-parallel ranks. A benchmark that repeats itself finds states that fit the
 * last-level cache there (machine.repeats). */
#include "perf/attention.h"

#include "base/math.h"

enum { PIECE_TOKENS = 64 };      /* of a scan: as such kernels are written, for matrix units of 64 rows */

double orr_linear_state_channels(const orr_mixer *mixer)
{
    double keys = (double)(mixer->state_key_heads * mixer->state_key_dim), values = (double)(mixer->state_value_heads * mixer->state_value_dim);
    return 2 * keys + values;       /* GDN: q, k, v; Mamba-2: B, C, x */
}

orr_state_size orr_linear_state_size(const orr_mixer *mixer)
{
    if (mixer->kind != ORR_MIXER_GDN && mixer->kind != ORR_MIXER_MAMBA2) return (orr_state_size){ 0, 0 };
    double recurrent = (double)(mixer->state_value_heads * mixer->state_key_dim * mixer->state_value_dim);
    return (orr_state_size){ recurrent, orr_max((double)mixer->conv_kernel - 1, 0) * orr_linear_state_channels(mixer) };
}

/* Cores as these kernels see them: of 128 lanes. A chip of few wide cores runs several heads on one. */
static double lanes_cores(const orr_machine *machine) { return orr_max(machine->core_count, machine->vector_flop_per_ns * machine->kilocycle_ns / 1000 / 256); }

/* Bytes of r requests' states, met in the last-level cache when they fit half of what it keeps, from memory when they fill more. */
static void set_moved(orr_linear_operator *linear, const orr_machine *machine, double bytes, double held_bytes, double share)
{
    linear->request_bytes = bytes;
    linear->request_held_bytes = held_bytes;
    linear->request_ns = bytes / (share * machine->memory_bytes_per_ns);
    linear->request_cached_ns = orr_min(bytes / machine->cache_bytes_per_ns, linear->request_ns);
}

static void compile_convolution(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double tp = shape->tensor_ranks, channels = orr_linear_state_channels(mixer) / tp, held = 2 * orr_linear_state_size(mixer).convolution / tp, queries = shape->query_tokens;
    double cycle_ns = machine->kilocycle_ns / 1000, cores = lanes_cores(machine);
    if (!(held > 0)) return;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "conv_update", .kernels = 1, .fixed_ns = c->state_conv_kilocycles * machine->kilocycle_ns + machine->kernel_ns, .binding = ORR_BIND_MEMORY, .convolves = true,
                                     .dtype = shape->compute_dtype, .matrix_dtype = shape->compute_dtype, .heads = (double)mixer->state_value_heads / tp };
    set_moved(linear, machine, (1 + queries) * held + queries * 4 * channels, held, c->state_memory_share);
    linear->request_vector_flop = queries * 2 * channels * (double)mixer->conv_kernel;
    double compute_ns = queries * channels * c->state_conv_update_cycles * cycle_ns / cores;
    linear->request_ns = orr_smooth_max(linear->request_ns, compute_ns);
    linear->request_cached_ns = orr_smooth_max(linear->request_cached_ns, compute_ns);
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = "conv_scan", .kernels = 1, .kind = ORR_CHUNK_SCAN, .fixed_ns = linear->fixed_ns, .convolves = true, .dtype = shape->compute_dtype, .matrix_dtype = shape->compute_dtype,
                                   .heads = linear->heads };
    chunk->token_bytes = 4 * channels;
    chunk->piece_tokens = orr_max(c->state_conv_tokens, 1);
    chunk->least_pieces = 1;
    chunk->units = channels / cores;
    chunk->unit_piece_ns = chunk->piece_tokens * c->state_conv_cycles * cycle_ns;
}

/* GDN's FLOP over those of plain products: the triangular solve. */
static double token_head_flop(double key, double value, bool delta) { return (delta ? 1.5 : 1) * (4 * key * value + 2 * PIECE_TOKENS * (key + value)); }

static void compile_update(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double tp = shape->tensor_ranks, heads = (double)mixer->state_value_heads / tp, elements = orr_linear_state_size(mixer).recurrent / tp;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "state_update", .kernels = 1, .fixed_ns = c->state_update_kilocycles * machine->kilocycle_ns + machine->kernel_ns, .binding = ORR_BIND_MEMORY, .dtype = ORR_DTYPE_FP32,
                                     .matrix_dtype = shape->compute_dtype, .heads = heads };
    double held = elements * c->state_moved_bytes / 2, queries = shape->query_tokens;
    set_moved(linear, machine, (1 + queries) * held + queries * 4 * orr_linear_state_channels(mixer) / tp, held, c->state_memory_share);
    linear->request_vector_flop = queries * (mixer->kind == ORR_MIXER_GDN ? 6 : 4) * elements;
    double head_ns = queries * c->state_update_head_kilocycles * machine->kilocycle_ns * elements / 16384 / lanes_cores(machine), vector_ns = linear->request_vector_flop / machine->vector_flop_per_ns;
    linear->request_ns = orr_smooth_max(linear->request_ns, vector_ns) + head_ns;
    linear->request_cached_ns = orr_smooth_max(linear->request_cached_ns, vector_ns) + head_ns;
}

static void compile_scan(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_scan_kind scan, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double tp = shape->tensor_ranks, heads = (double)mixer->state_value_heads / tp, key = (double)mixer->state_key_dim, value = (double)mixer->state_value_dim, kilocycle_ns = machine->kilocycle_ns;
    bool delta = mixer->kind == ORR_MIXER_GDN, fused = scan == ORR_SCAN_BY_COEFFICIENTS ? c->state_fused >= 0.5 : scan == ORR_SCAN_FUSED;
    double flop = token_head_flop(key, value, delta), part = flop / token_head_flop(128, 128, true), size = key * value / 16384;
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = "state_scan", .kernels = fused ? 1 : 4, .kind = ORR_CHUNK_SCAN, .dtype = shape->compute_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads };
    chunk->fixed_ns = (fused ? c->state_fused_kilocycles : c->state_scan_kilocycles) * kilocycle_ns + chunk->kernels * machine->kernel_ns;
    chunk->token_flop = heads * flop;
    chunk->token_ns = chunk->token_flop / machine->matrix_flop_per_ns[shape->compute_dtype];
    chunk->token_bytes = 2 * (orr_linear_state_channels(mixer) / tp + heads * value);
    chunk->fixed_bytes = orr_linear_state_size(mixer).recurrent * c->state_moved_bytes / tp;
    chunk->units = heads / lanes_cores(machine);
    chunk->wave_rounding = fused ? c->state_wave_rounding : 0;
    chunk->piece_tokens = PIECE_TOKENS;
    chunk->least_pieces = fused ? 1 : 0.5;
    chunk->unit_ns = size * (fused ? c->state_fused_unit_kilocycles : c->state_unit_kilocycles) * kilocycle_ns;
    chunk->unit_piece_ns = part * (fused ? c->state_fused_piece_kilocycles : c->state_piece_kilocycles) * kilocycle_ns;
    chunk->chain_ns = fused ? 0 : part * c->state_chain_kilocycles * kilocycle_ns;
}

void orr_linear_state_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_scan_kind scan, orr_attention *attention)
{
    compile_convolution(machine, mixer, shape, attention);
    compile_update(machine, mixer, shape, attention);
    compile_scan(machine, mixer, shape, scan, attention);
}
