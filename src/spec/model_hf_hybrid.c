/* Hybrids of softmax attention and recurrent state: Qwen3-Next and Qwen3.5 (gated delta net), Nemotron-H (Mamba-2). */
#include "spec/model_hf.h"

#include <inttypes.h>
#include <string.h>

static orr_mixer gated_delta_net(orr_hf *hf)
{
    orr_mixer mixer;
    memset(&mixer, 0, sizeof mixer);
    mixer.kind = ORR_MIXER_GDN;
    mixer.state_key_heads = orr_hf_int(hf, "linear_num_key_heads");
    mixer.state_value_heads = orr_hf_int(hf, "linear_num_value_heads");
    mixer.state_key_dim = orr_hf_int(hf, "linear_key_head_dim");
    mixer.state_value_dim = orr_hf_int(hf, "linear_value_head_dim");
    mixer.conv_kernel = orr_hf_int(hf, "linear_conv_kernel_dim");
    return mixer;
}

void orr_hf_build_qwen3_next(orr_hf *hf)
{
    orr_mixer full = orr_hf_gqa(hf), linear = gated_delta_net(hf);
    orr_ffn ffn;
    full.qk_norm = full.output_gate = true;
    full.output_gate = orr_hf_flag(hf, "attn_output_gate", true);
    if (orr_hf_int_or(hf, "num_experts", 0) > 0) {
        ffn = orr_hf_moe(hf, "num_experts", "moe_intermediate_size");
        ffn.shared_intermediate = orr_hf_int_or(hf, "shared_expert_intermediate_size", 0);
        ffn.shared_gate = ffn.shared_intermediate > 0;
    } else {
        ffn = orr_hf_dense(hf, "intermediate_size");
    }
    int64_t every = orr_hf_int_or(hf, "full_attention_interval", 4);
    if (every < 1) every = 1;
    const orr_node *types = orr_hf_list(hf, "layer_types", hf->model->layer_count), *type = types ? types->first : NULL;
    for (int64_t i = 0; i < hf->model->layer_count; i++) {
        bool is_full = type ? orr_text_equal(type->scalar, "full_attention") : (i + 1) % every == 0;
        orr_hf_add_layers(hf, 1, is_full ? &full : &linear, &ffn, 2);
        if (type) type = type->next;
    }
    hf->model->mtp_layers = orr_hf_int_or(hf, "mtp_num_hidden_layers", orr_hf_int_or(hf, "num_nextn_predict_layers", 0));
}

static orr_mixer mamba2(orr_hf *hf)
{
    orr_mixer mixer;
    memset(&mixer, 0, sizeof mixer);
    mixer.kind = ORR_MIXER_MAMBA2;
    mixer.state_value_heads = orr_hf_int(hf, "mamba_num_heads");
    mixer.state_value_dim = orr_hf_int(hf, "mamba_head_dim");
    mixer.state_key_heads = orr_hf_int(hf, "n_groups");
    mixer.state_key_dim = orr_hf_int(hf, "ssm_state_size");
    mixer.conv_kernel = orr_hf_int(hf, "conv_kernel");
    return mixer;
}

typedef enum { LAYER_MAMBA = 'M', LAYER_ATTENTION = '*', LAYER_MOE = 'E', LAYER_DENSE = '-' } layer_letter;

/* layers_block_type's words as the letters of hybrid_override_pattern; 0: neither. */
static char letter_of(const char *word)
{
    static const struct { const char *word; char letter; } words[] = {
        {"mamba", 'M'}, {"linear_attention", 'M'}, {"attention", '*'}, {"full_attention", '*'}, {"moe", 'E'}, {"mlp", '-'},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (orr_text_equal(word, words[i].word)) return words[i].letter;
    return 0;
}

/* One letter a layer, from either spelling. */
static const char *read_pattern(orr_hf *hf)
{
    const char *pattern = orr_hf_text(hf, "hybrid_override_pattern");
    if (pattern) {
        if ((int64_t)strlen(pattern) == hf->model->layer_count) return pattern;
        orr_hf_contradiction(hf, "hybrid_override_pattern", "hybrid_override_pattern has %zu letters, and num_hidden_layers is %" PRId64, strlen(pattern), hf->model->layer_count);
        return NULL;
    }
    const orr_node *types = orr_hf_list(hf, "layers_block_type", hf->model->layer_count), *type = types ? types->first : NULL;
    if (!types) { (void)orr_hf_int(hf, "hybrid_override_pattern"); return NULL; }     /* reported as missing */
    char *letters = orr_arena_alloc(hf->arena, types->child_count + 1);
    for (size_t i = 0; type; type = type->next) letters[i++] = type->scalar && letter_of(type->scalar) ? letter_of(type->scalar) : '?';
    return letters;
}

static orr_ffn nemotron_moe(orr_hf *hf)
{
    orr_ffn ffn = orr_hf_moe(hf, "n_routed_experts", "moe_intermediate_size");
    ffn.gated = false;                      /* squared ReLU: two matrices */
    ffn.router_bias = true;
    ffn.latent_size = orr_hf_int_or(hf, "moe_latent_size", 0);
    if (orr_hf_int_or(hf, "n_shared_experts", 0) > 0) ffn.shared_intermediate = orr_hf_int(hf, "moe_shared_expert_intermediate_size");
    return ffn;
}

/* A layer is a mixer or an FFN, never both, with one norm. */
void orr_hf_build_nemotron_h(orr_hf *hf)
{
    const char *pattern = read_pattern(hf);
    if (!pattern) return;
    orr_mixer none, attention, mamba;
    orr_ffn no_ffn, moe, dense;
    memset(&none, 0, sizeof none);
    memset(&no_ffn, 0, sizeof no_ffn);
    if (strchr(pattern, LAYER_ATTENTION)) attention = orr_hf_gqa(hf); else attention = none;
    if (strchr(pattern, LAYER_MAMBA)) mamba = mamba2(hf); else mamba = none;
    if (strchr(pattern, LAYER_MOE)) moe = nemotron_moe(hf); else moe = no_ffn;
    if (strchr(pattern, LAYER_DENSE)) { dense = orr_hf_dense(hf, "intermediate_size"); dense.gated = false; } else dense = no_ffn;
    for (const char *letter = pattern; *letter; letter++) {
        switch (*letter) {
        case LAYER_MAMBA: orr_hf_add_layers(hf, 1, &mamba, &no_ffn, 1); break;
        case LAYER_ATTENTION: orr_hf_add_layers(hf, 1, &attention, &no_ffn, 1); break;
        case LAYER_MOE: orr_hf_add_layers(hf, 1, &none, &moe, 1); break;
        case LAYER_DENSE: orr_hf_add_layers(hf, 1, &none, &dense, 1); break;
        default: orr_hf_contradiction(hf, "hybrid_override_pattern", "layer kind '%c' is not known: M, *, E and - are", *letter); return;
        }
    }
}
