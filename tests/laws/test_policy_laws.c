/* What no policy may do, over random systems of every kind: know how long an answer will be, leave a replica idle that could work, or finish a set of requests later on a faster system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "random_system.h"

enum { SYSTEMS = 400 };

typedef struct ledger {
    system_script *script;
    orr_loop_finish finishes[MOST_REQUESTS];        /* by place in the script */
    bool finished[MOST_REQUESTS];
    orr_replica_state now[MOST_REPLICAS];
    int64_t idle_ns[MOST_REPLICAS], last_ns, wait_sum_ns, preemptions;
} ledger;

static random_system s;

static void on_delivered(void *context, const orr_request *request) { system_script_delivered(((ledger *)context)->script, request->id); }
static void on_turned_away(void *context, const orr_request *request)
{
    if (request->encoded_ns == 0) on_delivered(context, request);
}
static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    const int64_t place = l->script->place_of[finish->finished.request.id];
    l->finishes[place] = *finish;
    l->finished[place] = true;
    l->last_ns = finish->finish_ns > l->last_ns ? finish->finish_ns : l->last_ns;
    l->wait_sum_ns += finish->finished.admitted_ns - finish->finished.request.arrival_ns;
}
static void on_state(void *context, int replica, const orr_replica_state *now)
{
    ledger *l = context;
    const orr_replica_state *before = &l->now[replica];
    if (before->steps_in_flight == 0 && before->waiting + before->running > 0) l->idle_ns[replica] += now->time_ns - before->time_ns;
    l->now[replica] = *now;
}

static void run(ledger *l, const orr_executor *executor)
{
    system_script script = {.requests = s.requests, .count = s.request_count};
    memset(l, 0, sizeof *l);
    l->script = &script;
    const orr_loop_observer observer = {.context = l, .arrived = on_delivered, .rejected = on_turned_away, .refused = on_turned_away, .finished = on_finished, .state = on_state};
    l->preemptions = orr_loop_run(&s.config, system_script_feed(&script), executor, &observer).counters.preemptions;
}

/* --- sight --- */

/* Until one request's last token nothing tells whether another will follow it: with a longer answer all goes the same way up to then. (That it could never run is the world's knowledge, and so is a client's limit.) */
static void nobody_knows_how_long_an_answer_is(void **state)
{
    (void)state;
    static ledger as_drawn, longer;
    int64_t tried = 0, compared = 0, differ = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_all(&s, seed);
        orr_rng rng = orr_rng_stream(seed, "longer answer", 0);
        const int64_t k = (int64_t)orr_rng_below(&rng, (uint64_t)s.request_count);
        oracle_request *q = &s.requests[k];
        const orr_executor executor = random_system_executor(&s);
        run(&as_drawn, &executor);
        if (!as_drawn.finished[k] || q->output_tokens < 2 || (q->max_output_tokens > 0 && q->max_output_tokens <= q->output_tokens) || q->answer > 0) continue;
        q->output_tokens += 1 + (int64_t)orr_rng_below(&rng, 4);
        if (q->max_output_tokens > 0 && q->output_tokens > q->max_output_tokens) q->output_tokens = q->max_output_tokens;
        run(&longer, &executor);
        if (!longer.finished[k]) continue;      /* too long to run at all */
        const int64_t until_ns = as_drawn.finishes[k].finish_ns - s.config.exit_ns;
        tried++;
        differ += memcmp(as_drawn.finishes, longer.finishes, sizeof longer.finishes) != 0;
        assert_true(longer.finishes[k].finish_ns >= as_drawn.finishes[k].finish_ns);      /* a burst may hold both ends */
        for (int64_t i = 0; i < s.request_count; i++) {
            const orr_loop_finish *a = &as_drawn.finishes[i], *b = &longer.finishes[i];
            const int64_t a_first_ns = a->first_token_ns - s.config.exit_ns, b_first_ns = b->first_token_ns - s.config.exit_ns, a_end_ns = a->finish_ns - s.config.exit_ns, b_end_ns = b->finish_ns - s.config.exit_ns;
            if ((as_drawn.finished[i] && a->finished.admitted_ns < until_ns) || (longer.finished[i] && b->finished.admitted_ns < until_ns)) {
                assert_true(as_drawn.finished[i] && longer.finished[i] && a->replica == b->replica && a->finished.admitted_ns == b->finished.admitted_ns && a->finished.cached_tokens == b->finished.cached_tokens);
                compared++;
            }
            if (as_drawn.finished[i] && a_first_ns < until_ns) assert_int_equal(a_first_ns, b_first_ns);
            if (longer.finished[i] && b_first_ns < until_ns) assert_int_equal(a_first_ns, b_first_ns);
            if (as_drawn.finished[i] && a_end_ns < until_ns) assert_int_equal(a_end_ns, b_end_ns);
            if (longer.finished[i] && b_end_ns < until_ns) assert_int_equal(a_end_ns, b_end_ns);
        }
    }
    printf("longer answers: %lld systems, %lld requests compared before, %lld systems differ after\n", (long long)tried, (long long)compared, (long long)differ);
    assert_true(tried > 100 && compared > 1000 && differ > 50);
}

/* --- work --- */

/* A replica stands still only where nobody waits: one pool, nothing to fetch. */
static void no_replica_is_idle_while_somebody_waits(void **state)
{
    (void)state;
    static ledger l;
    int64_t waited_ns = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_all(&s, seed);
        s.config.prefill.replica_count = s.config.tiers.count = 0;
        const orr_executor executor = random_system_executor(&s);
        run(&l, &executor);
        for (int r = 0; r < s.config.replica_count; r++) assert_int_equal(l.idle_ns[r], 0);
        waited_ns += l.wait_sum_ns;
    }
    assert_true(waited_ns > 0);
}

static orr_outcome execute_constant(void *context, int replica, const orr_plan *plan)
{
    (void)replica; (void)plan;
    const int64_t step_ns = *(const int64_t *)context;
    return (orr_outcome){step_ns, step_ns};
}

/* One seat and nothing that depends on who came before: a queue of one server. Work that is there is done whoever goes first, so that busy times end alike under every order; and where all need the same, waits add up to the
 * same (Kleinrock's conservation law). */
static void an_order_makes_no_work(void **state)
{
    (void)state;
    static ledger of[2];
    int64_t step_ns = 90, reordered = 0;
    const orr_executor executor = {.context = &step_ns, .execute = execute_constant};
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        orr_engine_config *e = &s.config.engine;
        const bool alike = seed % 2;
        e->prefix_caching = false;
        e->max_num_seqs = e->lane_count = 1;
        e->draft_tokens = 0;
        e->lookahead_tokens = e->max_request_blocks = e->max_model_tokens = 0;
        e->block_count = 10000;
        e->max_num_batched_tokens = e->chunked_prefill ? e->max_num_batched_tokens : 1000;
        s.config.replica_count = 1;
        s.config.closed = false;
        s.config.in_flight_limit = 0;
        s.config.door.kind = ORR_DOOR_NONE;
        for (int64_t i = 0; i < s.request_count && alike; i++) { s.requests[i].input_tokens = 30; s.requests[i].output_tokens = 7; s.requests[i].segment_count = 0; }
        for (int order = 0; order < ORR_ORDER_COUNT_; order++) {
            e->scheduling.order = (orr_order_kind)order;
            run(&of[order > 0], &executor);
            assert_int_equal(of[order > 0].last_ns, of[0].last_ns);
            assert_int_equal(of[order > 0].preemptions, 0);
            if (alike) assert_int_equal(of[order > 0].wait_sum_ns, of[0].wait_sum_ns);
            for (int64_t i = 0; i < s.request_count && order > 0; i++) reordered += of[1].finishes[i].finish_ns != of[0].finishes[i].finish_ns;
        }
    }
    assert_true(reordered > 1000);
}

/* --- sets of requests that are there at once: steps follow from each other, not from the clock --- */

typedef struct faster { orr_executor inner; } faster;
static orr_outcome execute_faster(void *context, int replica, const orr_plan *plan)
{
    const orr_outcome out = ((const faster *)context)->inner.execute(((const faster *)context)->inner.context, replica, plan);
    const int64_t latency_ns = 1 + out.latency_ns * (1 + plan->decode_context_tokens % 5) / 6;       /* of some steps a sixth of the time, of others all but a sixth */
    return (orr_outcome){latency_ns, latency_ns};
}

static void all_at_once(void)
{
    s.config.closed = false;
    s.config.in_flight_limit = 0;
    s.config.door.kind = ORR_DOOR_NONE;
    s.config.engine.lane_count = 1;
    s.pipelined = false;
    s.config.encoders.replica_count = 0;        /* they come to the engines together */
    for (int64_t i = 0; i < s.request_count; i++) s.requests[i].arrival_ns = 0;
}

/* On a faster system nobody of a set ends later. It is a law of sets alone: where arrivals meet steps otherwise, somebody may (the last case: it just misses a step that the slower system had not begun). */
static void a_set_ends_no_later_on_a_faster_chip(void **state)
{
    (void)state;
    static ledger slow, fast;
    int64_t sooner = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        all_at_once();
        const orr_executor executor = random_system_executor(&s);
        faster than = {executor};
        run(&slow, &executor);
        run(&fast, &(orr_executor){.context = &than, .execute = execute_faster});
        for (int64_t i = 0; i < s.request_count; i++) {
            assert_int_equal(slow.finished[i], fast.finished[i]);
            assert_true(fast.finishes[i].finish_ns <= slow.finishes[i].finish_ns && fast.finishes[i].first_token_ns <= slow.finishes[i].first_token_ns);
            sooner += fast.finishes[i].finish_ns < slow.finishes[i].finish_ns;
        }
    }
    assert_true(sooner > 10000);
    int64_t step_ns = 60;
    s.config = (orr_loop_config){.engine = {.max_num_seqs = 4, .max_num_batched_tokens = 8, .block_tokens = 1, .block_count = 100, .lane_count = 1, .chunked_prefill = true}, .router = &orr_router_round_robin, .replica_count = 1};
    s.request_count = 2;
    s.requests[0] = (oracle_request){.arrival_ns = 0, .input_tokens = 1, .output_tokens = 2};
    s.requests[1] = (oracle_request){.arrival_ns = 55, .input_tokens = 1, .output_tokens = 1};
    const orr_executor constant = {.context = &step_ns, .execute = execute_constant};
    run(&slow, &constant);
    step_ns = 50;
    run(&fast, &constant);
    assert_int_equal(slow.finishes[1].finish_ns, 120);      /* 60 to 120 */
    assert_int_equal(fast.finishes[1].finish_ns, 150);      /* steps of 0 to 50 and of 50 to 100, then its own */
}

/* First come, first served, nobody preempted (each has its whole output reserved), steps of one length: with more blocks or seats nobody of a set ends later. By induction: each enters at the first step at which it fits
 * beside those before it, who are no later. */
static void a_set_ends_no_later_with_more_room(void **state)
{
    (void)state;
    static ledger tight, roomy;
    int64_t step_ns = 90, sooner = 0;
    const orr_executor executor = {.context = &step_ns, .execute = execute_constant};
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        all_at_once();
        orr_rng rng = orr_rng_stream(seed, "more room", 0);
        orr_engine_config *e = &s.config.engine;
        e->scheduling = (orr_scheduling){.admission = ORR_ADMIT_MAX_OUTPUT};
        e->prefix_caching = e->separate_prefill = false;
        e->draft_tokens = 0;
        e->lookahead_tokens = 0;
        e->max_num_batched_tokens = 100000;
        if (e->max_request_blocks == 0) e->max_request_blocks = e->block_count;
        run(&tight, &executor);
        if (seed % 2) e->block_count += (int64_t)orr_rng_below(&rng, 100);
        else e->max_num_seqs += (int64_t)orr_rng_below(&rng, 10);
        run(&roomy, &executor);
        assert_int_equal(tight.preemptions + roomy.preemptions, 0);
        for (int64_t i = 0; i < s.request_count; i++) {
            assert_int_equal(tight.finished[i], roomy.finished[i]);
            assert_true(roomy.finishes[i].finish_ns <= tight.finishes[i].finish_ns);
            sooner += roomy.finishes[i].finish_ns < tight.finishes[i].finish_ns;
        }
    }
    assert_true(sooner > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_knows_how_long_an_answer_is), cmocka_unit_test(no_replica_is_idle_while_somebody_waits), cmocka_unit_test(an_order_makes_no_work),
        cmocka_unit_test(a_set_ends_no_later_on_a_faster_chip), cmocka_unit_test(a_set_ends_no_later_with_more_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
