/* Expert dispatch against values worked by hand: links of 10 bytes/ns and 1,000 ns, 4 chips a node, fabric of 1 byte/ns and 5,000 ns, no losses; and against what the library published. */
#include "perf_support.h"

static orr_coefficients plain(void)
{
    orr_coefficients c = lossless();
    c.dispatch_latencies = 10;
    c.dispatch_link_share = c.dispatch_low_link_share = c.dispatch_fabric_share = 1;
    c.dispatch_core_bytes_per_cycle = 1e12;
    c.dispatch_cores = 1;
    c.dispatch_low_latencies = 4;
    c.dispatch_expert_latencies = 0.125;
    c.dispatch_fabric_latencies = 2;
    return c;
}

static double ns_of(const orr_coefficients *c, orr_dispatch_mode mode, int64_t ranks, double per_token, double tokens)
{
    orr_machine machine = toy_machine(c);
    orr_dispatch_shape shape = { .ranks = ranks, .experts = 8, .per_token = per_token, .row_bytes = 1000, .mode = mode };
    orr_dispatch dispatch = orr_dispatch_prepare(&machine, &shape);
    return orr_dispatch_ns(&dispatch, tokens);
}

static void one_rank_does_nothing(void **state)
{
    (void)state;
    orr_coefficients c = plain();
    assert_near(ns_of(&c, ORR_DISPATCH_BETTER, 1, 2, 100), 0, 0);
}

/* 4 ranks of a node, 2 choices: 4 (1 - (3/4)^2) = 1.75 ranks met, three quarters of them elsewhere: 131.25 ns a token; a copy to each expert, 2 x 3/4 x 100 ns. */
static void in_a_node(void **state)
{
    (void)state;
    orr_coefficients c = plain();
    assert_near(ns_of(&c, ORR_DISPATCH_NORMAL, 4, 2, 100), 10000 + 100 * 1.75 * 0.75 * 100, 1e-9);
    assert_near(ns_of(&c, ORR_DISPATCH_LOW_LATENCY, 4, 2, 100), 5000 + 100 * 1.5 * 100, 1e-9);
    assert_near(ns_of(&c, ORR_DISPATCH_BETTER, 4, 2, 100), 5000 + 100 * 1.5 * 100, 1e-9);
    assert_near(ns_of(&c, ORR_DISPATCH_BETTER, 4, 2, 1000), 10000 + 1000 * 1.75 * 0.75 * 100, 1e-9);
}

/* 8 ranks of 2 nodes, 2 choices: 1.5 nodes met, half of them elsewhere, one copy each; low latency: half of two copies leave the node. Two fabric latencies more. */
static void over_nodes(void **state)
{
    (void)state;
    orr_coefficients c = plain();
    assert_near(ns_of(&c, ORR_DISPATCH_NORMAL, 8, 2, 100), 10000 + 10000 + 100 * 0.75 * 1000, 1e-9);
    assert_near(ns_of(&c, ORR_DISPATCH_LOW_LATENCY, 8, 2, 100), 5000 + 10000 + 100 * 1.0 * 1000, 1e-9);
}

/* Few cores bound the normal mode: two of them, 2 bytes a cycle at 1 GHz each, 1.75 copies of 1,000 bytes and two thousand cycles a token. */
static void few_cores(void **state)
{
    (void)state;
    orr_coefficients c = plain();
    c.dispatch_core_bytes_per_cycle = 2;
    c.dispatch_token_kilocycles = 2;
    c.dispatch_link_share = 1;
    orr_machine machine = toy_machine(&c);
    machine.link_bytes_per_ns = 1e12;
    orr_dispatch_shape shape = { .ranks = 4, .experts = 8, .per_token = 2, .row_bytes = 1000, .cores = 2, .mode = ORR_DISPATCH_NORMAL };
    orr_dispatch dispatch = orr_dispatch_prepare(&machine, &shape);
    assert_near(orr_dispatch_ns(&dispatch, 50), 10000 + 50 * (1750 / 2.0 + 2000) / 2, 1e-6);
}

/* The low-latency mode on 16 to 256 ranks of H100 with 50 GB/s a rank: 128 tokens of 7,168 to 8 of 256 experts, within 15 % of the library's own figures. */
static void near_what_the_library_published(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_coefficients c;
    assert_true(universal_coefficients(&c, arena, diags));
    static const struct { int64_t ranks; double out_ns, back_ns; } published[] = { { 16, 118e3, 195e3 }, { 32, 155e3, 273e3 }, { 64, 173e3, 314e3 }, { 128, 192e3, 369e3 }, { 256, 194e3, 360e3 } };
    orr_hardware hardware = dgx_h100(32);
    orr_engine engine = plain_engine(1, 1, 1);
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        orr_dispatch_shape shape = { .ranks = published[i].ranks, .experts = 256, .per_token = 8, .row_bytes = 7168 * (1 + 4.0 / 128), .mode = ORR_DISPATCH_LOW_LATENCY };
        orr_dispatch out = orr_dispatch_prepare(&machine, &shape);
        shape.row_bytes = 2 * 7168;
        shape.combines = true;
        orr_dispatch back = orr_dispatch_prepare(&machine, &shape);
        assert_near(orr_dispatch_ns(&out, 128), published[i].out_ns, 0.15);
        assert_near(orr_dispatch_ns(&back, 128), published[i].back_ns, 0.15);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void grows_with_all_that_is_asked(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_coefficients c;
    assert_true(universal_coefficients(&c, arena, diags));
    orr_machine machine = toy_machine(&c);
    double last = 0;
    for (double tokens = 0; tokens < 1e5; tokens = tokens * 1.3 + 0.25) {
        orr_dispatch_shape shape = { .ranks = 8, .experts = 64, .per_token = 4, .row_bytes = 4096 };
        orr_dispatch dispatch = orr_dispatch_prepare(&machine, &shape);
        double ns = orr_dispatch_ns(&dispatch, tokens);
        assert_true(ns > last);
        last = ns;
        for (int more = 0; more < 2; more++) {
            orr_dispatch_shape larger = shape;
            if (more == 0) larger.per_token++; else larger.row_bytes++;
            orr_dispatch other = orr_dispatch_prepare(&machine, &larger);
            assert_true(orr_dispatch_ns(&other, tokens) >= ns);
        }
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_does_nothing), cmocka_unit_test(in_a_node), cmocka_unit_test(over_nodes), cmocka_unit_test(few_cores), cmocka_unit_test(near_what_the_library_published),
        cmocka_unit_test(grows_with_all_that_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
