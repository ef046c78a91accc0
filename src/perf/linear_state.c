/* Recurrent token mixers: gated delta net and Mamba-2. Their cache is a state of fixed size a request and layer, whatever the context.
 *
 * State elements: value heads x key dim x value dim (GDN); heads x state size x head size (Mamba-2); and (conv_kernel - 1) x channels of the convolution.
 * Decode, a request: the state read and written once, t = fixed + 2 state bytes / (share x bandwidth); FLOP 2 to 3 a state element pair.
 * Several queries a request (speculation): the state is read once and written after each, so that rejected drafts can be taken back.
 * A chunk of n tokens, in pieces of C (state.chunk_tokens): inside a piece the products are C x C a head, between pieces they go through the state:
 *   FLOP a token and head = 2 (d_k d_v x 2) + 2 C (d_k + d_v), times 3/2 for GDN (the triangular solve of the delta rule)
 *   t = fixed + smooth_max(FLOP / (share x matrix peak), (tokens x channels + state) bytes / bandwidth, pieces one after the other: n/C x state.piece_kilocycles)
 *   GDN's products are small and depend on one another: its share is lower by state.delta_slowdown
 * Units: ns, bytes, FLOP, tokens. Source: Mamba-2 (Dao, Gu 2024) and gated delta nets (Yang et al. 2024), chunked forms; coefficients in
 * data/calibration/universal.yaml. Valid for chunks of 1 to 100,000 tokens. Heads are cut over the tensor-parallel ranks. */
#include "perf/attention.h"

#include "base/math.h"

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

void orr_linear_state_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    orr_state_size size = orr_linear_state_size(mixer);
    double tp = shape->tensor_ranks, heads = (double)mixer->state_value_heads / tp;
    double key = (double)mixer->state_key_dim, value = (double)mixer->state_value_dim;
    double state_bytes = (size.recurrent * c->state_element_bytes + size.convolution * 2) / tp;
    double fixed_ns = c->state_kilocycles * machine->kilocycle_ns + 2 * machine->kernel_ns;
    double delta = mixer->kind == ORR_MIXER_GDN ? 1.5 : 1;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "state_update", .kernels = 2, .fixed_ns = fixed_ns, .binding = ORR_BIND_MEMORY, .dtype = ORR_DTYPE_FP32, .matrix_dtype = shape->compute_dtype, .heads = heads };
    double queries = shape->query_tokens;
    linear->request_bytes = (1 + queries) * state_bytes + queries * 2 * 2 * orr_linear_state_channels(mixer) / tp;
    linear->request_vector_flop = queries * 4 * delta * size.recurrent / tp;
    linear->request_ns = orr_smooth_max(linear->request_bytes / (c->state_memory_share * machine->memory_bytes_per_ns), linear->request_vector_flop / machine->vector_flop_per_ns);
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = "state_scan", .kernels = 4, .kind = ORR_CHUNK_SCAN, .fixed_ns = 2 * fixed_ns, .dtype = shape->compute_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads };
    chunk->token_flop = delta * heads * (4 * key * value + 2 * c->state_chunk_tokens * (key + value));
    double slower = mixer->kind == ORR_MIXER_GDN ? c->state_delta_slowdown : 1;
    chunk->token_ns = slower * chunk->token_flop / (c->state_matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]);
    chunk->piece_ns = c->state_piece_kilocycles * machine->kilocycle_ns / c->state_chunk_tokens;
    chunk->token_bytes = 2 * (3 * orr_linear_state_channels(mixer) / tp + 2 * heads * value);
    chunk->fixed_bytes = 2 * state_bytes;
}
