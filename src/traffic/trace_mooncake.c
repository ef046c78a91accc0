/* Mooncake (JSON lines): {"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [..]}.
 *
 * A hash id stands for a block of 512 prompt tokens and, being chained, for all before it; the last block holds what remains. Equal stamps are usual (the conversation
 * trace is recorded in steps of 3 s). Source: github.com/kvcache-ai/Mooncake, Apache-2.0. */
#include <string.h>

#include "traffic/trace_chained.h"

static const orr_chained_format chained = {.unit_ns = 1e6, .block_tokens = 512};

static bool mooncake_detect(const char *line)
{
    return line[0] == '{' && strstr(line, "\"input_length\"") && !strstr(line, "\"chat_id\"");
}

static bool mooncake_next(orr_trace *trace, orr_trace_record *record)
{
    int64_t no_chats[2];
    return orr_trace_chained_next(trace, &chained, record, no_chats);
}

const orr_trace_reader orr_trace_mooncake = {
    .format = ORR_TRACE_MOONCAKE, .title = "Mooncake", .has_times = true, .time_name = "timestamp", .next = mooncake_next, .detect = mooncake_detect};
