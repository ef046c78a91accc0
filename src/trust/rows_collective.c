/* nccl, custom_allreduce: one collective over num_gpus chips of a node, message_size elements of its dtype in the whole buffer (collective.h): the communication library's, or an
 * engine's own kernels where they are faster. */
#include <string.h>
#include "trust/kernel_table.h"

static bool read_collective(const orr_sheet *sheet, size_t line, const char *name, const char *dtype, orr_kernel_row *row)
{
    static const struct { const char *name; orr_collective_kind kind; } kinds[] = {{"all_reduce", ORR_LIBRARY_ALL_REDUCE}, {"custom_all_reduce", ORR_ALL_REDUCE}, {"all_gather", ORR_ALL_GATHER}, {"reduce_scatter", ORR_REDUCE_SCATTER}, {"alltoall", ORR_ALL_TO_ALL}};
    orr_kernel *kernel = &row->kernel;
    kernel->family = ORR_KERNEL_COLLECTIVE;
    kernel->ranks = orr_row_number(sheet, line, "num_gpus");
    orr_dtype ignored;
    if (!orr_row_dtypes(dtype, &kernel->compute_dtype, &ignored)) return false;
    kernel->bytes = orr_row_number(sheet, line, "message_size") * orr_dtype_bytes(kernel->compute_dtype);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (orr_text_equal(kinds[i].name, name)) { row->kind = name; kernel->collective = kinds[i].kind; return true; }
    return false;
}

static bool read_nccl(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    return read_collective(sheet, line, orr_row_text(sheet, line, "op_name"), orr_row_text(sheet, line, "nccl_dtype"), row);
}

static bool read_custom(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    if (strstr(orr_row_text(sheet, line, "backend"), "eager") != NULL) return false;       /* launched one by one: the host's time, not the kernel's */
    return read_collective(sheet, line, "custom_all_reduce", orr_row_text(sheet, line, "allreduce_dtype"), row);
}

static const char *const numbers[] = {"num_gpus", "message_size", "latency_ms", NULL};
const orr_row_reader orr_rows_nccl = {"nccl", numbers, 1, read_nccl};
const orr_row_reader orr_rows_custom_allreduce = {"custom_allreduce", numbers, 1, read_custom};
