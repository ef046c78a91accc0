/* Latent attention (DeepSeek's MLA). The cache holds one latent of kv_lora_rank + qk_rope_dim a token and layer, the same for all heads, so every
 * tensor-parallel rank holds and reads all of it.
 *
 * Decode, absorbed: queries are brought into the latent space (products with W_UK and W_UV are in the dense part: the same FLOP as kv_b_proj on the new
 * tokens), then attention is multi-query with d_k = lora + rope, d_v = lora:
 *   slope = smooth_max(latent bytes / (share x bandwidth), 2 rows (2 lora + rope) / (share x matrix peak) + softmax / vector rate), rows = the rank's heads padded to a tile
 * Prefill, not absorbed: a chunk expands the latents of its context through kv_b_proj (a product with m = context) and attends with d_k = nope + rope, d_v = v.
 * Several queries a request (speculation): so many times the rows; latents are read once, but by each query where each picks its own (sparse).
 * With sparse attention (DSA) both are absorbed and see at most topk keys; the indexer is in sparse.c.
 * Units: ns, bytes, FLOP, tokens. Source: DeepSeek-V2 and V3 reports; coefficients in data/calibration/universal.yaml. Valid as the families of softmax
 * attention are; the expansion is one product over the whole context (engines cut it in pieces of tens of thousands of tokens). */
#include "perf/attention.h"

#include "base/math.h"

static double latent_bytes(const orr_mixer *mixer, const orr_rank_shape *shape) { return (double)(mixer->kv_lora_rank + mixer->qk_rope_dim) * orr_dtype_bytes(shape->kv_dtype); }

static void compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, width = (double)(2 * mixer->kv_lora_rank + mixer->qk_rope_dim);
    double queries = shape->query_tokens, rows = orr_ceil_positive(queries * heads / c->attention_decode_rows) * c->attention_decode_rows;
    double softmax = queries * heads * c->attention_softmax_flop;
    double memory_ns = latent_bytes(mixer, shape) / (c->mla_memory_share * machine->memory_bytes_per_ns);
    double compute_ns = 2 * rows * width / (c->mla_matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]) + softmax / machine->vector_flop_per_ns;
    double token_ns = orr_smooth_max(memory_ns, compute_ns), flop = 2 * queries * heads * width, chosen_bytes = queries * latent_bytes(mixer, shape);
    if (mixer->sparse_topk > 0) token_ns = orr_smooth_max(queries * memory_ns, compute_ns);
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "decode_mla", .kernels = 2, .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype, .heads = 1,
                                     .binding = compute_ns > memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY };
    linear->fixed_ns = c->mla_decode_kilocycles * machine->kilocycle_ns + 2 * machine->kernel_ns;
    linear->request_ns = c->mla_decode_tile_kilocycles * machine->kilocycle_ns * (rows / c->attention_decode_rows) / machine->core_count;
    linear->request_bytes = 2 * queries * heads * width;
    linear->request_ns += linear->request_bytes / machine->stream_bytes_per_ns;
    if (mixer->sparse_topk > 0) { linear->name = "decode_mla_sparse"; linear->capped_ns = token_ns; linear->capped_bytes = chosen_bytes; linear->capped_flop = flop; linear->capped_vector_flop = softmax; }
    else { linear->unequal = true; linear->context_ns = token_ns; linear->context_bytes = latent_bytes(mixer, shape); linear->context_flop = flop; linear->context_vector_flop = softmax; }
}

/* Attention of a chunk; d_k + d_v is `width`. */
static void compile_chunk(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, const char *name, double width, double matrix_share, double key_bytes, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks;
    double head_pair_ns = orr_softmax_pair_ns(machine, width, matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]);
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = name, .kernels = 1, .kind = ORR_CHUNK_SOFTMAX, .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads,
                                   .cap_tokens = (double)mixer->sparse_topk };
    chunk->fixed_ns = c->attention_prefill_kilocycles * machine->kilocycle_ns + machine->kernel_ns;
    chunk->pair_flop = 2 * heads * width;
    chunk->pair_vector_flop = heads * c->attention_softmax_flop;
    chunk->pair_ns = heads * head_pair_ns;
    chunk->head_pair_core_ns = head_pair_ns * machine->core_count;
    chunk->token_bytes = 2 * heads * width;
    chunk->key_bytes = key_bytes;
    chunk->memory_token_ns = chunk->token_bytes / machine->stream_bytes_per_ns;
    chunk->memory_key_ns = key_bytes / machine->stream_bytes_per_ns;
}

static void compile_prefill(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_arena *arena, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    if (mixer->sparse_topk > 0) {
        compile_chunk(machine, mixer, shape, "prefill_mla_sparse", (double)(2 * mixer->kv_lora_rank + mixer->qk_rope_dim), c->mla_matrix_share, latent_bytes(mixer, shape), attention);
        return;
    }
    int64_t heads = mixer->heads / (int64_t)shape->tensor_ranks, expanded = heads * (mixer->qk_nope_dim + mixer->value_head_dim);
    compile_chunk(machine, mixer, shape, "prefill_mla", (double)(mixer->head_dim + mixer->value_head_dim), c->attention_matrix_share, 2 * (double)(expanded + mixer->qk_rope_dim), attention);
    orr_gemm *expand = ORR_NEW(arena, orr_gemm);
    *expand = orr_gemm_prepare_long(machine, expanded, mixer->kv_lora_rank, shape->weight_dtype, shape->weight_compute_dtype);
    attention->chunk[attention->chunk_count++] = (orr_chunk_operator){ .name = "expand_latent", .kind = ORR_CHUNK_EXPAND, .expand = expand };
}

void orr_mla_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_arena *arena, orr_attention *attention)
{
    if (mixer->sparse_topk > 0) orr_sparse_compile(machine, mixer, shape, attention);
    compile_decode(machine, mixer, shape, attention);
    compile_prefill(machine, mixer, shape, arena, attention);
}
