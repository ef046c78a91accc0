/* Files: reads through zlib, which passes plain bytes on and unpacks gzip; writes beside the target, then renames.
 *
 * Invariants: 1. a reader of the target of a write sees the old bytes or the new ones, never a part; 2. memory for a line stream follows the longest line, not the file. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/limits.h"
#include "base/root.h"

enum { READ_BYTES = 1 << 16 };

/* Why a file can't be opened: the user named what is not there, or the machine refuses. */
static void report_open(const char *path, int error, orr_diags *diags)
{
    if (error == ENOENT || error == ENOTDIR) orr_diag_error(diags, (orr_place){0}, "can't read %s: there is no such file", path);
    else if (error == EISDIR) orr_diag_error(diags, (orr_place){0}, "can't read %s: it is a directory", path);
    else orr_diag_environment(diags, "can't read %s: %s", path, strerror(error));
}

static gzFile open_gz(const char *path, orr_diags *diags)
{
    struct stat status;
    int file = openat(orr_root(), path, O_RDONLY | O_CLOEXEC), error = errno;
    if (file >= 0 && fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(file);
        file = -1;
        error = EISDIR;
    }
    gzFile gz = file >= 0 ? gzdopen(file, "rb") : NULL;
    if (!gz) {
        report_open(path, error, diags);
        if (file >= 0) close(file);
        return NULL;
    }
    gzbuffer(gz, READ_BYTES);
    return gz;
}

/* Reports a failed or cut-off read; true when there was one. */
static bool report_read(gzFile gz, int got, const char *path, orr_diags *diags)
{
    int code = Z_OK;
    const char *what = gzerror(gz, &code);
    if (got >= 0 && code != Z_BUF_ERROR) return false;
    if (code == Z_ERRNO) orr_diag_environment(diags, "can't read %s: %s", path, strerror(errno));
    else orr_diag_error(diags, (orr_place){0}, "can't read %s: the compressed data are damaged or cut off (%s)", path, what);
    return true;
}

orr_source *orr_file_read(orr_arena *arena, const char *path, orr_diags *diags)
{
    gzFile gz = open_gz(path, diags);
    if (!gz) return NULL;
    orr_text all = {0};
    char *piece = orr_mem_resize(NULL, READ_BYTES);
    orr_source *source = NULL;
    for (;;) {
        int got = gzread(gz, piece, READ_BYTES);
        if (report_read(gz, got, path, diags)) break;
        if (got == 0) {
            source = ORR_NEW(arena, orr_source);
            source->name = orr_arena_strdup(arena, path);
            source->bytes = orr_arena_strndup(arena, all.bytes, all.length_bytes);
            source->length_bytes = all.length_bytes;
            break;
        }
        orr_text_append_bytes(&all, piece, (size_t)got);
        if (all.length_bytes > ORR_MAX_FILE_BYTES) {
            orr_diag_error(diags, (orr_place){0}, "can't read %s: it has more than %d MiB", path, ORR_MAX_FILE_BYTES / (1024 * 1024));
            break;
        }
    }
    orr_mem_free(piece);
    orr_text_free(&all);
    gzclose_r(gz);
    return source;
}

/* --- lines --- */

struct orr_lines {
    gzFile gz;
    orr_diags *diags;
    char *path;
    char *buffer;                               /* [start, end) is read and not yet given out */
    size_t start, end, capacity, number;
    bool at_end, failed;
};

orr_lines *orr_lines_open(const char *path, orr_diags *diags)
{
    gzFile gz = open_gz(path, diags);
    if (!gz) return NULL;
    orr_lines *lines = orr_mem_resize(NULL, sizeof *lines);
    memset(lines, 0, sizeof *lines);
    lines->gz = gz;
    lines->diags = diags;
    lines->path = orr_mem_resize(NULL, strlen(path) + 1);
    memcpy(lines->path, path, strlen(path) + 1);
    return lines;
}

static void fail_line(orr_lines *lines)
{
    lines->failed = true;
    orr_diag_error(lines->diags, (orr_place){0}, "can't read %s: line %zu has more than %d MiB", lines->path, lines->number + 1, ORR_MAX_LINE_BYTES / (1024 * 1024));
}

/* Reads more behind `end`; false at the end of the file or after a failure. */
static bool fill(orr_lines *lines)
{
    if (lines->at_end || lines->failed) return false;
    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->end > ORR_MAX_LINE_BYTES) { fail_line(lines); return false; }
    if (lines->capacity - lines->end <= READ_BYTES) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 4 * READ_BYTES;
        lines->buffer = orr_mem_resize(lines->buffer, lines->capacity);
    }
    int got = gzread(lines->gz, lines->buffer + lines->end, READ_BYTES);
    if (report_read(lines->gz, got, lines->path, lines->diags)) { lines->failed = true; return false; }
    lines->end += (size_t)got;
    lines->at_end = got == 0;
    return got > 0;
}

const char *orr_lines_next(orr_lines *lines, size_t *length_bytes)
{
    size_t searched = 0;
    char *line_end = NULL;
    for (;;) {
        size_t held = lines->end - lines->start;
        if (held > searched) line_end = memchr(lines->buffer + lines->start + searched, '\n', held - searched);
        if (line_end) break;
        searched = held;
        if (!fill(lines)) break;
    }
    if (lines->failed || (!line_end && lines->end == lines->start)) return NULL;
    char *line = lines->buffer + lines->start;
    size_t length = line_end ? (size_t)(line_end - line) : lines->end - lines->start;
    lines->start += length + (line_end != NULL);
    if (length && line[length - 1] == '\r') length--;
    if (length > ORR_MAX_LINE_BYTES) { fail_line(lines); return NULL; }
    line[length] = 0;           /* the place of the line's end, or spare room: fill leaves some */
    lines->number++;
    if (length_bytes) *length_bytes = length;
    return line;
}

size_t orr_lines_number(const orr_lines *lines) { return lines->number; }
bool orr_lines_failed(const orr_lines *lines) { return lines->failed; }

void orr_lines_close(orr_lines *lines)
{
    if (!lines) return;
    gzclose_r(lines->gz);
    orr_mem_free(lines->buffer);
    orr_mem_free(lines->path);
    orr_mem_free(lines);
}

/* --- writes --- */

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length) {
        ssize_t wrote = write(file, bytes, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return false;
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

static bool write_to(const char *path, int flags, const char *bytes, size_t length_bytes)
{
    int file = openat(orr_root(), path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (file < 0) return false;
    bool good = write_all(file, bytes, length_bytes);
    int error = errno;
    if (close(file) != 0 && good) return false;
    errno = error;
    return good;
}

/* Writes beside `path` and renames; errno tells of a failure. Another process or an earlier crash may hold a name: the next is tried. */
static bool write_and_rename(const char *path, const char *bytes, size_t length_bytes)
{
    orr_text fresh = {0};
    bool good = false;
    for (int attempt = 0; attempt < 100; attempt++) {
        orr_text_clear(&fresh);
        orr_text_printf(&fresh, "%s.%ld-%d.tmp", path, (long)getpid(), attempt);
        good = write_to(fresh.bytes, O_EXCL, bytes, length_bytes);
        if (good || errno != EEXIST) break;
    }
    bool exists_already = !good && errno == EEXIST;
    if (good) good = renameat(orr_root(), fresh.bytes, orr_root(), path) == 0;
    if (!good && !exists_already) {
        int error = errno;
        unlinkat(orr_root(), fresh.bytes, 0);
        errno = error;
    }
    orr_text_free(&fresh);
    return good;
}

bool orr_file_write(const char *path, const char *bytes, size_t length_bytes, orr_diags *diags)
{
    struct stat status;
    bool special = fstatat(orr_root(), path, &status, 0) == 0 && !S_ISREG(status.st_mode);      /* /dev/stdout, a pipe: renaming would replace it */
    if (special ? write_to(path, 0, bytes, length_bytes) : write_and_rename(path, bytes, length_bytes)) return true;
    int error = errno;
    if (error == ENOENT || error == EISDIR) orr_diag_error(diags, (orr_place){0}, "can't write %s: %s", path, error == EISDIR ? "it is a directory" : "its folder is not there");
    else orr_diag_environment(diags, "can't write %s: %s", path, strerror(error));
    return false;
}

bool orr_file_copy(const char *from, const char *to, orr_diags *diags)
{
    const int opened = openat(orr_root(), from, O_RDONLY | O_CLOEXEC);
    FILE *file = opened >= 0 ? fdopen(opened, "rb") : NULL;
    if (!file) { report_open(from, errno, diags); return false; }
    orr_text all = {0};
    char *piece = orr_mem_resize(NULL, READ_BYTES);
    for (size_t got; (got = fread(piece, 1, READ_BYTES, file)) > 0;) orr_text_append_bytes(&all, piece, got);
    const bool read = !ferror(file);
    if (!read) orr_diag_environment(diags, "can't read %s: %s", from, strerror(errno));
    orr_mem_free(piece);
    fclose(file);
    const bool good = read && orr_file_write(to, all.bytes ? all.bytes : "", all.length_bytes, diags);
    orr_text_free(&all);
    return good;
}

static bool make_one(const char *path)
{
    struct stat status;
    if (mkdirat(orr_root(), path, 0777) == 0) return true;
    int error = errno;
    if (error == EEXIST && fstatat(orr_root(), path, &status, 0) == 0 && S_ISDIR(status.st_mode)) return true;
    errno = error;
    return false;
}

bool orr_directory_make(const char *path, orr_diags *diags)
{
    orr_text prefix = {0};
    bool good = true;
    for (const char *at = path; good && *at; at++) {
        bool ends_here = at[1] == 0 || at[1] == '/';
        if (!ends_here || *at == '/') continue;
        orr_text_clear(&prefix);
        orr_text_append_bytes(&prefix, path, (size_t)(at + 1 - path));
        good = make_one(prefix.bytes);
    }
    if (!good) {
        int error = errno;
        if (error == EEXIST || error == ENOTDIR) orr_diag_error(diags, (orr_place){0}, "can't make the directory %s: %s is a file", path, prefix.bytes);
        else orr_diag_environment(diags, "can't make the directory %s: %s", path, strerror(error));
    }
    orr_text_free(&prefix);
    return good;
}

bool orr_file_exists(const char *path)
{
    struct stat status;
    return fstatat(orr_root(), path, &status, 0) == 0;
}
