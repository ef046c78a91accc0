/* What tables of measurements call a part, a model, an engine or a precision, and what the catalogue calls it.
 *
 * Boards are found by a word in their name, the longest first, so that "NVIDIA H100-SXM-80GB" and "h100_sxm" are one. Models are found in the catalogue itself by name, alias or
 * last part of the path; the table holds only spellings that no catalogue should have to know. */
#include "trust/case.h"

#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "base/vec.h"
#include "spec/catalogue.h"

/* Lower case letters and digits of a name; the rest is dropped. */
static void squeeze(const char *name, char *out, size_t room)
{
    size_t n = 0;
    for (; *name && n + 1 < room; name++) {
        const char c = *name;
        if (c >= 'A' && c <= 'Z') out[n++] = (char)(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out[n++] = c;
    }
    out[n] = 0;
}

const char *orr_case_node(const char *hw)
{
    static const struct { const char *word, *node; } boards[] = {
        {"h100nvl", NULL}, {"h100pcie", "h100-pcie-8"}, {"h100", "dgx-h100"}, {"h200nvl", NULL}, {"h200", "hgx-h200"}, {"gh200", NULL}, {"h20", "h20-8"},
        {"gb300", "gb300-nvl72"}, {"gb200", "gb200-nvl72"}, {"b300", "hgx-b300"}, {"b200", "dgx-b200"}, {"a100pcie", "a100-pcie-8"}, {"a100", "dgx-a100"},
        {"mi300x", "mi300x-8gpu"}, {"mi325x", "mi325x-8gpu"}, {"mi355x", "mi355x-8gpu"}, {"l40s", "l40s-pcie-8"}, {"rtxpro6000", "rtx-pro-6000-pcie-8"}, {"rtx4090", "rtx-4090-pcie-8"},
        {"gaudi3", "gaudi3-8"}, {"trn2", "trn2-16"}, {"tpuv6e", "tpu-v6e-8"}, {"tpuv5e", "tpu-v5e-8"},
    };
    char name[128];
    squeeze(hw, name, sizeof name);
    const char *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        const size_t length = strlen(boards[i].word);
        if (length <= longest || !strstr(name, boards[i].word)) continue;
        longest = length;
        best = boards[i].node;
    }
    return best;
}

long orr_case_node_chips(const char *node)
{
    orr_diags *diags = orr_diags_create();
    orr_arena *arena = orr_arena_create();
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_NODE, node, (orr_place){0}, arena, diags), *chips = tree ? orr_tree_get(tree, "chips") : NULL;
    if (chips && chips->kind == ORR_NODE_MAP) chips = orr_tree_get(chips, "value");
    const long count = chips && chips->kind == ORR_NODE_SCALAR ? strtol(chips->scalar, NULL, 10) : 0;
    orr_arena_destroy(arena);
    orr_diags_destroy(diags);
    return count > 0 ? count : 8;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

const char *orr_case_model(const char *model)
{
    /* Where a family kept its shapes from one version to the next, the newer one's entry serves. */
    static const struct { const char *word, *name; } spellings[] = {
        {"llama370b", "llama-3.1-70b"}, {"llamav370b", "llama-3.1-70b"}, {"llamav3170b", "llama-3.1-70b"}, {"llama3370b", "llama-3.1-70b"}, {"llama33170b", "llama-3.1-70b"},
        {"llama38b", "llama-3.1-8b"}, {"llamav38b", "llama-3.1-8b"}, {"llamav318b", "llama-3.1-8b"}, {"llama70b", "llama-2-70b"}, {"llamav270b", "llama-2-70b"},
        {"llama7b", "llama-2-7b"}, {"llamav27b", "llama-2-7b"},
    };
    char name[128];
    squeeze(last_part(model), name, sizeof name);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (strcmp(spellings[i].word, name) == 0) { model = spellings[i].name; break; }
    const orr_catalogue_entry *entry = orr_catalogue_find(ORR_KIND_MODEL, model);
    if (!entry) entry = orr_catalogue_find(ORR_KIND_MODEL, last_part(model));
    if (!entry) {       /* "Llama 3.1 8B": blanks and dots apart */
        size_t count = 0;
        const orr_catalogue_entry *all = orr_catalogue_entries(ORR_KIND_MODEL, &count);
        squeeze(last_part(model), name, sizeof name);
        for (size_t i = 0; i < count && !entry; i++)
            for (size_t k = 0; k < all[i].alias_count && !entry; k++) {
                char alias[128];
                squeeze(last_part(all[i].aliases[k]), alias, sizeof alias);
                if (strcmp(alias, name) == 0) entry = &all[i];
            }
    }
    return entry ? entry->name : NULL;
}

const char *orr_case_profile(const char *engine)
{
    char name[128];
    squeeze(engine, name, sizeof name);
    if (strstr(name, "sglang")) return "sglang";
    if (strstr(name, "vllm")) return "vllm";
    if (strstr(name, "trtllm") || strstr(name, "tensorrt") || strcmp(name, "trt") == 0 || strstr(name, "dynamotrt")) return "trtllm";
    return NULL;
}

const char *orr_case_quantization(const char *precision, const char *model)
{
    char name[64];
    squeeze(precision, name, sizeof name);
    /* As published, where the precision is the model's own storage format; Qwen's own 8-bit checkpoints have scales of blocks. */
    if (strstr(model, "gpt-oss")) return "none";
    if (strcmp(name, "fp8") == 0) return strstr(model, "DeepSeek") ? "none" : strstr(model, "Qwen3") ? "fp8_block" : "fp8";
    if (strstr(name, "fp4")) return "fp4";
    if (strcmp(name, "") == 0 || strstr(name, "bf16") || strstr(name, "fp16")) return "bf16";
    if (strcmp(name, "int8") == 0) return "int8";
    if (strcmp(name, "int4") == 0) return "int4";
    return NULL;
}
