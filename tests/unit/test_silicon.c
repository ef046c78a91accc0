/* Chips from their parts: the models by hand, and the chips whose dies and power are published. */
#include <math.h>

#include "silicon/silicon.h"
#include "spec/bind.h"
#include "spec_support.h"

enum { MOST_OFF_PERCENT = 15 };

static const orr_process n7 = {.name = "n7", .million_transistors_per_mm2 = 100, .sram_um2_per_bit = 0.2, .wafer_usd = 9000, .wafer_mm = 300, .defects_per_cm2 = 0.1, .defect_clustering = 3, .energy = 1, .nominal_hz = 1e9, .voltage_slope = 0.5, .least_voltage = 0.8, .reticle_mm2 = 858};
static const orr_silicon_costs costs = {.matrix_transistors = 1e4, .vector_transistors = 1e5, .fp64_transistors = 1e6, .integer_transistors = 1e5, .control_transistors = 1e6, .fabric_transistors = 1e7, .sram_efficiency = 0.5,
    .register_factor = 2, .uncounted_factor = 1.25, .matrix_j = 1e-12, .logic_j = 1e-18, .static_w_per_mm2 = 0.1, .interposer_usd_per_mm2 = 0.5, .substrate_usd_per_mm2 = 0.1, .stacking_usd_per_mm2 = 0.2, .test_factor = 0.5};

static orr_architecture small(void)
{
    orr_architecture a = {.process = n7, .dies = 1, .clock_hz = 1e9, .sustained = 1, .package = ORR_PACKAGE_INTERPOSER};
    a.core = (orr_core_parts){.built = 10, .matrix = {.count = 2, .rows = 10, .columns = 10, .depth = 5, .fp16 = 1, .fp8 = 2}, .vector_lanes = 50, .register_bytes = 125000, .sram_bytes = 250000};
    a.cache.built_bytes = 1e6;
    a.memory.technology = (orr_memory_technology){.name = "m", .capacity_bytes = 10e9, .bytes_per_s = 1e11, .phy_mm2 = 5, .controller_million_transistors = 500, .j_per_byte = 4e-11, .idle_w = 2, .usd_per_gb = 10, .footprint_mm2 = 100};
    a.memory.built = 2;
    a.core.enabled = a.cache.enabled = a.memory.enabled = 1;
    return a;
}

static void near(double is, double wanted) { assert_true(fabs(is - wanted) <= 1e-9 * fabs(wanted)); }

static void test_rates_area_power_and_cost_by_hand(void **state)
{
    (void)state;
    const orr_architecture a = small();
    const orr_silicon s = orr_silicon_make(&a, &costs);
    near(s.rates.bf16_flop_per_s, 10 * 1000 * 2 * 1e9);
    near(s.rates.fp8_flop_per_s, 2 * s.rates.bf16_flop_per_s);
    near(s.rates.vector_flop_per_s, 10 * 50 * 2 * 1e9);
    near(s.rates.memory_bytes, 20e9);
    near(s.area.matrix, 0.1);                   /* 1,000 multiply-adders of 10,000 transistors at 100 M a mm2 */
    near(s.area.vector, 0.05);
    near(s.area.control, 0.5);
    near(s.area.registers, 0.8);                /* 1e6 bits of 0.2 um2, half of an array, twice for ports */
    near(s.area.sram, 0.8);
    near(s.area.fabric, 0.1);
    near(s.area.cores, 10 * 2.35);
    near(s.area.cache, 3.2);
    near(s.area.memory_phys, 2 * (5 + 5));
    near(s.area.compute_die, 1.25 * (23.5 + 3.2 + 20));
    near(s.area.package, s.area.total + 200);
    near(s.power.matrix_w, 10);
    near(s.power.logic_w, 10 * 0.75 * 1e8 * 1e9 * 1e-18);
    near(s.power.memory_w, 8);
    near(s.power.idle_w, 0.1 * s.area.total + 4);
    near(s.cost.memory_usd, 200);
    near(s.cost.package_usd, 0.5 * s.area.package);
    near(s.cost.total_usd, 1.5 * (s.cost.dies_usd + s.cost.memory_usd + s.cost.package_usd));
}

static void test_wafers_and_yield(void **state)
{
    (void)state;
    near(orr_dies_of_wafer(&n7, 800), 64);      /* pi 150^2 / 800 - pi 300 / 40 = 88.4 - 23.6 */
    near(orr_die_yield(&n7, 300), 1 / (1.1 * 1.1 * 1.1));
    orr_architecture a = small();
    const double whole = orr_silicon_make(&a, &costs).yield.compute_die;
    double last = whole;
    for (double spare = 1; spare <= 3; spare++) {
        a.core.enabled = 1 - spare / 10;
        const double yield = orr_silicon_make(&a, &costs).yield.compute_die;
        assert_true(yield > last - 1e-12 && yield <= 1);
        last = yield;
    }
}

/* More of anything is never smaller, cooler or cheaper. */
static void test_monotone(void **state)
{
    (void)state;
    const orr_architecture base = small();
    const orr_silicon was = orr_silicon_make(&base, &costs);
    for (int what = 0; what < 6; what++) {
        orr_architecture a = base;
        switch (what) {
        case 0: a.core.built *= 2; break;
        case 1: a.core.matrix.depth *= 2; break;
        case 2: a.core.sram_bytes *= 2; break;
        case 3: a.cache.built_bytes *= 2; break;
        case 4: a.memory.built += 1; break;
        default: a.clock_hz *= 1.5; break;
        }
        const orr_silicon is = orr_silicon_make(&a, &costs);
        assert_true(is.area.total >= was.area.total && is.power.tdp_w >= was.power.tdp_w && is.cost.total_usd >= was.cost.total_usd);
    }
}

/* A chip as its parts alone make it. */
static orr_chip by_parts(spec_fixture *fixture, const char *name, orr_chip *stated)
{
    orr_node *tree = orr_tree_copy(fixture->arena, orr_catalogue_tree(ORR_KIND_CHIP, name, (orr_place){0}, fixture->arena, fixture->diags));
    orr_binder binder = orr_binder_begin(fixture->arena, fixture->diags);
    assert_true(orr_bind_table(&binder, &orr_chip_table, tree, stated));
    orr_node *bare = orr_tree_new_map(fixture->arena, tree->place);
    static const char *const kept[] = {"name", "sources", "architecture"};
    for (size_t i = 0; i < 3; i++) {
        orr_node *copy = orr_tree_copy(fixture->arena, orr_tree_get(tree, kept[i]));
        copy->next = NULL;
        orr_tree_append(bare, copy);
    }
    orr_chip chip = {0};
    assert_true(orr_chip_from_parts(&binder, bare));
    assert_true(orr_bind_table(&binder, &orr_chip_table, bare, &chip));
    orr_binder_end(&binder);
    return chip;
}

static void check(const char *chip, const char *what, double parts, double stated, double most_off)
{
    print_message("%-14s %-12s %10.4g from parts, %10.4g stated: %+.1f %%\n", chip, what, parts, stated, 100 * (parts / stated - 1));
    assert_true(fabs(parts / stated - 1) <= most_off);
}

/* Rates and bandwidths are products of counts: exact but for rounded datasheets. Area and power are models. */
static void test_published_chips(void **state)
{
    (void)state;
    spec_fixture own = spec_begin(), *fixture = &own;
    static const char *const names[] = {"a100-sxm-80gb", "h100-sxm", "h200-sxm", "mi300x", "tpu-v4", "b200-sxm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        orr_chip stated = {0};
        const orr_chip chip = by_parts(fixture, names[i], &stated);
        check(names[i], "bf16", chip.bf16_flop_per_s, stated.bf16_flop_per_s, 0.02);
        check(names[i], "memory", chip.memory_bytes, stated.memory_bytes, 0.08);
        check(names[i], "bandwidth", chip.memory_bytes_per_s, stated.memory_bytes_per_s, 0.02);
        check(names[i], "link", chip.link_bytes_per_s, stated.link_bytes_per_s, 0.02);
        check(names[i], "area", chip.silicon_mm2, stated.silicon_mm2, i < 5 ? MOST_OFF_PERCENT / 100.0 : 0.3);      /* the dies of a B200 are estimates */
        check(names[i], "power", chip.tdp_w, stated.tdp_w, MOST_OFF_PERCENT / 100.0);
        print_message("%-14s die %.0f mm2, yield %.2f, cost %.0f USD, idle %.0f W (%.0f stated)\n", names[i], chip.die_mm2, chip.die_yield, chip.silicon_usd, chip.idle_w, stated.idle_w);
    }
    spec_expect_clean(fixture);
    spec_end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_area_power_and_cost_by_hand), cmocka_unit_test(test_wafers_and_yield), cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_published_chips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
