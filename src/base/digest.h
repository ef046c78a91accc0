/* Digests: 128 bits of content (XXH3-128, the same on every machine; `xxh128sum` prints the same of a file). They tell contents apart, they are no seal against an adversary. */
#ifndef ORR_BASE_DIGEST_H
#define ORR_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORR_DIGEST_BYTES = 16, ORR_DIGEST_TEXT = 2 * ORR_DIGEST_BYTES + 1 };
typedef struct orr_digest { uint8_t bytes[ORR_DIGEST_BYTES]; } orr_digest;

typedef struct orr_digesting orr_digesting;
orr_digesting *orr_digest_begin(void);
void orr_digest_add(orr_digesting *digesting, const void *bytes, size_t length_bytes);
/* A text and its length, so that "ab", "c" is not "a", "bc"; NULL is not "". */
void orr_digest_add_text(orr_digesting *digesting, const char *text);
void orr_digest_add_int(orr_digesting *digesting, int64_t value);
orr_digest orr_digest_end(orr_digesting *digesting);      /* frees it */

orr_digest orr_digest_of(const void *bytes, size_t length_bytes);
/* Of a file's bytes as they are; false: it can't be read. */
bool orr_digest_of_file(const char *path, orr_digest *digest);
bool orr_digest_equal(const orr_digest *a, const orr_digest *b);
/* 32 hexadecimal digits; `text` has room for ORR_DIGEST_TEXT. */
const char *orr_digest_text(const orr_digest *digest, char *text);

#endif
