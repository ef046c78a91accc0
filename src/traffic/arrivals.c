#include "traffic/arrivals.h"

#include "base/math.h"
#include "base/rng.h"
#include "base/units.h"

orr_arrival_clock orr_arrival_clock_begin(orr_load_kind load, double rate_per_s, double cv, uint64_t seed)
{
    orr_arrival_clock clock = {.load = load, .seed = seed, .family = orr_chance_family_of(seed, "arrivals")};
    if (load == ORR_LOAD_OPEN_GAMMA) {
        if (cv > 0) clock.shape = 1 / (cv * cv);
        else clock.load = ORR_LOAD_OPEN_CONSTANT;
    }
    if (load != ORR_LOAD_CLOSED && load != ORR_LOAD_ALL_AT_ONCE) clock.mean_gap_ns = ORR_NS_PER_S / rate_per_s;
    return clock;
}

static double draw_gap(const orr_arrival_clock *clock, uint64_t index)
{
    if (clock->load == ORR_LOAD_OPEN_CONSTANT) return 1;
    if (clock->load == ORR_LOAD_OPEN_GAMMA) {
        orr_rng rng = orr_rng_stream(clock->seed, "arrivals", index);
        return orr_rng_gamma(&rng, clock->shape) / clock->shape;
    }
    orr_chance chance = orr_chance_of(clock->family, index);
    return -orr_log(1 - orr_chance_uniform(&chance));
}

int64_t orr_arrival_clock_next(orr_arrival_clock *clock, uint64_t index)
{
    if (index == 0 || clock->load == ORR_LOAD_CLOSED || clock->load == ORR_LOAD_ALL_AT_ONCE) return 0;
    clock->elapsed += draw_gap(clock, index);
    const double time_ns = clock->elapsed * clock->mean_gap_ns;
    /* Beyond 2^62 ns (146 years) time stands still rather than overflow: no run gets there. */
    return time_ns < 0x1p62 ? (int64_t)(time_ns + 0.5) : INT64_C(1) << 62;
}
