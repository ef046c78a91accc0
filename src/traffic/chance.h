/* Chance at a few ns a draw: SplitMix64 (Steele, Lea, Flood 2014), one stream a (root seed, name, request).
 *
 * A request takes a handful of draws, fewer than it costs to seed a generator with a long state (base/rng.h, which gamma gaps use). What does not depend on the request is hashed once. */
#ifndef ORR_TRAFFIC_CHANCE_H
#define ORR_TRAFFIC_CHANCE_H

#include <stdint.h>
#include "base/map.h"

typedef struct orr_chance { uint64_t state; } orr_chance;
typedef struct orr_chance_family { uint64_t key; } orr_chance_family;

static inline uint64_t orr_chance_spread(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline orr_chance_family orr_chance_family_of(uint64_t root_seed, const char *name)
{
    return (orr_chance_family){orr_hash_mix(root_seed, orr_hash_text(name))};
}

/* The stream of one request: its state starts at a hash, so that streams do not overlap as those of neighbouring counters would. */
static inline orr_chance orr_chance_of(orr_chance_family family, uint64_t index)
{
    return (orr_chance){orr_chance_spread(family.key ^ orr_chance_spread(index + UINT64_C(0x9e3779b97f4a7c15)))};
}

/* In [0, 1), 53 bits. */
static inline double orr_chance_uniform(orr_chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    return (double)(orr_chance_spread(chance->state) >> 11) * 0x1p-53;
}

#endif
