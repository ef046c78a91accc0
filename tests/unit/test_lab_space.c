/* Points of a space: numbering, labels, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lab/label.h"
#include "lab/space.h"

static const char *const sizes[] = {"1", "2", "4"};
static const char *const quantizations[] = {"none", "fp8"};
static const char *const replicas[] = {"1", "3"};
static const char *const seqs[] = {"64", "256"};
static const char *const flags[] = {"true", "false"};
static const orr_domain domains[] = {
    {.path = "engine.max_num_seqs", .choices = seqs, .choice_count = 2}, {.path = "engine.tensor_parallel_size", .choices = sizes, .choice_count = 3},
    {.path = "engine.quantization", .choices = quantizations, .choice_count = 2}, {.path = "serving.replicas", .choices = replicas, .choice_count = 2},
    {.path = "engine.enable_prefix_caching", .choices = flags, .choice_count = 2}};

static orr_study_file file_of(size_t domain_count) { return (orr_study_file){.domains = (orr_domain *)(uintptr_t)domains, .domain_count = domain_count}; }

static void points_number_every_choice(void **state)
{
    (void)state;
    const orr_study_file file = file_of(5);
    orr_space space;
    orr_diags *diags = orr_diags_create();
    assert_true(orr_space_open(&file, &space, diags));
    assert_int_equal(space.point_count, 2 * 3 * 2 * 2 * 2);
    size_t choices[5], before[5] = {9, 9, 9, 9, 9};
    for (size_t point = 0; point < space.point_count; point++) {
        orr_space_choices(&space, point, choices);
        assert_int_equal(orr_space_point(&space, choices), point);
        assert_int_equal(choices[4], point % 2);        /* the last domain turns fastest */
        bool same = true;
        for (int i = 0; i < 5; i++) { same &= choices[i] == before[i]; before[i] = choices[i]; }
        assert_false(same);
    }
    orr_diags_destroy(diags);
}

static void labels_name_what_differs(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study_file file = file_of(5);
    orr_space space;
    assert_true(orr_space_open(&file, &space, diags));
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){1, 2, 1, 1, 0}, arena), "TP4 fp8 x 3 replicas, 256 seqs, enable_prefix_caching true");
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){0, 0, 0, 0, 1}, arena), "TP1 as published x 1 replica, 64 seqs, enable_prefix_caching false");
    file = file_of(1);
    assert_true(orr_space_open(&file, &space, diags));
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){1}, arena), "256 seqs");
    file = file_of(0);
    assert_true(orr_space_open(&file, &space, diags));
    assert_int_equal(space.point_count, 1);
    assert_string_equal(orr_label_of_point(&space, NULL, arena), "the study as written");
    const char *const rates[] = {"1 TB/s", "2 TB/s"};
    const orr_domain alike[] = {{.path = "hardware.chip.memory.bandwidth", .choices = rates, .choice_count = 2}, {.path = "hardware.chip.link.bandwidth", .choices = rates, .choice_count = 2}};
    const orr_study_file links = {.domains = (orr_domain *)(uintptr_t)alike, .domain_count = 2};
    assert_true(orr_space_open(&links, &space, diags));
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){0, 1}, arena), "memory.bandwidth 1 TB/s, link.bandwidth 2 TB/s");
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* A prefill pool's settings have names of their own in a label, and say nothing where there is none. */
static void pools_are_told_apart(void **state)
{
    (void)state;
    static const char *const modes[] = {"aggregated", "disaggregated"};
    const orr_domain of_pools[] = {{.path = "serving.prefill.engine.tensor_parallel_size", .choices = sizes, .choice_count = 3}, {.path = "serving.mode", .choices = modes, .choice_count = 2},
                                   {.path = "engine.tensor_parallel_size", .choices = sizes, .choice_count = 3}, {.path = "serving.prefill.replicas", .choices = replicas, .choice_count = 2}};
    const orr_study_file file = {.domains = (orr_domain *)(uintptr_t)of_pools, .domain_count = 4};
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_space space;
    assert_true(orr_space_open(&file, &space, diags));
    assert_int_equal(orr_space_find_domain(&space, "tensor_parallel_size"), 2);
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){2, 1, 1, 1}, arena), "TP2 disaggregated; prefill TP4 x 3 replicas");
    assert_string_equal(orr_label_of_point(&space, (const size_t[]){2, 0, 1, 1}, arena), "TP2 aggregated");
    size_t choices[4], originals = 0;
    for (size_t point = 0; point < space.point_count; point++) {
        const size_t original = orr_space_original(&space, point, choices);
        assert_int_equal(orr_space_original(&space, original, choices), original);
        originals += original == point;
    }
    assert_int_equal(originals, 3 * (1 + 3 * 2));
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void too_many_points_are_refused(void **state)
{
    (void)state;
    static const char *many[1000];
    for (int i = 0; i < 1000; i++) many[i] = "1";
    orr_domain wide[3] = {{.path = "a", .choices = many, .choice_count = 1000}, {.path = "b", .choices = many, .choice_count = 999}, {.path = "c", .choices = many, .choice_count = 2}};
    const orr_study_file file = {.domains = wide, .domain_count = 3};
    orr_space space;
    orr_diags *diags = orr_diags_create();
    assert_false(orr_space_open(&file, &space, diags));
    assert_int_equal(orr_diags_error_count(diags), 1);
    orr_diags_destroy(diags);
}

static void domains_of_traffic_are_told(void **state)
{
    (void)state;
    static const struct { const char *path; bool shapes; } cases[] = {{"engine.max_num_seqs", false}, {"serving.replicas", false}, {"model", false}, {"hardware.node", false},
        {"traffic.load.rate", true}, {"seed", true}, {"modelling", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_int_equal(orr_domain_shapes_traffic(&(orr_domain){.path = cases[i].path}), cases[i].shapes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pools_are_told_apart), cmocka_unit_test(points_number_every_choice), cmocka_unit_test(labels_name_what_differs), cmocka_unit_test(too_many_points_are_refused), cmocka_unit_test(domains_of_traffic_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
