/* Maps against a plain array under random operations; hashes against fixed values. */
#include "base_test.h"
#include "base/map.h"
#include "base/text.h"

enum { KEYS = 512 };

static void agrees_with_an_array(void **state)
{
    (void)state;
    static const uint64_t strides[] = {1, UINT64_C(1) << 32, UINT64_C(0x9e3779b97f4a7c15)};
    for (size_t s = 0; s < 3; s++) {
        orr_map map = {0};
        bool present[KEYS] = {false};
        uint64_t values[KEYS] = {0}, random = 7 + s, got;
        size_t count = 0;
        for (int step = 0; step < 200000; step++) {
            size_t k = (size_t)(draw(&random) % KEYS);
            uint64_t key = k * strides[s];
            switch (draw(&random) % 4) {
            case 0:
            case 1:
                count += !present[k];
                present[k] = true;
                values[k] = draw(&random);
                orr_map_put(&map, key, values[k]);
                break;
            case 2:
                assert_int_equal(orr_map_remove(&map, key), present[k]);
                count -= present[k];
                present[k] = false;
                break;
            default:
                assert_int_equal(orr_map_get(&map, key, &got), present[k]);
                if (present[k]) assert_true(got == values[k]);
            }
            assert_int_equal(map.count, count);
            if (step % 50000 == 49999) {
                for (size_t i = 0; i < KEYS; i++) assert_int_equal(orr_map_get(&map, i * strides[s], &got), present[i]);
                orr_map_clear(&map);
                memset(present, 0, sizeof present);
                count = 0;
            }
        }
        assert_true(map.capacity <= 4 * KEYS);      /* removals do not make it grow */
        orr_map_free(&map);
    }
}

static void an_empty_map_answers(void **state)
{
    (void)state;
    orr_map map = {0};
    uint64_t value = 5;
    assert_false(orr_map_get(&map, 1, &value));
    assert_false(orr_map_remove(&map, 1));
    orr_map_clear(&map);
    orr_map_put(&map, 0, 0);
    orr_map_put(&map, UINT64_MAX, 9);
    assert_true(orr_map_get(&map, UINT64_MAX, &value));
    assert_true(value == 9);
    assert_true(orr_map_get(&map, 0, NULL));
    orr_map_free(&map);
    orr_map_free(&map);
}

static void text_keys(void **state)
{
    (void)state;
    static int values[3000];
    orr_text_map *map = orr_text_map_create();
    orr_text key = {0};
    for (int i = 0; i < 3000; i++) {
        orr_text_clear(&key);
        orr_text_printf(&key, "key-%d", i);
        assert_null(orr_text_map_get(map, key.bytes));
        orr_text_map_put(map, key.bytes, &values[i]);
    }
    orr_text_map_put(map, "key-7", &values[8]);
    orr_text_map_put(map, "", &values[1]);
    for (int i = 0; i < 3000; i++) {
        orr_text_clear(&key);
        orr_text_printf(&key, "key-%d", i);
        assert_ptr_equal(orr_text_map_get(map, key.bytes), &values[i == 7 ? 8 : i]);
    }
    assert_ptr_equal(orr_text_map_get(map, ""), &values[1]);
    assert_null(orr_text_map_get(map, "key-3000"));
    orr_text_free(&key);
    orr_text_map_destroy(map);
    orr_text_map_destroy(NULL);
}

static void hashes_are_fixed(void **state)
{
    (void)state;
    assert_true(orr_hash_text("") == UINT64_C(0x2d06800538d394c2));        /* XXH3's published value for no bytes */
    assert_true(orr_hash_text("arrivals") == orr_hash_bytes("arrivals", 8, 0));
    assert_true(orr_hash_bytes("arrivals", 8, 1) != orr_hash_bytes("arrivals", 8, 0));
    assert_true(orr_hash_mix(1, 2) != orr_hash_mix(2, 1));
    assert_true(orr_hash_mix(0, 0) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_an_array), cmocka_unit_test(an_empty_map_answers), cmocka_unit_test(text_keys),
                                       cmocka_unit_test(hashes_are_fixed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
