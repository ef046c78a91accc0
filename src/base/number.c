/* Numbers in text. A power of ten joins the exponent before the one rounding, so "3.35 TB" is the double nearest to 3.35e12. Where there are at most 15 digits and the power of ten is at most 10^22,
 * both are doubles, and one product or quotient of them rounds once (Clinger, How to read floating point numbers accurately, 1990); the rest is left to strtod. */
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

/* False: not two doubles. */
static bool read_exactly(const char *text, size_t mantissa, long exponent, double *value)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { MOST_POWER = sizeof powers / sizeof *powers - 1, MOST_DIGITS = 15 };
    const size_t sign = !is_digit(text[0]) && text[0] != '.';
    if (mantissa > MOST_DIGITS + 2) return false;
    long long number = 0, digits_read = 0;
    for (size_t i = sign, after_point = 0; i < mantissa; i++) {
        if (text[i] == '.') { after_point = 1; continue; }
        number = number * 10 + (text[i] - '0');
        digits_read++;
        exponent -= (long)after_point;
    }
    if (digits_read > MOST_DIGITS || exponent < -MOST_POWER || exponent > MOST_POWER) return false;
    const double whole = sign && text[0] == '-' ? -(double)number : (double)number;
    *value = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
    return true;
}

bool orr_number_read(const char *text, size_t length, int exponent, double *value)
{
    size_t mantissa = mantissa_length(text);
    long total = exponent + (mantissa + 1 < length ? read_exponent(text + mantissa + 1, length - mantissa - 1) : 0);
    if (read_exactly(text, mantissa, total, value)) return true;
    char small[128], *copy = length + 32 <= sizeof small ? small : orr_mem_resize(NULL, length + 32);
    memcpy(copy, text, mantissa);
    snprintf(copy + mantissa, 32, "e%ld", total);
    *value = strtod(copy, NULL);
    if (copy != small) orr_mem_free(copy);
    return isfinite(*value);
}
