/* Excerpts: a line laid out in terminal columns, then a window of it.
 *
 * Invariant: excerpt and caret line count columns alike, whatever the line holds (tabs, wide or combining characters, bytes that are no UTF-8). */
#include "base/excerpt.h"

#include <string.h>
#include "base/limits.h"
#include "base/utf8.h"

enum { TAB_COLUMNS = 4 };

typedef struct cell { const char *bytes; size_t length_bytes; uint32_t code; int columns; } cell;      /* a character and how wide it is shown */

/* The character at `bytes` when shown from `column` on. */
static cell cell_at(const char *bytes, size_t room_bytes, int column)
{
    cell one = {bytes, 0, 0, 1};
    one.length_bytes = orr_utf8_decode(bytes, room_bytes, &one.code);
    if (one.length_bytes == 0) { one.length_bytes = 1; one.code = 0; }
    else if (one.code == '\t') one.columns = TAB_COLUMNS - column % TAB_COLUMNS;
    else if (one.code < 32 || (one.code >= 0x7F && one.code < 0xA0)) one.code = 0;
    else one.columns = orr_utf8_columns(one.code);
    return one;
}

static const char *find_line(const orr_source *source, uint32_t line, size_t *length)
{
    const char *at = source->bytes, *end = source->bytes + source->length_bytes;
    for (uint32_t i = 1; i < line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at) return NULL;
        at++;
    }
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    *length = (size_t)((line_end ? line_end : end) - at);
    if (*length && at[*length - 1] == '\r') --*length;
    return at;
}

/* Columns of the first `byte_count` bytes of the line. */
static int columns_before(const char *line, size_t length, size_t byte_count)
{
    int column = 0;
    for (size_t i = 0; i < length && i < byte_count;) {
        cell one = cell_at(line + i, length - i, column);
        column += one.columns;
        i += one.length_bytes;
    }
    return column;
}

/* Appends the columns [from, to) of the line; characters that lie across an edge are shown as spaces. */
static void append_window(orr_text *out, const char *line, size_t length, int from, int to)
{
    int column = 0;
    for (size_t i = 0; i < length && column < to;) {
        cell one = cell_at(line + i, length - i, column);
        bool whole = column >= from && column + one.columns <= to;
        if (whole && one.code != '\t') orr_text_append_bytes(out, one.code ? one.bytes : "?", one.code ? one.length_bytes : 1);
        else for (int c = column; c < column + one.columns; c++) if (c >= from && c < to) orr_text_append(out, " ");
        column += one.columns;
        i += one.length_bytes;
    }
}

static void append_repeated(orr_text *out, const char *piece, int count)
{
    for (int i = 0; i < count; i++) orr_text_append(out, piece);
}

void orr_excerpt(orr_arena *arena, orr_place place, const char **excerpt, const char **caret)
{
    size_t length = 0;
    const char *line = place.source && place.source->bytes && place.line ? find_line(place.source, place.line, &length) : NULL;
    *excerpt = *caret = NULL;
    if (!line || place.column == 0) return;

    size_t start_byte = place.column - 1;
    int total = columns_before(line, length, length), start = columns_before(line, length, start_byte);
    int end = columns_before(line, length, start_byte + place.length_bytes);
    if (start_byte > length) start = total;
    int from = 0, to = total;
    if (total > ORR_EXCERPT_COLUMNS) {
        from = start - ORR_EXCERPT_COLUMNS / 2;
        if (from > total - ORR_EXCERPT_COLUMNS) from = total - ORR_EXCERPT_COLUMNS;
        if (from < 0) from = 0;
        to = from + ORR_EXCERPT_COLUMNS;
    }
    if (end > to) end = to;

    orr_text shown = {0}, marks = {0};
    const char *left = from > 0 ? "..." : "";
    orr_text_append(&shown, left);
    append_window(&shown, line, length, from, to);
    if (to < total) orr_text_append(&shown, "...");
    append_repeated(&marks, " ", start - from + (int)strlen(left));
    orr_text_append(&marks, "^");
    append_repeated(&marks, "~", end - start - 1);
    *excerpt = orr_arena_strndup(arena, shown.bytes, shown.length_bytes);
    *caret = orr_arena_strndup(arena, marks.bytes, marks.length_bytes);
    orr_text_free(&shown);
    orr_text_free(&marks);
}
