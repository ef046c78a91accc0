/* Poisson arrivals with spikes: at a base rate, but `factor` times as fast during spikes.
 *
 * One spike of `duration` falls into each `interval`, its place in it uniform, from stream k of the course for interval k. The base rate is mean / (1 + (factor - 1) duration / interval), so that every interval has
 * the load's mean. Request i arrives where the rate's integral has grown by Poisson's exponential number for i: exact. Range: duration below interval; a factor below 1 is a dip. */
#include "base/units.h"
#include "traffic/arrivals.h"

/* Of interval k: before, in and after its spike: stretches 3 k, 3 k + 1, 3 k + 2. */
static double end_of(const orr_arrival_clock *clock, uint64_t stretch)
{
    const double interval_s = clock->course->spike_interval_ns / ORR_NS_PER_S, duration_s = clock->course->spike_duration_ns / ORR_NS_PER_S;
    const uint64_t interval = stretch / 3;
    if (stretch % 3 == 2) return (double)(interval + 1) * interval_s;
    orr_chance chance = orr_chance_of(clock->path, interval);
    const double from_s = (double)interval * interval_s + orr_chance_uniform(&chance) * (interval_s - duration_s);
    return stretch % 3 == 0 ? from_s : from_s + duration_s;
}

static double rate_of(const orr_arrival_clock *clock) { return clock->scale * (clock->stretch % 3 == 1 ? clock->course->spike_factor : 1); }

static void begin(orr_arrival_clock *clock)
{
    const orr_load_shape *c = clock->course;
    clock->scale = clock->rate_per_s / (1 + (c->spike_factor - 1) * c->spike_duration_ns / c->spike_interval_ns);
    clock->stretch_end_s = end_of(clock, 0);
}

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    orr_chance chance = orr_chance_of(clock->family, index);
    double left = orr_chance_exponential(&chance);
    for (;;) {
        const double rate = rate_of(clock), here = (clock->stretch_end_s - clock->elapsed) * rate;
        if (rate > 0 && left <= here) break;
        left -= here;
        clock->elapsed = clock->stretch_end_s;
        clock->stretch_end_s = end_of(clock, ++clock->stretch);
    }
    clock->elapsed += left / rate_of(clock);
}

const orr_arrival_process orr_arrivals_spikes = {.load = ORR_LOAD_OPEN_SPIKES, .in_seconds = true, .begin = begin, .advance = advance};
