/* The serving core equals the naive simulator exactly, request by request, on random systems of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/rng.h"
#include "oracle.h"

enum { DEFAULT_SYSTEMS = 1000, MOST_REQUESTS = 120 };

/* An executor whose time depends on every sum of the plan, so that a wrong sum moves every later event. */
static orr_outcome execute(void *context, int replica, const orr_plan *plan)
{
    const bool pipelined = *(const bool *)context;
    uint64_t h = orr_hash_mix((uint64_t)plan->decode_count, (uint64_t)plan->decode_context_tokens);
    h = orr_hash_mix(h, (uint64_t)plan->decode_capped_tokens);
    h = orr_hash_mix(h, (uint64_t)plan->decode_context_squares);
    h = orr_hash_mix(h, (uint64_t)(plan->chunk_tokens * 7 + plan->completing_chunks * 3 + plan->running_requests + replica));
    for (int64_t i = 0; i < plan->chunk_count; i++) h = orr_hash_mix(h, (uint64_t)(plan->chunks[i].new_tokens * 131 + plan->chunks[i].context_tokens));
    const int64_t latency_ns = 50 + plan->decode_count * 3 + plan->decode_context_tokens / 8 + plan->chunk_tokens * 5 + (int64_t)(h % 17);
    return (orr_outcome){latency_ns, pipelined ? 1 + latency_ns / 2 : latency_ns};
}

typedef struct script { const oracle_request *requests; int64_t count, next; } script;

static bool next_of_script(void *context, orr_arrival *arrival)
{
    script *s = context;
    if (s->next == s->count) return false;
    const oracle_request *q = &s->requests[s->next++];
    *arrival = (orr_arrival){.arrival_ns = q->arrival_ns, .input_tokens = q->input_tokens, .output_tokens = q->output_tokens, .segments = q->segments, .segment_count = q->segment_count};
    return true;
}

typedef struct seen { oracle_outcome *outcomes; oracle_totals totals; } seen;

static void on_finished(void *context, const orr_loop_finish *finish)
{
    const orr_finished *f = &finish->finished;
    ((seen *)context)->outcomes[f->request.id] = (oracle_outcome){.finished = true, .replica = finish->replica, .preemptions = f->preemptions, .arrival_ns = f->request.arrival_ns,
        .admitted_ns = f->admitted_ns, .first_token_ns = finish->first_token_ns, .finish_ns = finish->finish_ns, .cached_tokens = f->cached_tokens};
}
static void on_rejected(void *context, const orr_request *request)
{
    ((seen *)context)->outcomes[request->id] = (oracle_outcome){.rejected = true, .arrival_ns = request->arrival_ns};
}
static void on_gaps(void *context, int64_t gap_ns, int64_t count)
{
    ((seen *)context)->totals.gap_sum_ns += gap_ns * count;
    ((seen *)context)->totals.gap_count += count;
}

typedef struct system_under_test { orr_loop_config config; const char *router; bool pipelined; oracle_request requests[MOST_REQUESTS]; int64_t request_count; } system_under_test;

static int64_t between(orr_rng *rng, int64_t low, int64_t high) { return low + (int64_t)orr_rng_below(rng, (uint64_t)(high - low + 1)); }

static void draw_request(orr_rng *rng, oracle_request *q, int64_t *time_ns, int64_t mean_gap_ns, int64_t longest)
{
    *time_ns += orr_rng_below(rng, 4) == 0 ? 0 : between(rng, 0, 2 * mean_gap_ns);
    *q = (oracle_request){.arrival_ns = *time_ns, .input_tokens = between(rng, 1, longest), .output_tokens = orr_rng_below(rng, 6) == 0 ? 1 : between(rng, 1, longest)};
    int64_t left = q->input_tokens;
    const int segments = (int)orr_rng_below(rng, 5);
    for (int i = 0; i < segments && left > 0; i++) {
        const uint64_t content = orr_rng_below(rng, 3);
        int64_t tokens = 3 + 7 * (int64_t)content + 5 * i;      /* equal contents have equal lengths, as equal text has */
        if (tokens > left) break;
        q->segments[q->segment_count++] = (orr_segment){content, tokens};
        left -= tokens;
    }
}

static void draw_system(system_under_test *s, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "oracle system", seed);
    static const int64_t block_tokens[] = {1, 2, 3, 4, 8, 16};
    static const char *const routers[] = {"round-robin", "least-loaded", "prefix-affine"};
    memset(s, 0, sizeof *s);
    orr_engine_config *e = &s->config.engine;
    e->block_tokens = block_tokens[orr_rng_below(&rng, 6)];
    e->block_count = between(&rng, 8, 400) / e->block_tokens + 2;
    e->max_num_seqs = between(&rng, 1, 24);
    e->max_num_batched_tokens = e->max_num_seqs + between(&rng, 0, 100);
    e->lane_count = orr_rng_below(&rng, 3) == 0 ? (int)between(&rng, 2, 4) : 1;
    e->chunked_prefill = orr_rng_below(&rng, 4) != 0;
    e->prefix_caching = orr_rng_below(&rng, 3) != 0;
    e->context_cap_tokens = orr_rng_below(&rng, 2) ? between(&rng, 1, 60) : 0;
    e->max_model_tokens = orr_rng_below(&rng, 3) == 0 ? between(&rng, 40, 200) : 0;
    s->router = routers[orr_rng_below(&rng, 3)];
    s->config.router = orr_router_policy_by_name(s->router);
    s->config.replica_count = orr_rng_below(&rng, 2) ? 1 : (int)between(&rng, 2, 4);
    s->config.entry_ns = between(&rng, 0, 40);
    s->config.exit_ns = between(&rng, 0, 40);
    s->config.closed = orr_rng_below(&rng, 4) == 0;
    s->config.in_flight_limit = s->config.closed || orr_rng_below(&rng, 4) == 0 ? between(&rng, 1, 30) : 0;
    s->pipelined = e->lane_count > 1;
    s->request_count = between(&rng, 1, MOST_REQUESTS);
    int64_t time_ns = 0;
    const int64_t mean_gap_ns = between(&rng, 1, 3000), longest = between(&rng, 2, 120);
    for (int64_t i = 0; i < s->request_count; i++) draw_request(&rng, &s->requests[i], &time_ns, mean_gap_ns, longest);
}

/* Returns how many requests disagree; prints the first. */
static int64_t compare(uint64_t seed, const system_under_test *s, const oracle_outcome *expected, const oracle_totals *expected_totals, const seen *actual, const orr_loop_totals *totals)
{
    int64_t mismatches = 0;
    for (int64_t i = 0; i < s->request_count; i++) {
        const oracle_outcome *a = &actual->outcomes[i], *e = &expected[i];
        const bool same = a->finished == e->finished && a->rejected == e->rejected && a->arrival_ns == e->arrival_ns && (e->rejected || (a->replica == e->replica && a->preemptions == e->preemptions
            && a->admitted_ns == e->admitted_ns && a->first_token_ns == e->first_token_ns && a->finish_ns == e->finish_ns && a->cached_tokens == e->cached_tokens));
        if (same) continue;
        if (mismatches++ == 0)
            printf("system %llu, request %lld: expected finished %d rejected %d admitted %lld first %lld finish %lld cached %lld preempted %d; got %d %d %lld %lld %lld %lld %d\n",
                (unsigned long long)seed, (long long)i, e->finished, e->rejected, (long long)e->admitted_ns, (long long)e->first_token_ns, (long long)e->finish_ns,
                (long long)e->cached_tokens, e->preemptions, a->finished, a->rejected, (long long)a->admitted_ns, (long long)a->first_token_ns, (long long)a->finish_ns,
                (long long)a->cached_tokens, a->preemptions);
    }
    const bool totals_same = actual->totals.gap_sum_ns == expected_totals->gap_sum_ns && actual->totals.gap_count == expected_totals->gap_count
        && totals->counters.steps == expected_totals->steps && totals->counters.preemptions == expected_totals->preemptions
        && totals->counters.recomputed_tokens == expected_totals->recomputed_tokens && totals->end_ns == expected_totals->end_ns;
    if (!totals_same) {
        printf("system %llu: totals differ: gaps %lld/%lld, steps %lld/%lld, preemptions %lld/%lld, end %lld/%lld\n", (unsigned long long)seed, (long long)actual->totals.gap_sum_ns,
            (long long)expected_totals->gap_sum_ns, (long long)totals->counters.steps, (long long)expected_totals->steps, (long long)totals->counters.preemptions,
            (long long)expected_totals->preemptions, (long long)totals->end_ns, (long long)expected_totals->end_ns);
        mismatches++;
    }
    return mismatches;
}

typedef struct coverage { int64_t preemptions, hits, evictions, rejected, finished, lanes, capped; } coverage;

static int64_t try_system(uint64_t seed, coverage *covered)
{
    static system_under_test s;
    static oracle_outcome expected[MOST_REQUESTS], got[MOST_REQUESTS];
    draw_system(&s, seed);
    memset(expected, 0, sizeof expected);
    memset(got, 0, sizeof got);
    const orr_executor executor = {&s.pipelined, execute};
    const oracle_totals expected_totals = oracle_run(&s.config, s.router, s.requests, s.request_count, &executor, expected);
    seen actual = {.outcomes = got};
    script feed = {s.requests, s.request_count, 0};
    const orr_loop_observer observer = {.context = &actual, .finished = on_finished, .rejected = on_rejected, .gaps = on_gaps};
    const orr_loop_totals totals = orr_loop_run(&s.config, (orr_feed){&feed, next_of_script}, &executor, &observer);
    covered->preemptions += expected_totals.preemptions > 0;
    covered->evictions += expected_totals.evicting_takes > 0;
    covered->lanes += s.config.engine.lane_count > 1;
    covered->capped += s.config.engine.context_cap_tokens > 0;
    for (int64_t i = 0; i < s.request_count; i++) {
        covered->finished += expected[i].finished;
        covered->rejected += expected[i].rejected;
        covered->hits += expected[i].cached_tokens > 0;
    }
    return compare(seed, &s, expected, &expected_totals, &actual, &totals);
}

static void equals_the_oracle(void **state)
{
    (void)state;
    const char *asked = getenv("ORACLE_SYSTEMS");
    const uint64_t systems = asked ? strtoull(asked, NULL, 10) : DEFAULT_SYSTEMS;
    coverage covered = {0};
    int64_t mismatched_systems = 0;
    for (uint64_t seed = 1; seed <= systems; seed++) mismatched_systems += try_system(seed, &covered) > 0;
    printf("oracle: %llu systems, %lld mismatches; %lld requests finished, %lld rejected, %lld with prefix hits; systems with preemptions %lld, evictions %lld, pipelines %lld, context caps %lld\n",
        (unsigned long long)systems, (long long)mismatched_systems, (long long)covered.finished, (long long)covered.rejected, (long long)covered.hits, (long long)covered.preemptions,
        (long long)covered.evictions, (long long)covered.lanes, (long long)covered.capped);
    assert_int_equal(mismatched_systems, 0);
    /* The draw reaches what it is meant to reach. */
    assert_true(systems < 200 || (covered.preemptions > 20 && covered.evictions > 20 && covered.hits > 100 && covered.rejected > 20 && covered.lanes > 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_the_oracle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
