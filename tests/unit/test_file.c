/* Files: plain and gzip alike, lines of any length, atomic writes, and whose fault a failure is. */
#include "base_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/file.h"
#include "base/limits.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; char folder[64], path[128]; } fixture;

static fixture begin(void)
{
    fixture f = {orr_arena_create(), orr_diags_create(), "/tmp/orrery-test-XXXXXX", ""};
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.path, sizeof f.path, "%s/file", f.folder);
    return f;
}

static void end(fixture *f)
{
    unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);      /* nothing else is left there: no temporary file */
    orr_diags_destroy(f->diags);
    orr_arena_destroy(f->arena);
}

static void write_gz(const char *path, const char *bytes, size_t length)
{
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzwrite(gz, bytes, (unsigned)length), length);
    assert_int_equal(gzclose(gz), Z_OK);
}

static void assert_last_error(fixture *f, orr_fault fault, const char *part)
{
    orr_text out = {0};
    orr_diags_render(f->diags, false, &out);
    assert_true(orr_diags_error_count(f->diags) > 0);
    assert_int_equal(orr_diags_worst_fault(f->diags), fault);
    if (!strstr(out.bytes, part)) fail_msg("%s", out.bytes);
    orr_text_free(&out);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    fixture f = begin();
    static const char bytes[] = "one\ntwo\0three";
    assert_false(orr_file_exists(f.path));
    assert_true(orr_file_write(f.path, "older and longer than the new", 29, f.diags));
    assert_true(orr_file_write(f.path, bytes, sizeof bytes, f.diags));
    assert_true(orr_file_exists(f.path));
    for (int gz = 0; gz < 2; gz++) {
        if (gz) write_gz(f.path, bytes, sizeof bytes);
        orr_source *source = orr_file_read(f.arena, f.path, f.diags);
        assert_non_null(source);
        assert_string_equal(source->name, f.path);
        assert_int_equal(source->length_bytes, sizeof bytes);
        assert_memory_equal(source->bytes, bytes, sizeof bytes);
        assert_int_equal(source->bytes[source->length_bytes], 0);
    }
    assert_true(orr_file_write(f.path, "", 0, f.diags));
    assert_int_equal(orr_file_read(f.arena, f.path, f.diags)->length_bytes, 0);
    assert_int_equal(orr_diags_error_count(f.diags), 0);
    assert_true(orr_file_write("/dev/null", "x", 1, f.diags));
    struct stat status;
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    end(&f);
}

static void failures_have_an_owner(void **state)
{
    (void)state;
    fixture f = begin();
    assert_null(orr_file_read(f.arena, f.path, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "there is no such file");
    assert_null(orr_file_read(f.arena, f.folder, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "it is a directory");
    assert_null(orr_lines_open(f.path, f.diags));
    assert_false(orr_file_write(f.folder, "x", 1, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "it is a directory");
    char below[160];
    snprintf(below, sizeof below, "%s/none/file", f.folder);
    assert_false(orr_file_write(below, "x", 1, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "its folder is not there");
    end(&f);
}

static void a_cut_off_gzip_is_an_error(void **state)
{
    (void)state;
    fixture f = begin();
    char *bytes = malloc(300000);
    uint64_t random = 2;
    for (size_t i = 0; i < 300000; i++) bytes[i] = (char)(draw(&random) % 64 == 0 ? '\n' : 'a' + draw(&random) % 26);
    write_gz(f.path, bytes, 300000);
    struct stat status;
    stat(f.path, &status);
    assert_int_equal(truncate(f.path, status.st_size / 2), 0);
    assert_null(orr_file_read(f.arena, f.path, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "damaged or cut off");
    orr_lines *lines = orr_lines_open(f.path, f.diags);
    while (orr_lines_next(lines, NULL)) {}
    assert_true(orr_lines_failed(lines));
    orr_lines_close(lines);
    free(bytes);
    end(&f);
}

static void lines_of_every_kind(void **state)
{
    (void)state;
    static const char bytes[] = "one\r\n\n\r\nlast without end";
    static const char *const wanted[] = {"one", "", "", "last without end"};
    fixture f = begin();
    for (int gz = 0; gz < 2; gz++) {
        if (gz) write_gz(f.path, bytes, sizeof bytes - 1);
        else orr_file_write(f.path, bytes, sizeof bytes - 1, f.diags);
        orr_lines *lines = orr_lines_open(f.path, f.diags);
        size_t length;
        for (size_t i = 0; i < 4; i++) {
            assert_string_equal(orr_lines_next(lines, &length), wanted[i]);
            assert_int_equal(length, strlen(wanted[i]));
            assert_int_equal(orr_lines_number(lines), i + 1);
        }
        assert_null(orr_lines_next(lines, &length));
        assert_null(orr_lines_next(lines, &length));
        assert_false(orr_lines_failed(lines));
        orr_lines_close(lines);
    }
    orr_file_write(f.path, "", 0, f.diags);
    orr_lines *lines = orr_lines_open(f.path, f.diags);
    assert_null(orr_lines_next(lines, NULL));
    orr_lines_close(lines);
    orr_lines_close(NULL);
    end(&f);
}

static void long_lines_cross_the_buffer(void **state)
{
    (void)state;
    fixture f = begin();
    orr_text all = {0};
    static const size_t lengths[] = {1, 65535, 65536, 65537, 0, 300000, 5, 1000000, 262144, 3};
    size_t count = sizeof lengths / sizeof *lengths;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < lengths[i]; j++) orr_text_append_bytes(&all, &"abcdefgh"[(i + j) % 8], 1);
        orr_text_append(&all, "\n");
    }
    orr_file_write(f.path, all.bytes, all.length_bytes, f.diags);
    orr_lines *lines = orr_lines_open(f.path, f.diags);
    for (size_t i = 0; i < count; i++) {
        size_t length = 77;
        const char *line = orr_lines_next(lines, &length);
        assert_non_null(line);
        assert_int_equal(length, lengths[i]);
        for (size_t j = 0; j < length; j++) assert_int_equal(line[j], "abcdefgh"[(i + j) % 8]);
    }
    assert_null(orr_lines_next(lines, NULL));
    orr_lines_close(lines);
    orr_text_free(&all);
    end(&f);
}

static void a_line_beyond_the_limit_is_an_error(void **state)
{
    (void)state;
    fixture f = begin();
    char *bytes = malloc((size_t)ORR_MAX_LINE_BYTES + 10);
    memset(bytes, 'x', (size_t)ORR_MAX_LINE_BYTES + 10);
    bytes[2] = '\n';
    for (size_t over = 0; over < 2; over++) {
        write_gz(f.path, bytes, (size_t)ORR_MAX_LINE_BYTES + 3 + over);
        orr_lines *lines = orr_lines_open(f.path, f.diags);
        assert_string_equal(orr_lines_next(lines, NULL), "xx");
        assert_int_equal(orr_lines_next(lines, NULL) != NULL, over == 0);
        assert_int_equal(orr_lines_failed(lines), over);
        orr_lines_close(lines);
    }
    assert_last_error(&f, ORR_FAULT_USER, "line 2 has more than 16 MiB");
    free(bytes);
    end(&f);
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    fixture f = begin();
    char path[160], below[192];
    snprintf(path, sizeof path, "%s/a//b/", f.folder);
    assert_true(orr_directory_make(path, f.diags));
    assert_true(orr_directory_make(path, f.diags));
    assert_true(orr_directory_make("/", f.diags));
    assert_true(orr_file_exists(path));
    assert_int_equal(orr_diags_error_count(f.diags), 0);
    orr_file_write(f.path, "x", 1, f.diags);
    snprintf(below, sizeof below, "%s/c", f.path);
    assert_false(orr_directory_make(below, f.diags));
    assert_last_error(&f, ORR_FAULT_USER, "is a file");
    rmdir(path);
    snprintf(path, sizeof path, "%s/a", f.folder);
    rmdir(path);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(failures_have_an_owner), cmocka_unit_test(a_cut_off_gzip_is_an_error),
                                       cmocka_unit_test(lines_of_every_kind), cmocka_unit_test(long_lines_cross_the_buffer), cmocka_unit_test(a_line_beyond_the_limit_is_an_error),
                                       cmocka_unit_test(directories_are_made_with_their_parents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
