/* A recorded trace, read as a stream: one record a request, checked, with its time from the first record.
 *
 * Invariants: 1. times never go back (a record that does is an error that names its line); 2. lengths are >= 1: a record of 0 tokens is counted as 1, and one
 * warning at the end says how many there were; 3. memory does not grow with the file; 4. a broken record ends the stream (reported). */
#ifndef ORR_TRAFFIC_TRACE_H
#define ORR_TRAFFIC_TRACE_H

#include "traffic/source.h"

typedef struct orr_trace orr_trace;

/* NULL when it can't be opened or is of no known format (reported). `quiet`: no warnings (a read ahead). */
orr_trace *orr_trace_open(const char *path, orr_trace_format format, bool quiet, orr_diags *diags);
/* The same of bytes in memory, which must outlive it; `name` stands in diagnostics. */
orr_trace *orr_trace_open_memory(const char *name, const char *bytes, size_t length_bytes, orr_trace_format format, orr_diags *diags);
/* The next request; arrival_ns counts from the first. False at the end or when broken. */
bool orr_trace_next(orr_trace *trace, orr_arrival *arrival);
bool orr_trace_failed(const orr_trace *trace);
bool orr_trace_has_times(const orr_trace *trace);       /* ShareGPT has none */
orr_trace_format orr_trace_format_of(const orr_trace *trace);
const char *orr_trace_format_title(orr_trace_format format);        /* "Mooncake", "Azure LLM inference", ... */
void orr_trace_close(orr_trace *trace);                 /* NULL is allowed */

#endif
