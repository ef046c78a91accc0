/* gdn: the gated delta net's scan of batch_size requests of seq_len new tokens each, and its one-token update; the convolution before it is a row of its own that the model has no form for. */
#include <string.h>
#include "trust/kernel_table.h"

static bool read_row(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    orr_kernel *kernel = &row->kernel;
    if (strstr(orr_row_text(sheet, line, "kernel_source"), "conv") != NULL) return false;
    const bool updates = orr_text_equal(orr_row_text(sheet, line, "phase"), "generation");
    row->kind = updates ? "gdn update" : "gdn scan";
    kernel->family = updates ? ORR_KERNEL_STATE_UPDATE : ORR_KERNEL_STATE_SCAN;
    kernel->weight_dtype = kernel->compute_dtype = kernel->kv_dtype = ORR_DTYPE_BF16;
    kernel->requests = orr_row_number(sheet, line, "batch_size");
    kernel->new_tokens = updates ? 1 : orr_row_number(sheet, line, "seq_len");
    kernel->mixer = (orr_mixer){.kind = ORR_MIXER_GDN, .conv_kernel = (int64_t)orr_row_number(sheet, line, "d_conv"), .state_key_heads = (int64_t)orr_row_number(sheet, line, "num_k_heads"),
                                .state_key_dim = (int64_t)orr_row_number(sheet, line, "head_k_dim"), .state_value_heads = (int64_t)orr_row_number(sheet, line, "num_v_heads"), .state_value_dim = (int64_t)orr_row_number(sheet, line, "head_v_dim")};
    return true;
}

static const char *const numbers[] = {"batch_size", "seq_len", "num_k_heads", "head_k_dim", "num_v_heads", "head_v_dim", "latency_ms", NULL};
const orr_row_reader orr_rows_gdn = {"gdn", numbers, 1, read_row};
