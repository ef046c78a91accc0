/* What the unit tests of base share: cmocka with what it wants included before, and a small random source of their own. */
#ifndef ORR_TESTS_UNIT_BASE_TEST_H
#define ORR_TESTS_UNIT_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* splitmix64, apart from base/rng.c so that a fault there does not bend the tests of the rest. */
static inline uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline double draw_uniform(uint64_t *state) { return (double)(draw(state) >> 11) * 0x1p-53; }

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#endif
