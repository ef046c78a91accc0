#include "report/columns.h"

#include <stdarg.h>

typedef struct row { const char **cells; struct row *next; } row;
struct orr_columns { orr_arena *arena; size_t column_count, *widths; row *first, *last; };

orr_columns *orr_columns_begin(orr_arena *arena, size_t column_count)
{
    orr_columns *columns = ORR_NEW(arena, orr_columns);
    columns->arena = arena;
    columns->column_count = column_count;
    columns->widths = ORR_NEW_ARRAY(arena, size_t, column_count);
    return columns;
}

/* Columns on the screen: continuation bytes of UTF-8 take none. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void orr_columns_row(orr_columns *columns, ...)
{
    va_list arguments;
    row *added = ORR_NEW(columns->arena, row);
    added->cells = ORR_NEW_ARRAY(columns->arena, const char *, columns->column_count);
    va_start(arguments, columns);
    for (size_t i = 0; i < columns->column_count; i++) {
        const char *cell = va_arg(arguments, const char *);
        added->cells[i] = orr_arena_strdup(columns->arena, cell ? cell : "");
        if (width_of(added->cells[i]) > columns->widths[i]) columns->widths[i] = width_of(added->cells[i]);
    }
    va_end(arguments);
    if (columns->last) columns->last->next = added;
    else columns->first = added;
    columns->last = added;
}

void orr_columns_write(const orr_columns *columns, orr_text *out)
{
    for (const row *r = columns->first; r; r = r->next) {
        size_t end = columns->column_count;
        while (end > 0 && !*r->cells[end - 1]) end--;       /* no spaces at a line's end */
        for (size_t i = 0; i < end; i++) {
            orr_text_append(out, r->cells[i]);
            for (size_t k = width_of(r->cells[i]); i + 1 < end && k < columns->widths[i] + 2; k++) orr_text_append(out, " ");
        }
        orr_text_append(out, "\n");
    }
}
