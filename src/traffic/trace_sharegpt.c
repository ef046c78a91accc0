/* ShareGPT (JSON): [{"id": .., "conversations": [{"from": "human" | "gpt", "value": ".."}, ..]}, ..].
 *
 * As in `vllm bench serve`, a conversation gives one request: its first turn is the prompt and its second the output; those with fewer turns are skipped and counted. The file has
 * no times and is read object by object, whatever its lines. There is no tokenizer here, so lengths are estimated from the text: 4 ASCII characters to a token, any
 * other character a token of its own (English of common tokenizers: 4 to 4.5 characters; Chinese: about 1). A warning says so. */
#include <string.h>

#include "traffic/trace_json.h"

static bool is_space(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static int64_t estimate_tokens(const char *text, size_t length)
{
    int64_t ascii = 0, others = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x80) ascii++;
        else if ((c & 0xC0) != 0x80) others++;      /* the first byte of a character */
    }
    return (ascii + 3) / 4 + others;
}

static int next_visible(orr_trace *trace)
{
    while (is_space(orr_trace_input_peek(&trace->input))) orr_trace_input_byte(&trace->input);
    return orr_trace_input_peek(&trace->input);
}

/* Errors point at a byte, not into a line: lines of such a file may be as long as the file. */
static bool fail_at_byte(orr_trace *trace, const char *expected, int byte)
{
    trace->input.line_length = 0;
    if (trace->input.failed) return false;
    if (byte < 0) return orr_trace_error(trace, trace->input.column, 0, NULL, "%s was expected, and the trace ends", expected);
    return orr_trace_error(trace, trace->input.column, 0, NULL, "%s was expected, not \"%c\"", expected, byte >= 0x20 && byte < 0x7F ? byte : '?');
}

static bool sharegpt_begin(orr_trace *trace)
{
    const int byte = next_visible(trace);
    if (byte != '[') return fail_at_byte(trace, "a JSON list (\"[\")", byte);
    orr_trace_input_byte(&trace->input);
    return true;
}

typedef struct object_text { ORR_VEC(char) bytes; } object_text;

/* Copies the object that starts at the next byte. */
static bool take_object(orr_trace *trace, object_text *text)
{
    int depth = 0;
    bool quoted = false, escaped = false;
    text->bytes.count = 0;
    do {
        const int byte = orr_trace_input_byte(&trace->input);
        if (byte < 0) return fail_at_byte(trace, "the end of the conversation (\"}\")", byte);
        if (text->bytes.count == ORR_TRACE_LINE_BYTES) return orr_trace_error(trace, trace->input.column, 0, NULL, "a conversation is longer than %d MiB", ORR_TRACE_LINE_BYTES >> 20);
        orr_vec_push(&text->bytes, (char)byte);
        if (escaped) escaped = false;
        else if (quoted) {
            escaped = byte == '\\';
            quoted = byte != '"';
        } else if (byte == '"') quoted = true;
        else if (byte == '{' || byte == '[') depth++;
        else if (byte == '}' || byte == ']') depth--;
    } while (depth > 0);
    return true;
}

static bool turn_tokens(json_object *turns, size_t index, int64_t *tokens)
{
    json_object *value = json_object_object_get(json_object_array_get_idx(turns, index), "value");
    if (!json_object_is_type(value, json_type_string)) return false;
    *tokens = estimate_tokens(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    return true;
}

/* 1: a request, 0: nothing to take, -1: broken. */
static int read_conversation(orr_trace *trace, json_object *object, size_t column, orr_trace_record *record)
{
    json_object *turns = json_object_object_get(object, "conversations");
    if (!json_object_is_type(turns, json_type_array)) {
        orr_trace_error(trace, column, 0, NULL, "the conversation has no list \"conversations\"");
        return -1;
    }
    if (json_object_array_length(turns) < 2) return 0;
    for (size_t i = 0; i < 2; i++) {
        json_object *turn = json_object_array_get_idx(turns, i);
        if (!json_object_is_type(turn, json_type_object) || !turn_tokens(turns, i, i ? &record->output_tokens : &record->input_tokens)) {
            orr_trace_error(trace, column, 0, NULL, "turn %zu of the conversation has no text \"value\"", i + 1);
            return -1;
        }
    }
    return 1;
}

static int next_conversation(orr_trace *trace, object_text *text, orr_trace_record *record)
{
    int byte = next_visible(trace);
    if (byte == ',') {
        orr_trace_input_byte(&trace->input);
        byte = next_visible(trace);
    }
    if (byte == ']') return -1;
    if (byte != '{') {
        fail_at_byte(trace, "a conversation (\"{\") or the end of the list (\"]\")", byte);
        return -1;
    }
    const size_t line = trace->input.line_number, column = trace->input.column;
    if (!take_object(trace, text)) return -1;
    trace->input.line_length = 0;
    const size_t line_after = trace->input.line_number;
    trace->input.line_number = line;
    json_object *object = orr_trace_json_parse(trace, text->bytes.items, text->bytes.count, column);
    const int result = object ? read_conversation(trace, object, column, record) : -1;
    json_object_put(object);
    trace->input.line_number = line_after;
    return result;
}

static bool sharegpt_next(orr_trace *trace, orr_trace_record *record)
{
    object_text text = {0};
    int result = 0;
    trace->estimated = true;
    while ((result = next_conversation(trace, &text, record)) == 0) trace->skipped++;
    orr_vec_free(&text.bytes);
    return result > 0;
}

const orr_trace_reader orr_trace_sharegpt = {
    .format = ORR_TRACE_SHAREGPT, .title = "ShareGPT", .has_times = false, .time_name = "", .skipped_what = "conversations have fewer than two turns and are skipped", .begin = sharegpt_begin, .next = sharegpt_next, .detect = NULL};
