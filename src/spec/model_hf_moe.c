/* Mixtures of experts with softmax attention: Mixtral, Qwen2-MoE, Qwen3-MoE, gpt-oss, MiniMax-M2, Llama 4, GLM-4.5. */
#include "spec/model_hf.h"

#include <inttypes.h>
#include <string.h>

void orr_hf_build_mixtral(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "num_local_experts", "intermediate_size");
    int64_t window = orr_hf_int_or(hf, "sliding_window", 0);
    if (window < hf->model->max_context_tokens) mixer.window_tokens = window;
    orr_hf_add_layers(hf, hf->model->layer_count, &mixer, &ffn, 2);
}

static bool lists(const orr_node *list, int64_t index)
{
    for (const orr_node *item = list ? list->first : NULL; item; item = item->next) {
        long long value = -1;
        if (orr_node_as_int(item, &value) && value == index) return true;
    }
    return false;
}

/* Layer i has experts unless listed in mlp_only_layers or stepped over by decoder_sparse_step. */
static void add_sparse_steps(orr_hf *hf, const orr_mixer *mixer, const orr_ffn *moe)
{
    const orr_node *dense_layers = orr_hf_list(hf, "mlp_only_layers", 0);
    int64_t step = orr_hf_int_or(hf, "decoder_sparse_step", 1), dense_count = 0;
    if (step < 1) step = 1;
    for (int64_t i = 0; i < hf->model->layer_count; i++) dense_count += lists(dense_layers, i) || (i + 1) % step != 0;
    if (dense_count) {
        orr_ffn dense = orr_hf_dense(hf, "intermediate_size");
        orr_hf_add_layers(hf, dense_count, mixer, &dense, 2);
    }
    orr_hf_add_layers(hf, hf->model->layer_count - dense_count, mixer, moe, 2);
}

void orr_hf_build_qwen2_moe(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "num_experts", "moe_intermediate_size");
    mixer.qkv_bias = true;
    ffn.shared_intermediate = orr_hf_int(hf, "shared_expert_intermediate_size");
    ffn.shared_gate = true;
    add_sparse_steps(hf, &mixer, &ffn);
}

void orr_hf_build_qwen3_moe(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "num_experts", "moe_intermediate_size");
    mixer.qk_norm = true;
    add_sparse_steps(hf, &mixer, &ffn);
}

/* GLM-4.5: dense layers first, then experts with a shared one. */
void orr_hf_build_glm4_moe(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "n_routed_experts", "moe_intermediate_size");
    mixer.out_bias = false;         /* attention_bias speaks of q, k, v */
    mixer.qk_norm = orr_hf_flag(hf, "use_qk_norm", false);
    ffn.shared_intermediate = ffn.expert_intermediate * orr_hf_int_or(hf, "n_shared_experts", 0);
    ffn.router_bias = true;
    int64_t dense_count = orr_hf_int_or(hf, "first_k_dense_replace", 0);
    if (dense_count > 0) {
        orr_ffn dense = orr_hf_dense(hf, "intermediate_size");
        orr_hf_add_layers(hf, dense_count, &mixer, &dense, 2);
    }
    orr_hf_add_layers(hf, hf->model->layer_count - dense_count, &mixer, &ffn, 2);
    hf->model->mtp_layers = orr_hf_int_or(hf, "num_nextn_predict_layers", 0);
}

/* gpt-oss: windows on every other layer, a learned sink a head, biases everywhere. */
void orr_hf_build_gpt_oss(orr_hf *hf)
{
    orr_mixer full = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "num_local_experts", "intermediate_size");
    full.sinks = true;
    ffn.bias = ffn.router_bias = true;
    orr_mixer sliding = full;
    sliding.window_tokens = orr_hf_int(hf, "sliding_window");
    const orr_node *types = orr_hf_list(hf, "layer_types", hf->model->layer_count), *type = types ? types->first : NULL;
    for (int64_t i = 0; i < hf->model->layer_count; i++) {
        bool slides = type ? orr_text_equal(type->scalar, "sliding_attention") : i % 2 == 0;
        orr_hf_add_layers(hf, 1, slides ? &sliding : &full, &ffn, 2);
        if (type) type = type->next;
    }
}

/* MiniMax-M2: softmax attention throughout (attn_type 1); the prediction modules that the config names are not in the published weights. */
void orr_hf_build_minimax_m2(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_moe(hf, "num_local_experts", "intermediate_size");
    mixer.qk_norm = orr_hf_flag(hf, "use_qk_norm", true);
    mixer.qk_norm_whole = mixer.qk_norm && orr_text_equal(orr_hf_text(hf, "qk_norm_type"), "per_layer");
    ffn.router_bias = orr_hf_flag(hf, "use_routing_bias", false);
    ffn.shared_intermediate = orr_hf_int_or(hf, "shared_intermediate_size", 0);
    const orr_node *types = orr_hf_list(hf, "attn_type_list", hf->model->layer_count);
    for (const orr_node *type = types ? types->first : NULL; type; type = type->next)
        if (!orr_text_equal(type->scalar, "1")) {
            orr_hf_contradiction(hf, "attn_type_list", "attention type %s is not known for %s: 1, softmax attention, is", type->scalar ? type->scalar : "?", hf->model->architecture);
            return;
        }
    orr_hf_add_layers(hf, hf->model->layer_count, &mixer, &ffn, 2);
}

/* Llama 4: three layers of four attend within chunks; experts in every `interleave_moe_layer_step`-th layer, with one shared expert of their size. */
void orr_hf_build_llama4(orr_hf *hf)
{
    orr_mixer full = orr_hf_gqa(hf);
    orr_ffn moe = orr_hf_moe(hf, "num_local_experts", "intermediate_size"), dense;
    moe.shared_intermediate = moe.expert_intermediate;
    orr_mixer chunked = full;
    chunked.window_tokens = orr_hf_int_or(hf, "attention_chunk_size", 8192);
    const orr_node *ropes = orr_hf_list(hf, "no_rope_layers", hf->model->layer_count), *rope = ropes ? ropes->first : NULL;
    const orr_node *moe_layers = orr_hf_list(hf, "moe_layers", 0);
    int64_t step = orr_hf_int_or(hf, "interleave_moe_layer_step", 1);
    if (step < 1) step = 1;
    memset(&dense, 0, sizeof dense);
    for (int64_t i = 0; i < hf->model->layer_count && hf->good; i++) {
        bool chunks = rope ? orr_text_equal(rope->scalar, "1") : (i + 1) % 4 != 0;
        bool has_experts = moe_layers ? lists(moe_layers, i) : (i + 1) % step == 0;
        if (!has_experts && dense.kind == ORR_FFN_NONE) dense = orr_hf_dense(hf, "intermediate_size_mlp");
        orr_hf_add_layers(hf, 1, chunks ? &chunked : &full, has_experts ? &moe : &dense, 2);
        if (rope) rope = rope->next;
    }
}
