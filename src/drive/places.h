/* What was asked for last at each place, where a key's hash gives the place: a table that forgets.
 *
 * An item begins with an orr_place_hash; all zeros: nobody stands there yet. Once as many have been displaced as there are places, these double, up to a limit: keys that come again then have room. Doubling displaces nobody:
 * who stood at i of n stands at i or i + n of 2 n. An item stays where it is until the table is asked again. */
#ifndef ORR_DRIVE_PLACES_H
#define ORR_DRIVE_PLACES_H

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

typedef uint64_t orr_place_hash;        /* of who stands there, never 0 */
typedef struct orr_places { void *items; size_t item_bytes, count, displaced; } orr_places;

static inline void *orr_place_number(const orr_places *places, size_t number) { return (char *)places->items + number * places->item_bytes; }

static inline void *orr_places_of_zeros(size_t size_bytes) { return memset(orr_mem_resize(NULL, size_bytes), 0, size_bytes); }

static inline void orr_places_double(orr_places *places)
{
    const orr_places old = *places;
    places->count *= 2;
    places->displaced = 0;
    places->items = orr_places_of_zeros(places->count * places->item_bytes);
    for (size_t i = 0; i < old.count; i++) {
        const void *item = orr_place_number(&old, i);
        const orr_place_hash hash = *(const orr_place_hash *)item;
        if (hash != 0) memcpy(orr_place_number(places, hash % places->count), item, places->item_bytes);
    }
    orr_mem_free(old.items);
}

/* The key's place, at first of `first_count` and at last of `most_count` (powers of two). Whoever stands there with another key counts as displaced. */
static inline void *orr_places_find(orr_places *places, uint64_t key_hash, size_t item_bytes, size_t first_count, size_t most_count)
{
    if (places->items == NULL) *places = (orr_places){orr_places_of_zeros(first_count * item_bytes), item_bytes, first_count, 0};
    if (places->displaced >= places->count && places->count < most_count) orr_places_double(places);
    const orr_place_hash hash = key_hash | UINT64_C(1) << 63;
    orr_place_hash *there = orr_place_number(places, hash % places->count);
    places->displaced += *there != 0 && *there != hash;
    *there = hash;
    return there;
}

static inline void orr_places_free(orr_places *places) { orr_mem_free(places->items); }

#endif
