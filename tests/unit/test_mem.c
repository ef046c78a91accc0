/* Arenas: what they hand out is zeroed, aligned, apart and lasting. */
#include "base_test.h"
#include "base/mem.h"

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    uint64_t random = 1;
    orr_arena *arena = orr_arena_create();
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = (size_t)(draw(&random) % (i % 100 == 0 ? 400000 : 200));
        blocks[i] = orr_arena_alloc(arena, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++) assert_int_equal(blocks[i][j], 0);
        memset(blocks[i], (int)(i & 0xFF), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizes[i]; j++) assert_int_equal(blocks[i][j], i & 0xFF);
    size_t total = 0;
    for (size_t i = 0; i < COUNT; i++) total += sizes[i];
    assert_true(orr_arena_used_bytes(arena) >= total);
    orr_arena_destroy(arena);
    orr_arena_destroy(NULL);
}

static void text_is_copied(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    char word[] = "tokens";
    char *copy = orr_arena_strdup(arena, word), *part = orr_arena_strndup(arena, word, 3);
    word[0] = 'T';
    assert_string_equal(copy, "tokens");
    assert_string_equal(part, "tok");
    assert_string_equal(orr_arena_printf(arena, "%d %s", 42, "blocks"), "42 blocks");
    assert_string_equal(orr_arena_printf(arena, "%s", ""), "");
    char *long_text = orr_arena_printf(arena, "%5000d", 7);
    assert_int_equal(strlen(long_text), 5000);
    orr_arena_destroy(arena);
}

static void blocks_grow(void **state)
{
    (void)state;
    int *items = NULL;
    for (size_t n = 1; n <= 1000; n++) {
        items = orr_mem_resize(items, n * sizeof *items);
        items[n - 1] = (int)n;
    }
    for (int i = 0; i < 1000; i++) assert_int_equal(items[i], i + 1);
    orr_mem_free(items);
    orr_mem_free(NULL);
    orr_mem_free(orr_mem_resize(NULL, 0));
}

static jmp_buf out;
static size_t wanted;
static void leave(size_t bytes) { wanted = bytes; longjmp(out, 1); }

static void exhaustion_calls_the_handler(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_mem_on_exhausted(leave);
    if (setjmp(out) == 0) {
        orr_arena_alloc(arena, SIZE_MAX - 5);
        fail();
    }
    assert_true(wanted == SIZE_MAX - 5);
    orr_mem_on_exhausted(NULL);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks_are_zeroed_aligned_and_apart), cmocka_unit_test(text_is_copied), cmocka_unit_test(blocks_grow),
                                       cmocka_unit_test(exhaustion_calls_the_handler)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
