/* Collectives against alpha-beta values worked by hand: links of 10 bytes/ns and 1,000 ns, 4 chips a node, fabric of 1 byte/ns and 5,000 ns, no losses. */
#include "perf_support.h"

static double ns_of(orr_collective_kind kind, int64_t ranks, double bytes, bool reduces, const orr_coefficients *c)
{
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.node.in_network_reduction = reduces;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, c);
    orr_collective collective = orr_collective_prepare(&machine, kind, ranks);
    return orr_collective_ns(&collective, bytes);
}

static void one_rank_does_nothing(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    assert_near(ns_of(ORR_ALL_REDUCE, 1, 1e6, false, &c), 0, 0);
}

static void all_reduce_in_a_node(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    assert_near(ns_of(ORR_ALL_REDUCE, 4, 100, false, &c), 1000 + 3 * 100 / 10.0, 1e-12);                       /* one-shot */
    assert_near(ns_of(ORR_ALL_REDUCE, 4, 1e6, false, &c), 2000 + 1.5e6 / 10, 1e-12);                           /* two-shot */
    assert_near(ns_of(ORR_LIBRARY_ALL_REDUCE, 4, 1e6, false, &c), 1000 + 500 * 6 + 1.5e6 / 10, 1e-12);         /* a ring of six steps */
    assert_near(ns_of(ORR_ALL_REDUCE, 4, 1e6, true, &c), 3000 + 1.25e6 / 10, 1e-12);                           /* in the switch */
}

static void gather_and_exchange_in_a_node(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    assert_near(ns_of(ORR_ALL_GATHER, 4, 1e6, false, &c), 1000 + 500 * 3 + 0.75e6 / 10, 1e-12);
    assert_near(ns_of(ORR_REDUCE_SCATTER, 2, 1e6, false, &c), 1000 + 500 + 0.5e6 / 10, 1e-12);
    assert_near(ns_of(ORR_ALL_TO_ALL, 4, 1e6, false, &c), 1000 + 0.75e6 / 10, 1e-12);
}

/* A rank's own quarter at half the price of one sent, and pieces: alpha 2,500 ns, beta S (3 + 0.5) / 4 of 10^5 ns, and twice the root of their product. */
static void own_part_and_pieces(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.own_part = 0.5;
    c.pipelining = 2;
    assert_near(ns_of(ORR_ALL_GATHER, 4, 1e6, false, &c), 2500 + 87500 + 2 * sqrt(2500 * 87500.0), 1e-12);
}

/* 8 ranks of 2 nodes: reduce-scatter and all-gather of 4 in the node (2,500 ns + 0.075 ns/byte each), a quarter of the buffer over each rail: 2 x 1/2 x 1/4 at 1 byte/ns, two crossings of 5,000 ns. */
static void all_reduce_over_nodes(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    assert_near(ns_of(ORR_ALL_REDUCE, 8, 1e6, true, &c), 2 * (2500 + 0.075e6) + 0.25e6 + 2 * 5000, 1e-12);
    assert_near(ns_of(ORR_ALL_TO_ALL, 8, 1e6, true, &c), 5000 + 0.5e6, 1e-12);       /* half of the bytes leave the node, at 1 byte/ns */
}

static void hops(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_collective inside = orr_collective_prepare_hop(&machine, false), across = orr_collective_prepare_hop(&machine, true);
    assert_near(orr_collective_ns(&inside, 1e6), 1000 + 1e5, 1e-12);
    assert_near(orr_collective_ns(&across, 1e6), 5000 + 1e6, 1e-12);
}

/* What is measured on 8 H100: 379 to 431 GB/s bus bandwidth at 256 MB and above, 8 to 18 us for small ones in a library, a third of that one-shot. */
static void universal_coefficients_are_near_h100(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_coefficients c;
    assert_true(universal_coefficients(&c, arena, diags));
    orr_hardware hardware = dgx_h100(1);
    orr_engine engine = plain_engine(8, 1, 1);
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    for (int ranks = 2; ranks <= 8; ranks *= 2) {
        orr_collective collective = orr_collective_prepare(&machine, ORR_ALL_REDUCE, ranks);
        double bus = 2.0 * (ranks - 1) / ranks * 268435456.0 / orr_collective_ns(&collective, 268435456.0);
        double low = ranks == 2 ? 290 : ranks == 4 ? 340 : 379, high = ranks == 2 ? 303 : ranks == 4 ? 350 : 431;
        assert_true(bus > 0.85 * low && bus < 1.15 * high);
        double small = orr_collective_ns(&collective, 1024);
        assert_true(small > 2000 && small < 18000);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_does_nothing), cmocka_unit_test(all_reduce_in_a_node), cmocka_unit_test(gather_and_exchange_in_a_node), cmocka_unit_test(own_part_and_pieces), cmocka_unit_test(all_reduce_over_nodes),
        cmocka_unit_test(hops), cmocka_unit_test(universal_coefficients_are_near_h100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
