/* Numbers in text. A power of ten joins the exponent before the one rounding of strtod, so "3.35 TB" is the double nearest to 3.35e12. */
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits(const char *text)
{
    size_t n = 0;
    while (is_digit(text[n])) n++;
    return n;
}

/* The length of sign, digits and point. */
static size_t mantissa_length(const char *text)
{
    size_t at = text[0] == '+' || text[0] == '-', whole = digits(text + at), fraction = 0;
    at += whole;
    if (text[at] == '.') {
        fraction = digits(text + at + 1);
        if (whole + fraction) at += 1 + fraction;
    }
    return whole + fraction ? at : 0;
}

size_t orr_number_length(const char *text)
{
    size_t at = mantissa_length(text);
    if (at == 0 || (text[at] != 'e' && text[at] != 'E')) return at;
    size_t sign = text[at + 1] == '+' || text[at + 1] == '-', exponent = digits(text + at + 1 + sign);
    return exponent ? at + 1 + sign + exponent : at;
}

/* The exponent that stands at text[0..length), held within what matters for a double. */
static long read_exponent(const char *text, size_t length)
{
    long value = 0;
    bool negative = length && text[0] == '-';
    for (size_t i = length && !is_digit(text[0]); i < length; i++)
        if (value < 100000000) value = value * 10 + (text[i] - '0');
    return negative ? -value : value;
}

bool orr_number_read(const char *text, size_t length, int exponent, double *value)
{
    char small[128], *copy = length + 32 <= sizeof small ? small : orr_mem_resize(NULL, length + 32);
    size_t mantissa = mantissa_length(text);
    long total = exponent + (mantissa + 1 < length ? read_exponent(text + mantissa + 1, length - mantissa - 1) : 0);
    memcpy(copy, text, mantissa);
    snprintf(copy + mantissa, 32, "e%ld", total);
    *value = strtod(copy, NULL);
    if (copy != small) orr_mem_free(copy);
    return isfinite(*value);
}
