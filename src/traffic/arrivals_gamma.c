/* Gamma arrivals: independent gaps of a gamma law with shape 1 / cv^2; above a cv of 1 they come in bursts, below it they keep a distance.
 * As `vllm bench serve --burstiness` (its burstiness is the shape). */
#include "base/rng.h"
#include "traffic/arrivals.h"

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    orr_rng rng = orr_rng_stream(clock->seed, "arrivals", index);
    clock->elapsed += orr_rng_gamma(&rng, clock->shape) / clock->shape;
}

const orr_arrival_process orr_arrivals_gamma = {.load = ORR_LOAD_OPEN_GAMMA, .advance = advance};
