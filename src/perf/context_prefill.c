/* A prompt's chunk on context-parallel ranks: P ranks, the chunk's n new tokens in 2 P equal pieces, rank r computes pieces r and 2P - 1 - r.
 *
 * Early pieces see few keys and late ones many: paired so, each rank has the same number of pairs of a token and a key it sees. With m = n / 2P and c tokens before the chunk, piece i has
 *   m (c + i m) + m (m + 1)/2      and pieces r and 2P - 1 - r together      (n c + n (n + 1)/2) / P
 * whatever r. Under a window pairs grow with i, ever more slowly until all pieces see a whole window: the rank of the middle pieces, P - 1 and P, has the most, and stands for all. Its kernel sees two
 * prompts of m new tokens, after c + (P - 1) m and c + P m: tiles, starts and residual corrections follow from that shape. Each rank has n/P of the tokens in everything else of a layer.
 * A latent cache comes to all ranks as latents, and each expands what it did not compute: c + n - n/P tokens.
 * Units: tokens. Source: the load-balanced cut of Yang et al. 2024 (arXiv 2411.01783), 3.4; vLLM's and SGLang's zig-zag ("dual chunk swap"). Valid for chunks of many tokens a rank: a piece may be
 * less than a token here, where engines pad. Not for recurrent layers, whose scan follows the tokens. */
#include "perf/context_parallel.h"

#include "base/math.h"

orr_context_pieces orr_context_pieces_of(double ranks, double new_tokens, double context_tokens)
{
    const double piece = new_tokens / (2 * ranks);
    return (orr_context_pieces){ piece, { context_tokens + (ranks - 1) * piece, context_tokens + ranks * piece } };
}

/* `count` times what one rank has of a chunk, which no data rank divides. */
static void add_times(const orr_chunk_load *one, double count, orr_chunk_load *load)
{
    load->chunks += count * one->chunks;
    load->new_tokens += count * one->new_tokens;
    load->context_tokens += count * one->context_tokens;
    load->keys += count * one->keys;
    load->pairs += count * one->pairs;
    load->spread_ns += count * one->spread_ns;
    load->memory_ns += count * one->memory_ns;
    load->longest_ns = orr_max(load->longest_ns, one->longest_ns);
    load->chain_ns = orr_max(load->chain_ns, one->chain_ns);
    load->most_new_tokens = orr_max(load->most_new_tokens, one->new_tokens);
    load->most_context_tokens = orr_max(load->most_context_tokens, one->context_tokens);
    load->most_spread_ns = orr_max(load->most_spread_ns, one->spread_ns);
    load->most_memory_ns = orr_max(load->most_memory_ns, one->memory_ns);
}

static void add_pieces(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_context_pieces *pieces, orr_chunk_load *load)
{
    for (int i = 0; i < 2; i++) orr_chunk_load_add(chunk, machine, pieces->tokens, pieces->context[i], 1, load);
}

void orr_context_load_add(const orr_chunk_operator *chunk, const orr_machine *machine, double ranks, double new_tokens, double context_tokens, double count, orr_chunk_load *load)
{
    orr_chunk_load one = { 0 };
    const orr_context_pieces pieces = orr_context_pieces_of(ranks, new_tokens, context_tokens);
    if (chunk->kind == ORR_CHUNK_EXCHANGE) {
        if (chunk->exchange->hops > 0) add_pieces(&chunk->exchange->behind, machine, &pieces, &one);
        one.chunks = 1;
        one.new_tokens = new_tokens;
        one.context_tokens = context_tokens;
    } else if (chunk->kind == ORR_CHUNK_EXPAND) {
        orr_chunk_load_add(chunk, machine, new_tokens / ranks, context_tokens + new_tokens - new_tokens / ranks, 1, &one);
    } else {
        add_pieces(chunk, machine, &pieces, &one);
    }
    add_times(&one, count, load);
}
