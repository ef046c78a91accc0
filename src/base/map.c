/* Hash maps by open addressing with linear probes; what stands behind a removed key moves up, so that no cell stays marked.
 *
 * Invariants: 1. the capacity is zero or a power of two, of which at least three eighths are empty: a probe ends soon, after four in the mean where it finds nothing; 2. between a key and the cell that it
 * hashes to no cell is empty. */
#include "base/map.h"

#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

enum { EMPTY, FULL };
enum { FIRST_CAPACITY = 16 };

uint64_t orr_hash_bytes(const void *bytes, size_t length_bytes, uint64_t seed) { return XXH3_64bits_withSeed(bytes, length_bytes, seed); }
uint64_t orr_hash_text(const char *text) { return orr_hash_bytes(text, strlen(text), 0); }

/* --- 64-bit keys --- */

static inline size_t home_of(const orr_map *map, uint64_t key) { return (size_t)orr_hash_spread(key) & (map->capacity - 1); }

/* The cell of the key, or where it would go. The map has room. */
static inline size_t cell_of(const orr_map *map, uint64_t key, bool *found)
{
    size_t i = home_of(map, key);
    while (map->states[i] == FULL && map->keys[i] != key) i = (i + 1) & (map->capacity - 1);
    *found = map->states[i] == FULL;
    return i;
}

static void rebuild(orr_map *map, size_t capacity)
{
    orr_map old = *map;
    map->keys = orr_mem_resize(NULL, capacity * sizeof *map->keys);
    map->values = orr_mem_resize(NULL, capacity * sizeof *map->values);
    map->states = orr_mem_resize(NULL, capacity);
    memset(map->states, EMPTY, capacity);
    map->capacity = capacity;
    bool found;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.states[i] != FULL) continue;
        size_t cell = cell_of(map, old.keys[i], &found);
        map->states[cell] = FULL;
        map->keys[cell] = old.keys[i];
        map->values[cell] = old.values[i];
    }
    orr_map_free(&old);
}

bool orr_map_get(const orr_map *map, uint64_t key, uint64_t *value)
{
    bool found = false;
    if (map->count == 0) return false;
    size_t cell = cell_of(map, key, &found);
    if (found && value) *value = map->values[cell];
    return found;
}

void orr_map_put(orr_map *map, uint64_t key, uint64_t value)
{
    bool found;
    if ((map->count + 1) * 8 > map->capacity * 5) rebuild(map, map->capacity ? 2 * map->capacity : FIRST_CAPACITY);
    size_t cell = cell_of(map, key, &found);
    if (!found) {
        map->states[cell] = FULL;
        map->keys[cell] = key;
        map->count++;
    }
    map->values[cell] = value;
}

bool orr_map_remove(orr_map *map, uint64_t key)
{
    bool found = false;
    if (map->count == 0) return false;
    const size_t mask = map->capacity - 1;
    size_t gap = cell_of(map, key, &found);
    if (!found) return false;
    for (size_t i = (gap + 1) & mask; map->states[i] == FULL; i = (i + 1) & mask) {
        if (((i - home_of(map, map->keys[i])) & mask) < ((i - gap) & mask)) continue;      /* it is nearer to its own than the gap */
        map->keys[gap] = map->keys[i];
        map->values[gap] = map->values[i];
        gap = i;
    }
    map->states[gap] = EMPTY;
    map->count--;
    return true;
}

void orr_map_clear(orr_map *map)
{
    if (map->capacity) memset(map->states, EMPTY, map->capacity);
    map->count = 0;
}

void orr_map_free(orr_map *map)
{
    orr_mem_free(map->keys);
    orr_mem_free(map->values);
    orr_mem_free(map->states);
    *map = (orr_map){0};
}

/* --- text keys: a map from the hash to the head of a chain of entries --- */

typedef struct entry { const char *key; void *value; size_t next; } entry;      /* next: index + 1 in the chain of equal hashes; 0: last */

struct orr_text_map { orr_arena *keys; orr_map heads; ORR_VEC(entry) entries; };

orr_text_map *orr_text_map_create(void)
{
    orr_text_map *map = orr_mem_resize(NULL, sizeof *map);
    memset(map, 0, sizeof *map);
    map->keys = orr_arena_create();
    return map;
}

void orr_text_map_destroy(orr_text_map *map)
{
    if (!map) return;
    orr_arena_destroy(map->keys);
    orr_map_free(&map->heads);
    orr_vec_free(&map->entries);
    orr_mem_free(map);
}

static entry *find_entry(const orr_text_map *map, const char *key, uint64_t *head)
{
    *head = 0;
    orr_map_get(&map->heads, orr_hash_text(key), head);
    for (size_t i = (size_t)*head; i; i = map->entries.items[i - 1].next)
        if (strcmp(map->entries.items[i - 1].key, key) == 0) return &map->entries.items[i - 1];
    return NULL;
}

void *orr_text_map_get(const orr_text_map *map, const char *key)
{
    uint64_t head;
    const entry *found = find_entry(map, key, &head);
    return found ? found->value : NULL;
}

void orr_text_map_put(orr_text_map *map, const char *key, void *value)
{
    uint64_t head;
    entry *found = find_entry(map, key, &head);
    if (found) { found->value = value; return; }
    entry fresh = {orr_arena_strdup(map->keys, key), value, (size_t)head};
    orr_vec_push(&map->entries, fresh);
    orr_map_put(&map->heads, orr_hash_text(key), map->entries.count);
}
