/* A trace as a source of requests; its mean rate is known only by reading it once ahead. */
#include "base/units.h"
#include "traffic/source_kind.h"
#include "traffic/trace.h"

/* Times are counted from the first record of the window. */
typedef struct trace_state { orr_trace *trace; int64_t start_ns, end_ns, first_ns; bool begun; } trace_state;

static bool trace_next(void *context, uint64_t index, orr_arrival *arrival)
{
    (void)index;
    trace_state *state = context;
    do {
        if (!orr_trace_next(state->trace, arrival)) return false;
    } while (arrival->arrival_ns < state->start_ns);
    if (state->end_ns > 0 && arrival->arrival_ns >= state->end_ns) return false;
    if (!state->begun) state->first_ns = arrival->arrival_ns;
    state->begun = true;
    arrival->arrival_ns -= state->first_ns;
    return true;
}

static bool trace_failed(const void *context) { return orr_trace_failed(((const trace_state *)context)->trace); }
static void trace_close(void *context) { orr_trace_close(((trace_state *)context)->trace); }

static const orr_source_kind trace_kind = {.next = trace_next, .failed = trace_failed, .close = trace_close};

static bool open_trace(trace_state *state, const orr_traffic *traffic, bool quiet, orr_diags *diags)
{
    *state = (trace_state){.trace = orr_trace_open(traffic->source, traffic->trace_format, quiet, diags), .start_ns = traffic->window_start_ns, .end_ns = traffic->window_end_ns};
    return state->trace != NULL;
}

/* Requests a second from the first record to the last; 0 when there is no such thing; -1 when broken (reported). */
static double read_rate(const orr_traffic *traffic, orr_diags *diags)
{
    trace_state state;
    orr_arrival arrival = {0};
    int64_t count = 0, last_ns = 0;
    if (!open_trace(&state, traffic, true, diags)) return -1;
    for (; trace_next(&state, 0, &arrival); count++) last_ns = arrival.arrival_ns;
    const bool failed = orr_trace_failed(state.trace);
    orr_trace_close(state.trace);
    if (failed) return -1;
    return count > 1 && last_ns > 0 ? (double)(count - 1) * ORR_NS_PER_S / (double)last_ns : 0;
}

orr_source_part orr_source_trace_open(orr_arena *arena, const orr_traffic *traffic, bool rate_wanted, orr_diags *diags)
{
    orr_source_part part = {&trace_kind, NULL, 0, 0};
    const double rate_per_s = rate_wanted ? read_rate(traffic, diags) : 0;
    if (rate_per_s < 0) return part;
    trace_state *state = ORR_NEW(arena, trace_state);
    if (!open_trace(state, traffic, false, diags)) return part;
    const bool windowed = traffic->window_start_ns > 0 || traffic->window_end_ns > 0;
    if ((traffic->load == ORR_LOAD_TRACE_TIMES || windowed) && !orr_trace_has_times(state->trace)) {
        const orr_place nowhere = {0};
        orr_diag *diag = orr_diag_error(diags, nowhere, "a %s file has no arrival times%s", orr_trace_format_title(orr_trace_format_of(state->trace)), windowed ? " to take a window of" : "");
        orr_diag_hint(diag, windowed ? "Leave the window out; stop: {requests: 1000} takes the first of them." : "Give the load: {rate: 2/s} for Poisson arrivals, {concurrency: 32} for a closed loop.");
        orr_trace_close(state->trace);
        return part;
    }
    part.state = state;
    part.rate_per_s = rate_per_s;
    return part;
}
