/* gdn: the gated delta net's scan of batch_size requests of seq_len new tokens each, and its one-token update. mamba2: the short convolution before the state. gdn's own convolutions are not
 * read: in some of those tables their time follows no number of channels that the row tells. */
#include <string.h>
#include "trust/kernel_table.h"

static bool read_state(const orr_sheet *sheet, size_t line, orr_mixer mixer, const char *const kinds[2], orr_kernel_row *row)
{
    orr_kernel *kernel = &row->kernel;
    const bool updates = orr_text_equal(orr_row_text(sheet, line, "phase"), "generation");
    row->kind = kinds[updates];
    kernel->family = updates ? ORR_KERNEL_STATE_UPDATE : ORR_KERNEL_STATE_SCAN;
    kernel->weight_dtype = kernel->compute_dtype = kernel->kv_dtype = ORR_DTYPE_BF16;
    kernel->requests = orr_row_number(sheet, line, "batch_size");
    kernel->new_tokens = updates ? 1 : orr_row_number(sheet, line, "seq_len");
    kernel->mixer = mixer;
    return true;
}

static bool read_gdn(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    static const char *const fused[2] = {"gdn scan", "gdn update"}, *const separate[2] = {"gdn scan in several", "gdn update"};
    const char *source = orr_row_text(sheet, line, "kernel_source");
    if (strstr(source, "conv") != NULL) return false;
    const bool one = strstr(source, "flashinfer") != NULL;     /* that library scans in one kernel, the others in several */
    const orr_mixer mixer = {.kind = ORR_MIXER_GDN, .conv_kernel = orr_row_count(sheet, line, "d_conv"), .state_key_heads = orr_row_count(sheet, line, "num_k_heads"),
                             .state_key_dim = orr_row_count(sheet, line, "head_k_dim"), .state_value_heads = orr_row_count(sheet, line, "num_v_heads"),
                             .state_value_dim = orr_row_count(sheet, line, "head_v_dim")};
    row->kernel.scan = one ? ORR_SCAN_FUSED : ORR_SCAN_SEPARATE;
    return read_state(sheet, line, mixer, one ? fused : separate, row);
}

static bool read_mamba2(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    static const char *const kinds[2] = {"mamba2 convolution", "mamba2 convolution of one"};
    if (strstr(orr_row_text(sheet, line, "kernel_source"), "conv") == NULL) return false;
    const orr_mixer mixer = {.kind = ORR_MIXER_MAMBA2, .conv_kernel = orr_row_count(sheet, line, "d_conv"), .state_key_heads = orr_row_count(sheet, line, "n_groups"),
                             .state_key_dim = orr_row_count(sheet, line, "d_state"), .state_value_heads = orr_row_count(sheet, line, "nheads"),
                             .state_value_dim = orr_row_count(sheet, line, "head_dim")};
    row->kernel.convolves = true;
    return read_state(sheet, line, mixer, kinds, row);
}

static const char *const gdn_numbers[] = {"batch_size", "seq_len", "num_k_heads", "head_k_dim", "num_v_heads", "head_v_dim", "latency_ms", NULL};
static const char *const mamba2_numbers[] = {"batch_size", "seq_len", "d_conv", "d_state", "nheads", "head_dim", "n_groups", "latency_ms", NULL};
const orr_row_reader orr_rows_gdn = {"gdn", gdn_numbers, 1, read_gdn};
const orr_row_reader orr_rows_mamba2 = {"mamba2", mamba2_numbers, 1, read_mamba2};
