/* Places that forget: who came last stands there, tables double when many are displaced, and doubling displaces nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/map.h"
#include "drive/places.h"

typedef struct item { orr_place_hash hash; uint64_t key, value; } item;

enum { FIRST = 8, MOST = 64 };

static item *find(orr_places *places, uint64_t key) { return orr_places_find(places, orr_hash_mix(key, 0), sizeof(item), FIRST, MOST); }

/* Whether it was there. */
static int ask(orr_places *places, uint64_t key)
{
    item *at = find(places, key);
    const int there = at->key == key;
    *at = (item){at->hash, key, 2 * key};
    return there;
}

static void keys_that_come_again_find_room(void **state)
{
    (void)state;
    orr_places places = {0};
    for (int round = 0; round < 100; round++)
        for (uint64_t key = 1; key <= 24; key++) ask(&places, key);
    assert_true(places.count > FIRST && places.count <= MOST);
    int there = 0;
    for (uint64_t key = 1; key <= 24; key++) there += ask(&places, key);
    assert_true(there >= 12);
    orr_places_free(&places);
}

static void doubling_displaces_nobody(void **state)
{
    (void)state;
    orr_places places = {0};
    for (uint64_t key = 1; places.displaced < FIRST; key++) ask(&places, key);
    item before[FIRST];
    for (size_t i = 0; i < FIRST; i++) before[i] = *(const item *)orr_place_number(&places, i);
    const size_t count = places.count;
    orr_places_double(&places);
    assert_int_equal(places.count, 2 * count);
    for (size_t i = 0; i < FIRST; i++) {
        if (before[i].hash == 0) continue;
        const item *at = find(&places, before[i].key);
        assert_int_equal(at->key, before[i].key);
        assert_int_equal(at->value, before[i].value);
    }
    assert_int_equal(places.displaced, 0);
    orr_places_free(&places);
}

static void a_table_stays_within_its_limit(void **state)
{
    (void)state;
    orr_places places = {0};
    for (uint64_t key = 1; key <= 100000; key++) ask(&places, key);
    assert_int_equal(places.count, MOST);
    orr_places_free(&places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_that_come_again_find_room), cmocka_unit_test(doubling_displaces_nobody), cmocka_unit_test(a_table_stays_within_its_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
