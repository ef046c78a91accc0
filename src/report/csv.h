/* CSV out (RFC 4180): commas, CRLF, a cell in quotes when it holds a comma, a quote or a line end. Doubles as the shortest text that reads back; NaN is an empty cell. */
#ifndef ORR_REPORT_CSV_H
#define ORR_REPORT_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "report/columnar.h"

/* Into `out`, or into `table` where one is given: the first row names its columns. */
typedef struct orr_csv { orr_text *out; orr_columnar *table; bool in_row; } orr_csv;

void orr_csv_string(orr_csv *csv, const char *value);       /* NULL: an empty cell */
void orr_csv_double(orr_csv *csv, double value);
void orr_csv_int(orr_csv *csv, int64_t value);
void orr_csv_no_int(orr_csv *csv);          /* an empty cell among whole numbers; -1 in a table */
void orr_csv_row_end(orr_csv *csv);

#endif
