/* Laws of conditional disaggregation, over random systems: the rule that keeps nothing and the one that keeps everything are systems known otherwise, and between them it keeps what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/math.h"
#include "random_system.h"

enum { SYSTEMS = 200 };

static random_system s;

typedef struct ledger { orr_loop_finish finishes[MOST_REQUESTS]; int finished[MOST_REQUESTS]; orr_loop_totals totals; } ledger;
static ledger first, second;

static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    l->finishes[finish->finished.request.id] = *finish;
    l->finished[finish->finished.request.id]++;
}

static void run(ledger *l)
{
    memset(l, 0, sizeof *l);
    system_script script = {.requests = s.requests, .count = s.request_count};
    const orr_executor executor = random_system_executor(&s);
    s.config.prefill.executor = &executor;
    l->totals = orr_loop_run(&s.config, system_script_feed(&script), &executor, &(orr_loop_observer){.context = l, .finished = on_finished});
}

static void expect_equal(uint64_t seed)
{
    for (int64_t i = 0; i < s.request_count; i++) {
        const orr_loop_finish *a = &first.finishes[i], *b = &second.finishes[i];
        if (first.finished[i] != second.finished[i] || a->replica != b->replica || a->first_token_ns != b->first_token_ns || a->finish_ns != b->finish_ns || a->finished.admitted_ns != b->finished.admitted_ns)
            fail_msg("system %llu, request %lld differs", (unsigned long long)seed, (long long)i);
    }
    assert_int_equal(first.totals.end_ns, second.totals.end_ns);
    assert_int_equal(first.totals.counters.steps, second.totals.counters.steps);
    assert_int_equal(first.totals.prefill.steps, second.totals.prefill.steps);
}

/* A threshold below every prompt, and a queue that never is so long. (Who wants one token alone never comes to a decode engine, whose router would then have been asked in vain.) */
static void below_every_prompt_it_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_pools(&s, seed);
        s.config.engine.prefix_caching = false;
        int64_t shortest = INT64_MAX;
        for (int64_t i = 0; i < s.request_count; i++) {
            s.requests[i].input_tokens++;
            s.requests[i].output_tokens = orr_max_i64(2, s.requests[i].output_tokens);
            shortest = orr_min_i64(shortest, s.requests[i].input_tokens);
        }
        s.config.prefill.local = (orr_local_prefill){0};
        run(&first);
        s.config.prefill.local = (orr_local_prefill){.most_tokens = shortest - 1, .most_waiting = INT64_MAX};
        run(&second);
        expect_equal(seed);
    }
}

/* With no limit nothing comes to the prefill engines: the others serve as if they were alone. */
static void above_every_prompt_the_decode_pool_is_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_pools(&s, seed);
        s.config.prefill.local = (orr_local_prefill){.most_tokens = INT64_MAX, .most_waiting = (int64_t)(seed % 3)};
        run(&first);
        assert_int_equal(first.totals.prefill.steps, 0);
        s.config.prefill.replica_count = 0;
        run(&second);
        expect_equal(seed);
    }
}

/* Without a cache, and whatever the queues: the short ones, and no others. */
static void lengths_alone_decide_where_queues_do_not(void **state)
{
    (void)state;
    int64_t stayed = 0, went = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_pools(&s, seed);
        s.config.engine.prefix_caching = false;
        s.config.prefill.local = (orr_local_prefill){.most_tokens = 1 + (int64_t)(seed % 60)};
        run(&first);
        for (int64_t i = 0; i < s.request_count; i++) {
            if (!first.finished[i]) continue;
            const orr_loop_finish *f = &first.finishes[i];
            const bool here = f->replica < s.config.replica_count && f->finished.request.ticket == ORR_NO_TICKET;
            assert_true(here == (s.requests[i].input_tokens <= s.config.prefill.local.most_tokens));
            stayed += here;
            went += !here;
        }
    }
    assert_true(stayed > 100 && went > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(below_every_prompt_it_changes_nothing), cmocka_unit_test(above_every_prompt_the_decode_pool_is_alone), cmocka_unit_test(lengths_alone_decide_where_queues_do_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
