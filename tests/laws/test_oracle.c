/* The serving core equals the naive simulator exactly, request by request, on random systems of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "random_pairs.h"

enum { DEFAULT_SYSTEMS = 1000 };

typedef struct seen { oracle_outcome *outcomes; oracle_totals totals; int64_t coasted_steps, coasted_beside_waiting; system_script *script; bool delivered[MOST_REQUESTS]; } seen;

static void on_finished(void *context, const orr_loop_finish *finish)
{
    const orr_finished *f = &finish->finished;
    ((seen *)context)->outcomes[f->request.id] = (oracle_outcome){.finished = true, .replica = finish->replica, .preemptions = f->preemptions, .arrival_ns = f->request.arrival_ns,
        .admitted_ns = f->admitted_ns, .first_token_ns = finish->first_token_ns, .finish_ns = finish->finish_ns, .cached_tokens = f->cached_tokens};
}
static void on_arrived(void *context, const orr_request *request)
{
    seen *s = context;
    if (!s->delivered[request->id]) system_script_delivered(s->script, request->id);
    s->delivered[request->id] = true;
}
static void on_lost(void *context, const orr_request *request)
{
    ((seen *)context)->outcomes[request->id] = (oracle_outcome){.lost = true, .arrival_ns = request->arrival_ns};
}
static void on_rejected(void *context, const orr_request *request)
{
    if (request->encoded_ns == 0) on_arrived(context, request);
    ((seen *)context)->outcomes[request->id] = (oracle_outcome){.rejected = true, .arrival_ns = request->arrival_ns};
}
static void on_refused(void *context, const orr_request *request)
{
    if (request->encoded_ns == 0) on_arrived(context, request);
    ((seen *)context)->outcomes[request->id] = (oracle_outcome){.refused = true, .arrival_ns = request->arrival_ns};
}
static void on_transferred(void *context, const orr_transferred *transfer) { ((seen *)context)->totals.shipped_tokens += transfer->tokens; }
static void on_gaps(void *context, const orr_gaps *gaps)
{
    ((seen *)context)->totals.gap_sum_ns += (gaps->ends_ns[gaps->steps - 1] - gaps->since_ns) * gaps->count;
    ((seen *)context)->totals.gap_count += gaps->steps * gaps->count;
}

static void on_planned(void *context, int replica, const orr_plan *plan)
{
    (void)replica;
    ((seen *)context)->totals.images += plan->images;
}
static void on_encoded(void *context, const orr_encoded *encoded) { ((seen *)context)->totals.batch_images += encoded->images; }

static bool same_tiers(const orr_loop_totals *a, const oracle_totals *e)
{
    bool same = true;
    for (int t = 0; t < ORR_MOST_TIERS; t++) {
        int64_t read = 0, written = 0;
        for (int g = 0; g < a->group_count; g++) {
            read += a->groups[g].tiers[t].read_blocks;
            written += a->groups[g].tiers[t].written_blocks;
        }
        same = same && read == e->tier_read[t] && written == e->tier_written[t];
    }
    return same;
}

static void on_coasted(void *context, int replica, int64_t start_ns, int64_t end_ns, const orr_coasted *coasted)
{
    (void)replica;
    assert_true(end_ns - start_ns >= coasted->steps && coasted->count > 0 && coasted->block_ns > 0);
    ((seen *)context)->coasted_steps += coasted->steps;
    if (coasted->waiting > 0) ((seen *)context)->coasted_beside_waiting += coasted->steps;
}

/* Returns how many requests disagree; prints the first. */
static int64_t compare(uint64_t seed, const random_system *s, const oracle_outcome *expected, const oracle_totals *expected_totals, const seen *actual, const orr_loop_totals *totals)
{
    int64_t mismatches = 0;
    for (int64_t i = 0; i < s->request_count; i++) {
        const oracle_outcome *a = &actual->outcomes[i], *e = &expected[i];
        const bool same = a->finished == e->finished && a->rejected == e->rejected && a->refused == e->refused && a->lost == e->lost && a->arrival_ns == e->arrival_ns && (e->rejected || e->refused || e->lost || (a->replica == e->replica && a->preemptions == e->preemptions
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
        && totals->counters.recomputed_tokens == expected_totals->recomputed_tokens && totals->counters.decodes == expected_totals->decodes
        && totals->counters.decode_tokens == expected_totals->decode_tokens && totals->end_ns == expected_totals->end_ns
        && memcmp(&totals->fleet, &expected_totals->fleet, sizeof totals->fleet) == 0 && same_tiers(totals, expected_totals) && totals->prefill.steps == expected_totals->prefill_steps && actual->totals.shipped_tokens == expected_totals->shipped_tokens
        && actual->totals.images == expected_totals->images && actual->totals.batch_images == expected_totals->batch_images;
    if (!totals_same) {
        printf("system %llu: totals differ: gaps %lld/%lld, steps %lld/%lld, preemptions %lld/%lld, end %lld/%lld\n", (unsigned long long)seed, (long long)actual->totals.gap_sum_ns,
            (long long)expected_totals->gap_sum_ns, (long long)totals->counters.steps, (long long)expected_totals->steps, (long long)totals->counters.preemptions,
            (long long)expected_totals->preemptions, (long long)totals->end_ns, (long long)expected_totals->end_ns);
        printf("  recomputed %lld/%lld, decodes %lld/%lld; failures %lld/%lld, sent again %lld/%lld, lost %lld/%lld, lost tokens %lld/%lld\n", (long long)totals->counters.recomputed_tokens, (long long)expected_totals->recomputed_tokens,
            (long long)totals->counters.decodes, (long long)expected_totals->decodes, (long long)totals->fleet.failures, (long long)expected_totals->fleet.failures, (long long)totals->fleet.redelivered,
            (long long)expected_totals->fleet.redelivered, (long long)totals->fleet.lost_requests, (long long)expected_totals->fleet.lost_requests, (long long)totals->fleet.lost_tokens, (long long)expected_totals->fleet.lost_tokens);
        mismatches++;
    }
    return mismatches;
}

typedef struct coverage { int64_t scaled, failures, redelivered, lost, refused, shipped, preemptions, hits, evictions, rejected, finished, lanes, capped, speculating, bursts, fetching, coasting, beside_waiting, mixed, seeing, encoded; } coverage;

typedef void draw_fn(random_system *system, uint64_t seed);
static int64_t try_system(draw_fn *draw, uint64_t seed, coverage *covered)
{
    static random_system s;
    static oracle_outcome expected[MOST_REQUESTS], got[MOST_REQUESTS];
    draw(&s, seed);
    memset(expected, 0, sizeof expected);
    memset(got, 0, sizeof got);
    const orr_executor executor = random_system_executor(&s);
    const oracle_totals expected_totals = oracle_run(&s.config, s.router, s.requests, s.request_count, &executor, expected);
    system_script script = {.requests = s.requests, .count = s.request_count};
    seen actual = {.outcomes = got, .script = &script};
    random_pairs_count(&s);
    const orr_loop_observer observer = {.context = &actual, .arrived = on_arrived, .waited = on_arrived, .lost = on_lost, .finished = on_finished, .rejected = on_rejected, .refused = on_refused, .gaps = on_gaps, .transferred = on_transferred, .coasted = on_coasted, .planned = on_planned, .encoded = on_encoded};
    const orr_loop_totals totals = orr_loop_run(&s.config, system_script_feed(&script), &executor, &observer);
    covered->coasting += actual.coasted_steps > 20;
    covered->beside_waiting += actual.coasted_beside_waiting > 20;
    covered->shipped += expected_totals.shipped_tokens > 0;
    covered->failures += expected_totals.fleet.failures;
    covered->scaled += expected_totals.fleet.started > 0 && expected_totals.fleet.stopped > 0;
    covered->redelivered += expected_totals.fleet.redelivered;
    covered->lost += expected_totals.fleet.lost_requests;
    covered->preemptions += expected_totals.preemptions > 0;
    covered->evictions += expected_totals.evicting_takes > 0;
    covered->lanes += s.config.engine.lane_count > 1;
    covered->capped += s.config.engine.context_cap_tokens > 0;
    covered->speculating += s.config.engine.draft_tokens > 0;
    for (int t = 0; t < ORR_MOST_TIERS; t++) covered->fetching += expected_totals.tier_read[t] > 0;
    covered->seeing += expected_totals.images > 0;
    covered->encoded += expected_totals.batch_images > 0;
    covered->bursts += expected_totals.decode_tokens > expected_totals.decodes;
    for (int64_t i = 0; i < s.request_count; i++) {
        covered->finished += expected[i].finished;
        covered->rejected += expected[i].rejected;
        covered->refused += expected[i].refused;
        covered->mixed += expected[i].finished && s.config.further_count > 0 && expected[i].replica >= s.config.replica_count;
        covered->hits += expected[i].cached_tokens > 0;
    }
    return compare(seed, &s, expected, &expected_totals, &actual, &totals);
}

/* ORACLE_SYSTEMS: how many; else `share` of what is usual. ORACLE_FIRST: the first seed. */
static coverage compare_systems(const char *name, draw_fn *draw, uint64_t share)
{
    const char *asked = getenv("ORACLE_SYSTEMS"), *from = getenv("ORACLE_FIRST");
    const uint64_t systems = asked ? strtoull(asked, NULL, 10) : share * DEFAULT_SYSTEMS;
    coverage covered = {0};
    int64_t mismatched_systems = 0;
    const uint64_t first = from ? strtoull(from, NULL, 10) : 1;
    for (uint64_t seed = first; seed < first + systems; seed++) mismatched_systems += try_system(draw, seed, &covered) > 0;
    printf("oracle, %s: %llu systems, %lld mismatches; %lld requests finished, %lld refused, %lld rejected, %lld with prefix hits; systems with preemptions %lld, evictions %lld, pipelines %lld, context caps %lld, speculation %lld (%lld with bursts), coasting %lld (beside some who wait %lld), images in steps %lld, encoders %lld\n",
        name, (unsigned long long)systems, (long long)mismatched_systems, (long long)covered.finished, (long long)covered.refused, (long long)covered.rejected, (long long)covered.hits, (long long)covered.preemptions,
        (long long)covered.evictions, (long long)covered.lanes, (long long)covered.capped, (long long)covered.speculating, (long long)covered.bursts, (long long)covered.coasting, (long long)covered.beside_waiting, (long long)covered.seeing, (long long)covered.encoded);
    assert_int_equal(mismatched_systems, 0);
    /* The draw reaches what it is meant to reach. */
    assert_true(systems < 1000 || (covered.preemptions > 20 && covered.evictions > 20 && covered.hits > 100 && covered.rejected > 20 && covered.lanes > 20 && covered.bursts > 20 && covered.coasting > 20 && covered.beside_waiting > 0));
    return covered;
}

static void equals_the_oracle(void **state)
{
    (void)state;
    compare_systems("one pool", random_system_draw, 1);
}

static void prefill_and_decode_pools_equal_the_oracle(void **state)
{
    (void)state;
    const coverage covered = compare_systems("two pools", random_system_draw_pools, 1);
    assert_true(getenv("ORACLE_SYSTEMS") || covered.shipped > 0);
}

static void caches_of_every_kind_equal_the_oracle(void **state)
{
    (void)state;
    compare_systems("caches", random_system_draw_caches, 1);
}

static void tiers_of_every_kind_equal_the_oracle(void **state)
{
    (void)state;
    const coverage covered = compare_systems("tiers", random_system_draw_tiers, 1);
    printf("tiers that were read: %lld\n", (long long)covered.fetching);
    assert_true(getenv("ORACLE_SYSTEMS") || covered.fetching > 10);
}

static void groups_behind_one_router_equal_the_oracle(void **state)
{
    (void)state;
    const coverage covered = compare_systems("groups", random_system_draw_groups, 1);
    printf("requests of further groups: %lld\n", (long long)covered.mixed);
    assert_true(covered.mixed > 100);
}

static void everything_at_once_equals_the_oracle(void **state)
{
    (void)state;
    compare_systems("all at once", random_system_draw_all, 2);
    const int missing = random_pairs_missing();
    assert_true(getenv("ORACLE_SYSTEMS") != NULL || missing == 0);
}

static void fleets_that_change_equal_the_oracle(void **state)
{
    (void)state;
    const coverage covered = compare_systems("fleets", random_system_draw_fleet, 2);
    printf("failures: %lld; scaled both ways: %lld; requests sent again %lld, lost %lld\n", (long long)covered.failures, (long long)covered.scaled, (long long)covered.redelivered, (long long)covered.lost);
    assert_true(covered.failures > 10 && covered.redelivered > 10 && covered.scaled > 10);
}

static void sessions_equal_the_oracle(void **state)
{
    (void)state;
    compare_systems("sessions", random_system_draw_sessions, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_the_oracle), cmocka_unit_test(prefill_and_decode_pools_equal_the_oracle), cmocka_unit_test(sessions_equal_the_oracle),
        cmocka_unit_test(caches_of_every_kind_equal_the_oracle), cmocka_unit_test(tiers_of_every_kind_equal_the_oracle), cmocka_unit_test(groups_behind_one_router_equal_the_oracle), cmocka_unit_test(fleets_that_change_equal_the_oracle),
        cmocka_unit_test(everything_at_once_equals_the_oracle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
