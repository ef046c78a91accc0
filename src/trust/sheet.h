/* A CSV table in memory: a header, then rows, cells by column name. .gz too; quoted cells as RFC 4180 has them, but each on one line; blank lines are passed over.
 *
 * Invariants: 1. every row has as many cells as the header (else an error at its line); 2. an empty cell is "" as text and NaN as a number, and a number is a decimal one (base/number.h); 3. what is asked for as a number and is none is
 * reported at its line, once a column. */
#ifndef ORR_TRUST_SHEET_H
#define ORR_TRUST_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

typedef struct orr_sheet {
    const char *path;
    size_t column_count, row_count;
    const char *const *columns;
    const char *const *cells;           /* row after row */
    const size_t *lines;                /* of each row, from 1 */
} orr_sheet;

/* Reads all of it into the arena; NULL on error (reported). */
orr_sheet *orr_sheet_read(orr_arena *arena, const char *path, orr_diags *diags);

enum { ORR_SHEET_ABSENT = -1 };
/* The number of a column, or ORR_SHEET_ABSENT. */
int orr_sheet_column(const orr_sheet *sheet, const char *name);
/* The cell's text; "" when it is empty or the column is absent. */
const char *orr_sheet_text(const orr_sheet *sheet, size_t row, int column);
/* The cell as a number; NaN when it is empty, absent or no number. */
double orr_sheet_number(const orr_sheet *sheet, size_t row, int column);
/* False, reported at the first such row, when the column is absent or one of its cells is not a number. */
bool orr_sheet_require_numbers(const orr_sheet *sheet, const char *name, orr_diags *diags);

#endif
