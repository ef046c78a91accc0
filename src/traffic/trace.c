#include "traffic/trace.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>
#include "base/math.h"
#include "base/text.h"
#include "traffic/trace_format.h"
#include "traffic/trace_order.h"

static const orr_trace_reader *const readers[] = {&orr_trace_mooncake, &orr_trace_azure, &orr_trace_burstgpt, &orr_trace_bailian, &orr_trace_sharegpt, &orr_trace_vidur, &orr_trace_vllm, &orr_trace_aiperf};
enum { READER_COUNT = sizeof readers / sizeof *readers };

static const char *const formats_hint = "Formats that are known: Mooncake, Azure, BurstGPT, Bailian, ShareGPT, Vidur, vllm (bench serve --save-detailed), aiperf (profile_export.jsonl). If it is one of them, name it: {source: .., format: mooncake}.";

static const orr_trace_reader *reader_of(orr_trace_format format)
{
    for (int i = 0; i < READER_COUNT; i++)
        if (readers[i]->format == format) return readers[i];
    return NULL;
}

const char *orr_trace_format_title(orr_trace_format format)
{
    const orr_trace_reader *reader = reader_of(format);
    return reader ? reader->title : "unknown";
}

/* --- errors --- */

enum { MAX_SHOWN_LINE = 1 << 24 };      /* of an excerpt; later lines are only named */

/* A source in which the line in hand stands under its number, for the excerpt: empty lines, then the line. */
static void append_as_source(const orr_trace *trace, orr_text *text)
{
    if (!trace->input.line_length || trace->input.line_number > MAX_SHOWN_LINE) return;
    static const char empty[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    size_t lines = trace->input.line_number - 1;
    for (; lines >= 16; lines -= 16) orr_text_append_bytes(text, empty, 16);
    orr_text_append_bytes(text, empty, lines);
    orr_text_append_bytes(text, trace->input.line, trace->input.line_length);
}

bool orr_trace_error(orr_trace *trace, size_t column, size_t length, const char *hint, const char *format, ...)
{
    orr_text message = {0}, lines = {0};
    va_list arguments;
    va_start(arguments, format);
    orr_text_vprintf(&message, format, arguments);
    va_end(arguments);
    append_as_source(trace, &lines);
    const orr_source source = {trace->name, lines.bytes, lines.length_bytes};      /* NULL bytes: nothing is shown */
    const orr_place place = {&source, column ? (uint32_t)trace->input.line_number : 0, (uint32_t)column, (uint32_t)length};
    orr_diag *diag = orr_diag_error(trace->diags, place, "%s", message.bytes);
    if (hint) orr_diag_hint(diag, "%s", hint);
    orr_text_free(&message);
    orr_text_free(&lines);
    trace->failed = true;
    return false;
}

static void warn_at_end(orr_trace *trace)
{
    if (trace->ended) return;
    trace->ended = true;
    if (trace->quiet || trace->failed) return;
    const orr_source source = {trace->name, NULL, 0};
    const orr_place whole = {&source, 0, 0, 0};
    const int64_t zeros = trace->zero_inputs + trace->zero_outputs;
    if (zeros > 0)
        orr_diag_warning(trace->diags, whole, "%lld of %llu requests have 0 input or output tokens (the first in line %zu): counted as 1", (long long)zeros, (unsigned long long)trace->record_count, trace->first_zero_line);
    if (trace->skipped > 0) orr_diag_warning(trace->diags, whole, "%lld %s", (long long)trace->skipped, trace->reader->skipped_what);
    if (trace->estimated)
        orr_diag_warning(trace->diags, whole, "lengths are estimated from the text, not tokenized: 4 ASCII characters to a token, any other character a token");
}

bool orr_trace_time(orr_trace *trace, double value, double scale_ns, size_t column, size_t length, int64_t *time_ns)
{
    const double wanted = value * scale_ns;
    if (!(wanted > -0x1p62 && wanted < 0x1p62)) return orr_trace_error(trace, column, length, NULL, "%s: %g is no time of a trace (146 years is the most)", trace->reader->time_name, value);
    *time_ns = orr_round_i64(wanted);
    return true;
}

/* --- lines --- */

static bool is_blank_line(const orr_trace_input *input)
{
    for (size_t i = 0; i < input->line_length; i++)
        if (input->line[i] != ' ' && input->line[i] != '\t') return false;
    return true;
}

bool orr_trace_line(orr_trace *trace)
{
    if (trace->line_kept) {
        trace->line_kept = false;
        return true;
    }
    do {
        if (!orr_trace_input_line(&trace->input)) return false;
    } while (is_blank_line(&trace->input));
    return true;
}

/* --- opening --- */

static bool fail_detection(orr_trace *trace)
{
    if (trace->input.failed) return false;
    const size_t length = trace->input.line_length;
    if (!length) return orr_trace_error(trace, 0, 0, formats_hint, "the trace is empty");
    return orr_trace_error(trace, 1, length, formats_hint, "the first line is of no format that is known");
}

bool orr_trace_reopen(const orr_trace *trace, orr_trace_input *input)
{
    if (!trace->memory) return orr_trace_input_open(input, trace->name, trace->diags);
    orr_trace_input_open_memory(input, trace->name, trace->memory, trace->memory_bytes, trace->diags);
    return true;
}

/* A file of one JSON object is known by its first keys; it may be one long line. */
static bool detect_whole_file(orr_trace *trace)
{
    char head[2048];
    size_t length = 0;
    orr_trace_input look;
    if (!orr_trace_reopen(trace, &look)) return false;
    for (int byte; length + 1 < sizeof head && (byte = orr_trace_input_byte(&look)) >= 0;) head[length++] = byte ? (char)byte : ' ';
    head[length] = 0;
    orr_trace_input_close(&look);
    for (int i = 0; i < READER_COUNT && !trace->reader; i++)
        if (readers[i]->whole_file && readers[i]->detect && readers[i]->detect(head)) trace->reader = readers[i];
    return trace->reader != NULL;
}

static bool detect(orr_trace *trace)
{
    const int first = orr_trace_input_peek(&trace->input);
    if (first == '{' && detect_whole_file(trace)) return true;
    if (first == '[') {
        trace->reader = &orr_trace_sharegpt;
        return true;
    }
    if (!orr_trace_line(trace)) return fail_detection(trace);
    trace->line_kept = true;
    for (int i = 0; i < READER_COUNT && !trace->reader; i++)
        if (readers[i]->detect && !readers[i]->whole_file && readers[i]->detect(trace->input.line)) trace->reader = readers[i];
    return trace->reader || fail_detection(trace);
}

static orr_trace *begin(orr_trace *trace, orr_trace_format format)
{
    trace->reader = format == ORR_TRACE_AUTO ? NULL : reader_of(format);
    bool good = trace->reader || detect(trace);
    if (good) trace->has_times = trace->reader->has_times;
    good = good && (!trace->reader->begin || trace->reader->begin(trace)) && !trace->input.failed;
    if (good) return trace;
    orr_trace_close(trace);
    return NULL;
}

static orr_trace *create(const char *name, bool quiet, orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    orr_trace *trace = ORR_NEW(arena, orr_trace);
    trace->arena = arena;
    trace->name = orr_arena_strdup(arena, name);
    trace->quiet = quiet;
    trace->diags = diags;
    return trace;
}

orr_trace *orr_trace_open(const char *path, orr_trace_format format, bool quiet, orr_diags *diags)
{
    orr_trace *trace = create(path, quiet, diags);
    if (!orr_trace_input_open(&trace->input, trace->name, diags)) {
        trace->failed = true;
        orr_trace_close(trace);
        return NULL;
    }
    return begin(trace, format);
}

orr_trace *orr_trace_open_memory(const char *name, const char *bytes, size_t length_bytes, orr_trace_format format, orr_diags *diags)
{
    orr_trace *trace = create(name, false, diags);
    trace->memory = bytes;
    trace->memory_bytes = length_bytes;
    orr_trace_input_open_memory(&trace->input, trace->name, bytes, length_bytes, diags);
    return begin(trace, format);
}

void orr_trace_close(orr_trace *trace)
{
    if (!trace) return;
    if (trace->record_count) warn_at_end(trace);
    if (trace->reader && trace->reader->end) trace->reader->end(trace);
    if (trace->order) orr_vec_free(&trace->order->heap);
    orr_trace_input_close(&trace->input);
    orr_vec_free(&trace->segments);
    if (trace->tokener) json_tokener_free(trace->tokener);
    orr_arena_destroy(trace->arena);
}

/* --- records --- */

/* Times never go back. */
static bool check_time(orr_trace *trace, int64_t time_ns)
{
    if (trace->record_count == 0) trace->first_ns = time_ns;
    else if (time_ns < trace->last_ns)
        return orr_trace_error(trace, 1, trace->input.line_length, "Sort the trace by arrival.", "%s goes back in time: %.9g s before the request of line %zu", trace->reader->time_name,
                               (double)(trace->last_ns - time_ns) / 1e9, trace->last_line);
    trace->last_ns = time_ns;
    return true;
}

static int64_t at_least_one(orr_trace *trace, int64_t tokens, int64_t *zeros)
{
    if (tokens > 0) return tokens;
    if (trace->zero_inputs + trace->zero_outputs == 0) trace->first_zero_line = trace->input.line_number;
    ++*zeros;
    return 1;
}

static bool next_record(orr_trace *trace, orr_trace_record *record)
{
    if (!trace->reader->unordered) return trace->reader->next(trace, record);
    if (!trace->order) trace->order = ORR_NEW(trace->arena, orr_trace_order);
    return orr_trace_order_next(trace->order, trace, record);
}

bool orr_trace_next(orr_trace *trace, orr_arrival *arrival)
{
    if (trace->failed || trace->ended) return false;
    orr_trace_record record = {0};
    trace->segments.count = 0;
    const bool got = next_record(trace, &record);
    trace->failed |= trace->input.failed;
    if (!got || !check_time(trace, record.time_ns)) {
        if (!trace->failed) warn_at_end(trace);
        return false;
    }
    const bool both = record.input_tokens == 0 && record.output_tokens == 0;
    arrival->input_tokens = at_least_one(trace, record.input_tokens, &trace->zero_inputs);
    arrival->output_tokens = at_least_one(trace, record.output_tokens, &trace->zero_outputs);
    trace->zero_outputs -= both;        /* counted once */
    arrival->arrival_ns = record.time_ns - trace->first_ns;
    arrival->session = record.session;
    arrival->segments = trace->segments.items;
    arrival->segment_count = (int)trace->segments.count;
    trace->record_count++;
    trace->last_line = trace->input.line_number;
    return true;
}

bool orr_trace_failed(const orr_trace *trace) { return trace->failed; }
bool orr_trace_has_times(const orr_trace *trace) { return trace->has_times; }
orr_trace_format orr_trace_format_of(const orr_trace *trace) { return trace->reader->format; }
