/* Decode attention over a cache that is cut along the tokens: D ranks hold each request's keys and values in turn, block_size tokens or one at a time, so that each reads context / D.
 *
 * Of D ranks, d_t belong to one tensor-parallel group (they would hold the same KV head, of other query heads each) and D / d_t are context ranks (the same query heads). A layer of q query tokens a request:
 *   1. queries of the d_t ranks are gathered: each has all their heads          all_gather(q heads d_t / T x d_k x 2 bytes)
 *   2. attention of those heads to context / D: the operator of attention_decode.c or mla.c compiled for T / d_t tensor ranks, of contexts' shares; what a request costs whatever its context stays
 *   3. outputs o_i and log-sum-exps l_i are joined: o = sum_i e^(l_i - l) o_i, l = log sum_i e^(l_i); a rank is left with its own heads
 *        ag_rs  all_gather(4 bytes x heads d_t / T x D), own outputs scaled, reduce_scatter(outputs of heads d_t / T, 2 bytes) over the d_t, all_reduce of heads / T over the context ranks
 *        a2a    all_to_all(D x heads / T x (2 d_v + 4) bytes), D parts of heads / T joined in one kernel
 *   d_k, d_v of latent attention: the latent's (queries absorbed before, outputs brought back after, each rank its own heads).
 * Sparse attention picks its top-k with whole index keys, kept everywhere; a rank finds 1/D of them in the mean. Interleaved tokens leave ranks within a block of each other: not counted.
 * Corrections: attention's by the shape as cut; a collective's as context_exchange.c has them.
 * Units: ns, bytes, tokens. Source: vLLM's decode context parallelism; Bhatia et al. 2025 (Helix, arXiv 2507.07120), whose feed-forward ranks are the tensor ranks here. Valid for contexts of many
 * blocks a rank. */
#include "perf/context_parallel.h"

static void cut(double ranks, orr_linear_operator *linear)
{
    linear->context_ns /= ranks;
    linear->capped_ns /= ranks;
    linear->token_memory_ns /= ranks;
    linear->token_compute_ns /= ranks;
    linear->serial_ns /= ranks;
    linear->serial_least_tokens *= ranks;
    linear->join_tokens *= ranks;
    linear->cached_tokens *= ranks;
    linear->context_flop /= ranks;
    linear->capped_flop /= ranks;
    linear->context_vector_flop /= ranks;
    linear->capped_vector_flop /= ranks;
    linear->context_bytes /= ranks;
    linear->capped_bytes /= ranks;
    linear->context_share = 1 / ranks;
}

typedef struct joining { const orr_machine *machine; const orr_layout *layout; const orr_corrections *corrections; orr_arena *arena; orr_attention *attention; } joining;

static void append(const joining *j, const char *name, orr_context_group group, orr_collective_kind kind, double request_bytes)
{
    orr_collective *kept = ORR_NEW(j->arena, orr_collective);
    *kept = orr_context_collective(j->machine, j->layout, group, kind);
    if (kept->algorithm_count == 0) return;
    j->attention->linear[j->attention->linear_count++] = (orr_linear_operator){ .name = name, .kernels = 1, .exchange = kept, .request_bytes = request_bytes, .context_share = 1, .dtype = ORR_DTYPE_BF16,
                                                                                .matrix_dtype = ORR_DTYPE_BF16, .correction = orr_context_correction(kept, j->corrections, j->arena) };
}

static void append_kernel(const joining *j, const char *name, double request_bytes)
{
    j->attention->linear[j->attention->linear_count++] = (orr_linear_operator){ .name = name, .kernels = 1, .binding = ORR_BIND_MEMORY, .dtype = ORR_DTYPE_BF16, .matrix_dtype = ORR_DTYPE_BF16, .fixed_ns = j->machine->kernel_ns,
                                                                                .request_ns = request_bytes / j->machine->stream_bytes_per_ns, .request_bytes = request_bytes, .context_share = 1,
                                                                                .correction = orr_correction_none(j->corrections, ORR_KERNEL_FAMILY_COUNT_) };
}

void orr_context_compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_layout *layout, const orr_engine *engine, double query_tokens, const orr_corrections *corrections, orr_arena *arena,
                                orr_attention *attention)
{
    const double ranks = (double)layout->decode_context, in_group = (double)layout->decode_tensor;
    const bool latent = mixer->kind == ORR_MIXER_MLA;
    const double keys = latent ? (double)(mixer->kv_lora_rank + mixer->qk_rope_dim) : (double)mixer->head_dim, values = latent ? (double)mixer->kv_lora_rank : (double)mixer->value_head_dim;
    const double own = query_tokens * (double)mixer->heads / (double)layout->tensor, gathered = own * in_group;
    bool any = false;
    for (int i = 0; i < attention->linear_count; i++)
        if (attention->linear[i].reads_cache) { cut(ranks, &attention->linear[i]); any = true; }
    if (!any) return;
    const joining j = { machine, layout, corrections, arena, attention };
    append(&j, "gather_queries", ORR_GROUP_HEADS, ORR_ALL_GATHER, 2 * gathered * keys);
    if (engine->dcp_comm_backend == ORR_DCP_A2A) {
        append(&j, "exchange_parts", ORR_GROUP_CACHE, ORR_ALL_TO_ALL, ranks * own * (2 * values + 4));
        append_kernel(&j, "join_parts", own * (ranks * (2 * values + 4) + 2 * values));
        return;
    }
    append(&j, "gather_lse", ORR_GROUP_CACHE, ORR_ALL_GATHER, 4 * gathered * ranks);
    append_kernel(&j, "scale_parts", gathered * (4 * values + 4 * ranks));
    append(&j, "scatter_parts", ORR_GROUP_HEADS, ORR_REDUCE_SCATTER, 2 * gathered * values);
    if (layout->decode_context > layout->decode_tensor) append(&j, "reduce_parts", ORR_GROUP_CONTEXT, ORR_ALL_REDUCE, 2 * own * values);
}
