/* Any bytes as a sheet of kernels: the first line names the operator, the rest is the CSV. It is refused with a diagnostic, or every row is a kernel of possible sizes with a time above 0. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/panic.h"
#include "trust/kernel_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One file without a name, written anew each time. */
static const char *path_of(const uint8_t *data, size_t size)
{
    static char path[32];
    static int file = -1;
    if (file < 0) {
        char name[] = "/tmp/orrery-fuzz-sheet-XXXXXX";
        ORR_INVARIANT((file = mkstemp(name)) >= 0 && unlink(name) == 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    ORR_INVARIANT(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    return path;
}

static void check_rows(const orr_kernel_table *table, size_t expected)
{
    ORR_INVARIANT(table->row_count + table->unread == expected);
    for (size_t i = 0; i < table->row_count; i++) {
        const orr_kernel_row *row = &table->rows[i];
        char kind[ORR_KERNEL_KIND_BYTES];
        orr_kernel_kind(&row->kernel, kind);
        const orr_kernel_shape shape = orr_kernel_shape_of(&row->kernel);
        ORR_INVARIANT(row->measured_ns > 0 && isfinite(row->measured_ns) && row->kind != NULL && kind[0] != '\0' && shape.dims > 0 && shape.dims <= ORR_KERNEL_DIMS);
        for (int d = 0; d < shape.dims; d++) ORR_INVARIANT(shape.logs[d] >= 0 && shape.logs[d] < 70);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) return 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const uint8_t *line_end = memchr(data, '\n', size), *csv = line_end != NULL ? line_end + 1 : data;
    const orr_sheet *sheet = orr_sheet_read(arena, path_of(csv, size - (size_t)(csv - data)), diags);
    ORR_INVARIANT((sheet == NULL) == (orr_diags_error_count(diags) > 0));
    if (sheet != NULL) {
        for (size_t row = 0; row < sheet->row_count; row++) {
            ORR_INVARIANT(sheet->lines[row] > row);
            for (size_t column = 0; column < sheet->column_count; column++) ORR_INVARIANT(strlen(orr_sheet_text(sheet, row, (int)column)) <= size && !isinf(orr_sheet_number(sheet, row, (int)column)));
        }
        orr_kernel_table table = {0};
        const char *operator_ = line_end != NULL ? orr_arena_strndup(arena, (const char *)data, (size_t)(line_end - data)) : "";
        const bool read = orr_kernel_rows_read(sheet, operator_, &table, arena, diags);
        ORR_INVARIANT(read == (orr_diags_error_count(diags) == 0));
        if (read) check_rows(&table, strncmp(operator_, "wideep_", 7) == 0 ? 2 * sheet->row_count : sheet->row_count);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return 0;
}
