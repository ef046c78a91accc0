/* Quantities: exact values of spellings, sentences of refusal, and the round trip. */
#include "base_test.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "base/rng.h"

static void assert_reads(const char *text, orr_unit unit, double wanted)
{
    double value = -1;
    const char *problem = "";
    if (!orr_unit_parse(text, unit, false, &value, &problem)) fail_msg("%s: %s", text, problem);
    if (bits_of(value) != bits_of(wanted)) fail_msg("%s reads as %.17g, not %.17g", text, value, wanted);
}

static void quantities_read(void **state)
{
    (void)state;
    assert_reads("3.35 TB/s", ORR_UNIT_BYTES_PER_S, 3.35e12);
    assert_reads("400 Gb/s", ORR_UNIT_BYTES_PER_S, 50e9);
    assert_reads("400Gbps", ORR_UNIT_BYTES_PER_S, 50e9);
    assert_reads("1 GiB/s", ORR_UNIT_BYTES_PER_S, 1073741824.0);
    assert_reads("80 GB", ORR_UNIT_BYTES, 80e9);
    assert_reads("80 GiB", ORR_UNIT_BYTES, 85899345920.0);
    assert_reads(" 0.5MiB ", ORR_UNIT_BYTES, 524288.0);
    assert_reads("989.4 TFLOP/s", ORR_UNIT_FLOP_PER_S, 989.4e12);
    assert_reads("1979 TOPS", ORR_UNIT_FLOP_PER_S, 1979e12);
    assert_reads("250 ms", ORR_UNIT_NS, 250e6);
    assert_reads("1.7 us", ORR_UNIT_NS, 1.7e3);
    assert_reads("1.7 \xC2\xB5s", ORR_UNIT_NS, 1.7e3);
    assert_reads("90 min", ORR_UNIT_NS, 5400e9);
    assert_reads("1e3 s", ORR_UNIT_NS, 1e12);
    assert_reads("2 h", ORR_UNIT_NS, 7200e9);
    assert_reads("1 d", ORR_UNIT_NS, 86400e9);
    assert_reads("1.98 GHz", ORR_UNIT_HZ, 1.98e9);
    assert_reads("700 W", ORR_UNIT_W, 700);
    assert_reads("5 mW", ORR_UNIT_W, 5e-3);
    assert_reads("5 MW", ORR_UNIT_W, 5e6);
    assert_reads("1 kWh", ORR_UNIT_J, 3.6e6);
    assert_reads("0.5 pJ/FLOP", ORR_UNIT_J_PER_FLOP, 0.5e-12);
    assert_reads("3.9 pJ/bit", ORR_UNIT_J_PER_BYTE, 3.9e-12 * 8);
    assert_reads("$2.99/h", ORR_UNIT_USD_PER_H, 2.99);
    assert_reads("2.99 USD/h", ORR_UNIT_USD_PER_H, 2.99);
    assert_reads("$ 250", ORR_UNIT_USD, 250);
    assert_reads("20/s", ORR_UNIT_PER_S, 20);
    assert_reads("3 /min", ORR_UNIT_PER_S, 3.0 / 60);
    assert_reads("5 req/s", ORR_UNIT_PER_S, 5);
    assert_reads("35%", ORR_UNIT_NONE, 0.35);
    assert_reads("-1.5e-3", ORR_UNIT_NONE, -1.5e-3);
}

static void assert_refused(const char *text, orr_unit unit, const char *sentence)
{
    double value = 17;
    const char *problem = "";
    if (orr_unit_parse(text, unit, false, &value, &problem)) fail_msg("%s reads as %g", text, value);
    assert_string_equal(problem, sentence);
    assert_true(bits_of(value) == bits_of(17));
}

static void refusals_say_why(void **state)
{
    (void)state;
    assert_refused("80 GiB", ORR_UNIT_BYTES_PER_S, "GiB is bytes, not bytes per second");
    assert_refused("3 TB/s", ORR_UNIT_BYTES, "TB/s is bytes per second, not bytes");
    assert_refused("80", ORR_UNIT_BYTES, "a unit is missing");
    assert_refused("80 gb", ORR_UNIT_BYTES, "the unit gb is not known; write GB");
    assert_refused("80 KB", ORR_UNIT_BYTES, "KB may be 1000 or 1024 bytes; write kB or KiB");
    assert_refused("80 furlongs", ORR_UNIT_BYTES, "the unit furlongs is not known");
    assert_refused("fast", ORR_UNIT_BYTES, "it does not begin with a number");
    assert_refused("", ORR_UNIT_NONE, "it does not begin with a number");
    assert_refused("1e400", ORR_UNIT_NONE, "the number is too large");
    assert_refused("0x10", ORR_UNIT_NONE, "the unit x10 is not known");
    assert_refused("inf", ORR_UNIT_NONE, "it does not begin with a number");
    assert_refused("1_000", ORR_UNIT_NONE, "the unit _000 is not known");
    assert_refused("$5", ORR_UNIT_BYTES, "$ is an amount of money, not bytes");
    assert_refused("$", ORR_UNIT_USD, "a number was expected after the $");
    assert_refused("5 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ORR_UNIT_BYTES, "what follows the number is not a unit");
    double value;
    assert_true(orr_unit_parse("12", ORR_UNIT_BYTES, true, &value, NULL));
    assert_true(bits_of(value) == bits_of(12));
    assert_false(orr_unit_parse("x", ORR_UNIT_BYTES, true, &value, NULL));
}

static void assert_written(double value, orr_unit unit, int digits, const char *wanted)
{
    orr_text out = {0};
    orr_unit_format(value, unit, digits, &out);
    assert_string_equal(out.bytes, wanted);
    orr_text_free(&out);
}

static void quantities_are_written_readably(void **state)
{
    (void)state;
    assert_written(3.35e12, ORR_UNIT_BYTES_PER_S, 3, "3.35 TB/s");
    assert_written(999.6e9, ORR_UNIT_BYTES_PER_S, 3, "1 TB/s");
    assert_written(600e9, ORR_UNIT_BYTES_PER_S, 3, "600 GB/s");
    assert_written(80e9, ORR_UNIT_BYTES, 3, "80 GB");
    assert_written(85899345920.0, ORR_UNIT_BYTES, 3, "80 GiB");
    assert_written(4096, ORR_UNIT_BYTES, 17, "4 KiB");
    assert_written(512, ORR_UNIT_BYTES, 3, "512 B");
    assert_written(0, ORR_UNIT_BYTES, 3, "0 B");
    assert_written(989.4e12, ORR_UNIT_FLOP_PER_S, 3, "989 TFLOP/s");
    assert_written(1, ORR_UNIT_NS, 3, "1 ns");
    assert_written(0.5, ORR_UNIT_NS, 3, "0.5 ns");
    assert_written(1234567, ORR_UNIT_NS, 3, "1.23 ms");
    assert_written(600e9, ORR_UNIT_NS, 3, "10 min");
    assert_written(90e9, ORR_UNIT_NS, 3, "90 s");
    assert_written(12345e9, ORR_UNIT_NS, 3, "3.43 h");
    assert_written(-2e6, ORR_UNIT_NS, 3, "-2 ms");
    assert_written(0.35, ORR_UNIT_NONE, 3, "0.35");
    assert_written(123456, ORR_UNIT_NONE, 3, "123000");
    assert_written(1e-7, ORR_UNIT_NONE, 3, "1e-7");
    assert_written(2.5, ORR_UNIT_USD_PER_H, 3, "2.5 USD/h");
    assert_written(20, ORR_UNIT_PER_S, 3, "20/s");
    assert_written(0.62e-12, ORR_UNIT_J_PER_FLOP, 3, "620 fJ/FLOP");
    assert_written(1e300 * 1e300, ORR_UNIT_W, 3, "inf");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint64_t random = 11;
    orr_text out = {0};
    for (int unit = 0; unit < ORR_UNIT_COUNT_; unit++) {
        assert_non_null(orr_unit_name((orr_unit)unit));
        assert_non_null(orr_unit_examples((orr_unit)unit));
        for (int i = 0; i < 20000; i++) {
            double mantissa = i % 3 == 0 ? (double)(draw(&random) % 1000) : i % 3 == 1 ? 1 + draw_uniform(&random) : (double)(draw(&random) % 64) * 1024;
            double value = mantissa, back = -1;
            for (int e = (int)(draw(&random) % 20); e > 0; e--) value = i % 2 ? value * 10 : value * 2;
            if (i % 5 == 0) value = -value * 1e-15;
            const char *problem = "";
            orr_text_clear(&out);
            orr_unit_format(value, (orr_unit)unit, 17, &out);
            if (!orr_unit_parse(out.bytes, (orr_unit)unit, false, &back, &problem)) fail_msg("%s: %s", out.bytes, problem);
            if (bits_of(back) != bits_of(value) && !(bits_of(value) << 1 == 0 && bits_of(back) << 1 == 0)) fail_msg("%.17g is written %s and reads %.17g", value, out.bytes, back);
        }
    }
    orr_text_free(&out);
}

static void examples_read(void **state)
{
    (void)state;
    for (int unit = 0; unit < ORR_UNIT_COUNT_; unit++) {
        char copy[128];
        strcpy(copy, orr_unit_examples((orr_unit)unit));
        char *rest = NULL;
        for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
            double value;
            const char *problem = "";
            if (!orr_unit_parse(one, (orr_unit)unit, false, &value, &problem)) fail_msg("%s: %s", one, problem);
        }
    }
}

/* Read as strtod reads it, bit for bit, also in the short way that few digits take. */
static void numbers_are_the_nearest_doubles(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(1, "numbers", 0);
    for (int i = 0; i < 100000; i++) {
        char text[64];
        const int digits = 1 + (int)orr_rng_below(&rng, 18), point = (int)orr_rng_below(&rng, (uint64_t)digits + 1), power = (int)orr_rng_below(&rng, 61) - 30;
        size_t at = 0;
        if (orr_rng_below(&rng, 3) == 0) text[at++] = orr_rng_below(&rng, 2) ? '-' : '+';
        for (int d = 0; d < digits; d++) {
            if (d == point) text[at++] = '.';
            text[at++] = (char)('0' + orr_rng_below(&rng, 10));
        }
        text[at] = 0;
        if (orr_rng_below(&rng, 2)) snprintf(text + at, sizeof text - at, "e%d", power);
        double value = 0, nearest = strtod(text, NULL);
        assert_int_equal(orr_number_length(text), strlen(text));
        assert_true(orr_number_read(text, strlen(text), 0, &value));
        if (memcmp(&value, &nearest, sizeof value) != 0) fail_msg("%s is read as %a, not %a", text, value, nearest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantities_read), cmocka_unit_test(refusals_say_why), cmocka_unit_test(quantities_are_written_readably),
                                       cmocka_unit_test(what_is_written_reads_back), cmocka_unit_test(examples_read), cmocka_unit_test(numbers_are_the_nearest_doubles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
