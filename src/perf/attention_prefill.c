/* Prefill attention of one chunk (n new tokens after c in the cache):  t = fixed + smooth_max(max(t_all, t_longest), t_memory).
 *
 * pairs = sum over new tokens of the keys each sees (causal, itself included, at most the window).
 *   t_all     = (pairs + half a query tile at each masked edge + rows padded to whole tiles) x pair time, all cores at work, + a start a tile of rows and KV head
 *   pair time = 2 heads (d_k + d_v) / (share x matrix peak) + heads x softmax FLOP / vector rate: matrix units wait for exponentials
 *   t_longest = the last query tile alone on a core, its context split at most attention.split_limit ways: few heads and short chunks leave cores idle
 *   t_memory  = keys and values read once, queries and outputs, over the bandwidth
 * A tile's rows are new tokens x the query heads that share a KV head. With d data-parallel ranks a step's chunks spread over them, each whole: the busiest has
 * (1 + rank_imbalance)/d of the time of all, and no less than the longest (layout.c).
 * Units: ns, bytes, FLOP, tokens. Source: the tiled attention algorithm (Dao 2023); coefficients in data/calibration/universal.yaml. Valid for chunks of 1 to
 * 100,000 tokens, causal; one chunk at a time (chunks of one step run in one kernel: their sum is a little pessimistic for very short ones). */
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

void orr_attention_compile_prefill(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, kv_heads = orr_max((double)mixer->kv_heads / shape->tensor_ranks, 1);
    double width = (double)(mixer->head_dim + mixer->value_head_dim);
    double cap = (double)(mixer->window_tokens > 0 ? mixer->window_tokens : mixer->sparse_topk);
    double head_pair_ns = 2 * width / (c->attention_matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]) + c->attention_softmax_flop / machine->vector_flop_per_ns;
    orr_chunk_operator *chunk = &attention->chunk[attention->chunk_count++];
    *chunk = (orr_chunk_operator){ .name = cap > 0 ? "prefill_attention_capped" : "prefill_attention", .kernels = 1, .kind = ORR_CHUNK_SOFTMAX,
                                   .dtype = shape->kv_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads, .cap_tokens = cap };
    chunk->fixed_ns = c->attention_prefill_kilocycles * machine->kilocycle_ns + machine->kernel_ns;
    chunk->unit_heads = kv_heads;
    chunk->group_heads = heads / kv_heads;
    chunk->pair_flop = 2 * heads * width;
    chunk->pair_vector_flop = heads * c->attention_softmax_flop;
    chunk->pair_ns = heads * head_pair_ns;
    chunk->head_pair_core_ns = head_pair_ns * machine->core_count;
    chunk->key_bytes = kv_heads * width * orr_dtype_bytes(shape->kv_dtype);
    chunk->token_bytes = 2 * heads * width;
}

/* ns of the pairs of one rank. */
static double softmax_ns(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double pairs)
{
    const orr_coefficients *c = machine->coefficients;
    double tile = c->attention_query_tile, tile_tokens = tile / chunk->group_heads;
    double keys = context_tokens + new_tokens, cap = chunk->cap_tokens > 0 ? chunk->cap_tokens : keys;
    double edge = chunk->cap_tokens > 0 ? 1 : 0.5;     /* tiles half masked: the diagonal, and where the window starts */
    double padded = orr_ceil_positive(new_tokens / tile_tokens) * tile_tokens - new_tokens;
    double counted = pairs + edge * new_tokens * orr_min(tile_tokens, new_tokens) + padded * orr_min(keys, cap);
    double start_ns = c->attention_prefill_tile_kilocycles * machine->kilocycle_ns;
    double tiles = orr_ceil_positive(new_tokens / tile_tokens) * chunk->unit_heads;
    double all_ns = counted * chunk->pair_ns + start_ns * tiles / machine->core_count;
    double longest_ns = orr_min(tile, new_tokens * chunk->group_heads) * orr_min(keys, cap + tile_tokens) * chunk->head_pair_core_ns / c->attention_split_limit + start_ns;
    return orr_smooth_max(all_ns, longest_ns);
}

static void emit_softmax(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, const orr_rank_split *split, orr_sink *sink)
{
    double pairs = orr_causal_pairs(new_tokens, context_tokens, chunk->cap_tokens);
    double keys = chunk->cap_tokens > 0 ? orr_min(context_tokens + new_tokens, chunk->cap_tokens + new_tokens) : context_tokens + new_tokens;
    double bytes = keys * chunk->key_bytes + new_tokens * chunk->token_bytes;
    double compute_ns = softmax_ns(chunk, machine, new_tokens, context_tokens, pairs);
    double memory_ns = bytes / machine->stream_bytes_per_ns;
    double time_ns = (chunk->fixed_ns + orr_smooth_max(compute_ns, memory_ns)) * split->busiest_share;
    orr_work work = { .dtype = chunk->matrix_dtype, .flop = pairs * chunk->pair_flop * split->busiest_share, .vector_flop = pairs * chunk->pair_vector_flop * split->busiest_share,
                      .bytes = bytes * split->busiest_share, .ranks = split->ranks, .mean_share = split->mean_share };
    orr_operator operator_ = { .name = chunk->name, .times = chunk->layers, .kernels = chunk->kernels, .shape = ORR_SHAPE_CHUNK, .dtype = chunk->matrix_dtype,
                               .size = { new_tokens, context_tokens, chunk->heads, 0 } };
    operator_.binding = orr_max(compute_ns, memory_ns) < chunk->fixed_ns ? ORR_BIND_LATENCY : compute_ns >= memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY;
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}

/* A recurrent scan or its convolution (linear_state.c has the equation and compiles it). */
static double scan_ns(const orr_chunk_operator *chunk, double new_tokens, double requests)
{
    double pieces = orr_max(new_tokens / chunk->piece_tokens, chunk->least_pieces), waves = requests * chunk->units;
    waves += chunk->wave_rounding * (orr_ceil_positive(waves) - waves);
    return waves * (chunk->unit_ns + pieces * chunk->unit_piece_ns) + pieces * chunk->chain_ns;
}

static void emit_scan(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, const orr_rank_split *split, orr_sink *sink)
{
    double requests = orr_max(chunk->requests, 1), tokens = requests * new_tokens, bytes = tokens * chunk->token_bytes + requests * chunk->fixed_bytes;
    double compute_ns = orr_smooth_max(scan_ns(chunk, new_tokens, requests), tokens * chunk->token_ns), memory_ns = bytes / machine->stream_bytes_per_ns;
    double time_ns = (chunk->fixed_ns + orr_smooth_max(compute_ns, memory_ns)) * split->busiest_share;
    orr_work work = { .dtype = chunk->matrix_dtype, .flop = tokens * chunk->token_flop * split->busiest_share, .bytes = bytes * split->busiest_share, .ranks = split->ranks, .mean_share = split->mean_share };
    orr_operator operator_ = { .name = chunk->name, .times = chunk->layers, .kernels = chunk->kernels, .shape = ORR_SHAPE_CHUNK, .dtype = chunk->matrix_dtype, .size = { new_tokens, 0, chunk->heads, 0 } };
    operator_.binding = orr_max(compute_ns, memory_ns) < chunk->fixed_ns ? ORR_BIND_LATENCY : compute_ns >= memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY;
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}

/* A product over the context (mla.c): the chunk's rank does it alone, so the mean rank has 1/d of it. */
static void emit_expand(const orr_chunk_operator *chunk, const orr_machine *machine, double context_tokens, const orr_rank_split *split, orr_sink *sink)
{
    if (context_tokens <= 0) return;
    const orr_gemm *gemm = chunk->expand;
    bool memory_bound = false;
    double time_ns = orr_gemm_ns(gemm, context_tokens, &memory_bound);
    double beyond = orr_max(context_tokens * gemm->row_bytes - machine->cache_kept_bytes, 0);
    double share = split->busiest_share;
    orr_work work = { .dtype = gemm->compute_dtype, .flop = context_tokens * gemm->row_flop * share, .bytes = (beyond + gemm->weight_bytes) * share, .ranks = split->ranks, .mean_share = split->mean_share };
    orr_operator operator_ = { .name = chunk->name, .times = chunk->layers, .kernels = 1, .shape = ORR_SHAPE_GEMM, .dtype = gemm->weight_dtype, .size = { context_tokens, gemm->n, gemm->k, 0 } };
    operator_.binding = 2 * gemm->latency_ns > time_ns ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    orr_work_cost(machine, &work, time_ns * share, &operator_.cost);
    orr_emit(sink, &operator_);
}

void orr_chunk_operator_emit(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, const orr_rank_split *split, orr_sink *sink)
{
    if (chunk->kind == ORR_CHUNK_SOFTMAX) emit_softmax(chunk, machine, new_tokens, context_tokens, split, sink);
    else if (chunk->kind == ORR_CHUNK_SCAN) emit_scan(chunk, machine, new_tokens, split, sink);
    else emit_expand(chunk, machine, context_tokens, split, sink);
}
