#include "traffic/trace_json.h"

#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 16 };        /* records nest 4 deep at most */

/* The column of bytes[at]; where the record runs over lines, the line too. */
static size_t locate(orr_trace *trace, const char *bytes, size_t at, size_t column)
{
    for (size_t i = 0; i < at; i++) {
        if (bytes[i] != '\n') {
            column++;
            continue;
        }
        trace->input.line_number++;
        column = 1;
    }
    return column;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

json_object *orr_trace_json_parse(orr_trace *trace, const char *bytes, size_t length, size_t column)
{
    if (!trace->tokener) {
        trace->tokener = json_tokener_new_ex(MAX_DEPTH);
        json_tokener_set_flags(trace->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    }
    size_t first = 0;
    while (first < length && is_space(bytes[first])) first++;
    if (first == length || bytes[first] != '{') {
        orr_trace_error(trace, column + first, 1, NULL, "a record was expected: a JSON object (\"{\")");
        return NULL;
    }
    json_tokener *tokener = trace->tokener;
    json_tokener_reset(tokener);
    json_object *object = json_tokener_parse_ex(tokener, bytes, (int)length);
    const enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t at = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue) {
        json_object_put(object);
        orr_trace_error(trace, locate(trace, bytes, length, column), 1, "A record is one JSON object on one line.", "the line ends inside a JSON value");
        return NULL;
    }
    if (error != json_tokener_success) {
        json_object_put(object);
        orr_trace_error(trace, locate(trace, bytes, at, column), 1, NULL, "not JSON: %s", json_tokener_error_desc(error));
        return NULL;
    }
    while (at < length && is_space(bytes[at])) at++;
    if (at < length) {
        json_object_put(object);
        orr_trace_error(trace, locate(trace, bytes, at, column), 1, NULL, "a second value on the line, where a record is one JSON object");
        return NULL;
    }
    return object;
}

json_object *orr_trace_json_line(orr_trace *trace)
{
    if (!orr_trace_line(trace)) return NULL;
    return orr_trace_json_parse(trace, trace->input.line, trace->input.line_length, 1);
}

/* Where the key stands in the line: its column, and the length of what to underline. 0: not found as written. */
static size_t column_of(const orr_trace *trace, const char *key, size_t *length)
{
    const char *line = trace->input.line;
    const size_t key_length = strlen(key);
    for (const char *at = line; (at = strstr(at, key)); at++) {
        if (at == line || at[-1] != '"' || at[key_length] != '"') continue;
        *length = key_length + 2;
        return (size_t)(at - line);     /* of the quote, from 1 */
    }
    *length = trace->input.line_length;
    return 1;
}

static bool complain(orr_trace *trace, const char *key, const char *expected, json_object *value)
{
    size_t length = 0;
    const size_t column = column_of(trace, key, &length);
    if (!value) return orr_trace_error(trace, 1, trace->input.line_length, NULL, "the record has no \"%s\": %s was expected", key, expected);
    const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    return orr_trace_error(trace, column, length, NULL, "%s: %s was expected, not %.60s", key, expected, text);
}

static bool number_of(json_object *value, double *number)
{
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double)) return false;
    *number = json_object_get_double(value);
    return isfinite(*number);
}

bool orr_trace_json_number(orr_trace *trace, json_object *object, const char *key, double *number)
{
    json_object *value = json_object_object_get(object, key);
    return number_of(value, number) || complain(trace, key, "a number", value);
}

bool orr_trace_json_whole(orr_trace *trace, json_object *object, const char *key, int64_t *whole)
{
    json_object *value = json_object_object_get(object, key);
    if (!json_object_is_type(value, json_type_int)) return complain(trace, key, "a whole number", value);
    *whole = json_object_get_int64(value);
    return true;
}

bool orr_trace_json_tokens(orr_trace *trace, json_object *object, const char *key, int64_t *tokens)
{
    json_object *value = json_object_object_get(object, key);
    double number = 0;
    if (!number_of(value, &number) || !(number >= 0 && number <= ORR_TRACE_MAX_TOKENS) || number != (double)(int64_t)number)
        return complain(trace, key, "a whole number of tokens from 0 to 1073741824", value);
    *tokens = (int64_t)number;
    return true;
}

bool orr_trace_json_blocks(orr_trace *trace, json_object *object, const char *key, int64_t block_tokens, int64_t input_tokens)
{
    json_object *list = json_object_object_get(object, key);
    if (!list) return true;                                 /* nothing is shared */
    if (!json_object_is_type(list, json_type_array)) return complain(trace, key, "a list of block numbers", list);
    const size_t count = json_object_array_length(list);
    int64_t left = input_tokens;
    for (size_t i = 0; i < count && left > 0; i++) {        /* a list may go on past the prompt: the rest names the output's blocks */
        json_object *item = json_object_array_get_idx(list, i);
        if (!json_object_is_type(item, json_type_int)) return complain(trace, key, "a list of block numbers", list);
        const int64_t tokens = left < block_tokens ? left : block_tokens;
        const int64_t number = json_object_get_int64(item);
        orr_vec_push(&trace->segments, (orr_segment){number < 0 ? (uint64_t)number : json_object_get_uint64(item), tokens});
        left -= tokens;
    }
    return true;
}
