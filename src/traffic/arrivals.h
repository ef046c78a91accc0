/* Arrival processes: a clock that says when request i arrives. One file a process (arrivals_*.c), one table of them (arrivals.c).
 *
 * A process without a time of its own (Poisson, gamma, constant) sums gaps of mean 1, which are scaled by the rate at the end: at another rate the same requests come in the same pattern, only
 * faster or slower (common random numbers). One whose rate changes in time (MMPP, diurnal, spikes) keeps its course in seconds, and its mean over that course is the rate.
 * Request 0 arrives at 0, unless the clock `begins_with_gap`; the gap before request i comes from the stream (seed, "arrivals", i), and of those processes that thin, before candidate i.
 * Closed and all at once: every arrival is 0.
 * Invariant: arrivals never go back in time (a sum of non-negative doubles, times one constant, rounded: each step is monotone). */
#ifndef ORR_TRAFFIC_ARRIVALS_H
#define ORR_TRAFFIC_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>
#include "spec/traffic.h"
#include "traffic/chance.h"

typedef struct orr_arrival_clock orr_arrival_clock;

typedef struct orr_arrival_process {
    orr_load_kind load;
    bool in_seconds;                /* `elapsed` is in seconds; else in mean gaps */
    void (*begin)(orr_arrival_clock *clock);        /* NULL: nothing to prepare */
    void (*advance)(orr_arrival_clock *clock, uint64_t index);     /* from request `index` - 1 to it */
} orr_arrival_process;

struct orr_arrival_clock {
    const orr_arrival_process *process;     /* NULL: every arrival is 0 */
    uint64_t seed;
    orr_chance_family family;               /* "arrivals" */
    bool begins_with_gap;
    double unit_ns, elapsed;                /* elapsed: in mean gaps, or seconds */
    double rate_per_s;
    double shape;                           /* gamma: 1 / cv^2 */
    /* processes in seconds */
    const orr_load_shape *course;           /* outlives the clock */
    orr_chance_family path;                 /* of the rate's own course: states, places of spikes */
    uint64_t candidate, stretch;            /* the next candidate of a thinned process; the stretch of even rate that holds `elapsed` */
    int state;
    double stretch_end_s, scale;            /* scale: what the course's own rates are multiplied with */
};

extern const orr_arrival_process orr_arrivals_poisson, orr_arrivals_constant, orr_arrivals_gamma, orr_arrivals_mmpp, orr_arrivals_diurnal, orr_arrivals_spikes;

/* `load` is any but TRACE_TIMES; `rate_per_s` > 0 for open loads; `cv` >= 0 is read for GAMMA only, and 0 is constant; `course` may be NULL for those without one. */
orr_arrival_clock orr_arrival_clock_begin(orr_load_kind load, double rate_per_s, double cv, const orr_load_shape *course, uint64_t seed);
/* Of request `index`; called for 0, 1, 2, ... in order. */
int64_t orr_arrival_clock_next(orr_arrival_clock *clock, uint64_t index);

/* An exponential number of mean 1, from one uniform one. */
double orr_chance_exponential(orr_chance *chance);

#endif
