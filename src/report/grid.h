/* Text tables for a terminal: columns as wide as their widest cell, by the columns that characters take and not by their bytes. */
#ifndef ORR_REPORT_GRID_H
#define ORR_REPORT_GRID_H

#include <stddef.h>
#include "base/mem.h"
#include "base/text.h"

typedef struct orr_grid orr_grid;

/* One letter a column: 'l' left, 'r' right. Every line starts with `indent` blanks; two blanks part the columns. The last column is not padded when it is left-aligned. */
orr_grid *orr_grid_begin(orr_arena *arena, const char *alignment, int indent);
void orr_grid_row(orr_grid *grid, const char *const *cells);        /* one per column, NULL: empty; kept by pointer */
void orr_grid_rule(orr_grid *grid);                                 /* a line under what stands above, as wide as the table */
void orr_grid_write(const orr_grid *grid, orr_text *out);
/* The columns of a terminal that the text takes; bytes that are no UTF-8 count one each. */
size_t orr_display_width(const char *text);
/* Words of `text` in lines of at most `width` columns, the first after what stands, the others after `indent` blanks; ends with a newline. */
void orr_text_wrap(const char *text, int indent, int width, orr_text *out);

#define ORR_GRID_ROW(grid, ...) orr_grid_row((grid), (const char *const[]){__VA_ARGS__})

#endif
