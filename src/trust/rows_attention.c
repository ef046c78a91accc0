/* context_attention: batch_size requests of isl new tokens each after `step` in the cache; generation_attention: one new token each over a context of isl + step. Softmax attention of one rank. */
#include <math.h>
#include "trust/kernel_table.h"

static bool read_row(const orr_sheet *sheet, size_t line, orr_kernel_row *row, orr_arena *arena)
{
    orr_kernel *kernel = &row->kernel;
    const int64_t window = orr_row_count(sheet, line, "window_size");
    const char *attention = orr_row_text(sheet, line, "attn_dtype"), *cache = orr_row_text(sheet, line, "kv_cache_dtype");
    row->kind = orr_arena_printf(arena, "%s kv %s%s", attention, cache, window > 0 ? " window" : "");
    const int64_t width = orr_row_count(sheet, line, "head_dim");
    kernel->mixer = (orr_mixer){.kind = ORR_MIXER_GQA, .heads = orr_row_count(sheet, line, "num_heads"), .kv_heads = orr_row_count(sheet, line, "num_key_value_heads"), .head_dim = width,
                                .value_head_dim = width, .window_tokens = window};
    kernel->requests = orr_row_number(sheet, line, "batch_size");
    orr_dtype ignored;
    return orr_row_dtypes(attention, &kernel->weight_dtype, &kernel->compute_dtype) && orr_row_dtypes(cache, &kernel->kv_dtype, &ignored);
}

static bool read_context(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_PREFILL_ATTENTION;
    orr_row_prefills(sheet, line, &row->kernel);
    return read_row(sheet, line, row, arena);
}

static bool read_generation(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_DECODE_ATTENTION;
    orr_row_decodes(sheet, line, &row->kernel);
    return read_row(sheet, line, row, arena);
}

static const char *const numbers[] = {"batch_size", "isl", "step", "num_heads", "num_key_value_heads", "head_dim", "latency_ms", NULL};
const orr_row_reader orr_rows_context_attention = {"context_attention", numbers, 1, read_context};
const orr_row_reader orr_rows_generation_attention = {"generation_attention", numbers, 1, read_generation};
