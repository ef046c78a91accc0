/* Writes files as a C table: embed OUT DIR[:SUFFIX]...
 *
 * Every regular file under each DIR (only those that end in SUFFIX, where given; hidden ones left out) becomes an entry {path, bytes, length}, sorted by path.
 * Invariants: 1. OUT depends on nothing but the names and bytes of the files; 2. OUT is written only when its bytes would change, so that make rebuilds nothing in vain;
 * 3. a DIR that is not there holds no files. */
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char **paths;
static size_t path_count, path_capacity;
static const char *wanted_suffix;

static _Noreturn void fail(const char *what, const char *path)
{
    fprintf(stderr, "embed: cannot %s %s\n", what, path);
    exit(1);
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    const char *name = path + at->base;
    if (kind != FTW_F || name[0] == '.') return 0;
    size_t length = strlen(path), suffix_length = strlen(wanted_suffix);
    if (length < suffix_length || strcmp(path + length - suffix_length, wanted_suffix) != 0) return 0;
    if (path_count == path_capacity) {
        path_capacity = path_capacity ? path_capacity * 2 : 64;
        paths = realloc(paths, path_capacity * sizeof *paths);
        if (!paths) fail("hold the list of", path);
    }
    paths[path_count] = malloc(length + 1);
    if (!paths[path_count]) fail("hold the name of", path);
    memcpy(paths[path_count++], path, length + 1);
    return 0;
}

static void list_folder(char *folder)
{
    char *colon = strchr(folder, ':');
    struct stat status;
    if (colon) *colon = 0;
    wanted_suffix = colon ? colon + 1 : "";
    if (stat(folder, &status) == 0 && nftw(folder, visit, 16, FTW_PHYS) != 0) fail("list", folder);
}

static int compare_paths(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static char *read_all(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    size_t capacity = 1 << 16, count = 0;
    char *bytes = malloc(capacity);
    while (bytes) {
        count += fread(bytes + count, 1, capacity - count, file);
        if (count < capacity) break;
        capacity *= 2;
        bytes = realloc(bytes, capacity);
    }
    if (!bytes || ferror(file)) fail("read", path);
    fclose(file);
    *length = count;
    return bytes;
}

/* Octal escapes of three digits never run into the next character; "?" is escaped against trigraphs. */
static void write_literal(FILE *out, const char *bytes, size_t length)
{
    fputs("    \"", out);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\n') fputs(i + 1 < length ? "\\n\"\n    \"" : "\\n", out);
        else if (c < 32 || c > 126 || c == '"' || c == '\\' || c == '?') fprintf(out, "\\%03o", (unsigned)c);
        else putc(c, out);
    }
    putc('"', out);
}

static void write_table(FILE *out)
{
    fputs("/* Written by tools/embed.c; do not edit. */\n#include \"base/embedded.h\"\n", out);
    size_t *lengths = calloc(path_count + 1, sizeof *lengths);
    if (!lengths) fail("hold the lengths of", "the files");
    for (size_t i = 0; i < path_count; i++) {
        char *bytes = read_all(paths[i], &lengths[i]);
        if (!bytes) fail("open", paths[i]);
        fprintf(out, "\n/* %s */\nstatic const char file_%zu[] =\n", paths[i], i);
        write_literal(out, bytes, lengths[i]);
        fputs(";\n", out);
        free(bytes);
    }
    fputs("\nconst orr_embedded_file orr_embedded_files[] = {\n", out);
    for (size_t i = 0; i < path_count; i++) fprintf(out, "    {\"%s\", file_%zu, %zu},\n", paths[i], i, lengths[i]);
    fprintf(out, "    {0, 0, 0},\n};\nconst size_t orr_embedded_file_count = %zu;\n", path_count);
    free(lengths);
}

static bool same_bytes(const char *a, const char *b)
{
    size_t a_length = 0, b_length = 0;
    char *a_bytes = read_all(a, &a_length), *b_bytes = read_all(b, &b_length);
    bool same = a_bytes && b_bytes && a_length == b_length && memcmp(a_bytes, b_bytes, a_length) == 0;
    free(a_bytes);
    free(b_bytes);
    return same;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: embed OUT DIR[:SUFFIX]...\n");
        return 2;
    }
    for (int i = 2; i < count; i++) list_folder(arguments[i]);
    if (path_count) qsort(paths, path_count, sizeof *paths, compare_paths);

    char fresh[4096];
    if (snprintf(fresh, sizeof fresh, "%s.new", arguments[1]) >= (int)sizeof fresh) fail("name", arguments[1]);
    FILE *out = fopen(fresh, "wb");
    if (!out) fail("write", fresh);
    write_table(out);
    if (ferror(out) | fclose(out)) fail("write", fresh);
    if (same_bytes(fresh, arguments[1])) remove(fresh);
    else if (rename(fresh, arguments[1]) != 0) fail("write", arguments[1]);
    for (size_t i = 0; i < path_count; i++) free(paths[i]);
    free(paths);
    return 0;
}
