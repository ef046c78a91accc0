/* Fabrics by their parts in studies, in collectives and in what an hour costs: values by hand, and what must hold whatever the numbers. */
#include "lab/placement.h"
#include "perf/collective.h"
#include "perf/dispatch.h"
#include "perf/joined.h"
#include "perf_support.h"
#include "base/math.h"
#include "base/rng.h"
#include "spec_support.h"

#define SET(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static orr_coefficients coefficients;

static int load(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const bool good = universal_coefficients(&coefficients, arena, diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return good ? 0 : 1;
}

/* Chips of a domain with 900 GB/s and 3 us, in domains of `chips`; 50 GB/s between them. */
static orr_hardware hardware_of(orr_domain_topology topology, int64_t chips, int64_t nodes)
{
    orr_hardware hardware = dgx_h100(nodes);
    hardware.chip_count = chips * nodes;
    hardware.node.chip_count = chips;
    hardware.node.in_network_reduction = false;
    hardware.fabric.domain = (orr_scale_up){.topology = topology, .bytes_per_s = 450e9, .latency_ns = 2000, .hop_ns = 300, .dimensions = 3, .block = 4, .oversubscription = 1};
    return hardware;
}

static double ns_of(const orr_hardware *hardware, orr_collective_kind kind, int64_t ranks, double bytes)
{
    const orr_engine engine = plain_engine(1, 1, 1);
    const orr_machine machine = orr_machine_prepare(hardware, &engine, &coefficients);
    const orr_collective collective = orr_collective_prepare(&machine, kind, ranks);
    return orr_collective_ns(&collective, bytes);
}

static double dispatch_ns(const orr_hardware *hardware, int64_t ranks, double tokens)
{
    const orr_engine engine = plain_engine(1, 1, 1);
    const orr_machine machine = orr_machine_prepare(hardware, &engine, &coefficients);
    const orr_dispatch dispatch = orr_dispatch_prepare(&machine, &(orr_dispatch_shape){.ranks = ranks, .experts = 256, .per_token = 8, .row_bytes = 7168});
    return orr_dispatch_ns(&dispatch, tokens);
}

/* One switch by parts is the node that it was: the same times, but where halves, or all pairs at once, are quicker than a ring. */
static void test_one_switch_is_the_node(void **state)
{
    (void)state;
    const orr_hardware parts = hardware_of(ORR_DOMAIN_SWITCH, 8, 1);
    orr_hardware node = parts;
    node.fabric.domain = (orr_scale_up){0};
    for (double bytes = 128; bytes < 2e9; bytes *= 7)
        for (int64_t ranks = 2; ranks <= 8; ranks++) {
            for (int kind = 0; kind < ORR_COLLECTIVE_COUNT_; kind++) assert_true(ns_of(&parts, (orr_collective_kind)kind, ranks, bytes) <= ns_of(&node, (orr_collective_kind)kind, ranks, bytes));
            assert_near(ns_of(&parts, ORR_ALL_TO_ALL, ranks, bytes), ns_of(&node, ORR_ALL_TO_ALL, ranks, bytes), 0);
            assert_near(ns_of(&parts, ORR_ALL_REDUCE, ranks, 1e9), ns_of(&node, ORR_ALL_REDUCE, ranks, 1e9), 0.02);     /* bandwidth is bandwidth: only its latency is another */
            assert_near(dispatch_ns(&parts, ranks, bytes / 128), dispatch_ns(&node, ranks, bytes / 128), 0);
        }
}

/* Rings on a closed torus are as fast as behind a switch; all pairs at once are not; a grid is slower than either. */
static void test_topologies_in_order(void **state)
{
    (void)state;
    const orr_hardware one = hardware_of(ORR_DOMAIN_SWITCH, 64, 1), torus = hardware_of(ORR_DOMAIN_TORUS, 64, 1), grid = hardware_of(ORR_DOMAIN_GRID, 64, 1), mesh = hardware_of(ORR_DOMAIN_FULL_MESH, 64, 1);
    assert_near(ns_of(&torus, ORR_LIBRARY_ALL_REDUCE, 64, 4e9), ns_of(&one, ORR_LIBRARY_ALL_REDUCE, 64, 4e9), 0.05);
    assert_true(ns_of(&torus, ORR_ALL_TO_ALL, 64, 4e9) > 2.5 * ns_of(&one, ORR_ALL_TO_ALL, 64, 4e9));        /* 4x4x4: three times the bytes, but for a rank's own part */
    assert_true(ns_of(&grid, ORR_LIBRARY_ALL_REDUCE, 64, 4e9) > 1.5 * ns_of(&torus, ORR_LIBRARY_ALL_REDUCE, 64, 4e9));
    assert_true(ns_of(&grid, ORR_ALL_TO_ALL, 64, 4e9) > 1.5 * ns_of(&torus, ORR_ALL_TO_ALL, 64, 4e9));
    assert_near(ns_of(&mesh, ORR_ALL_TO_ALL, 64, 4e9), ns_of(&one, ORR_ALL_TO_ALL, 64, 4e9), 1e-9);
    assert_true(ns_of(&mesh, ORR_ALL_TO_ALL, 8, 4e9) > 5 * ns_of(&one, ORR_ALL_TO_ALL, 8, 4e9));             /* most of a chip's links lead to others */
}

/* Small messages by few steps, large ones by few bytes: the least of all ways, at every size. */
static void test_the_algorithm_follows_the_size(void **state)
{
    (void)state;
    const orr_engine engine = plain_engine(1, 1, 1);
    const orr_hardware hardware = hardware_of(ORR_DOMAIN_SWITCH, 72, 1);
    const orr_machine machine = orr_machine_prepare(&hardware, &engine, &coefficients);
    const orr_collective c = orr_collective_prepare(&machine, ORR_LIBRARY_ALL_REDUCE, 72);
    assert_true(c.algorithm_count == 2);
    assert_string_equal(c.algorithms[0].name, "rings");
    assert_string_equal(c.algorithms[1].name, "halves");
    assert_true(c.algorithms[1].latency_ns < c.algorithms[0].latency_ns / 5);      /* 14 steps against 142 */
    for (double bytes = 1; bytes < 1e10; bytes *= 3) {
        double least = 1e300;
        for (int i = 0; i < c.algorithm_count; i++) least = orr_min(least, c.algorithms[i].latency_ns + bytes * c.algorithms[i].ns_per_byte + sqrt(bytes) * c.algorithms[i].ns_per_root_byte);
        assert_near(orr_collective_ns(&c, bytes), least, 1e-15);
    }
}

/* More bandwidth, shorter hops, less oversubscription: nothing is slower for it. */
static void test_better_parts_are_never_slower(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(3, "fabric parts", 0);
    for (int round = 0; round < 3000; round++) {
        const int64_t chips = 2 + (int64_t)orr_rng_below(&rng, 200), nodes = 1 + (int64_t)orr_rng_below(&rng, 4), ranks = 2 + (int64_t)orr_rng_below(&rng, (uint64_t)(chips * nodes - 1));
        orr_hardware worse = hardware_of((orr_domain_topology)(1 + orr_rng_below(&rng, 6)), chips, nodes);
        worse.fabric.domain.parts.switches.ports = 16 + (double)orr_rng_below(&rng, 64);
        worse.fabric.domain.oversubscription = 1 + orr_rng_uniform(&rng) * 3;
        worse.fabric.oversubscription = 1 + orr_rng_uniform(&rng) * 3;
        worse.fabric.network = (orr_scale_out){.topology = (orr_network_topology)(1 + orr_rng_below(&rng, 2)), .hop_ns = 500, .parts.switches.ports = 8 + (double)orr_rng_below(&rng, 60)};
        orr_hardware better = worse;
        switch (orr_rng_below(&rng, 4)) {
        case 0: better.fabric.domain.bytes_per_s *= 1.5; break;
        case 1: better.fabric.domain.hop_ns /= 2; better.fabric.network.hop_ns /= 2; break;
        case 2: better.fabric.bytes_per_s *= 1.5; break;
        default: better.fabric.domain.latency_ns /= 2; better.fabric.latency_ns /= 2;
        }
        const double bytes = orr_exp(orr_rng_uniform(&rng) * 20);
        const orr_collective_kind kind = (orr_collective_kind)orr_rng_below(&rng, ORR_COLLECTIVE_COUNT_);
        assert_true(ns_of(&better, kind, ranks, bytes) <= ns_of(&worse, kind, ranks, bytes) * (1 + 1e-12));
        assert_true(dispatch_ns(&better, ranks, bytes / 1000) <= dispatch_ns(&worse, ranks, bytes / 1000) * (1 + 1e-12));
        assert_true(ns_of(&better, kind, ranks, bytes) > 0);
    }
}

/* Oversubscription is met where leaves are left, and not before. */
static void test_leaves_are_left_or_not(void **state)
{
    (void)state;
    orr_hardware thin = hardware_of(ORR_DOMAIN_SWITCH, 8, 64);
    thin.fabric.network = (orr_scale_out){.topology = ORR_NETWORK_RAILS, .parts.switches.ports = 32};
    thin.fabric.oversubscription = 3;       /* leaves of 24 domains */
    orr_hardware full = thin;
    full.fabric.oversubscription = 1;       /* of 16 */
    assert_near(ns_of(&thin, ORR_ALL_TO_ALL, 8 * 12, 1e9), ns_of(&full, ORR_ALL_TO_ALL, 8 * 12, 1e9), 1e-12);
    assert_true(ns_of(&thin, ORR_ALL_TO_ALL, 8 * 64, 1e9) > 1.5 * ns_of(&full, ORR_ALL_TO_ALL, 8 * 64, 1e9));
    assert_near(ns_of(&thin, ORR_LIBRARY_ALL_REDUCE, 8 * 64, 1e9), ns_of(&full, ORR_LIBRARY_ALL_REDUCE, 8 * 64, 1e9), 1e-3);      /* a ring leaves a leaf once */
}

/* --- what parts draw and cost --- */

static void test_bills_by_hand(void **state)
{
    (void)state;
    const orr_fabric_parts nvlink = {.links = 18, .switches = {72, 270, 20000}, .cable = {0, 60}, .optics = {17, 1300}};
    const orr_topology rack = orr_topology_switch(72, 72, 1), large = orr_topology_switch(576, 72, 1), board = orr_topology_switch(8, 72, 1);
    const orr_fabric_bill one = orr_fabric_price(&rack, &nvlink, false), two = orr_fabric_price(&large, &nvlink, false), small = orr_fabric_price(&board, &nvlink, false);
    assert_near(one.switches * 72, 18, 1e-12);          /* as the rack has */
    assert_near(one.cables, 18, 1e-12);
    assert_near(one.usd, 0.25 * 20000 + 18 * 60, 1e-12);
    assert_near(small.switches * 8, 2, 1e-12);
    assert_near(two.switches * 576, 18 * (16 + 8), 1e-12);
    assert_near(two.optics, 18, 1e-12);
    assert_near(two.power_w, 0.75 * 270 + 18 * 17, 1e-12);
    const orr_topology pod = orr_topology_torus(ORR_TOPOLOGY_OPTICAL, 4096, 3, 4), cube = orr_topology_torus(ORR_TOPOLOGY_GRID, 64, 3, 4);
    const orr_fabric_parts ici = {.links = 6, .switches = {128, 0, 0}};
    const orr_fabric_bill tpu = orr_fabric_price(&pod, &ici, false);
    assert_near(tpu.switches * 4096, 48, 1e-12);        /* as TPU v4's pod has */
    assert_near(tpu.optics, 0.75, 1e-12);
    assert_near(tpu.cables, 2.25, 1e-12);
    assert_near(orr_fabric_price(&cube, &ici, false).cables * 64, 3 * 16 * 3, 1e-12);
    const orr_fabric_parts rail = {.links = 1, .switches = {64, 640, 36000}};
    const orr_topology tree = orr_topology_switch(128, 64, 1);
    assert_near(orr_fabric_price(&tree, &rail, true).switches, 3.0 / 64, 1e-12);        /* a port down, one up, one of a spine */
    const orr_topology dragonfly = orr_topology_dragonfly(264, 2, ORR_ROUTE_ADAPTIVE);
    assert_near(orr_fabric_price(&dragonfly, &(orr_fabric_parts){.links = 1}, false).switches, 0.5, 1e-12);
}

/* --- studies --- */

static const char study_text[] =
    "schema: orrery/v1\nmodel: qwen3-30b-a3b\nhardware: {chip: b200-sxm, chips: 16, fabric: {extends: nvlink5, domain: {chips: 8}}}\n"
    "engine: {profile: vllm, tensor_parallel_size: 4}\ntraffic: {source: fixed, input_tokens: 100, output_tokens: 10, load: {concurrency: 4}, stop: {requests: 8}}\ncost: neocloud-2026\nseed: 1\n";

static void test_studies_stand_in_domains(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study *s = spec_bind(&f, study_text, NULL, 0);
    assert_int_equal(s->hardware.nodes, 2);
    assert_int_equal(s->hardware.node.chip_count, 8);
    assert_int_equal(s->hardware.chip_count, 16);
    const orr_study *whole = spec_bind(&f, study_text, SET("hardware.fabric.domain.chips=72"));
    assert_int_equal(whole->hardware.nodes, 1);
    assert_int_equal(whole->hardware.node.chip_count, 16);
    const orr_study *torus = spec_bind(&f, study_text, SET("hardware.fabric.domain.topology=torus", "hardware.fabric.domain.in_network_reduction=false", "hardware.fabric.domain.bandwidth=x2"));
    assert_int_equal(torus->hardware.fabric.domain.topology, ORR_DOMAIN_TORUS);
    const orr_study *other = spec_bind(&f, study_text, SET("hardware={node: gb200-nvl72, nodes: 2, fabric: {extends: ib-ndr-rail, domain: {topology: dragonfly, chips: 36}}}", "cost={extends: neocloud-2026, chip_price: 40000 USD}"));
    assert_int_equal(other->hardware.nodes, 4);
    spec_expect_clean(&f);
    spec_end(&f);
}

/* Replicas that fit in a domain stand in one; those that don't fill domains. */
static void test_replicas_stand_whole(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const struct { const char *fabric; int64_t data, replicas; } cases[] = {
        {"hardware.fabric.domain.chips=18", 4, 8 /* two chips of each domain are left */}, {"hardware.fabric.domain.chips=18", 18, 2}, {"hardware.fabric.domain.chips=18", 36, 1}, {"hardware.fabric={extends: nvlink5, domain: null}", 4, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const orr_study *s = spec_bind(&f, study_text, SET("hardware.chips=36", "engine.tensor_parallel_size=1", "engine.enable_expert_parallel=true", orr_arena_printf(f.arena, "engine.data_parallel_size=%lld", (long long)cases[i].data), cases[i].fabric));
        assert_int_equal(s->serving.replicas, cases[i].replicas);
    }
    spec_end(&f);
}

/* What explain tells: tensor groups in boxes, experts over two domains, stages apart. */
static void test_where_groups_stand(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_fabric_view *v;
    const orr_study *s = spec_bind(&f, study_text, SET("hardware.chips=32", "hardware.fabric.domain={topology: torus, chips: 8, in_network_reduction: false}", "engine={profile: vllm, tensor_parallel_size: 2, data_parallel_size: 8, enable_expert_parallel: true, pipeline_parallel_size: 2}"));
    assert_int_equal(orr_fabric_views(s, f.arena, &v), 1);
    assert_int_equal(v->placed_count, 3);
    assert_string_equal(v->placed[0].group, "tensor");
    assert_string_equal(v->placed[0].where, "2x1x1 of 2x2x2, closed");
    assert_string_equal(v->placed[1].group, "experts");
    assert_int_equal(v->placed[1].domains, 2);
    assert_int_equal(v->placed[1].local, 8);
    assert_near(v->placed[1].hops, 3, 1e-12);
    assert_string_equal(v->placed[2].group, "pipeline");
    assert_int_equal(v->placed[2].stride, 16);
    assert_int_equal(v->placed[2].local, 1);
    assert_non_null(strstr(orr_fabric_worst(v, f.arena), "Of tensor ranks, rings take 3.00 times as long a byte"));
    const orr_study *plain = spec_bind(&f, study_text, SET("hardware.fabric=ib-ndr-rail"));
    assert_int_equal(orr_fabric_views(plain, f.arena, &v), 0);
    const orr_study *whole = spec_bind(&f, study_text, NULL, 0);
    assert_int_equal(orr_fabric_views(whole, f.arena, &v), 1);
    assert_null(orr_fabric_worst(v, f.arena));
    spec_end(&f);
}

static void expect_fault(const char *setting, const char *more, const char *report)
{
    spec_fixture f = spec_begin();
    const char *const settings[] = {setting, more};
    orr_study_file *file = spec_read(&f, study_text, settings, 2);
    orr_study study;
    assert_non_null(file);
    assert_false(orr_study_bind(file, NULL, f.arena, &study, f.diags));
    assert_int_equal(study.layout_fault, ORR_LAYOUT_CHIPS);      /* a search counts it and goes on */
    spec_expect_report(&f, report);
    spec_end(&f);
}

static void test_what_cant_be_built(void **state)
{
    (void)state;
    expect_fault("hardware.fabric.domain.chips=10", "seed=1", "16 chips don't make whole domains of 10");
    expect_fault("hardware.fabric.domain.switch.ports=2", "hardware.fabric.domain.chips=16", "switches of 2 ports don't join 16 chips");
    expect_fault("hardware.fabric.domain.topology=torus", "seed=1", "in_network_reduction is done by switches");
    expect_fault("hardware.fabric.network.switch.ports=4", "hardware.fabric.network.chips=100000", "don't join");
    expect_fault("hardware.fabric.domain={topology: full_mesh, chips: 72, in_network_reduction: false}", "seed=1", "a chip has 71 neighbours, and it has 18 links");
    expect_fault("hardware.fabric.domain={topology: dragonfly, chips: 1000, router_chips: 1}", "seed=1", "make a dragonfly of");
}

/* What its owner pays follows the parts: larger domains need optics and spines, dear switches cost more, and the power is there in what the place provides. */
static void test_studies_pay_for_their_fabric(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_chip *plain = &spec_bind(&f, study_text, SET("hardware.fabric={extends: nvlink5, domain: null, network: null}"))->hardware.chip, *parts = &spec_bind(&f, study_text, NULL, 0)->hardware.chip,
                   *large = &spec_bind(&f, study_text, SET("hardware.fabric.domain.chips=576"))->hardware.chip, *dear = &spec_bind(&f, study_text, SET("hardware.fabric.domain.switch.price=x2"))->hardware.chip,
                   *hot = &spec_bind(&f, study_text, SET("hardware.fabric.network.switch.power=x2"))->hardware.chip;
    assert_near(parts->price_usd_per_h, plain->price_usd_per_h, 0.15);      /* what flat figures stand for is about what parts come to */
    assert_true(large->price_usd_per_h > parts->price_usd_per_h && dear->price_usd_per_h > parts->price_usd_per_h && hot->price_usd_per_h > parts->price_usd_per_h);
    assert_true(large->all_in_w > parts->all_in_w + 300 && hot->all_in_w > parts->all_in_w && dear->all_in_w <= parts->all_in_w);
    spec_expect_clean(&f);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_switch_is_the_node), cmocka_unit_test(test_topologies_in_order), cmocka_unit_test(test_the_algorithm_follows_the_size), cmocka_unit_test(test_better_parts_are_never_slower),
        cmocka_unit_test(test_leaves_are_left_or_not), cmocka_unit_test(test_bills_by_hand), cmocka_unit_test(test_studies_stand_in_domains), cmocka_unit_test(test_replicas_stand_whole), cmocka_unit_test(test_where_groups_stand), cmocka_unit_test(test_what_cant_be_built),
        cmocka_unit_test(test_studies_pay_for_their_fabric)};
    return cmocka_run_group_tests(tests, load, NULL);
}
