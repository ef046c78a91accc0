#include "traffic/trace_plain.h"

#include <string.h>
#include "base/number.h"

enum { MOST_DIGITS = 18 };

static inline bool is_digit(char c) { return (unsigned char)(c - '0') <= 9; }
static void skip_spaces(const char **at) { while (**at == ' ') ++*at; }

static bool take(const char **at, char c)
{
    skip_spaces(at);
    if (**at != c) return false;
    ++*at;
    return true;
}

/* Past a whole number of up to MOST_DIGITS digits; NULL: there is none. */
static inline const char *past_whole(const char *at)
{
    const char *const first = at + (*at == '-'), *end = first;
    while (is_digit(*end)) end++;
    return end > first && end - first <= MOST_DIGITS && (*first != '0' || end == first + 1) ? end : NULL;
}

/* The whole number that stands there. */
static inline int64_t read_whole(const char **at)
{
    const bool negative = **at == '-';
    const char *digit = *at + negative;
    int64_t value = 0;
    for (; is_digit(*digit); digit++) value = value * 10 + (*digit - '0');
    *at = digit;
    return negative ? -value : value;
}

static bool take_whole(const char **at, int64_t *whole)
{
    if (past_whole(*at) == NULL) return false;
    *whole = read_whole(at);
    return true;
}

static bool take_text(const char **at, const char **text, size_t *length)
{
    if (!take(at, '"')) return false;
    *text = *at;
    while (**at != '"' && **at != '\\' && (unsigned char)**at >= ' ' && (unsigned char)**at < 0x7f) ++*at;
    *length = (size_t)(*at - *text);
    return **at == '"' && take(at, '"');
}

static bool take_number(const char **at, orr_plain_field *value)
{
    const char *first = *at;
    if (!take_whole(at, &value->whole)) return false;
    value->kind = ORR_PLAIN_WHOLE;
    value->number = (double)value->whole;
    if (**at != '.') return true;
    value->kind = ORR_PLAIN_NUMBER;
    const char *fraction = ++*at;
    while (is_digit(**at)) ++*at;
    return *at > fraction && orr_number_read(first, (size_t)(*at - first), 0, &value->number);
}

static bool take_list(const char **at, orr_plain_field *value)
{
    value->kind = ORR_PLAIN_LIST;
    skip_spaces(at);
    value->list = *at;
    if (take(at, ']')) return true;
    const char *next;
    do {
        skip_spaces(at);
        if ((next = past_whole(*at)) == NULL) return false;
        *at = next;
    } while (take(at, ','));
    return take(at, ']');
}

static bool take_value(const char **at, orr_plain_field *value)
{
    const char *text;
    size_t length;
    value->kind = ORR_PLAIN_TEXT;
    if (take(at, '[')) return take_list(at, value);
    return **at == '"' ? take_text(at, &text, &length) : take_number(at, value);
}

static orr_plain_field *field_of(orr_plain_field *fields, int count, const char *key, size_t length)
{
    for (int i = 0; i < count; i++)
        if (strncmp(fields[i].key, key, length) == 0 && fields[i].key[length] == 0) return &fields[i];
    return NULL;
}

static bool put(orr_plain_field *field, const orr_plain_field *value)
{
    if (field->seen || (field->kind != value->kind && !(field->kind == ORR_PLAIN_NUMBER && value->kind == ORR_PLAIN_WHOLE))) return false;
    *field = (orr_plain_field){field->key, field->kind, true, value->whole, value->number, value->list};
    return true;
}

bool orr_plain_record(const char *line, size_t length, orr_plain_field *fields, int count)
{
    const char *at = line, *key;
    size_t key_length;
    int found = 0;
    if (!take(&at, '{')) return false;
    do {
        orr_plain_field value = {0};
        if (!take_text(&at, &key, &key_length) || !take(&at, ':') || !take_value(&at, &value)) return false;
        orr_plain_field *field = field_of(fields, count, key, key_length);
        if (field && !put(field, &value)) return false;
        found += field != NULL;
    } while (take(&at, ','));
    if (!take(&at, '}')) return false;
    skip_spaces(&at);
    return found == count && at == line + length;
}

bool orr_plain_list_next(const char **list, int64_t *whole)
{
    while (**list == ' ' || **list == ',') ++*list;
    if (**list == ']') return false;
    *whole = read_whole(list);
    return true;
}
