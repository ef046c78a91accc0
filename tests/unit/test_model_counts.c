/* Parameter counts against what publishers count, and KV bytes against sums done by hand. */
#include "spec_support.h"

#include <math.h>
#include <string.h>
#include "spec/bind.h"

static orr_model read_model(spec_fixture *f, const char *name)
{
    orr_model model, head;
    memset(&head, 0, sizeof head);
    orr_node *tree = orr_catalogue_tree(ORR_KIND_MODEL, name, (orr_place){0}, f->arena, f->diags);
    spec_expect_clean(f);
    orr_binder binder = orr_binder_begin(f->arena, f->diags);
    orr_bind_table(&binder, &orr_model_table, tree, &head);
    orr_binder_end(&binder);
    orr_model_from_hf(orr_tree_get(tree, "config"), head.name, f->arena, &model, f->diags);
    spec_expect_clean(f);
    model.published_parameters_total = head.published_parameters_total;
    model.published_parameters_active = head.published_parameters_active;
    return model;
}

/* Publishers count everything in the files: multi-token prediction and encoder too. */
static void totals_are_within_a_percent(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    size_t count = 0;
    assert_true(orr_catalogue_load(f.diags));
    const orr_catalogue_entry *entries = orr_catalogue_entries(ORR_KIND_MODEL, &count);
    assert_true(count >= 24);
    for (size_t i = 0; i < count; i++) {
        orr_model model = read_model(&f, entries[i].name);
        orr_parameter_count sum = orr_model_count_parameters(&model);
        double counted = sum.total + sum.mtp + model.encoder_parameters, error = counted / model.published_parameters_total - 1;
        print_message("%-55s counted %.0f published %.0f (%+.4f %%)\n", entries[i].name, counted, model.published_parameters_total, 100 * error);
        if (!(fabs(error) < 0.01)) fail_msg("%s: counted %.0f, published %.0f", entries[i].name, counted, model.published_parameters_total);
    }
    spec_end(&f);
}

/* Publishers round, and differ in whether the embedding counts: the figure lies between both counts, give or take 1 % and the rounding of its last digit (0.5 B from 10 B on, else 0.05 B). */
static void active_counts_agree(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    size_t count = 0, moe = 0;
    const orr_catalogue_entry *entries = orr_catalogue_entries(ORR_KIND_MODEL, &count);
    for (size_t i = 0; i < count; i++) {
        orr_model model = read_model(&f, entries[i].name);
        double published = model.published_parameters_active, rounding = published >= 1e10 ? 0.5e9 : 0.05e9;
        if (!(published > 0)) continue;
        orr_parameter_count sum = orr_model_count_parameters(&model);
        double least = 0.99 * sum.active - rounding, most = 1.01 * (sum.active + (model.tied_embeddings ? 0 : sum.embedding)) + rounding;
        if (published < least || published > most) fail_msg("%s: active %.4g, published %.4g", entries[i].name, sum.active, published);
        moe++;
    }
    assert_true(moe >= 10);
    spec_end(&f);
}

/* 2 bytes, over all layers. */
static void kv_bytes_by_hand(void **state)
{
    (void)state;
    static const struct { const char *model; double full, windowed, state; } cases[] = {
        {"meta-llama/Llama-3.1-70B-Instruct", 80.0 * 2 * 8 * 128 * 2, 0, 0},                        /* 320 KiB */
        {"meta-llama/Llama-3.1-8B-Instruct", 32.0 * 2 * 8 * 128 * 2, 0, 0},                         /* 128 KiB */
        {"deepseek-ai/DeepSeek-V3", 61.0 * (512 + 64) * 2, 0, 0},                                   /* 70,272 B: 70 KB in the paper */
        {"openai/gpt-oss-120b", 18.0 * 2 * 8 * 64 * 2, 18.0 * 2 * 8 * 64 * 2, 0},
        {"google/gemma-3-27b-it", 10.0 * 2 * 16 * 128 * 2, 52.0 * 2 * 16 * 128 * 2, 0},
        {"zai-org/GLM-5", 78.0 * ((512 + 64) * 2 + 128 + 4), 0, 0},
        {"Qwen/Qwen3.5-397B-A17B", 15.0 * 2 * 2 * 256 * 2, 0, 45.0 * (64.0 * 128 * 128 * 4 + (2 * 2048 + 8192) * 3 * 2)},
        {"nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 6.0 * 2 * 2 * 128 * 2, 0, 23.0 * (64.0 * 64 * 128 * 4 + 6144 * 3 * 2)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        orr_model model = read_model(&f, cases[i].model);
        orr_kv_bytes kv = orr_model_kv_bytes(&model, ORR_DTYPE_BF16);
        if (fabs(kv.per_token_full - cases[i].full) > 0.5 || fabs(kv.per_token_windowed - cases[i].windowed) > 0.5 || fabs(kv.state_per_request - cases[i].state) > 0.5)
            fail_msg("%s: %.0f + %.0f a token, %.0f a request", cases[i].model, kv.per_token_full, kv.per_token_windowed, kv.state_per_request);
        spec_end(&f);
    }
}

static void shapes(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_model scout = read_model(&f, "llama-4-scout-17b-16e-instruct"), glm = read_model(&f, "glm-5"), kimi = read_model(&f, "kimi-k2.5"), nemotron = read_model(&f, "nemotron-3-nano");
    assert_int_equal(scout.context_cap_tokens, 8192);
    assert_int_equal(scout.group_count, 2);
    assert_int_equal(glm.context_cap_tokens, 2048);
    assert_int_equal(glm.mtp_layers, 1);
    assert_int_equal(kimi.weight_dtype, ORR_DTYPE_INT4);
    assert_true(kimi.quantize_experts_only);
    assert_int_equal(nemotron.group_count, 3);
    assert_int_equal(nemotron.groups[0].norms, 1);
    spec_end(&f);
}

/* --- configs that are wrong --- */

static void expect_refused(const char *config, const char *piece, const char *hint)
{
    spec_fixture f = spec_begin();
    orr_source source = {.name = "config.json", .bytes = config, .length_bytes = strlen(config)};
    orr_node *tree = orr_tree_parse(f.arena, &source, f.diags);
    orr_model model;
    assert_false(orr_model_from_hf(tree, "toy", f.arena, &model, f.diags));
    spec_expect_report(&f, piece);
    spec_expect_report(&f, hint);
    spec_end(&f);
}

#define LLAMA "\"architectures\": [\"LlamaForCausalLM\"], \"intermediate_size\": 64, \"vocab_size\": 100, \"max_position_embeddings\": 128, "

static void wrong_configs(void **state)
{
    (void)state;
    expect_refused("{\"architectures\": [\"Qwen4ForCausalLM\"]}", "the architecture \"Qwen4ForCausalLM\" of toy is not known", "The nearest that is: Qwen");
    expect_refused("{\"model_type\": \"rwkv\"}", "the architecture \"rwkv\"", "llama, mistral");
    expect_refused("{\"hidden_size\": 4}", "neither `architectures` nor `model_type`", "gpt_oss");
    expect_refused("{" LLAMA "\"num_hidden_layers\": 2, \"num_attention_heads\": 4}", "has no \"hidden_size\"", "published config.json");
    expect_refused("{" LLAMA "\"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"num_key_value_heads\": 3}", "no multiple of num_key_value_heads 3", "Compare it");
    expect_refused("{" LLAMA "\"hidden_size\": 65, \"num_hidden_layers\": 2, \"num_attention_heads\": 4}", "and head_dim is not given", "Compare it");
    expect_refused("{" LLAMA "\"hidden_size\": 64, \"num_hidden_layers\": \"two\", \"num_attention_heads\": 4}", "num_hidden_layers of toy can't be \"two\"", "whole number");
    expect_refused("{" LLAMA "\"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"torch_dtype\": \"bf61\"}", "the dtype \"bf61\"", "bfloat16");
    expect_refused("{" LLAMA "\"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"quantization_config\": {\"quant_method\": \"magic\"}}", "the quantization \"magic\"", "mxfp4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(totals_are_within_a_percent), cmocka_unit_test(active_counts_agree), cmocka_unit_test(kv_bytes_by_hand), cmocka_unit_test(shapes), cmocka_unit_test(wrong_configs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
