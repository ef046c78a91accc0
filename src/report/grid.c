#include "report/grid.h"

#include <stdbool.h>
#include <string.h>
#include "base/utf8.h"

typedef struct row { const char **cells; } row;        /* cells NULL: a rule */

struct orr_grid {
    orr_arena *arena;
    const char *alignment;
    size_t column_count, *widths;
    int indent;
    row *rows;
    size_t row_count, row_capacity;
};

size_t orr_display_width(const char *text)
{
    size_t width = 0, room = strlen(text);
    while (room > 0) {
        uint32_t code = 0;
        size_t length = orr_utf8_decode(text, room, &code);
        if (length == 0) { length = 1; width++; }
        else width += (size_t)orr_utf8_columns(code);
        text += length;
        room -= length;
    }
    return width;
}

orr_grid *orr_grid_begin(orr_arena *arena, const char *alignment, int indent)
{
    orr_grid *grid = ORR_NEW(arena, orr_grid);
    *grid = (orr_grid){.arena = arena, .alignment = alignment, .column_count = strlen(alignment), .indent = indent};
    grid->widths = ORR_NEW_ARRAY(arena, size_t, grid->column_count + 1);
    return grid;
}

static void push(orr_grid *grid, row one)
{
    if (grid->row_count == grid->row_capacity) {
        const size_t capacity = grid->row_capacity ? grid->row_capacity * 2 : 16;
        row *rows = ORR_NEW_ARRAY(grid->arena, row, capacity);
        if (grid->row_count) memcpy(rows, grid->rows, grid->row_count * sizeof *rows);
        grid->rows = rows;
        grid->row_capacity = capacity;
    }
    grid->rows[grid->row_count++] = one;
}

void orr_grid_row(orr_grid *grid, const char *const *cells)
{
    const char **kept = ORR_NEW_ARRAY(grid->arena, const char *, grid->column_count + 1);
    for (size_t i = 0; i < grid->column_count; i++) {
        kept[i] = cells[i] ? cells[i] : "";
        const size_t width = orr_display_width(kept[i]);
        if (width > grid->widths[i]) grid->widths[i] = width;
    }
    push(grid, (row){kept});
}

void orr_grid_rule(orr_grid *grid) { push(grid, (row){NULL}); }

static void pad(orr_text *out, size_t count) { while (count-- > 0) orr_text_append(out, " "); }

static void write_row(const orr_grid *grid, const row *one, orr_text *out)
{
    size_t owed = (size_t)grid->indent;        /* blanks not yet written: none end a line */
    for (size_t i = 0; i < grid->column_count; i++) {
        const size_t free_columns = grid->widths[i] - orr_display_width(one->cells[i]);
        if (i > 0) owed += 2;
        if (grid->alignment[i] == 'r') owed += free_columns;
        if (*one->cells[i]) {
            pad(out, owed);
            owed = 0;
            orr_text_append(out, one->cells[i]);
        }
        if (grid->alignment[i] != 'r') owed += free_columns;
    }
    orr_text_append(out, "\n");
}

void orr_grid_write(const orr_grid *grid, orr_text *out)
{
    size_t width = 0;
    for (size_t i = 0; i < grid->column_count; i++) width += grid->widths[i] + (i > 0 ? 2 : 0);
    for (size_t i = 0; i < grid->row_count; i++) {
        if (grid->rows[i].cells) { write_row(grid, &grid->rows[i], out); continue; }
        pad(out, (size_t)grid->indent);
        for (size_t k = 0; k < width; k++) orr_text_append(out, "\xE2\x94\x80");       /* U+2500 */
        orr_text_append(out, "\n");
    }
}

void orr_text_wrap(const char *text, int indent, int width, orr_text *out)
{
    size_t column = (size_t)indent;
    bool first = true;
    while (*text) {
        text += strspn(text, " \n");
        const size_t length = strcspn(text, " \n");
        if (length == 0) break;
        char word[256];
        const size_t kept = length < sizeof word - 1 ? length : sizeof word - 1;
        memcpy(word, text, kept);
        word[kept] = 0;
        const size_t columns = orr_display_width(word);
        if (!first && column + 1 + columns > (size_t)width) {
            orr_text_append(out, "\n");
            pad(out, (size_t)indent);
            column = (size_t)indent;
        } else if (!first) {
            orr_text_append(out, " ");
            column++;
        }
        orr_text_append_bytes(out, text, length);
        column += columns;
        first = false;
        text += length;
    }
    orr_text_append(out, "\n");
}
