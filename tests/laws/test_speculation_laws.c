/* Speculation, over random systems of every kind: a step that drafts nothing is one without speculation; depths that are all alike are a constant; certain drafts bring all they can; what is replayed is gained, whoever is in the batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "random_system.h"

enum { SYSTEMS = 300 };

typedef struct run_of { system_script script; orr_loop_finish finishes[MOST_REQUESTS]; int64_t count; orr_engine_counters counters; } run_of;

static random_system s;

static void on_delivered(void *context, const orr_request *request) { system_script_delivered(&((run_of *)context)->script, request->id); }
static void on_turned_away(void *context, const orr_request *request)
{
    if (request->encoded_ns == 0) on_delivered(context, request);
}
static void on_finished(void *context, const orr_loop_finish *finish)
{
    run_of *r = context;
    r->finishes[r->count++] = *finish;
}

static void run(run_of *r)
{
    memset(r, 0, sizeof *r);
    r->script = (system_script){.requests = s.requests, .count = s.request_count};
    const orr_executor executor = random_system_executor(&s);
    const orr_loop_observer observer = {.context = r, .arrived = on_delivered, .rejected = on_turned_away, .refused = on_turned_away, .finished = on_finished};
    r->counters = orr_loop_run(&s.config, system_script_feed(&r->script), &executor, &observer).counters;
}

static void assert_alike(const run_of *a, const run_of *b)
{
    assert_int_equal(a->count, b->count);
    for (int64_t i = 0; i < a->count; i++) {
        const orr_loop_finish *x = &a->finishes[i], *y = &b->finishes[i];
        assert_int_equal(x->finished.request.id, y->finished.request.id);
        assert_int_equal(x->finish_ns, y->finish_ns);
        assert_int_equal(x->finished.admitted_ns, y->finished.admitted_ns);
        assert_int_equal(x->finished.first_token_ns, y->finished.first_token_ns);
        assert_int_equal(x->finished.last_token_ns, y->finished.last_token_ns);
        assert_int_equal(x->finished.cached_tokens, y->finished.cached_tokens);
        assert_int_equal(x->finished.preemptions, y->finished.preemptions);
    }
    assert_memory_equal(&a->counters, &b->counters, sizeof a->counters);
}

/* Each engine that decodes, with so many drafts at most. */
static void alter(int drafts, const uint8_t *depths)
{
    orr_engine_config *const engines[] = {&s.config.engine, &s.further[0].engine, &s.further[1].engine, &s.config.prefill.engine};
    for (int i = 0; i < 4; i++) {
        engines[i]->draft_tokens = drafts;
        engines[i]->depths = depths;
        engines[i]->accepted = NULL;
    }
}

static bool draw(uint64_t seed)
{
    random_system_draw_all(&s, seed);
    return s.config.engine.draft_tokens > 0 && s.config.prefill.replica_count == 0 && s.config.further_count == 0;
}

static void depth_0_is_no_speculation(void **state)
{
    (void)state;
    static run_of none, zero;
    static const uint8_t zeros[MOST_BATCH];
    int64_t compared = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        if (!draw(seed)) continue;
        const int drafts = s.config.engine.draft_tokens;
        alter(drafts, zeros);
        run(&zero);
        assert_int_equal(zero.counters.decode_tokens, zero.counters.decodes);
        draw(seed);
        alter(0, NULL);
        run(&none);
        assert_alike(&zero, &none);
        compared += none.count > 0;
    }
    printf("systems compared: %lld\n", (long long)compared);
    assert_true(compared > 20);
}

static void one_level_is_a_constant(void **state)
{
    (void)state;
    static run_of constant, level;
    uint8_t depths[MOST_BATCH];
    int64_t compared = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        if (!draw(seed)) continue;
        const int drafts = s.config.engine.draft_tokens, depth = 1 + (int)(seed % (uint64_t)drafts);
        memset(depths, depth, sizeof depths);
        alter(drafts, depths);
        run(&level);
        draw(seed);
        alter(depth, NULL);
        run(&constant);
        assert_alike(&level, &constant);
        compared += constant.count > 0;
    }
    assert_true(compared > 20);
}

/* Every step gives all that it verifies and one more, but where the answer ends in it. */
static void certain_drafts_bring_all(void **state)
{
    (void)state;
    static run_of r;
    static const uint8_t all[] = {255};
    uint8_t depths[MOST_BATCH];
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        if (!draw(seed)) continue;
        const int drafts = s.config.engine.draft_tokens, depth = (int)(seed % (uint64_t)(drafts + 1));
        memset(depths, depth, sizeof depths);
        for (int way = 0; way < 2; way++) {
            alter(drafts, depths);
            if (way == 0) for (int j = 0; j < drafts; j++) s.acceptance[j] = 1;
            else {
                s.config.engine.accepted = all;
                s.config.engine.accepted_count = 1;
            }
            run(&r);
            assert_true(r.counters.decode_tokens <= r.counters.decodes * (1 + depth));
            if (r.counters.preemptions > 0) continue;       /* an answer may then end in several places */
            int64_t decodes = 0;
            for (int64_t i = 0; i < r.count; i++) decodes += (r.finishes[i].finished.output_tokens - 1 + depth) / (1 + depth);
            assert_int_equal(r.counters.decodes, decodes);
            draw(seed);
        }
    }
}

/* One request alone gains what the recording says, in its order; who else is there makes no difference to a step's count. */
static void recordings_are_replayed_in_order(void **state)
{
    (void)state;
    static run_of r;
    static const uint8_t accepted[] = {3, 0, 2, 1};
    for (int64_t output = 1; output <= 40; output++) {
        random_system_clear(&s);
        s.config = (orr_loop_config){.engine = {.max_num_seqs = 4, .max_num_batched_tokens = 100, .block_tokens = 4, .block_count = 100, .lane_count = 1, .chunked_prefill = true, .draft_tokens = 3, .lookahead_tokens = 3,
            .acceptance = (const double[]){0, 0, 0}, .accepted = accepted, .accepted_count = 4}, .router = &orr_router_round_robin, .replica_count = 1};
        s.request_count = 1;
        s.requests[0] = (oracle_request){.input_tokens = 5, .output_tokens = output};
        run(&r);
        int64_t tokens = 1, steps = 0;
        while (tokens < output) tokens += 1 + accepted[steps++ % 4];
        assert_int_equal(r.counters.decodes, steps);
        assert_int_equal(r.counters.decode_tokens, output - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(depth_0_is_no_speculation), cmocka_unit_test(one_level_is_a_constant), cmocka_unit_test(certain_drafts_bring_all), cmocka_unit_test(recordings_are_replayed_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
