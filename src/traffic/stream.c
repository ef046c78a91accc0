#include "traffic/stream.h"

bool orr_source_refuse(orr_diags *diags, const char *what, const char *hint)
{
    const orr_place nowhere = {0};
    orr_diag *diag = orr_diag_error(diags, nowhere, "%s", what);
    if (hint) orr_diag_hint(diag, "%s", hint);
    return false;
}

/* What the study language can't tell, since it looks at one value at a time. */
static bool check(const orr_traffic *traffic, orr_diags *diags)
{
    const bool endless = traffic->kind != ORR_SOURCE_TRACE;
    bool good = true;
    if (traffic->kind == ORR_SOURCE_FIXED && (traffic->input_tokens < 1 || traffic->output_tokens < 1))
        good = orr_source_refuse(diags, "traffic: the source \"fixed\" needs input_tokens and output_tokens of at least 1", "For example {source: fixed, input_tokens: 1024, output_tokens: 128}.");
    if (endless && traffic->load == ORR_LOAD_TRACE_TIMES) good = orr_source_refuse(diags, "traffic.load: only a trace has times of its own", "Give a rate, as in {rate: 20/s}, or a concurrency.");
    if (traffic->load == ORR_LOAD_TRACE_TIMES && traffic->rate_per_s > 0 && traffic->time_scale > 0 && traffic->time_scale != 1)
        good = orr_source_refuse(diags, "traffic.load: rate and time_scale both stretch the trace", "Give one of them.");
    return good;
}

static bool choose_times(orr_stream *stream, const orr_traffic *traffic, uint64_t seed, orr_diags *diags)
{
    const double own_rate = stream->part.rate_per_s;
    if (traffic->load == ORR_LOAD_TRACE_TIMES) {
        stream->own_times = true;
        stream->time_factor = traffic->time_scale > 0 ? 1 / traffic->time_scale : 1;
        if (traffic->rate_per_s > 0) stream->time_factor = own_rate / traffic->rate_per_s;
        if (traffic->rate_per_s > 0 && own_rate <= 0) return orr_source_refuse(diags, "traffic.load.rate: the trace has no time between its requests to scale", "Leave the rate out, or ask for Poisson arrivals.");
        return true;
    }
    const bool open = orr_load_is_open(traffic->load);
    const double rate_per_s = traffic->rate_per_s > 0 ? traffic->rate_per_s : own_rate;
    if (open && rate_per_s <= 0) return orr_source_refuse(diags, "traffic.load.rate is not given, and the source has no rate of its own", "For example {rate: 20/s}.");
    const double cv = traffic->burstiness_cv > 0 ? traffic->burstiness_cv : stream->part.gap_cv;
    if (traffic->load == ORR_LOAD_OPEN_GAMMA && cv <= 0) return orr_source_refuse(diags, "traffic.load.cv is not given, and the source has none of its own", "1 is Poisson; 2 to 5 is bursty.");
    stream->clock = orr_arrival_clock_begin(traffic->load, rate_per_s, cv, &traffic->shape, seed);
    return true;
}

bool orr_stream_open(orr_stream *stream, orr_arena *arena, const orr_traffic *traffic, bool timeless, uint64_t seed, orr_diags *diags)
{
    const bool by_trace = traffic->load == ORR_LOAD_TRACE_TIMES;
    *stream = (orr_stream){.timeless = timeless, .stop_requests = traffic->stop_requests > 0 ? (uint64_t)traffic->stop_requests : UINT64_MAX,
        .stop_time_ns = traffic->stop_time_ns > 0 ? traffic->stop_time_ns : INT64_MAX, .max_output_tokens = traffic->max_output_tokens};
    if (traffic->images.share > 0) {
        stream->images = &traffic->images;
        stream->images_family = orr_chance_family_of(seed, "images");
    }
    if (!check(traffic, diags)) return false;
    const bool rate_wanted = !timeless && by_trace == (traffic->rate_per_s > 0) && (by_trace || orr_load_is_open(traffic->load));
    switch (traffic->kind) {
    case ORR_SOURCE_PROFILE: stream->part = orr_source_profile_open(arena, &traffic->workload, seed); break;
    case ORR_SOURCE_FIXED: stream->part = orr_source_fixed_open(arena, traffic, seed); break;
    case ORR_SOURCE_TRACE: stream->part = orr_source_trace_open(arena, traffic, rate_wanted, diags); break;
    case ORR_SOURCE_MIX: break;
    }
    if (stream->part.state && orr_traffic_has_sessions(traffic)) stream->part = orr_source_sessions_open(arena, &traffic->sessions, stream->part, seed);
    return stream->part.state && (timeless || choose_times(stream, traffic, seed, diags));
}

static int64_t time_of(orr_stream *stream, int64_t own_ns)
{
    if (!stream->own_times) return stream->timeless ? 0 : orr_arrival_clock_next(&stream->clock, stream->index);
    if (stream->time_factor == 1) return own_ns;
    const double time_ns = (double)own_ns * stream->time_factor;
    return time_ns < 0x1p62 ? (int64_t)(time_ns + 0.5) : INT64_C(1) << 62;
}

static void mark(const orr_stream *stream, orr_arrival *arrival)
{
    arrival->tenant = stream->tenant;
    arrival->priority = stream->priority;
    arrival->ttft_limit_ns = stream->ttft_limit_ns;
    arrival->max_output_tokens = stream->max_output_tokens;
    arrival->images = 0;
    if (stream->max_output_tokens > 0 && arrival->output_tokens > stream->max_output_tokens) arrival->output_tokens = stream->max_output_tokens;
}

/* Whether it brings any is drawn by its number, whatever the system. */
static void add_images(const orr_stream *stream, orr_arrival *arrival)
{
    orr_chance chance = orr_chance_of(stream->images_family, stream->index);
    if (!(orr_chance_uniform(&chance) < stream->images->share)) return;
    arrival->images = stream->images->per_request;
    arrival->input_tokens += arrival->images * stream->images->tokens;
}

bool orr_stream_next(orr_stream *stream, orr_arrival *arrival)
{
    if (stream->ended || stream->count >= stream->stop_requests || !stream->part.kind->next(stream->part.state, stream->index, arrival)) {
        stream->ended = true;
        return false;
    }
    arrival->arrival_ns = time_of(stream, arrival->arrival_ns);
    stream->ended = arrival->arrival_ns > stream->stop_time_ns;
    mark(stream, arrival);
    if (stream->images) add_images(stream, arrival);
    stream->index++;
    stream->count++;
    return !stream->ended;
}

bool orr_stream_turn(orr_stream *stream, uint32_t number, int64_t time_ns, orr_arrival *arrival)
{
    const bool wanted = arrival && stream->count < stream->stop_requests && time_ns <= stream->stop_time_ns;
    stream->part.kind->turn(stream->part.state, number, wanted ? arrival : NULL);
    if (!wanted) return false;
    arrival->arrival_ns = time_ns;
    mark(stream, arrival);
    stream->count++;
    return true;
}

bool orr_stream_failed(const orr_stream *stream) { return stream->part.kind && stream->part.kind->failed && stream->part.kind->failed(stream->part.state); }

void orr_stream_close(orr_stream *stream)
{
    if (stream->part.state && stream->part.kind->close) stream->part.kind->close(stream->part.state);
}
