/* Queues of known load through the loop: what is below capacity is not called unstable, what is above it is, over seeds. One server of constant service is M/D/1 (with gamma gaps G/D/1): its load is known exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/math.h"
#include "base/rng.h"
#include "drive/growth.h"
#include "drive/loop.h"

enum { SERVICE_NS = 1000000, SEEDS = 100 };

/* Gamma gaps of coefficient of variation `cv` (1: Poisson, 0: constant) about `gap_ns`. */
typedef struct feed { orr_rng rng; double gap_ns, cv, time_ns; int64_t left, output_tokens; } feed;

static bool next(void *context, orr_arrival *arrival)
{
    feed *f = context;
    if (f->left-- == 0) return false;
    const double shape = f->cv > 0 ? 1 / (f->cv * f->cv) : 0;
    f->time_ns += f->gap_ns * (f->cv > 0 ? orr_rng_gamma(&f->rng, shape) / shape : 1);
    *arrival = (orr_arrival){.arrival_ns = orr_round_i64(f->time_ns), .input_tokens = 1, .output_tokens = f->output_tokens};
    return true;
}

static orr_outcome execute(void *context, int replica, const orr_plan *plan) { (void)context, (void)replica, (void)plan; return (orr_outcome){SERVICE_NS, SERVICE_NS}; }

typedef struct watched { orr_growth growth; int64_t waiting, finished; } watched;
static void on_finished(void *context, const orr_loop_finish *finish) { (void)finish; ((watched *)context)->finished++; }
static void on_state(void *context, int replica, const orr_replica_state *now) { (void)replica; ((watched *)context)->waiting = now->waiting; }
static void on_arrived(void *context, const orr_request *request)
{
    watched *w = context;
    orr_growth_arrived(&w->growth, &(orr_growth_sample){request->arrival_ns, w->waiting, 0, w->finished, 0, 0});
}

/* `seats` requests at a time, each in service for `tokens` steps: it serves seats / tokens requests a step. */
static orr_drift drift_at(double load, double cv, int64_t requests, int64_t seats, int64_t tokens, uint64_t seed)
{
    feed f = {.rng = orr_rng_stream(seed, "arrivals", 0), .gap_ns = SERVICE_NS * (double)tokens / (double)seats / load, .cv = cv, .left = requests, .output_tokens = tokens};
    watched w = {.waiting = 0};
    const orr_executor executor = {.execute = execute};
    const orr_loop_config config = {.engine = {.max_num_seqs = seats, .max_num_batched_tokens = 2 * seats, .block_tokens = 16, .block_count = 100000, .lane_count = 1, .chunked_prefill = true},
        .router = orr_router_policy_by_name("round-robin"), .replica_count = 1};
    const orr_loop_observer observer = {.context = &w, .finished = on_finished, .state = on_state, .arrived = on_arrived};
    orr_loop_run(&config, (orr_feed){.context = &f, .next = next}, &executor, &observer);
    assert_int_equal(w.finished, requests);
    return orr_growth_drift(&w.growth);
}

static int unstable_of(double load, double cv, int64_t requests, int64_t seats, int64_t tokens)
{
    int unstable = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) unstable += drift_at(load, cv, requests, seats, tokens, seed).unstable;
    printf("load %.2f, cv %.1f, %lld requests, %lld seats: %d of %d unstable\n", load, cv, (long long)requests, (long long)seats, unstable, SEEDS);
    return unstable;
}

static void one_server(void **state)
{
    (void)state;
    for (int64_t requests = 250; requests <= 16000; requests *= 4)
        for (int i = 0; i < 3; i++) assert_int_equal(unstable_of((const double[]){0.5, 0.8, 0.9}[i], 1, requests, 1, 1), 0);
    assert_int_equal(unstable_of(1.1, 1, 16000, 1, 1), SEEDS);
    assert_int_equal(unstable_of(1.3, 1, 4000, 1, 1), SEEDS);
    assert_int_equal(unstable_of(2, 1, 500, 1, 1), SEEDS);
}

static void constant_and_bursty_arrivals(void **state)
{
    (void)state;
    assert_int_equal(unstable_of(0.99, 0, 8000, 1, 1), 0);
    assert_int_equal(unstable_of(1.1, 0, 8000, 1, 1), SEEDS);
    assert_in_range(unstable_of(0.9, 3, 8000, 1, 1), 0, 1);
    assert_in_range(unstable_of(1.5, 3, 32000, 1, 1), SEEDS - 1, SEEDS);
}

/* Batches: requests of one length come and go in waves as large as the batch. */
static void a_batch(void **state)
{
    (void)state;
    assert_int_equal(unstable_of(0.9, 1, 8000, 64, 100), 0);
    assert_int_equal(unstable_of(1.1, 1, 16000, 64, 100), SEEDS);
    assert_int_equal(unstable_of(2, 1, 2000, 64, 100), SEEDS);
}

/* What leaves while the queue grows is what the server can do. */
static void the_sustained_rate(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const orr_drift d = drift_at(1.3, 1, 8000, 1, 1, seed);
        assert_true(fabs(d.sustained_per_s / 1000 - 1) < 0.01 && fabs(d.arrivals_per_s / 1300 - 1) < 0.1);
        assert_true(fabs(d.growth / (4000 * (1 - 1 / 1.3)) - 1) < 0.3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_server), cmocka_unit_test(constant_and_bursty_arrivals), cmocka_unit_test(a_batch), cmocka_unit_test(the_sustained_rate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
