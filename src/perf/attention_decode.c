/* Decode attention over a paged KV cache:  t = fixed + (tile x KV heads / cores + q and out bytes / bandwidth) x requests + slope x sum of contexts x (1 + a std/mean).
 *
 * slope = smooth_max(KV bytes a token / (share x bandwidth), padded products and softmax a token at their rates): one query against the context reads every
 * key and value once and multiplies with a tile whose rows are the query heads of one KV head, padded to attention.decode_rows. Flash-decoding cuts contexts into
 * parts, so that time follows the *sum* of contexts; unequal contexts leave cores idle at the end, which the inequality term covers (std/mean from
 * the sum of squares). Sliding-window layers follow the sum of capped contexts; being capped they are taken as equal.
 * Speculation brings several queries a request: so many times the rows, the softmax and q and out bytes; keys and values are read once.
 * With d data-parallel ranks, the busiest has (1 + rank_imbalance)/d of everything, one whole request of the mean context at least (layout.c).
 * Units: ns, bytes, FLOP, tokens. Source: linear with R2 >= 0.9997 on H100 (public measurements); coefficients in data/calibration/universal.yaml. Valid
 * from 1 to some thousand requests, contexts of 1 to 1,000,000; very small batches of short contexts are all fixed time. */
#include "perf/attention.h"

#include "base/math.h"

/* ns a context token of one rank's layer costs. */
static double slope_ns(const orr_machine *machine, double memory_share, double matrix_share, double bytes, double padded_flop, double vector_flop, orr_dtype dtype)
{
    double memory_ns = bytes / (memory_share * machine->memory_bytes_per_ns);
    double compute_ns = padded_flop / (matrix_share * machine->matrix_flop_per_ns[dtype]) + vector_flop / machine->vector_flop_per_ns;
    return orr_smooth_max(memory_ns, compute_ns);
}

void orr_attention_compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, kv_heads = orr_max((double)mixer->kv_heads / shape->tensor_ranks, 1);
    double width = (double)(mixer->head_dim + mixer->value_head_dim), kv_bytes = kv_heads * width * orr_dtype_bytes(shape->kv_dtype);
    double queries = shape->query_tokens, tile_rows = orr_ceil_positive(queries * heads / kv_heads / c->attention_decode_rows) * c->attention_decode_rows;
    bool capped = mixer->window_tokens > 0 || mixer->sparse_topk > 0;
    double softmax = queries * heads * c->attention_softmax_flop;
    double token_ns = slope_ns(machine, c->attention_decode_memory_share, c->attention_matrix_share, kv_bytes, 2 * kv_heads * tile_rows * width, softmax, shape->compute_dtype);
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = capped ? "decode_attention_capped" : "decode_attention", .kernels = 2, .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype,
                                     .binding = ORR_BIND_MEMORY, .heads = kv_heads };
    linear->fixed_ns = c->attention_decode_kilocycles * machine->kilocycle_ns + 2 * machine->kernel_ns;
    linear->request_ns = c->attention_decode_tile_kilocycles * machine->kilocycle_ns * kv_heads / machine->core_count;
    linear->request_bytes = 2 * queries * heads * width;
    linear->request_ns += linear->request_bytes / machine->stream_bytes_per_ns;
    if (capped) {
        linear->capped_ns = token_ns; linear->capped_bytes = kv_bytes; linear->capped_flop = 2 * queries * heads * width; linear->capped_vector_flop = softmax;
    } else {
        linear->context_ns = token_ns; linear->context_bytes = kv_bytes; linear->context_flop = 2 * queries * heads * width; linear->context_vector_flop = softmax; linear->unequal = true;
    }
}

/* 1 + a std/mean of the contexts. */
static double inequality_factor(const orr_machine *machine, const orr_decode_sums *sums)
{
    double sum = (double)sums->context_tokens, spread = (double)sums->count * sums->context_squares - sum * sum;
    return sum > 0 && spread > 0 ? 1 + machine->coefficients->attention_inequality * sqrt(spread) / sum : 1;
}

void orr_linear_operator_emit(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_sums *sums, const orr_rank_split *split, orr_sink *sink)
{
    double count = (double)sums->count * split->busiest_share, capped = (double)sums->capped_tokens * split->busiest_share;
    double context = (double)sums->context_tokens * split->busiest_share;
    double factor = linear->unequal ? inequality_factor(machine, sums) : 1;
    double request_ns = linear->request_ns;
    if (machine->repeats && linear->request_held_bytes > 0) {
        double found = orr_min(orr_max(2 - count * linear->request_held_bytes / machine->cache_kept_bytes, 0), 1);
        request_ns += found * (linear->request_cached_ns - request_ns);
    }
    double growing_ns = request_ns * count + linear->context_ns * context * factor + linear->capped_ns * capped;
    orr_work work = { .dtype = linear->matrix_dtype, .ranks = split->ranks, .mean_share = split->mean_share };
    work.flop = linear->request_flop * count + linear->context_flop * context + linear->capped_flop * capped;
    work.vector_flop = linear->request_vector_flop * count + linear->context_vector_flop * context + linear->capped_vector_flop * capped;
    work.bytes = linear->request_bytes * count + linear->context_bytes * context + linear->capped_bytes * capped;
    orr_operator operator_ = { .name = linear->name, .times = linear->layers, .kernels = linear->kernels, .shape = ORR_SHAPE_DECODE, .dtype = linear->dtype,
                               .size = { count, linear->context_ns > 0 ? context : capped, linear->heads, 0 } };
    operator_.binding = growing_ns > linear->fixed_ns ? linear->binding : ORR_BIND_LATENCY;
    orr_work_cost(machine, &work, linear->fixed_ns + growing_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
