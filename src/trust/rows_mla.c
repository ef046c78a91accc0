/* context_mla, generation_mla: the latent attention of DeepSeek-V3 (its widths), the heads of one rank; generation in its absorbed form. */
#include "trust/kernel_table.h"

static const orr_mixer deepseek_v3 = {.kind = ORR_MIXER_MLA, .head_dim = 192, .value_head_dim = 128, .q_lora_rank = 1536, .kv_lora_rank = 512, .qk_nope_dim = 128, .qk_rope_dim = 64};

static bool read_row(const orr_sheet *sheet, size_t line, orr_kernel_row *row, orr_arena *arena)
{
    orr_kernel *kernel = &row->kernel;
    const char *attention = orr_row_text(sheet, line, "mla_dtype"), *cache = orr_row_text(sheet, line, "kv_cache_dtype");
    row->kind = orr_arena_printf(arena, "%s kv %s", attention, cache);
    kernel->mixer = deepseek_v3;
    kernel->mixer.heads = kernel->mixer.kv_heads = (int64_t)orr_row_number(sheet, line, "num_heads");
    kernel->requests = orr_row_number(sheet, line, "batch_size");
    orr_dtype ignored;
    return orr_row_dtypes(attention, &kernel->weight_dtype, &kernel->compute_dtype) && orr_row_dtypes(cache, &kernel->kv_dtype, &ignored);
}

static bool read_context(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_PREFILL_MLA;
    row->kernel.new_tokens = orr_row_number(sheet, line, "isl");
    row->kernel.context_tokens = orr_row_number(sheet, line, "step");
    return read_row(sheet, line, row, arena);
}

static bool read_generation(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_DECODE_MLA;
    row->kernel.new_tokens = 1;
    row->kernel.context_tokens = orr_row_number(sheet, line, "isl") + orr_row_number(sheet, line, "step");
    return read_row(sheet, line, row, arena);
}

static const char *const numbers[] = {"batch_size", "isl", "step", "num_heads", "latency_ms", NULL};
const orr_row_reader orr_rows_context_mla = {"context_mla", numbers, 1, read_context};
const orr_row_reader orr_rows_generation_mla = {"generation_mla", numbers, 1, read_generation};
