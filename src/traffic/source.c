/* The stream behind source.h: a kind of source for what arrives, a clock for when, and the stop rules. */
#include "traffic/source.h"

#include "traffic/arrivals.h"
#include "traffic/source_kind.h"

struct orr_source_stream {
    orr_arena *arena;
    orr_source_part part;
    bool own_times;                 /* of the trace, times `time_factor` */
    double time_factor;
    orr_arrival_clock clock;
    uint64_t index, stop_requests;  /* UINT64_MAX: no limit */
    int64_t stop_time_ns;           /* INT64_MAX: no limit */
    bool ended;
};

static bool refuse(orr_diags *diags, const char *what, const char *hint)
{
    const orr_place nowhere = {0};
    orr_diag *diag = orr_diag_error(diags, nowhere, "%s", what);
    if (hint) orr_diag_hint(diag, "%s", hint);
    return false;
}

static bool is_open_load(orr_load_kind load) { return load == ORR_LOAD_OPEN_POISSON || load == ORR_LOAD_OPEN_GAMMA || load == ORR_LOAD_OPEN_CONSTANT; }

/* What the study language can't tell, since it looks at one value at a time. */
static bool check(const orr_traffic *traffic, orr_diags *diags)
{
    const bool endless = traffic->kind != ORR_SOURCE_TRACE;
    bool good = true;
    if (traffic->kind == ORR_SOURCE_FIXED && (traffic->input_tokens < 1 || traffic->output_tokens < 1))
        good = refuse(diags, "traffic: the source \"fixed\" needs input_tokens and output_tokens of at least 1", "For example {source: fixed, input_tokens: 1024, output_tokens: 128}.");
    if (endless && traffic->load == ORR_LOAD_TRACE_TIMES) good = refuse(diags, "traffic.load: only a trace has times of its own", "Give a rate, as in {rate: 20/s}, or a concurrency.");
    if (endless && traffic->stop_requests <= 0 && (traffic->stop_time_ns <= 0 || !is_open_load(traffic->load)))
        good = refuse(diags, "traffic.stop: these arrivals would never end", is_open_load(traffic->load) ? "Say when, as in {requests: 20000} or {time: 10 min}." : "Say after how many, as in {requests: 20000}: time alone can't end them.");
    if (traffic->load == ORR_LOAD_TRACE_TIMES && traffic->rate_per_s > 0 && traffic->time_scale > 0 && traffic->time_scale != 1)
        good = refuse(diags, "traffic.load: rate and time_scale both stretch the trace", "Give one of them.");
    return good;
}

static bool choose_times(orr_source_stream *source, const orr_traffic *traffic, uint64_t seed, orr_diags *diags)
{
    const double own_rate = source->part.rate_per_s;
    if (traffic->load == ORR_LOAD_TRACE_TIMES) {
        source->own_times = true;
        source->time_factor = traffic->time_scale > 0 ? 1 / traffic->time_scale : 1;
        if (traffic->rate_per_s > 0) source->time_factor = own_rate / traffic->rate_per_s;
        if (traffic->rate_per_s > 0 && own_rate <= 0) return refuse(diags, "traffic.load.rate: the trace has no time between its requests to scale", "Leave the rate out, or ask for Poisson arrivals.");
        return true;
    }
    const double rate_per_s = traffic->rate_per_s > 0 ? traffic->rate_per_s : own_rate;
    if (is_open_load(traffic->load) && rate_per_s <= 0) return refuse(diags, "traffic.load.rate is not given, and the source has no rate of its own", "For example {rate: 20/s}.");
    const double cv = traffic->burstiness_cv > 0 ? traffic->burstiness_cv : source->part.gap_cv;
    if (traffic->load == ORR_LOAD_OPEN_GAMMA && cv <= 0) return refuse(diags, "traffic.load.cv is not given, and the source has none of its own", "1 is Poisson; 2 to 5 is bursty.");
    source->clock = orr_arrival_clock_begin(traffic->load, rate_per_s, cv, seed);
    return true;
}

orr_source_stream *orr_source_open(const orr_traffic *traffic, uint64_t seed, orr_diags *diags)
{
    if (!check(traffic, diags)) return NULL;
    orr_arena *arena = orr_arena_create();
    orr_source_stream *source = ORR_NEW(arena, orr_source_stream);
    source->arena = arena;
    const bool rate_wanted = (traffic->load == ORR_LOAD_TRACE_TIMES) == (traffic->rate_per_s > 0) && (traffic->load == ORR_LOAD_TRACE_TIMES || is_open_load(traffic->load));
    switch (traffic->kind) {
    case ORR_SOURCE_PROFILE: source->part = orr_source_profile_open(arena, &traffic->workload, seed); break;
    case ORR_SOURCE_FIXED: source->part = orr_source_fixed_open(arena, traffic, seed); break;
    case ORR_SOURCE_TRACE: source->part = orr_source_trace_open(arena, traffic, rate_wanted, diags); break;
    }
    source->stop_requests = traffic->stop_requests > 0 ? (uint64_t)traffic->stop_requests : UINT64_MAX;
    source->stop_time_ns = traffic->stop_time_ns > 0 ? traffic->stop_time_ns : INT64_MAX;
    if (source->part.state && choose_times(source, traffic, seed, diags)) return source;
    orr_source_close(source);
    return NULL;
}

static int64_t time_of(orr_source_stream *source, int64_t own_ns)
{
    if (!source->own_times) return orr_arrival_clock_next(&source->clock, source->index);
    if (source->time_factor == 1) return own_ns;
    const double time_ns = (double)own_ns * source->time_factor;
    return time_ns < 0x1p62 ? (int64_t)(time_ns + 0.5) : INT64_C(1) << 62;
}

bool orr_source_next(orr_source_stream *source, orr_arrival *arrival)
{
    if (source->ended || source->index >= source->stop_requests || !source->part.kind->next(source->part.state, source->index, arrival)) {
        source->ended = true;
        return false;
    }
    arrival->arrival_ns = time_of(source, arrival->arrival_ns);
    source->ended = arrival->arrival_ns > source->stop_time_ns;
    source->index++;
    return !source->ended;
}

bool orr_source_failed(const orr_source_stream *source) { return source->part.kind->failed && source->part.kind->failed(source->part.state); }

void orr_source_close(orr_source_stream *source)
{
    if (!source) return;
    if (source->part.state && source->part.kind->close) source->part.kind->close(source->part.state);
    orr_arena_destroy(source->arena);
}
