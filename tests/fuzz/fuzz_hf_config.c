/* An HF config from any bytes: read, counted; what is accepted has counts that hold together. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/panic.h"
#include "base/tree.h"
#include "spec/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_model(const orr_model *model)
{
    int64_t layers = 0;
    for (int g = 0; g < model->group_count; g++) layers += model->groups[g].count;
    ORR_INVARIANT(layers == model->layer_count);
    orr_parameter_count count = orr_model_count_parameters(model);
    ORR_INVARIANT(isfinite(count.total) && count.total > 0 && count.active > 0 && count.active <= count.total);
    orr_kv_bytes kv = orr_model_kv_bytes(model, ORR_DTYPE_FP8);
    ORR_INVARIANT(isfinite(kv.per_token_full + kv.per_token_windowed + kv.state_per_request));
    ORR_INVARIANT(kv.per_token_full >= 0 && kv.per_token_windowed >= 0 && kv.state_per_request >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) return 0;
    char *bytes = malloc(size + 1);
    if (!bytes) return 0;
    if (size) memcpy(bytes, data, size);
    bytes[size] = 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_source source = {.name = "config.json", .bytes = bytes, .length_bytes = size};
    orr_node *tree = orr_tree_parse(arena, &source, diags);
    if (tree) {
        orr_model model;
        bool good = orr_model_from_hf(tree, "fuzz", arena, &model, diags);
        ORR_INVARIANT(good == (orr_diags_error_count(diags) == 0));
        if (good) check_model(&model);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    free(bytes);
    return 0;
}
