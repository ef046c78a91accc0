/* Memory: the one place that calls malloc.
 *
 * Invariants
 *  1. An allocation never returns NULL: exhaustion calls the handler set by the app (default: message and abort).
 *  2. An arena frees everything at once; what it hands out is zeroed and 16-byte aligned.
 *  3. Arenas are not thread-safe: one arena, one thread at a time. */
#ifndef ORR_BASE_MEM_H
#define ORR_BASE_MEM_H

#include <stddef.h>
#include <stdarg.h>

typedef struct orr_arena orr_arena;

orr_arena *orr_arena_create(void);
void orr_arena_destroy(orr_arena *arena);              /* NULL is allowed */
void *orr_arena_alloc(orr_arena *arena, size_t size_bytes);
char *orr_arena_strdup(orr_arena *arena, const char *text);
char *orr_arena_strndup(orr_arena *arena, const char *text, size_t length_bytes);
char *orr_arena_printf(orr_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *orr_arena_vprintf(orr_arena *arena, const char *format, va_list arguments);
size_t orr_arena_used_bytes(const orr_arena *arena);

#define ORR_NEW(arena, type) ((type *)orr_arena_alloc((arena), sizeof(type)))
#define ORR_NEW_ARRAY(arena, type, count) ((type *)orr_arena_alloc((arena), sizeof(type) * (size_t)(count)))

/* For a process that is the program's own: memory that is freed is kept for what comes next, some of it at most, instead of going back page by page (a search runs thousands of simulations, each of some MB). */
void orr_mem_keep_freed(void);

/* Growable heap blocks, for vectors and pools. resize(NULL, n) allocates (not zeroed); free(NULL) does nothing. */
void *orr_mem_resize(void *block, size_t size_bytes);
void orr_mem_free(void *block);
/* All zeros: in a few wide stores where a compiler that knows the size may choose a string instruction, which is slow to start. */
void orr_mem_clear(void *block, size_t size_bytes);
/* A hint to the processor that these bytes are wanted soon: their lines come from memory side by side, while something else is done. */
static inline void orr_mem_prefetch(const void *block, size_t size_bytes)
{
    enum { LINE_BYTES = 64 };
    for (size_t at = 0; at < size_bytes; at += LINE_BYTES) __builtin_prefetch((const char *)block + at, 1);
    __builtin_prefetch((const char *)block + size_bytes - 1, 1);
}

typedef void orr_mem_exhausted_fn(size_t wanted_bytes);
void orr_mem_on_exhausted(orr_mem_exhausted_fn *handler);   /* must not return */

#endif
