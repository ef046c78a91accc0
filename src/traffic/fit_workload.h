/* A workload profile derived from a trace: the figures of data/workloads/NAME.yaml. Only what is derived goes in, never the trace's rows. */
#ifndef ORR_TRAFFIC_FIT_WORKLOAD_H
#define ORR_TRAFFIC_FIT_WORKLOAD_H

#include "base/text.h"
#include "traffic/fit_measure.h"
#include "traffic/trace.h"

/* What stands in the file beside the figures; NULL: left out (name, title and source_title are needed). */
typedef struct orr_workload_citation { const char *name, *title, *source_title, *source_url, *source_license, *source_date, *source_read; } orr_workload_citation;

typedef struct orr_workload_fit {
    orr_workload workload;                  /* name and title are NULL */
    orr_trace_format format;
    orr_stream_figures trace;               /* measured */
    orr_stream_figures profile;             /* the same of the profile, sampled ORR_FIT_SAMPLE_REQUESTS times (hits and distances: as many times as the trace has requests) */
} orr_workload_fit;

enum { ORR_FIT_SAMPLE_REQUESTS = 400000 };      /* p99 of the heaviest tails to within half a percent */

/* Reads the trace three times. False when reported: unreadable, broken, or fewer than 2 requests. */
bool orr_workload_fit_trace(const char *path, orr_trace_format format, orr_workload_fit *fit, orr_diags *diags);
/* As a catalogue file, schema orrery/workload/v1. */
void orr_workload_fit_write(const orr_workload_fit *fit, const orr_workload_citation *citation, orr_text *out);

#endif
