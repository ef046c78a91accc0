/* Mixture of experts: how many experts tokens touch, and what the busiest rank does. */
#include "perf_support.h"

#include "base/rng.h"

static const orr_ffn ffn = { .kind = ORR_FFN_MOE, .experts = 64, .experts_per_token = 4, .expert_intermediate = 256, .gated = true };

/* Even routing: E (1 - (1 - k/E)^T). */
static void even_routing(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_moe moe = orr_moe_prepare(&machine, &ffn, 512, 1, false, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
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
    orr_moe flat = orr_moe_prepare(&a, &ffn, 512, 1, false, ORR_DTYPE_BF16, ORR_DTYPE_BF16), steep = orr_moe_prepare(&b, &ffn, 512, 1, false, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    assert_near(orr_moe_touched(&steep, 1), 4, 1e-9);
    for (double tokens = 2; tokens < 200; tokens += 7) assert_true(orr_moe_touched(&steep, tokens) < orr_moe_touched(&flat, tokens));
}

/* Even choices without replacement, drawn: the mean of touched experts is what the formula says, to 2 %. */
static void drawn_routing_agrees(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_moe moe = orr_moe_prepare(&machine, &ffn, 512, 1, false, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
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
        orr_moe cut = orr_moe_prepare(&machine, &ffn, 512, ranks, false, ORR_DTYPE_BF16, ORR_DTYPE_BF16), spread = orr_moe_prepare(&machine, &ffn, 512, ranks, ranks > 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
        assert_near(cost_of(&cut, 300).flop, expected, 1e-9);
        assert_near(cost_of(&spread, 300).flop, expected, 1e-9);
        assert_near(orr_moe_rank_weight_bytes(&cut) * ranks, 64.0 * 3 * 512 * 256 * 2, 1e-12);
        assert_near(orr_moe_rank_weight_bytes(&spread) * ranks, 64.0 * 3 * 512 * 256 * 2, 1e-12);
    }
}

static void time_grows_with_tokens(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.moe_skew = 0.4;
    c.moe_busiest_sigmas = 1;
    orr_machine machine = toy_machine(&c);
    for (int ranks = 1; ranks <= 64; ranks *= 2) {
        orr_moe moe = orr_moe_prepare(&machine, &ffn, 512, ranks, ranks > 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
        double before = 0;
        for (int tokens = 1; tokens < 700; tokens++) {
            double now = cost_of(&moe, tokens).time_ns;
            assert_true(now >= before * (1 - 1e-12));
            before = now;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_routing), cmocka_unit_test(skewed_routing), cmocka_unit_test(drawn_routing_agrees), cmocka_unit_test(flop_do_not_depend_on_placement), cmocka_unit_test(time_grows_with_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
