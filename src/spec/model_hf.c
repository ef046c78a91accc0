/* Hugging Face configs: from the architecture's name to the builder of its family, and the reading that builders share. */
#include "spec/model_hf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { MAX_SIZE = 100000000, MAX_LAYERS = 4096 };     /* far beyond any model; keeps products of two within int64 and loops over layers short */

static const struct { const char *architecture, *model_type; orr_hf_builder *build; } families[] = {
    {"LlamaForCausalLM", "llama", orr_hf_build_llama},
    {"MistralForCausalLM", "mistral", orr_hf_build_llama},
    {"Mistral3ForConditionalGeneration", "mistral3", orr_hf_build_llama},
    {"Phi3ForCausalLM", "phi3", orr_hf_build_llama},
    {"Qwen2ForCausalLM", "qwen2", orr_hf_build_qwen2},
    {"Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl", orr_hf_build_qwen2},
    {"Qwen3ForCausalLM", "qwen3", orr_hf_build_qwen3},
    {"Gemma3ForConditionalGeneration", "gemma3", orr_hf_build_gemma3},
    {"Gemma3ForCausalLM", "gemma3_text", orr_hf_build_gemma3},
    {"MixtralForCausalLM", "mixtral", orr_hf_build_mixtral},
    {"Qwen2MoeForCausalLM", "qwen2_moe", orr_hf_build_qwen2_moe},
    {"Qwen3MoeForCausalLM", "qwen3_moe", orr_hf_build_qwen3_moe},
    {"Qwen3NextForCausalLM", "qwen3_next", orr_hf_build_qwen3_next},
    {"Qwen3_5ForConditionalGeneration", "qwen3_5", orr_hf_build_qwen3_next},
    {"Qwen3_5MoeForConditionalGeneration", "qwen3_5_moe", orr_hf_build_qwen3_next},
    {"DeepseekV2ForCausalLM", "deepseek_v2", orr_hf_build_deepseek},
    {"DeepseekV3ForCausalLM", "deepseek_v3", orr_hf_build_deepseek},
    {"DeepseekV32ForCausalLM", "deepseek_v32", orr_hf_build_deepseek},
    {"KimiK2ForCausalLM", "kimi_k2", orr_hf_build_deepseek},
    {"KimiK25ForConditionalGeneration", "kimi_k25", orr_hf_build_deepseek},
    {"GlmMoeDsaForCausalLM", "glm_moe_dsa", orr_hf_build_deepseek},
    {"Glm4MoeForCausalLM", "glm4_moe", orr_hf_build_glm4_moe},
    {"GptOssForCausalLM", "gpt_oss", orr_hf_build_gpt_oss},
    {"MiniMaxM2ForCausalLM", "minimax_m2", orr_hf_build_minimax_m2},
    {"Llama4ForConditionalGeneration", "llama4", orr_hf_build_llama4},
    {"Llama4ForCausalLM", "llama4_text", orr_hf_build_llama4},
    {"NemotronHForCausalLM", "nemotron_h", orr_hf_build_nemotron_h},
};
enum { FAMILY_COUNT = sizeof families / sizeof *families };

/* --- fields --- */

const orr_node *orr_hf_find(const orr_hf *hf, const char *key)
{
    const orr_node *node = orr_tree_get(hf->text, key);
    if (!node && hf->outer != hf->text) node = orr_tree_get(hf->outer, key);
    return node && node->kind != ORR_NODE_NULL ? node : NULL;
}

static void missing(orr_hf *hf, const char *key)
{
    orr_place place = hf->text->key ? hf->text->key_place : hf->text->place;
    orr_diag *diag = orr_diag_error(hf->diags, place, "the config of %s has no \"%s\"", hf->name, key);
    orr_diag_hint(diag, "A model of type %s can't be read without it: take it from the published config.json.", hf->model->architecture);
    hf->good = false;
}

void orr_hf_contradiction(orr_hf *hf, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = orr_arena_vprintf(hf->arena, format, arguments);
    va_end(arguments);
    const orr_node *node = orr_hf_find(hf, key);
    orr_diag *diag = orr_diag_error(hf->diags, node ? node->place : hf->text->place, "the config of %s contradicts itself: %s", hf->name, message);
    orr_diag_hint(diag, "Compare it with the published config.json.");
    hf->good = false;
}

static bool read_int(orr_hf *hf, const orr_node *node, const char *key, int64_t least, int64_t *value)
{
    long long whole = 0;
    if (orr_node_as_int(node, &whole) && whole >= least && whole <= MAX_SIZE) { *value = whole; return true; }
    orr_diag *diag = orr_diag_error(hf->diags, node->place, "%s of %s can't be \"%s\"", key, hf->name, node->scalar ? node->scalar : "a list or map");
    orr_diag_hint(diag, "It is a whole number from %" PRId64 " to %d.", least, MAX_SIZE);
    hf->good = false;
    return false;
}

int64_t orr_hf_int(orr_hf *hf, const char *key)
{
    int64_t value = 1;
    const orr_node *node = orr_hf_find(hf, key);
    if (node) read_int(hf, node, key, 1, &value);
    else missing(hf, key);
    return value;
}

int64_t orr_hf_int_or(orr_hf *hf, const char *key, int64_t fallback)
{
    int64_t value = fallback;
    const orr_node *node = orr_hf_find(hf, key);
    if (node) read_int(hf, node, key, 0, &value);
    return value;
}

bool orr_hf_flag(orr_hf *hf, const char *key, bool fallback)
{
    bool value = fallback;
    const orr_node *node = orr_hf_find(hf, key);
    if (node && !orr_node_as_bool(node, &value)) {
        orr_diag_hint(orr_diag_error(hf->diags, node->place, "%s of %s can't be \"%s\"", key, hf->name, node->scalar ? node->scalar : "a list or map"), "It is true or false.");
        hf->good = false;
    }
    return value;
}

const char *orr_hf_text(orr_hf *hf, const char *key)
{
    const orr_node *node = orr_hf_find(hf, key);
    return node && node->kind == ORR_NODE_SCALAR ? node->scalar : NULL;
}

const orr_node *orr_hf_list(orr_hf *hf, const char *key, int64_t wanted_count)
{
    const orr_node *node = orr_hf_find(hf, key);
    if (!node || (node->kind == ORR_NODE_LIST && node->child_count == 0)) return NULL;
    if (node->kind == ORR_NODE_LIST && (wanted_count == 0 || (int64_t)node->child_count == wanted_count)) return node;
    if (node->kind != ORR_NODE_LIST) orr_hf_contradiction(hf, key, "%s is not a list", key);
    else orr_hf_contradiction(hf, key, "%s has %zu entries, and num_hidden_layers is %" PRId64, key, node->child_count, wanted_count);
    return NULL;
}

/* --- layers --- */

void orr_hf_add_layers(orr_hf *hf, int64_t count, const orr_mixer *mixer, const orr_ffn *ffn, int norms)
{
    orr_model *model = hf->model;
    if (count <= 0) return;
    for (int g = 0; g < model->group_count; g++) {      /* shapes are built on zeroed structs: bytes compare */
        orr_layer_group *group = &model->groups[g];
        if (group->norms != norms || memcmp(&group->mixer, mixer, sizeof *mixer) != 0 || memcmp(&group->ffn, ffn, sizeof *ffn) != 0) continue;
        group->count += count;
        return;
    }
    if (model->group_count == ORR_MAX_LAYER_GROUPS) {
        orr_hf_contradiction(hf, "num_hidden_layers", "more than %d kinds of layers", ORR_MAX_LAYER_GROUPS);
        return;
    }
    orr_layer_group *group = &model->groups[model->group_count++];
    group->count = count;
    group->norms = norms;
    memcpy(&group->mixer, mixer, sizeof *mixer);
    memcpy(&group->ffn, ffn, sizeof *ffn);
}

orr_mixer orr_hf_gqa(orr_hf *hf)
{
    orr_mixer mixer;
    memset(&mixer, 0, sizeof mixer);
    mixer.kind = ORR_MIXER_GQA;
    mixer.heads = orr_hf_int(hf, "num_attention_heads");
    mixer.kv_heads = orr_hf_int_or(hf, "num_key_value_heads", mixer.heads);
    mixer.head_dim = orr_hf_int_or(hf, "head_dim", 0);
    if (mixer.kv_heads == 0 || mixer.heads % mixer.kv_heads != 0) {
        orr_hf_contradiction(hf, "num_key_value_heads", "num_attention_heads %" PRId64 " is no multiple of num_key_value_heads %" PRId64, mixer.heads, mixer.kv_heads);
        mixer.kv_heads = mixer.heads;
    }
    if (mixer.head_dim == 0) {
        if (hf->model->hidden_size % mixer.heads != 0)
            orr_hf_contradiction(hf, "hidden_size", "hidden_size %" PRId64 " is no multiple of num_attention_heads %" PRId64 ", and head_dim is not given", hf->model->hidden_size, mixer.heads);
        mixer.head_dim = hf->model->hidden_size / mixer.heads;
        if (mixer.head_dim == 0) mixer.head_dim = 1;
    }
    mixer.value_head_dim = mixer.head_dim;
    mixer.qkv_bias = mixer.out_bias = orr_hf_flag(hf, "attention_bias", false);
    return mixer;
}

orr_ffn orr_hf_dense(orr_hf *hf, const char *width_key)
{
    orr_ffn ffn;
    memset(&ffn, 0, sizeof ffn);
    ffn.kind = ORR_FFN_DENSE;
    ffn.intermediate = orr_hf_int(hf, width_key);
    ffn.gated = true;
    ffn.bias = orr_hf_flag(hf, "mlp_bias", false);
    return ffn;
}

orr_ffn orr_hf_moe(orr_hf *hf, const char *experts_key, const char *width_key)
{
    orr_ffn ffn;
    memset(&ffn, 0, sizeof ffn);
    ffn.kind = ORR_FFN_MOE;
    ffn.experts = orr_hf_int(hf, experts_key);
    ffn.experts_per_token = orr_hf_int(hf, "num_experts_per_tok");
    ffn.expert_intermediate = orr_hf_int(hf, width_key);
    ffn.gated = true;
    if (ffn.experts_per_token > ffn.experts) {
        orr_hf_contradiction(hf, "num_experts_per_tok", "num_experts_per_tok %" PRId64 " is above %s %" PRId64, ffn.experts_per_token, experts_key, ffn.experts);
        ffn.experts_per_token = ffn.experts;
    }
    return ffn;
}

/* --- the whole --- */

static void unknown_architecture(orr_hf *hf, const orr_node *named)
{
    const char *names[FAMILY_COUNT], *shown = named && named->scalar ? named->scalar : NULL;
    orr_text list = {0};
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        names[i] = families[i].architecture;
        orr_text_printf(&list, "%s%s", i ? ", " : "", families[i].model_type);
    }
    if (!shown) {
        orr_diag *diag = orr_diag_error(hf->diags, hf->outer->place, "the config of %s names neither `architectures` nor `model_type`", hf->name);
        orr_diag_hint(diag, "The types that can be read: %s.", list.bytes);
    } else {
        const char *near = orr_text_nearest(shown, names, FAMILY_COUNT);
        orr_diag *diag = orr_diag_error(hf->diags, named->place, "the architecture \"%s\" of %s is not known", shown, hf->name);
        if (near) orr_diag_hint(diag, "The nearest that is: %s. The types that can be read: %s.", near, list.bytes);
        else orr_diag_hint(diag, "The types that can be read: %s.", list.bytes);
    }
    orr_text_free(&list);
    hf->good = false;
}

static orr_hf_builder *find_builder(orr_hf *hf)
{
    const orr_node *architectures = orr_tree_get(hf->outer, "architectures"), *type = orr_tree_get(hf->outer, "model_type");
    const orr_node *first = architectures && architectures->kind == ORR_NODE_LIST ? architectures->first : architectures;
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (first && orr_text_equal(first->scalar, families[i].architecture)) { hf->model->architecture = first->scalar; return families[i].build; }
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (type && orr_text_equal(type->scalar, families[i].model_type)) { hf->model->architecture = first && first->scalar ? first->scalar : families[i].architecture; return families[i].build; }
    unknown_architecture(hf, first && first->scalar ? first : type);
    return NULL;
}

/* Invariant 3 of spec/model.h: one cap at most. */
static void find_context_cap(orr_hf *hf)
{
    int64_t cap = 0;
    for (int g = 0; g < hf->model->group_count; g++) {
        const orr_mixer *mixer = &hf->model->groups[g].mixer;
        int64_t here = mixer->window_tokens ? mixer->window_tokens : mixer->sparse_topk;
        if (here && cap && here != cap)
            orr_hf_contradiction(hf, "sliding_window", "two attention windows, %" PRId64 " and %" PRId64 " tokens; one is what can be read", cap, here);
        if (here) cap = here;
    }
    hf->model->context_cap_tokens = cap;
}

static void check_layer_count(orr_hf *hf)
{
    int64_t sum = 0;
    for (int g = 0; g < hf->model->group_count; g++) sum += hf->model->groups[g].count;
    if (hf->good && sum != hf->model->layer_count)
        orr_hf_contradiction(hf, "num_hidden_layers", "num_hidden_layers is %" PRId64 ", and its other fields describe %" PRId64 " layers", hf->model->layer_count, sum);
}

bool orr_model_from_hf(const orr_node *config, const char *name, orr_arena *arena, orr_model *model, orr_diags *diags)
{
    static const char *const text_keys[] = {"text_config", "llm_config", "language_config"};
    memset(model, 0, sizeof *model);
    model->name = model->title = name ? name : "the model";
    orr_hf hf = {.outer = config, .text = config, .name = model->name, .arena = arena, .diags = diags, .model = model, .good = true};
    if (config->kind != ORR_NODE_MAP) {
        orr_diag_hint(orr_diag_error(diags, config->place, "the config of %s is not a map", hf.name), "It is the content of config.json.");
        return false;
    }
    for (size_t i = 0; i < sizeof text_keys / sizeof *text_keys; i++) {
        const orr_node *text = orr_tree_get(config, text_keys[i]);
        if (text && text->kind == ORR_NODE_MAP) { hf.text = text; break; }
    }
    orr_hf_builder *build = find_builder(&hf);
    if (!build) return false;
    model->hidden_size = orr_hf_int(&hf, "hidden_size");
    model->layer_count = orr_hf_int(&hf, "num_hidden_layers");
    if (model->layer_count > MAX_LAYERS) orr_hf_contradiction(&hf, "num_hidden_layers", "%" PRId64 " layers is no model", model->layer_count);
    bool can_build = hf.good;       /* with these two, everything else can be looked into */
    model->tied_embeddings = orr_hf_flag(&hf, "tie_word_embeddings", build == orr_hf_build_gemma3);
    model->vocab_size = build == orr_hf_build_gemma3 && !orr_hf_find(&hf, "vocab_size") ? 262208 : orr_hf_int(&hf, "vocab_size");
    model->max_context_tokens = build == orr_hf_build_gemma3 ? orr_hf_int_or(&hf, "max_position_embeddings", 131072) : orr_hf_int(&hf, "max_position_embeddings");
    if (can_build) build(&hf);
    if (hf.good) find_context_cap(&hf);
    check_layer_count(&hf);
    orr_hf_read_dtypes(&hf);
    model->encoder_parameters = orr_hf_count_encoder(&hf);
    orr_hf_read_vision(&hf);
    return hf.good;
}
