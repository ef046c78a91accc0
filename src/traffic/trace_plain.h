/* JSON objects as recordings write them, read without a tree: {"key": 12, "other": 0.5, "name": "text", "list": [1, 2, 3]}, strings without escapes, whole numbers of up to 18 digits, no exponents. */
#ifndef ORR_TRAFFIC_TRACE_PLAIN_H
#define ORR_TRAFFIC_TRACE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A NUMBER may be WHOLE; `list` is at the first of its whole numbers, or at the bracket that closes an empty one. */
typedef enum { ORR_PLAIN_WHOLE, ORR_PLAIN_NUMBER, ORR_PLAIN_TEXT, ORR_PLAIN_LIST } orr_plain_kind;
typedef struct orr_plain_field { const char *key; orr_plain_kind kind; bool seen; int64_t whole; double number; const char *list; } orr_plain_field;

/* True: `line` is such an object, and has each of the fields once. False says nothing of it: a parser is to be asked. */
bool orr_plain_record(const char *line, size_t length, orr_plain_field *fields, int count);
/* The next number of a list found so; false at its end. */
bool orr_plain_list_next(const char **list, int64_t *whole);

#endif
