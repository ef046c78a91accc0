/* Latent attention (DeepSeek's MLA). The cache holds one latent of kv_lora_rank + qk_rope_dim a token and layer, the same for all heads, so every
 * tensor-parallel rank holds and reads all of it.
 *
 * Decode, absorbed: queries are brought into the latent space and results out of it (mla_absorbed.c), between them attention is multi-query with d_k = lora + rope, d_v = lora:
 *   t     = fixed + parts + join x/(1 + x) + requests x (out bytes / bandwidth + rows' tiles x start / cores) + slope x sum of contexts, x = mean context / join tokens
 *   slope = smooth_max(latent bytes / (share x bandwidth), max(2 rows (2 lora + rope) / (share x matrix peak), 2 (2 lora + rope) / (64 share) cycles / cores, softmax / vector rate))
 * rows = the rank's heads and queries padded to a tile; a matrix instruction does no more than 64 FLOP a cycle and row (128 at 8 bit), so that few rows leave a large unit idle. An 8-bit cache is
 * multiplied at 8 bit where operands of any layout are taken, which came with matrix units that have a memory of their own (seen by their 4-bit floats); such units also join parts inside the kernel.
 * A core must hold a tile of queries and two of keys. Where its SRAM holds one but not three, kernels don't cut contexts: they take longer a token, and a request's context runs on its own cores
 * alone (Ampere; seen on A100 only). Cores with less SRAM than a tile keep tiles in registers (CDNA), recent matrix units in their own memory: both count as holding them.
 * Prefill, not absorbed: latents of chunk and context are expanded through kv_b_proj and attended to with d_k = nope + rope, d_v = v, as in attention_prefill.c with a share of its own.
 * An 8-bit cache brings kernels that quantise queries, keys and values first.
 * Several queries a request (speculation): so many times the rows; latents are read once, but by each query where each picks its own (sparse).
 * With sparse attention (DSA) both are absorbed and see at most topk keys; the indexer is in sparse.c.
 * Units: ns, bytes, FLOP, tokens. Source: DeepSeek-V2 and V3 reports; coefficients in data/calibration/universal.yaml, fitted to kernel timings on A100 to B200. Valid from 1 to some
 * thousand requests; the expansion is one product over the whole context (engines cut it in pieces of tens of thousands of tokens). */
#include "perf/mla.h"

#include "base/math.h"

static const double tile_tokens = 64, row_flop_per_cycle = 64;      /* keys of a decode tile; FLOP of a matrix instruction a row, in 16 bit */

static double latent_width(const orr_mixer *mixer) { return (double)(mixer->kv_lora_rank + mixer->qk_rope_dim); }
static double latent_bytes(const orr_mixer *mixer, const orr_rank_shape *shape) { return latent_width(mixer) * orr_dtype_bytes(shape->kv_dtype); }

static bool has_unit_memory(const orr_machine *machine) { return machine->matrix_flop_per_ns[ORR_DTYPE_FP4] > 0; }

static bool fits_core(const orr_machine *machine, const orr_mixer *mixer)
{
    double tile_bytes = tile_tokens * latent_width(mixer) * 2;
    return machine->core_sram_bytes < tile_bytes || machine->core_sram_bytes >= 3 * tile_bytes || has_unit_memory(machine);
}

static orr_dtype decode_dtype(const orr_machine *machine, const orr_rank_shape *shape)
{
    bool narrow = orr_dtype_bytes(shape->kv_dtype) < 2 && has_unit_memory(machine) && machine->matrix_flop_per_ns[ORR_DTYPE_FP8] > machine->matrix_flop_per_ns[shape->compute_dtype];
    return narrow ? ORR_DTYPE_FP8 : shape->compute_dtype;
}

/* Products of a context token, of so many tiles of rows. */
static double products_ns(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, double row_tiles)
{
    const orr_coefficients *c = machine->coefficients;
    orr_dtype dtype = decode_dtype(machine, shape);
    double width = (double)(2 * mixer->kv_lora_rank + mixer->qk_rope_dim);
    double row_ns = 2 * width / (row_flop_per_cycle * (dtype == ORR_DTYPE_FP8 ? 2 : 1)) * 1e-3 * machine->kilocycle_ns / machine->core_count;
    double rows_ns = 2 * width * row_tiles * c->attention_decode_rows / machine->matrix_flop_per_ns[dtype];
    return orr_max(row_ns, rows_ns * (fits_core(machine, mixer) ? 1 : c->mla_unfit_slowdown)) / c->mla_decode_matrix_share;
}

static void compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, width = (double)(2 * mixer->kv_lora_rank + mixer->qk_rope_dim), queries = shape->query_tokens;
    double row_tiles = orr_ceil_positive(queries * heads / c->attention_decode_rows), softmax = queries * heads * c->attention_softmax_flop, flop = 2 * queries * heads * width;
    double memory_ns = latent_bytes(mixer, shape) / (c->mla_decode_memory_share * machine->memory_bytes_per_ns), compute_ns = orr_max(products_ns(machine, mixer, shape, row_tiles), softmax / machine->vector_flop_per_ns);
    bool sparse = mixer->sparse_topk > 0, fits = fits_core(machine, mixer);
    double token_ns = orr_smooth_max(sparse ? queries * memory_ns : memory_ns, compute_ns), parts = has_unit_memory(machine) ? c->mla_parts_inside : 1;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "decode_mla", .kernels = 2, .dtype = shape->kv_dtype, .matrix_dtype = decode_dtype(machine, shape), .heads = 1,
                                     .binding = compute_ns > memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY, .reads_cache = true };
    linear->fixed_ns = 2 * machine->kernel_ns + (c->mla_decode_kilocycles + (fits ? parts * c->mla_parts_kilocycles : 0)) * machine->kilocycle_ns;
    linear->request_bytes = 2 * queries * heads * width;
    linear->request_ns = c->mla_request_kilocycles * machine->kilocycle_ns * row_tiles / machine->core_count + c->mla_output_passes * linear->request_bytes / machine->stream_bytes_per_ns;
    if (fits) {
        linear->join_ns = c->mla_join_kilocycles * machine->kilocycle_ns;
        linear->join_tokens = c->mla_join_tokens;
    } else {
        linear->serial_ns = c->mla_unfit_serial_share * products_ns(machine, mixer, shape, 1) * machine->core_count;
        linear->serial_least_tokens = tile_tokens;
    }
    if (sparse) {
        linear->name = "decode_mla_sparse";
        linear->capped_ns = token_ns; linear->capped_bytes = queries * latent_bytes(mixer, shape); linear->capped_flop = flop; linear->capped_vector_flop = softmax;
    } else {
        linear->unequal = true;
        linear->context_ns = token_ns; linear->context_bytes = latent_bytes(mixer, shape); linear->context_flop = flop; linear->context_vector_flop = softmax;
    }
}

/* Attention of a chunk; d_k + d_v is `width`. */
static orr_chunk_operator *add_chunk(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, const char *name, double width, double key_bytes, double flop_per_ns, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, head_pair_ns = orr_softmax_pair_ns(machine, width, flop_per_ns);
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = name, .kernels = 1, .kind = ORR_CHUNK_SOFTMAX, .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads,
                                   .cap_tokens = (double)mixer->sparse_topk };
    chunk->fixed_ns = c->mla_prefill_kilocycles * machine->kilocycle_ns + machine->kernel_ns;
    chunk->query_tile = fits_core(machine, mixer) ? c->attention_query_tile : 0.5 * c->attention_query_tile;
    chunk->tile_ns = c->mla_prefill_tile_kilocycles * machine->kilocycle_ns * heads / machine->core_count;
    chunk->pair_flop = 2 * heads * width;
    chunk->pair_vector_flop = heads * c->attention_softmax_flop;
    chunk->pair_ns = heads * head_pair_ns;
    chunk->head_pair_core_ns = head_pair_ns * machine->core_count;
    chunk->token_bytes = c->mla_prefill_passes * 2 * heads * width;
    chunk->key_bytes = c->mla_prefill_passes * key_bytes;
    chunk->memory_token_ns = chunk->token_bytes / machine->stream_bytes_per_ns;
    chunk->memory_key_ns = chunk->key_bytes / machine->stream_bytes_per_ns;
    return chunk;
}

/* Kernels before it that bring queries, keys and values to 8 bit: read in 16 bit, written in 8. */
static void add_quantization(const orr_machine *machine, const orr_mixer *mixer, orr_chunk_operator *chunk)
{
    const orr_coefficients *c = machine->coefficients;
    double bytes = 3 * chunk->heads * (double)(2 * mixer->head_dim + mixer->value_head_dim);
    chunk->fixed_ns += c->mla_quantize_kilocycles * machine->kilocycle_ns;
    chunk->token_bytes += c->mla_quantize_passes * bytes;
    chunk->memory_token_ns += c->mla_quantize_passes * bytes / machine->stream_bytes_per_ns;
    chunk->kernels += 1;
}

static void compile_prefill(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_arena *arena, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double peak = machine->matrix_flop_per_ns[shape->compute_dtype], narrow_peak = machine->matrix_flop_per_ns[ORR_DTYPE_FP8];
    if (mixer->sparse_topk > 0) {
        add_chunk(machine, mixer, shape, "prefill_mla_sparse", (double)(2 * mixer->kv_lora_rank + mixer->qk_rope_dim), latent_bytes(mixer, shape), c->mla_decode_matrix_share * peak, attention);
        return;
    }
    bool narrow = orr_dtype_bytes(shape->kv_dtype) < 2 && narrow_peak > 0;
    int64_t heads = mixer->heads / (int64_t)shape->tensor_ranks, expanded = heads * (mixer->qk_nope_dim + mixer->value_head_dim);
    double share = c->mla_prefill_matrix_share * (fits_core(machine, mixer) ? 1 : c->mla_unfit_prefill_share), gain = narrow ? c->attention_narrow_cache_gain * orr_max(narrow_peak - peak, 0) : 0;
    orr_chunk_operator *chunk = add_chunk(machine, mixer, shape, "prefill_mla", (double)(mixer->head_dim + mixer->value_head_dim), 2 * (double)(expanded + mixer->qk_rope_dim), orr_min(share * (peak + gain), peak), attention);
    if (narrow) add_quantization(machine, mixer, chunk);
    orr_gemm *expand = ORR_NEW(arena, orr_gemm);
    *expand = orr_gemm_prepare_long(machine, expanded, mixer->kv_lora_rank, shape->weight_dtype, shape->weight_compute_dtype);
    attention->chunk[attention->chunk_count++] = (orr_chunk_operator){ .name = "expand_latent", .kind = ORR_CHUNK_EXPAND, .expand = expand };
}

void orr_mla_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_arena *arena, orr_attention *attention)
{
    if (mixer->sparse_topk > 0) orr_sparse_compile(machine, mixer, shape, attention);
    orr_mla_compile_absorbed(machine, mixer, shape, false, attention);
    compile_decode(machine, mixer, shape, attention);
    compile_prefill(machine, mixer, shape, arena, attention);
}
