/* Plain records against json-c: whatever is read without a tree, the parser reads too, and the same. */
#include "base_test.h"

#include <json-c/json.h>
#include "traffic/trace_plain.h"

enum { STAMP, INPUT, BLOCKS, PARENT, FIELDS };

static const orr_plain_field wanted[FIELDS] = {{.key = "timestamp", .kind = ORR_PLAIN_NUMBER}, {.key = "input_length", .kind = ORR_PLAIN_WHOLE}, {.key = "hash_ids", .kind = ORR_PLAIN_LIST}, {.key = "parent", .kind = ORR_PLAIN_WHOLE}};

static bool is_plain(const char *line, orr_plain_field fields[FIELDS])
{
    memcpy(fields, wanted, sizeof wanted);
    return orr_plain_record(line, strlen(line), fields, FIELDS);
}

static void what_recorders_write_is_plain(void **state)
{
    (void)state;
    orr_plain_field f[FIELDS];
    assert_true(is_plain("{\"timestamp\": 27.25, \"input_length\": 6755, \"hash_ids\": [46, 0, 999999999999999999], \"type\": \"text\", \"turn\": 1.5, \"parent\": -1}", f));
    assert_true(f[STAMP].number > 27.2 && f[STAMP].number < 27.3);
    assert_int_equal(f[INPUT].whole, 6755);
    assert_int_equal(f[PARENT].whole, -1);
    int64_t number;
    assert_true(orr_plain_list_next(&f[BLOCKS].list, &number) && number == 46);
    assert_true(orr_plain_list_next(&f[BLOCKS].list, &number) && number == 0);
    assert_true(orr_plain_list_next(&f[BLOCKS].list, &number) && number == 999999999999999999);
    assert_false(orr_plain_list_next(&f[BLOCKS].list, &number));
    assert_true(is_plain("{\"hash_ids\":[],\"timestamp\":0,\"input_length\":0,\"parent\":0}  ", f));
    assert_false(orr_plain_list_next(&f[BLOCKS].list, &number));
}

static void the_rest_is_left_to_the_parser(void **state)
{
    (void)state;
    static const char *const dear[] = {
        "", "{}", "[]", "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": []}", "{\"timestamp\": 1, \"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0}",
        "{\"timestamp\": 1, \"input_length\": 2.5, \"hash_ids\": [], \"parent\": 0}", "{\"timestamp\": 1, \"input_length\": \"2\", \"hash_ids\": [], \"parent\": 0}",
        "{\"timestamp\": 1e3, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0}", "{\"timestamp\": 1., \"input_length\": 2, \"hash_ids\": [], \"parent\": 0}",
        "{\"timestamp\": 01, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0}", "{\"timestamp\": 1, \"input_length\": 1000000000000000000, \"hash_ids\": [], \"parent\": 0}",
        "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [1,], \"parent\": 0}", "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [\"1\"], \"parent\": 0}",
        "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0} {", "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0,}",
        "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0, \"a\\u0041\": 1}", "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0, \"a\": \"\\t\"}",
        "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0, \"a\": {}}", "{\"timestamp\": 1, \"input_length\": 2, \"hash_ids\": [], \"parent\": 0, \"a\": true}"};
    orr_plain_field f[FIELDS];
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
        if (is_plain(dear[i], f)) fail_msg("read without a parser: %s", dear[i]);
    assert_false(orr_plain_record("{\"a\": 1\0}", 9, (orr_plain_field[]){{.key = "a", .kind = ORR_PLAIN_WHOLE}}, 1));
}

/* A line, with bytes changed, left out and doubled. */
static void draw_line(uint64_t *random, char *line)
{
    static const char *const whole[] = {"{\"timestamp\": 27000, \"input_length\": 6755, \"hash_ids\": [46, 57, 58], \"parent\": -1}", "{\"parent\": 7, \"timestamp\": 0.125, \"type\": \"text\", \"input_length\": 12, \"hash_ids\": []}"};
    static const char letters[] = "0123456789-+.eE \"\\,:[]{}abc\t\n";
    strcpy(line, whole[draw(random) % 2]);
    for (uint64_t changes = draw(random) % 3; changes > 0; changes--) {
        const size_t length = strlen(line), at = draw(random) % length;
        switch (draw(random) % 3) {
        case 0: line[at] = letters[draw(random) % (sizeof letters - 1)]; break;
        case 1: memmove(line + at, line + at + 1, length - at); break;
        default: memmove(line + at + 1, line + at, length - at + 1);
        }
    }
}

static void what_is_read_is_what_the_parser_reads(void **state)
{
    (void)state;
    uint64_t random = 1;
    int plain = 0;
    for (int i = 0; i < 200000; i++) {
        char line[256];
        orr_plain_field f[FIELDS];
        draw_line(&random, line);
        if (!is_plain(line, f)) continue;
        plain++;
        json_tokener *tokener = json_tokener_new();
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        json_object *object = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
        if (!object) fail_msg("the parser refuses %s", line);
        json_object *list = json_object_object_get(object, "hash_ids");
        assert_true(bits_of(json_object_get_double(json_object_object_get(object, "timestamp"))) == bits_of(f[STAMP].number) || !(f[STAMP].number < 0 || f[STAMP].number > 0));
        assert_int_equal(json_object_get_int64(json_object_object_get(object, "input_length")), f[INPUT].whole);
        assert_int_equal(json_object_get_int64(json_object_object_get(object, "parent")), f[PARENT].whole);
        int64_t number;
        for (size_t k = 0; k < json_object_array_length(list); k++) assert_true(orr_plain_list_next(&f[BLOCKS].list, &number) && number == json_object_get_int64(json_object_array_get_idx(list, k)));
        assert_false(orr_plain_list_next(&f[BLOCKS].list, &number));
        json_object_put(object);
        json_tokener_free(tokener);
    }
    assert_true(plain > 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_recorders_write_is_plain), cmocka_unit_test(the_rest_is_left_to_the_parser), cmocka_unit_test(what_is_read_is_what_the_parser_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
