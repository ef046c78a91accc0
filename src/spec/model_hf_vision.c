/* Vision towers: their shapes, and their parameters: a stack of plain transformer blocks, a patch embedding, positions, and a projector into the language model. They cost memory, and the steps that see images.
 *
 * A block of width x and MLP width i has two LayerNorms (4x), four projections with biases (4 (x^2 + x)) and an MLP (2xi + i + x); a fused qkv is the same count. */
#include "spec/model_hf.h"

#include "base/math.h"

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

/* Qwen 2.5: gated MLPs of three biased products, norms without a shift, no learned positions. */
static double qwen_gated(const tower *t, double h)
{
    double x = number(t, "hidden_size", 0), i = number(t, "intermediate_size", 0), patch = number(t, "patch_size", 14), merge = number(t, "spatial_merge_size", 2), wide = x * merge * merge, out = number(t, "out_hidden_size", h);
    return number(t, "depth", 0) * (2 * x + 4 * (x * x + x) + 3 * x * i + 2 * i + x) + 3 * number(t, "temporal_patch_size", 2) * patch * patch * x + x + wide * wide + wide + wide * out + out;
}

static double kimi(const tower *t, double h)
{
    double x = number(t, "vt_hidden_size", 0), patch = number(t, "patch_size", 14), wide = 4 * x;
    return blocks(number(t, "vt_num_hidden_layers", 0), x, number(t, "vt_intermediate_size", 0)) + 3 * patch * patch * x + x +
           number(t, "init_pos_emb_height", 64) * number(t, "init_pos_emb_width", 64) * x + 2 * x + 2 * x + wide * wide + wide + wide * h + h;
}

/* --- shapes --- */

static int64_t whole(const tower *t, const char *key, int64_t fallback) { return (int64_t)number(t, key, (double)fallback); }

static void add_product(orr_vision *v, int64_t n, int64_t k) { v->projector[v->projector_count++] = (orr_product_size){n, k}; }

/* Patches pooled to mm_tokens_per_image, then one product. */
static void shape_siglip(const tower *t, int64_t h, orr_vision *v)
{
    int64_t side = v->side / v->patch, wanted = 0;
    const orr_node *node = orr_tree_get(t->hf->outer, "mm_tokens_per_image");
    double tokens = 0;
    if (node && node->kind == ORR_NODE_SCALAR && orr_node_as_double(node, &tokens)) wanted = (int64_t)tokens;
    v->sizing = ORR_VISION_SQUARE;
    v->merge = 1;
    while (wanted > 0 && (side / v->merge) * (side / v->merge) > wanted) v->merge++;
    add_product(v, h, v->width);
}

/* Pixel shuffle: 1 / ratio patches of a side become one token. The number of tiles stands in the image processor's configuration (max_patches), 16 of Llama 4. */
static void shape_llama4(const tower *t, int64_t h, orr_vision *v)
{
    const double ratio = number(t, "pixel_shuffle_ratio", 0.5);
    v->sizing = ORR_VISION_TILES;
    v->most_tiles = 16;
    v->merge = ratio > 0 ? (int64_t)(1 / ratio + 0.5) : 1;
    add_product(v, whole(t, "projector_input_dim", 0), v->width * v->merge * v->merge);
    add_product(v, whole(t, "projector_output_dim", 0), whole(t, "projector_input_dim", 0));
    add_product(v, h, whole(t, "vision_output_dim", 0));
}

/* Layers that attend within windows (Qwen 2.5): a window is of so many pixels, in whole groups. */
static void shape_windows(const tower *t, orr_vision *v)
{
    const orr_node *full = orr_tree_get(t->config, "fullatt_block_indexes");
    const int64_t group = v->patch * whole(t, "spatial_merge_size", 2), pixels = whole(t, "window_size", 0);
    if (full == NULL || full->kind != ORR_NODE_LIST) return;
    v->gated = true;
    if (pixels < group) return;
    v->window = pixels / group * whole(t, "spatial_merge_size", 2);
    for (const orr_node *index = full->first; index; index = index->next) v->full_layers++;
    v->full_layers = orr_min_i64(v->full_layers, v->layers);
}

static void shape_native(int64_t merge, int64_t out, orr_vision *v)
{
    v->sizing = ORR_VISION_NATIVE;
    v->merge = merge;
    const int64_t wide = v->width * merge * merge;
    add_product(v, wide, wide);
    add_product(v, out, wide);
}

/* What lacks a size is no shape: then the model is taken to see nothing. */
static bool is_whole(const orr_vision *v)
{
    bool good = v->layers > 0 && v->width > 0 && v->intermediate > 0 && v->heads > 0 && v->width % v->heads == 0 && v->patch > 0 && v->merge > 0 && (v->sizing == ORR_VISION_NATIVE || v->side >= v->patch * v->merge);
    for (int i = 0; i < v->projector_count; i++) good = good && v->projector[i].n > 0 && v->projector[i].k > 0;
    return good;
}

void orr_hf_read_vision(orr_hf *hf)
{
    const orr_node *config = orr_tree_get(hf->outer, "vision_config");
    orr_vision v = {0};
    if (!config || config->kind != ORR_NODE_MAP) return;
    const tower t = {config, hf};
    const bool moon = orr_tree_get(config, "vt_hidden_size") != NULL, deep = orr_tree_get(config, "depth") != NULL;
    const int64_t h = hf->model->hidden_size;
    v.width = whole(&t, moon ? "vt_hidden_size" : "hidden_size", 0);
    v.intermediate = whole(&t, moon ? "vt_intermediate_size" : "intermediate_size", 0);
    v.layers = whole(&t, moon ? "vt_num_hidden_layers" : deep ? "depth" : "num_hidden_layers", 0);
    v.heads = whole(&t, moon ? "vt_num_attention_heads" : deep ? "num_heads" : "num_attention_heads", 0);
    v.patch = orr_max_i64(1, whole(&t, "patch_size", 14));
    v.patch_values = 3 * v.patch * v.patch * (deep && !moon ? whole(&t, "temporal_patch_size", 2) : 1);
    v.side = whole(&t, "image_size", 0);
    if (moon) shape_native(2, h, &v);
    else if (orr_tree_get(config, "projector_input_dim")) shape_llama4(&t, h, &v);
    else if (deep) {
        shape_windows(&t, &v);
        shape_native(whole(&t, "spatial_merge_size", 2), whole(&t, "out_hidden_size", h), &v);
    }
    else shape_siglip(&t, h, &v);
    if (is_whole(&v)) hf->model->vision = v;
}

orr_image_size orr_vision_image(const orr_vision *v, int64_t width, int64_t height)
{
    const int64_t group = v->patch * v->merge;
    if (v->sizing == ORR_VISION_NATIVE) {
        const int64_t columns = orr_max_i64(1, (width + group / 2) / group), rows = orr_max_i64(1, (height + group / 2) / group);
        const int64_t of_window = v->window > 0 ? v->window / v->merge : orr_max_i64(columns, rows);
        return (orr_image_size){columns * rows * v->merge * v->merge, 1, orr_ceil_div(columns, of_window) * orr_ceil_div(rows, of_window), columns * rows};
    }
    int64_t stretches = 1;
    if (v->sizing == ORR_VISION_TILES) {
        stretches = orr_min_i64(v->most_tiles, orr_ceil_div(width, v->side) * orr_ceil_div(height, v->side));
        stretches += stretches > 1;
    }
    const int64_t patches = v->side / v->patch, tokens = v->side / group;
    return (orr_image_size){stretches * patches * patches, stretches, stretches, stretches * tokens * tokens};
}

double orr_hf_count_encoder(orr_hf *hf)
{
    const orr_node *config = orr_tree_get(hf->outer, "vision_config");
    if (!config || config->kind != ORR_NODE_MAP) return 0;
    tower t = {config, hf};
    double h = (double)hf->model->hidden_size;
    if (orr_tree_get(config, "vt_hidden_size")) return kimi(&t, h);
    if (orr_tree_get(config, "projector_input_dim")) return llama4(&t, h);
    if (orr_tree_get(config, "fullatt_block_indexes")) return qwen_gated(&t, h);
    if (orr_tree_get(config, "depth")) return qwen(&t, h);
    return siglip(&t, h);
}
