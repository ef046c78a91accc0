/* Text buffers, comparisons, and the nearest word. */
#include "base_test.h"
#include "base/text.h"

static void a_buffer_grows_and_stays_terminated(void **state)
{
    (void)state;
    orr_text text = {0};
    for (int i = 0; i < 1000; i++) {
        orr_text_printf(&text, "%d,", i % 10);
        assert_int_equal(text.bytes[text.length_bytes], 0);
        assert_int_equal(text.length_bytes, 2 * (i + 1));
    }
    orr_text_append_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length_bytes, 2003);
    orr_text_clear(&text);
    assert_string_equal(text.bytes, "");
    orr_text_append(&text, "");
    assert_string_equal(text.bytes, "");
    orr_text_printf(&text, "%300d", 1);
    assert_int_equal(strlen(text.bytes), 300);
    orr_text_free(&text);
    assert_null(text.bytes);
    orr_text_append(&text, "");
    assert_string_equal(text.bytes, "");
    orr_text_free(&text);
}

static void comparisons(void **state)
{
    (void)state;
    assert_true(orr_text_equal("a", "a"));
    assert_false(orr_text_equal("a", "A"));
    assert_true(orr_text_equal(NULL, NULL));
    assert_false(orr_text_equal(NULL, ""));
    assert_true(orr_text_equal_ignoring_case("H100-SXM 80GB", "h100_sxm-80gb"));
    assert_false(orr_text_equal_ignoring_case("h100", "h1000"));
    assert_false(orr_text_equal_ignoring_case("h1000", "h100"));
    assert_true(orr_text_starts_with("data/chips", "data/"));
    assert_false(orr_text_starts_with("data", "data/"));
    assert_true(orr_text_ends_with("a.yaml", ".yaml"));
    assert_false(orr_text_ends_with("yaml", ".yaml"));
}

static void the_nearest_word(void **state)
{
    (void)state;
    static const char *const keys[] = {"tensor_parallel_size", "pipeline_parallel_size", "max_num_seqs", "max_num_batched_tokens", "block_size", "tp", "gpu_memory_utilization"};
    size_t count = sizeof keys / sizeof *keys;
    assert_string_equal(orr_text_nearest("tensor_paralel_size", keys, count), "tensor_parallel_size");
    assert_string_equal(orr_text_nearest("tensor-parallel-size", keys, count), "tensor_parallel_size");
    assert_string_equal(orr_text_nearest("max_num_sesq", keys, count), "max_num_seqs");
    assert_string_equal(orr_text_nearest("blok_size", keys, count), "block_size");
    assert_string_equal(orr_text_nearest("gpu_mem", keys, count), "gpu_memory_utilization");
    assert_string_equal(orr_text_nearest("TP", keys, count), "tp");
    assert_null(orr_text_nearest("max_num", keys, count));         /* two complete it */
    assert_null(orr_text_nearest("zebra", keys, count));
    assert_null(orr_text_nearest("xy", keys, count));
    assert_null(orr_text_nearest("", keys, count));
    assert_null(orr_text_nearest("anything", NULL, 0));
    static const char *const ties[] = {"cat", "car", "can"};
    assert_string_equal(orr_text_nearest("cax", ties, 3), "cat");  /* the first of equals */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_buffer_grows_and_stays_terminated), cmocka_unit_test(comparisons), cmocka_unit_test(the_nearest_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
