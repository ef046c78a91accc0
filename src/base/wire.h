/* Whole numbers as bytes: seven bits a byte, the lowest first, the top bit set where more follow (LEB128, what Protocol Buffers call a varint); doubles and fixed words with the lowest byte first. */
#ifndef ORR_BASE_WIRE_H
#define ORR_BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ORR_VARINT_BYTES = 10 };      /* at most */

/* Each returns how many bytes it wrote. */
static inline size_t orr_wire_varint(uint8_t *at, uint64_t value)
{
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) at[count++] = (uint8_t)(value | 0x80);
    at[count++] = (uint8_t)value;
    return count;
}

static inline size_t orr_wire_fixed(uint8_t *at, uint64_t value, size_t bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(at, &value, bytes);
#else
    for (size_t i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
#endif
    return bytes;
}

static inline size_t orr_wire_double(uint8_t *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return orr_wire_fixed(at, bits, 8);
}

static inline uint64_t orr_wire_read_fixed(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&value, at, bytes);
#else
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)at[i] << (8 * i);
#endif
    return value;
}

static inline double orr_wire_read_double(const uint8_t *at)
{
    const uint64_t bits = orr_wire_read_fixed(at, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
