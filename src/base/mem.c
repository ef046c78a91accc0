/* Arenas: a list of chunks, the newest first, filled from the front.
 *
 * Invariants
 *  1. A chunk's bytes beyond `used` are zero, so what is handed out is zeroed without a second pass.
 *  2. Chunks never move: pointers into an arena hold until it is destroyed.
 *  3. With ORR_CHECKS each allocation has a chunk of its own, so that the address sanitizer sees an overrun. */
#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { ALIGNMENT = 16, FIRST_CHUNK_BYTES = 4096, LARGEST_CHUNK_BYTES = 1 << 20 };

typedef struct chunk {
    alignas(ALIGNMENT) struct chunk *next;
    size_t size_bytes, used_bytes;
} chunk;

struct orr_arena { chunk *chunks; size_t next_chunk_bytes, used_bytes; };

static void default_handler(size_t wanted_bytes)
{
    fprintf(stderr, "error: out of memory: %zu more bytes were wanted\n", wanted_bytes);
    abort();
}

static orr_mem_exhausted_fn *exhausted_handler = default_handler;

void orr_mem_on_exhausted(orr_mem_exhausted_fn *handler) { exhausted_handler = handler ? handler : default_handler; }

static _Noreturn void exhausted(size_t wanted_bytes)
{
    exhausted_handler(wanted_bytes);
    abort();
}

static void *allocate_zeroed(size_t size_bytes)
{
    void *block = calloc(1, size_bytes);
    if (!block) exhausted(size_bytes);
    return block;
}

void *orr_mem_resize(void *block, size_t size_bytes)
{
    void *resized = realloc(block, size_bytes ? size_bytes : 1);
    if (!resized) exhausted(size_bytes);
    return resized;
}

void orr_mem_free(void *block) { free(block); }
void orr_mem_clear(void *block, size_t size_bytes) { memset(block, 0, size_bytes); }

void orr_mem_keep_freed(void)
{
#ifdef __GLIBC__
    enum { KEPT_BYTES = 256 << 20, LARGEST_KEPT_BYTES = 32 << 20 };
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES);
#endif
}

/* --- arenas --- */

orr_arena *orr_arena_create(void)
{
    orr_arena *arena = allocate_zeroed(sizeof *arena);
    arena->next_chunk_bytes = FIRST_CHUNK_BYTES;
    return arena;
}

void orr_arena_destroy(orr_arena *arena)
{
    if (!arena) return;
    for (chunk *at = arena->chunks; at;) {
        chunk *next = at->next;
        free(at);
        at = next;
    }
    free(arena);
}

/* The size of the chunk that a request of `size_bytes` opens. Doubles up to a megabyte, so that small arenas are small and large ones have few chunks. */
static size_t chunk_bytes_for(orr_arena *arena, size_t size_bytes)
{
#ifdef ORR_CHECKS
    (void)arena;
    return size_bytes;
#else
    size_t bytes = arena->next_chunk_bytes;
    if (arena->next_chunk_bytes < LARGEST_CHUNK_BYTES) arena->next_chunk_bytes *= 2;
    return size_bytes > bytes ? size_bytes : bytes;
#endif
}

static chunk *open_chunk(orr_arena *arena, size_t size_bytes)
{
    size_t bytes = chunk_bytes_for(arena, size_bytes);
    chunk *fresh = allocate_zeroed(sizeof *fresh + bytes);
    fresh->size_bytes = bytes;
    /* A request larger than a usual chunk goes behind the current one, whose rest stays in use. */
    if (arena->chunks && size_bytes > LARGEST_CHUNK_BYTES / 4) {
        fresh->next = arena->chunks->next;
        arena->chunks->next = fresh;
    } else {
        fresh->next = arena->chunks;
        arena->chunks = fresh;
    }
    return fresh;
}

void *orr_arena_alloc(orr_arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2) exhausted(size_bytes);
    size_t padded = size_bytes ? (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
#ifdef ORR_CHECKS
    size_t wanted = size_bytes ? size_bytes : 1;
    chunk *at = open_chunk(arena, wanted);
#else
    size_t wanted = padded;
    chunk *at = arena->chunks;
    if (!at || at->size_bytes - at->used_bytes < wanted) at = open_chunk(arena, wanted);
#endif
    void *block = (char *)(at + 1) + at->used_bytes;
    at->used_bytes += wanted;
    arena->used_bytes += padded;
    return block;
}

char *orr_arena_strndup(orr_arena *arena, const char *text, size_t length_bytes)
{
    char *copy = orr_arena_alloc(arena, length_bytes + 1);
    if (length_bytes) memcpy(copy, text, length_bytes);
    return copy;
}

char *orr_arena_strdup(orr_arena *arena, const char *text) { return orr_arena_strndup(arena, text, strlen(text)); }

char *orr_arena_vprintf(orr_arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = orr_arena_alloc(arena, size);
    if (length > 0) vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

char *orr_arena_printf(orr_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = orr_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

size_t orr_arena_used_bytes(const orr_arena *arena) { return arena->used_bytes; }
