/* Arrival processes: a clock that says when request i arrives.
 *
 * Gaps are drawn with mean 1 and summed before they are scaled by the rate, so that at another rate the same requests come in the same pattern, only
 * faster or slower (common random numbers). Request 0 arrives at 0; gap i, before request i, comes from the stream (seed, "arrivals", i).
 * Poisson: exponential gaps. Gamma: shape 1 / cv^2, mean 1. Constant: 1. Closed and all at once: every arrival is 0.
 * Invariant: arrivals never go back in time (a sum of non-negative doubles, times one constant, rounded: each step is monotone). */
#ifndef ORR_TRAFFIC_ARRIVALS_H
#define ORR_TRAFFIC_ARRIVALS_H

#include <stdint.h>
#include "spec/traffic.h"
#include "traffic/chance.h"

typedef struct orr_arrival_clock {
    orr_load_kind load;
    uint64_t seed;
    orr_chance_family family;
    double mean_gap_ns;
    double shape;           /* gamma: 1 / cv^2 */
    double elapsed;         /* in mean gaps */
} orr_arrival_clock;

/* `load` is any but TRACE_TIMES; `rate_per_s` > 0 for open loads; `cv` >= 0 is read for GAMMA only, and 0 is constant. */
orr_arrival_clock orr_arrival_clock_begin(orr_load_kind load, double rate_per_s, double cv, uint64_t seed);
/* Of request `index`; called for 0, 1, 2, ... in order. */
int64_t orr_arrival_clock_next(orr_arrival_clock *clock, uint64_t index);

#endif
