/* Transfers between the caches of engines and the stores below them: when the next of them ends. */
#include "drive/loop_internal.h"

static void end_fetches_of(loop *l, int pool)
{
    const int first = pool == 0 ? 0 : l->config->replica_count;
    int engine;
    orr_request_index index;
    while (orr_tier_pool_take_fetched(l->tiers[pool], &engine, &index)) {
        replica *r = &l->replicas[first + engine];
        orr_engine_fetched(r->core, index, l->now_ns);
        orr_loop_tell_state(l, r, l->now_ns);
        orr_loop_request_plan(l, r);
    }
}

void orr_loop_end_fetches(loop *l)
{
    for (int pool = 0; pool < 2; pool++) if (l->tiers[pool]) end_fetches_of(l, pool);
}

void orr_loop_set_alarms(loop *l)
{
    for (int pool = 0; pool < 2; pool++) {
        const int64_t alarm_ns = l->tiers[pool] ? orr_tier_pool_alarm_ns(l->tiers[pool]) : INT64_MAX;
        if (alarm_ns < INT64_MAX) orr_event_push(&l->events, alarm_ns, ORR_EVENT_TIER, 0, 0);
    }
}
