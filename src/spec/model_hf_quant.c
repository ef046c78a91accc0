/* How a model's weights are stored as published: torch_dtype and quantization_config.
 *
 * Read: fp8 (with or without blocks), mxfp4, compressed-tensors (int and float, 4 and 8 bit), modelopt (FP8, NVFP4), gptq, awq, fbgemm_fp8. */
#include "spec/model_hf.h"

#include <string.h>

static void unsupported(orr_hf *hf, const orr_node *at, const char *what)
{
    orr_diag *diag = orr_diag_error(hf->diags, at->place, "the quantization \"%s\" of %s is not known", what, hf->name);
    orr_diag_hint(diag, "Known are fp8, fbgemm_fp8, mxfp4, compressed-tensors, modelopt, gptq and awq. Take quantization_config out and set engine.quantization to go on.");
    hf->good = false;
}

static bool mentions(const orr_node *list, const char *piece)
{
    for (const orr_node *item = list && list->kind == ORR_NODE_LIST ? list->first : NULL; item; item = item->next)
        if (item->scalar && strstr(item->scalar, piece)) return true;
    return false;
}

static bool dtype_of_bits(int64_t bits, bool is_float, orr_dtype *dtype)
{
    if (bits == 8) *dtype = is_float ? ORR_DTYPE_FP8 : ORR_DTYPE_INT8;
    else if (bits == 4) *dtype = is_float ? ORR_DTYPE_FP4 : ORR_DTYPE_INT4;
    else return false;
    return true;
}

static bool read_bits(const orr_node *map, const char *key, int64_t *bits)
{
    long long value = 0;
    const orr_node *node = map ? orr_tree_get(map, key) : NULL;
    if (!node || !orr_node_as_int(node, &value)) return false;
    *bits = value;
    return true;
}

static void read_compressed_tensors(orr_hf *hf, const orr_node *quantization)
{
    const orr_node *groups = orr_tree_get(quantization, "config_groups"), *group = groups ? groups->first : NULL;
    const orr_node *weights = group ? orr_tree_get(group, "weights") : NULL, *type = weights ? orr_tree_get(weights, "type") : NULL;
    int64_t bits = 0;
    if (!read_bits(weights, "num_bits", &bits) || !dtype_of_bits(bits, type && orr_text_equal(type->scalar, "float"), &hf->model->weight_dtype)) {
        unsupported(hf, quantization, "compressed-tensors without 4 or 8 bit weights");
        return;
    }
    hf->model->quantize_experts_only = mentions(orr_tree_get(quantization, "ignore"), "self_attn");
}

static void read_quantization(orr_hf *hf, const orr_node *quantization)
{
    const orr_node *method = orr_tree_get(quantization, "quant_method"), *algorithm = orr_tree_get(quantization, "quant_algo");
    const char *name = method && method->scalar ? method->scalar : algorithm && algorithm->scalar ? algorithm->scalar : "unnamed";
    orr_model *model = hf->model;
    int64_t bits = 4;
    if (orr_text_equal(name, "fp8") || orr_text_equal(name, "fbgemm_fp8")) {
        const orr_node *block = orr_tree_get(quantization, "weight_block_size");
        model->weight_dtype = block && block->kind == ORR_NODE_LIST ? ORR_DTYPE_FP8_BLOCK : ORR_DTYPE_FP8;
    } else if (orr_text_equal(name, "mxfp4")) {
        model->weight_dtype = ORR_DTYPE_FP4;
        model->quantize_experts_only = mentions(orr_tree_get(quantization, "modules_to_not_convert"), "self_attn");
    } else if (orr_text_equal(name, "compressed-tensors")) {
        read_compressed_tensors(hf, quantization);
    } else if (orr_text_equal(name, "gptq") || orr_text_equal(name, "awq")) {
        read_bits(quantization, "bits", &bits);
        if (!dtype_of_bits(bits, false, &model->weight_dtype)) unsupported(hf, quantization, name);
    } else if (orr_text_starts_with(name, "modelopt") || algorithm) {
        const char *algo = algorithm && algorithm->scalar ? algorithm->scalar : name;
        if (orr_text_equal_ignoring_case(algo, "FP8")) model->weight_dtype = ORR_DTYPE_FP8;
        else if (orr_text_equal_ignoring_case(algo, "NVFP4") || strstr(algo, "fp4")) model->weight_dtype = ORR_DTYPE_FP4;
        else unsupported(hf, quantization, algo);
    } else {
        unsupported(hf, method ? method : quantization, name);
    }
}

void orr_hf_read_dtypes(orr_hf *hf)
{
    const char *name = orr_hf_text(hf, "torch_dtype");
    if (!name) name = orr_hf_text(hf, "dtype");
    hf->model->other_dtype = ORR_DTYPE_BF16;
    if (name && !orr_text_equal(name, "auto") && !orr_dtype_from_name(name, &hf->model->other_dtype)) {
        const orr_node *at = orr_hf_find(hf, orr_hf_text(hf, "torch_dtype") ? "torch_dtype" : "dtype");
        orr_diag_hint(orr_diag_error(hf->diags, at->place, "the dtype \"%s\" of %s is not known", name, hf->name), "bfloat16, float16 and float32 are.");
        hf->good = false;
    }
    hf->model->weight_dtype = hf->model->other_dtype;
    const orr_node *quantization = orr_hf_find(hf, "quantization_config");
    if (quantization && quantization->kind == ORR_NODE_MAP && quantization->child_count) read_quantization(hf, quantization);
}
