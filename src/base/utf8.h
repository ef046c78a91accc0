/* UTF-8: decoding that never runs past the end, and the columns that a character takes on a terminal. */
#ifndef ORR_BASE_UTF8_H
#define ORR_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length in bytes of the character at `bytes` and its code; 0 when the bytes are not UTF-8 (overlong, surrogate or cut). `room_bytes` > 0. */
size_t orr_utf8_decode(const char *bytes, size_t room_bytes, uint32_t *code);
/* 0 for marks that combine with what stands before, 2 for wide (East Asian, emoji), else 1. */
int orr_utf8_columns(uint32_t code);

#endif
