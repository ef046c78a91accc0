/* Points of a search that differ in load alone share a prepared system and its hulls: their bounds are those of each point prepared by itself, to the bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "lab/bounds.h"
#include "lab/space.h"
#include "spec/study.h"

typedef struct shared_case { const char *study; const char *settings[6]; } shared_case;
static const shared_case cases[] = {
    {"examples/every-layout-qwen3-32b-h200.yaml", {"engine.pipeline_parallel_size={choices: [1, 2]}", "engine.tensor_parallel_size={choices: [1, 4]}", "serving.replicas={choices: [1, 6, 28]}", "serving.prefill.engine.tensor_parallel_size={choices: [1, 2]}"}},
    {"examples/every-layout-qwen3-32b-h200.yaml", {"engine.pipeline_parallel_size=1", "engine.speculation={method: ngram, tokens: 3, acceptance: 0.6}", "serving.prefill.engine.tensor_parallel_size=2", "traffic.load.rate={choices: [2/s, 60/s]}", "serving.disaggregation.max_local_prefill_length=3500"}},
    {"examples/attention-ffn-deepseek-r1.yaml", {"serving.replicas={choices: [1, 2]}"}},
    {"examples/frontier-llama70b.yaml", {"hardware.node={choices: [dgx-h100, mi300x-8gpu]}"}},
};

static int compare_group(const orr_study_file *file, const orr_space *space, const size_t *members, size_t count, const char *what)
{
    orr_arena *group_arena = orr_arena_create();
    const orr_perf *shared = NULL;
    orr_hulls hulls = {.arena = group_arena};
    size_t *choices = ORR_NEW_ARRAY(group_arena, size_t, space->domain_count + 1);
    int compared = 0;
    for (size_t i = 0; i < count; i++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        orr_study *study = ORR_NEW(group_arena, orr_study);
        orr_space_choices(space, members[i], choices);
        const orr_perf *own = orr_study_bind(file, choices, group_arena, study, diags) ? orr_perf_prepare_bounding(study, group_arena, diags) : NULL;
        orr_demand demand;
        if (own != NULL && orr_demand_read(&study->traffic, study->seed, study->model.max_context_tokens, NULL, &demand, diags)) {
            orr_bounds alone, together;
            if (shared == NULL) shared = own;
            orr_bounds_compute(study, own, &demand, &(orr_hulls){.arena = arena}, arena, &alone);
            orr_bounds_compute(study, shared, &demand, &hulls, arena, &together);
            if ((alone.reason == NULL) != (together.reason == NULL) || (alone.reason && strcmp(alone.reason, together.reason) != 0)) fail_msg("%s, point %zu: %s; shared: %s", what, members[i], alone.reason, together.reason);
            alone.reason = together.reason = NULL;
            if (memcmp(&alone, &together, sizeof alone) != 0) fail_msg("%s, point %zu: %.17g s of work; shared: %.17g s", what, members[i], alone.work_s, together.work_s);
            compared += shared != own;
            orr_demand_free(&demand);
        }
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_arena_destroy(group_arena);
    return compared;
}

static void bounds_are_those_of_each_alone(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        size_t settings = 0;
        while (settings < 6 && cases[c].settings[settings] != NULL) settings++;
        const orr_study_file *file = orr_study_file_read(arena, cases[c].study, cases[c].settings, settings, diags);
        orr_text problems = {0};
        orr_space space;
        if (file == NULL || !orr_space_open(file, &space, diags)) {
            orr_diags_render(diags, false, &problems);
            fail_msg("%s: %s", cases[c].study, problems.bytes);
        }
        const orr_point_groups groups = orr_space_groups(&space, 10, arena);
        int compared = 0;
        for (size_t g = 0; g < groups.count; g++) compared += compare_group(file, &space, groups.members + groups.first[g], groups.first[g + 1] - groups.first[g], cases[c].study);
        printf("%s: %zu groups, %d points that shared\n", cases[c].study, groups.count, compared);
        assert_true(compared > 0);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
}

/* Each point once; within a group all but load is one; none is larger than asked. */
static void groups_hold_each_point_once(void **state)
{
    (void)state;
    static const char *const sizes[] = {"1", "2", "4", "8"};
    const orr_domain domains[] = {{.path = "serving.replicas", .choices = sizes, .choice_count = 4}, {.path = "engine.tensor_parallel_size", .choices = sizes, .choice_count = 3}, {.path = "traffic.load.rate", .choices = sizes, .choice_count = 2}, {.path = "serving.router", .choices = sizes, .choice_count = 2}};
    const orr_space space = {.domains = domains, .domain_count = 4, .point_count = 48};
    orr_arena *arena = orr_arena_create();
    for (size_t most = 1; most <= 9; most++) {
        const orr_point_groups groups = orr_space_groups(&space, most, arena);
        bool seen[48] = {false};
        for (size_t g = 0; g < groups.count; g++) {
            size_t first[4], own[4];
            assert_in_range(groups.first[g + 1] - groups.first[g], 1, most);
            orr_space_choices(&space, groups.members[groups.first[g]], first);
            for (size_t i = groups.first[g]; i < groups.first[g + 1]; i++) {
                orr_space_choices(&space, groups.members[i], own);
                assert_true(own[1] == first[1] && own[3] == first[3]);
                assert_false(seen[groups.members[i]]);
                seen[groups.members[i]] = true;
            }
        }
        for (size_t p = 0; p < 48; p++) assert_true(seen[p]);
        if (most >= 8) assert_int_equal(groups.count, 6);
    }
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds_are_those_of_each_alone), cmocka_unit_test(groups_hold_each_point_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
