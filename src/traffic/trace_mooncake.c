/* Mooncake (JSON lines): {"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [..]}.
 *
 * A hash id stands for a block of 512 prompt tokens and, being chained, for all before it; the last block holds what remains. Equal stamps are usual (the conversation
 * trace is recorded in steps of 3 s). Source: github.com/kvcache-ai/Mooncake, Apache-2.0. */
#include <string.h>

#include "traffic/trace_json.h"

enum { BLOCK_TOKENS = 512 };

static bool mooncake_detect(const char *line)
{
    return line[0] == '{' && strstr(line, "\"input_length\"") && !strstr(line, "\"chat_id\"");
}

static bool mooncake_next(orr_trace *trace, orr_trace_record *record)
{
    json_object *object = orr_trace_json_line(trace);
    if (!object) return false;
    double stamp = 0;
    const bool read = orr_trace_json_number(trace, object, "timestamp", &stamp) && orr_trace_time(trace, stamp, 1e6, 1, trace->input.line_length, &record->time_ns) &&
                      orr_trace_json_tokens(trace, object, "input_length", &record->input_tokens) && orr_trace_json_tokens(trace, object, "output_length", &record->output_tokens) &&
                      orr_trace_json_blocks(trace, object, "hash_ids", BLOCK_TOKENS, record->input_tokens);
    json_object_put(object);
    return read;
}

const orr_trace_reader orr_trace_mooncake = {
    .format = ORR_TRACE_MOONCAKE, .title = "Mooncake", .has_times = true, .time_name = "timestamp", .next = mooncake_next, .detect = mooncake_detect};
