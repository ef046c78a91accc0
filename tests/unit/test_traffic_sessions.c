/* Laws of sessions and of mixes of tenants: conversations grow piece by piece, what is said does not depend on the system, tenants do not depend on one another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/diag.h"
#include "base/vec.h"
#include "traffic_support.h"

static orr_traffic base_traffic(void)
{
    return (orr_traffic){.source = "fixed", .kind = ORR_SOURCE_FIXED, .input_tokens = 100, .output_tokens = 50, .length_range = 0.5, .load = ORR_LOAD_OPEN_POISSON, .rate_per_s = 10, .stop_requests = 20000};
}

/* One request as it was sent, with its pieces. */
typedef struct sent { orr_arrival arrival; orr_segment pieces[512]; int64_t finish_ns; } sent;
typedef ORR_VEC(sent) sent_list;

static void keep(sent_list *all, const orr_arrival *arrival, int64_t latency_ns)
{
    sent s = {.arrival = *arrival, .finish_ns = arrival->arrival_ns + latency_ns};
    assert_true(arrival->segment_count <= 512);
    memcpy(s.pieces, arrival->segments, sizeof(orr_segment) * (size_t)arrival->segment_count);
    orr_vec_push(all, s);
}

/* A server that answers everything after `latency_ns`: an agenda of what follows, in order of time. */
static sent_list play(const orr_traffic *traffic, uint64_t seed, int64_t latency_ns)
{
    typedef struct due { int64_t time_ns; uint32_t number; size_t order; bool answer; size_t of; } due;
    ORR_VEC(due) agenda = {0};
    sent_list all = {0};
    orr_diags *diags = orr_diags_create();
    orr_source_stream *source = orr_source_open(traffic, seed, diags);
    assert_non_null(source);
    orr_arrival ahead;
    bool has = orr_source_next(source, &ahead);
    size_t order = 0;
    while (has || agenda.count) {
        size_t first = 0;
        for (size_t i = 1; i < agenda.count; i++) {
            const due *a = &agenda.items[i], *b = &agenda.items[first];
            if (a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->order < b->order)) first = i;
        }
        if (has && (agenda.count == 0 || ahead.arrival_ns <= agenda.items[first].time_ns)) {
            keep(&all, &ahead, latency_ns);
            orr_vec_push(&agenda, (due){ahead.arrival_ns + latency_ns, 0, order++, true, all.count - 1});
            has = orr_source_next(source, &ahead);
            continue;
        }
        const due now = agenda.items[first];
        agenda.items[first] = agenda.items[--agenda.count];
        if (now.answer) {
            const orr_arrival *of = &all.items[now.of].arrival;
            const orr_turns turns = orr_source_left(source, of->session, of->tenant, now.time_ns, true);
            assert_true(turns.count == 0 || (turns.time_ns >= now.time_ns && !turns.over));
            for (int k = 0; k < turns.count; k++) orr_vec_push(&agenda, (due){turns.time_ns, turns.number, order++, false, 0});
        } else {
            orr_arrival arrival;
            if (!orr_source_turn(source, now.number, now.time_ns, &arrival)) continue;
            assert_int_equal(arrival.arrival_ns, now.time_ns);
            keep(&all, &arrival, latency_ns);
            orr_vec_push(&agenda, (due){now.time_ns + latency_ns, 0, order++, true, all.count - 1});
        }
    }
    orr_source_close(source);
    orr_diags_destroy(diags);
    orr_vec_free(&agenda);
    return all;
}

static void check_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance * wanted)) fail_msg("%g is not within %g %% of %g", value, tolerance * 100, wanted);
}

static void one_turn_is_the_source_itself(void **state)
{
    (void)state;
    orr_traffic plain = base_traffic(), sessions = base_traffic();
    plain.workload = (orr_workload){.shared_prefix_tokens = 20, .prefix_share = 0.5, .prefix_groups = 10, .prefix_tokens = 30, .prefix_skew = 1};
    sessions.workload = plain.workload;
    sessions.sessions = (orr_sessions){.turns = 1, .think_ns = 1e9, .branches = 1};
    orr_test_requests a = orr_test_read(&plain, 3, 5000), b = orr_test_read(&sessions, 3, 5000);
    for (size_t i = 0; i < 5000; i++) {
        const orr_arrival *x = &a.items.items[i], *y = &b.items.items[i];
        assert_true(x->arrival_ns == y->arrival_ns && x->input_tokens == y->input_tokens && x->output_tokens == y->output_tokens);
        assert_true(y->segment_count == x->segment_count + 1 && y->session == i + 1 && x->session == 0);
        assert_memory_equal(x->segments, y->segments, sizeof(orr_segment) * (size_t)x->segment_count);
    }
    orr_test_requests_free(&a);
    orr_test_requests_free(&b);
}

/* The last request of each session, as a list of indices: sessions are numbered from 1. */
static void conversations_grow_piece_by_piece(void **state)
{
    (void)state;
    orr_traffic traffic = base_traffic();
    traffic.workload.shared_prefix_tokens = 10;
    traffic.sessions = (orr_sessions){.turns = 5, .think_ns = 2e9, .think_cv = 0.5, .branches = 1};
    sent_list all = play(&traffic, 1, 300000000);
    assert_int_equal(all.count, 20000);
    size_t *last = calloc(20001, sizeof *last);
    double turns = 0, ended = 0, wait = 0, wait2 = 0, waits = 0;
    for (size_t i = 0; i < all.count; i++) {
        const sent *now = &all.items[i];
        int64_t sum = 0;
        for (int k = 0; k < now->arrival.segment_count; k++) sum += now->pieces[k].tokens;
        assert_true(sum == now->arrival.input_tokens && now->arrival.session <= 20000);
        if (last[now->arrival.session]) {
            const sent *before = &all.items[last[now->arrival.session] - 1];
            const int known = before->arrival.segment_count;
            const double waited = (double)(now->arrival.arrival_ns - before->finish_ns);
            assert_memory_equal(now->pieces, before->pieces, sizeof(orr_segment) * (size_t)known);      /* all that was asked, */
            assert_true(now->pieces[known].content == before->arrival.output_content && now->pieces[known].tokens == before->arrival.output_tokens - 1);      /* all that was answered, */
            const int64_t fresh = now->arrival.input_tokens - before->arrival.input_tokens - before->arrival.output_tokens;
            assert_true(fresh >= 50 && fresh <= 100 && now->arrival.segment_count == known + 2);        /* and something new */
            wait += waited;
            wait2 += waited * waited;
            waits++;
        }
        last[now->arrival.session] = i + 1;
    }
    for (size_t s = 1; s <= 3000; s++) {       /* begun long before the end */
        for (size_t i = 0; i < all.count; i++) turns += all.items[i].arrival.session == s;
        ended++;
    }
    check_near(turns / ended, 5, 0.05);
    check_near(wait / waits, 2e9, 0.03);
    check_near(sqrt(wait2 / waits - wait / waits * wait / waits), 1e9, 0.05);
    free(last);
    orr_vec_free(&all);
}

static int by_session(const void *a, const void *b)
{
    const sent *x = a, *y = b;
    if (x->arrival.session != y->arrival.session) return x->arrival.session < y->arrival.session ? -1 : 1;
    return x->arrival.input_tokens < y->arrival.input_tokens ? -1 : x->arrival.input_tokens > y->arrival.input_tokens;
}

static void what_is_said_does_not_depend_on_the_system(void **state)
{
    (void)state;
    orr_traffic traffic = base_traffic();
    traffic.stop_requests = 0;
    traffic.stop_time_ns = INT64_C(1000000000000000);
    traffic.rate_per_s = 1e-4;
    traffic.load = ORR_LOAD_OPEN_CONSTANT;
    traffic.sessions = (orr_sessions){.turns = 4, .think_ns = 2e9, .think_cv = 1, .tool_calls = 2, .tool_ns = 1e9, .tool_cv = 1, .branches = 3, .branch_share = 0.4, .max_context_tokens = 2000};
    sent_list fast = play(&traffic, 2, 1000000), slow = play(&traffic, 2, 5000000000);
    assert_int_equal(fast.count, slow.count);
    assert_true(fast.count > 500);
    qsort(fast.items, fast.count, sizeof *fast.items, by_session);
    qsort(slow.items, slow.count, sizeof *slow.items, by_session);
    for (size_t i = 0; i < fast.count; i++) {
        const orr_arrival *x = &fast.items[i].arrival, *y = &slow.items[i].arrival;
        assert_true(x->session == y->session && x->input_tokens == y->input_tokens && x->segment_count == y->segment_count && x->input_tokens <= 2000);
    }
    orr_vec_free(&fast);
    orr_vec_free(&slow);
}

/* A call's branches come together, from one context; the next stage waits for all and holds their answers. */
static void branches_share_a_context(void **state)
{
    (void)state;
    orr_traffic traffic = base_traffic();
    traffic.length_range = 0;
    traffic.stop_requests = 8;
    traffic.sessions = (orr_sessions){.turns = 1e6, .turns_law = ORR_TURNS_FIXED, .think_ns = 0, .tool_calls = 1e6, .tool_ns = 1e9, .branches = 3, .branch_share = 1, .tool_tokens = {2, {0, 1}, {7, 7}}};
    traffic.rate_per_s = 1e-6;
    sent_list all = play(&traffic, 4, 1000000);
    assert_int_equal(all.count, 8);     /* the first and two calls, then the start of a third; or a second session's start */
    const int64_t inputs[] = {100, 157, 157, 157, 157 + 50 + 100 + 7};
    for (int i = 0; i < 5; i++) assert_int_equal(all.items[i].arrival.input_tokens, inputs[i]);
    for (int i = 2; i < 4; i++) {
        assert_int_equal(all.items[i].arrival.arrival_ns, all.items[1].arrival.arrival_ns);
        assert_memory_equal(all.items[i].pieces, all.items[1].pieces, 2 * sizeof(orr_segment));
        assert_true(all.items[i].pieces[2].content != all.items[1].pieces[2].content && all.items[i].arrival.output_content != all.items[1].arrival.output_content);
    }
    orr_vec_free(&all);
}

/* --- tenants --- */

static orr_traffic mix(orr_tenant tenants[3])
{
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"chat", "code", "batch"};
        tenants[i] = (orr_tenant){.traffic = base_traffic(), .name = names[i], .priority = 10 * i};
        tenants[i].traffic.input_tokens = 100 * (i + 1);
        tenants[i].traffic.rate_per_s = 5 * (i + 1);
        tenants[i].traffic.stop_requests = 0;
    }
    tenants[1].slo.limit_ns[ORR_METRIC_TTFT][ORR_STAT_P99] = 5e8;
    return (orr_traffic){.kind = ORR_SOURCE_MIX, .load = ORR_LOAD_OPEN_POISSON, .rate_per_s = 30, .stop_requests = 30000, .tenants = {tenants, 3}};
}

static void tenants_with_loads_of_their_own(void **state)
{
    (void)state;
    orr_tenant tenants[3];
    orr_traffic traffic = mix(tenants);
    orr_test_requests a = orr_test_read(&traffic, 6, SIZE_MAX);
    int64_t counts[3] = {0}, last = 0;
    for (size_t i = 0; i < a.items.count; i++) {
        const orr_arrival *x = &a.items.items[i];
        assert_true(x->arrival_ns >= last && x->priority == 10 * x->tenant && x->input_tokens <= 100 * (x->tenant + 1));
        assert_int_equal(x->ttft_limit_ns, x->tenant == 1 ? 500000000 : 0);
        last = x->arrival_ns;
        counts[x->tenant]++;
    }
    assert_int_equal(a.items.count, 30000);
    for (int i = 0; i < 3; i++) check_near((double)counts[i], 5000.0 * (i + 1), 0.05);
    tenants[0].traffic.rate_per_s = 20;         /* what one sends leaves the others alone */
    orr_test_requests b = orr_test_read(&traffic, 6, SIZE_MAX);
    size_t at[2] = {0, 0};
    for (int compared = 0; compared < 8000; compared++) {
        while (a.items.items[at[0]].tenant == 0) at[0]++;
        while (b.items.items[at[1]].tenant == 0) at[1]++;
        const orr_arrival *x = &a.items.items[at[0]++], *y = &b.items.items[at[1]++];
        assert_true(x->tenant == y->tenant && x->arrival_ns == y->arrival_ns && x->input_tokens == y->input_tokens && x->output_tokens == y->output_tokens);
    }
    orr_test_requests_free(&a);
    orr_test_requests_free(&b);
}

static void tenants_with_shares(void **state)
{
    (void)state;
    orr_tenant tenants[3];
    orr_traffic traffic = mix(tenants), alone = base_traffic();
    for (int i = 0; i < 3; i++) tenants[i].share = i + 1;
    tenants[2].traffic.max_output_tokens = 30;
    alone.rate_per_s = 30;
    alone.stop_requests = 30000;
    orr_test_requests a = orr_test_read(&traffic, 6, SIZE_MAX), b = orr_test_read(&alone, 6, SIZE_MAX);
    int64_t counts[3] = {0};
    for (size_t i = 0; i < a.items.count; i++) {
        const orr_arrival *x = &a.items.items[i];
        counts[x->tenant]++;
        assert_int_equal(x->arrival_ns, b.items.items[i].arrival_ns);
        assert_true(x->tenant != 2 || (x->max_output_tokens == 30 && x->output_tokens <= 30));
    }
    for (int i = 0; i < 3; i++) check_near((double)counts[i], 5000.0 * (i + 1), 0.05);
    orr_test_requests_free(&a);
    orr_test_requests_free(&b);
}

/* Sessions of two tenants have numbers of their own. */
static void sessions_of_tenants_keep_apart(void **state)
{
    (void)state;
    orr_tenant tenants[3];
    orr_traffic traffic = mix(tenants);
    traffic.stop_requests = 5000;
    tenants[0].traffic.sessions = tenants[2].traffic.sessions = (orr_sessions){.turns = 4, .think_ns = 1e9, .think_cv = 1, .branches = 1};
    sent_list all = play(&traffic, 8, 50000000);
    assert_int_equal(all.count, 5000);
    int64_t turns = 0;
    for (size_t i = 0; i < all.count; i++) {
        const orr_arrival *x = &all.items[i].arrival;
        assert_true((x->session != 0) == (x->tenant != 1));
        if (x->session == 0) continue;
        assert_int_equal(x->session % 3, x->tenant);
        turns += x->segment_count > 1;
    }
    assert_true(turns > 2000);
    orr_vec_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_turn_is_the_source_itself), cmocka_unit_test(conversations_grow_piece_by_piece), cmocka_unit_test(what_is_said_does_not_depend_on_the_system),
        cmocka_unit_test(branches_share_a_context), cmocka_unit_test(tenants_with_loads_of_their_own), cmocka_unit_test(tenants_with_shares), cmocka_unit_test(sessions_of_tenants_keep_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
