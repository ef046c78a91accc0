/* Records that are JSON objects: parsed by json-c, read with errors that point into the line. */
#ifndef ORR_TRAFFIC_TRACE_JSON_H
#define ORR_TRAFFIC_TRACE_JSON_H

#include <json-c/json.h>
#include "traffic/trace_format.h"

/* Parses `length` bytes as one object; NULL when reported. `column`: of bytes[0] in its line. Give it back with json_object_put. */
json_object *orr_trace_json_parse(orr_trace *trace, const char *bytes, size_t length, size_t column);
/* The next line as an object; NULL at the end or when reported. */
json_object *orr_trace_json_line(orr_trace *trace);

/* Values by key; false when absent or of another kind (reported). */
bool orr_trace_json_number(orr_trace *trace, json_object *object, const char *key, double *number);
bool orr_trace_json_tokens(orr_trace *trace, json_object *object, const char *key, int64_t *tokens);
bool orr_trace_json_whole(orr_trace *trace, json_object *object, const char *key, int64_t *whole);
/* The blocks of a prompt -> trace->segments: each of block_tokens, the last of what remains of input_tokens. Absent: nothing is shared. */
bool orr_trace_json_blocks(orr_trace *trace, json_object *object, const char *key, int64_t block_tokens, int64_t input_tokens);

#endif
