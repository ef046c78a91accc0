/* Decimal numbers as they stand in text: [+-] digits [. digits] [e [+-] digits], with a digit on one side of the point. No hexadecimal, infinity or NaN. */
#ifndef ORR_BASE_NUMBER_H
#define ORR_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the number that `text` begins with; 0: none. "1EB" holds "1": an 'e' without digits is not an exponent. */
size_t orr_number_length(const char *text);
/* The double nearest to (the number in text[0..length)) x 10^exponent; false when it overflows. */
bool orr_number_read(const char *text, size_t length, int exponent, double *value);

#endif
