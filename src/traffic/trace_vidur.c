/* Vidur (CSV): arrived_at (s), num_prefill_tokens, num_decode_tokens; other columns may stand between. */
#include "traffic/trace_csv.h"

static const char *const columns[] = {"arrived_at", "num_prefill_tokens", "num_decode_tokens"};

static bool vidur_detect(const char *line) { return orr_csv_has_columns(line, columns + 1, 2); }
static bool vidur_begin(orr_trace *trace) { return orr_csv_begin(trace, columns, 3); }

static bool vidur_next(orr_trace *trace, orr_trace_record *record)
{
    orr_csv_field values[3];
    double stamp = 0;
    return orr_csv_next(trace, values, 3) && orr_csv_number(trace, &values[0], columns[0], &stamp) &&
           orr_trace_time(trace, stamp, 1e9, values[0].column, values[0].length, &record->time_ns) && orr_csv_tokens(trace, &values[1], columns[1], &record->input_tokens) &&
           orr_csv_tokens(trace, &values[2], columns[2], &record->output_tokens);
}

const orr_trace_reader orr_trace_vidur = {
    .format = ORR_TRACE_VIDUR, .title = "Vidur", .has_times = true, .time_name = "arrived_at", .begin = vidur_begin, .next = vidur_next, .detect = vidur_detect};
