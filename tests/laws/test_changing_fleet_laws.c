/* Laws of fleets that change while they serve, without the oracle: what holds whatever fails, and what theory says of one replica. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "queue_world.h"
#include "random_system.h"

static random_system s;

typedef struct ledger {
    system_script script;
    orr_loop_finish finishes[MOST_REQUESTS];
    int ends[MOST_REQUESTS];
    bool delivered[MOST_REQUESTS];
    int64_t lost, redelivered, failures, steps;
    orr_replica_phase phases[MOST_REPLICAS];
    int replicas;
    int64_t least;                  /* replicas that serve or will, without failures; 0: not asked */
    bool begun, below;              /* below: fewer than that */
} ledger;

static int64_t count_in(const ledger *l, orr_replica_phase phase)
{
    int64_t count = 0;
    for (int i = 0; i < l->replicas; i++) count += l->phases[i] == phase;
    return count;
}
static bool is_there(const ledger *l, int replica) { return l->phases[replica] == ORR_REPLICA_UP || l->phases[replica] == ORR_REPLICA_DRAINING; }

static void on_arrived(void *context, const orr_request *request)
{
    ledger *l = context;
    if (!l->delivered[request->id]) system_script_delivered(&l->script, request->id);
    l->delivered[request->id] = true;
}
static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    assert_true(is_there(l, finish->replica));
    l->finishes[finish->finished.request.id] = *finish;
    l->ends[finish->finished.request.id]++;
}
static void on_turned_away(void *context, const orr_request *request)
{
    on_arrived(context, request);
    ((ledger *)context)->ends[request->id]++;
}
static void on_lost(void *context, const orr_request *request)
{
    ledger *l = context;
    l->ends[request->id]++;
    l->lost++;
}
static void on_redelivered(void *context, const orr_request *request, int64_t time_ns, int from)
{
    ledger *l = context;
    assert_true(l->ends[request->id] == 0 && time_ns >= request->arrival_ns && from >= 0 && from < l->replicas);
    l->redelivered++;
}
static void on_planned(void *context, int replica, const orr_plan *plan)
{
    ledger *l = context;
    (void)plan;
    assert_true(is_there(l, replica));
    l->steps++;
}
static void on_changed(void *context, const orr_fleet_change *change)
{
    ledger *l = context;
    l->failures += change->phase == ORR_REPLICA_DOWN && l->phases[change->replica] != ORR_REPLICA_DOWN;
    l->phases[change->replica] = change->phase;
    l->begun = l->begun || change->time_ns > 0;
    if (l->begun && count_in(l, ORR_REPLICA_UP) + count_in(l, ORR_REPLICA_STARTING) < l->least) l->below = true;
}

static orr_loop_totals run(ledger *l, int64_t least)
{
    const orr_executor executor = random_system_executor(&s);
    memset(l, 0, sizeof *l);
    l->script = (system_script){.requests = s.requests, .count = s.request_count};
    l->least = least;
    l->replicas = s.config.replica_count;
    for (int i = 0; i < s.config.further_count; i++) l->replicas += s.config.further[i].replica_count;
    return orr_loop_run(&s.config, system_script_feed(&l->script), &executor, &(orr_loop_observer){.context = l, .arrived = on_arrived, .waited = on_arrived, .finished = on_finished, .rejected = on_turned_away,
        .refused = on_turned_away, .lost = on_lost, .redelivered = on_redelivered, .planned = on_planned, .changed = on_changed});
}

/* Each request that came ends once: finished, turned away or lost. No step and no end is of a replica that is not there (on_planned, on_finished). What is told and what is counted agree. */
static void every_request_ends_once(void **state)
{
    (void)state;
    static ledger l;
    int64_t lost = 0, redelivered = 0, failures = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        random_system_draw_fleet(&s, seed);
        const orr_loop_totals totals = run(&l, 0);
        for (int64_t i = 0; i < s.request_count; i++) if (l.ends[i] != (l.delivered[i] ? 1 : 0)) fail_msg("system %llu: request %lld ended %d times", (unsigned long long)seed, (long long)i, l.ends[i]);
        assert_int_equal(totals.fleet.lost_requests, l.lost);
        assert_int_equal(totals.fleet.redelivered, l.redelivered);
        assert_true(l.failures <= totals.fleet.failures);       /* one that drained is gone, not down */
        lost += l.lost, redelivered += l.redelivered, failures += totals.fleet.failures;
    }
    printf("1000 fleets: %lld failures, %lld requests sent again, %lld lost\n", (long long)failures, (long long)redelivered, (long long)lost);
    assert_true(lost > 100 && redelivered > 100 && failures > 100);
}

/* Scaling alone: never fewer than the least that serve or will, never more than there may be. */
static void scaling_keeps_its_bounds(void **state)
{
    (void)state;
    static ledger l;
    int64_t started = 0, stopped = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        random_system_draw_fleet(&s, seed);
        if (s.config.fleet.scale.interval_ns == 0) continue;
        s.config.fleet.event_count = 0;
        s.config.fleet.mtbf_ns = 0;
        const orr_loop_totals totals = run(&l, s.config.fleet.scale.least);
        assert_false(l.below);
        assert_int_equal(l.lost + l.redelivered + totals.fleet.failures, 0);
        assert_true(s.config.fleet.scale.initial + totals.fleet.started - totals.fleet.stopped <= s.config.replica_count);
        started += totals.fleet.started, stopped += totals.fleet.stopped;
    }
    printf("scaling: %lld replicas started, %lld taken away\n", (long long)started, (long long)stopped);
    assert_true(started > 100 && stopped > 100);
}

/* A fleet that may change and does not is one that cannot: failures in a thousand years, speeds of 1, a least number that is all of them. */
static void what_does_not_change_is_the_same(void **state)
{
    (void)state;
    static ledger fixed, still;
    for (uint64_t seed = 1; seed <= 600; seed++) {
        random_system_draw_fleet(&s, seed);
        const orr_fleet_config drawn = s.config.fleet;
        s.config.fleet = (orr_fleet_config){0};
        const orr_loop_totals before = run(&fixed, 0);
        for (int i = 0; i < MOST_REPLICAS; i++) s.fleet_speeds[i] = 1;
        s.config.fleet = (orr_fleet_config){.mtbf_ns = seed % 2 ? 3e19 : 0, .mttr_ns = 1, .speeds = seed % 4 > 1 || seed % 2 == 0 ? s.fleet_speeds : NULL, .seed = seed};
        if (drawn.scale.interval_ns > 0) {
            s.config.fleet.scale = drawn.scale;
            s.config.fleet.scale.least = s.config.fleet.scale.initial = s.config.replica_count;
        }
        const orr_loop_totals after = run(&still, 0);
        assert_int_equal(before.counters.steps, after.counters.steps);
        assert_int_equal(before.end_ns, after.end_ns);
        for (int64_t i = 0; i < s.request_count; i++) {
            const orr_loop_finish *x = &fixed.finishes[i], *y = &still.finishes[i];
            assert_true(fixed.ends[i] == still.ends[i] && x->replica == y->replica && x->first_token_ns == y->first_token_ns && x->finish_ns == y->finish_ns && x->finished.cached_tokens == y->finished.cached_tokens);
        }
    }
}

/* --- long queues: one token each, a constant step --- */

enum { MOST_FAILURES = 4000 };
typedef struct history { int64_t failed_ns[MOST_FAILURES], down_since_ns, down_ns; int failures; } history;   /* of replica 0 */

static void on_phase(void *context, const orr_fleet_change *change)
{
    history *h = context;
    if (change->replica != 0) return;
    if (change->phase == ORR_REPLICA_DOWN) {
        if (h->failures < MOST_FAILURES) h->failed_ns[h->failures++] = change->time_ns;
        h->down_since_ns = change->time_ns;
    } else if (change->phase == ORR_REPLICA_UP && h->down_since_ns > 0) {
        h->down_ns += change->time_ns - h->down_since_ns;
        h->down_since_ns = 0;
    }
}
static void ignore_finish(void *context, const orr_loop_finish *finish) { (void)context; (void)finish; }

static int64_t live(history *h, int replicas, const orr_router_policy *router, int64_t service_ns, bool exponential_repair)
{
    *h = (history){0};
    poisson arrivals = {orr_rng_stream(23, "changing fleet", 0), 200000, 0, 1e6};
    const orr_loop_config config = {.engine = {.max_num_seqs = 1, .max_num_batched_tokens = 1, .block_tokens = 1, .block_count = 4, .lane_count = 1, .chunked_prefill = true}, .router = router, .replica_count = replicas,
        .seed = 5, .routing = {.prefix_weight = 1}, .fleet = {.mtbf_ns = 60e6, .mttr_ns = 20e6, .exponential_repair = exponential_repair, .retry_limit = 1000, .seed = 3}};
    return orr_loop_run(&config, (orr_feed){.context = &arrivals, .next = next_poisson}, &(orr_executor){.context = &service_ns, .execute = execute_constant},
        &(orr_loop_observer){.context = h, .finished = ignore_finish, .changed = on_phase}).end_ns;
}

/* Renewal theory: a replica is up for mtbf / (mtbf + mttr) of the time. */
static void availability_is_as_theory_has_it(void **state)
{
    (void)state;
    static history h;
    for (int exponential = 0; exponential < 2; exponential++) {
        const int64_t end_ns = live(&h, 2, &orr_router_least_loaded, 300000, exponential);
        const double available = 1 - (double)h.down_ns / (double)end_ns;
        printf("%d failures: available %.4f (theory 0.75)\n", h.failures, available);
        assert_true(h.failures > 2000 && fabs(available - 0.75) < 0.01);
    }
}

/* Rivals meet the same failures: whatever the router, the engines' speed, the number of other replicas. */
static void rivals_meet_the_same_failures(void **state)
{
    (void)state;
    static history one, other;
    live(&one, 2, &orr_router_least_loaded, 300000, true);
    live(&other, 5, &orr_router_random, 100000, true);
    const int both = one.failures < other.failures ? one.failures : other.failures;
    assert_true(both > 2000);
    assert_memory_equal(one.failed_ns, other.failed_ns, (size_t)both * sizeof *one.failed_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_request_ends_once), cmocka_unit_test(scaling_keeps_its_bounds), cmocka_unit_test(what_does_not_change_is_the_same), cmocka_unit_test(availability_is_as_theory_has_it),
        cmocka_unit_test(rivals_meet_the_same_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
