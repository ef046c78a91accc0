/* Chance: counter-free streams, one per (root seed, name, index), so that designs are compared under common random numbers.
 * xoshiro256++ seeded by splitmix64 over the xxh3 of the name; doubles have 53 bits. Same on every machine. */
#ifndef ORR_BASE_RNG_H
#define ORR_BASE_RNG_H

#include <stdint.h>

typedef struct orr_rng { uint64_t state[4]; } orr_rng;

orr_rng orr_rng_stream(uint64_t root_seed, const char *name, uint64_t index);
uint64_t orr_rng_next(orr_rng *rng);
double orr_rng_uniform(orr_rng *rng);                          /* in [0, 1) */
uint64_t orr_rng_below(orr_rng *rng, uint64_t bound);          /* in [0, bound), unbiased */
double orr_rng_exponential(orr_rng *rng);                      /* mean 1 */
double orr_rng_normal(orr_rng *rng);                           /* mean 0, deviation 1 */
double orr_rng_gamma(orr_rng *rng, double shape);              /* mean `shape`, scale 1 (Marsaglia and Tsang 2000; shape < 1 by boosting) */

#endif
