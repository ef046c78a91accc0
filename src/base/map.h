/* Hash map from 64-bit keys to 64-bit values: open addressing, insertion order not kept, no iteration on hot paths.
 * For strings, hash with orr_hash_text and compare the text where a collision matters (orr_text_map does both). */
#ifndef ORR_BASE_MAP_H
#define ORR_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct orr_map { uint64_t *keys, *values; uint8_t *states; size_t count, capacity; } orr_map;   /* zeroed = empty */

bool orr_map_get(const orr_map *map, uint64_t key, uint64_t *value);
void orr_map_put(orr_map *map, uint64_t key, uint64_t value);
bool orr_map_remove(orr_map *map, uint64_t key);
void orr_map_clear(orr_map *map);    /* keeps the capacity */
void orr_map_free(orr_map *map);

/* Map from text to a pointer; keys are copied. */
typedef struct orr_text_map orr_text_map;
orr_text_map *orr_text_map_create(void);
void orr_text_map_destroy(orr_text_map *map);
void *orr_text_map_get(const orr_text_map *map, const char *key);      /* NULL: absent */
void orr_text_map_put(orr_text_map *map, const char *key, void *value);

uint64_t orr_hash_bytes(const void *bytes, size_t length_bytes, uint64_t seed);   /* xxh3, the same on every machine */
uint64_t orr_hash_text(const char *text);
/* The finalizer of splitmix64: a bijection that spreads every bit. */
static inline uint64_t orr_hash_spread(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}
/* Chains two hashes. */
static inline uint64_t orr_hash_mix(uint64_t a, uint64_t b) { return orr_hash_spread(orr_hash_spread(a + UINT64_C(0x9e3779b97f4a7c15)) ^ (b + UINT64_C(0xd1b54a32d192ed03))); }

#endif
