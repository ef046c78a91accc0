/* Small systems worked out by hand. Each golden prints its derivation beside what the serving core said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "story.h"

static orr_loop_totals tell(story *s, const orr_engine_config *engine)
{
    const orr_loop_config config = {.engine = *engine, .router = &orr_router_round_robin, .replica_count = 1};
    return orr_loop_run(&config, (orr_feed){.context = s, .next = next}, &(orr_executor){.execute = execute}, &(orr_loop_observer){.context = s, .finished = on_finished});
}

static void check(const story *s, int id, int64_t first_token_ns, int64_t finish_ns, const char *derivation)
{
    const orr_loop_finish *f = &s->finishes[id];
    printf("  request %d: first token %lld, finish %lld; derived: %s\n", id, (long long)f->first_token_ns, (long long)f->finish_ns, derivation);
    assert_int_equal(f->first_token_ns, first_token_ns);
    assert_int_equal(f->finish_ns, finish_ns);
}

static const orr_engine_config roomy = {.max_num_seqs = 4, .max_num_batched_tokens = 64, .block_tokens = 4, .block_count = 100, .lane_count = 1, .chunked_prefill = true, .prefix_caching = true};

static void one_request(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 1000, .input_tokens = 20, .output_tokens = 3}};
    story s = {arrivals, 1, 0, .finishes = {{.replica = 0}}};
    tell(&s, &roomy);
    check(&s, 0, 1120, 1340, "1000 + prefill (100 + 20) = 1120; two decodes of 110");
}

static void a_long_prompt_is_cut_by_the_budget_and_decodes_ride_along(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 10, .output_tokens = 4}, {.arrival_ns = 50, .input_tokens = 100, .output_tokens = 2}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    tell(&s, &roomy);
    check(&s, 0, 110, 550, "step 1: 100 + 10 -> 110; step 2: 1 decode and 63 of the other prompt, 173 -> 283; step 3: 1 decode and the 37 left, 147 -> 430; step 4: 2 decodes, 120 -> 550");
    check(&s, 1, 430, 550, "its prompt is complete with step 3, its second token comes with step 4");
}

static void a_prefix_is_computed_once(void **state)
{
    (void)state;
    static const orr_segment shared[] = {{77, 16}};
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 20, .output_tokens = 1, .segments = shared, .segment_count = 1},
        {.arrival_ns = 500, .input_tokens = 20, .output_tokens = 1, .segments = shared, .segment_count = 1}, {.arrival_ns = 900, .input_tokens = 16, .output_tokens = 1, .segments = shared, .segment_count = 1}};
    story s = {arrivals, 3, 0, .finishes = {{.replica = 0}}};
    tell(&s, &roomy);
    check(&s, 0, 120, 120, "nothing cached: 100 + 20");
    check(&s, 1, 604, 604, "16 of 20 tokens cached: 500 + 100 + 4");
    check(&s, 2, 1004, 1004, "all 16 cached, but a hit never covers the last token: 3 blocks = 12 used, 900 + 100 + 4");
}

static void without_blocks_the_last_comes_back_later(void **state)
{
    (void)state;
    /* 4 blocks of 4 tokens. A (7 in) and B (8 in) take 2 blocks each. */
    orr_engine_config tight = roomy;
    tight.block_count = 4;
    tight.prefix_caching = false;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 7, .output_tokens = 4}, {.arrival_ns = 0, .input_tokens = 8, .output_tokens = 3}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    const orr_loop_totals totals = tell(&s, &tight);
    assert_int_equal(totals.counters.preemptions, 1);
    check(&s, 0, 115, 445, "step 1: both prompts, 100 + 15 -> 115. Step 2: B's context 8 fills its blocks and none is free: B, the tail, is preempted; A decodes alone: 110 -> 225, 335, 445");
    check(&s, 1, 115, 664, "its first token at 115; B needs 9 tokens = 3 blocks and A holds 2, then 3 of 4: it waits until 445, recomputes 9 tokens: 109 -> 554 (2nd token), decodes: 110 -> 664");
}

static void drafts_bring_bursts_and_the_last_is_cut(void **state)
{
    (void)state;
    /* Two drafts, the first always accepted, the second never: two tokens a step. */
    static const double acceptance[] = {1, 0};
    orr_engine_config speculating = roomy;
    speculating.lookahead_tokens = speculating.draft_tokens = 2;
    speculating.acceptance = acceptance;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 10, .output_tokens = 4}, {.arrival_ns = 50, .input_tokens = 100, .output_tokens = 6}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    const orr_loop_totals totals = tell(&s, &speculating);
    check(&s, 0, 110, 470, "step 1: 100 + 10 -> 110 (1 token); step 2: 3 tokens for the decode leave 61 of 64 for the other prompt, 100 + 61 + 30 = 191 -> 301 (3 tokens); step 3: 3 and the 39 left, 169 -> 470: "
          "its 4th token, and a 5th that it does not want");
    check(&s, 1, 470, 860, "its prompt is complete with step 3; 2 tokens each with steps 4, 5 (130: 600, 730), and of step 6 (860) one");
    assert_int_equal(totals.counters.decodes, 2 + 3);
    assert_int_equal(totals.counters.decode_tokens, 3 + 5);
}

static void what_is_looked_ahead_takes_blocks(void **state)
{
    (void)state;
    /* 5 blocks of 4 tokens; A (7 in) and B (8 in) take 2 each. A decode looks 2 slots ahead, both drafts are always accepted. */
    static const double acceptance[] = {1, 1};
    orr_engine_config tight = roomy;
    tight.block_count = 5;
    tight.prefix_caching = false;
    tight.lookahead_tokens = tight.draft_tokens = 2;
    tight.acceptance = acceptance;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 7, .output_tokens = 4}, {.arrival_ns = 0, .input_tokens = 8, .output_tokens = 2}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    const orr_loop_totals totals = tell(&s, &tight);
    assert_int_equal(totals.counters.preemptions, 1);
    check(&s, 0, 115, 245, "step 1: both prompts, 100 + 15 -> 115. Step 2: A has 7 tokens and wants slots for 10, B has 8 and wants 11: a third block each, and one is free: B is preempted; A decodes 3 tokens in "
          "100 + 30 -> 245 and has its 4");
    check(&s, 1, 115, 354, "B comes back with 9 tokens to compute: 100 + 9 -> 354, which brings its second token");
}

/* --- prefill and decode engines apart --- */

/* 1 ns a token out of the prefill engine, 2 ns into the one that decodes, and 5 ns. */
static orr_transfer_time ship(void *context, int64_t tokens) { (void)context; return (orr_transfer_time){tokens, 2 * tokens, 5, (double)tokens}; }

static void tell_apart(story *s, const orr_engine_config *prefill, const orr_engine_config *decode, orr_local_prefill local)
{
    const orr_executor executor = {.execute = execute};
    const orr_loop_config config = {.engine = *decode, .router = &orr_router_round_robin, .replica_count = 1,
        .prefill = {.engine = *prefill, .router = &orr_router_round_robin, .replica_count = 1, .executor = &executor, .link = {NULL, ship, 1, 1, 0}, .local = local}};
    orr_loop_run(&config, (orr_feed){.context = s, .next = next}, &executor, &(orr_loop_observer){.context = s, .finished = on_finished});
}

static const orr_local_prefill all_go = {0};

static void a_request_is_handed_over(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 1000, .input_tokens = 20, .output_tokens = 3}, {.arrival_ns = 5000, .input_tokens = 20, .output_tokens = 1}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    tell_apart(&s, &roomy, &roomy, all_go);
    check(&s, 0, 1165, 1385, "1000 + prefill (100 + 20) = 1120; shipped in max(20, 40) + 5: 1165, when the decode engine takes it in; two decodes of 110");
    check(&s, 1, 5120, 5120, "it wants one token, which the prefill engine makes: 5000 + 120");
    assert_int_equal(s.finishes[0].replica, 0);
    assert_int_equal(s.finishes[1].replica, 1);
}

static void the_link_serves_one_after_the_other(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 10, .output_tokens = 2}, {.arrival_ns = 0, .input_tokens = 20, .output_tokens = 2}};
    story s = {arrivals, 2, 0, .finishes = {{.replica = 0}}};
    tell_apart(&s, &roomy, &roomy, all_go);
    check(&s, 0, 155, 265, "both prompts: 100 + 30 -> 130; shipped in 20 + 5 -> 155; one decode: 110");
    check(&s, 1, 265, 375, "the way in is free at 150: 150 + 40 + 5 -> 195, in the midst of a step that ends at 265: taken in then; one decode: 110");
}

static void without_blocks_to_come_to_it_waits_where_it_is(void **state)
{
    (void)state;
    /* The decode engine has 5 blocks of 4 tokens; each request brings 3, and takes a fourth with its first decode. The prefill engine has 6, of which each prompt takes 3: a third one waits. */
    orr_engine_config tight = roomy, small = roomy;
    tight.prefix_caching = small.prefix_caching = false;
    tight.block_count = 5;
    small.block_count = 6;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 12, .output_tokens = 2}, {.arrival_ns = 0, .input_tokens = 12, .output_tokens = 2}, {.arrival_ns = 0, .input_tokens = 16, .output_tokens = 1}};
    story s = {arrivals, 3, 0, .finishes = {{.replica = 0}}};
    tell_apart(&s, &small, &tight, all_go);
    check(&s, 0, 153, 263, "two prompts of three: 100 + 24 -> 124; 24 + 5 -> 153; one decode: 110");
    check(&s, 1, 292, 402, "3 of 5 blocks are taken until 263; then 24 + 5 -> 292, and one decode");
    check(&s, 2, 408, 408, "4 blocks: 3 are free from 153 on, when the first is shipped, 6 from 292 on: 100 + 16");
}

static void a_short_prompt_stays(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 9, .output_tokens = 2}, {.arrival_ns = 0, .input_tokens = 8, .output_tokens = 3}, {.arrival_ns = 5000, .input_tokens = 8, .output_tokens = 1}};
    story s = {arrivals, 3, 0, .finishes = {{.replica = 0}}};
    tell_apart(&s, &roomy, &roomy, (orr_local_prefill){.most_tokens = 8});
    check(&s, 0, 328, 438, "one token too long: prefill 100 + 9 -> 109; the decode engine plans at 218, and reserves; shipped in 18 + 5 -> 241, in the midst of a step that ends at 328: taken in then; one decode: 110");
    check(&s, 1, 108, 328, "where it is decoded: 100 + 8 -> 108; two decodes of 110");
    check(&s, 2, 5108, 5108, "it wants one token, and is short: 5000 + 108");
    assert_int_equal(s.finishes[2].replica, 0);
}

static void before_a_long_queue_a_prompt_stays(void **state)
{
    (void)state;
    const orr_arrival arrivals[] = {{.arrival_ns = 0, .input_tokens = 30, .output_tokens = 2}, {.arrival_ns = 10, .input_tokens = 20, .output_tokens = 2}, {.arrival_ns = 20, .input_tokens = 10, .output_tokens = 2}};
    story s = {arrivals, 3, 0, .finishes = {{.replica = 0}}};
    tell_apart(&s, &roomy, &roomy, (orr_local_prefill){.most_waiting = 1});
    check(&s, 0, 240, 350, "it finds nobody waiting: prefill 100 + 30 -> 130; shipped in 60 + 5 -> 195, in the midst of a step that ends at 240: taken in then; one decode: 110");
    check(&s, 1, 395, 505, "nobody waits either, the first being under way: prefill 130 + 100 + 20 -> 250; the decode engine plans at 350, and reserves; shipped in 40 + 5 -> 395; one decode: 110");
    check(&s, 2, 130, 240, "the second waits: it stays, 20 + 100 + 10 -> 130; one decode: 110");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_request), cmocka_unit_test(a_long_prompt_is_cut_by_the_budget_and_decodes_ride_along), cmocka_unit_test(a_prefix_is_computed_once),
        cmocka_unit_test(without_blocks_the_last_comes_back_later), cmocka_unit_test(drafts_bring_bursts_and_the_last_is_cut), cmocka_unit_test(what_is_looked_ahead_takes_blocks),
        cmocka_unit_test(a_request_is_handed_over), cmocka_unit_test(the_link_serves_one_after_the_other), cmocka_unit_test(without_blocks_to_come_to_it_waits_where_it_is),
        cmocka_unit_test(a_short_prompt_stays), cmocka_unit_test(before_a_long_queue_a_prompt_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
