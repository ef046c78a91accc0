/* Dense models with softmax attention: Llama, Mistral, Phi-3, Qwen2, Qwen3, Gemma 3. */
#include "spec/model_hf.h"

#include <string.h>

/* The window of layers that slide, by whichever list or pattern the config has; `full_every` 0: all slide. */
static void add_windowed(orr_hf *hf, const orr_mixer *full, const orr_ffn *ffn, int norms, int64_t window, int64_t full_every)
{
    orr_mixer sliding = *full;
    sliding.window_tokens = window;
    const orr_node *types = orr_hf_list(hf, "layer_types", hf->model->layer_count), *type = types ? types->first : NULL;
    for (int64_t i = 0; i < hf->model->layer_count; i++) {
        bool slides = type ? orr_text_equal(type->scalar, "sliding_attention") : full_every == 0 || (i + 1) % full_every != 0;
        orr_hf_add_layers(hf, 1, slides ? &sliding : full, ffn, norms);
        if (type) type = type->next;
    }
}

static void build(orr_hf *hf, bool qkv_bias, bool qk_norm)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_dense(hf, "intermediate_size");
    if (qkv_bias) mixer.qkv_bias = true;
    mixer.qk_norm = qk_norm;
    int64_t window = orr_hf_int_or(hf, "sliding_window", 0);
    if (window && window < hf->model->max_context_tokens && orr_hf_flag(hf, "use_sliding_window", true)) add_windowed(hf, &mixer, &ffn, 2, window, 0);
    else orr_hf_add_layers(hf, hf->model->layer_count, &mixer, &ffn, 2);
}

void orr_hf_build_llama(orr_hf *hf) { build(hf, false, false); }
void orr_hf_build_qwen2(orr_hf *hf) { build(hf, true, false); }
void orr_hf_build_qwen3(orr_hf *hf) { build(hf, false, true); }

/* Gemma 3: five layers slide for one that does not; norms before and after each half of a layer. */
void orr_hf_build_gemma3(orr_hf *hf)
{
    orr_mixer mixer = orr_hf_gqa(hf);
    orr_ffn ffn = orr_hf_dense(hf, "intermediate_size");
    mixer.qk_norm = true;
    add_windowed(hf, &mixer, &ffn, 4, orr_hf_int_or(hf, "sliding_window", 1024), orr_hf_int_or(hf, "sliding_window_pattern", 6));
}
