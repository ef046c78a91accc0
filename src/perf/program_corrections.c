/* Gives each operator of a compiled program its residual correction, by the kernel that it is. */
#include "perf/joined.h"
#include "perf/system.h"

static orr_correction of_gemm(const orr_corrections *corrections, const orr_gemm *gemm, orr_arena *arena)
{
    const orr_kernel kernel = {.family = ORR_KERNEL_GEMM, .weight_dtype = gemm->weight_dtype, .compute_dtype = gemm->compute_dtype, .n = gemm->n, .k = gemm->k};
    return orr_correction_prepare(corrections, &kernel, arena);
}

static orr_correction of_collective(const orr_corrections *corrections, const orr_collective *collective, orr_arena *arena)
{
    if (!orr_joined_as_measured(collective->machine)) return orr_correction_none(corrections, ORR_KERNEL_COLLECTIVE);
    const orr_kernel kernel = {.family = ORR_KERNEL_COLLECTIVE, .compute_dtype = ORR_DTYPE_BF16, .collective = collective->kind, .ranks = collective->ranks};
    return orr_correction_prepare(corrections, &kernel, arena);
}

static orr_correction of_moe(const orr_corrections *corrections, const orr_moe *moe, orr_arena *arena)
{
    orr_kernel kernel = {.family = ORR_KERNEL_MOE, .weight_dtype = moe->down.weight_dtype, .compute_dtype = moe->down.compute_dtype, .width = moe->up.k, .expert_ranks = moe->spread_ranks, .routing_alpha = 1};
    kernel.tensor_ranks = moe->spread_ranks > 1 ? 1 : moe->ranks;
    kernel.ffn = (orr_ffn){.kind = ORR_FFN_MOE, .experts = (int64_t)moe->experts, .experts_per_token = (int64_t)moe->per_token, .expert_intermediate = (int64_t)(moe->down.k * kernel.tensor_ranks), .gated = moe->up.n > moe->down.k};
    return orr_correction_prepare(corrections, &kernel, arena);
}

void orr_program_correct(orr_program *program, const orr_corrections *corrections, orr_arena *arena)
{
    for (int i = 0; i < program->count; i++) {
        orr_item *item = &program->items[i];
        switch (item->kind) {
        case ORR_ITEM_GEMM: item->correction = of_gemm(corrections, item->of.gemm, arena); break;
        case ORR_ITEM_COLLECTIVE: item->correction = of_collective(corrections, item->of.collective, arena); break;
        case ORR_ITEM_MOE: item->correction = of_moe(corrections, item->of.moe, arena); break;
        case ORR_ITEM_DISPATCH: item->correction = orr_correction_none(corrections, ORR_KERNEL_DISPATCH); break;
        case ORR_ITEM_ELEMENTWISE: break;
        }
    }
}

/* The mixer of one rank. */
static orr_mixer rank_mixer(const orr_mixer *mixer, int64_t tensor)
{
    orr_mixer rank = *mixer;
    rank.heads = orr_max_i64(mixer->heads / tensor, 1);
    rank.kv_heads = orr_max_i64(mixer->kv_heads / tensor, 1);
    rank.state_key_heads = orr_max_i64(mixer->state_key_heads / tensor, 1);
    rank.state_value_heads = orr_max_i64(mixer->state_value_heads / tensor, 1);
    return rank;
}

void orr_attention_correct(orr_attention *attention, const orr_mixer *mixer, const orr_rank_shape *shape, const orr_corrections *corrections, orr_arena *arena)
{
    const bool latent = mixer->kind == ORR_MIXER_MLA, state = mixer->kind == ORR_MIXER_GDN || mixer->kind == ORR_MIXER_MAMBA2;
    orr_kernel kernel = {.weight_dtype = shape->compute_dtype, .compute_dtype = shape->compute_dtype, .kv_dtype = shape->kv_dtype, .mixer = rank_mixer(mixer, (int64_t)shape->tensor_ranks)};
    const bool sparse = mixer->sparse_topk > 0;     /* an indexer and a choice beside the attention: measured kernels have neither; nor the convolution before a state, nor the products around latent attention */
    kernel.new_tokens = shape->query_tokens;
    kernel.family = latent ? ORR_KERNEL_DECODE_MLA : state ? ORR_KERNEL_STATE_UPDATE : ORR_KERNEL_DECODE_ATTENTION;
    const orr_correction no_decode = orr_correction_none(corrections, kernel.family), decode = sparse ? no_decode : orr_correction_prepare(corrections, &kernel, arena);
    for (int i = 0; i < attention->linear_count; i++) attention->linear[i].correction = attention->linear[i].convolves || attention->linear[i].absorbs ? no_decode : decode;
    if (state) kernel.scan = corrections->coefficients->state_fused >= 0.5 ? ORR_SCAN_FUSED : ORR_SCAN_SEPARATE;
    kernel.family = latent ? ORR_KERNEL_PREFILL_MLA : state ? ORR_KERNEL_STATE_SCAN : ORR_KERNEL_PREFILL_ATTENTION;
    const orr_correction no_prefill = orr_correction_none(corrections, kernel.family), prefill = sparse ? no_prefill : orr_correction_prepare(corrections, &kernel, arena);
    for (int i = 0; i < attention->chunk_count; i++) attention->chunk[i].correction = attention->chunk[i].convolves ? no_prefill : prefill;
}
