/* aiperf profile_export.jsonl (JSON lines): {"metadata": {"request_start_ns", "benchmark_phase", "conversation_id", ..}, "metrics": {"input_sequence_length": {"value": n}, "output_sequence_length": {"value": n}, ..}}.
 *
 * Records stand in order of their end; they are put in order of their start as far as a window of them reaches (trace_format.h). Requests of the warm-up, those that were cancelled and those that failed are left out. */
#include <string.h>

#include "base/map.h"
#include "traffic/trace_json.h"

static bool aiperf_detect(const char *line) { return line[0] == '{' && strstr(line, "\"metadata\"") && (strstr(line, "\"metrics\"") || strstr(line, "\"error\"")); }

static json_object *member(json_object *object, const char *key) { return json_object_is_type(object, json_type_object) ? json_object_object_get(object, key) : NULL; }

static bool is_wanted(json_object *object)
{
    json_object *metadata = member(object, "metadata"), *phase = member(metadata, "benchmark_phase"), *cancelled = member(metadata, "was_cancelled");
    if (phase && strcmp(json_object_get_string(phase), "profiling") != 0) return false;
    return !member(object, "error") && !(cancelled && json_object_get_boolean(cancelled));
}

static bool read_record(orr_trace *trace, json_object *object, orr_trace_record *record)
{
    json_object *metadata = member(object, "metadata"), *metrics = member(object, "metrics"), *conversation = member(metadata, "conversation_id");
    if (!json_object_is_type(metadata, json_type_object) || !json_object_is_type(metrics, json_type_object)) return orr_trace_error(trace, 1, trace->input.line_length, NULL, "the record has no \"metadata\" and \"metrics\"");
    if (!orr_trace_json_whole(trace, metadata, "request_start_ns", &record->time_ns)) return false;
    if (record->time_ns < 0 || record->time_ns > INT64_C(1) << 62) return orr_trace_error(trace, 1, trace->input.line_length, NULL, "request_start_ns: no time of a trace");
    static const char *const names[] = {"input_sequence_length", "output_sequence_length"};
    for (int i = 0; i < 2; i++) {
        json_object *metric = member(metrics, names[i]);
        if (!json_object_is_type(metric, json_type_object)) return orr_trace_error(trace, 1, trace->input.line_length, NULL, "the record has no \"%s\"", names[i]);
        if (!orr_trace_json_tokens(trace, metric, "value", i ? &record->output_tokens : &record->input_tokens)) return false;
    }
    if (json_object_is_type(conversation, json_type_string)) record->session = orr_hash_bytes(json_object_get_string(conversation), (size_t)json_object_get_string_len(conversation), 0) | 1;
    return true;
}

static bool aiperf_next(orr_trace *trace, orr_trace_record *record)
{
    for (;;) {
        json_object *object = orr_trace_json_line(trace);
        if (!object) return false;
        const bool wanted = is_wanted(object), read = wanted && read_record(trace, object, record);
        json_object_put(object);
        if (wanted) return read;
        trace->skipped++;
    }
}

const orr_trace_reader orr_trace_aiperf = {
    .format = ORR_TRACE_AIPERF, .title = "aiperf", .has_times = true, .time_name = "request_start_ns", .unordered = true, .skipped_what = "records are of the warm-up, were cancelled or failed, and are left out",
    .next = aiperf_next, .detect = aiperf_detect};
