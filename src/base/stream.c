#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/root.h"
#include "base/wire.h"

enum { BUFFER_BYTES = 1 << 16, ATTEMPTS = 100 };

struct orr_sink {
    int file, error;                /* error: errno of the first failure; 0: none */
    orr_text path, fresh;           /* fresh: what is written; empty: the path itself */
    size_t held;
    char buffer[BUFFER_BYTES];
};

static void report(const char *path, int error, orr_diags *diags)
{
    if (error == ENOENT || error == EISDIR || error == ENOTDIR) orr_diag_error(diags, (orr_place){0}, "can't write %s: %s", path, error == EISDIR ? "it is a directory" : "its folder is not there");
    else orr_diag_environment(diags, "can't write %s: %s", path, strerror(error));
}

/* Another process or an earlier crash may hold a name: the next is tried. */
static int open_beside(orr_sink *sink)
{
    int file = -1;
    for (int attempt = 0; attempt < ATTEMPTS && file < 0; attempt++) {
        orr_text_clear(&sink->fresh);
        orr_text_printf(&sink->fresh, "%s.%ld-%d.tmp", sink->path.bytes, (long)getpid(), attempt);
        file = openat(orr_root(), sink->fresh.bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) break;
    }
    return file;
}

static void sink_free(orr_sink *sink)
{
    orr_text_free(&sink->path);
    orr_text_free(&sink->fresh);
    orr_mem_free(sink);
}

orr_sink *orr_sink_open(const char *path, orr_diags *diags)
{
    orr_sink *sink = orr_mem_resize(NULL, sizeof *sink);
    sink->error = 0;
    sink->held = 0;
    sink->path = sink->fresh = (orr_text){0};
    orr_text_append(&sink->path, path);
    struct stat status;
    const bool exists = fstatat(orr_root(), path, &status, 0) == 0;
    if (exists && S_ISDIR(status.st_mode)) errno = EISDIR;
    sink->file = exists && S_ISDIR(status.st_mode) ? -1 : exists && !S_ISREG(status.st_mode) ? openat(orr_root(), path, O_WRONLY | O_CLOEXEC) : open_beside(sink);
    if (sink->file >= 0) return sink;
    report(path, errno, diags);
    sink_free(sink);
    return NULL;
}

static void flush(orr_sink *sink)
{
    for (size_t done = 0; done < sink->held && sink->error == 0;) {
        const ssize_t wrote = write(sink->file, sink->buffer + done, sink->held - done);
        if (wrote >= 0) done += (size_t)wrote;
        else if (errno != EINTR) sink->error = errno;
    }
    sink->held = 0;
}

void orr_sink_write(orr_sink *sink, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        const size_t room = BUFFER_BYTES - sink->held, piece = count < room ? count : room;
        memcpy(sink->buffer + sink->held, at, piece);
        sink->held += piece;
        at += piece;
        count -= piece;
        if (sink->held == BUFFER_BYTES) flush(sink);
    }
}

enum { GATHERED_BYTES = 1 << 15 };

void orr_sink_drain(orr_sink *sink, orr_text *text)
{
    if (text->length_bytes == 0) return;
    orr_sink_write(sink, text->bytes, text->length_bytes);
    orr_text_clear(text);
}

void orr_sink_gather(orr_sink *sink, orr_text *text)
{
    if (text->length_bytes >= GATHERED_BYTES) orr_sink_drain(sink, text);
}

bool orr_sink_close(orr_sink *sink, bool keep, orr_diags *diags)
{
    if (sink == NULL) return true;
    flush(sink);
    if (close(sink->file) != 0 && sink->error == 0) sink->error = errno;
    const bool beside = sink->fresh.length_bytes > 0;
    if (beside && keep && sink->error == 0 && renameat(orr_root(), sink->fresh.bytes, orr_root(), sink->path.bytes) != 0) sink->error = errno;
    if (beside && (!keep || sink->error != 0)) unlinkat(orr_root(), sink->fresh.bytes, 0);
    const bool good = sink->error == 0;
    if (!good) report(sink->path.bytes, sink->error, diags);
    sink_free(sink);
    return good;
}

/* --- reading --- */

struct orr_tap { gzFile file; size_t at, held; uint8_t buffer[BUFFER_BYTES]; };

orr_tap *orr_tap_open(const char *path, orr_diags *diags)
{
    struct stat status;
    int error = fstatat(orr_root(), path, &status, 0) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    const int opened = error == 0 ? openat(orr_root(), path, O_RDONLY | O_CLOEXEC) : -1;
    gzFile file = opened >= 0 ? gzdopen(opened, "rb") : NULL;
    if (error == 0 && file == NULL) error = errno != 0 ? errno : EIO;
    if (file == NULL) {
        if (error == ENOENT || error == ENOTDIR || error == EISDIR) orr_diag_error(diags, (orr_place){0}, "can't read %s: %s", path, error == EISDIR ? "it is a directory" : "there is no such file");
        else orr_diag_environment(diags, "can't read %s: %s", path, strerror(error));
        return NULL;
    }
    orr_tap *tap = orr_mem_resize(NULL, sizeof *tap);
    tap->file = file;
    tap->at = tap->held = 0;
    return tap;
}

static bool fill(orr_tap *tap)
{
    if (tap->at < tap->held) return true;
    const int got = gzread(tap->file, tap->buffer, BUFFER_BYTES);
    tap->at = 0;
    tap->held = got > 0 ? (size_t)got : 0;
    return got > 0;
}

bool orr_tap_read(orr_tap *tap, void *bytes, size_t count)
{
    char *to = bytes;
    while (count > 0) {
        if (!fill(tap)) return false;
        const size_t held = tap->held - tap->at, piece = count < held ? count : held;
        memcpy(to, tap->buffer + tap->at, piece);
        tap->at += piece;
        to += piece;
        count -= piece;
    }
    return true;
}

bool orr_tap_varint(orr_tap *tap, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < ORR_VARINT_BYTES; i++) {
        uint8_t byte;
        if (!orr_tap_read(tap, &byte, 1)) return false;
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) return true;
    }
    return false;
}

void orr_tap_rewind(orr_tap *tap)
{
    gzrewind(tap->file);
    tap->at = tap->held = 0;
}

bool orr_tap_at_end(orr_tap *tap) { return !fill(tap); }

void orr_tap_close(orr_tap *tap)
{
    if (tap == NULL) return;
    gzclose_r(tap->file);
    orr_mem_free(tap);
}
