#include "base/digest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "base/root.h"
#include "base/wire.h"

struct orr_digesting { XXH3_state_t *state; };

orr_digesting *orr_digest_begin(void)
{
    orr_digesting *digesting = orr_mem_resize(NULL, sizeof *digesting);
    digesting->state = XXH3_createState();
    XXH3_128bits_reset(digesting->state);
    return digesting;
}

void orr_digest_add(orr_digesting *digesting, const void *bytes, size_t length_bytes) { XXH3_128bits_update(digesting->state, bytes, length_bytes); }

void orr_digest_add_int(orr_digesting *digesting, int64_t value)
{
    uint8_t bytes[8];
    orr_wire_fixed(bytes, (uint64_t)value, sizeof bytes);
    orr_digest_add(digesting, bytes, sizeof bytes);
}

void orr_digest_add_text(orr_digesting *digesting, const char *text)
{
    orr_digest_add_int(digesting, text ? (int64_t)strlen(text) : -1);
    if (text) orr_digest_add(digesting, text, strlen(text));
}

static orr_digest canonical(XXH128_hash_t hash)
{
    XXH128_canonical_t bytes;
    orr_digest digest;
    XXH128_canonicalFromHash(&bytes, hash);
    memcpy(digest.bytes, bytes.digest, ORR_DIGEST_BYTES);
    return digest;
}

orr_digest orr_digest_end(orr_digesting *digesting)
{
    const orr_digest digest = canonical(XXH3_128bits_digest(digesting->state));
    XXH3_freeState(digesting->state);
    orr_mem_free(digesting);
    return digest;
}

orr_digest orr_digest_of(const void *bytes, size_t length_bytes) { return canonical(XXH3_128bits(bytes, length_bytes)); }

bool orr_digest_of_file(const char *path, orr_digest *digest)
{
    enum { PIECE_BYTES = 1 << 16 };
    const int opened = openat(orr_root(), path, O_RDONLY | O_CLOEXEC);
    FILE *file = opened >= 0 ? fdopen(opened, "rb") : NULL;
    if (!file) return false;
    orr_digesting *digesting = orr_digest_begin();
    char *piece = orr_mem_resize(NULL, PIECE_BYTES);
    for (size_t got; (got = fread(piece, 1, PIECE_BYTES, file)) > 0;) orr_digest_add(digesting, piece, got);
    const bool good = !ferror(file);
    orr_mem_free(piece);
    fclose(file);
    *digest = orr_digest_end(digesting);
    return good;
}

bool orr_digest_equal(const orr_digest *a, const orr_digest *b) { return memcmp(a->bytes, b->bytes, ORR_DIGEST_BYTES) == 0; }

const char *orr_digest_text(const orr_digest *digest, char *text)
{
    for (int i = 0; i < ORR_DIGEST_BYTES; i++) snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
    return text;
}
