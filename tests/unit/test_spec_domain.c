/* Domains: choices and ranges, where they may stand, and what they expand to. */
#include "spec_support.h"

#include <string.h>
#include "spec/bind.h"

static const orr_domain *domain_at(const orr_study_file *file, const char *path)
{
    for (size_t i = 0; file && i < file->domain_count; i++)
        if (strcmp(file->domains[i].path, path) == 0) return &file->domains[i];
    return NULL;
}

static void expect_choices(const char *setting, const char *path, const char *wanted)
{
    spec_fixture f = spec_begin();
    orr_study_file *file = spec_read(&f, spec_small_study, &setting, 1);
    spec_expect_clean(&f);
    const orr_domain *domain = domain_at(file, path);
    assert_non_null(domain);
    orr_text list = {0};
    for (size_t i = 0; i < domain->choice_count; i++) orr_text_printf(&list, "%s%s", i ? " | " : "", domain->choices[i]);
    assert_string_equal(list.bytes, wanted);
    orr_text_free(&list);
    spec_end(&f);
}

static void expansions(void **state)
{
    (void)state;
    expect_choices("engine.max_num_seqs={range: {min: 16, max: 512, factor: 2}}", "engine.max_num_seqs", "16 | 32 | 64 | 128 | 256 | 512");
    expect_choices("engine.max_num_seqs={range: {min: 1, max: 10, step: 3}}", "engine.max_num_seqs", "1 | 4 | 7 | 10");
    expect_choices("engine.max_num_seqs={range: {min: 2, max: 5}}", "engine.max_num_seqs", "2 | 3 | 4 | 5");
    expect_choices("engine.max_num_seqs={range: {min: 4, max: 9, factor: 1.2}}", "engine.max_num_seqs", "4 | 5 | 6 | 7 | 8");
    expect_choices("engine.gpu_memory_utilization={range: {min: 0.7, max: 0.9, step: 0.1}}", "engine.gpu_memory_utilization", "0.7 | 0.7999999999999999 | 0.8999999999999999");
    expect_choices("traffic.load.rate={range: {min: 10/s, max: 40/s, factor: 2}}", "traffic.load.rate", "10/s | 20/s | 40/s");
    expect_choices("engine.quantization={choices: [bf16, fp8]}", "engine.quantization", "bf16 | fp8");
    expect_choices("hardware.chip={choices: [h100-sxm, b200-sxm]}", "hardware.chip", "h100-sxm | b200-sxm");
    expect_choices("hardware.chip.memory.bandwidth={choices: [3 TB/s, {value: 6 TB/s, note: twice}]}", "hardware.chip.memory.bandwidth", "3 TB/s | 6 TB/s");
}

static void expect_refused(const char *setting, const char *piece)
{
    spec_fixture f = spec_begin();
    assert_null(spec_read(&f, spec_small_study, &setting, 1));
    spec_expect_report(&f, piece);
    spec_end(&f);
}

static void refusals(void **state)
{
    (void)state;
    expect_refused("engine.max_num_seqs={choices: []}", "must be a list of 1 to");
    expect_refused("engine.max_num_seqs={choices: [1, 2, 1]}", "twice");
    expect_refused("engine.max_num_seqs={choices: [1, many]}", "can't be \"many\"");
    expect_refused("engine.max_num_seqs={choices: [1, 0]}", "is below 1");
    expect_refused("engine.max_num_seqs={choices: [1], range: {min: 1, max: 2}}", "both choices and a range");
    expect_refused("engine.max_num_seqs={range: {min: 8, max: 2}}", "is empty or has no end");
    expect_refused("engine.max_num_seqs={range: {min: 1, max: 8, factor: 1}}", "is empty or has no end");
    expect_refused("engine.max_num_seqs={range: {min: 1, max: 8, step: 0.5}}", "whole number");
    expect_refused("engine.max_num_seqs={range: {min: 1, max: 8, stepp: 1}}", "unknown key \"stepp\"");
    expect_refused("engine.max_num_seqs={range: {min: 1, max: 900000}}", "more than 10000 values");
    expect_refused("engine.gpu_memory_utilization={range: {min: 0.1, max: 0.9}}", "needs min, max and one of step, factor");
    expect_refused("engine.quantization={range: {min: 1, max: 2}}", "a range can't stand here");
    expect_refused("engine.max_num_seqs={choices: [{choices: [1, 2]}]}", "a domain inside a domain");
    expect_refused("traffic.load.rate={range: {min: 10 GB, max: 40/s, factor: 2}}", "traffic.load.rate.min");
    expect_refused("hardware.chip={choices: [h100-sxm, h101]}", "no chip \"h101\"");
}

/* Choices pick what they name, by index; without an index a domain is refused. */
static void choosing(void **state)
{
    (void)state;
    static const char *const settings[] = {"engine.tensor_parallel_size={choices: [1, 2, 4]}", "hardware.chip={choices: [h100-sxm, h200-sxm]}"};
    spec_fixture f = spec_begin();
    orr_study_file *file = spec_read(&f, spec_small_study, settings, 2);
    spec_expect_clean(&f);
    assert_int_equal(file->domain_count, 2);
    size_t index[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) index[i] = strcmp(file->domains[i].path, "hardware.chip") == 0 ? 1 : 2;
    orr_study study;
    assert_true(orr_study_bind(file, index, f.arena, &study, f.diags));
    spec_expect_clean(&f);
    assert_int_equal(study.engine.tensor_parallel_size, 4);
    assert_string_equal(study.hardware.chip.name, "h200-sxm");
    assert_false(orr_study_bind(file, NULL, f.arena, &study, f.diags));
    spec_expect_report(&f, "is a domain of 3 choices, and one system is asked for");
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(expansions), cmocka_unit_test(refusals), cmocka_unit_test(choosing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
