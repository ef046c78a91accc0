/* The table of arrival processes, and the clock that runs one. */
#include "traffic/arrivals.h"

#include "base/math.h"
#include "base/units.h"

static const orr_arrival_process *const processes[] = {&orr_arrivals_poisson, &orr_arrivals_constant, &orr_arrivals_gamma, &orr_arrivals_mmpp, &orr_arrivals_diurnal, &orr_arrivals_spikes};

static const orr_arrival_process *process_of(orr_load_kind load)
{
    for (size_t i = 0; i < sizeof processes / sizeof *processes; i++)
        if (processes[i]->load == load) return processes[i];
    return NULL;
}

orr_arrival_clock orr_arrival_clock_begin(orr_load_kind load, double rate_per_s, double cv, const orr_load_shape *course, uint64_t seed)
{
    if (load == ORR_LOAD_OPEN_GAMMA && !(cv > 0)) load = ORR_LOAD_OPEN_CONSTANT;
    orr_arrival_clock clock = {.process = process_of(load), .seed = seed, .family = orr_chance_family_of(seed, "arrivals"), .path = orr_chance_family_of(seed, "course of arrivals"),
        .rate_per_s = rate_per_s, .course = course};
    if (!clock.process) return clock;
    if (load == ORR_LOAD_OPEN_GAMMA) clock.shape = 1 / (cv * cv);
    clock.unit_ns = clock.process->in_seconds ? ORR_NS_PER_S : ORR_NS_PER_S / rate_per_s;
    if (clock.process->begin) clock.process->begin(&clock);
    return clock;
}

int64_t orr_arrival_clock_next(orr_arrival_clock *clock, uint64_t index)
{
    if (!clock->process || (index == 0 && !clock->begins_with_gap)) return 0;
    clock->process->advance(clock, index);
    const double time_ns = clock->elapsed * clock->unit_ns;
    /* Beyond 2^62 ns (146 years) time stands still rather than overflow: no run gets there. */
    return time_ns < 0x1p62 ? (int64_t)(time_ns + 0.5) : INT64_C(1) << 62;
}

double orr_chance_exponential(orr_chance *chance) { return -orr_log(1 - orr_chance_uniform(chance)); }
