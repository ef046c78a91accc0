#include "traffic/trace_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>
#include "base/mem.h"
#include "base/root.h"

static void skip_byte_order_mark(orr_trace_input *input);

bool orr_trace_input_open(orr_trace_input *input, const char *path, orr_diags *diags)
{
    *input = (orr_trace_input){.name = path, .diags = diags, .column = 1};
    errno = 0;
    const int opened = openat(orr_root(), path, O_RDONLY | O_CLOEXEC);
    input->file = opened >= 0 ? gzdopen(opened, "rb") : NULL;
    if (!input->file) {
        const int error = errno;
        const orr_place nowhere = {0};
        if (error == ENOENT || error == EISDIR || error == ENOTDIR) orr_diag_error(diags, nowhere, "can't open the trace \"%s\": %s", path, strerror(error));
        else orr_diag_environment(diags, "can't open the trace \"%s\": %s", path, strerror(error));
        return false;
    }
    gzbuffer(input->file, ORR_TRACE_CHUNK_BYTES);
    input->buffer = orr_mem_resize(NULL, ORR_TRACE_CHUNK_BYTES);
    skip_byte_order_mark(input);
    if (input->failed) orr_trace_input_close(input);
    return !input->failed;
}

void orr_trace_input_open_memory(orr_trace_input *input, const char *name, const char *bytes, size_t length_bytes, orr_diags *diags)
{
    *input = (orr_trace_input){.name = name, .diags = diags, .memory = bytes, .memory_left = length_bytes, .column = 1};
    skip_byte_order_mark(input);
}

void orr_trace_input_close(orr_trace_input *input)
{
    if (input->file) gzclose(input->file);
    orr_mem_free(input->buffer);
    orr_mem_free(input->line);
    input->file = NULL;
    input->buffer = input->line = NULL;
    input->chunk = input->chunk_end = NULL;
}

static bool fail_reading(orr_trace_input *input)
{
    int code = Z_OK;
    const char *reason = gzerror(input->file, &code);
    const orr_place nowhere = {0};
    if (code == Z_ERRNO) orr_diag_environment(input->diags, "can't read the trace \"%s\": %s", input->name, strerror(errno));
    else orr_diag_error(input->diags, nowhere, "the trace \"%s\" is not whole: %s", input->name, code == Z_BUF_ERROR ? "its gzip data end too early" : reason);
    input->failed = true;
    return false;
}

/* Brings at least one byte into the chunk. */
static bool refill(orr_trace_input *input)
{
    if (input->failed) return false;
    if (!input->file) {
        if (!input->memory_left) return false;
        input->chunk = input->memory;
        input->chunk_end = input->memory + input->memory_left;
        input->memory_left = 0;
        return true;
    }
    const int got = gzread(input->file, input->buffer, ORR_TRACE_CHUNK_BYTES);
    int code = Z_OK;
    if (got <= 0) gzerror(input->file, &code);
    if (got < 0 || (got == 0 && code == Z_BUF_ERROR)) return fail_reading(input);
    if (got == 0) return false;
    input->chunk = input->buffer;
    input->chunk_end = input->buffer + got;
    return true;
}

static void skip_byte_order_mark(orr_trace_input *input)
{
    if (!refill(input)) return;
    if (input->chunk_end - input->chunk >= 3 && memcmp(input->chunk, "\xEF\xBB\xBF", 3) == 0) input->chunk += 3;
}

static bool append(orr_trace_input *input, const char *bytes, size_t length)
{
    const size_t wanted = input->line_length + length + 1;
    if (wanted > ORR_TRACE_LINE_BYTES) {
        const orr_place nowhere = {0};
        orr_diag *diag = orr_diag_error(input->diags, nowhere, "%s:%zu: the line is longer than %d MiB", input->name, input->line_number, ORR_TRACE_LINE_BYTES >> 20);
        orr_diag_hint(diag, "A trace has one request a line; is this one?");
        input->failed = true;
        return false;
    }
    if (wanted > input->line_capacity) {
        input->line_capacity = wanted * 2 < 4096 ? 4096 : wanted * 2;
        input->line = orr_mem_resize(input->line, input->line_capacity);
    }
    if (length) memcpy(input->line + input->line_length, bytes, length);
    input->line_length += length;
    input->line[input->line_length] = '\0';
    return true;
}

bool orr_trace_input_line(orr_trace_input *input)
{
    input->line_length = 0;
    if (input->chunk == input->chunk_end && !refill(input)) return false;
    input->line_number++;
    for (;;) {
        const size_t left = (size_t)(input->chunk_end - input->chunk);
        const char *end = memchr(input->chunk, '\n', left);
        if (!append(input, input->chunk, end ? (size_t)(end - input->chunk) : left)) return false;
        input->chunk = end ? end + 1 : input->chunk_end;
        if (end || !refill(input)) break;
    }
    if (input->failed) return false;
    if (input->line_length && input->line[input->line_length - 1] == '\r') input->line[--input->line_length] = '\0';
    return true;
}

int orr_trace_input_peek(orr_trace_input *input)
{
    if (input->chunk == input->chunk_end && !refill(input)) return -1;
    return (unsigned char)*input->chunk;
}

int orr_trace_input_byte(orr_trace_input *input)
{
    if (input->chunk == input->chunk_end && !refill(input)) return -1;
    if (input->line_number == 0) input->line_number = 1;
    const int byte = (unsigned char)*input->chunk++;
    if (byte == '\n') {
        input->line_number++;
        input->column = 1;
    } else {
        input->column++;
    }
    return byte;
}
