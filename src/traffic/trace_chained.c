/* A line is read without a tree where it is as plain as its recorder writes it, and else by json-c, whose way tells what is wrong with it. Both give the same record. */
#include "traffic/trace_chained.h"

#include "traffic/trace_json.h"
#include "traffic/trace_plain.h"

enum { STAMP, INPUT, OUTPUT, BLOCKS, CHAT, PARENT, FIELDS };

static bool read_time(orr_trace *trace, const orr_chained_format *format, double stamp, orr_trace_record *record)
{
    return orr_trace_time(trace, stamp, format->unit_ns, 1, trace->input.line_length, &record->time_ns);
}

static bool read_tree(orr_trace *trace, const orr_chained_format *format, orr_trace_record *record, int64_t chats[2])
{
    json_object *object = orr_trace_json_parse(trace, trace->input.line, trace->input.line_length, 1);
    if (!object) return false;
    double stamp = 0;
    const bool chat = !format->has_chats || (orr_trace_json_whole(trace, object, "chat_id", &chats[0]) && orr_trace_json_whole(trace, object, "parent_chat_id", &chats[1]));
    const bool read = chat && orr_trace_json_number(trace, object, "timestamp", &stamp) && read_time(trace, format, stamp, record) &&
                      orr_trace_json_tokens(trace, object, "input_length", &record->input_tokens) && orr_trace_json_tokens(trace, object, "output_length", &record->output_tokens) &&
                      orr_trace_json_blocks(trace, object, "hash_ids", format->block_tokens, record->input_tokens);
    json_object_put(object);
    return read;
}

static bool are_tokens(int64_t count) { return count >= 0 && count <= ORR_TRACE_MAX_TOKENS; }

/* As orr_trace_json_blocks. */
static void add_blocks(orr_trace *trace, const char *list, int64_t block_tokens, int64_t left)
{
    for (int64_t number; left > 0 && orr_plain_list_next(&list, &number); left -= block_tokens) orr_vec_push(&trace->segments, (orr_segment){(uint64_t)number, left < block_tokens ? left : block_tokens});
}

bool orr_trace_chained_next(orr_trace *trace, const orr_chained_format *format, orr_trace_record *record, int64_t chats[2])
{
    if (!orr_trace_line(trace)) return false;
    orr_plain_field fields[FIELDS] = {[STAMP] = {.key = "timestamp", .kind = ORR_PLAIN_NUMBER}, [INPUT] = {.key = "input_length", .kind = ORR_PLAIN_WHOLE}, [OUTPUT] = {.key = "output_length", .kind = ORR_PLAIN_WHOLE}, [BLOCKS] = {.key = "hash_ids", .kind = ORR_PLAIN_LIST},
        [CHAT] = {.key = "chat_id", .kind = ORR_PLAIN_WHOLE}, [PARENT] = {.key = "parent_chat_id", .kind = ORR_PLAIN_WHOLE}};
    if (!orr_plain_record(trace->input.line, trace->input.line_length, fields, format->has_chats ? FIELDS : CHAT)) return read_tree(trace, format, record, chats);
    if (!are_tokens(fields[INPUT].whole) || !are_tokens(fields[OUTPUT].whole)) return read_tree(trace, format, record, chats);
    record->input_tokens = fields[INPUT].whole;
    record->output_tokens = fields[OUTPUT].whole;
    chats[0] = fields[CHAT].whole;
    chats[1] = fields[PARENT].whole;
    add_blocks(trace, fields[BLOCKS].list, format->block_tokens, record->input_tokens);
    return read_time(trace, format, fields[STAMP].number, record);
}
