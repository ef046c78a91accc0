/* Mixture of experts: how many experts tokens touch, and what the busiest rank does. */
#include "perf_support.h"

#include "base/rng.h"

static const orr_ffn ffn = { .kind = ORR_FFN_MOE, .experts = 64, .experts_per_token = 4, .expert_intermediate = 256, .gated = true };

static orr_moe prepared(const orr_machine *machine, int64_t ranks, bool spread, orr_routing_kind routing)
{
    const orr_moe_shape shape = { .ffn = &ffn, .width = 512, .ranks = ranks, .spread = spread, .everywhere = true, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16, .routing = routing, .power = 1.2 };
    return orr_moe_prepare(machine, &shape);
}

/* Even routing: E (1 - (1 - k/E)^T). */
static void even_routing(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_moe moe = prepared(&machine, 1, false, ORR_ROUTING_DRAWN);
    assert_near(orr_moe_touched(&moe, 1), 4, 1e-9);
    assert_near(orr_moe_touched(&moe, 2), 64 * (1 - pow(60.0 / 64, 2)), 1e-9);
    assert_near(orr_moe_touched(&moe, 100), 64 * (1 - pow(60.0 / 64, 100)), 1e-9);
}

/* One token touches k whatever the skew; more tokens touch fewer experts when it is skewed. */
static void skewed_routing(void **state)
{
    (void)state;
    orr_coefficients even = lossless(), skewed = lossless();
    skewed.moe_skew = 0.5;
    orr_machine a = toy_machine(&even), b = toy_machine(&skewed);
    orr_moe flat = prepared(&a, 1, false, ORR_ROUTING_DRAWN), steep = prepared(&b, 1, false, ORR_ROUTING_DRAWN);
    assert_near(orr_moe_touched(&steep, 1), 4, 1e-9);
    for (double tokens = 2; tokens < 200; tokens += 7) assert_true(orr_moe_touched(&steep, tokens) < orr_moe_touched(&flat, tokens));
}

/* Even choices without replacement, drawn: the mean of touched experts is what the formula says, to 2 %. */
static void drawn_routing_agrees(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_moe moe = prepared(&machine, 1, false, ORR_ROUTING_DRAWN);
    orr_rng rng = orr_rng_stream(7, "routing", 0);
    for (int tokens = 1; tokens <= 64; tokens *= 4) {
        double sum = 0;
        for (int trial = 0; trial < 400; trial++) {
            bool touched[64] = { false };
            for (int t = 0; t < tokens; t++) {
                bool mine[64] = { false };
                for (int chosen = 0; chosen < 4;) {
                    uint64_t expert = orr_rng_below(&rng, 64);
                    if (!mine[expert]) { mine[expert] = touched[expert] = true; chosen++; }
                }
            }
            for (int e = 0; e < 64; e++) sum += touched[e] ? 1 : 0;
        }
        assert_near(sum / 400, orr_moe_touched(&moe, tokens), 0.02);
    }
}

static orr_cost cost_of(const orr_moe *moe, double tokens)
{
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost };
    orr_moe_emit(moe, 1, tokens, &sink);
    return cost;
}

/* FLOP of all ranks are those of the tokens, however experts are placed: 2 T k 3 h i. */
static void flop_do_not_depend_on_placement(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.moe_skew = 0.4;
    c.moe_busiest_sigmas = 1;
    orr_machine machine = toy_machine(&c);
    double expected = 2 * 300.0 * 4 * 3 * 512 * 256;
    for (int ranks = 1; ranks <= 8; ranks *= 2) {
        orr_moe cut = prepared(&machine, ranks, false, ORR_ROUTING_DRAWN), spread = prepared(&machine, ranks, ranks > 1, ORR_ROUTING_DRAWN);
        assert_near(cost_of(&cut, 300).flop, expected, 1e-9);
        assert_near(cost_of(&spread, 300).flop, expected, 1e-9);
        assert_near(orr_moe_rank_weight_bytes(&cut) * ranks, 64.0 * 3 * 512 * 256 * 2, 1e-12);
        assert_near(orr_moe_rank_weight_bytes(&spread) * ranks, 64.0 * 3 * 512 * 256 * 2, 1e-12);
    }
}

/* On a coefficient set with every loss in it. */
static orr_coefficients lossy(void)
{
    orr_coefficients c = lossless();
    c.moe_skew = 0.4;
    c.moe_busiest_sigmas = c.moe_wave_rounding = c.moe_crowd_kilocycles = 1;
    c.moe_foreign_share = 0.3;
    c.moe_idle_tile_kilocycles = 0.25;
    c.moe_fill_depth = 100;
    return c;
}

static void time_grows_with_tokens(void **state)
{
    (void)state;
    orr_coefficients c = lossy();
    orr_machine machine = toy_machine(&c);
    for (int ranks = 1; ranks <= 64; ranks *= 2) {
        orr_moe moe = prepared(&machine, ranks, ranks > 1, ORR_ROUTING_DRAWN);
        double before = 0;
        for (int tokens = 1; tokens < 700; tokens++) {
            double now = cost_of(&moe, tokens).time_ns;
            assert_true(now >= before * (1 - 1e-12));
            before = now;
        }
    }
}

/* A busiest rank has no less than the mean, no more rows than there are, and touches no more experts than it has rows or experts; both grow with tokens. */
static void rank_load_is_possible(void **state)
{
    (void)state;
    orr_coefficients c = lossy();
    orr_machine machine = toy_machine(&c);
    for (int routing = ORR_ROUTING_DRAWN; routing <= ORR_ROUTING_POWER; routing++)
        for (int ranks = 1; ranks <= 64; ranks *= 2) {
            orr_moe moe = prepared(&machine, ranks, ranks > 1, (orr_routing_kind)routing);
            orr_moe_load before = { 0 };
            for (double tokens = 1; tokens < 1e5; tokens *= 1.3) {
                orr_moe_load l = orr_moe_rank_load(&moe, tokens);
                assert_true(l.rows >= l.mean_rows * (1 - 1e-12) && l.rows <= tokens * 4 * (1 + 1e-12));
                assert_true(l.touched <= l.rows * (1 + 1e-12) && l.touched <= moe.rank_experts && l.touched >= l.mean_touched * (1 - 1e-12));
                assert_true(l.rows >= before.rows && l.touched >= before.touched * (1 - 1e-12));
                before = l;
            }
        }
}

/* A benchmark's routing. Dealt out in turn: min(E, T k) touched, all ranks the same. Power law: more skewed the more tokens there are. */
static void routing_of_benchmarks(void **state)
{
    (void)state;
    orr_coefficients c = lossy();
    orr_machine machine = toy_machine(&c);
    orr_moe even = prepared(&machine, 8, true, ORR_ROUTING_EVEN), power = prepared(&machine, 8, true, ORR_ROUTING_POWER);
    assert_near(orr_moe_touched(&even, 3), 12, 1e-12);
    assert_near(orr_moe_touched(&even, 100), 64, 1e-12);
    assert_near(orr_moe_rank_load(&even, 100).rows, 50, 1e-12);
    double few = orr_moe_rank_load(&power, 64).rows / 32, many = orr_moe_rank_load(&power, 8192).rows / 4096;
    assert_true(few > 1.1 && many > few && many <= 8);
}

/* Where every rank holds all tokens, a library that walks over other ranks' rows takes longer; cut experts have none. */
static void foreign_rows_cost(void **state)
{
    (void)state;
    orr_coefficients c = lossy(), none = lossy();
    none.moe_foreign_share = 0;
    orr_machine a = toy_machine(&c), b = toy_machine(&none);
    for (int ranks = 2; ranks <= 64; ranks *= 2) {
        orr_moe walks = prepared(&a, ranks, true, ORR_ROUTING_DRAWN), skips = prepared(&b, ranks, true, ORR_ROUTING_DRAWN), cut = prepared(&a, ranks, false, ORR_ROUTING_DRAWN), same = prepared(&b, ranks, false, ORR_ROUTING_DRAWN);
        assert_true(cost_of(&walks, 100).time_ns > cost_of(&skips, 100).time_ns);
        assert_near(cost_of(&cut, 100).time_ns, cost_of(&same, 100).time_ns, 1e-15);
    }
}

/* Ten experts read ten times the weights of one; a product of few rows is no faster than reading them; the same rows in fewer experts take less. */
static void grouped_product_reads_what_is_touched(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.moe_wave_rounding = 1;
    orr_machine machine = toy_machine(&c);
    orr_grouped_gemm gemm = orr_grouped_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    const orr_grouped_load one = { .groups = 1, .rows = 1 }, ten = { .groups = 10, .rows = 10 }, few = { .groups = 2, .rows = 512 }, many = { .groups = 16, .rows = 512 };
    bool bound = false;
    double t = orr_grouped_gemm_ns(&gemm, &one, &bound);
    assert_true(t >= 512.0 * 4096 * 2 / 100);
    assert_near(orr_grouped_gemm_ns(&gemm, &ten, &bound), 10 * t, 1e-9);
    assert_true(orr_grouped_gemm_ns(&gemm, &few, &bound) < orr_grouped_gemm_ns(&gemm, &many, &bound));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_routing), cmocka_unit_test(skewed_routing), cmocka_unit_test(drawn_routing_agrees), cmocka_unit_test(flop_do_not_depend_on_placement), cmocka_unit_test(time_grows_with_tokens),
        cmocka_unit_test(rank_load_is_possible), cmocka_unit_test(routing_of_benchmarks), cmocka_unit_test(foreign_rows_cost), cmocka_unit_test(grouped_product_reads_what_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
