/* Laws of replicas of several kinds behind one router: what a group is, and what a weight does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "random_system.h"

static const orr_router_policy *const routers[] = {&orr_router_round_robin, &orr_router_least_loaded, &orr_router_prefix_affine, &orr_router_random, &orr_router_power_of_two, &orr_router_session_sticky,
    &orr_router_slo_lanes, &orr_router_kv_aware};
enum { ROUTERS = sizeof routers / sizeof *routers };

static random_system s;

typedef struct ledger { orr_loop_finish finishes[MOST_REQUESTS]; } ledger;
static void on_finished(void *context, const orr_loop_finish *finish) { ((ledger *)context)->finishes[finish->finished.request.id] = *finish; }

static void run(ledger *l, const orr_executor *executor)
{
    system_script script = {.requests = s.requests, .count = s.request_count};
    memset(l, 0, sizeof *l);
    orr_loop_run(&s.config, system_script_feed(&script), executor, &(orr_loop_observer){.context = l, .finished = on_finished});
}

static bool same(const ledger *a, const ledger *b)
{
    for (int64_t i = 0; i < s.request_count; i++) {
        const orr_loop_finish *x = &a->finishes[i], *y = &b->finishes[i];
        if (x->replica != y->replica || x->first_token_ns != y->first_token_ns || x->finish_ns != y->finish_ns || x->finished.cached_tokens != y->finished.cached_tokens) return false;
    }
    return true;
}

/* Where a fleet is cut says nothing: groups that are alike are one, behind every router, with any weight that all have. */
static void groups_that_are_alike_are_one(void **state)
{
    (void)state;
    static ledger whole, cut;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        random_system_draw_caches(&s, seed);
        const int replicas = 2 + (int)(seed % 4), first = 1 + (int)(seed / 4) % (replicas - 1);
        const orr_executor executor = random_system_executor(&s);
        for (int k = 0; k < ROUTERS; k++) {
            s.config.router = routers[k];
            s.config.replica_count = replicas;
            s.config.further_count = 0;
            s.config.weight = 0;
            run(&whole, &executor);
            s.further[0] = (orr_loop_group){.engine = s.config.engine, .replica_count = replicas - first, .executor = &executor, .door = s.config.door, .weight = (int64_t)(seed % 7)};
            s.config.weight = s.further[0].weight;
            s.config.replica_count = first;
            s.config.further = s.further;
            s.config.further_count = 1;
            run(&cut, &executor);
            assert_true(same(&whole, &cut));
        }
    }
}

/* Only what weights are to one another counts. */
static void all_weights_times_five_are_the_same(void **state)
{
    (void)state;
    static ledger once, fivefold;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        random_system_draw_groups(&s, seed);
        const orr_executor executor = random_system_executor(&s);
        run(&once, &executor);
        s.config.weight = 5 * (s.config.weight > 0 ? s.config.weight : 1);
        for (int g = 0; g < s.config.further_count; g++) s.further[g].weight = 5 * (s.further[g].weight > 0 ? s.further[g].weight : 1);
        run(&fivefold, &executor);
        assert_true(same(&once, &fivefold));
    }
}

/* --- the router by itself: replicas 0 and 1 of weight 3, 2 to 4 of weight 10, all of which keep what they get --- */

enum { REPLICAS = 5 };
static const int64_t weights[REPLICAS] = {3, 3, 10, 10, 10};
enum { ALL_WEIGHTS = 36 };

static void begin(orr_router *router, const orr_router_policy *policy)
{
    const orr_replica_kind kinds[] = {{2, 3, 1}, {3, 10, 1}};
    orr_router_init(router, policy, &(orr_router_settings){.seed = 11}, kinds, 2);
}

static void send(orr_router *router, int64_t requests, int64_t got[REPLICAS])
{
    memset(got, 0, REPLICAS * sizeof *got);
    for (int64_t i = 0; i < requests; i++) got[orr_router_route(router, &(orr_request){.id = (uint64_t)i, .input_tokens = 1}, NULL, 0)]++;
}

/* Turns and the least loaded keep to the shares at every moment, to within two requests; two choices nearly so, since the balance is restored wherever both are drawn; chance as chance does. */
static void weights_are_shares(void **state)
{
    (void)state;
    static const struct { const orr_router_policy *policy; double within; } all[] = {{&orr_router_round_robin, 2}, {&orr_router_least_loaded, 2}, {&orr_router_session_sticky, 2}, {&orr_router_prefix_affine, 2}, {&orr_router_power_of_two, 20}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        for (int64_t requests = 1; requests <= 2000; requests = requests < 200 ? requests + 1 : requests + 600) {
            orr_router router;
            int64_t got[REPLICAS];
            begin(&router, all[k].policy);
            send(&router, requests, got);
            for (int i = 0; i < REPLICAS; i++) assert_true(fabs((double)got[i] - (double)(requests * weights[i]) / ALL_WEIGHTS) <= all[k].within);
            orr_router_free(&router);
        }
    }
    orr_router router;
    int64_t got[REPLICAS];
    double chi_square = 0;
    begin(&router, &orr_router_random);
    send(&router, 36000, got);
    for (int i = 0; i < REPLICAS; i++) chi_square += pow((double)(got[i] - 1000 * weights[i]), 2) / (double)(1000 * weights[i]);
    printf("random by weights: chi square %.2f of %d degrees\n", chi_square, REPLICAS - 1);
    assert_true(chi_square < 14.86);        /* 99.5 % */
    orr_router_free(&router);
}

/* Who was away does not catch up: from then on each has its share again. And nobody is sent to who is not there. */
static void nobody_catches_up(void **state)
{
    (void)state;
    static const orr_router_policy *const policies[] = {&orr_router_round_robin, &orr_router_random, &orr_router_power_of_two};
    for (int k = 0; k < 3; k++) {
        orr_router router;
        int64_t got[REPLICAS];
        begin(&router, policies[k]);
        send(&router, 3600, got);
        orr_router_open(&router, 3, false);
        send(&router, 2600, got);
        assert_int_equal(got[3], 0);
        orr_router_open(&router, 3, true);
        if (k == 2) { orr_router_free(&router); continue; }      /* two choices see that it has less, and fill it up */
        send(&router, 3600, got);
        for (int i = 0; i < REPLICAS; i++) assert_true(fabs((double)got[i] - 100.0 * (double)weights[i]) <= (k == 0 ? 2 : 100));
        orr_router_free(&router);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_that_are_alike_are_one), cmocka_unit_test(all_weights_times_five_are_the_same), cmocka_unit_test(weights_are_shares), cmocka_unit_test(nobody_catches_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
