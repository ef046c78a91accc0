/* EAGLE's head: one dense decoder layer over hidden states of the model h wide, drafting in a chain through the model's embedding and head, or a head of its own over fewer tokens.
 *
 *   features f = 1 (EAGLE, EAGLE-2): every pass joins the token's embedding with a hidden state, the model's own or the head's last one:  2 h -> h.
 *   f > 1 (EAGLE-3: 3, of a low, a middle and a high layer): the pass over a step's tokens joins f hidden states, f h -> h; later passes take the head's own. The layer's attention reads embedding and feature beside each other,
 *   2 h wide: beside the layer's q, k, v of h stands a product of the other h with the same columns.
 * What precedes the layer is kept whole on every rank; q, k, v are cut as the model's. Weights, in 16 bit: the layer, these products, two norms, and the head where it has its own vocabulary; a layer of cache.
 * Units: ns, bytes. Source: Li et al., EAGLE (ICML 2024, arXiv 2401.15077), EAGLE-2 (arXiv 2406.16858), EAGLE-3 (arXiv 2503.01840), and the published heads' shapes. Valid for chains: trees of drafts, which the papers
 * verify too, are not told. Assumed: a model of experts has a head as wide as the experts that a token passes. */
#include "perf/system.h"

/* Columns of q, k and v on a rank. */
static int64_t attention_columns(const orr_mixer *mixer, int64_t tensor)
{
    const int64_t heads = orr_ceil_div(mixer->heads, tensor);
    if (mixer->kind == ORR_MIXER_MLA) return (mixer->q_lora_rank > 0 ? mixer->q_lora_rank : heads * mixer->head_dim) + mixer->kv_lora_rank + mixer->qk_rope_dim;
    return (heads + 2 * orr_ceil_div(mixer->kv_heads, tensor)) * mixer->head_dim;
}

void orr_program_add_eagle_head(orr_perf *perf, const orr_model *model, const orr_eagle *eagle, bool first, orr_arena *arena)
{
    const int64_t h = model->hidden_size;
    orr_head_product products[2] = { { "eagle_fc", h, 2 * h } };
    int count = 1;
    if (eagle->features > 1) {
        count = 0;
        if (first) products[count++] = (orr_head_product){ "eagle_fc", h, eagle->features * h };
        products[count++] = (orr_head_product){ "eagle_qkv", attention_columns(&model->groups[0].mixer, perf->layout.tensor), h };
    }
    orr_program_add_head(perf, model, "eagle_norms", 2, products, count, arena);
}
