/* What a format of traces provides, and what it may use. Private to src/traffic; one file a format. */
#ifndef ORR_TRAFFIC_TRACE_FORMAT_H
#define ORR_TRAFFIC_TRACE_FORMAT_H

#include "base/vec.h"
#include "traffic/trace.h"
#include "traffic/trace_input.h"

enum { ORR_TRACE_MAX_COLUMNS = 8 };

/* One record as a format reads it. */
typedef struct orr_trace_record {
    int64_t time_ns;                /* on the trace's own clock */
    int64_t input_tokens, output_tokens;        /* >= 0 */
    uint64_t session;
    uint64_t sequence;              /* of trace_order.h */
} orr_trace_record;

typedef struct orr_trace_reader {
    orr_trace_format format;
    const char *title;
    bool has_times;
    const char *time_name;          /* of the column or key, for errors */
    /* Called once: reads the header, where there is one. False when reported. May be NULL. */
    bool (*begin)(orr_trace *trace);
    /* Reads a record; false at the end, or on an error (reported through orr_trace_error). Segments go into trace->segments (empty on entry). */
    bool (*next)(orr_trace *trace, orr_trace_record *record);
    bool unordered;                 /* records are only nearly in order of time: trace_order.h sorts them */
    bool whole_file;                /* one JSON value: `detect` is shown the first bytes of the file, not its first line */
    const char *skipped_what;       /* after "12 ": what was left out, for the warning; NULL: nothing is */
    /* Frees what `begin` opened; may be NULL. */
    void (*end)(orr_trace *trace);
    /* True when the first line of a file is of this format. NULL: seen by its first byte. */
    bool (*detect)(const char *line);
} orr_trace_reader;

struct orr_trace {
    const orr_trace_reader *reader;
    orr_trace_input input;
    orr_diags *diags;
    orr_arena *arena;               /* names, and state of the format */
    const char *name;
    bool line_kept;                 /* the next orr_trace_line hands out the same line again */
    bool failed, ended, quiet;
    ORR_VEC(orr_segment) segments;
    int columns[ORR_TRACE_MAX_COLUMNS];         /* CSV: where the format's columns are */
    size_t column_count;            /* CSV: of the header */
    void *state;                    /* of the format, in the arena */
    void *tokener;                  /* json_tokener */
    uint64_t record_count, read_count;          /* handed out; read (unordered formats) */
    bool has_times;                 /* the reader's, unless this file lacks them */
    struct orr_trace_order *order;  /* of unordered formats */
    const char *memory;             /* NULL: a file */
    size_t memory_bytes;
    int64_t first_ns, last_ns;
    size_t last_line;               /* of the last record */
    int64_t zero_inputs, zero_outputs;          /* records counted as 1 token */
    size_t first_zero_line;
    int64_t skipped;                /* records left out (skipped_what) */
    bool estimated;                 /* lengths are estimates */
};

extern const orr_trace_reader orr_trace_mooncake, orr_trace_azure, orr_trace_burstgpt, orr_trace_bailian, orr_trace_sharegpt, orr_trace_vidur, orr_trace_vllm, orr_trace_aiperf;

/* The same bytes from their start, by a cursor of its own. False when they can't be opened (reported). */
bool orr_trace_reopen(const orr_trace *trace, orr_trace_input *input);
/* The next line that is not blank, in trace->input; false at the end or on failure. */
bool orr_trace_line(orr_trace *trace);
/* Reports an error at a column (from 1; 0: no line is to blame) of the line in hand and ends the stream. Returns false. */
bool orr_trace_error(orr_trace *trace, size_t column, size_t length, const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Seconds (or, with another scale, ms) on the trace's clock as ns; false (reported at the column) when out of range. */
bool orr_trace_time(orr_trace *trace, double value, double scale_ns, size_t column, size_t length, int64_t *time_ns);

enum { ORR_TRACE_MAX_TOKENS = 1 << 30 };        /* of one request; simulators keep lengths in 32 bits */

#endif
