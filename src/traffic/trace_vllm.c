/* `vllm bench serve --save-detailed` (one JSON object): lists "input_lens", "output_lens" and, of later versions, "start_times" (s), an entry a request.
 *
 * The lists stand one behind another, so each is read by a cursor of its own over the file: memory does not grow with it. Entries stand in order of the requests, whose starts are nearly in order (trace_format.h).
 * Without start_times the trace has no times. */
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "traffic/trace_format.h"

enum { INPUTS, OUTPUTS, STARTS, LISTS, LONGEST = 64 };
static const char *const keys[LISTS] = {"input_lens", "output_lens", "start_times"};

typedef struct vllm_state { orr_trace_input lists[LISTS]; bool open[LISTS]; } vllm_state;

/* A string whose first quote has been taken; what is longer than LONGEST is cut. False at the end of the file. */
static bool take_string(orr_trace_input *input, char text[LONGEST])
{
    size_t length = 0;
    for (int byte; (byte = orr_trace_input_byte(input)) >= 0;) {
        if (byte == '"') { text[length] = 0; return true; }
        if (byte == '\\') byte = orr_trace_input_byte(input);
        if (length + 1 < LONGEST) text[length++] = (char)byte;
    }
    return false;
}

static int next_visible(orr_trace_input *input)
{
    int byte;
    while ((byte = orr_trace_input_peek(input)) == ' ' || byte == '\n' || byte == '\r' || byte == '\t') orr_trace_input_byte(input);
    return byte;
}

/* To the first entry of the list of that name in the outermost object. */
static bool find_list(orr_trace_input *input, const char *key)
{
    char text[LONGEST];
    int depth = 0;
    for (int byte; (byte = orr_trace_input_byte(input)) >= 0;) {
        if (byte == '{' || byte == '[') depth++;
        else if (byte == '}' || byte == ']') depth--;
        else if (byte == '"') {
            if (!take_string(input, text)) return false;
            if (depth != 1 || next_visible(input) != ':' || strcmp(text, key) != 0) continue;
            orr_trace_input_byte(input);
            if (next_visible(input) != '[') return false;
            orr_trace_input_byte(input);
            return true;
        }
    }
    return false;
}

/* 1: a number, 0: the list's end, -1: neither. */
static int take_number(orr_trace_input *input, double *number)
{
    char text[LONGEST];
    size_t length = 0;
    if (next_visible(input) == ',') orr_trace_input_byte(input);
    if (next_visible(input) == ']') return 0;
    for (int byte; (byte = orr_trace_input_peek(input)) >= 0 && byte != ',' && byte != ']' && byte != ' ' && byte != '\n' && byte != '\r' && length + 1 < LONGEST;) text[length++] = (char)orr_trace_input_byte(input);
    text[length] = 0;
    return length > 0 && orr_number_length(text) == length && orr_number_read(text, length, 0, number) ? 1 : -1;
}

static bool vllm_detect(const char *head) { return head[0] == '{' && strstr(head, "\"date\"") && (strstr(head, "\"endpoint_type\"") || strstr(head, "\"backend\"")) && strstr(head, "\"model_id\""); }

static void vllm_end(orr_trace *trace)
{
    vllm_state *s = trace->state;
    for (int i = 0; s && i < LISTS; i++)
        if (s->open[i]) orr_trace_input_close(&s->lists[i]);
}

static bool vllm_begin(orr_trace *trace)
{
    vllm_state *s = ORR_NEW(trace->arena, vllm_state);
    trace->state = s;
    for (int i = 0; i < LISTS; i++) {
        s->open[i] = orr_trace_reopen(trace, &s->lists[i]);
        if (!s->open[i]) { trace->failed = true; return false; }
        if (find_list(&s->lists[i], keys[i])) continue;
        if (s->lists[i].failed) { trace->failed = true; return false; }
        if (i != STARTS) return orr_trace_error(trace, 0, 0, "`vllm bench serve --save-detailed` writes one; --save-result alone has no requests in it.", "the result has no list \"%s\"", keys[i]);
        trace->has_times = false;
        orr_trace_input_close(&s->lists[i]);
        s->open[i] = false;
    }
    return true;
}

static bool vllm_next(orr_trace *trace, orr_trace_record *record)
{
    vllm_state *s = trace->state;
    double values[LISTS] = {0};
    int got[LISTS];
    for (int i = 0; i < LISTS; i++) {
        got[i] = s->open[i] ? take_number(&s->lists[i], &values[i]) : 1;
        if (s->open[i] && s->lists[i].failed) { trace->failed = true; return false; }
        if (got[i] < 0) return orr_trace_error(trace, 0, 0, NULL, "entry %llu of \"%s\" is no number", (unsigned long long)trace->read_count, keys[i]);
    }
    const int all = got[INPUTS] + got[OUTPUTS] + (s->open[STARTS] ? got[STARTS] : got[INPUTS]);
    if (all == 0) return false;
    if (all < LISTS) return orr_trace_error(trace, 0, 0, NULL, "\"input_lens\", \"output_lens\" and \"start_times\" differ in length");
    for (int i = 0; i < 2; i++)
        if (!(values[i] >= 0 && values[i] <= ORR_TRACE_MAX_TOKENS) || values[i] != (double)(int64_t)values[i]) return orr_trace_error(trace, 0, 0, NULL, "entry %llu of \"%s\" is no whole number of tokens", (unsigned long long)trace->read_count, keys[i]);
    record->input_tokens = (int64_t)values[INPUTS];
    record->output_tokens = (int64_t)values[OUTPUTS];
    return orr_trace_time(trace, values[STARTS], 1e9, 0, 0, &record->time_ns);
}

const orr_trace_reader orr_trace_vllm = {.format = ORR_TRACE_VLLM, .title = "vLLM bench serve", .has_times = true, .time_name = "start_times", .unordered = true, .whole_file = true, .begin = vllm_begin, .next = vllm_next,
    .end = vllm_end, .detect = vllm_detect};
