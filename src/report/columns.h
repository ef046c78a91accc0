/* Lists for people: cells side by side, without rules. */
#ifndef ORR_REPORT_COLUMNS_H
#define ORR_REPORT_COLUMNS_H

#include "base/mem.h"
#include "base/text.h"

/* A table of text columns: the widest cell of a column decides its width; the last column is not padded. */
typedef struct orr_columns orr_columns;
orr_columns *orr_columns_begin(orr_arena *arena, size_t column_count);
void orr_columns_row(orr_columns *columns, ...);        /* column_count const char *; NULL is an empty cell */
void orr_columns_write(const orr_columns *columns, orr_text *out);

#endif
