/* A study's table bound once and altered where domains decide is what binding it anew gives: value by value, place by place, complaint by complaint. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "spec_support.h"

typedef struct bound_one { bool good; orr_study *study; orr_text resolved, report; } bound_one;

static bound_one bind_one(const orr_study_file *file, const size_t *choices, orr_arena *arena)
{
    orr_diags *diags = orr_diags_create();
    bound_one one = {.study = ORR_NEW(arena, orr_study)};
    one.good = orr_study_bind(file, choices, arena, one.study, diags);
    if (one.good) orr_study_resolved(one.study, &one.resolved);
    orr_diags_render(diags, false, &one.report);
    orr_diags_destroy(diags);
    return one;
}

static void expect_same_text(const char *a, const char *b, const char *what)
{
    if (strcmp(a ? a : "", b ? b : "") != 0) fail_msg("%s:\n%s\nand anew:\n%s", what, a ? a : "", b ? b : "");
}

static void expect_same(const orr_study_file *file, const size_t *choices, const char *what)
{
    orr_study_file anew = *file;
    anew.bound = NULL;
    orr_arena *arena = orr_arena_create();
    bound_one a = bind_one(file, choices, arena), b = bind_one(&anew, choices, arena);
    assert_int_equal(a.good, b.good);
    assert_int_equal(a.study->layout_fault, b.study->layout_fault);
    expect_same_text(a.study->layout_reason, b.study->layout_reason, what);
    expect_same_text(a.resolved.bytes, b.resolved.bytes, what);
    expect_same_text(a.report.bytes, b.report.bytes, what);
    assert_int_equal(a.study->provenance_count, b.study->provenance_count);
    for (size_t i = 0; i < a.study->provenance_count; i++) {
        const orr_provenance *x = &a.study->provenance[i], *y = &b.study->provenance[i];
        assert_string_equal(x->path, y->path);
        assert_int_equal(x->origin, y->origin);
        assert_ptr_equal(x->source_title, y->source_title);
        assert_true(x->place.source == y->place.source && x->place.line == y->place.line && x->place.column == y->place.column);
    }
    orr_text_free(&a.resolved);
    orr_text_free(&b.resolved);
    orr_text_free(&a.report);
    orr_text_free(&b.report);
    orr_arena_destroy(arena);
}

/* Every choice of every domain at least once, and mixtures. Returns how many points. */
static int compare_points(const orr_study_file *file, const char *what)
{
    enum { POINTS = 48 };
    size_t *choices = ORR_NEW_ARRAY(file->arena, size_t, file->domain_count + 1);
    for (size_t p = 0; p < POINTS; p++) {
        for (size_t d = 0; d < file->domain_count; d++) choices[d] = (p + p / 7 * d + d * d) % file->domains[d].choice_count;
        expect_same(file, choices, what);
    }
    return POINTS;
}

static void examples_are_as_bound_anew(void **state)
{
    (void)state;
    DIR *folder = opendir("examples");
    int points = 0, kept = 0;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (!orr_text_ends_with(entry->d_name, ".yaml")) continue;
        spec_fixture f = spec_begin();
        const orr_study_file *file = orr_study_file_read(f.arena, orr_arena_printf(f.arena, "examples/%s", entry->d_name), NULL, 0, f.diags);
        if (file != NULL) {
            points += compare_points(file, entry->d_name);
            kept += file->bound != NULL;
        }
        spec_end(&f);
    }
    closedir(folder);
    printf("%d points, %d studies kept bound\n", points, kept);
    assert_true(kept > 10);
}

/* Arrays of sections, which what follows is written into; words for numbers; values that were cited; a default that a domain stands for. */
static void arrays_are_each_systems_own(void **state)
{
    (void)state;
    static const char text[] =
        "schema: orrery/v1\n"
        "model: Qwen/Qwen3-32B\n"
        "hardware: {node: dgx-h100, nodes: 2, fabric: ib-ndr-rail}\n"
        "engine: {profile: vllm, tensor_parallel_size: {choices: [1, 2, 3, 8]}, max_num_batched_tokens: {range: {min: 1024, max: 8192, factor: 2}}, enable_prefix_caching: {choices: [true, false]}}\n"
        "serving: {replicas: {choices: [1, 2, 40]}, router: {choices: [least_loaded, kv_aware]}}\n"
        "traffic:\n"
        "  tenants:\n"
        "    chat: {source: azure-conv-2023, share: 2}\n"
        "    code: {source: fixed, input_tokens: 100, output_tokens: 20, share: 1}\n"
        "  load: {rate: {choices: [2/s, 5/s]}}\n"
        "  stop: {requests: 50}\n"
        "slo: {ttft: {p99: 2 s}}\n";
    spec_fixture f = spec_begin();
    const orr_study_file *file = spec_read(&f, text, NULL, 0);
    spec_expect_clean(&f);
    assert_non_null(file);
    assert_non_null(file->bound);
    compare_points(file, "tenants");
    spec_end(&f);
}

/* Where domains decide over sections, or stand in arrays, each system is bound by itself. */
static void what_is_not_a_leaf_is_bound_anew(void **state)
{
    (void)state;
    static const char *const settings[][1] = {{"engine={choices: [{profile: vllm}, {profile: sglang}]}"}, {"slo={choices: [{ttft: {p99: 1 s}}, {tpot: {p99: 20 ms}}]}"}, {"hardware.node={choices: [dgx-h100, hgx-h200]}"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        spec_fixture f = spec_begin();
        const orr_study_file *file = orr_study_file_read(f.arena, "examples/every-layout-qwen3-32b-h200.yaml", settings[i], 1, f.diags);
        if (file == NULL) fail_msg("%s: %s", settings[i][0], spec_report(&f));
        assert_null(file->bound);
        compare_points(file, settings[i][0]);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples_are_as_bound_anew), cmocka_unit_test(arrays_are_each_systems_own), cmocka_unit_test(what_is_not_a_leaf_is_bound_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
