/* The stream behind source.h: one stream of requests, or a mix of tenants, and the stop rules of the whole.
 *
 * Tenants with arrivals of their own: their streams are merged by time (equal times: by their order). Tenants with shares: one clock says when, and whose a request is comes from stream (seed, "tenants", i).
 * A tenant's requests come from a root seed of its own, by its name: what the others send does not change them. Session numbers of the tenants are told apart by their remainder. */
#include "traffic/source.h"

#include "base/map.h"
#include "traffic/stream.h"

struct orr_source_stream {
    orr_arena *arena;
    orr_stream *streams;
    int stream_count;
    /* of a mix */
    bool mixed, by_share;
    double *cumulative;             /* shares of tenants 0..k */
    orr_chance_family family;
    orr_stream clock;               /* by share: its time, its stop rules */
    uint64_t count, stop_requests;
    int64_t stop_time_ns;
    bool ended;
};

/* Would arrivals never end? A trace ends by itself; a closed loop is not ended by time. */
static bool is_endless(const orr_traffic *traffic)
{
    return traffic->kind != ORR_SOURCE_TRACE && traffic->stop_requests <= 0 && (traffic->stop_time_ns <= 0 || !orr_load_is_open(traffic->load));
}

static bool refuse_endless(const orr_traffic *traffic, orr_diags *diags)
{
    return orr_source_refuse(diags, "traffic.stop: these arrivals would never end", orr_load_is_open(traffic->load) ? "Say when, as in {requests: 20000} or {time: 10 min}." : "Say after how many, as in {requests: 20000}: time alone can't end them.");
}

static bool open_mix(orr_source_stream *source, const orr_traffic *traffic, uint64_t seed, orr_diags *diags)
{
    const orr_tenants *tenants = &traffic->tenants;
    double sum = 0;
    bool good = true, endless = false;
    source->mixed = true;
    source->by_share = tenants->items[0].share > 0;
    source->streams = ORR_NEW_ARRAY(source->arena, orr_stream, tenants->count);
    source->cumulative = ORR_NEW_ARRAY(source->arena, double, tenants->count);
    source->family = orr_chance_family_of(seed, "tenants");
    for (int64_t i = 0; i < tenants->count && good; i++) {
        const orr_tenant *tenant = &tenants->items[i];
        orr_stream *stream = &source->streams[source->stream_count++];
        good = orr_stream_open(stream, source->arena, &tenant->traffic, source->by_share, orr_hash_mix(seed, orr_hash_text(tenant->name)), diags);
        stream->tenant = (int32_t)i;
        stream->priority = (int32_t)tenant->priority;
        stream->ttft_limit_ns = orr_slo_ttft_limit_ns(&tenant->slo);
        stream->clock.begins_with_gap = true;
        endless |= is_endless(&tenant->traffic);
        source->cumulative[i] = sum += tenant->share;
    }
    for (int64_t i = 0; i < tenants->count; i++) source->cumulative[i] /= sum > 0 ? sum : 1;
    if (good && endless && traffic->stop_requests <= 0 && (traffic->stop_time_ns <= 0 || !orr_load_is_open(traffic->load))) return refuse_endless(traffic, diags);
    if (source->by_share) source->clock.clock = orr_arrival_clock_begin(traffic->load, traffic->rate_per_s, traffic->burstiness_cv, &traffic->shape, seed);
    return good;
}

orr_source_stream *orr_source_open(const orr_traffic *traffic, uint64_t seed, orr_diags *diags)
{
    orr_arena *arena = orr_arena_create();
    orr_source_stream *source = ORR_NEW(arena, orr_source_stream);
    source->arena = arena;
    source->stop_requests = traffic->stop_requests > 0 ? (uint64_t)traffic->stop_requests : UINT64_MAX;
    source->stop_time_ns = traffic->stop_time_ns > 0 ? traffic->stop_time_ns : INT64_MAX;
    bool good;
    if (traffic->kind == ORR_SOURCE_MIX) {
        good = open_mix(source, traffic, seed, diags);
    } else {
        source->streams = ORR_NEW(arena, orr_stream);
        source->stream_count = 1;
        good = !is_endless(traffic) || refuse_endless(traffic, diags);
        good = orr_stream_open(source->streams, arena, traffic, false, seed, diags) && good;
    }
    if (good) return source;
    orr_source_close(source);
    return NULL;
}

/* --- mixes --- */

static bool next_by_share(orr_source_stream *source, orr_arrival *arrival)
{
    const uint64_t index = source->clock.index++;
    orr_chance chance = orr_chance_of(source->family, index);
    const double u = orr_chance_uniform(&chance);
    int tenant = 0;
    while (tenant + 1 < source->stream_count && u >= source->cumulative[tenant]) tenant++;
    if (!orr_stream_next(&source->streams[tenant], arrival)) return false;      /* a tenant's trace is over: so is the mix */
    arrival->arrival_ns = orr_arrival_clock_next(&source->clock.clock, index);
    return true;
}

static bool next_in_time(orr_source_stream *source, orr_arrival *arrival)
{
    orr_stream *first = NULL;
    for (int i = 0; i < source->stream_count; i++) {
        orr_stream *s = &source->streams[i];
        if (!s->has_ahead) s->has_ahead = orr_stream_next(s, &s->ahead);
        if (s->has_ahead && (!first || s->ahead.arrival_ns < first->ahead.arrival_ns)) first = s;
    }
    if (!first) return false;
    *arrival = first->ahead;
    first->has_ahead = false;
    return true;
}

/* The mix's own number of a tenant's session. */
static uint64_t number_session(const orr_source_stream *source, int tenant, uint64_t session) { return session == 0 ? 0 : session * (uint64_t)source->stream_count + (uint64_t)tenant; }

static bool next_of_mix(orr_source_stream *source, orr_arrival *arrival)
{
    if (source->ended || source->count >= source->stop_requests) return false;
    if (!(source->by_share ? next_by_share : next_in_time)(source, arrival) || arrival->arrival_ns > source->stop_time_ns) {
        source->ended = true;
        return false;
    }
    arrival->session = number_session(source, arrival->tenant, arrival->session);
    source->count++;
    return true;
}

/* --- source.h --- */

bool orr_source_next(orr_source_stream *source, orr_arrival *arrival) { return source->mixed ? next_of_mix(source, arrival) : orr_stream_next(source->streams, arrival); }

orr_turns orr_source_left(orr_source_stream *source, uint64_t session, int32_t tenant, int64_t time_ns, bool served)
{
    orr_stream *stream = &source->streams[tenant];
    const uint64_t count = (uint64_t)source->stream_count;
    if (!stream->part.kind->left) return (orr_turns){.over = true};
    orr_turns turns = stream->part.kind->left(stream->part.state, source->mixed ? session / count : session, time_ns, served);
    if (source->mixed) turns.number = turns.number * (uint32_t)count + (uint32_t)tenant;
    return turns;
}

bool orr_source_turn(orr_source_stream *source, uint32_t number, int64_t time_ns, orr_arrival *arrival)
{
    if (!source->mixed) return orr_stream_turn(source->streams, number, time_ns, arrival);
    const uint32_t count = (uint32_t)source->stream_count;
    const int tenant = (int)(number % count);
    const bool wanted = source->count < source->stop_requests && time_ns <= source->stop_time_ns;
    if (!orr_stream_turn(&source->streams[tenant], number / count, time_ns, wanted ? arrival : NULL)) return false;
    arrival->session = number_session(source, tenant, arrival->session);
    source->count++;
    return true;
}

bool orr_source_failed(const orr_source_stream *source)
{
    for (int i = 0; i < source->stream_count; i++)
        if (orr_stream_failed(&source->streams[i])) return true;
    return false;
}

void orr_source_close(orr_source_stream *source)
{
    if (!source) return;
    for (int i = 0; i < source->stream_count; i++) orr_stream_close(&source->streams[i]);
    orr_arena_destroy(source->arena);
}
