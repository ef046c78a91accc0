/* Chance: xoshiro256++ (Blackman and Vigna 2019), seeded by splitmix64.
 *
 * Invariants: 1. a stream depends on (root seed, name, index) alone; 2. uniform, exponential and normal take exactly one draw, so that runs under common random
 * numbers stay in step; below and gamma take as many as they need. */
#include "base/rng.h"

#include <math.h>
#include "base/map.h"
#include "base/math.h"
#include "base/panic.h"

static uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

orr_rng orr_rng_stream(uint64_t root_seed, const char *name, uint64_t index)
{
    orr_rng rng;
    uint64_t state = orr_hash_mix(orr_hash_mix(root_seed, orr_hash_text(name)), index);
    for (int i = 0; i < 4; i++) rng.state[i] = splitmix_next(&state);      /* four zeros in a row do not occur in splitmix64 */
    return rng;
}

static uint64_t rotate_left(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

uint64_t orr_rng_next(orr_rng *rng)
{
    uint64_t *s = rng->state, result = rotate_left(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double orr_rng_uniform(orr_rng *rng) { return (double)(orr_rng_next(rng) >> 11) * 0x1p-53; }

/* In (0, 1), symmetric about 1/2: the middles of 2^52 cells. */
static double open_uniform(orr_rng *rng) { return ((double)(orr_rng_next(rng) >> 12) + 0.5) * 0x1p-52; }

uint64_t orr_rng_below(orr_rng *rng, uint64_t bound)
{
    ORR_INVARIANT(bound > 0);
    uint64_t unfair = (0 - bound) % bound;      /* 2^64 mod bound: the lowest draws that would come up once too often */
    uint64_t draw;
    do draw = orr_rng_next(rng);
    while (draw < unfair);
    return draw % bound;
}

double orr_rng_exponential(orr_rng *rng) { return -orr_log(1.0 - orr_rng_uniform(rng)); }
double orr_rng_normal(orr_rng *rng) { return orr_normal_quantile(open_uniform(rng)); }

/* Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000), for shape >= 1. */
static double gamma_from_one_on(orr_rng *rng, double shape)
{
    double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = orr_rng_normal(rng), v = 1.0 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        double u = open_uniform(rng);
        if (orr_log(u) < 0.5 * x * x + d - d * v + d * orr_log(v)) return d * v;
    }
}

double orr_rng_gamma(orr_rng *rng, double shape)
{
    ORR_INVARIANT(shape > 0);
    if (shape >= 1) return gamma_from_one_on(rng, shape);
    double whole = gamma_from_one_on(rng, shape + 1.0);
    return whole * orr_pow(open_uniform(rng), 1.0 / shape);
}
