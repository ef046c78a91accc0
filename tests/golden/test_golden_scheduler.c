/* Schedulers worked out by hand, one policy a story. Each golden prints its derivation beside what the serving core said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "story.h"

static story told;
static int64_t tell(const orr_engine_config *engine, const orr_arrival *arrivals, int64_t count)
{
    memset(&told, 0, sizeof told);
    told.arrivals = arrivals;
    told.count = count;
    const orr_loop_config config = {.engine = *engine, .router = &orr_router_round_robin, .replica_count = 1};
    return orr_loop_run(&config, (orr_feed){.context = &told, .next = next}, &(orr_executor){.context = NULL, .execute = execute}, &(orr_loop_observer){.context = &told, .finished = on_finished}).counters.preemptions;
}
#define TELL(engine, arrivals) tell(engine, arrivals, sizeof(arrivals) / sizeof *(arrivals))

static void check(int id, int64_t first_token_ns, int64_t finish_ns, const char *derivation)
{
    const orr_loop_finish *f = &told.finishes[id];
    printf("  request %d: first token %lld, finish %lld; derived: %s\n", id, (long long)f->first_token_ns, (long long)f->finish_ns, derivation);
    assert_int_equal(f->first_token_ns, first_token_ns);
    assert_int_equal(f->finish_ns, finish_ns);
}

static orr_engine_config engine(int64_t seats, int64_t block_tokens, int64_t block_count, orr_scheduling scheduling)
{
    return (orr_engine_config){.max_num_seqs = seats, .max_num_batched_tokens = 64, .block_tokens = block_tokens, .block_count = block_count, .lane_count = 1, .chunked_prefill = true, .scheduling = scheduling};
}

/* --- who may enter --- */

static void guaranteed_no_evict_reserves_what_clients_allow(void **state)
{
    (void)state;
    const orr_engine_config e = engine(4, 4, 4, (orr_scheduling){.admission = ORR_ADMIT_MAX_OUTPUT});
    const orr_arrival arrivals[] = {{.input_tokens = 7, .output_tokens = 4, .max_output_tokens = 4}, {.input_tokens = 8, .output_tokens = 3, .max_output_tokens = 3}};
    assert_int_equal(TELL(&e, arrivals), 0);
    check(0, 107, 437, "A may come to hold 7 + 4 - 1 tokens = 3 of 4 blocks, and starts with 2; prompt 107, then three decodes of 110");
    check(1, 545, 765, "B's 2 blocks are there, but its third and A's are not: it waits for A's end, 437 + 108 -> 545, then 110 twice");
}

static void without_a_limit_the_context_is_reserved(void **state)
{
    (void)state;
    orr_engine_config e = engine(4, 4, 16, (orr_scheduling){.admission = ORR_ADMIT_MAX_OUTPUT});
    e.max_model_tokens = 40;
    const orr_arrival arrivals[] = {{.input_tokens = 8, .output_tokens = 2}, {.input_tokens = 8, .output_tokens = 1}, {.input_tokens = 8, .output_tokens = 1, .max_output_tokens = 1}};
    assert_int_equal(TELL(&e, arrivals), 0);
    check(0, 108, 218, "A may come to 39 tokens = 10 of 16 blocks; it decodes once");
    check(1, 334, 334, "B may come to 10 blocks too: it waits for A, and C, first come, first served, behind it; both enter at 218: B 10 blocks, C 2 of the 6 left, 100 + 16");
    check(2, 334, 334, "as said");
}

static void a_static_batch_is_left_alone_until_it_is_done(void **state)
{
    (void)state;
    orr_engine_config e = engine(2, 4, 100, (orr_scheduling){.admission = ORR_ADMIT_STATIC});
    e.separate_prefill = true;
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 2, .max_output_tokens = 4}, {.input_tokens = 10, .output_tokens = 4, .max_output_tokens = 4}, {.input_tokens = 10, .output_tokens = 2, .max_output_tokens = 4}};
    TELL(&e, arrivals);
    check(0, 120, 240, "both prompts in 120, both decode in 120");
    check(1, 120, 460, "alone for two steps of 110: the seat beside it stays empty");
    check(2, 570, 680, "enters when the batch is done: 460 + 110, then 110");
}

static void orca_computes_whole_prompts(void **state)
{
    (void)state;
    orr_engine_config e = engine(4, 4, 100, (orr_scheduling){.admission = ORR_ADMIT_MAX_OUTPUT});
    e.chunked_prefill = false;
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 3, .max_output_tokens = 3}, {.arrival_ns = 50, .input_tokens = 64, .output_tokens = 1, .max_output_tokens = 1}};
    TELL(&e, arrivals);
    check(0, 110, 330, "prompt 110, two decodes of 110");
    check(1, 494, 494, "its 64 tokens fit into no step beside a decode: 330 + 164");
}

static const orr_scheduling sglang = {.admission = ORR_ADMIT_RATIO, .victim = ORR_VICTIM_LEAST_OUTPUT, .init_new_token_ratio = 0.1, .min_new_token_ratio = 0.1, .new_token_ratio_decay_steps = 1,
    .clip_max_new_tokens = 4096, .retract_decode_steps = 2};

static void expected_output_holds_back_and_is_set_right_by_a_retraction(void **state)
{
    (void)state;
    const orr_engine_config e = engine(4, 1, 46, sglang);
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 8, .max_output_tokens = 8}, {.input_tokens = 10, .output_tokens = 8, .max_output_tokens = 8}, {.input_tokens = 10, .output_tokens = 8, .max_output_tokens = 8}};
    assert_int_equal(TELL(&e, arrivals), 1);
    check(0, 120, 1010, "step 1: A enters an empty engine; B: 46 - 20 - 8 - 8 of A = 10 > 0, enters; C: 16 - 8 - 16 < 0, waits. 120. Step 2: C: 46 - 22 - 10 - 8 = 6 > 0.1 x 14, enters: 130 -> 250. Steps 3 to 6: 130 each -> 770, "
          "44 blocks held. Step 7: 3 wanted, 2 free: C goes with 14; two steps of 120 -> 1010");
    check(1, 120, 1010, "the same");
    check(2, 250, 1345, "retracted with 5 tokens; 15 to compute, 14 and then 12 free: it waits for 1010, alone: 115 (6th token), 110, 110");
}

/* --- who goes --- */

static void of_equal_outputs_the_longest_input_is_retracted(void **state)
{
    (void)state;
    const orr_engine_config e = engine(4, 1, 26, (orr_scheduling){.victim = ORR_VICTIM_LEAST_OUTPUT, .retract_decode_steps = 1});
    const orr_arrival arrivals[] = {{.input_tokens = 12, .output_tokens = 4}, {.input_tokens = 10, .output_tokens = 4}};
    assert_int_equal(TELL(&e, arrivals), 1);
    check(0, 122, 587, "both prompts: 122; two decodes of 120 -> 362 and all 26 blocks are held. A goes, not the tail B; it waits for 472: 12 + 3 tokens, 115, which bring its 4th");
    check(1, 122, 472, "B alone: 362 + 110");
}

static void the_lowest_priority_goes(void **state)
{
    (void)state;
    const orr_engine_config e = engine(4, 1, 26, (orr_scheduling){.victim = ORR_VICTIM_PRIORITY});
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 4, .priority = 1}, {.input_tokens = 12, .output_tokens = 4}};
    assert_int_equal(TELL(&e, arrivals), 1);
    check(0, 122, 585, "as above until 362; A, of priority 1, goes, though it was admitted first: 472 + 100 + 13");
    check(1, 122, 472, "B alone: 362 + 110");
}

/* --- whose turn it is --- */

static void the_longest_cached_prefix_is_first(void **state)
{
    (void)state;
    static const orr_segment shared[] = {{77, 16}};
    orr_engine_config e = engine(1, 4, 100, (orr_scheduling){.order = ORR_ORDER_PREFIX, .prefix_order_most = 2});
    e.prefix_caching = true;
    const orr_arrival arrivals[] = {{.input_tokens = 20, .output_tokens = 1, .segments = shared, .segment_count = 1}, {.arrival_ns = 10, .input_tokens = 20, .output_tokens = 1},
        {.arrival_ns = 20, .input_tokens = 20, .output_tokens = 1, .segments = shared, .segment_count = 1}};
    TELL(&e, arrivals);
    check(0, 120, 120, "nothing cached: 120");
    check(1, 344, 344, "C goes before it: 224 + 120");
    check(2, 224, 224, "16 of its 20 tokens are cached, none of B's: 120 + 104");
    e.scheduling.prefix_order_most = 1;
    TELL(&e, arrivals);
    check(1, 240, 240, "two wait, and ranks are made for one at most: first come, first served");
    check(2, 344, 344, "240 + 104");
}

static void the_lowest_priority_number_is_first(void **state)
{
    (void)state;
    const orr_engine_config e = engine(1, 4, 100, (orr_scheduling){.order = ORR_ORDER_PRIORITY});
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 1, .priority = 5}, {.arrival_ns = 10, .input_tokens = 10, .output_tokens = 1, .priority = 1}, {.arrival_ns = 20, .input_tokens = 10, .output_tokens = 1}};
    TELL(&e, arrivals);
    check(0, 110, 110, "nobody else is there when it enters; it is not preempted for others");
    check(1, 330, 330, "after C");
    check(2, 220, 220, "priority 0 before 1");
}

static void the_earliest_deadline_is_first(void **state)
{
    (void)state;
    const orr_engine_config e = engine(1, 4, 100, (orr_scheduling){.order = ORR_ORDER_DEADLINE});
    const orr_arrival arrivals[] = {{.input_tokens = 10, .output_tokens = 1}, {.arrival_ns = 5, .input_tokens = 10, .output_tokens = 1}, {.arrival_ns = 10, .input_tokens = 10, .output_tokens = 1, .ttft_limit_ns = 1000},
        {.arrival_ns = 20, .input_tokens = 10, .output_tokens = 1, .ttft_limit_ns = 500}};
    TELL(&e, arrivals);
    check(0, 110, 110, "alone");
    check(1, 440, 440, "no deadline: last");
    check(2, 330, 330, "due at 1010");
    check(3, 220, 220, "due at 520: first");
}

static void the_tenant_that_was_served_least_is_first(void **state)
{
    (void)state;
    const orr_engine_config e = engine(1, 4, 100, (orr_scheduling){.order = ORR_ORDER_FAIR, .fair_input_weight = 1, .fair_output_weight = 2});
    const orr_arrival arrivals[] = {{.input_tokens = 30, .output_tokens = 1}, {.input_tokens = 10, .output_tokens = 1}, {.input_tokens = 10, .output_tokens = 1}, {.input_tokens = 10, .output_tokens = 1, .tenant = 1},
        {.input_tokens = 10, .output_tokens = 1, .tenant = 1}, {.arrival_ns = 490, .input_tokens = 10, .output_tokens = 1, .tenant = 2}};
    TELL(&e, arrivals);
    check(0, 130, 130, "tenants 0 and 1 start at 0, and the lower number goes first; tenant 0 is at 30 + 2 = 32 then");
    check(3, 240, 240, "tenant 1 at 0 goes, and is at 12 then");
    check(4, 350, 350, "12 < 32: tenant 1 again, at 24, and has nobody left");
    check(1, 460, 460, "tenant 0, at 44 then");
    check(2, 570, 570, "tenant 0, alone in line; at 56 then");
    check(5, 680, 680, "tenant 2 comes to an empty line at 490, while that one runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(guaranteed_no_evict_reserves_what_clients_allow), cmocka_unit_test(without_a_limit_the_context_is_reserved), cmocka_unit_test(a_static_batch_is_left_alone_until_it_is_done),
        cmocka_unit_test(orca_computes_whole_prompts), cmocka_unit_test(expected_output_holds_back_and_is_set_right_by_a_retraction), cmocka_unit_test(of_equal_outputs_the_longest_input_is_retracted),
        cmocka_unit_test(the_lowest_priority_goes), cmocka_unit_test(the_longest_cached_prefix_is_first), cmocka_unit_test(the_lowest_priority_number_is_first), cmocka_unit_test(the_earliest_deadline_is_first),
        cmocka_unit_test(the_tenant_that_was_served_least_is_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
