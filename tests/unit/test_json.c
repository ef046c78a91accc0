/* The JSON writer: exact text, and doubles that read back. */
#include "base_test.h"
#include <math.h>
#include <stdlib.h>
#include "base/json.h"

static void write_sample(orr_json *json)
{
    orr_json_object(json);
    orr_json_put_string(json, "name", "a \"b\" \\ \n\t\x01 \xC3\xA9 \xFF </script>");
    orr_json_put_double(json, "third", 1.0 / 3);
    orr_json_put_double(json, "none", NAN);
    orr_json_put_double(json, "endless", INFINITY);
    orr_json_put_int(json, "least", INT64_MIN);
    orr_json_put_bool(json, "yes", true);
    orr_json_key(json, "list");
    orr_json_array(json);
    orr_json_int(json, 1);
    orr_json_null(json);
    orr_json_array(json);
    orr_json_array_end(json);
    orr_json_object(json);
    orr_json_object_end(json);
    orr_json_string(json, NULL);
    orr_json_bool(json, false);
    orr_json_array_end(json);
    orr_json_object_end(json);
}

static void compact_text(void **state)
{
    (void)state;
    orr_text out = {0};
    orr_json json = orr_json_begin(&out, false);
    write_sample(&json);
    assert_string_equal(out.bytes, "{\"name\":\"a \\\"b\\\" \\\\ \\n\\t\\u0001 \xC3\xA9 \\ufffd <\\/script>\",\"third\":0.3333333333333333,\"none\":null,\"endless\":null,"
                                   "\"least\":-9223372036854775808,\"yes\":true,\"list\":[1,null,[],{},null,false]}");
    orr_text_free(&out);
}

static void pretty_text(void **state)
{
    (void)state;
    orr_text out = {0};
    orr_json json = orr_json_begin(&out, true);
    orr_json_object(&json);
    orr_json_put_int(&json, "a", 1);
    orr_json_key(&json, "b");
    orr_json_array(&json);
    orr_json_int(&json, 1);
    orr_json_int(&json, 2);
    orr_json_array_end(&json);
    orr_json_key(&json, "c");
    orr_json_object(&json);
    orr_json_object_end(&json);
    orr_json_object_end(&json);
    assert_string_equal(out.bytes, "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {}\n}");
    orr_text_free(&out);
}

static void doubles_are_short_and_read_back(void **state)
{
    (void)state;
    char buffer[32];
    assert_string_equal(orr_double_shortest(0.1, buffer), "0.1");
    assert_string_equal(orr_double_shortest(1e20, buffer), "1e+20");
    assert_string_equal(orr_double_shortest(-3, buffer), "-3");
    assert_string_equal(orr_double_shortest(0.1 + 0.2, buffer), "0.30000000000000004");
    uint64_t random = 3;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = draw(&random);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        assert_true(bits_of(strtod(orr_double_shortest(value, buffer), NULL)) == bits);
        assert_true(strlen(buffer) < 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compact_text), cmocka_unit_test(pretty_text), cmocka_unit_test(doubles_are_short_and_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
