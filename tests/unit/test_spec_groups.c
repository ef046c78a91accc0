/* Fleets of several kinds: what groups inherit and what they alter, where they stand, what they are paid for, what is refused, and that resolved.yaml says the same. */
#include "spec_support.h"

#include <string.h>

static const char two_groups[] =
    "schema: orrery/v1\n"
    "model: llama-3.1-8b\n"
    "hardware: {node: dgx-h100, nodes: 1}\n"
    "engine: {profile: vllm, max_num_seqs: 64}\n"
    "serving: {router: least_loaded, groups: {new: {replicas: 2, weight: 2}, old: {hardware: {node: dgx-a100, nodes: 1}, engine: {tensor_parallel_size: 2, max_num_batched_tokens: 4096}}}}\n"
    "traffic: {source: fixed, input_tokens: 1000, output_tokens: 100, load: {rate: 5/s}, stop: {requests: 100}}\n";

static void what_is_left_open_is_inherited(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study *s = spec_bind(&f, two_groups, NULL, 0);
    const orr_groups *g = &s->serving.groups;
    assert_int_equal(g->count, 2);
    assert_string_equal(g->items[0].name, "new");
    assert_int_equal(g->items[0].replicas, 2);
    assert_int_equal(g->items[0].weight, 2);
    assert_string_equal(g->items[0].hardware.chip.name, "h100-sxm");
    assert_int_equal(g->items[1].replicas, 4);      /* as many as eight GPUs hold */
    assert_int_equal(g->items[1].weight, 1);
    assert_string_equal(g->items[1].hardware.chip.name, "a100-sxm-80gb");
    assert_int_equal(g->items[1].engine.tensor_parallel_size, 2);
    assert_int_equal(g->items[1].engine.max_num_batched_tokens, 4096);
    assert_int_equal(g->items[1].engine.max_num_seqs, 64);
    assert_int_equal(g->items[0].engine.tensor_parallel_size, 1);
    assert_int_equal(s->serving.replicas, 6);
    assert_int_equal(orr_study_gpus(s), 2 + 8);
    assert_ptr_equal(orr_study_group_of(s, 1), &g->items[0]);
    assert_ptr_equal(orr_study_group_of(s, 2), &g->items[1]);
    assert_null(orr_study_group_of(s, 6));
    spec_end(&f);
}

static void each_group_is_paid_for(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study *s = spec_bind(&f, two_groups, NULL, 0);
    const double usd = 2 * s->serving.groups.items[0].hardware.chip.price_usd_per_h + 8 * s->serving.groups.items[1].hardware.chip.price_usd_per_h;
    assert_true(orr_study_usd_per_h(s) > usd * (1 - 1e-12) && orr_study_usd_per_h(s) < usd * (1 + 1e-12));
    spec_end(&f);
}

static void one_group_is_the_study_itself(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.groups={only: {replicas: 3, engine: {max_num_seqs: 32}}}"};
    const orr_study *s = spec_bind(&f, two_groups, settings, 1);
    assert_false(orr_study_has_groups(s));
    assert_int_equal(s->serving.replicas, 3);
    assert_int_equal(s->engine.max_num_seqs, 32);
    spec_end(&f);
}

static void resolved_says_the_same(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_text first = {0};
    const orr_study *s = spec_bind(&f, two_groups, NULL, 0);
    orr_study_resolved(s, &first);
    const orr_study *back = spec_bind(&f, first.bytes, NULL, 0);
    for (int g = 0; g < 2; g++) {
        const orr_group *a = &s->serving.groups.items[g], *b = &back->serving.groups.items[g];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->replicas, b->replicas);
        assert_int_equal(a->weight, b->weight);
        assert_string_equal(a->hardware.chip.name, b->hardware.chip.name);
        assert_int_equal(a->engine.max_num_batched_tokens, b->engine.max_num_batched_tokens);
        assert_true(a->engine.host_per_step_ns == b->engine.host_per_step_ns);
    }
    orr_text_free(&first);
    spec_end(&f);
}

/* What is wrong is said of the group that it is wrong in. */
static void faults_point_at_the_group(void **state)
{
    (void)state;
    static const struct { const char *setting, *report; } faults[] = {
        {"serving.groups.old.engine.tensor_parallel_size=3", "group old"},
        {"serving.groups.old.replicas=5", "group old"},
        {"serving.replicas=4", "Each group says how many it has"},
        {"serving.mode=disaggregated", "serving is disaggregated, and has groups of replicas"},
        {"serving.faults={mtbf: 1 h, mttr: 5 min}", "the fleet is of several groups, and changes while it serves"},
        {"serving.groups.old.engine.attention_ffn={ffn_devices: 2}", "attention and FFN stand apart in group old"},
        {"serving.groups.old.engine.request_entry=80 ms", "one front takes requests for both"},
        {"serving.groups.third={replicas: 7}", "the 2 groups on the study's hardware take 9 chips, and it has 8"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        spec_fixture f = spec_begin();
        orr_study study;
        const orr_study_file *file = spec_read(&f, two_groups, &faults[i].setting, 1);
        assert_true(file == NULL || !orr_study_bind(file, NULL, f.arena, &study, f.diags));
        spec_expect_report(&f, faults[i].report);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_left_open_is_inherited), cmocka_unit_test(each_group_is_paid_for), cmocka_unit_test(one_group_is_the_study_itself), cmocka_unit_test(resolved_says_the_same),
                                       cmocka_unit_test(faults_point_at_the_group)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
