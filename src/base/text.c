/* Text buffers and comparisons.
 *
 * Invariant: a buffer that was written to ends in a NUL that its length does not count. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"

static void reserve(orr_text *text, size_t more_bytes)
{
    size_t wanted = text->length_bytes + more_bytes + 1;
    if (wanted <= text->capacity_bytes) return;
    size_t capacity = text->capacity_bytes ? text->capacity_bytes * 2 : 64;
    if (capacity < wanted) capacity = wanted;
    text->bytes = orr_mem_resize(text->bytes, capacity);
    text->capacity_bytes = capacity;
}

void orr_text_append_bytes(orr_text *text, const char *bytes, size_t length_bytes)
{
    reserve(text, length_bytes);
    if (length_bytes) memcpy(text->bytes + text->length_bytes, bytes, length_bytes);
    text->length_bytes += length_bytes;
    text->bytes[text->length_bytes] = 0;
}

void orr_text_append(orr_text *text, const char *piece) { orr_text_append_bytes(text, piece, strlen(piece)); }

void orr_text_vprintf(orr_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    reserve(text, 64);
    size_t room = text->capacity_bytes - text->length_bytes;
    int length = vsnprintf(text->bytes + text->length_bytes, room, format, arguments);
    if (length >= 0 && (size_t)length >= room) {
        reserve(text, (size_t)length);
        vsnprintf(text->bytes + text->length_bytes, (size_t)length + 1, format, again);
    }
    if (length > 0) text->length_bytes += (size_t)length;
    text->bytes[text->length_bytes] = 0;
    va_end(again);
}

void orr_text_printf(orr_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    orr_text_vprintf(text, format, arguments);
    va_end(arguments);
}

void orr_text_clear(orr_text *text)
{
    text->length_bytes = 0;
    if (text->bytes) text->bytes[0] = 0;
}

void orr_text_free(orr_text *text)
{
    orr_mem_free(text->bytes);
    *text = (orr_text){0};
}

/* --- comparisons --- */

/* Upper case and the three separators are folded; bytes beyond ASCII are as they are. */
static int folded(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A' + 'a';
    return c == '_' || c == ' ' ? '-' : (unsigned char)c;
}

bool orr_text_equal_ignoring_case(const char *a, const char *b)
{
    if (!a || !b) return a == b;
    while (*a && folded(*a) == folded(*b)) a++, b++;
    return *a == 0 && *b == 0;
}

bool orr_text_starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

bool orr_text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

/* --- the nearest word --- */

enum { LONGEST_WORD = 96 };     /* longer ones are no typing mistakes */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edit distance with transpositions (optimal string alignment) over folded characters. Both words are at most LONGEST_WORD long. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) above[j] = before[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = folded(a[i - 1]) != folded(b[j - 1]);
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + change);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1])) row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

/* A word may be wrong in a third of its letters; one or two letters say too little. */
static size_t allowed_distance(size_t length) { return length < 3 ? 0 : length / 3; }

static bool starts_with_folded(const char *text, const char *prefix)
{
    while (*prefix && folded(*text) == folded(*prefix)) text++, prefix++;
    return *prefix == 0;
}

/* The one candidate that begins with the word: "max_num" for "max_num_seqs". NULL when there are several. */
static const char *only_completion(const char *word, const char *const *candidates, size_t candidate_count)
{
    const char *found = NULL;
    for (size_t i = 0; i < candidate_count; i++) {
        if (!candidates[i] || !starts_with_folded(candidates[i], word)) continue;
        if (found) return NULL;
        found = candidates[i];
    }
    return found;
}

const char *orr_text_nearest(const char *word, const char *const *candidates, size_t candidate_count)
{
    size_t length = strlen(word), best_distance = SIZE_MAX;
    const char *best = NULL;
    if (length > LONGEST_WORD) return NULL;
    for (size_t i = 0; i < candidate_count; i++) {
        size_t candidate_length = candidates[i] ? strlen(candidates[i]) : SIZE_MAX;
        if (candidate_length > LONGEST_WORD) continue;
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance < best_distance && distance <= allowed_distance(length)) best = candidates[i], best_distance = distance;
    }
    return best || length < 3 ? best : only_completion(word, candidates, candidate_count);
}
