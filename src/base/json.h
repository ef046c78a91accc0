/* JSON out: a writer that keeps commas and escapes right and prints doubles as the shortest text that reads back. NaN and infinities are written as null. */
#ifndef ORR_BASE_JSON_H
#define ORR_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

typedef struct orr_json { orr_text *out; int depth; bool pretty; uint8_t has_items[64]; bool after_key; } orr_json;

orr_json orr_json_begin(orr_text *out, bool pretty);      /* pretty: two-space indent */
void orr_json_object(orr_json *json);
void orr_json_object_end(orr_json *json);
void orr_json_array(orr_json *json);
void orr_json_array_end(orr_json *json);
void orr_json_key(orr_json *json, const char *key);
void orr_json_string(orr_json *json, const char *value);      /* NULL: null */
void orr_json_double(orr_json *json, double value);
void orr_json_int(orr_json *json, int64_t value);
void orr_json_bool(orr_json *json, bool value);
void orr_json_null(orr_json *json);
/* key and value in one */
void orr_json_put_string(orr_json *json, const char *key, const char *value);
void orr_json_put_double(orr_json *json, const char *key, double value);
void orr_json_put_int(orr_json *json, const char *key, int64_t value);
void orr_json_put_bool(orr_json *json, const char *key, bool value);

/* The shortest decimal that reads back to the same double ("0.1", "1e+20"); `buffer` holds 32 bytes. */
const char *orr_double_shortest(double value, char *buffer);

#endif
