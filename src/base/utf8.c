/* UTF-8 as in RFC 3629; widths after Unicode's East Asian Width, in the ranges that matter. */
#include "base/utf8.h"

size_t orr_utf8_decode(const char *bytes, size_t room_bytes, uint32_t *code)
{
    static const uint32_t least_code[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *b = (const unsigned char *)bytes;
    *code = b[0];
    if (b[0] < 0x80) return 1;
    size_t length = b[0] >= 0xF0 && b[0] < 0xF8 ? 4 : b[0] >= 0xE0 && b[0] < 0xF0 ? 3 : b[0] >= 0xC0 && b[0] < 0xE0 ? 2 : 0;
    if (length == 0 || length > room_bytes) return 0;
    uint32_t value = b[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xC0) != 0x80) return 0;
        value = value << 6 | (b[i] & 0x3Fu);
    }
    if (value < least_code[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
    *code = value;
    return length;
}

typedef struct range { uint32_t first, last; } range;

static const range zero_wide[] = {{0x300, 0x36F}, {0x483, 0x489}, {0x591, 0x5BD}, {0x610, 0x61A}, {0x64B, 0x65F}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},
                                  {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
static const range two_wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60},
                                 {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

static int within(uint32_t code, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return 1;
    return 0;
}

int orr_utf8_columns(uint32_t code)
{
    if (code < 0x300) return 1;
    if (within(code, zero_wide, sizeof zero_wide / sizeof *zero_wide)) return 0;
    return within(code, two_wide, sizeof two_wide / sizeof *two_wide) ? 2 : 1;
}
