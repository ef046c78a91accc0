/* A model, as the performance model needs it: identical layers grouped, each a token mixer and a feed-forward network.
 *
 * Built from a published HF config.json (spec/model_hf.c). Order of layers is not kept, since no cost depends on it.
 * Invariants: 1. sum of group counts == layer_count; 2. every size is > 0 where its kind uses it, else 0; 3. at most one distinct
 * attention cap (window_tokens or sparse_topk) in a model, given in `context_cap_tokens` (0: none). */
#ifndef ORR_SPEC_MODEL_H
#define ORR_SPEC_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"

typedef enum {
    ORR_MIXER_NONE,         /* a layer with a feed-forward network only (Nemotron-H) */
    ORR_MIXER_GQA,          /* softmax attention; kv_heads < heads is grouped, == is multi-head */
    ORR_MIXER_MLA,          /* DeepSeek's latent attention */
    ORR_MIXER_GDN,          /* gated delta net (linear attention) */
    ORR_MIXER_MAMBA2
} orr_mixer_kind;

typedef struct orr_mixer {
    orr_mixer_kind kind;
    int64_t heads, kv_heads, head_dim, value_head_dim;  /* GQA: value_head_dim == head_dim as a rule; MLA: value_head_dim is v_head_dim, head_dim = nope + rope */
    int64_t window_tokens;          /* sliding window or attention chunk; 0: full */
    bool qkv_bias, out_bias, qk_norm, qk_norm_whole /* one norm over all heads together (MiniMax), not one a head */, output_gate, sinks;  /* output_gate: q_proj is twice as wide (Qwen3.5); sinks: a learned logit a head */
    /* MLA */
    int64_t q_lora_rank, kv_lora_rank, qk_nope_dim, qk_rope_dim;   /* q_lora_rank 0: q is projected directly */
    /* sparse attention (DSA): a lightning indexer picks sparse_topk of the context */
    int64_t sparse_topk, index_heads, index_head_dim;
    /* GDN and Mamba-2: the recurrent state */
    int64_t state_key_heads, state_value_heads, state_key_dim, state_value_dim, conv_kernel;   /* Mamba-2: key_heads = groups, value_heads = heads, key_dim = state size, value_dim = head size */
} orr_mixer;

typedef enum { ORR_FFN_NONE, ORR_FFN_DENSE, ORR_FFN_MOE } orr_ffn_kind;

typedef struct orr_ffn {
    orr_ffn_kind kind;
    int64_t intermediate;           /* DENSE */
    int64_t experts, experts_per_token, expert_intermediate;       /* MOE, routed */
    int64_t shared_intermediate;    /* MOE: summed over shared experts; 0: none */
    bool shared_gate;               /* a hidden->1 gate on the shared expert (Qwen) */
    bool gated;                     /* three matrices (SwiGLU, GeGLU); false: two (ReLU^2, GELU) */
    bool bias, router_bias;
    int64_t latent_size;            /* MOE: experts act on a projected width (LatentMoE); 0: on hidden_size */
} orr_ffn;

typedef struct orr_layer_group {
    int64_t count;
    orr_mixer mixer;
    orr_ffn ffn;
    int norms;                      /* weight vectors of hidden_size in a layer: 2 (pre), 4 (pre and post: Gemma) or 1 */
} orr_layer_group;

enum { ORR_MAX_LAYER_GROUPS = 16 };     /* Qwen3.5 and Nemotron need 4; room for mixed windows */

/* How weights are stored as published. */
typedef enum { ORR_DTYPE_FP32, ORR_DTYPE_BF16, ORR_DTYPE_FP16, ORR_DTYPE_FP8, ORR_DTYPE_FP8_BLOCK, ORR_DTYPE_INT8, ORR_DTYPE_FP4 /* nvfp4, mxfp4 */, ORR_DTYPE_INT4, ORR_DTYPE_COUNT_ } orr_dtype;
double orr_dtype_bytes(orr_dtype dtype);             /* scales included: FP8_BLOCK 1 + 4/128^2, FP4 0.5 + 1/16, INT4 0.5 + 2/32 */
const char *orr_dtype_name(orr_dtype dtype);         /* "bf16", "fp8", "fp8_block", ... */
bool orr_dtype_from_name(const char *name, orr_dtype *dtype);    /* also bfloat16, float16, float8_e4m3, nvfp4, mxfp4, w4a16... */

/* A vision encoder: identical blocks of full attention over the patches of an image (or of each of its tiles), then products that make tokens of groups of merge x merge patches. */
typedef enum { ORR_VISION_SQUARE /* every image is scaled to side x side */, ORR_VISION_TILES /* cut into tiles of side x side, and one of the whole where there are several */, ORR_VISION_NATIVE /* its own size, in whole groups */ } orr_vision_sizing;
typedef struct orr_product_size { int64_t n, k; } orr_product_size;
enum { ORR_MAX_PROJECTOR = 3 };
typedef struct orr_vision {
    orr_vision_sizing sizing;
    int64_t layers, width, intermediate, heads;     /* layers 0: the model sees nothing */
    bool gated;                                     /* MLP: two products in, one out */
    int64_t window, full_layers;                    /* patches of a side that attend to each other in all but so many layers; 0: all do in all */
    int64_t patch, patch_values /* numbers of a patch that go into its embedding */, side /* pixels */, merge, most_tiles;
    orr_product_size projector[ORR_MAX_PROJECTOR];  /* what a token passes, in order */
    int projector_count;
} orr_vision;
/* Of an image of so many pixels: patches in all, stretches of them that attend to each other, windows where layers have them, tokens in the prompt. */
typedef struct orr_image_size { int64_t patches, stretches, windows, tokens; } orr_image_size;
orr_image_size orr_vision_image(const orr_vision *vision, int64_t width, int64_t height);

typedef struct orr_model {
    const char *name, *title;
    const char *architecture;        /* as the config names it */
    int64_t hidden_size, vocab_size, layer_count;
    orr_layer_group groups[ORR_MAX_LAYER_GROUPS];
    int group_count;
    bool tied_embeddings;
    int64_t mtp_layers;              /* multi-token-prediction layers shipped with the model (not run unless speculation uses them); shape of the last group + projection */
    int64_t max_context_tokens;      /* max_position_embeddings, with rope scaling as published */
    int64_t context_cap_tokens;      /* the one window or top-k of the model; 0: none */
    double encoder_parameters;       /* a vision tower etc.; 0: none or unknown */
    orr_vision vision;
    orr_dtype weight_dtype;          /* of the routed/linear weights as published */
    orr_dtype other_dtype;           /* of what the publisher left unquantised: embeddings, norms, router, lm_head (and attention for expert-only formats) */
    bool quantize_experts_only;      /* gpt-oss mxfp4, Kimi int4: attention and dense layers stay in other_dtype */
    double published_parameters_total, published_parameters_active;   /* 0: not given */
} orr_model;

/* Parameter counts, from the shapes, without the encoder. total: without MTP. active: what a token is multiplied with (the idle experts and an embedding that is only looked up are left out). */
typedef struct orr_parameter_count { double total, active, embedding, attention, dense_ffn, routed_experts, shared_experts, router, norms, lm_head, mtp; } orr_parameter_count;
orr_parameter_count orr_model_count_parameters(const orr_model *model);

/* KV cache of one token over all layers, at `dtype` (before tensor parallelism; MLA's latent is counted once): bytes that grow with every token, those that stop
 * growing at context_cap_tokens (sliding-window layers), and the fixed recurrent state of a request. */
typedef struct orr_kv_bytes { double per_token_full, per_token_windowed, state_per_request; } orr_kv_bytes;
orr_kv_bytes orr_model_kv_bytes(const orr_model *model, orr_dtype kv_dtype);

/* --- context parallelism --- */
static inline bool orr_mixer_is_recurrent(const orr_mixer *mixer) { return mixer->kind == ORR_MIXER_GDN || mixer->kind == ORR_MIXER_MAMBA2; }
/* Tensor-parallel ranks that hold the same keys and values; 0: the layer has none. */
static inline int64_t orr_mixer_kv_copies(const orr_mixer *mixer, int64_t tensor)
{
    if (mixer->kind == ORR_MIXER_MLA) return tensor;
    return mixer->kind != ORR_MIXER_GQA ? 0 : tensor > mixer->kv_heads ? tensor / mixer->kv_heads : 1;
}
/* May `decode` ranks cut them along the tokens? All context ranks of a data rank or none of them take part, then tensor ranks that hold the same. */
static inline bool orr_context_cuts_copies(int64_t copies, int64_t context, int64_t decode) { return decode == 1 || (decode % context == 0 && copies % (decode / context) == 0); }

/* Reads an HF config (the `config:` of a catalogue file or a whole config.json). False with diagnostics that name the field. */
struct orr_node;
bool orr_model_from_hf(const struct orr_node *config, const char *name, orr_arena *arena, orr_model *model, orr_diags *diags);

#endif
