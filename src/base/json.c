/* The JSON writer.
 *
 * Invariants: 1. has_items[d] says whether the container at depth d + 1 has an item, so a comma goes before the next; 2. a value after a key has neither comma nor
 * indent; 3. what is written is valid UTF-8 and holds no "</", so that it may stand in a page. */
#include "base/json.h"

#include <math.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/panic.h"
#include "base/utf8.h"

orr_json orr_json_begin(orr_text *out, bool pretty)
{
    orr_json json;
    memset(&json, 0, sizeof json);
    json.out = out;
    json.pretty = pretty;
    return json;
}

static void new_line(orr_json *json)
{
    if (!json->pretty) return;
    orr_text_append(json->out, "\n");
    for (int i = 0; i < json->depth; i++) orr_text_append(json->out, "  ");
}

/* What goes before a value or a key. */
static void separate(orr_json *json)
{
    if (json->after_key) { json->after_key = false; return; }
    if (json->depth == 0) return;
    uint8_t *has_items = &json->has_items[json->depth - 1];
    if (*has_items) orr_text_append(json->out, ",");
    *has_items = 1;
    new_line(json);
}

static void open_container(orr_json *json, const char *bracket)
{
    separate(json);
    ORR_INVARIANT(json->depth < (int)sizeof json->has_items);
    json->has_items[json->depth++] = 0;
    orr_text_append(json->out, bracket);
}

static void close_container(orr_json *json, const char *bracket)
{
    ORR_INVARIANT(json->depth > 0 && !json->after_key);
    json->depth--;
    if (json->has_items[json->depth]) new_line(json);
    orr_text_append(json->out, bracket);
}

void orr_json_object(orr_json *json) { open_container(json, "{"); }
void orr_json_object_end(orr_json *json) { close_container(json, "}"); }
void orr_json_array(orr_json *json) { open_container(json, "["); }
void orr_json_array_end(orr_json *json) { close_container(json, "]"); }

static const char *short_escape(uint32_t code)
{
    switch (code) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return NULL;
    }
}

/* What may not stand as it is: in JSON, in YAML (which reads JSON as its subset), or unseen in a terminal. */
static bool is_unsafe(uint32_t code)
{
    return code < 32 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

static void append_quoted(orr_text *out, const char *value)
{
    size_t length = strlen(value), plain_from = 0, i = 0;
    orr_text_append(out, "\"");
    while (i < length) {
        uint32_t code;
        size_t size = orr_utf8_decode(value + i, length - i, &code);
        const char *escape = size ? short_escape(code) : "\\ufffd";
        if (code == '/' && i > 0 && value[i - 1] == '<') escape = "\\/";
        if (escape || is_unsafe(code)) {
            orr_text_append_bytes(out, value + plain_from, i - plain_from);
            if (escape) orr_text_append(out, escape);
            else orr_text_printf(out, "\\u%04x", (unsigned)code);
            plain_from = i + (size ? size : 1);
        }
        i += size ? size : 1;
    }
    orr_text_append_bytes(out, value + plain_from, length - plain_from);
    orr_text_append(out, "\"");
}

void orr_json_key(orr_json *json, const char *key)
{
    separate(json);
    append_quoted(json->out, key);
    orr_text_append(json->out, json->pretty ? ": " : ":");
    json->after_key = true;
}

void orr_json_string(orr_json *json, const char *value)
{
    separate(json);
    if (value) append_quoted(json->out, value);
    else orr_text_append(json->out, "null");
}

const char *orr_double_shortest(double value, char *buffer)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, 32, "%.*g", digits, value);
        double back = strtod(buffer, NULL);
        if (memcmp(&back, &value, sizeof back) == 0) break;     /* NaN never compares equal otherwise; it leaves with 17 digits */
    }
    return buffer;
}

void orr_json_double(orr_json *json, double value)
{
    char buffer[32];
    separate(json);
    orr_text_append(json->out, isfinite(value) ? orr_double_shortest(value, buffer) : "null");
}

void orr_json_int(orr_json *json, int64_t value)
{
    separate(json);
    orr_text_printf(json->out, "%" PRId64, value);
}

void orr_json_bool(orr_json *json, bool value)
{
    separate(json);
    orr_text_append(json->out, value ? "true" : "false");
}

void orr_json_null(orr_json *json)
{
    separate(json);
    orr_text_append(json->out, "null");
}

void orr_json_put_string(orr_json *json, const char *key, const char *value) { orr_json_key(json, key); orr_json_string(json, value); }
void orr_json_put_double(orr_json *json, const char *key, double value) { orr_json_key(json, key); orr_json_double(json, value); }
void orr_json_put_int(orr_json *json, const char *key, int64_t value) { orr_json_key(json, key); orr_json_int(json, value); }
void orr_json_put_bool(orr_json *json, const char *key, bool value) { orr_json_key(json, key); orr_json_bool(json, value); }
