/* Parameters of vision towers: a stack of plain transformer blocks, a patch embedding, positions, and a projector into the language model. They cost memory, not steps of text.
 *
 * A block of width x and MLP width i has two LayerNorms (4x), four projections with biases (4 (x^2 + x)) and an MLP (2xi + i + x); a fused qkv is the same count. */
#include "spec/model_hf.h"

typedef struct tower { const orr_node *config; orr_hf *hf; } tower;

static double number(const tower *t, const char *key, double fallback)
{
    double value = fallback;
    const orr_node *node = orr_tree_get(t->config, key);
    if (node && node->kind == ORR_NODE_SCALAR && orr_node_as_double(node, &value) && value >= 0 && value < 1e9) return value;
    return fallback;
}

static double blocks(double count, double x, double i) { return count * (4 * x + 4 * (x * x + x) + 2 * x * i + i + x); }

static double siglip(const tower *t, double h)
{
    double x = number(t, "hidden_size", 0), patch = number(t, "patch_size", 14), side = number(t, "image_size", 0) / (patch > 0 ? patch : 1);
    return blocks(number(t, "num_hidden_layers", 0), x, number(t, "intermediate_size", 0)) + 3 * patch * patch * x + x + side * side * x + 2 * x + x * h + x;
}

static double llama4(const tower *t, double h)
{
    double x = number(t, "hidden_size", 0), i = number(t, "intermediate_size", 0), patch = number(t, "patch_size", 14), side = number(t, "image_size", 0) / (patch > 0 ? patch : 1);
    double out = number(t, "projector_output_dim", 0);
    return blocks(number(t, "num_hidden_layers", 0), x, i) + 3 * patch * patch * x + x + (side * side + 1) * x + 4 * x + i * number(t, "projector_input_dim", 0) + out * out +
           number(t, "vision_output_dim", 0) * h;
}

static double qwen(const tower *t, double h)
{
    double x = number(t, "hidden_size", 0), patch = number(t, "patch_size", 16), merge = number(t, "spatial_merge_size", 2), wide = x * merge * merge, out = number(t, "out_hidden_size", h);
    return blocks(number(t, "depth", 0), x, number(t, "intermediate_size", 0)) + 3 * number(t, "temporal_patch_size", 2) * patch * patch * x + x + number(t, "num_position_embeddings", 0) * x + 2 * x +
           wide * wide + wide + wide * out + out;
}

static double kimi(const tower *t, double h)
{
    double x = number(t, "vt_hidden_size", 0), patch = number(t, "patch_size", 14), wide = 4 * x;
    return blocks(number(t, "vt_num_hidden_layers", 0), x, number(t, "vt_intermediate_size", 0)) + 3 * patch * patch * x + x +
           number(t, "init_pos_emb_height", 64) * number(t, "init_pos_emb_width", 64) * x + 2 * x + 2 * x + wide * wide + wide + wide * h + h;
}

double orr_hf_count_encoder(orr_hf *hf)
{
    const orr_node *config = orr_tree_get(hf->outer, "vision_config");
    if (!config || config->kind != ORR_NODE_MAP) return 0;
    tower t = {config, hf};
    double h = (double)hf->model->hidden_size;
    if (orr_tree_get(config, "vt_hidden_size")) return kimi(&t, h);
    if (orr_tree_get(config, "projector_input_dim")) return llama4(&t, h);
    if (orr_tree_get(config, "depth")) return qwen(&t, h);
    return siglip(&t, h);
}
