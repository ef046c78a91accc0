/* Bytes of a trace, from a file (gzip seen by its magic) or from memory, as lines or one by one; never more than a line in memory. */
#ifndef ORR_TRAFFIC_TRACE_INPUT_H
#define ORR_TRAFFIC_TRACE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/diag.h"

enum { ORR_TRACE_CHUNK_BYTES = 1 << 16, ORR_TRACE_LINE_BYTES = 1 << 24 /* the longest line (or ShareGPT conversation); a Mooncake line of a million tokens is 16 KiB */ };

typedef struct orr_trace_input {
    const char *name;               /* as the user gave it; the caller's */
    orr_diags *diags;
    void *file;                     /* gzFile, or NULL: memory */
    const char *memory;
    size_t memory_left;
    const char *chunk, *chunk_end;  /* what is read and not yet taken */
    char *buffer;                   /* of the file's chunks */
    char *line;                     /* the line last handed out, NUL-terminated */
    size_t line_length, line_capacity;
    size_t line_number;             /* lines: of `line`, from 1; bytes: of the next byte */
    size_t column;                  /* bytes: of the next byte, from 1 */
    bool failed;
} orr_trace_input;

/* False when it can't be opened (reported). */
bool orr_trace_input_open(orr_trace_input *input, const char *path, orr_diags *diags);
void orr_trace_input_open_memory(orr_trace_input *input, const char *name, const char *bytes, size_t length_bytes, orr_diags *diags);
void orr_trace_input_close(orr_trace_input *input);

/* The next line without its end (LF, CRLF), in input->line; false at the end or on failure (reported). */
bool orr_trace_input_line(orr_trace_input *input);
/* The next byte, or -1. Does not mix with lines, but peek may be asked before the first of either. */
int orr_trace_input_peek(orr_trace_input *input);
int orr_trace_input_byte(orr_trace_input *input);

#endif
