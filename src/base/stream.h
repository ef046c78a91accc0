/* Files piece by piece, in memory that does not grow with them.
 *
 * A sink writes beside its target and renames when it is closed: a reader of the target sees the old bytes or all of the new ones. A path that is no plain file (/dev/stdout, a pipe) is written as it is.
 * A tap reads plain bytes or gzip. Failures stick: what follows one does nothing, and closing says that there was one. */
#ifndef ORR_BASE_STREAM_H
#define ORR_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/diag.h"
#include "base/text.h"

typedef struct orr_sink orr_sink;
orr_sink *orr_sink_open(const char *path, orr_diags *diags);            /* NULL: reported */
void orr_sink_write(orr_sink *sink, const void *bytes, size_t count);
/* Writes what `text` has gathered, once that is enough for a write of its own, and empties it. */
void orr_sink_gather(orr_sink *sink, orr_text *text);
/* The same at the end, however little it is. */
void orr_sink_drain(orr_sink *sink, orr_text *text);
/* `keep` false: the target stays as it was. False: reported. NULL is allowed: true. */
bool orr_sink_close(orr_sink *sink, bool keep, orr_diags *diags);

typedef struct orr_tap orr_tap;
orr_tap *orr_tap_open(const char *path, orr_diags *diags);              /* NULL: reported */
/* True when all were read; false at the end of the file or at a failure. */
bool orr_tap_read(orr_tap *tap, void *bytes, size_t count);
bool orr_tap_varint(orr_tap *tap, uint64_t *value);                     /* base/wire.h */
void orr_tap_rewind(orr_tap *tap);                                      /* back to the beginning; not of a pipe */
bool orr_tap_at_end(orr_tap *tap);
void orr_tap_close(orr_tap *tap);

#endif
