/* Laws of the fleet behind one router, over random systems and over queues with known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "queue_world.h"
#include "random_system.h"

static const orr_router_policy *const routers[] = {&orr_router_round_robin, &orr_router_least_loaded, &orr_router_prefix_affine, &orr_router_random, &orr_router_power_of_two, &orr_router_session_sticky,
    &orr_router_slo_lanes, &orr_router_kv_aware};
enum { ROUTERS = sizeof routers / sizeof *routers };

static random_system s;

typedef struct ledger { orr_loop_finish finishes[MOST_REQUESTS]; int finished[MOST_REQUESTS]; } ledger;
static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    l->finishes[finish->finished.request.id] = *finish;
    l->finished[finish->finished.request.id]++;
}

/* Where there is nothing to choose, all choose alike. */
static void with_one_replica_all_routers_are_equal(void **state)
{
    (void)state;
    static ledger of[2];
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_system_draw(&s, seed);
        s.config.replica_count = 1;
        const orr_executor executor = random_system_executor(&s);
        for (int k = 0; k < ROUTERS; k++) {
            ledger *l = &of[k > 0];
            memset(l, 0, sizeof *l);
            system_script script = {.requests = s.requests, .count = s.request_count};
            s.config.router = routers[k];
            orr_loop_run(&s.config, system_script_feed(&script), &executor, &(orr_loop_observer){.context = l, .finished = on_finished});
            for (int64_t i = 0; k > 0 && i < s.request_count; i++)
                assert_true(of[0].finished[i] == of[1].finished[i] && of[0].finishes[i].finish_ns == of[1].finishes[i].finish_ns && of[0].finishes[i].first_token_ns == of[1].finishes[i].first_token_ns);
        }
    }
}

/* --- queues: one seat, one token, a constant step; arrivals Poisson --- */

static double mean_wait_ns(const orr_router_policy *router, int replicas, double load, int64_t requests)
{
    int64_t service_ns = 1000000;
    poisson arrivals = {orr_rng_stream(17, "fleet", 0), requests, 0, (double)service_ns / load / replicas};
    waits waited = {0};
    const orr_loop_config config = {.engine = {.max_num_seqs = 1, .max_num_batched_tokens = 1, .block_tokens = 1, .block_count = 4, .lane_count = 1, .chunked_prefill = true},
        .router = router, .replica_count = replicas, .seed = 5, .routing = {.prefix_weight = 1}};
    orr_loop_run(&config, (orr_feed){.context = &arrivals, .next = next_poisson}, &(orr_executor){.context = &service_ns, .execute = execute_constant}, &(orr_loop_observer){.context = &waited, .finished = on_wait});
    return waited.sum_ns / (double)waited.count;
}

/* Random splitting leaves each replica an M/D/1 queue; every n-th arrival is an Erlang stream, smoother; two choices see queues and beat
 * chance; the least of all beats two. (With equal services turns are best of all: least loaded sees how many wait, not how far they are.) */
static void what_a_router_sees_shortens_the_queue(void **state)
{
    (void)state;
    const double load = 0.85, by_chance = mean_wait_ns(&orr_router_random, 16, load, 400000), in_turn = mean_wait_ns(&orr_router_round_robin, 16, load, 400000),
        two = mean_wait_ns(&orr_router_power_of_two, 16, load, 400000), least = mean_wait_ns(&orr_router_least_loaded, 16, load, 400000), expected = load * 1000000 / (2 * (1 - load));
    printf("16 replicas at load %.2f: mean wait random %.0f ns (M/D/1: %.0f), round robin %.0f, two choices %.0f, least loaded %.0f\n", load, by_chance, expected, in_turn, two, least);
    assert_true(fabs(by_chance / expected - 1) < 0.05);
    /* Kingman for n exponential phases an arrival (c_a^2 = 1/n, c_s = 0): rho D / (1 - rho) / 2n, an upper bound */
    assert_true(in_turn < 1.05 * expected / 16);
    assert_true(two < 0.5 * by_chance && least < two);
    assert_true(fabs(mean_wait_ns(&orr_router_kv_aware, 16, load, 400000) / least - 1) < 1e-12);      /* prompts of one token, nothing cached: the same load */
}

/* A session has one replica; a class has its half. */
static void sessions_stay_and_classes_keep_apart(void **state)
{
    (void)state;
    static ledger l;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        random_system_draw(&s, seed);
        s.config.replica_count = 4;
        s.config.routing.lane_count = 2;
        s.config.routing.lane_shares[0] = s.config.routing.lane_shares[1] = 1;
        const orr_executor executor = random_system_executor(&s);
        for (int lanes = 0; lanes < 2; lanes++) {
            memset(&l, 0, sizeof l);
            system_script script = {.requests = s.requests, .count = s.request_count};
            s.config.router = lanes ? &orr_router_slo_lanes : &orr_router_session_sticky;
            orr_loop_run(&s.config, system_script_feed(&script), &executor, &(orr_loop_observer){.context = &l, .finished = on_finished});
            int home[64];
            memset(home, -1, sizeof home);
            for (int64_t i = 0; i < s.request_count; i++) {
                if (!l.finished[i]) continue;
                const orr_request *q = &l.finishes[i].finished.request;
                if (lanes) assert_true(l.finishes[i].replica / 2 == (q->priority > 0));
                else if (q->session > 0 && home[q->session] >= 0) assert_int_equal(l.finishes[i].replica, home[q->session]);
                if (!lanes) home[q->session] = l.finishes[i].replica;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(with_one_replica_all_routers_are_equal), cmocka_unit_test(what_a_router_sees_shortens_the_queue), cmocka_unit_test(sessions_stay_and_classes_keep_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
