/* What the tests of trust share: files in a folder of their own, and diagnostics as text. */
#ifndef ORR_TESTS_TRUST_SUPPORT_H
#define ORR_TESTS_TRUST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"

typedef struct trust_files { orr_arena *arena; orr_diags *diags; char folder[64]; } trust_files;

static inline trust_files trust_begin(void)
{
    trust_files f = {orr_arena_create(), orr_diags_create(), "/tmp/orrery-trust-XXXXXX"};
    assert_non_null(mkdtemp(f.folder));
    return f;
}

/* A file, or a folder with all in it. */
static inline void trust_remove(const char *path)
{
    struct stat info;
    DIR *folder = lstat(path, &info) == 0 && S_ISDIR(info.st_mode) ? opendir(path) : NULL;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        orr_text inner = {0};
        orr_text_printf(&inner, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) trust_remove(inner.bytes);
        orr_text_free(&inner);
    }
    if (folder != NULL) closedir(folder);
    assert_int_equal(remove(path), 0);
}

static inline void trust_end(trust_files *f)
{
    trust_remove(f->folder);
    orr_diags_destroy(f->diags);
    orr_arena_destroy(f->arena);
}

/* Writes FOLDER/name, its folders too; returns the path. */
static inline const char *trust_write(trust_files *f, const char *name, const char *bytes, size_t length)
{
    const char *path = orr_arena_printf(f->arena, "%s/%s", f->folder, name), *slash = strrchr(path, '/');
    assert_true(orr_directory_make(orr_arena_strndup(f->arena, path, (size_t)(slash - path)), f->diags));
    assert_true(orr_file_write(path, bytes, length, f->diags));
    return path;
}

static inline const char *trust_write_text(trust_files *f, const char *name, const char *text) { return trust_write(f, name, text, strlen(text)); }

static inline const char *trust_errors(trust_files *f)
{
    orr_text out = {0};
    orr_diags_render(f->diags, false, &out);
    const char *text = orr_arena_strdup(f->arena, out.bytes != NULL ? out.bytes : "");
    orr_text_free(&out);
    return text;
}

/* An error was reported, and says this. */
static inline void trust_says(trust_files *f, const char *part)
{
    const char *text = trust_errors(f);
    if (orr_diags_error_count(f->diags) == 0 || strstr(text, part) == NULL) fail_msg("no error says \"%s\":\n%s", part, text);
    orr_diags_destroy(f->diags);
    f->diags = orr_diags_create();
}

#endif
