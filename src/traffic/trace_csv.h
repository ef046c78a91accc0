/* Lines of comma-separated values: fields with their columns, quotes undone. */
#ifndef ORR_TRAFFIC_TRACE_CSV_H
#define ORR_TRAFFIC_TRACE_CSV_H

#include "traffic/trace_format.h"

enum { ORR_CSV_MAX_FIELDS = 64 };

typedef struct orr_csv_field { const char *text; size_t length, column; } orr_csv_field;       /* blanks and quotes around it left out; column from 1 */

/* Returns the number of fields; those beyond the limit are counted but not kept. */
size_t orr_csv_split(const char *line, size_t length, orr_csv_field *fields);
bool orr_csv_has_columns(const char *line, const char *const *names, size_t count);        /* whatever else there is */

/* Takes the next line as the header and finds the named columns (case ignored) -> trace->columns. False when one is missing (reported). */
bool orr_csv_begin(orr_trace *trace, const char *const *names, size_t count);
/* The next line's values of those columns; false at the end, or when there are too few (reported). */
bool orr_csv_next(orr_trace *trace, orr_csv_field *values, size_t count);

/* Values; false when reported. `name` is the column's. */
bool orr_csv_tokens(orr_trace *trace, const orr_csv_field *field, const char *name, int64_t *tokens);
bool orr_csv_number(orr_trace *trace, const orr_csv_field *field, const char *name, double *number);

#endif
