/* BurstGPT (CSV): Timestamp (s), Session ID, Elapsed time, Model, Request tokens, Response tokens, Total tokens, Log Type; the first version lacks two of them.
 *
 * Columns are found by name. Requests that failed have no response tokens; they count as 1 like any other (trace.h). Source: github.com/HPMLL/BurstGPT, CC-BY 4.0. */
#include <string.h>

#include "base/map.h"
#include "traffic/trace_csv.h"

static const char *const columns[] = {"Timestamp", "Request tokens", "Response tokens"};
static const char *const session_column = "Session ID";

static bool burstgpt_detect(const char *line) { return orr_csv_has_columns(line, columns, 3); }

static bool burstgpt_begin(orr_trace *trace)
{
    if (!orr_csv_begin(trace, columns, 3)) return false;
    orr_csv_field fields[ORR_CSV_MAX_FIELDS];
    const size_t count = orr_csv_split(trace->input.line, trace->input.line_length, fields);
    trace->columns[3] = -1;
    for (size_t i = 0; i < count && i < ORR_CSV_MAX_FIELDS; i++)
        if (fields[i].length == strlen(session_column) && memcmp(fields[i].text, session_column, fields[i].length) == 0) trace->columns[3] = (int)i;
    return true;
}

static bool burstgpt_next(orr_trace *trace, orr_trace_record *record)
{
    orr_csv_field values[4];
    double stamp = 0;
    const bool sessions = trace->columns[3] >= 0;
    if (!orr_csv_next(trace, values, sessions ? 4 : 3)) return false;
    if (!orr_csv_number(trace, &values[0], columns[0], &stamp) || !orr_trace_time(trace, stamp, 1e9, values[0].column, values[0].length, &record->time_ns)) return false;
    if (!orr_csv_tokens(trace, &values[1], columns[1], &record->input_tokens) || !orr_csv_tokens(trace, &values[2], columns[2], &record->output_tokens)) return false;
    if (sessions && values[3].length) record->session = orr_hash_bytes(values[3].text, values[3].length, 0) | 1;
    return true;
}

const orr_trace_reader orr_trace_burstgpt = {
    .format = ORR_TRACE_BURSTGPT, .title = "BurstGPT", .has_times = true, .time_name = "Timestamp", .begin = burstgpt_begin, .next = burstgpt_next, .detect = burstgpt_detect};
