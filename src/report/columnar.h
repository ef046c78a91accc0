/* A table by columns: what the writers of CSV write, kept as arrays. A column's type is that of the calls that fill it (csv.h), so it doesn't depend on the values. */
#ifndef ORR_REPORT_COLUMNAR_H
#define ORR_REPORT_COLUMNAR_H

#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"

typedef enum { ORR_COLUMN_INT64 = 1, ORR_COLUMN_FLOAT64 = 2, ORR_COLUMN_TEXT = 3 } orr_column_type;
typedef union orr_cell { int64_t whole; double number; const char *text; } orr_cell;
typedef struct orr_column { const char *name; orr_column_type type; orr_cell *cells; size_t count, capacity; } orr_column;

typedef struct orr_columnar {
    const char *name;
    orr_arena *arena;               /* of texts */
    orr_column *columns; size_t column_count, at /* the next cell's column */, rows /* the head is the first */;
} orr_columnar;

void orr_columnar_begin(orr_columnar *table, const char *name, orr_arena *arena);
void orr_columnar_free(orr_columnar *table);
/* The next cell of the row; in the head, the column's name. */
void orr_columnar_put(orr_columnar *table, orr_column_type type, orr_cell cell);
void orr_columnar_row_end(orr_columnar *table);

#endif
