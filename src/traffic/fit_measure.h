/* Figures of a stream of requests: lengths, their correlation, arrivals, and what a cache without limit would find. */
#ifndef ORR_TRAFFIC_FIT_MEASURE_H
#define ORR_TRAFFIC_FIT_MEASURE_H

#include "base/map.h"
#include "base/vec.h"
#include "traffic/source.h"

typedef struct orr_length_figures { double mean, p50, p90, p99, max; } orr_length_figures;

typedef struct orr_stream_figures {
    int64_t requests;
    orr_length_figures input, output;
    double rank_correlation;        /* Spearman; ties share their mean rank; NaN when a length does not vary */
    double rate_per_s;              /* (requests - 1) / span; 0: no span */
    double arrival_cv;              /* of the gaps; where most stamps are equal (recorded in steps): of gaps that would make the counts a step vary so */
    bool coarse_stamps;             /* the latter */
    double hit_share;               /* of input tokens, with a cache without limit and prefixes by segments */
    double hit_request_share;       /* of requests, those that hit more than the system prompt */
    double reuse_distance_p50, reuse_distance_p90;      /* of those: arrivals since the prefix was last used; NaN: none */
} orr_stream_figures;

/* What is kept of a stream, to take figures of: grows with it (24 bytes a request, and 16 to 32 a distinct segment). */
typedef struct orr_stream_sample {
    ORR_VEC(double) input, output, distances;
    ORR_VEC(int64_t) times_ns;
    orr_map last_use;               /* chained segments -> index of the last request that had them, + 1 */
    int64_t hit_tokens, hit_requests;
} orr_stream_sample;

/* A prefix of the prompt up to and with this segment, as one number. */
uint64_t orr_chain_segment(uint64_t chain, orr_segment segment);

/* `system_tokens`: hits up to here are not counted as a request's own. */
void orr_stream_sample_add(orr_stream_sample *sample, const orr_arrival *arrival, int64_t system_tokens);
/* Sorts nothing that it is given: the sample stays as it is. */
orr_stream_figures orr_stream_sample_figures(const orr_stream_sample *sample);
void orr_stream_sample_free(orr_stream_sample *sample);

#endif
