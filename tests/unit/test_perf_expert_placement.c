/* Experts of known popularity: chances, copies, places, and the busiest rank, beside draws token by token. */
#include "perf_support.h"

#include "base/rng.h"

enum { EXPERTS = 64, CHOSEN = 4, RANKS = 8 };

static const orr_ffn ffn = {.kind = ORR_FFN_MOE, .experts = EXPERTS, .experts_per_token = CHOSEN, .expert_intermediate = 256, .gated = true};

typedef struct world { orr_arena *arena; orr_rng rng; } world;

static int set_up(void **state)
{
    static world w;
    w = (world){.arena = orr_arena_create(), .rng = orr_rng_stream(3, "placement", 0)};
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    orr_arena_destroy(((world *)*state)->arena);
    return 0;
}

static const orr_expert_placement *made(world *w, const orr_experts *settings, int64_t ranks) { return orr_expert_placement_make(settings, EXPERTS, CHOSEN, ranks, w->arena); }

static orr_experts drawn_histogram(world *w)
{
    double *values = ORR_NEW_ARRAY(w->arena, double, EXPERTS);
    for (int i = 0; i < EXPERTS; i++) values[i] = orr_rng_exponential(&w->rng) + 0.01;
    return (orr_experts){.popularity = ORR_POPULARITY_HISTOGRAM, .histogram = {EXPERTS, values}};
}

/* One token comes to k experts, whatever their popularity: to those never chosen, never; to those that all choose, always. */
static void a_token_comes_to_k(void **state)
{
    world *w = *state;
    double values[EXPERTS] = {0};
    values[5] = 1e6;
    for (int i = 10; i < 16; i++) values[i] = 1 + i;
    const orr_experts steep = {.popularity = ORR_POPULARITY_HISTOGRAM, .histogram = {EXPERTS, values}}, power = {.popularity = ORR_POPULARITY_POWER_LAW, .exponent = 1.1}, drawn = drawn_histogram(w);
    assert_near(orr_expert_placement_touched(made(w, &steep, 1), 1, false), CHOSEN, 1e-9);
    assert_near(orr_expert_placement_touched(made(w, &power, 1), 1, false), CHOSEN, 1e-9);
    assert_near(orr_expert_placement_touched(made(w, &drawn, RANKS), 1, false), CHOSEN, 1e-9);
    assert_near(orr_expert_placement_touched(made(w, &steep, 1), 1e6, false), 7, 1e-9);     /* never the others */
    assert_null(made(w, &(orr_experts){.popularity = ORR_POPULARITY_DRAWN}, RANKS));
    assert_null(orr_expert_placement_make(&drawn, EXPERTS + 1, CHOSEN, RANKS, w->arena));   /* another model's */
}

static void even_ranks_are_even(void **state)
{
    world *w = *state;
    const orr_expert_placement *even = made(w, &(orr_experts){.popularity = ORR_POPULARITY_EVEN}, RANKS);
    assert_near(even->busiest_share, 1.0 / RANKS, 1e-12);
    assert_int_equal(even->busiest_slots, EXPERTS / RANKS);
    assert_near(orr_expert_placement_touched(even, 100, false), EXPERTS * (1 - pow(1 - (double)CHOSEN / EXPERTS, 100)), 1e-9);
    assert_near(orr_expert_placement_touched(even, 100, true), orr_expert_placement_touched(even, 100, false) / RANKS, 1e-9);
}

/* Places by load are no worse than by number; copies never make the busiest slot busier, and with balance bring the busiest rank near the mean. */
static void balance_and_copies_help(void **state)
{
    world *w = *state;
    for (int i = 0; i < 100; i++) {
        orr_experts e = drawn_histogram(w);
        const double by_number = made(w, &e, RANKS)->busiest_share;
        e.balanced = true;
        const double balanced = made(w, &e, RANKS)->busiest_share;
        assert_true(balanced <= by_number + 1e-12 && balanced >= 1.0 / RANKS - 1e-12);
        e.redundant = 2 * RANKS;
        const orr_expert_placement *copied = made(w, &e, RANKS);
        assert_int_equal(copied->slots, EXPERTS + 2 * RANKS);
        assert_int_equal(copied->rank_slots, EXPERTS / RANKS + 2);
        assert_true(copied->busiest_share * RANKS < 1.05);
        assert_near(orr_expert_placement_touched(copied, 1, false), CHOSEN, 1e-9);
    }
}

/* Draws of T tokens: CHOSEN experts each, without replacement, by popularity; rows and touched experts of the rank with the most rows. */
typedef struct drawn_load { double rows, touched; } drawn_load;

static drawn_load draw(world *w, const double *popularity, int tokens)
{
    int rows[EXPERTS] = {0};
    for (int t = 0; t < tokens; t++) {
        double keys[EXPERTS];
        for (int i = 0; i < EXPERTS; i++) keys[i] = orr_rng_exponential(&w->rng) / popularity[i];      /* the smallest keys win: successive draws by popularity */
        for (int n = 0; n < CHOSEN; n++) {
            int best = 0;
            for (int i = 1; i < EXPERTS; i++) if (keys[i] < keys[best]) best = i;
            keys[best] = INFINITY;
            rows[best]++;
        }
    }
    drawn_load most = {0, 0};
    for (int r = 0; r < RANKS; r++) {
        drawn_load load = {0, 0};
        for (int i = r * EXPERTS / RANKS; i < (r + 1) * EXPERTS / RANKS; i++) { load.rows += rows[i]; load.touched += rows[i] > 0; }
        if (load.rows > most.rows) most = load;
    }
    return most;
}

/* Mild and steep histograms: the busiest rank within 12 % of the mean of draws. (Successive draws by popularity choose the popular ones somewhat less often than chances in proportion.) */
static void the_busiest_rank_is_as_drawn(void **state)
{
    world *w = *state;
    orr_coefficients c = lossless();
    c.moe_busiest_sigmas = 1;
    const orr_machine machine = toy_machine(&c);
    for (int spread = 0; spread < 3; spread++) {
        double values[EXPERTS];
        for (int i = 0; i < EXPERTS; i++) values[i] = orr_exp(0.25 * spread * orr_rng_normal(&w->rng));
        const orr_experts e = {.popularity = ORR_POPULARITY_HISTOGRAM, .histogram = {EXPERTS, values}};
        const orr_moe_shape shape = {.ffn = &ffn, .width = 512, .ranks = RANKS, .spread = true, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16, .routing = ORR_ROUTING_PLACED, .placement = made(w, &e, RANKS)};
        const orr_moe moe = orr_moe_prepare(&machine, &shape);
        for (int tokens = 16; tokens <= 1024; tokens *= 8) {
            drawn_load sum = {0, 0};
            const int trials = tokens > 500 ? 40 : 200;
            for (int trial = 0; trial < trials; trial++) { const drawn_load one = draw(w, values, tokens); sum.rows += one.rows / trials; sum.touched += one.touched / trials; }
            const orr_moe_load load = orr_moe_rank_load(&moe, tokens);
            assert_near(load.rows, sum.rows, 0.12);
            assert_near(load.touched, sum.touched, 0.12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_token_comes_to_k), cmocka_unit_test(even_ranks_are_even), cmocka_unit_test(balance_and_copies_help), cmocka_unit_test(the_busiest_rank_is_as_drawn)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
