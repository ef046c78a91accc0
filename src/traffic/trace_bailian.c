/* Bailian (JSON lines): {"chat_id", "parent_chat_id" (-1: none), "timestamp": s, "type", "turn", "input_length", "output_length", "hash_ids"}.
 *
 * A hash id stands for a block of 16 prompt tokens, chained. The session is the first chat of the conversation, followed through parents in a table of the last
 * 16,384 chats by number, so that memory does not grow; a parent that has left the table starts the session anew.
 * Source: github.com/alibaba-edu/qwen-bailian-usagetraces-anon. */
#include <string.h>

#include "traffic/trace_chained.h"

enum { RECENT_CHATS = 1 << 14 };
static const orr_chained_format chained = {.unit_ns = 1e9, .block_tokens = 16, .has_chats = true};

typedef struct recent_chat { int64_t chat, root; } recent_chat;

static bool bailian_detect(const char *line)
{
    return line[0] == '{' && strstr(line, "\"chat_id\"") && strstr(line, "\"input_length\"");
}

static bool bailian_begin(orr_trace *trace)
{
    recent_chat *recent = ORR_NEW_ARRAY(trace->arena, recent_chat, RECENT_CHATS);
    for (int i = 0; i < RECENT_CHATS; i++) recent[i].chat = -1;
    trace->state = recent;
    return true;
}

static uint64_t session_of(recent_chat *recent, int64_t chat, int64_t parent)
{
    int64_t root = parent < 0 ? chat : parent;
    if (parent >= 0 && recent[parent % RECENT_CHATS].chat == parent) root = recent[parent % RECENT_CHATS].root;
    if (chat >= 0) recent[chat % RECENT_CHATS] = (recent_chat){chat, root};
    return (uint64_t)root + 1;      /* 0 is "none" */
}

static bool bailian_next(orr_trace *trace, orr_trace_record *record)
{
    int64_t chats[2] = {0};
    if (!orr_trace_chained_next(trace, &chained, record, chats)) return false;
    record->session = session_of(trace->state, chats[0], chats[1]);
    return true;
}

const orr_trace_reader orr_trace_bailian = {
    .format = ORR_TRACE_BAILIAN, .title = "Bailian", .has_times = true, .time_name = "timestamp", .begin = bailian_begin, .next = bailian_next, .detect = bailian_detect};
