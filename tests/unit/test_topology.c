/* Topologies: the closed forms of contention against a graph on which every message is laid on every link it takes, and what must hold whatever the numbers. */
#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/rng.h"
#include "fabric/topology.h"
#include "spec_support.h"

enum { MOST_LINKS = 1 << 16 };
static double carried[MOST_LINKS];     /* bytes over a link's rate, a chip's buffer being 1 byte and B 1 byte/s */

static double busiest(void)
{
    double most = 0;
    for (int i = 0; i < MOST_LINKS; i++) most = orr_max(most, carried[i]);
    return most;
}

static void near(double is, double wanted) { if (!(fabs(is - wanted) <= 1e-9 * fabs(wanted))) fail_msg("%.17g is not %.17g", is, wanted); }

/* --- torus, grid --- */

typedef struct box { int64_t size[3], whole[3]; bool closed[3]; int dimensions; } box;      /* the chips of a group that are side by side */

static int64_t chip_at(const box *b, const int64_t at[3]) { return (at[0] * b->whole[1] + at[1]) * b->whole[2] + at[2]; }

/* One step along dimension i from `at`, forwards or back; the link is one of 2 d of its chip. */
static void step(const box *b, int64_t at[3], int i, int way, double bytes)
{
    carried[chip_at(b, at) * 6 + 2 * i + (way > 0)] += bytes * 2 * b->dimensions;
    at[i] = (at[i] + way + b->size[i]) % b->size[i];
}

static void go(const box *b, int64_t at[3], int i, int64_t to, double bytes)
{
    const int64_t forwards = (to - at[i] + b->size[i]) % b->size[i], back = b->size[i] - forwards;
    if (forwards == 0) return;
    if (!b->closed[i]) { while (at[i] != to) step(b, at, i, to > at[i] ? 1 : -1, bytes); return; }
    if (2 * forwards == b->size[i]) {
        int64_t other[3];
        memcpy(other, at, sizeof other);
        while (other[i] != to) step(b, other, i, -1, bytes / 2);
        while (at[i] != to) step(b, at, i, 1, bytes / 2);
        return;
    }
    while (at[i] != to) step(b, at, i, forwards < back ? 1 : -1, bytes);
}

static double torus_direct(const box *b)
{
    const int64_t n = b->size[0] * b->size[1] * b->size[2];
    memset(carried, 0, sizeof carried);
    for (int64_t from = 0; from < n; from++)
        for (int64_t to = 0; to < n; to++) {
            int64_t at[3] = {from / (b->size[1] * b->size[2]), from / b->size[2] % b->size[1], from % b->size[2]};
            const int64_t goal[3] = {to / (b->size[1] * b->size[2]), to / b->size[2] % b->size[1], to % b->size[2]};
            for (int i = 0; i < 3; i++) go(b, at, i, goal[i], 1.0 / (double)n);
        }
    return busiest() / ((double)(n - 1) / (double)n);
}

/* Every chip hands on what it has along dimension i, to all in its line: each piece goes both ways round, half of it each, or to both ends. */
static void gather_along(const box *b, int i, double bytes)
{
    const int64_t n = b->size[0] * b->size[1] * b->size[2];
    for (int64_t from = 0; from < n; from++) {
        const int64_t start[3] = {from / (b->size[1] * b->size[2]), from / b->size[2] % b->size[1], from % b->size[2]};
        int64_t at[3];
        for (int way = -1; way <= 1; way += 2) {
            memcpy(at, start, sizeof at);
            const int64_t far = b->closed[i] ? b->size[i] - 1 : way > 0 ? b->size[i] - 1 - at[i] : at[i];
            for (int64_t hop = 0; hop < far; hop++) step(b, at, i, way, b->closed[i] ? bytes / 2 : bytes);
        }
    }
}

static double torus_ring(const box *b)
{
    const int64_t n = b->size[0] * b->size[1] * b->size[2];
    int active[3], parts = 0;
    memset(carried, 0, sizeof carried);
    for (int i = 0; i < 3; i++) if (b->size[i] > 1) active[parts++] = i;
    for (int part = 0; part < parts; part++) {
        double pieces = 1;
        for (int s = 0; s < parts; s++) {
            const int i = active[(part + s) % parts];
            gather_along(b, i, pieces / (double)n / parts);
            pieces *= (double)b->size[i];
        }
    }
    return busiest() / ((double)(n - 1) / (double)n);
}

static void check_torus(orr_topology_kind kind, int64_t chips, int dimensions, int64_t count)
{
    const orr_topology t = orr_topology_torus(kind, chips, dimensions, 4);
    const orr_group_load load = orr_topology_load(&t, (orr_chip_group){count, 1});
    if (load.snake) return;
    box b = {.dimensions = dimensions};
    for (int i = 0; i < 3; i++) { b.size[i] = load.box[i]; b.whole[i] = t.sizes[i]; b.closed[i] = load.closed[i]; }
    assert_int_equal(b.size[0] * b.size[1] * b.size[2], count);
    near(load.ring, orr_max(torus_ring(&b), 1));
    near(load.direct, orr_max(torus_direct(&b), 1));
}

static void test_a_torus_carries_what_its_graph_carries(void **state)
{
    (void)state;
    static const int64_t chips[] = {2, 3, 4, 6, 8, 12, 16, 24, 27, 32, 64, 72};
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++)
        for (int dimensions = 1; dimensions <= 3; dimensions++)
            for (int64_t count = 2; count <= chips[i]; count++) {
                if (chips[i] % count != 0) continue;
                check_torus(ORR_TOPOLOGY_TORUS, chips[i], dimensions, count);
                check_torus(ORR_TOPOLOGY_GRID, chips[i], dimensions, count);
                check_torus(ORR_TOPOLOGY_OPTICAL, chips[i], dimensions, count);
            }
}

/* Groups of every s-th chip on a ring: all of them at once, by hand. */
static void test_strided_groups_share_links(void **state)
{
    (void)state;
    const orr_topology t = orr_topology_torus(ORR_TOPOLOGY_TORUS, 12, 1, 0);
    for (int64_t stride = 1; stride <= 4; stride++) {
        const int64_t count = 12 / stride;
        memset(carried, 0, sizeof carried);
        for (int64_t chip = 0; chip < 12; chip++)       /* each piece goes all the way round, half of it each way, to the members between */
            for (int64_t hop = 0; hop < (count - 1) * stride; hop++) {
                carried[(chip + hop) % 12 * 2] += 0.5 * 2 / (double)count;
                carried[(chip - hop + 24) % 12 * 2 + 1] += 0.5 * 2 / (double)count;
            }
        const orr_group_load load = orr_topology_load(&t, (orr_chip_group){count, stride});
        near(load.ring, busiest() / ((double)(count - 1) / (double)count));
        assert_true(load.ring_hops > 0 || stride == 1);
        near(load.shift, 2.0 * (double)stride);
    }
}

static void test_a_torus_of_two_is_a_pair_of_links(void **state)
{
    (void)state;
    for (int dimensions = 1; dimensions <= 3; dimensions++) {
        const orr_topology t = orr_topology_torus(ORR_TOPOLOGY_TORUS, 2, dimensions, 0);
        const orr_group_load load = orr_topology_load(&t, (orr_chip_group){2, 1});
        near(load.ring, dimensions);        /* of 2 d links two lead to the other */
        near(load.direct, dimensions);
        near(load.ring_steps, 1);
    }
    const orr_topology pair = orr_topology_full_mesh(2);
    near(orr_topology_load(&pair, (orr_chip_group){2, 1}).ring, 1);
}

static void test_circuits_close_what_a_torus_leaves_open(void **state)
{
    (void)state;
    const orr_topology torus = orr_topology_torus(ORR_TOPOLOGY_TORUS, 4096, 3, 4), optical = orr_topology_torus(ORR_TOPOLOGY_OPTICAL, 4096, 3, 4);
    const orr_chip_group cube = {64, 1};
    const orr_group_load open = orr_topology_load(&torus, cube), closed = orr_topology_load(&optical, cube);
    near(open.ring, 2);
    near(closed.ring, 1);
    assert_true(closed.direct < open.direct && closed.ring_steps < open.ring_steps);
    near(orr_topology_load(&optical, (orr_chip_group){8, 1}).ring, orr_topology_load(&torus, (orr_chip_group){8, 1}).ring);      /* less than a block: as it is wired */
}

/* --- switches --- */

/* Leaves with one uplink of all their bandwidth, consecutive groups all over; o = ports to chips over ports to spines. */
static void check_switch(int64_t leaf, double o, int64_t n, int64_t stride, int64_t chips)
{
    const orr_topology t = {.kind = ORR_TOPOLOGY_SWITCH, .chips = chips, .levels = 2, .leaf_chips = leaf, .oversubscription = o};
    memset(carried, 0, sizeof carried);
    for (int64_t chip = 0; chip < chips; chip++) {
        const int64_t run = n * stride, first = chip / run * run + chip % stride;
        carried[chip] = (double)(n - 1) / (double)n;
        for (int64_t i = 0; i < n; i++) if ((first + i * stride) / leaf != chip / leaf) carried[chips + chip / leaf] += 1.0 / (double)n / ((double)leaf / o);
    }
    const orr_group_load load = orr_topology_load(&t, (orr_chip_group){n, stride});
    near(load.direct, busiest() / ((double)(n - 1) / (double)n));
    memset(carried, 0, sizeof carried);
    for (int64_t chip = 0; chip < chips; chip++) {
        const int64_t run = n * stride, first = chip / run * run, next = first + (chip - first + stride) % run;
        carried[chip] = 1;
        if (next / leaf != chip / leaf) carried[chips + chip / leaf] += 1 / ((double)leaf / o);
    }
    near(load.ring, busiest());
}

static void test_leaves_carry_what_their_graph_carries(void **state)
{
    (void)state;
    for (int64_t leaf = 2; leaf <= 12; leaf++)
        for (int64_t n = 2; n <= 24; n++)
            for (int o = 1; o <= 8; o++) check_switch(leaf, o, n, 1, leaf * n);
    for (int64_t stride = 2; stride <= 8; stride *= 2)
        for (int o = 1; o <= 8; o *= 2) check_switch(8, o, 16, stride, 8 * 16 * stride);
}

static void test_switches_have_levels(void **state)
{
    (void)state;
    assert_int_equal(orr_topology_switch(72, 72, 1).levels, 1);
    assert_int_equal(orr_topology_switch(73, 72, 1).levels, 2);
    assert_int_equal(orr_topology_switch(576, 72, 1).levels, 2);
    assert_int_equal(orr_topology_switch(36 * 72, 72, 1).levels, 2);
    assert_int_equal(orr_topology_switch(36 * 72 + 1, 72, 1).levels, 3);
    assert_int_equal(orr_topology_switch(36 * 36 * 72 + 1, 72, 1).levels, 0);
    assert_int_equal(orr_topology_switch(576, 72, 3).leaf_chips, 54);
    near(orr_topology_diameter(&(orr_topology){.kind = ORR_TOPOLOGY_SWITCH, .levels = 2}), 3);
    const orr_topology flat = orr_topology_switch(576, 72, 1), thin = orr_topology_switch(576, 72, 4);
    for (int64_t n = 2; n <= 576; n++) {
        const orr_group_load load = orr_topology_load(&flat, (orr_chip_group){n, 1});
        assert_true(load.ring <= 1 && load.direct <= 1 && load.doubling <= 1);          /* nothing is oversubscribed: nothing is in the way */
        if (thin.leaf_chips % n == 0) near(orr_topology_load(&thin, (orr_chip_group){n, 1}).direct, 1);
    }
    assert_true(orr_topology_load(&thin, (orr_chip_group){576, 1}).direct > 3);
    assert_true(orr_topology_load(&flat, (orr_chip_group){576, 1}).direct_hops > orr_topology_load(&flat, (orr_chip_group){36, 1}).direct_hops);
}

/* --- full mesh --- */

static void test_a_full_mesh_uses_the_links_among_the_group(void **state)
{
    (void)state;
    const orr_topology t = orr_topology_full_mesh(8);
    near(orr_topology_load(&t, (orr_chip_group){8, 1}).ring, 1);
    near(orr_topology_load(&t, (orr_chip_group){2, 4}).ring, 7);
    near(orr_topology_load(&t, (orr_chip_group){4, 1}).direct, 7.0 / 3);        /* 1/4 over one link of 7, against 3/4 over all */
}

/* --- dragonfly --- */

/* link of router to router of a group: [g][r][v]; of groups: [router number][i][j] */
static double *local_link(const orr_topology *t, int64_t group, int64_t r, int64_t v) { return &carried[1024 + (group * t->group_routers + r) * t->group_routers + v]; }
static double *global_link(const orr_topology *t, int64_t r, int64_t i, int64_t j) { return &carried[32768 + (r * t->groups + i) * t->groups + j]; }

static double dragonfly_direct(const orr_topology *t, int64_t n)
{
    const int64_t p = t->router_chips, a = t->group_routers;
    const double trunk = (double)t->global_links / (double)(t->groups - 1), bytes = 1.0 / (double)n;
    memset(carried, 0, sizeof carried);
    for (int64_t from = 0; from < n; from++)
        for (int64_t to = 0; to < n; to++) {
            const int64_t r = from / p % a, v = to / p % a, i = from / p / a, j = to / p / a;
            if (i == j) { if (r != v) *local_link(t, i, r, v) += bytes; continue; }
            for (int64_t via = 0; via < a; via++) {
                if (via != r) *local_link(t, i, r, via) += bytes / (double)a;
                *global_link(t, via, i, j) += bytes / (double)a / trunk;
                if (via != v) *local_link(t, j, via, v) += bytes / (double)a;
            }
        }
    return busiest() / ((double)(n - 1) / (double)n);
}

static void test_a_dragonfly_carries_what_its_graph_carries(void **state)
{
    (void)state;
    for (int64_t p = 1; p <= 3; p++)
        for (int64_t g = 2; g <= 5; g++) {
            orr_topology t = orr_topology_dragonfly(2 * p * p * g, p, ORR_ROUTE_MINIMAL);
            assert_int_equal(t.groups, g);
            for (int64_t n = 2 * p; n <= t.chips; n += p) {
                if (n > 2 * p * p && n % (2 * p * p) != 0) continue;
                near(orr_topology_load(&t, (orr_chip_group){n, 1}).direct, orr_max(dragonfly_direct(&t, n), 1));
                t.route = ORR_ROUTE_ADAPTIVE;
                assert_true(orr_topology_load(&t, (orr_chip_group){n, 1}).direct <= dragonfly_direct(&t, n) + 1e-9 || dragonfly_direct(&t, n) < 1);
                t.route = ORR_ROUTE_MINIMAL;
            }
        }
}

static void test_valiant_helps_where_traffic_goes_one_way(void **state)
{
    (void)state;
    orr_topology t = orr_topology_dragonfly(1056, 4, ORR_ROUTE_MINIMAL);
    const orr_chip_group next_group = {33, 32};
    assert_int_equal(t.groups, 33);
    const double minimal = orr_topology_load(&t, next_group).shift;
    near(minimal, 32);      /* all of a group's chips over the one link of 32 that leads to the next group */
    t.route = ORR_ROUTE_VALIANT;
    near(orr_topology_load(&t, next_group).shift, 2);
    t.route = ORR_ROUTE_ADAPTIVE;
    near(orr_topology_load(&t, next_group).shift, 2);
    near(orr_topology_load(&t, (orr_chip_group){1056, 1}).direct, 1);       /* balanced for uniform traffic */
}

/* --- all of them --- */

static orr_topology random_topology(orr_rng *rng)
{
    const int64_t chips = 2 + (int64_t)orr_rng_below(rng, 600);
    switch (orr_rng_below(rng, 6)) {
    case 0: return orr_topology_switch(chips, 8 + (int64_t)orr_rng_below(rng, 64), 1 + (double)orr_rng_below(rng, 4));
    case 1: return orr_topology_full_mesh(chips);
    case 2: return orr_topology_torus(ORR_TOPOLOGY_TORUS, chips, 1 + (int)orr_rng_below(rng, 3), 0);
    case 3: return orr_topology_torus(ORR_TOPOLOGY_GRID, chips, 1 + (int)orr_rng_below(rng, 3), 0);
    case 4: return orr_topology_torus(ORR_TOPOLOGY_OPTICAL, chips, 1 + (int)orr_rng_below(rng, 3), 2);
    default: return orr_topology_dragonfly(chips, 0, (orr_route)orr_rng_below(rng, 3));
    }
}

static void test_what_holds_for_all(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(7, "topologies", 0);
    for (int round = 0; round < 20000; round++) {
        const orr_topology t = random_topology(&rng);
        if (t.kind == ORR_TOPOLOGY_SWITCH && t.levels == 0) continue;
        const int64_t stride = 1 + (int64_t)orr_rng_below(&rng, (uint64_t)t.chips);
        const orr_chip_group g = {1 + (int64_t)orr_rng_below(&rng, (uint64_t)(t.chips / stride)), stride};
        const orr_group_load load = orr_topology_load(&t, g);
        assert_true(load.ring >= 1 && load.direct >= 1 && load.shift >= 1);
        assert_true(load.ring_hops >= 0 && load.direct_hops >= 0 && load.shift_hops >= 0 && load.doubling_hops >= 0);
        assert_true(load.ring_steps >= (g.count > 1) && load.ring_steps <= (double)(g.count - 1));
        assert_true(orr_topology_bisection(&t) > 0 && orr_topology_diameter(&t) >= 1);
        if (t.kind == ORR_TOPOLOGY_SWITCH) assert_true(load.direct <= t.oversubscription);
    }
}

/* TPU v4's pod: 4,096 chips, 300 GB/s each, 24 TB/s between its halves as published (some 6 % less than the links carry). */
static void test_a_published_bisection(void **state)
{
    (void)state;
    const orr_topology pod = orr_topology_torus(ORR_TOPOLOGY_OPTICAL, 4096, 3, 4);
    const double tb_per_s = orr_topology_bisection(&pod) * 2048 * 0.3;
    assert_true(tb_per_s > 24 && tb_per_s < 24 * 1.08);
}

/* What a uniform exchange of all can't be faster than: the bytes that cross the middle, over the links there. */
static void test_no_exchange_beats_the_bisection(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(8, "topologies", 0);
    for (int round = 0; round < 2000; round++) {
        const orr_topology t = random_topology(&rng);
        const bool uneven = t.kind == ORR_TOPOLOGY_DRAGONFLY || (t.kind == ORR_TOPOLOGY_SWITCH && (t.levels == 0 || t.leaf_chips * 2 > t.chips));
        if (uneven || t.chips % 2 != 0) continue;
        int64_t longest = 1;
        for (int i = 0; i < t.dimensions; i++) longest = orr_max_i64(longest, t.sizes[i]);
        if (longest % 2 != 0) continue;
        const double n = (double)t.chips, crossing = 0.5 * n / (n - 1);      /* of what a chip sends */
        const orr_group_load load = orr_topology_load(&t, (orr_chip_group){t.chips, 1});
        assert_true(load.direct >= crossing / orr_topology_bisection(&t) * (1 - 1e-9) || load.snake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_torus_carries_what_its_graph_carries), cmocka_unit_test(test_strided_groups_share_links), cmocka_unit_test(test_a_torus_of_two_is_a_pair_of_links),
        cmocka_unit_test(test_circuits_close_what_a_torus_leaves_open), cmocka_unit_test(test_leaves_carry_what_their_graph_carries), cmocka_unit_test(test_switches_have_levels),
        cmocka_unit_test(test_a_full_mesh_uses_the_links_among_the_group), cmocka_unit_test(test_a_dragonfly_carries_what_its_graph_carries), cmocka_unit_test(test_valiant_helps_where_traffic_goes_one_way),
        cmocka_unit_test(test_a_published_bisection), cmocka_unit_test(test_what_holds_for_all), cmocka_unit_test(test_no_exchange_beats_the_bisection)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
