/* Decode attention over a paged KV cache:  t = fixed + join x/(1 + x) + q and out bytes / bandwidth x requests + sqrt((slope x sum of contexts x (1 + a std/mean))^2 + (block x requests)^2).
 *
 * slope = smooth_max(KV bytes a token / (share x bandwidth), padded products and softmax a token at their rates): one query against the context reads every
 * key and value once and multiplies with a tile whose rows are the query heads of one KV head, padded to attention.decode_rows. Flash-decoding cuts contexts into
 * parts, so that time follows the *sum* of contexts; unequal contexts leave cores idle at the end, which the inequality term covers (std/mean from the sum of squares).
 * block = a request's least, however short its context: a block of keys of each KV head through memory, and a core's time on each query row.
 * A kernel's own cycles (fixed, join, rows) fall with the fifth root of a core's width, its 16-bit FLOP a cycle over 4,096: wider instructions cover more. The root was chosen by the errors on
 * chips left out of the fit: 17 to 28 % median with it, 15 to 42 % without.
 * join  = of the parts' results; x = mean context / attention.join_tokens. Sliding-window layers follow the sum of capped contexts, and read a block more than the window; being capped they
 * are taken as equal. A benchmark that repeats itself finds contexts that fit the last-level cache there (machine.repeats): all of few, half of attention.cached_share x cache.
 * Speculation brings several queries a request: so many times the rows, the softmax and q and out bytes; keys and values are read once.
 * With d data-parallel ranks, the busiest has (1 + rank_imbalance)/d of everything, one whole request of the mean context at least (layout.c).
 * Units: ns, bytes, FLOP, tokens. Source: linear with R2 >= 0.9997 on H100 (public measurements); coefficients in data/calibration/universal.yaml. Valid
 * from 1 to some thousand requests, contexts of 1 to 1,000,000; very small batches of short contexts are all fixed time. */
#include "perf/context_parallel.h"

#include "base/math.h"

enum { COMMON_CORE_FLOP_PER_CYCLE = 4096 };

/* A thousand cycles of a kernel's own, on cores as wide as these. */
static double own_kilocycle_ns(const orr_machine *machine)
{
    const double peak = machine->matrix_flop_per_ns[ORR_DTYPE_BF16];
    if (!(peak > 0)) return machine->kilocycle_ns;
    double core_flop_per_cycle = peak * machine->kilocycle_ns / 1000 / machine->core_count;
    return machine->kilocycle_ns * orr_pow(COMMON_CORE_FLOP_PER_CYCLE / core_flop_per_cycle, 0.2);
}

/* What a token of context costs, and a request whatever its context: of one rank's layer. */
static void set_slope(const orr_machine *machine, const orr_rank_shape *shape, double heads, double kv_heads, double width, orr_linear_operator *linear)
{
    const orr_coefficients *c = machine->coefficients;
    double kv_bytes = kv_heads * width * orr_dtype_bytes(shape->kv_dtype), queries = shape->query_tokens, tiles = orr_ceil_positive(queries * heads / kv_heads / c->attention_decode_rows);
    double padded_flop = 2 * kv_heads * tiles * c->attention_decode_rows * width, softmax_flop = queries * heads * c->attention_softmax_flop;
    linear->token_memory_ns = kv_bytes / (c->attention_decode_memory_share * machine->memory_bytes_per_ns);
    linear->token_compute_ns = padded_flop / (c->attention_decode_matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]) + softmax_flop / machine->vector_flop_per_ns;
    linear->block_ns = tiles * (c->attention_block_tokens * linear->token_memory_ns + c->attention_row_kilocycles * own_kilocycle_ns(machine) * queries * heads / machine->core_count);
}

void orr_attention_compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, kv_heads = orr_max((double)mixer->kv_heads / shape->tensor_ranks, 1), queries = shape->query_tokens;
    double width = (double)(mixer->head_dim + mixer->value_head_dim), kv_bytes = kv_heads * width * orr_dtype_bytes(shape->kv_dtype), window = (double)mixer->window_tokens;
    double flop = 2 * queries * heads * width, vector_flop = queries * heads * c->attention_softmax_flop;
    bool capped = mixer->window_tokens > 0 || mixer->sparse_topk > 0;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = capped ? "decode_attention_capped" : "decode_attention", .kernels = 2, .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype,
                                     .binding = ORR_BIND_MEMORY, .heads = kv_heads, .reads_cache = true };
    set_slope(machine, shape, heads, kv_heads, width, linear);
    linear->fixed_ns = c->attention_decode_kilocycles * own_kilocycle_ns(machine) + 2 * machine->kernel_ns;
    linear->join_ns = c->attention_join_kilocycles * own_kilocycle_ns(machine);
    linear->join_tokens = c->attention_join_tokens;
    linear->cached_tokens = c->attention_cached_share * machine->cache_bytes / kv_bytes;
    linear->request_bytes = 2 * queries * heads * width;
    linear->request_ns = linear->request_bytes / machine->stream_bytes_per_ns;
    if (window > 0) { linear->token_memory_ns *= (window + c->attention_block_tokens) / window; linear->token_compute_ns *= (window + c->attention_block_tokens) / window; }
    double token_ns = orr_smooth_max(linear->token_memory_ns, linear->token_compute_ns);
    if (capped) { linear->capped_ns = token_ns; linear->capped_bytes = kv_bytes; linear->capped_flop = flop; linear->capped_vector_flop = vector_flop; }
    else { linear->context_ns = token_ns; linear->context_bytes = kv_bytes; linear->context_flop = flop; linear->context_vector_flop = vector_flop; linear->unequal = true; }
}
