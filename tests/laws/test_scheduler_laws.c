/* Laws of schedulers, over random systems: what each policy promises. That they do what their rules say, to the nanosecond, is test_oracle.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "random_system.h"

enum { SYSTEMS = 300 };

typedef struct ledger {
    const random_system *system;
    orr_loop_finish finishes[MOST_REQUESTS];
    bool finished[MOST_REQUESTS];
    int64_t running[MOST_REPLICAS], late_joins, left_out, over_budget, decodes;
    bool decoded[MOST_REPLICAS];        /* by replica: since it was last empty */
    orr_loop_totals totals;
} ledger;

static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    l->finishes[finish->finished.request.id] = *finish;
    l->finished[finish->finished.request.id] = true;
}

static void on_planned(void *context, int replica, const orr_plan *plan)
{
    ledger *l = context;
    const orr_engine_config *e = &l->system->config.engine;
    l->late_joins += l->decoded[replica] && plan->chunk_count > 0;
    l->decoded[replica] |= plan->decode_count > 0;
    l->decodes += plan->decode_count > 0;
    l->over_budget += plan->decode_tokens + plan->chunk_tokens > e->max_num_batched_tokens;
    l->left_out += plan->running_requests - plan->decode_count - plan->chunk_count > 1;
}

static void on_state(void *context, int replica, const orr_replica_state *now)
{
    ledger *l = context;
    if (now->running == 0) l->decoded[replica] = false;
}

static random_system s;
static ledger ran;

static void run(void)
{
    memset(&ran, 0, sizeof ran);
    ran.system = &s;
    system_script script = {.requests = s.requests, .count = s.request_count};
    const orr_executor executor = random_system_executor(&s);
    const orr_loop_observer observer = {.context = &ran, .finished = on_finished, .planned = on_planned, .state = on_state};
    ran.totals = orr_loop_run(&s.config, system_script_feed(&script), &executor, &observer);
}

/* Reserving the whole maximum output, nobody is ever preempted, whatever the order, the cache or the pipeline. */
static void guaranteed_no_evict_never_preempts(void **state)
{
    (void)state;
    int64_t waited = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw_caches(&s, seed);
        s.config.engine.scheduling.admission = ORR_ADMIT_INPUT;
        run();
        waited += ran.totals.counters.preemptions > 0;
        s.config.engine.scheduling.admission = seed % 2 ? ORR_ADMIT_MAX_OUTPUT : ORR_ADMIT_STATIC;
        run();
        assert_int_equal(ran.totals.counters.preemptions, 0);
    }
    assert_true(waited > 20);       /* and there was something to prevent */
}

/* The same where each is expected to generate all it may: a ratio of 1 that stays, nothing clipped, a token a block. */
static void expecting_everything_never_preempts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        orr_engine_config *e = &s.config.engine;
        e->block_count *= e->block_tokens;
        e->max_request_blocks *= e->block_tokens;
        e->block_tokens = 1;
        e->draft_tokens = 0;
        e->lookahead_tokens = 0;
        e->scheduling.admission = ORR_ADMIT_RATIO;
        e->scheduling.init_new_token_ratio = e->scheduling.min_new_token_ratio = 1;
        e->scheduling.new_token_ratio_decay_steps = 1;
        e->scheduling.clip_max_new_tokens = 1000000;
        run();
        assert_int_equal(ran.totals.counters.preemptions, 0);
    }
}

/* Nobody joins a batch that has decoded until it is empty. */
static void a_static_batch_admits_when_empty_alone(void **state)
{
    (void)state;
    int64_t decodes = 0, otherwise = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        s.config.engine.lane_count = 1;
        s.pipelined = false;
        s.config.engine.separate_prefill = true;
        s.config.engine.scheduling.admission = ORR_ADMIT_STATIC;
        run();
        assert_int_equal(ran.late_joins, 0);
        decodes += ran.decodes;
        s.config.engine.scheduling.admission = ORR_ADMIT_MAX_OUTPUT;
        run();
        otherwise += ran.late_joins;
    }
    assert_true(decodes > 1000 && otherwise > 1000);
}

/* First come, first served: who arrives first at an engine enters first, whoever may enter. */
static void fcfs_is_monotone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        s.config.encoders.replica_count = 0;        /* who brings images would come later */
        s.config.engine.scheduling.order = ORR_ORDER_FCFS;
        s.config.engine.scheduling.victim = ORR_VICTIM_TAIL;
        run();
        int64_t latest_ns[MOST_REPLICAS] = {0};
        for (int64_t i = 0; i < s.request_count; i++) {
            if (!ran.finished[i]) continue;
            const orr_loop_finish *f = &ran.finishes[i];
            assert_true(f->finished.admitted_ns >= latest_ns[f->replica]);
            latest_ns[f->replica] = f->finished.admitted_ns;
        }
    }
}

typedef int64_t key_fn(const orr_request *request);
static int64_t deadline_of(const orr_request *request) { return request->ttft_deadline_ns; }
static int64_t priority_of(const orr_request *request) { return request->priority; }

/* When one enters, nobody who waits has a smaller key (or the same, and came before). */
static int64_t inversions(key_fn *key)
{
    int64_t compared = 0;
    for (int64_t a = 0; a < s.request_count; a++)
        for (int64_t b = 0; b < s.request_count; b++) {
            if (a == b || !ran.finished[a] || !ran.finished[b]) continue;
            const orr_finished *first = &ran.finishes[a].finished, *later = &ran.finishes[b].finished;
            if (ran.finishes[a].replica != ran.finishes[b].replica || first->admitted_ns >= later->admitted_ns || later->request.arrival_ns + s.config.entry_ns >= first->admitted_ns) continue;
            compared++;
            assert_true(key(&first->request) < key(&later->request) || (key(&first->request) == key(&later->request) && a < b));
        }
    return compared;
}

static void nobody_is_overtaken_by_a_later_deadline_or_a_lower_priority(void **state)
{
    (void)state;
    int64_t compared[2] = {0, 0};
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++)
        for (int k = 0; k < 2; k++) {
            random_system_draw(&s, seed);
            s.config.engine.receive_interval_steps = s.config.engine.gather_steps = 0;      /* all who have arrived are seen */
            s.config.encoders.replica_count = 0;
            s.config.engine.scheduling.order = k == 0 ? ORR_ORDER_DEADLINE : ORR_ORDER_PRIORITY;
            run();
            compared[k] += inversions(k == 0 ? deadline_of : priority_of);
        }
    assert_true(compared[0] > 1000 && compared[1] > 1000);
}

/* Stall-free batches (Sarathi, vLLM V1): beside prompts everybody who decodes does so in each step, within the token budget; a prompt under way is the only one that may have to wait. */
static void no_decode_waits_for_a_prompt(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        random_system_draw(&s, seed);
        s.config.engine.separate_prefill = false;
        run();
        assert_int_equal(ran.left_out, 0);
        assert_int_equal(ran.over_budget, 0);
    }
}

/* --- fairness: every step takes the same time, so that what each tenant has had at any time is known --- */

enum { STEP_NS = 100, TENANTS = 3 };
static orr_outcome execute_constant(void *context, int replica, const orr_plan *plan)
{
    (void)context; (void)replica; (void)plan;
    return (orr_outcome){STEP_NS, STEP_NS};
}

/* Service of a tenant until `time_ns`, before that step ends. */
static int64_t service_of(int32_t tenant, int64_t time_ns)
{
    const orr_scheduling *c = &s.config.engine.scheduling;
    int64_t service = 0;
    for (int64_t i = 0; i < s.request_count; i++) {
        const orr_finished *f = &ran.finishes[i].finished;
        if (s.requests[i].tenant != tenant || f->admitted_ns > time_ns) continue;
        const int64_t steps = f->first_token_ns > time_ns ? 0 : 1 + (time_ns - f->first_token_ns) / STEP_NS;
        service += c->fair_input_weight * s.requests[i].input_tokens + c->fair_output_weight * (steps < s.requests[i].output_tokens ? steps : s.requests[i].output_tokens);
    }
    return service;
}

/* While all have somebody in line, what they were served differs by 2 max(w_in x longest input, w_out x tokens that run at a time) at most (the bound of the paper in queue_fair.c); under fcfs by more. */
static int64_t worst_excess(orr_order_kind order, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "fair", 0);
    random_system_clear(&s);
    const int64_t seats = 1 + (int64_t)orr_rng_below(&rng, 6);
    s.config = (orr_loop_config){.engine = {.max_num_seqs = seats, .max_num_batched_tokens = seats + 100, .block_tokens = 1, .block_count = 100000, .lane_count = 1, .chunked_prefill = true,
        .scheduling = {.order = order, .fair_input_weight = 1, .fair_output_weight = 2}}, .router = &orr_router_round_robin, .replica_count = 1};
    s.request_count = MOST_REQUESTS;
    int64_t longest_input = 0, longest = 0;
    for (int64_t i = 0; i < MOST_REQUESTS; i++) {
        oracle_request *q = &s.requests[i];
        q->tenant = (int32_t)(i < 60 ? 0 : 1 + i % (TENANTS - 1));      /* tenant 0 comes first */
        q->input_tokens = 1 + (int64_t)orr_rng_below(&rng, q->tenant == 1 ? 40 : 10);
        q->output_tokens = 1 + (int64_t)orr_rng_below(&rng, q->tenant == 2 ? 40 : 10);
        longest_input = q->input_tokens > longest_input ? q->input_tokens : longest_input;
        longest = q->input_tokens + q->output_tokens > longest ? q->input_tokens + q->output_tokens : longest;
    }
    memset(&ran, 0, sizeof ran);
    ran.system = &s;
    system_script script = {.requests = s.requests, .count = s.request_count};
    orr_loop_run(&s.config, system_script_feed(&script), &(orr_executor){.context = NULL, .execute = execute_constant}, &(orr_loop_observer){.context = &ran, .finished = on_finished});
    int64_t last_ns[TENANTS] = {0}, end_ns = INT64_MAX, worst = INT64_MIN;
    for (int64_t i = 0; i < MOST_REQUESTS; i++) {
        int64_t *last = &last_ns[s.requests[i].tenant];
        if (ran.finishes[i].finished.admitted_ns > *last) *last = ran.finishes[i].finished.admitted_ns;
    }
    for (int t = 0; t < TENANTS; t++) end_ns = last_ns[t] < end_ns ? last_ns[t] : end_ns;
    const int64_t most_input = longest_input, most_output = 2 * seats * longest, bound = 2 * (most_input > most_output ? most_input : most_output);
    for (int64_t time_ns = 0; time_ns < end_ns; time_ns += STEP_NS)
        for (int a = 0; a < TENANTS; a++)
            for (int b = 0; b < TENANTS; b++) {
                const int64_t excess = service_of(a, time_ns) - service_of(b, time_ns) - bound;
                worst = excess > worst ? excess : worst;
            }
    return worst;
}

static void tenants_in_line_are_served_alike(void **state)
{
    (void)state;
    int64_t unfair = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        assert_true(worst_excess(ORR_ORDER_FAIR, seed) <= 0);
        unfair += worst_excess(ORR_ORDER_FCFS, seed) > 0;
    }
    assert_true(unfair > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(guaranteed_no_evict_never_preempts), cmocka_unit_test(expecting_everything_never_preempts), cmocka_unit_test(a_static_batch_admits_when_empty_alone),
        cmocka_unit_test(fcfs_is_monotone), cmocka_unit_test(nobody_is_overtaken_by_a_later_deadline_or_a_lower_priority), cmocka_unit_test(no_decode_waits_for_a_prompt), cmocka_unit_test(tenants_in_line_are_served_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
