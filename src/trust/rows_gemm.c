/* gemm: C[m, n] = A[m, k] B[k, n] in gemm_dtype. */
#include "trust/kernel_table.h"

static bool read_row(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    orr_kernel *kernel = &row->kernel;
    row->kind = orr_row_text(sheet, line, "gemm_dtype");
    *kernel = (orr_kernel){.family = ORR_KERNEL_GEMM, .m = orr_row_number(sheet, line, "m"), .n = orr_row_number(sheet, line, "n"), .k = orr_row_number(sheet, line, "k")};
    return orr_row_dtypes(row->kind, &kernel->weight_dtype, &kernel->compute_dtype);
}

static const char *const numbers[] = {"m", "n", "k", "latency_ms", NULL};
const orr_row_reader orr_rows_gemm = {"gemm", numbers, 1, read_row};
