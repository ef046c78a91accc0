#include "trust/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/vec.h"

typedef struct cell_list { ORR_VEC(const char *) items; } cell_list;

/* Appends the cells of a line; returns how many. A quote opens a cell in which commas are text and "" is one quote. */
static size_t split(orr_arena *arena, const char *line, size_t length_bytes, cell_list *cells)
{
    size_t count = 0, at = 0;
    char *text = orr_arena_alloc(arena, length_bytes + 1);
    for (;;) {
        char *cell = text;
        if (at < length_bytes && line[at] == '"') {
            for (at++; at < length_bytes; at++) {
                if (line[at] == '"' && at + 1 < length_bytes && line[at + 1] == '"') at++;
                else if (line[at] == '"') break;
                *text++ = line[at];
            }
            at++;
        }
        while (at < length_bytes && line[at] != ',') *text++ = line[at++];
        *text++ = '\0';
        orr_vec_push(&cells->items, cell);
        count++;
        if (at >= length_bytes) return count;
        at++;
    }
}

static void report_width(const char *path, size_t line, size_t cells, size_t columns, orr_diags *diags)
{
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s:%zu: %zu cells, the header has %zu", path, line, cells, columns);
    orr_diag_hint(diag, "Each row needs a cell for every column of the header; an empty one is fine.");
}

orr_sheet *orr_sheet_read(orr_arena *arena, const char *path, orr_diags *diags)
{
    orr_lines *lines = orr_lines_open(path, diags);
    if (lines == NULL) return NULL;
    cell_list cells = {0};
    ORR_VEC(size_t) numbers = {0};
    size_t columns = 0, length_bytes = 0;
    bool good = true;
    for (const char *line; good && (line = orr_lines_next(lines, &length_bytes)) != NULL;) {
        if (length_bytes == 0) continue;
        const size_t count = split(arena, line, length_bytes, &cells);
        if (columns == 0) { columns = count; continue; }
        if (count != columns) { report_width(path, orr_lines_number(lines), count, columns, diags); good = false; }
        orr_vec_push(&numbers, orr_lines_number(lines));
    }
    good = good && !orr_lines_failed(lines);
    if (good && columns == 0) { orr_diag_error(diags, (orr_place){0}, "%s: no header: the file is empty", path); good = false; }
    orr_sheet *sheet = NULL;
    if (good) {
        sheet = ORR_NEW(arena, orr_sheet);
        const char **kept = ORR_NEW_ARRAY(arena, const char *, cells.items.count);
        memcpy(kept, cells.items.items, cells.items.count * sizeof *kept);
        size_t *rows = ORR_NEW_ARRAY(arena, size_t, numbers.count + 1);
        if (numbers.count > 0) memcpy(rows, numbers.items, numbers.count * sizeof *rows);
        *sheet = (orr_sheet){.path = orr_arena_strdup(arena, path), .column_count = columns, .row_count = numbers.count, .columns = kept, .cells = kept + columns, .lines = rows};
    }
    orr_vec_free(&cells.items);
    orr_vec_free(&numbers);
    orr_lines_close(lines);
    return sheet;
}

int orr_sheet_column(const orr_sheet *sheet, const char *name)
{
    for (size_t i = 0; i < sheet->column_count; i++)
        if (orr_text_equal(sheet->columns[i], name)) return (int)i;
    return ORR_SHEET_ABSENT;
}

const char *orr_sheet_text(const orr_sheet *sheet, size_t row, int column) { return column == ORR_SHEET_ABSENT ? "" : sheet->cells[row * sheet->column_count + (size_t)column]; }

double orr_sheet_number(const orr_sheet *sheet, size_t row, int column)
{
    const char *text = orr_sheet_text(sheet, row, column);
    char *end = NULL;
    const double value = strtod(text, &end);
    return end == text || *end != '\0' ? NAN : value;
}

bool orr_sheet_require_numbers(const orr_sheet *sheet, const char *name, orr_diags *diags)
{
    const int column = orr_sheet_column(sheet, name);
    if (column == ORR_SHEET_ABSENT) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s: no column %s", sheet->path, name);
        const char *nearest = orr_text_nearest(name, sheet->columns, sheet->column_count);
        if (nearest != NULL) orr_diag_hint(diag, "Did you mean %s?", nearest);
        return false;
    }
    for (size_t row = 0; row < sheet->row_count; row++)
        if (!isfinite(orr_sheet_number(sheet, row, column))) {
            orr_diag_error(diags, (orr_place){0}, "%s:%zu: %s \"%s\" is not a number", sheet->path, sheet->lines[row], name, orr_sheet_text(sheet, row, column));
            return false;
        }
    return true;
}
