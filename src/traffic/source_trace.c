/* A trace as a source of requests; its mean rate is known only by reading it once ahead. */
#include "base/units.h"
#include "traffic/source_kind.h"
#include "traffic/trace.h"

static bool trace_next(void *context, uint64_t index, orr_arrival *arrival)
{
    (void)index;
    return orr_trace_next(context, arrival);
}

static bool trace_failed(const void *context) { return orr_trace_failed(context); }
static void trace_close(void *context) { orr_trace_close(context); }

static const orr_source_kind trace_kind = {.next = trace_next, .failed = trace_failed, .close = trace_close};

/* Requests a second from the first record to the last; 0 when there is no such thing; -1 when broken (reported). */
static double read_rate(const orr_traffic *traffic, orr_diags *diags)
{
    orr_trace *trace = orr_trace_open(traffic->source, traffic->trace_format, true, diags);
    if (!trace) return -1;
    orr_arrival arrival = {0};
    int64_t count = 0;
    while (orr_trace_next(trace, &arrival)) count++;
    const bool failed = orr_trace_failed(trace);
    orr_trace_close(trace);
    if (failed) return -1;
    return count > 1 && arrival.arrival_ns > 0 ? (double)(count - 1) * ORR_NS_PER_S / (double)arrival.arrival_ns : 0;
}

orr_source_part orr_source_trace_open(orr_arena *arena, const orr_traffic *traffic, bool rate_wanted, orr_diags *diags)
{
    (void)arena;
    orr_source_part part = {&trace_kind, NULL, 0, 0};
    const double rate_per_s = rate_wanted ? read_rate(traffic, diags) : 0;
    if (rate_per_s < 0) return part;
    orr_trace *trace = orr_trace_open(traffic->source, traffic->trace_format, false, diags);
    if (!trace) return part;
    if (traffic->load == ORR_LOAD_TRACE_TIMES && !orr_trace_has_times(trace)) {
        const orr_place nowhere = {0};
        orr_diag *diag = orr_diag_error(diags, nowhere, "a %s file has no arrival times", orr_trace_format_title(orr_trace_format_of(trace)));
        orr_diag_hint(diag, "Give the load: {rate: 2/s} for Poisson arrivals, {concurrency: 32} for a closed loop.");
        orr_trace_close(trace);
        return part;
    }
    part.state = trace;
    part.rate_per_s = rate_per_s;
    return part;
}
