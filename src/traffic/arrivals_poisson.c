/* Poisson arrivals: exponential gaps. */
#include "traffic/arrivals.h"

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    orr_chance chance = orr_chance_of(clock->family, index);
    clock->elapsed += orr_chance_exponential(&chance);
}

const orr_arrival_process orr_arrivals_poisson = {.load = ORR_LOAD_OPEN_POISSON, .advance = advance};
