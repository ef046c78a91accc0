/* Relative values: read, and laid over what they change. */
#include "spec_support.h"

#include <math.h>
#include "spec/bind.h"

static void test_reading(void **state)
{
    (void)state;
    static const struct { const char *text; double factor; } good[] = {{"x2", 2}, {"x0.5", 0.5}, {"x1e1", 10}, {"+30%", 1.3}, {"-20%", 0.8}};
    static const char *const bad[] = {"x", "2x", "x-2", "x2 TB/s", "+30", "30%", "-100%", "x0", "xl"};
    double factor = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(orr_relative_read(good[i].text, &factor));
        assert_true(fabs(factor - good[i].factor) < 1e-12);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(orr_relative_read(bad[i], &factor));
}

/* Over what a study says, what a profile gives, and what a chip's file states; a choice of a domain as well. */
static void test_laid_over(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {"hardware.chip.memory.bandwidth=x2", "engine.max_num_seqs=+50%", "seed=3"};
    const orr_study *plain = spec_bind(&f, spec_small_study, NULL, 0), *altered = spec_bind(&f, spec_small_study, settings, 3);
    assert_true(fabs(altered->hardware.chip.memory_bytes_per_s / plain->hardware.chip.memory_bytes_per_s - 2) < 1e-12);
    assert_int_equal(altered->engine.max_num_seqs, plain->engine.max_num_seqs * 3 / 2);
    const char *const domain[] = {"hardware.chip.memory.bandwidth={choices: [x1, x4, 5 TB/s]}"};
    const orr_study_file *file = spec_read(&f, spec_small_study, domain, 1);
    assert_int_equal(file->domain_count, 1);
    assert_string_equal(file->domains[0].choices[2], "5 TB/s");
    spec_expect_clean(&f);
    spec_end(&f);
}

static void test_over_nothing(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {"hardware.chip.power.all_in=x2"};
    orr_study_file *file = spec_read(&f, "schema: orrery/v1\nmodel: qwen3-14b\nhardware: {chip: {name: own, compute: {bf16: 1 PFLOP/s, vector: 10 TFLOP/s}, core: {count: 10, clock: 1 GHz, sram: 1 MB}, "
        "memory: {capacity: 80 GB, bandwidth: 1 TB/s}, power: {tdp: 100 W}}, chips: 1}\ntraffic: {source: fixed, input_tokens: 10, output_tokens: 10, load: {rate: 1/s}, stop: {requests: 10}}\n", settings, 1);
    (void)file;
    spec_expect_report(&f, "changes what is stated beneath it, and nothing is");
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading), cmocka_unit_test(test_laid_over), cmocka_unit_test(test_over_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
