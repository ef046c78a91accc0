/* Arrivals at even distances. */
#include "traffic/arrivals.h"

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    (void)index;
    clock->elapsed += 1;
}

const orr_arrival_process orr_arrivals_constant = {.load = ORR_LOAD_OPEN_CONSTANT, .advance = advance};
