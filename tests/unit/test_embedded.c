/* The embedded files: sorted, terminated, the bytes of the files, and every one of them good YAML where it says so. */
#include "base_test.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/text.h"
#include "base/tree.h"

static void they_are_the_files(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    assert_true(orr_embedded_file_count > 0);
    for (size_t i = 0; i < orr_embedded_file_count; i++) {
        const orr_embedded_file *file = &orr_embedded_files[i];
        assert_int_equal(file->bytes[file->length_bytes], 0);
        if (i > 0) assert_true(strcmp(orr_embedded_files[i - 1].path, file->path) < 0);
        assert_true(orr_text_starts_with(file->path, "data/") || orr_text_starts_with(file->path, "web/dist/"));
        if (!orr_text_ends_with(file->path, ".yaml")) continue;
        orr_source *source = orr_file_read(arena, file->path, diags);
        assert_non_null(source);
        assert_int_equal(source->length_bytes, file->length_bytes);
        assert_memory_equal(source->bytes, file->bytes, file->length_bytes);
        if (!orr_tree_parse(arena, source, diags)) fail_msg("%s is not YAML", file->path);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(they_are_the_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
