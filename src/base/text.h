/* Text: a growable buffer for output, and the few string operations that C lacks. */
#ifndef ORR_BASE_TEXT_H
#define ORR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>
#include <string.h>

typedef struct orr_text { char *bytes; size_t length_bytes, capacity_bytes; } orr_text;   /* zeroed = empty; always NUL-terminated once written */

void orr_text_append(orr_text *text, const char *piece);
void orr_text_append_bytes(orr_text *text, const char *bytes, size_t length_bytes);
void orr_text_printf(orr_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void orr_text_vprintf(orr_text *text, const char *format, va_list arguments);
void orr_text_clear(orr_text *text);
void orr_text_free(orr_text *text);

/* Both NULL: equal. Most that differ do so in the first character. */
static inline bool orr_text_equal(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && *a == *b && strcmp(a, b) == 0); }
bool orr_text_equal_ignoring_case(const char *a, const char *b);    /* '-', '_' and ' ' are one character */
bool orr_text_starts_with(const char *text, const char *prefix);
bool orr_text_ends_with(const char *text, const char *suffix);

/* The candidate nearest to `word` by edit distance (transpositions count one), or NULL when none is near enough to be meant. */
const char *orr_text_nearest(const char *word, const char *const *candidates, size_t candidate_count);

#endif
