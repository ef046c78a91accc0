/* What stands around latent attention in a layer, of one tensor-parallel rank: projections down to the latents (replicated), up by heads, out; norms of the latents, rotation and the cache's write.
 *
 * Prompts expand their latents (kv_up_proj) and join each head's keys with the rotated part all share; decoding absorbs it (mla_absorbed.c), so that the weights are held once and read by either. With sparse attention the indexer has projections
 * of its own, replicated.
 * Source: DeepSeek-V2, V3 and V3.2 reports; kernel counts from timings of whole modules (data/calibration/universal.yaml). */
#include "perf/mla.h"

static orr_mla_part *add_product(orr_mla_part *parts, int *count, orr_mla_part_kind kind, const char *name, int64_t n, int64_t k)
{
    orr_mla_part *part = &parts[*count];
    *part = (orr_mla_part){ .kind = kind, .name = name, .n = n, .k = k };
    if (n > 0 && k > 0) (*count)++;
    return part;
}

int orr_mla_parts(const orr_mixer *mixer, int64_t tensor, int64_t hidden, orr_mla_part parts[ORR_MAX_MLA_PARTS])
{
    int64_t heads = mixer->heads / tensor, latent = mixer->kv_lora_rank + mixer->qk_rope_dim, query_input = mixer->q_lora_rank > 0 ? mixer->q_lora_rank : hidden;
    int count = 0;
    add_product(parts, &count, ORR_MLA_LINEAR, "latent_down_proj", mixer->q_lora_rank + latent, hidden);
    add_product(parts, &count, ORR_MLA_LINEAR, "q_up_proj", heads * mixer->head_dim, query_input);
    add_product(parts, &count, ORR_MLA_LINEAR, "kv_up_proj", heads * (mixer->qk_nope_dim + mixer->value_head_dim), mixer->kv_lora_rank)->prompts_only = true;
    parts[count++] = (orr_mla_part){ .kind = ORR_MLA_ELEMENTWISE, .prompts_only = true, .name = "keys_join", .row_bytes = 4 * (double)(heads * mixer->head_dim), .kernels = 2 };
    parts[count++] = (orr_mla_part){ .kind = ORR_MLA_ELEMENTWISE, .name = "latent_norm_rope_write", .row_bytes = 4 * (double)(mixer->q_lora_rank + latent + heads * mixer->head_dim), .kernels = 3 };
    if (mixer->sparse_topk > 0) {
        add_product(parts, &count, ORR_MLA_LINEAR, "index_q_proj", mixer->index_heads * mixer->index_head_dim, query_input);
        add_product(parts, &count, ORR_MLA_OTHER, "index_k_weights_proj", mixer->index_head_dim + mixer->index_heads, hidden);
    }
    add_product(parts, &count, ORR_MLA_LINEAR, "out_proj", hidden, heads * mixer->value_head_dim);
    return count;
}
