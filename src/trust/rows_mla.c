/* context_mla, generation_mla: the latent attention of DeepSeek-V3 (its widths), the heads of one rank; generation in its absorbed form.
 * mla_context_module, mla_generation_module: the same between hidden states, projections in `gemm_type`; V3.2 with its indexer. mla_bmm: one of the absorbed products. */
#include "trust/kernel_table.h"

static const orr_mixer deepseek_v3 = {.kind = ORR_MIXER_MLA, .head_dim = 192, .value_head_dim = 128, .q_lora_rank = 1536, .kv_lora_rank = 512, .qk_nope_dim = 128, .qk_rope_dim = 64};

static bool read_row(const orr_sheet *sheet, size_t line, orr_kernel_row *row, orr_arena *arena)
{
    orr_kernel *kernel = &row->kernel;
    const char *attention = orr_row_text(sheet, line, "mla_dtype"), *cache = orr_row_text(sheet, line, "kv_cache_dtype");
    row->kind = orr_arena_printf(arena, "%s kv %s", attention, cache);
    kernel->mixer = deepseek_v3;
    kernel->mixer.heads = kernel->mixer.kv_heads = orr_row_count(sheet, line, "num_heads");
    kernel->requests = orr_row_number(sheet, line, "batch_size");
    orr_dtype ignored;
    return orr_row_dtypes(attention, &kernel->weight_dtype, &kernel->compute_dtype) && orr_row_dtypes(cache, &kernel->kv_dtype, &ignored);
}

static bool read_context(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_PREFILL_MLA;
    orr_row_prefills(sheet, line, &row->kernel);
    return read_row(sheet, line, row, arena);
}

static bool read_generation(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.family = ORR_KERNEL_DECODE_MLA;
    orr_row_decodes(sheet, line, &row->kernel);
    return read_row(sheet, line, row, arena);
}

/* --- with what stands around it --- */

static bool is_sparse(const char *architecture) { return orr_text_equal(architecture, "DeepseekV32ForCausalLM"); }

static bool read_module(const orr_sheet *sheet, size_t line, orr_kernel_row *row, orr_arena *arena)
{
    orr_kernel *kernel = &row->kernel;
    if (!read_row(sheet, line, row, arena)) return false;
    if (is_sparse(orr_row_text(sheet, line, "architecture"))) { kernel->mixer.sparse_topk = 2048; kernel->mixer.index_heads = 64; kernel->mixer.index_head_dim = 128; }
    const char *products = orr_row_text(sheet, line, "gemm_type");
    orr_dtype computed;
    kernel->family = ORR_KERNEL_MLA_MODULE;
    kernel->width = 7168;
    row->kind = orr_arena_printf(arena, "%s %s kv %s", kernel->decodes ? "decode" : "prefill", products, orr_row_text(sheet, line, "kv_cache_dtype"));
    return orr_row_dtypes(products, &kernel->weight_dtype, &computed) && kernel->weight_dtype == computed;
}

static bool read_context_module(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    orr_row_prefills(sheet, line, &row->kernel);
    return read_module(sheet, line, row, arena);
}

static bool read_generation_module(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    row->kernel.decodes = true;
    orr_row_decodes(sheet, line, &row->kernel);
    return read_module(sheet, line, row, arena);
}

/* Products at 8 bit are those with block scales. */
static bool read_absorbed(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    orr_kernel *kernel = &row->kernel;
    orr_dtype weight, compute;
    row->kind = orr_row_text(sheet, line, "bmm_dtype");
    if (!orr_row_dtypes(row->kind, &weight, &compute)) return false;
    kernel->family = ORR_KERNEL_ABSORBED;
    kernel->mixer = deepseek_v3;
    kernel->mixer.heads = kernel->mixer.kv_heads = orr_row_count(sheet, line, "num_heads");
    kernel->requests = orr_row_number(sheet, line, "num_tokens");
    kernel->new_tokens = 1;
    kernel->weight_dtype = weight == ORR_DTYPE_FP8 ? ORR_DTYPE_FP8_BLOCK : weight;
    kernel->compute_dtype = kernel->kv_dtype = ORR_DTYPE_BF16;
    return true;
}

static const char *const absorbed_numbers[] = {"num_tokens", "num_heads", "latency_ms", NULL};
static const char *const numbers[] = {"batch_size", "isl", "step", "num_heads", "latency_ms", NULL};
const orr_row_reader orr_rows_context_mla = {"context_mla", numbers, 1, read_context};
const orr_row_reader orr_rows_generation_mla = {"generation_mla", numbers, 1, read_generation};
const orr_row_reader orr_rows_mla_context_module = {"mla_context_module", numbers, 1, read_context_module};
const orr_row_reader orr_rows_mla_generation_module = {"mla_generation_module", numbers, 1, read_generation_module};
const orr_row_reader orr_rows_mla_bmm = {"mla_bmm", absorbed_numbers, 1, read_absorbed};
