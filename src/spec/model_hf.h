/* Reading Hugging Face configs: what the builders of families share.
 *
 * A builder reads fields through an orr_hf, which reports a missing, mistyped or contradictory field once and goes on with a harmless value, so that one pass finds all of them. It
 * adds layers one shape at a time; equal shapes become one group. */
#ifndef ORR_SPEC_MODEL_HF_H
#define ORR_SPEC_MODEL_HF_H

#include "base/tree.h"
#include "spec/model.h"

typedef struct orr_hf {
    const orr_node *outer, *text;       /* the config, and its text_config (or itself) */
    const char *name;                   /* of the model, for messages */
    orr_arena *arena;
    orr_diags *diags;
    orr_model *model;
    bool good;
} orr_hf;

/* The node of a field: text_config first, then the outer config; NULL when absent or null. */
const orr_node *orr_hf_find(const orr_hf *hf, const char *key);
int64_t orr_hf_int(orr_hf *hf, const char *key);                        /* needed, >= 1 */
int64_t orr_hf_int_or(orr_hf *hf, const char *key, int64_t fallback);   /* >= 0 */
bool orr_hf_flag(orr_hf *hf, const char *key, bool fallback);
const char *orr_hf_text(orr_hf *hf, const char *key);                   /* NULL when absent */
const orr_node *orr_hf_list(orr_hf *hf, const char *key, int64_t wanted_count);     /* NULL when absent; reported when it is no list of `wanted_count` (0: any) */
/* Reports that `key` contradicts something. */
void orr_hf_contradiction(orr_hf *hf, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

void orr_hf_add_layers(orr_hf *hf, int64_t count, const orr_mixer *mixer, const orr_ffn *ffn, int norms);
/* Softmax attention by the common names: heads, kv_heads, head_dim, attention_bias. */
orr_mixer orr_hf_gqa(orr_hf *hf);
/* Latent attention, with the sparse indexer where index_topk is given. */
orr_mixer orr_hf_mla(orr_hf *hf);
orr_ffn orr_hf_dense(orr_hf *hf, const char *width_key);
/* Routed experts: `experts_key`, num_experts_per_tok, `width_key`. */
orr_ffn orr_hf_moe(orr_hf *hf, const char *experts_key, const char *width_key);

/* Builders, by family. */
typedef void orr_hf_builder(orr_hf *hf);
orr_hf_builder orr_hf_build_llama, orr_hf_build_qwen2, orr_hf_build_qwen3, orr_hf_build_gemma3;                                                     /* model_hf_dense.c */
orr_hf_builder orr_hf_build_mixtral, orr_hf_build_qwen2_moe, orr_hf_build_qwen3_moe, orr_hf_build_gpt_oss, orr_hf_build_minimax_m2, orr_hf_build_llama4,
    orr_hf_build_glm4_moe;                                                                                                                            /* model_hf_moe.c */
orr_hf_builder orr_hf_build_deepseek;                                                                                                                 /* model_hf_mla.c */
orr_hf_builder orr_hf_build_qwen3_next, orr_hf_build_nemotron_h;                                                                                      /* model_hf_hybrid.c */

/* How the weights are stored: quantization_config, dtype (model_hf_quant.c). */
void orr_hf_read_dtypes(orr_hf *hf);
/* Parameters of the vision tower and projector, by the tower's own formula; 0: none or unknown (model_hf_vision.c). */
double orr_hf_count_encoder(orr_hf *hf);
/* Its shape, where it is one that is known. */
void orr_hf_read_vision(orr_hf *hf);

#endif
