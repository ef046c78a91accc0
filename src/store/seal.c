/* A sealed blob: 8 bytes of XXH3 over all that follows, 8 bytes of the length as it was put, its lowest bit 1 where the rest is deflated (zlib), the rest. */
#include <string.h>
#include <zlib.h>
#include "base/map.h"
#include "base/wire.h"
#include "store/store_internal.h"

enum { HEAD_BYTES = 16, HASH_BYTES = 8, WORTH_BYTES = 256, LARGE_BYTES = 1 << 20, THOROUGH = 6, QUICK = 1 };

void *orr_seal(const void *bytes, size_t length_bytes, bool compress, size_t *sealed_bytes)
{
    uLongf room = compress ? compressBound((uLong)length_bytes) : 0, packed = room;
    uint8_t *sealed = orr_mem_resize(NULL, HEAD_BYTES + (room > length_bytes ? room : length_bytes));
    const bool small = compress && length_bytes > WORTH_BYTES && compress2(sealed + HEAD_BYTES, &packed, bytes, (uLong)length_bytes, length_bytes < LARGE_BYTES ? THOROUGH : QUICK) == Z_OK && packed < length_bytes;
    if (!small && length_bytes > 0) memcpy(sealed + HEAD_BYTES, bytes, length_bytes);
    const size_t rest = small ? packed : length_bytes;
    orr_wire_fixed(sealed + HASH_BYTES, (uint64_t)length_bytes << 1 | (small ? 1 : 0), 8);
    orr_wire_fixed(sealed, orr_hash_bytes(sealed + HASH_BYTES, HEAD_BYTES - HASH_BYTES + rest, 0), HASH_BYTES);
    *sealed_bytes = HEAD_BYTES + rest;
    return sealed;
}

const char *orr_unseal(const void *sealed, size_t sealed_bytes, orr_arena *arena, size_t *length_bytes)
{
    const uint8_t *at = sealed;
    if (sealed == NULL || sealed_bytes < HEAD_BYTES || orr_wire_read_fixed(at, HASH_BYTES) != orr_hash_bytes(at + HASH_BYTES, sealed_bytes - HASH_BYTES, 0)) return NULL;
    const uint64_t head = orr_wire_read_fixed(at + HASH_BYTES, 8);
    const size_t length = (size_t)(head >> 1), rest = sealed_bytes - HEAD_BYTES;
    char *bytes = orr_arena_alloc(arena, length + 1);
    uLongf unpacked = (uLongf)length;
    if (head & 1) {
        if (uncompress((Bytef *)bytes, &unpacked, at + HEAD_BYTES, (uLong)rest) != Z_OK || unpacked != length) return NULL;
    } else {
        if (rest != length) return NULL;
        if (length > 0) memcpy(bytes, at + HEAD_BYTES, length);
    }
    if (length_bytes) *length_bytes = length;
    return bytes;
}
