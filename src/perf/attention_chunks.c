/* The chunks of a step in one launch of each chunk operator: loads add up chunk by chunk, in O(1) each, and become one cost.
 *
 *   SOFTMAX  t = fixed + sqrt((sum of spread)^2 + longest^2) + sum of memory          (attention_prefill.c)
 *   SCAN     t = fixed + smooth_max(max(sum of spread, longest) + longest chain, products, memory), longest: a chunk whose heads wait for a whole last wave    (linear_state.c)
 *   EXPAND   t = one product over all contexts                                        (mla.c)
 *   EXCHANGE t = of keys and values between context ranks                             (context_exchange.c)
 * With d data-parallel ranks chunks spread over them, each whole: the busiest has (1 + rank_imbalance)/d of all that can be divided, and no less than the largest chunk; what is fixed
 * or can't be shared each rank has for itself.
 * Invariants: 1. one more chunk, token or token of context takes no less time; 2. together chunks take no longer than one after another, and no less than the sum of their least_ns.
 * Units: ns, bytes, FLOP, tokens. Source: chunks of one step run in one kernel in all engines that mix them. Valid as the families are. */
#include "perf/context_parallel.h"

#include "base/math.h"

/* --- loads --- */

static void add_softmax(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double count, orr_chunk_load *load)
{
    double pairs = chunk->sees_all ? new_tokens * (context_tokens + new_tokens) : orr_causal_pairs(new_tokens, context_tokens, chunk->cap_tokens);
    double keys = chunk->cap_tokens > 0 ? orr_min(context_tokens, chunk->cap_tokens) + new_tokens : context_tokens + new_tokens;
    orr_softmax_times times = orr_softmax_times_of(chunk, machine, new_tokens, context_tokens, pairs);
    double memory_ns = keys * chunk->memory_key_ns + new_tokens * chunk->memory_token_ns;
    load->pairs += count * pairs;
    load->keys += count * keys;
    load->spread_ns += count * times.spread_ns;
    load->memory_ns += count * memory_ns;
    load->longest_ns = orr_max(load->longest_ns, times.longest_ns);
    load->most_spread_ns = orr_max(load->most_spread_ns, times.spread_ns);
    load->most_memory_ns = orr_max(load->most_memory_ns, memory_ns);
}

static void add_scan(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double count, orr_chunk_load *load)
{
    double pieces = orr_max(new_tokens / chunk->piece_tokens, chunk->least_pieces), unit_ns = chunk->unit_ns + pieces * chunk->unit_piece_ns, waves = count * chunk->units;
    double memory_ns = (new_tokens * chunk->token_bytes + chunk->fixed_bytes) / machine->stream_bytes_per_ns;
    load->spread_ns += waves * unit_ns;
    load->memory_ns += count * memory_ns;
    load->longest_ns = orr_max(load->longest_ns, (waves + chunk->wave_rounding * (orr_ceil_positive(waves) - waves)) * unit_ns);
    load->chain_ns = orr_max(load->chain_ns, pieces * chunk->chain_ns);
    load->most_spread_ns = orr_max(load->most_spread_ns, chunk->units * unit_ns);
    load->most_memory_ns = orr_max(load->most_memory_ns, memory_ns);
}

void orr_chunk_load_add(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double count, orr_chunk_load *load)
{
    load->chunks += count;
    load->new_tokens += count * new_tokens;
    load->context_tokens += count * context_tokens;
    load->most_new_tokens = orr_max(load->most_new_tokens, new_tokens);
    load->most_context_tokens = orr_max(load->most_context_tokens, context_tokens);
    if (chunk->kind == ORR_CHUNK_SOFTMAX) add_softmax(chunk, machine, new_tokens, context_tokens, count, load);
    else if (chunk->kind == ORR_CHUNK_SCAN) add_scan(chunk, machine, new_tokens, count, load);
}

/* --- costs --- */

/* The busiest data rank's part of a sum, and its work with what makes a mean rank's of it. */
static double busiest(const orr_rank_split *split, double sum, double most) { return orr_max(sum * split->busiest_share, most); }

static orr_work work_of(orr_dtype dtype, const orr_rank_split *split, double share)
{
    return (orr_work){ .dtype = dtype, .ranks = split->ranks, .mean_share = split->mean_share * split->busiest_share / share };
}

static orr_binding binding_of(double fixed_ns, double compute_ns, double memory_ns)
{
    return orr_max(compute_ns, memory_ns) < fixed_ns ? ORR_BIND_LATENCY : compute_ns >= memory_ns ? ORR_BIND_COMPUTE : ORR_BIND_MEMORY;
}

static orr_operator operator_of(const orr_chunk_operator *chunk, const orr_chunk_load *load)
{
    return (orr_operator){ .name = chunk->name, .times = chunk->layers, .kernels = chunk->kernels, .shape = ORR_SHAPE_CHUNK, .dtype = chunk->matrix_dtype,
                           .size = { load->new_tokens, load->context_tokens, chunk->heads, load->chunks } };
}

double orr_softmax_ns(const orr_chunk_operator *chunk, const orr_chunk_load *load, const orr_rank_split *split)
{
    const double spread_ns = busiest(split, load->spread_ns, load->most_spread_ns), memory_ns = busiest(split, load->memory_ns, load->most_memory_ns);
    return chunk->fixed_ns + sqrt(spread_ns * spread_ns + load->longest_ns * load->longest_ns) + memory_ns;
}

static void emit_softmax(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink)
{
    double spread_ns = busiest(split, load->spread_ns, load->most_spread_ns), memory_ns = busiest(split, load->memory_ns, load->most_memory_ns), share = spread_ns / load->spread_ns;
    double compute_ns = sqrt(spread_ns * spread_ns + load->longest_ns * load->longest_ns);
    orr_work work = work_of(chunk->matrix_dtype, split, share);
    work.flop = load->pairs * chunk->pair_flop * share;
    work.vector_flop = load->pairs * chunk->pair_vector_flop * share;
    work.bytes = (load->keys * chunk->key_bytes + load->new_tokens * chunk->token_bytes) * share;
    orr_operator operator_ = operator_of(chunk, load);
    operator_.binding = binding_of(chunk->fixed_ns, compute_ns, memory_ns);
    orr_work_cost(machine, &work, orr_softmax_ns(chunk, load, split), &operator_.cost);
    orr_emit(sink, &operator_);
}

static void emit_scan(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink)
{
    double tokens = busiest(split, load->new_tokens, load->most_new_tokens), memory_ns = busiest(split, load->memory_ns, load->most_memory_ns), share = tokens / load->new_tokens;
    double units_ns = orr_max(busiest(split, load->spread_ns, load->most_spread_ns), load->longest_ns), compute_ns = orr_smooth_max(units_ns + load->chain_ns, tokens * chunk->token_ns);
    orr_work work = work_of(chunk->matrix_dtype, split, share);
    work.flop = tokens * chunk->token_flop;
    work.bytes = (load->new_tokens * chunk->token_bytes + load->chunks * chunk->fixed_bytes) * share;
    orr_operator operator_ = operator_of(chunk, load);
    operator_.size[1] = 0;
    operator_.binding = binding_of(chunk->fixed_ns, compute_ns, memory_ns);
    orr_work_cost(machine, &work, chunk->fixed_ns + orr_smooth_max(compute_ns, memory_ns), &operator_.cost);
    orr_emit(sink, &operator_);
}

/* A chunk's rank expands its contexts alone, so the mean rank has its share of the work. */
static void emit_expand(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink)
{
    double rows = busiest(split, load->context_tokens, load->most_context_tokens);
    if (rows <= 0) return;
    const orr_gemm *gemm = chunk->expand;
    bool memory_bound = false;
    double time_ns = orr_gemm_ns(gemm, rows, &memory_bound), beyond = orr_max(rows * gemm->row_bytes - machine->cache_kept_bytes, 0);
    orr_work work = work_of(gemm->compute_dtype, split, rows / load->context_tokens);
    work.flop = rows * gemm->row_flop;
    work.bytes = beyond + gemm->weight_bytes;
    orr_operator operator_ = { .name = chunk->name, .times = chunk->layers, .kernels = 1, .shape = ORR_SHAPE_GEMM, .dtype = gemm->weight_dtype, .size = { rows, gemm->n, gemm->k, 0 } };
    operator_.binding = 2 * gemm->latency_ns > time_ns ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}

void orr_chunk_operator_emit(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink)
{
    if (chunk->kind == ORR_CHUNK_SOFTMAX) emit_softmax(chunk, machine, load, split, sink);
    else if (chunk->kind == ORR_CHUNK_SCAN) emit_scan(chunk, machine, load, split, sink);
    else if (chunk->kind == ORR_CHUNK_EXPAND) emit_expand(chunk, machine, load, split, sink);
    else orr_context_exchange_emit(chunk, load, split, sink);
}

double orr_chunk_operator_least_ns(const orr_chunk_operator *chunk, const orr_chunk_load *load, double busiest_share)
{
    if (chunk->kind == ORR_CHUNK_EXPAND || chunk->kind == ORR_CHUNK_EXCHANGE) return 0;      /* tiles and weights, or latency, are shared with the other chunks */
    return busiest_share * (load->spread_ns + (chunk->kind == ORR_CHUNK_SOFTMAX ? load->memory_ns : 0));
}
