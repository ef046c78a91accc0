/* Systems for the tests of the performance model, filled by hand; only the coefficients come from the catalogue. */
#ifndef ORR_TESTS_PERF_SUPPORT_H
#define ORR_TESTS_PERF_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "perf/mla.h"
#include "perf/system.h"
#include "spec/catalogue.h"

/* The coefficients that the catalogue embeds. */
static inline bool universal_coefficients(orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return false;
    const orr_coefficients *universal = orr_coefficients_universal(arena, diags);
    if (universal != NULL) *coefficients = *universal;
    return universal != NULL;
}

/* |a - b| within `share` of the larger. */
static inline void assert_near(double a, double b, double share)
{
    double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    if (!(fabs(a - b) <= share * larger)) fail_msg("%.17g is not within %g of %.17g", a, share, b);
}

static inline orr_chip h100(void)
{
    return (orr_chip){ .name = "h100", .bf16_flop_per_s = 989.4e12, .fp16_flop_per_s = 989.4e12, .fp8_flop_per_s = 1979e12, .int8_flop_per_s = 1979e12, .tf32_flop_per_s = 494.7e12,
                       .vector_flop_per_s = 66.9e12, .core_count = 132, .clock_hz = 1.83e9, .core_sram_bytes = 262144, .cache_bytes = 50e6, .cache_bytes_per_s = 5.5e12, .memory_bytes = 80e9,
                       .memory_bytes_per_s = 3.35e12, .memory_latency_ns = 600, .link_bytes_per_s = 450e9, .link_latency_ns = 2000, .tdp_w = 700, .idle_w = 70 };
}

static inline orr_hardware dgx_h100(int64_t nodes)
{
    orr_hardware hardware = { .chip = h100(), .nodes = nodes, .chip_count = 8 * nodes };
    hardware.node = (orr_node_spec){ .name = "dgx", .chip_count = 8, .topology = ORR_SCALE_UP_SWITCH, .scale_up_bytes_per_s = 450e9, .scale_up_latency_ns = 2000, .in_network_reduction = true };
    hardware.fabric = (orr_fabric){ .name = "rail", .bytes_per_s = 50e9, .latency_ns = 5000, .oversubscription = 1 };
    return hardware;
}

static inline orr_engine plain_engine(int64_t tensor, int64_t pipeline, int64_t data)
{
    return (orr_engine){ .profile = "test", .tensor_parallel_size = tensor, .pipeline_parallel_size = pipeline, .data_parallel_size = data, .quantization = "none", .weight_dtype = ORR_DTYPE_BF16,
                         .compute_dtype = ORR_DTYPE_BF16, .kv_cache_dtype = ORR_DTYPE_BF16, .max_num_seqs = 256, .max_num_batched_tokens = 8192, .block_size = 16, .gpu_memory_utilization = 0.9,
                         .host_per_step_ns = 1e6, .host_per_request_ns = 1e4, .host_per_token_ns = 10, .host_per_prefill_ns = 1e5, .host_overlap = 0.5, .kernel_launch_ns = 1000,
                         .eager_launch_ns = 5000, .graph_max_tokens = 512, .runtime_bytes = 4e9, .activation_bytes_factor = 1 };
}

static inline orr_model empty_model(const char *name, int64_t hidden, int64_t vocab)
{
    orr_model model;
    memset(&model, 0, sizeof model);
    model.name = name;
    model.hidden_size = hidden;
    model.vocab_size = vocab;
    model.max_context_tokens = 131072;
    model.weight_dtype = model.other_dtype = ORR_DTYPE_BF16;
    return model;
}

static inline void add_group(orr_model *model, orr_layer_group group)
{
    model->groups[model->group_count++] = group;
    model->layer_count += group.count;
}

static inline orr_mixer gqa(int64_t heads, int64_t kv_heads, int64_t head_dim, int64_t window)
{
    return (orr_mixer){ .kind = ORR_MIXER_GQA, .heads = heads, .kv_heads = kv_heads, .head_dim = head_dim, .value_head_dim = head_dim, .window_tokens = window };
}

static inline orr_model llama_70b(void)
{
    orr_model model = empty_model("Llama-3.1-70B", 8192, 128256);
    add_group(&model, (orr_layer_group){ .count = 80, .norms = 2, .mixer = gqa(64, 8, 128, 0), .ffn = { .kind = ORR_FFN_DENSE, .intermediate = 28672, .gated = true } });
    return model;
}

static inline orr_model mixtral_8x7b(void)
{
    orr_model model = empty_model("Mixtral-8x7B", 4096, 32000);
    add_group(&model, (orr_layer_group){ .count = 32, .norms = 2, .mixer = gqa(32, 8, 128, 0),
                                         .ffn = { .kind = ORR_FFN_MOE, .experts = 8, .experts_per_token = 2, .expert_intermediate = 14336, .gated = true } });
    return model;
}

static inline orr_model deepseek_v3(void)
{
    orr_model model = empty_model("DeepSeek-V3", 7168, 129280);
    orr_mixer mla = { .kind = ORR_MIXER_MLA, .heads = 128, .kv_heads = 128, .head_dim = 192, .value_head_dim = 128, .q_lora_rank = 1536, .kv_lora_rank = 512, .qk_nope_dim = 128, .qk_rope_dim = 64 };
    model.weight_dtype = ORR_DTYPE_FP8_BLOCK;
    add_group(&model, (orr_layer_group){ .count = 3, .norms = 2, .mixer = mla, .ffn = { .kind = ORR_FFN_DENSE, .intermediate = 18432, .gated = true } });
    add_group(&model, (orr_layer_group){ .count = 58, .norms = 2, .mixer = mla,
                                         .ffn = { .kind = ORR_FFN_MOE, .experts = 256, .experts_per_token = 8, .expert_intermediate = 2048, .shared_intermediate = 2048, .gated = true, .router_bias = true } });
    return model;
}

/* A sparse latent model, a hybrid of windows, a hybrid of recurrent layers. */
static inline orr_model sparse_model(void)
{
    orr_model model = deepseek_v3();
    model.name = "sparse";
    model.context_cap_tokens = 2048;
    for (int i = 0; i < model.group_count; i++) { model.groups[i].mixer.sparse_topk = 2048; model.groups[i].mixer.index_heads = 64; model.groups[i].mixer.index_head_dim = 128; }
    return model;
}

static inline orr_model windowed_model(void)
{
    orr_model model = empty_model("windowed", 5376, 262144);
    model.tied_embeddings = true;
    model.context_cap_tokens = 1024;
    orr_ffn ffn = { .kind = ORR_FFN_DENSE, .intermediate = 21504, .gated = true };
    add_group(&model, (orr_layer_group){ .count = 52, .norms = 4, .mixer = gqa(32, 16, 128, 1024), .ffn = ffn });
    add_group(&model, (orr_layer_group){ .count = 10, .norms = 4, .mixer = gqa(32, 16, 128, 0), .ffn = ffn });
    return model;
}

static inline orr_model recurrent_model(void)
{
    orr_model model = empty_model("recurrent", 4096, 151936);
    orr_mixer gdn = { .kind = ORR_MIXER_GDN, .state_key_heads = 16, .state_value_heads = 64, .state_key_dim = 128, .state_value_dim = 128, .conv_kernel = 4 };
    orr_mixer mamba = { .kind = ORR_MIXER_MAMBA2, .state_key_heads = 8, .state_value_heads = 64, .state_key_dim = 128, .state_value_dim = 64, .conv_kernel = 4 };
    orr_ffn moe = { .kind = ORR_FFN_MOE, .experts = 512, .experts_per_token = 10, .expert_intermediate = 1024, .shared_intermediate = 1024, .shared_gate = true, .gated = true };
    add_group(&model, (orr_layer_group){ .count = 30, .norms = 2, .mixer = gdn, .ffn = moe });
    add_group(&model, (orr_layer_group){ .count = 6, .norms = 1, .mixer = mamba });
    add_group(&model, (orr_layer_group){ .count = 12, .norms = 2, .mixer = gqa(32, 2, 256, 0), .ffn = moe });
    return model;
}

static inline orr_study study_of(orr_model model, orr_hardware hardware, orr_engine engine)
{
    orr_study study;
    memset(&study, 0, sizeof study);
    study.model = model;
    study.hardware = hardware;
    study.engine = engine;
    study.engine.weight_dtype = model.weight_dtype;
    study.engine.compute_dtype = model.weight_dtype == ORR_DTYPE_FP8_BLOCK ? ORR_DTYPE_FP8 : model.weight_dtype;
    return study;
}

/* A machine whose arithmetic can be followed by hand: 4 cores of 1,024 FLOP/ns, memory of 100 bytes/ns, no floors, no losses. */
static inline orr_coefficients lossless(void)
{
    orr_coefficients c = { .stream_memory_share = 1, .sram_in_flight_share = 1, .gemm_compute_share = 1, .gemm_block_compute_share = 1, .gemm_fp4_memory_share = 1, .gemm_panel_shares = 100,
                           .gemm_memory_share = 1, .gemm_wave_rounding = 1, .attention_matrix_share = 1, .attention_query_tile = 128, .attention_split_limit = 1,
                           .attention_decode_memory_share = 1, .attention_decode_rows = 16, .attention_fp8_matrix_share = 1, .attention_decode_matrix_share = 1, .attention_join_tokens = 1, .attention_query_passes = 1,
                           .attention_key_passes = 1, .mla_prefill_matrix_share = 1, .mla_prefill_passes = 1, .mla_parts_inside = 1, .mla_join_tokens = 1, .mla_decode_memory_share = 1, .mla_decode_matrix_share = 1, .mla_output_passes = 1,
                           .mla_unfit_slowdown = 1, .mla_unfit_prefill_share = 1, .mla_absorbed_memory_share = 1, .mla_absorbed_matrix_share = 1, .indexer_matrix_share = 1, .state_element_bytes = 4,
                           .state_moved_bytes = 8, .state_memory_share = 1, .state_conv_tokens = 1, .moe_compute_share = 1, .moe_memory_share = 1, .moe_fill_share = 1, .moe_row_slowdown = 1, .link_share = 1,
                           .link_one_shot_share = 1, .link_in_network_share = 1, .link_point_share = 1, .one_shot_latencies = 1, .two_shot_latencies = 2, .in_network_latencies = 3,
                           .base_latencies = 1, .step_latencies = 0.5, .all_to_all_latencies = 1, .point_latencies = 1, .fabric_share = 1, .energy_flop_pj = 1, .energy_budget_exponent = 1, .energy_memory_share = 1,
                           .window_reference_tokens = 4096 };
    return c;
}

static inline orr_hardware toy_hardware(void)
{
    orr_hardware hardware = { .nodes = 2, .chip_count = 8 };
    hardware.chip = (orr_chip){ .name = "toy", .bf16_flop_per_s = 4096e9, .fp8_flop_per_s = 8192e9, .vector_flop_per_s = 256e9, .core_count = 4, .clock_hz = 1e9, .core_sram_bytes = 0,
                                .memory_bytes = 1e9, .memory_bytes_per_s = 100e9, .memory_latency_ns = 100, .tdp_w = 110, .idle_w = 10 };
    hardware.node = (orr_node_spec){ .chip_count = 4, .topology = ORR_SCALE_UP_SWITCH, .scale_up_bytes_per_s = 10e9, .scale_up_latency_ns = 1000 };
    hardware.fabric = (orr_fabric){ .bytes_per_s = 1e9, .latency_ns = 5000, .oversubscription = 1 };
    return hardware;
}

static inline orr_machine toy_machine(const orr_coefficients *coefficients)
{
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0, .eager_launch_ns = 0 };
    return orr_machine_prepare(&hardware, &engine, coefficients);
}

#endif
