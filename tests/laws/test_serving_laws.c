/* Laws of the serving core, over random systems: conservation, causality, invariance, a queue with a known answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "queue_world.h"
#include "random_system.h"

enum { SYSTEMS = 300 };

/* Everything a run tells, by request. */
typedef struct ledger {
    system_script *script;
    orr_loop_finish finishes[MOST_REQUESTS];
    int times_finished[MOST_REQUESTS], times_rejected[MOST_REQUESTS];
    int64_t gap_count, busy_ns, negative_gaps, most_running;
    int64_t since_ns[MOST_REPLICAS], in_flight[MOST_REPLICAS];
    int64_t transfers, shipped_tokens, backward;
    double shipped_bytes;
    orr_loop_totals totals;
} ledger;

static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    l->finishes[finish->finished.request.id] = *finish;
    l->times_finished[finish->finished.request.id]++;
}
static void on_arrived(void *context, const orr_request *request) { system_script_delivered(((ledger *)context)->script, request->id); }
static void on_rejected(void *context, const orr_request *request)
{
    if (request->encoded_ns == 0) on_arrived(context, request);
    ((ledger *)context)->times_rejected[request->id]++;
}
static void on_gaps(void *context, const orr_gaps *gaps)
{
    ((ledger *)context)->gap_count += gaps->steps * gaps->count;
    for (int64_t i = 0; i < gaps->steps; i++) ((ledger *)context)->negative_gaps += gaps->ends_ns[i] <= (i > 0 ? gaps->ends_ns[i - 1] : gaps->since_ns);
}
static void on_transferred(void *context, const orr_transferred *t)
{
    ledger *l = context;
    l->transfers++;
    l->shipped_tokens += t->tokens;
    l->shipped_bytes += t->bytes;
    l->backward += t->reserved_ns < t->computed_ns || t->end_ns <= t->reserved_ns || t->end_ns - t->start_ns < t->egress_ns || t->end_ns - t->start_ns < t->ingress_ns;
}
static void on_state(void *context, int replica, const orr_replica_state *now)
{
    ledger *l = context;
    if (l->in_flight[replica] > 0) l->busy_ns += now->time_ns - l->since_ns[replica];
    l->since_ns[replica] = now->time_ns;
    l->in_flight[replica] = now->steps_in_flight;
    l->most_running = now->running > l->most_running ? now->running : l->most_running;
}

static void run(random_system *s, const orr_executor *executor, ledger *l)
{
    memset(l, 0, sizeof *l);
    system_script script = {.requests = s->requests, .count = s->request_count};
    l->script = &script;
    const orr_loop_observer observer = {.context = l, .arrived = on_arrived, .finished = on_finished, .rejected = on_rejected, .refused = on_rejected, .gaps = on_gaps, .state = on_state, .transferred = on_transferred};
    l->totals = orr_loop_run(&s->config, system_script_feed(&script), executor, &observer);
}

static random_system s;
static ledger first, second;

/* Every request ends exactly once; every token is accounted for; no replica is busy for longer than the run. */
static void nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        const orr_executor executor = random_system_executor(&s);
        run(&s, &executor, &first);
        int64_t inputs = 0, cached = 0, decoded = 0;
        for (int64_t i = 0; i < s.request_count; i++) {
            assert_int_equal(first.times_finished[i] + first.times_rejected[i], 1);
            if (!first.times_finished[i]) continue;
            inputs += s.requests[i].input_tokens;
            cached += first.finishes[i].finished.cached_tokens;
            decoded += s.requests[i].output_tokens - 1;
        }
        if (s.config.engine.draft_tokens == 0) assert_int_equal(first.gap_count, decoded);
        else assert_true(first.gap_count <= decoded);
        assert_int_equal(first.negative_gaps, 0);
        assert_int_equal(first.totals.counters.cached_tokens, cached);
        if (first.totals.counters.preemptions == 0) {
            assert_int_equal(first.totals.counters.prefill_tokens, inputs - cached);
            assert_int_equal(first.totals.counters.decode_tokens, decoded);
            assert_int_equal(first.totals.counters.recomputed_tokens, 0);
        } else {
            assert_true(first.totals.counters.decode_tokens <= decoded);
        }
        assert_true(first.busy_ns <= first.totals.end_ns * s.config.replica_count);
        assert_true(first.most_running <= s.config.engine.max_num_seqs);
    }
}

/* Between pools: a prompt is computed once, by one pool or the other, its context shipped once if it goes on elsewhere but for what the decode engine's own cache holds, and it ends once. (Blocks: the loop asks that all be free at the end.) */
static void a_handed_over_context_is_shipped_once(void **state)
{
    (void)state;
    int64_t hits = 0, local_tokens = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_pools(&s, seed);
        run(&s, &s.executor, &first);
        int64_t inputs = 0, shipped = 0, cached = 0, contexts = 0, decoded = 0, local = 0;
        for (int64_t i = 0; i < s.request_count; i++) {
            assert_int_equal(first.times_finished[i] + first.times_rejected[i], 1);
            if (!first.times_finished[i]) continue;
            const orr_loop_finish *f = &first.finishes[i];
            const bool stays = f->replica < s.config.replica_count && f->finished.request.ticket == ORR_NO_TICKET, pair = s.requests[i].output_tokens > 1 && !stays;
            const int64_t computed = s.requests[i].input_tokens - f->finished.cached_tokens;
            if (stays) local += computed;
            else inputs += s.requests[i].input_tokens;
            cached += stays ? 0 : f->finished.cached_tokens;
            shipped += pair;
            contexts += pair ? s.requests[i].input_tokens : 0;
            decoded += s.requests[i].output_tokens - 1;
            assert_true(s.requests[i].output_tokens > 1 ? f->finish_ns > f->first_token_ns : f->finish_ns == f->first_token_ns);
            assert_true((pair || stays) == (f->replica < s.config.replica_count));
            assert_true(f->first_token_ns > f->finished.admitted_ns + s.config.exit_ns);
        }
        assert_int_equal(first.transfers, shipped);
        assert_int_equal(first.backward, 0);
        assert_true(first.shipped_bytes == (double)first.shipped_tokens);
        assert_true(first.shipped_tokens <= contexts && (s.config.engine.prefix_caching || first.shipped_tokens == contexts));
        hits += contexts - first.shipped_tokens;
        assert_int_equal(first.totals.prefill.prefill_tokens, inputs - cached);
        assert_int_equal(first.totals.prefill.preemptions, 0);
        assert_int_equal(first.totals.prefill.decodes, 0);
        if (first.totals.counters.preemptions == 0) {
            assert_int_equal(first.totals.counters.prefill_tokens, local);
            assert_int_equal(first.totals.counters.decode_tokens, decoded);
        }
        local_tokens += local;
        if (s.config.engine.draft_tokens == 0) assert_int_equal(first.gap_count, decoded);
        assert_int_equal(first.negative_gaps, 0);
    }
    assert_true(hits > 0 && local_tokens > 0);
}

static void effects_follow_causes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        const orr_executor executor = random_system_executor(&s);
        run(&s, &executor, &first);
        for (int64_t i = 0; i < s.request_count; i++) {
            if (!first.times_finished[i]) continue;
            const orr_loop_finish *f = &first.finishes[i];
            assert_true(f->finished.admitted_ns >= f->finished.request.arrival_ns + s.config.entry_ns);
            assert_true(f->first_token_ns > f->finished.admitted_ns + s.config.exit_ns);
            assert_true(s.requests[i].output_tokens > 1 ? f->finish_ns > f->first_token_ns : f->finish_ns == f->first_token_ns);
            assert_true(f->finished.cached_tokens < s.requests[i].input_tokens);        /* a hit never covers the last token */
            assert_true(s.config.closed || f->finished.request.arrival_ns >= s.requests[i].arrival_ns);
        }
    }
}

static void same_inputs_same_outcome(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        random_system_draw(&s, seed);
        const orr_executor executor = random_system_executor(&s);
        run(&s, &executor, &first);
        run(&s, &executor, &second);
        for (int64_t i = 0; i < s.request_count; i++) {
            const orr_loop_finish *a = &first.finishes[i], *b = &second.finishes[i];
            assert_true(a->replica == b->replica && a->first_token_ns == b->first_token_ns && a->finish_ns == b->finish_ns
                && a->finished.admitted_ns == b->finished.admitted_ns && a->finished.cached_tokens == b->finished.cached_tokens && a->finished.preemptions == b->finished.preemptions);
        }
        assert_int_equal(first.totals.end_ns, second.totals.end_ns);
        assert_int_equal(first.totals.events, second.totals.events);
    }
}

typedef struct slowed { orr_executor inner; int64_t factor; } slowed;
static orr_outcome execute_slowed(void *context, int replica, const orr_plan *plan)
{
    const slowed *by = context;
    const orr_outcome out = by->inner.execute(by->inner.context, replica, plan);
    return (orr_outcome){out.latency_ns * by->factor, out.occupancy_ns * by->factor};
}

static void slow_down(int64_t *time_ns) { *time_ns *= 8; }

/* Everything eight times slower (a power of two: of what is a double, nothing is rounded otherwise): every time is eight times as large, nothing else changes. Sessions, caches that forget and hand-overs too; tiers round what
 * is left of a transfer up to whole nanoseconds, and transfers by layers a layer's share of one. */
static void time_has_no_unit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_all(&s, seed);
        s.config.tiers.count = s.config.prefill.tiers.count = 0;
        for (int i = 0; i < s.config.further_count; i++) s.further[i].tiers.count = 0;
        s.config.prefill.link.overlapped_layers = 0;
        s.link.fixed_ns++;
        slowed executor = {random_system_executor(&s), 1};
        const orr_executor slow = {.context = &executor, .execute = execute_slowed};
        s.config.prefill.executor = &slow;
        run(&s, &slow, &first);
        executor.factor = 8;
        int64_t *const times[] = {&s.config.entry_ns, &s.config.exit_ns, &s.config.routing.report_interval_ns, &s.config.engine.cache_ttl_ns, &s.config.prefill.engine.cache_ttl_ns, &s.link.token_ns[0], &s.link.token_ns[1],
            &s.link.fixed_ns, &s.link.latency_ns, &s.encoder.fixed_ns, &s.encoder.image_ns, &s.encoder.ship_ns, &s.config.encoders.ship_latency_ns};
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) slow_down(times[i]);
        s.config.door.ns_per_token *= 8;
        s.config.prefill.door.ns_per_token *= 8;
        for (int i = 0; i < s.config.further_count; i++) {
            slow_down(&s.paces[i].times);
            slow_down(&s.further[i].engine.cache_ttl_ns);
            s.further[i].door.ns_per_token *= 8;
        }
        for (int64_t i = 0; i < s.request_count; i++) {
            slow_down(&s.requests[i].arrival_ns);
            slow_down(&s.requests[i].ttft_limit_ns);
        }
        run(&s, &slow, &second);
        assert_int_equal(second.totals.end_ns, 8 * first.totals.end_ns);
        assert_int_equal(second.totals.counters.preemptions, first.totals.counters.preemptions);
        assert_int_equal(second.busy_ns, 8 * first.busy_ns);
        for (int64_t i = 0; i < s.request_count; i++) {
            assert_int_equal(second.times_finished[i], first.times_finished[i]);
            assert_int_equal(second.finishes[i].replica, first.finishes[i].replica);
            assert_int_equal(second.finishes[i].first_token_ns, 8 * first.finishes[i].first_token_ns);
            assert_int_equal(second.finishes[i].finish_ns, 8 * first.finishes[i].finish_ns);
        }
    }
}

/* --- M/D/1: one seat, one token, a constant step --- */

/* Pollaczek and Khinchine: mean wait = rho D / (2 (1 - rho)). */
static void a_single_seat_is_an_m_d_1_queue(void **state)
{
    (void)state;
    const int64_t service_ns = 1000000;
    for (double load = 0.3; load < 0.85; load += 0.25) {
        poisson arrivals = {orr_rng_stream(11, "M/D/1", (uint64_t)(100 * load)), 400000, 0, (double)service_ns / load};
        waits waited = {0};
        const orr_loop_config config = {.engine = {.max_num_seqs = 1, .max_num_batched_tokens = 1, .block_tokens = 1, .block_count = 4, .lane_count = 1, .chunked_prefill = true},
            .router = &orr_router_round_robin, .replica_count = 1};
        int64_t constant_ns = service_ns;
        orr_loop_run(&config, (orr_feed){.context = &arrivals, .next = next_poisson}, &(orr_executor){.context = &constant_ns, .execute = execute_constant}, &(orr_loop_observer){.context = &waited, .finished = on_wait});
        const double expected_ns = load * (double)service_ns / (2 * (1 - load)), mean_ns = waited.sum_ns / (double)waited.count;
        printf("M/D/1 at load %.2f: mean wait %.0f ns, Pollaczek-Khinchine %.0f ns\n", load, mean_ns, expected_ns);
        assert_true(fabs(mean_ns / expected_ns - 1) < 0.03);
    }
}

/* --- M/M/k: k seats, geometric answers of many short steps --- */

/* Erlang C: the share of arrivals that wait, of k servers at load rho each. */
static double erlang_c(int k, double rho)
{
    double term = 1, sum = 1;
    for (int i = 1; i < k; i++) sum += term *= k * rho / i;
    term *= rho;        /* a^k / k! */
    return term / (1 - rho) / (sum + term / (1 - rho));
}

typedef struct geometric { poisson arrivals; orr_rng lengths; double mean_tokens; } geometric;
static bool next_geometric(void *context, orr_arrival *arrival)
{
    geometric *g = context;
    if (!next_poisson(&g->arrivals, arrival)) return false;
    arrival->output_tokens = 1 + (int64_t)(orr_rng_exponential(&g->lengths) / -log(1 - 1 / g->mean_tokens));
    return true;
}

/* Mean wait = C(k, rho) S / (k (1 - rho)). Steps make time discrete: who finds a seat waits for the step under way to end (half a step where somebody runs), and a geometric length varies less than an exponential one by
 * 1 / mean tokens (of its square). Stated: within 3.5 standard errors over independent runs, and 1 % for what the two leave. */
static void many_seats_are_an_m_m_k_queue(void **state)
{
    (void)state;
    enum { RUNS = 16 };
    const double mean_tokens = 100, step_ns = 1000, load = 0.8;
    static const int seats[] = {1, 4, 16};
    for (int n = 0; n < 3; n++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < RUNS; i++) {
            geometric g = {{orr_rng_stream(12, "M/M/k", (uint64_t)i), 6000 * seats[n], 0, mean_tokens * step_ns / load / seats[n]}, orr_rng_stream(13, "M/M/k", (uint64_t)i), mean_tokens};
            waits waited = {0};
            const orr_loop_config config = {.engine = {.max_num_seqs = seats[n], .max_num_batched_tokens = 2 * seats[n], .block_tokens = 4096, .block_count = 1000, .lane_count = 1, .chunked_prefill = true},
                .router = &orr_router_round_robin, .replica_count = 1};
            int64_t constant_ns = (int64_t)step_ns;
            orr_loop_run(&config, (orr_feed){.context = &g, .next = next_geometric}, &(orr_executor){.context = &constant_ns, .execute = execute_constant, .foresee = foresee_constant}, &(orr_loop_observer){.context = &waited, .finished = on_wait});
            const double mean_ns = waited.sum_ns / (double)waited.count;
            sum += mean_ns;
            squares += mean_ns * mean_ns;
        }
        const double mean_ns = sum / RUNS, error_ns = sqrt((squares / RUNS - mean_ns * mean_ns) / (RUNS - 1)), service_ns = mean_tokens * step_ns;
        const double queue_ns = erlang_c(seats[n], load) * service_ns / (seats[n] * (1 - load)) * (1 - 0.5 / mean_tokens), expected_ns = queue_ns + step_ns / 2;
        printf("M/M/%d at load %.2f: mean wait %.0f +- %.0f ns, Erlang C %.0f ns\n", seats[n], load, mean_ns, error_ns, expected_ns);
        assert_true(fabs(mean_ns - expected_ns) < 3.5 * error_ns + 0.01 * expected_ns);
        assert_true(error_ns < 0.05 * expected_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_or_doubled), cmocka_unit_test(a_handed_over_context_is_shipped_once), cmocka_unit_test(effects_follow_causes), cmocka_unit_test(same_inputs_same_outcome),
        cmocka_unit_test(time_has_no_unit), cmocka_unit_test(a_single_seat_is_an_m_d_1_queue), cmocka_unit_test(many_seats_are_an_m_m_k_queue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
