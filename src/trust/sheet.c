#include "trust/sheet.h"

#include <math.h>
#include <string.h>
#include "base/file.h"
#include "base/number.h"
#include "base/vec.h"

typedef struct cell_list { ORR_VEC(const char *) items; } cell_list;

/* Appends the cells of a line; returns how many, 0 when a quote does not end where its cell does. A quote opens a cell in which commas are text and "" is one quote. */
static size_t split(orr_arena *arena, const char *line, size_t length_bytes, cell_list *cells)
{
    size_t count = 0, at = 0;
    char *text = orr_arena_alloc(arena, length_bytes + 1);      /* every cell's end takes the place of its comma */
    for (;;) {
        char *cell = text;
        if (at < length_bytes && line[at] == '"') {
            bool ends = false;
            for (at++; at < length_bytes && !ends; at++) {
                if (line[at] != '"') *text++ = line[at];
                else if (at + 1 < length_bytes && line[at + 1] == '"') *text++ = line[at++];
                else ends = true;
            }
            if (!ends || (at < length_bytes && line[at] != ',')) return 0;
        }
        while (at < length_bytes && line[at] != ',') *text++ = line[at++];
        *text++ = '\0';
        orr_vec_push(&cells->items, cell);
        count++;
        if (at >= length_bytes) return count;
        at++;
    }
}

/* Spreadsheets begin their files with these bytes. */
static const char *after_mark(const char *line, size_t *length_bytes)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (!orr_text_starts_with(line, mark)) return line;
    *length_bytes -= sizeof mark - 1;
    return line + sizeof mark - 1;
}

static void report_width(const char *path, size_t line, size_t cells, size_t columns, orr_diags *diags)
{
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s:%zu: %zu cells, the header has %zu", path, line, cells, columns);
    orr_diag_hint(diag, "Each row needs a cell for every column of the header; an empty one is fine.");
}

static bool takes_line(orr_arena *arena, const char *path, const orr_lines *lines, const char *line, size_t length_bytes, cell_list *cells, size_t *columns, orr_diags *diags)
{
    const size_t number = orr_lines_number(lines);
    if (*columns == 0) line = after_mark(line, &length_bytes);
    const size_t count = split(arena, line, length_bytes, cells);
    if (count == 0) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s:%zu: a quoted cell does not end where its quote does", path, number), "A cell ends on its line; a quote within quotes is written twice.");
        return false;
    }
    if (*columns == 0) *columns = count;
    else if (count != *columns) report_width(path, number, count, *columns, diags);
    return count == *columns;
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
        const bool header = columns == 0;
        good = takes_line(arena, path, lines, line, length_bytes, &cells, &columns, diags);
        if (!header) orr_vec_push(&numbers, orr_lines_number(lines));
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
    const size_t length = orr_number_length(text);
    double value = NAN;
    return length > 0 && text[length] == '\0' && orr_number_read(text, length, 0, &value) ? value : NAN;
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
