/* Keys and values of a prompt's chunk on their way between context-parallel ranks, once a layer. K bytes a token are a chip's: its KV heads', or the latent's with the indexer's key.
 *
 * All-gather (vLLM, SGLang), in line, before attention:      t = all_gather(n K) over the P context ranks, one of each tensor-parallel group
 *   where the cache is cut over D ranks, what stands before the chunk is gathered too:      + all_gather(c K) over them (the indexer's keys are whole everywhere)
 * Ring (pass-KV), behind attention: each rank attends to one rank's part while the next one's arrives, P - 1 times, so that of hops and attention (t_a, corrected) the exposed part is
 *   (P - 1) max(0, hop - t_a / P),      hop = point to point, (n + c') K / P bytes, c' = c where the context ranks cut the cache, else 0
 *   Attention is then P launches, and parts of it are joined P - 1 times: 8 bytes an output element read and written. What tensor-parallel ranks hold of a cut cache is gathered first, as above.
 * A ring over nodes is as fast as its hops between them; a rank's rail carries its own heads alone. Chunks of one step go together. Corrections: those of measured collectives in a node; none over nodes.
 * Units: ns, bytes, tokens. Source: Liu et al. 2023 (arXiv 2310.01889); Yang et al. 2024 (arXiv 2411.01783), whose pass-Q, better where nearly everything is in the cache, is not here (vLLM gathers queries in
 * place of cached keys for GQA under DCP: the bytes of either are small against a long chunk's attention). Valid for chunks that every rank has tokens of. */
#include "perf/context_parallel.h"

#include "base/math.h"
#include "perf/joined.h"

orr_collective orr_context_collective(const orr_machine *machine, const orr_layout *layout, orr_context_group group, orr_collective_kind kind)
{
    const double tensor = (double)layout->tensor, in_node = orr_max(machine->chips_per_node, 1);
    const double heads = (double)layout->decode_tensor, contexts = (double)(layout->decode_context / layout->decode_tensor);
    const double groups_in_node = orr_max((double)(int64_t)(in_node / tensor), 1);
    if (group == ORR_GROUP_CONTEXT) return orr_collective_prepare_among(machine, kind, (double)layout->context, orr_min((double)layout->context, groups_in_node), tensor);
    if (group == ORR_GROUP_HEADS) return orr_collective_prepare_among(machine, kind, heads, orr_min(heads, in_node), 1);
    return orr_collective_prepare_among(machine, kind, heads * contexts, orr_min(heads * orr_min(contexts, groups_in_node), in_node), 1);
}

orr_correction orr_context_correction(const orr_collective *collective, const orr_corrections *corrections, orr_arena *arena)
{
    const orr_kernel kernel = {.family = ORR_KERNEL_COLLECTIVE, .compute_dtype = ORR_DTYPE_BF16, .collective = collective->kind, .ranks = collective->ranks};
    return collective->across || collective->kind == ORR_POINT_TO_POINT || !orr_joined_as_measured(collective->machine) ? orr_correction_none(corrections, ORR_KERNEL_COLLECTIVE) : orr_correction_prepare(corrections, &kernel, arena);
}

/* A chip's, of a token in a layer. */
static double held_bytes(const orr_mixer *mixer, const orr_layout *layout, orr_dtype dtype)
{
    if (mixer->kind == ORR_MIXER_MLA) return (double)(mixer->kv_lora_rank + mixer->qk_rope_dim) * orr_dtype_bytes(dtype);
    return orr_max((double)mixer->kv_heads / (double)layout->tensor, 1) * (double)(mixer->head_dim + mixer->value_head_dim) * orr_dtype_bytes(dtype);
}

static void append(const char *name, const orr_context_exchange *exchange, const orr_corrections *corrections, orr_arena *arena, orr_attention *attention)
{
    orr_context_exchange *kept = ORR_NEW(arena, orr_context_exchange);
    *kept = *exchange;
    attention->chunk[attention->chunk_count++] = (orr_chunk_operator){ .name = name, .kernels = 1, .kind = ORR_CHUNK_EXCHANGE, .exchange = kept, .key_bytes = exchange->context_bytes, .token_bytes = exchange->new_bytes,
                                                                        .correction = orr_context_correction(&exchange->collective, corrections, arena) };
}

/* Attention that goes around: a launch for each rank's part, and outputs joined in between. */
static void go_around(const orr_machine *machine, const orr_mixer *mixer, double ranks, orr_chunk_operator *chunk)
{
    const double join_bytes = 8 * chunk->heads * (double)mixer->value_head_dim * (ranks - 1);
    chunk->fixed_ns *= ranks;
    chunk->kernels *= ranks;
    chunk->token_bytes += join_bytes;
    chunk->memory_token_ns += join_bytes / machine->stream_bytes_per_ns;
}

static orr_chunk_operator *attention_of(orr_attention *attention)
{
    for (int i = 0; i < attention->chunk_count; i++)
        if (attention->chunk[i].kind == ORR_CHUNK_SOFTMAX && !attention->chunk[i].chooses) return &attention->chunk[i];
    return NULL;
}

void orr_context_compile_exchange(const orr_machine *machine, const orr_mixer *mixer, const orr_layout *layout, const orr_engine *engine, const orr_corrections *corrections, orr_arena *arena, orr_attention *attention)
{
    orr_chunk_operator *behind = attention_of(attention);
    if (behind == NULL) return;
    const bool ring = layout->context > 1 && engine->prefill_context_exchange == ORR_CONTEXT_RING;
    const double ranks = (double)layout->context, held = held_bytes(mixer, layout, engine->kv_cache_dtype), index = mixer->sparse_topk > 0 ? (double)mixer->index_head_dim + 4 : 0;
    const double cut_by_contexts = (double)(layout->decode_context / layout->decode_tensor);
    if (ring) {
        go_around(machine, mixer, ranks, behind);
        const orr_collective all = orr_context_collective(machine, layout, ORR_GROUP_CONTEXT, ORR_ALL_GATHER);
        const orr_context_exchange exchange = { .collective = orr_collective_prepare_step(machine, all.across, orr_min((double)layout->context, orr_max(machine->chips_per_node / (double)layout->tensor, 1)), (double)layout->tensor), .new_bytes = (held + index) / ranks, .context_bytes = cut_by_contexts > 1 ? held / ranks : 0,
                                                .hops = ranks - 1, .behind = *behind, .ranks = ranks };
        append("ring_kv", &exchange, corrections, arena, attention);
    } else if (layout->context > 1) {
        const orr_context_exchange exchange = { .collective = orr_context_collective(machine, layout, ORR_GROUP_CONTEXT, ORR_ALL_GATHER), .new_bytes = held + index };
        append("gather_new_kv", &exchange, corrections, arena, attention);
    }
    const orr_context_group cut = ring ? ORR_GROUP_HEADS : ORR_GROUP_CACHE;
    if (layout->decode_context == 1 || (ring && layout->decode_tensor == 1)) return;
    const orr_context_exchange exchange = { .collective = orr_context_collective(machine, layout, cut, ORR_ALL_GATHER), .context_bytes = ring ? held / cut_by_contexts : held };
    append("gather_cached_kv", &exchange, corrections, arena, attention);
}

/* Of the busiest data rank. */
static double busiest(const orr_rank_split *split, double sum, double most) { return orr_max(sum * split->busiest_share, most); }

void orr_context_exchange_emit(const orr_chunk_operator *chunk, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink)
{
    const orr_context_exchange *exchange = chunk->exchange;
    const double new_tokens = busiest(split, load->new_tokens, load->most_new_tokens), context_tokens = busiest(split, load->context_tokens, load->most_context_tokens);
    const double bytes = new_tokens * exchange->new_bytes + context_tokens * exchange->context_bytes, sum_bytes = load->new_tokens * exchange->new_bytes + load->context_tokens * exchange->context_bytes;
    if (!(bytes > 0)) return;
    const double mean_share = split->mean_share * split->busiest_share * sum_bytes / bytes;
    if (!(exchange->hops > 0)) {
        orr_collective_emit(&exchange->collective, chunk->name, chunk->layers, bytes, split->ranks, mean_share, sink);
        return;
    }
    const double leading[] = { orr_max(2 * load->chunks * split->busiest_share, 1), load->new_tokens / (2 * load->chunks * exchange->ranks), load->context_tokens / load->chunks + load->new_tokens / (2 * load->chunks) };
    const double attention_ns = orr_softmax_ns(&exchange->behind, load, split) * (1 + orr_correction_excess(&exchange->behind.correction, leading));
    const double hop_ns = orr_collective_ns(&exchange->collective, bytes), exposed_ns = exchange->hops * orr_max(hop_ns - attention_ns / exchange->ranks, 0);
    const orr_collective_algorithm *hop = &exchange->collective.algorithms[0];
    const orr_work work = { .dtype = ORR_DTYPE_BF16, .link_bytes = exchange->hops * bytes * hop->link_share, .fabric_bytes = exchange->hops * bytes * hop->fabric_share, .ranks = split->ranks, .mean_share = mean_share };
    orr_operator operator_ = { .name = chunk->name, .times = chunk->layers, .kernels = exchange->hops, .shape = ORR_SHAPE_COLLECTIVE, .size = { exchange->ranks, bytes, 0, 0 }, .binding = ORR_BIND_LINK };
    orr_work_cost(exchange->collective.machine, &work, exposed_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
