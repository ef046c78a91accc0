/* Latent attention: DeepSeek-V2, V3, V3.2, R1, Kimi K2 and K2.5, GLM-5; with the sparse indexer (DSA) where index_topk is given. */
#include "spec/model_hf.h"

#include <inttypes.h>
#include <string.h>

/* head_dim of these configs, where given, is the rope part or nothing in use: it is not read. */
orr_mixer orr_hf_mla(orr_hf *hf)
{
    orr_mixer mixer;
    memset(&mixer, 0, sizeof mixer);
    mixer.kind = ORR_MIXER_MLA;
    mixer.heads = mixer.kv_heads = orr_hf_int(hf, "num_attention_heads");
    mixer.q_lora_rank = orr_hf_int_or(hf, "q_lora_rank", 0);
    mixer.kv_lora_rank = orr_hf_int(hf, "kv_lora_rank");
    mixer.qk_nope_dim = orr_hf_int(hf, "qk_nope_head_dim");
    mixer.qk_rope_dim = orr_hf_int(hf, "qk_rope_head_dim");
    mixer.head_dim = mixer.qk_nope_dim + mixer.qk_rope_dim;
    mixer.value_head_dim = orr_hf_int(hf, "v_head_dim");
    if (orr_hf_flag(hf, "attention_bias", false)) orr_hf_contradiction(hf, "attention_bias", "attention_bias is set, and latent attention has none");
    int64_t stated = orr_hf_int_or(hf, "qk_head_dim", mixer.head_dim);
    if (stated != mixer.head_dim)
        orr_hf_contradiction(hf, "qk_head_dim", "qk_head_dim is %" PRId64 ", and qk_nope_head_dim + qk_rope_head_dim is %" PRId64, stated, mixer.head_dim);
    mixer.sparse_topk = orr_hf_int_or(hf, "index_topk", 0);
    if (mixer.sparse_topk) {
        mixer.index_heads = orr_hf_int(hf, "index_n_heads");
        mixer.index_head_dim = orr_hf_int(hf, "index_head_dim");
    }
    return mixer;
}

void orr_hf_build_deepseek(orr_hf *hf)
{
    int64_t layers = hf->model->layer_count, step = orr_hf_int_or(hf, "moe_layer_freq", 1), dense_count = 0;
    int64_t first = orr_hf_find(hf, "n_routed_experts") ? orr_hf_int_or(hf, "first_k_dense_replace", 0) : layers;
    orr_mixer mixer = orr_hf_mla(hf);
    if (step < 1) step = 1;
    for (int64_t i = 0; i < layers; i++) dense_count += i < first || i % step != 0;
    if (dense_count) {
        orr_ffn dense = orr_hf_dense(hf, "intermediate_size");
        orr_hf_add_layers(hf, dense_count, &mixer, &dense, 2);
    }
    if (dense_count < layers) {
        orr_ffn moe = orr_hf_moe(hf, "n_routed_experts", "moe_intermediate_size");
        moe.shared_intermediate = moe.expert_intermediate * orr_hf_int_or(hf, "n_shared_experts", 0);
        moe.router_bias = orr_text_equal(orr_hf_text(hf, "topk_method"), "noaux_tc");
        orr_hf_add_layers(hf, layers - dense_count, &mixer, &moe, 2);
    }
    hf->model->mtp_layers = orr_hf_int_or(hf, "num_nextn_predict_layers", 0);
}
