/* What verbs share: diagnostics to stderr, and the exit code that goes with them. */
#ifndef ORR_APP_COMMON_H
#define ORR_APP_COMMON_H

#include "app/options.h"
#include "base/diag.h"

/* Prints what was reported to stderr, in colour on a terminal. */
void orr_app_print_diags(const orr_diags *diags);
/* 2 for the user's faults, 3 for others; `otherwise` when there were none. */
static inline int orr_app_exit_code(const orr_diags *diags, int otherwise) { return orr_exit_code(diags, otherwise); }
/* "1 error", "2 errors". */
const char *orr_app_plural(size_t count);

/* A table of text columns: the widest cell of a column decides its width; the last column is not padded. */
typedef struct orr_columns orr_columns;
orr_columns *orr_columns_begin(orr_arena *arena, size_t column_count);
void orr_columns_row(orr_columns *columns, ...);        /* column_count const char *; NULL is an empty cell */
void orr_columns_write(const orr_columns *columns, orr_text *out);

#endif
