/* The best of each: a cell is what a search of the study with that cell's choices finds, also where they are limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lab/best_by.h"
#include "spec/catalogue.h"

static const char *const domains[] = {"traffic={source: fixed, input_tokens: 500, output_tokens: 60, load: {process: closed, concurrency: {choices: [2, 8, 32]}}, stop: {requests: 60}}", "slo={tpot: {p99: {choices: [14 ms, 40 ms]}}}",
                                      "engine.tensor_parallel_size={choices: [1, 2]}", "hardware={node: dgx-h100, nodes: 1}", "objective={maximize: output_tokens_per_s_per_gpu}"};
enum { DOMAINS = sizeof domains / sizeof *domains };

static orr_study_file *read_study(void *context, const char *const *settings, size_t count, orr_arena *arena, orr_diags *diags)
{
    (void)context;
    const char *all[DOMAINS + 4];
    for (size_t i = 0; i < DOMAINS; i++) all[i] = domains[i];
    for (size_t i = 0; i < count; i++) all[DOMAINS + i] = settings[i];
    return orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", all, DOMAINS + count, diags);
}

static void cells_are_searches(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    assert_true(orr_catalogue_load(diags));
    const orr_best_by *table = orr_best_by_ask(read_study, NULL, (const char *const[]){"engine.tensor_parallel_size", "tpot.p99"}, 2, &(orr_recommend_options){.threads = 2}, arena, diags);
    assert_non_null(table);
    assert_int_equal(table->cell_count, 4);
    static const char *const cells[4][2] = {{"engine.tensor_parallel_size=1", "slo.tpot.p99=14 ms"}, {"engine.tensor_parallel_size=1", "slo.tpot.p99=40 ms"}, {"engine.tensor_parallel_size=2", "slo.tpot.p99=14 ms"}, {"engine.tensor_parallel_size=2", "slo.tpot.p99=40 ms"}};
    size_t found = 0;
    for (size_t i = 0; i < 4; i++) {
        orr_recommendation *alone = orr_recommend(read_study(NULL, cells[i], 2, arena, diags), &(orr_recommend_options){.threads = 1}, arena, diags);
        assert_non_null(alone);
        assert_int_equal(table->cells[i].found, alone->winner_study != NULL);
        assert_string_equal(table->cells[i].label, alone->candidates[0].label);
        if (alone->winner_study) {
            found++;
            assert_true(table->cells[i].objective >= alone->candidates[0].objective && table->cells[i].objective <= alone->candidates[0].objective);
        }
        orr_recommendation_free(alone);
    }
    assert_true(found > 1);
    /* A looser limit never does worse. */
    for (size_t i = 0; i < 4; i += 2) if (table->cells[i].found) assert_true(table->cells[i + 1].found && table->cells[i + 1].objective >= table->cells[i].objective);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void what_is_no_domain_is_refused(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    assert_true(orr_catalogue_load(diags));
    assert_null(orr_best_by_ask(read_study, NULL, (const char *const[]){"engine.block_size"}, 1, &(orr_recommend_options){.threads = 1}, arena, diags));
    assert_int_equal(orr_diags_error_count(diags), 1);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_are_searches), cmocka_unit_test(what_is_no_domain_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
