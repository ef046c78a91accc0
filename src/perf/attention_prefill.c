/* Prefill attention of the chunks of a step, in one launch:  t = fixed + sqrt(t_all^2 + t_longest^2) + t_memory.
 *
 * pairs = sum over new tokens of the keys each sees (causal, itself included, at most the window).
 *   t_all     = sum over chunks of (pairs + half a query tile at each masked edge + rows padded to whole tiles) x heads x score time, + a start a tile of rows and head over the cores
 *   score     = sqrt(products^2 + exponentials^2): 2 (d_k + d_v) / (share x matrix peak) and softmax FLOP / vector rate, which overlap in part
 *   t_longest = the last query tile of a chunk alone on a core; a long context before the chunk is split at most attention.split_limit ways
 *   t_memory  = keys and values, queries and outputs, each so many times as they are written and read around the products (cache write, rotation, quantisation), over the bandwidth
 * An 8-bit cache lets kernels multiply part of the pairs at 8 bit: share (1 + g (8-bit peak / 16-bit peak - 1)). Products at 8 bit have a share of their own.
 * Units: ns, bytes, FLOP, tokens. Source: the tiled attention algorithm (Dao 2023); coefficients in data/calibration/universal.yaml, fitted to launches of 1 to 256 equal chunks
 * of 1 to 16,384 tokens without a context before them. Valid for chunks of 1 to 100,000 tokens, causal. */
#include "perf/attention.h"

#include "base/math.h"

double orr_causal_pairs(double new_tokens, double context_tokens, double cap)
{
    double whole = new_tokens * context_tokens + 0.5 * new_tokens * (new_tokens + 1);
    if (cap <= 0 || context_tokens + new_tokens <= cap) return whole;
    if (context_tokens >= cap) return new_tokens * cap;
    double growing = cap - context_tokens;
    return growing * context_tokens + 0.5 * growing * (growing + 1) + (new_tokens - growing) * cap;
}

double orr_softmax_pair_ns(const orr_machine *machine, double width, double flop_per_ns)
{
    double products_ns = 2 * width / flop_per_ns, exponentials_ns = machine->coefficients->attention_softmax_flop / machine->vector_flop_per_ns;
    return sqrt(products_ns * products_ns + exponentials_ns * exponentials_ns);
}

/* What the products reach. */
static double products_flop_per_ns(const orr_machine *machine, const orr_rank_shape *shape)
{
    const orr_coefficients *c = machine->coefficients;
    double peak = machine->matrix_flop_per_ns[shape->compute_dtype], narrow = machine->matrix_flop_per_ns[ORR_DTYPE_FP8];
    if (orr_dtype_bytes(shape->compute_dtype) < 2) return c->attention_fp8_matrix_share * peak;
    double gain = orr_dtype_bytes(shape->kv_dtype) < 2 ? c->attention_narrow_cache_gain * orr_max(narrow - peak, 0) : 0;
    return c->attention_matrix_share * (peak + gain);
}

void orr_attention_compile_prefill(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, kv_heads = orr_max((double)mixer->kv_heads / shape->tensor_ranks, 1);
    double width = (double)(mixer->head_dim + mixer->value_head_dim);
    double cap = (double)(mixer->window_tokens > 0 ? mixer->window_tokens : mixer->sparse_topk);
    double head_pair_ns = orr_softmax_pair_ns(machine, width, products_flop_per_ns(machine, shape));
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = cap > 0 ? "prefill_attention_capped" : "prefill_attention", .kernels = 1, .kind = ORR_CHUNK_SOFTMAX,
                                   .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads, .cap_tokens = cap };
    chunk->fixed_ns = c->attention_prefill_kilocycles * machine->kilocycle_ns + machine->kernel_ns;
    chunk->query_tile = c->attention_query_tile;
    chunk->tile_ns = c->attention_prefill_tile_kilocycles * machine->kilocycle_ns * heads / machine->core_count;
    chunk->pair_flop = 2 * heads * width;
    chunk->pair_vector_flop = heads * c->attention_softmax_flop;
    chunk->pair_ns = heads * head_pair_ns;
    chunk->head_pair_core_ns = head_pair_ns * machine->core_count;
    chunk->key_bytes = kv_heads * width * orr_dtype_bytes(shape->kv_dtype);
    chunk->token_bytes = 2 * heads * width;
    chunk->memory_key_ns = c->attention_key_passes * chunk->key_bytes / machine->stream_bytes_per_ns;
    chunk->memory_token_ns = c->attention_query_passes * chunk->token_bytes / machine->stream_bytes_per_ns;
}

orr_softmax_times orr_softmax_times_of(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double pairs)
{
    const orr_coefficients *c = machine->coefficients;
    double tile = chunk->query_tile, keys = context_tokens + new_tokens, cap = chunk->cap_tokens > 0 ? chunk->cap_tokens : keys;
    double edge = chunk->sees_all ? 0 : chunk->cap_tokens > 0 ? 1 : 0.5;     /* tiles half masked: the diagonal, and where the window starts */
    double tiles = orr_ceil_positive(new_tokens / tile), seen = orr_min(keys, cap);
    double counted = pairs + edge * new_tokens * orr_min(tile, keys) + (tiles * tile - new_tokens) * seen;
    double last = orr_min(keys, cap + tile), before = orr_max(last - new_tokens, 0);    /* keys of the last tile; of those, before the chunk */
    double start_ns = chunk->tile_ns * tiles;
    return (orr_softmax_times){ counted * chunk->pair_ns + start_ns, orr_min(tile, new_tokens) * (last - before + before / c->attention_split_limit) * chunk->head_pair_core_ns };
}
