/* Errors of predictions against measurements, grouped by keys, as a table.
 *
 * An error is predicted / measured - 1. A group's line: count, median and mean of the absolute error, the signed median, the 90th percentile of the absolute error. */
#ifndef ORR_TRUST_ERROR_TABLE_H
#define ORR_TRUST_ERROR_TABLE_H

#include <stddef.h>
#include "base/text.h"
#include "base/mem.h"

enum { ORR_ERROR_KEYS = 4 };        /* at most so many keys a line */

typedef struct orr_error_line {
    const char *keys[ORR_ERROR_KEYS];
    size_t count;
    double median_abs, mean_abs, median_signed, p90_abs;
    double within_10, within_25;        /* shares whose absolute error is at most 10 %, 25 % */
} orr_error_line;

typedef struct orr_error_table orr_error_table;

/* Keys' names are the columns' heads; at most ORR_ERROR_KEYS. */
orr_error_table *orr_error_table_create(const char *const *key_names, size_t key_count);
void orr_error_table_destroy(orr_error_table *table);
/* Adds one comparison; predictions that are not finite and measurements that are not above 0 are left out. Keys outlive the table. */
void orr_error_table_add(orr_error_table *table, const char *const *keys, double predicted, double measured);
/* Lines in the order of their keys. */
size_t orr_error_table_lines(orr_error_table *table, orr_arena *arena, orr_error_line **lines);
/* For people: errors in percent. */
void orr_error_table_print(orr_error_table *table, orr_text *out);
/* The same as CSV, errors in percent with two decimals. */
void orr_error_table_csv(orr_error_table *table, orr_text *out);

#endif
