#include "traffic/fit_prefix.h"

#include <math.h>
#include "base/math.h"
#include "base/stats.h"
#include "traffic/source_kind.h"

enum { MAX_TRIAL_REQUESTS = 100000, SEARCH_STEPS = 14 };
static const double max_groups = 65536;

void orr_prefix_census_add(orr_prefix_census *census, const orr_arrival *arrival)
{
    uint64_t chain = 0;
    for (int i = 0; i < arrival->segment_count; i++) {
        uint64_t count = 0;
        chain = orr_chain_segment(chain, arrival->segments[i]);
        orr_map_get(&census->counts, chain, &count);
        orr_map_put(&census->counts, chain, count + 1);
    }
    census->requests++;
}

int64_t orr_prefix_census_system(const orr_prefix_census *census, const orr_arrival *arrival)
{
    uint64_t chain = 0, count = 0;
    int64_t tokens = 0;
    for (int i = 0; i < arrival->segment_count; i++) {
        chain = orr_chain_segment(chain, arrival->segments[i]);
        if (!orr_map_get(&census->counts, chain, &count) || (int64_t)count * 2 < census->requests) break;
        tokens += arrival->segments[i].tokens;
    }
    return census->requests > 1 ? tokens : 0;
}

bool orr_prefix_census_is_member(const orr_prefix_census *census, const orr_arrival *arrival, int64_t system_tokens)
{
    uint64_t chain = 0, count = 0;
    int64_t tokens = 0;
    for (int i = 0; i < arrival->segment_count; i++) {
        chain = orr_chain_segment(chain, arrival->segments[i]);
        tokens += arrival->segments[i].tokens;
        if (tokens > system_tokens) return orr_map_get(&census->counts, chain, &count) && count >= 2;
    }
    return false;
}

void orr_prefix_census_free(orr_prefix_census *census) { orr_map_free(&census->counts); }

/* --- trials --- */

/* Figures of the profile when sampled. */
static orr_stream_figures try_profile(const orr_workload *workload, int64_t requests)
{
    orr_arena *arena = orr_arena_create();
    const orr_source_part part = orr_source_profile_open(arena, workload, 1);
    orr_stream_sample sample = {0};
    const int64_t system_tokens = orr_round_i64(workload->shared_prefix_tokens);
    for (int64_t i = 0; i < requests; i++) {
        orr_arrival arrival = {0};
        part.kind->next(part.state, (uint64_t)i, &arrival);
        orr_stream_sample_add(&sample, &arrival, system_tokens);
    }
    orr_stream_figures figures = {.hit_request_share = (double)sample.hit_requests / (double)requests};
    double input_tokens = 0;
    for (size_t i = 0; i < sample.input.count; i++) input_tokens += sample.input.items[i];
    figures.hit_share = (double)sample.hit_tokens / input_tokens;
    figures.reuse_distance_p50 = orr_percentile(sample.distances.items, sample.distances.count, 0.5);
    figures.reuse_distance_p90 = orr_percentile(sample.distances.items, sample.distances.count, 0.9);
    orr_stream_sample_free(&sample);
    orr_arena_destroy(arena);
    return figures;
}

/* The life at which as many requests hit as in the trace; a longer life means more hits. Returns the figures there. */
static orr_stream_figures seek_life(orr_workload *workload, double hit_request_share, int64_t requests)
{
    double least = 1, most = 4.0 * (double)requests;
    orr_stream_figures figures = {0};
    for (int step = 0; step < SEARCH_STEPS; step++) {
        workload->prefix_life_requests = (double)orr_round_i64(sqrt(least * most));
        figures = try_profile(workload, requests);
        if (figures.hit_request_share < hit_request_share) least = workload->prefix_life_requests;
        else most = workload->prefix_life_requests;
        if (most - least <= 1) break;
    }
    return figures;
}

/* The number of groups at which prefixes are used again after as long as in the trace. */
static orr_stream_figures seek_groups(orr_workload *workload, const orr_stream_figures *trace, int64_t requests)
{
    double least = 1, most = max_groups;
    orr_stream_figures figures = {0};
    for (int step = 0; step < SEARCH_STEPS && most - least > 1; step++) {
        workload->prefix_groups = (double)orr_round_i64(sqrt(least * most));
        figures = seek_life(workload, trace->hit_request_share, requests);
        const bool too_many = figures.hit_request_share < 0.98 * trace->hit_request_share || figures.reuse_distance_p50 > trace->reuse_distance_p50;
        if (too_many) most = workload->prefix_groups;
        else least = workload->prefix_groups;
    }
    return figures;
}

static void seek_fraction(orr_workload *workload, double hit_share, int64_t requests)
{
    double least = 0, most = 1;
    for (int step = 0; step < SEARCH_STEPS; step++) {
        workload->prefix_fraction = (least + most) / 2;
        if (try_profile(workload, requests).hit_share < hit_share) least = workload->prefix_fraction;
        else most = workload->prefix_fraction;
    }
    workload->prefix_fraction = (double)orr_round_i64(workload->prefix_fraction * 1e4) / 1e4;
}

void orr_prefix_fit(orr_workload *workload, const orr_stream_figures *trace, double member_share, int64_t system_tokens)
{
    static const double skews[] = {0, 0.4, 0.8, 1.2};
    const int64_t requests = orr_min_i64(trace->requests, MAX_TRIAL_REQUESTS);
    workload->shared_prefix_tokens = (double)system_tokens;
    if (trace->hit_request_share <= 0) return;
    workload->prefix_share = (double)orr_round_i64(member_share * 1e4) / 1e4;
    workload->prefix_fraction = 0.5;        /* any: hits by request hardly depend on it */
    orr_workload best = *workload;
    double best_error = INFINITY;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        orr_workload trial = *workload;
        trial.prefix_skew = skews[i];
        const orr_stream_figures figures = seek_groups(&trial, trace, requests);
        const double error = fabs(orr_log(figures.reuse_distance_p90 / trace->reuse_distance_p90)) + fabs(orr_log(figures.reuse_distance_p50 / trace->reuse_distance_p50)) +
                             fabs(orr_log(figures.hit_request_share / trace->hit_request_share));
        if (!(error < best_error)) continue;
        best_error = error;
        best = trial;
    }
    *workload = best;
    seek_fraction(workload, trace->hit_share, requests);
}
