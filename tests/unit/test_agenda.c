/* The agenda gives its events back in order, however many there are and however they lie in time. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "drive/agenda.h"

static uint64_t pick(orr_rng *rng, uint64_t n) { return orr_rng_below(rng, n); }

static bool is_before(const orr_event *a, const orr_event *b) { return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order; }

/* How far ahead of now something is pushed: steps of many replicas, bursts at one instant, alarms far away, in turn. */
static int64_t ahead_ns(orr_rng *rng, int phase)
{
    switch (phase) {
    case 0: return (int64_t)pick(rng, 14000000);
    case 1: return (int64_t)pick(rng, 3) * 1000;
    case 2: return (int64_t)pick(rng, INT64_C(1) << pick(rng, 40));
    default: return pick(rng, 50) == 0 ? INT64_C(3600000000000) : (int64_t)pick(rng, 40);
    }
}

/* Beside a heap of its own, which sorts everything. */
static void events_come_in_order(void **state)
{
    (void)state;
    orr_rng rng = orr_rng_stream(7, "agenda", 0);
    for (int round = 0; round < 40; round++) {
        orr_agenda agenda;
        orr_event_heap all = {0};
        orr_agenda_init(&agenda);
        const uint64_t most = 1 + pick(&rng, pick(&rng, 2) ? 20 : 6000);
        int64_t now_ns = 0, last_ns = -1;
        for (int i = 0; i < 30000; i++) {
            const int phase = (int)pick(&rng, 4) == 0 ? (int)pick(&rng, 4) : i / 5000 % 4;
            const bool pushes = all.events.count == 0 || (all.events.count < most && pick(&rng, 2) == 0);
            if (pushes) {
                const int64_t time_ns = now_ns + ahead_ns(&rng, phase);
                const orr_event_class class = (orr_event_class)pick(&rng, 7);
                const int replica = (int)pick(&rng, 1000);
                orr_agenda_push(&agenda, time_ns, class, replica, 3);
                orr_event_push(&all, time_ns, class, replica, 3);
                continue;
            }
            const orr_event expected = *orr_event_first(&all), found = *orr_agenda_first(&agenda), *second = orr_agenda_second(&agenda);
            assert_true(found.time_ns == expected.time_ns && found.order == expected.order && found.what == expected.what);
            assert_true(found.time_ns >= last_ns && (second == NULL || is_before(&found, second)));
            orr_event_pop(&all);
            orr_agenda_pop(&agenda);
            now_ns = last_ns = found.time_ns;
        }
        for (; all.events.count > 0; orr_event_pop(&all), orr_agenda_pop(&agenda)) assert_true(orr_agenda_first(&agenda)->order == orr_event_first(&all)->order);
        assert_null(orr_agenda_first(&agenda));
        orr_vec_free(&all.events);
        orr_agenda_free(&agenda);
    }
}

/* All at once, and then one after the other: neither order costs more than a heap would. */
static void a_burst_is_no_worse_than_a_heap(void **state)
{
    (void)state;
    orr_agenda agenda;
    orr_agenda_init(&agenda);
    for (int i = 0; i < 300000; i++) orr_agenda_push(&agenda, 5, ORR_EVENT_ARRIVAL, i, 0);
    for (int i = 0; i < 300000; i++) {
        assert_int_equal(orr_event_replica(orr_agenda_first(&agenda)), i);
        orr_agenda_pop(&agenda);
    }
    assert_null(orr_agenda_first(&agenda));
    orr_agenda_free(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(events_come_in_order), cmocka_unit_test(a_burst_is_no_worse_than_a_heap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
