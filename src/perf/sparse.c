/* Sparse attention's choice (DSA): a lightning indexer scores every cached token with index_heads small heads against one shared key of index_head_dim, a
 * top-k keeps sparse_topk of them; attention itself then sees at most those (mla.c, attention_*.c).
 *
 * Decode, a context token: index key bytes / (share x bandwidth), 2 index_heads index_head_dim / (share x 8-bit matrix peak), and topk_passes over one fp32
 * score. A chunk: the same a pair of new token and key. Several queries a request read the keys once. The indexer is replicated over tensor-parallel ranks; its key is kept in 8 bit with one fp32 scale.
 * Units: ns, bytes, FLOP, tokens. Source: DeepSeek-V3.2 report; coefficients in data/calibration/universal.yaml. Valid for contexts beyond sparse_topk (below it
 * the indexer still runs). */
#include "perf/attention.h"

#include "base/math.h"

static orr_dtype index_dtype(const orr_machine *machine, const orr_rank_shape *shape)
{
    return machine->matrix_flop_per_ns[ORR_DTYPE_FP8] > 0 ? ORR_DTYPE_FP8 : shape->compute_dtype;
}

static void compile_decode(const orr_machine *machine, const orr_mixer *mixer, orr_dtype dtype, double queries, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double key_bytes = (double)mixer->index_head_dim + 4, flop = 2 * queries * (double)(mixer->index_heads * mixer->index_head_dim);
    double memory_ns = key_bytes / machine->stream_bytes_per_ns, compute_ns = flop / (c->indexer_matrix_share * machine->matrix_flop_per_ns[dtype]);
    orr_linear_operator *scores = &attention->linear[attention->linear_count++];
    *scores = (orr_linear_operator){ .name = "index_scores", .kernels = 1, .fixed_ns = machine->kernel_ns + machine->kilocycle_ns, .context_ns = orr_smooth_max(memory_ns, compute_ns),
                                     .binding = compute_ns > memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY, .dtype = dtype, .matrix_dtype = dtype, .context_flop = flop,
                                     .context_bytes = key_bytes, .heads = (double)mixer->index_heads };
    orr_linear_operator *choice = &attention->linear[attention->linear_count++];
    *choice = (orr_linear_operator){ .name = "index_topk", .kernels = 1, .fixed_ns = machine->kernel_ns + 4 * machine->kilocycle_ns, .context_ns = 4 * queries * c->topk_passes / machine->cache_bytes_per_ns,
                                     .binding = ORR_BIND_MEMORY, .dtype = ORR_DTYPE_FP32, .matrix_dtype = dtype, .context_vector_flop = queries * c->topk_passes, .heads = 1 };
}

void orr_sparse_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    orr_dtype dtype = index_dtype(machine, shape);
    compile_decode(machine, mixer, dtype, shape->query_tokens, attention);
    double heads = (double)mixer->index_heads, flop = 2 * heads * (double)mixer->index_head_dim;
    double pair_ns = flop / (c->indexer_matrix_share * machine->matrix_flop_per_ns[dtype]) + 4 * c->topk_passes / machine->cache_bytes_per_ns;
    attention->chunk[attention->chunk_count++] = (orr_chunk_operator){
        .name = "index_scores_topk", .kernels = 2, .kind = ORR_CHUNK_SOFTMAX, .chooses = true, .fixed_ns = 2 * machine->kernel_ns + 5 * machine->kilocycle_ns, .dtype = dtype, .matrix_dtype = dtype,
        .pair_flop = flop, .pair_ns = pair_ns, .query_tile = c->attention_query_tile, .tile_ns = c->attention_prefill_tile_kilocycles * machine->kilocycle_ns * heads / machine->core_count, .head_pair_core_ns = 0, .key_bytes = (double)mixer->index_head_dim + 4,
        .token_bytes = heads * (double)mixer->index_head_dim, .heads = heads,
        .memory_key_ns = ((double)mixer->index_head_dim + 4) / machine->stream_bytes_per_ns, .memory_token_ns = heads * (double)mixer->index_head_dim / machine->stream_bytes_per_ns,
    };
}
