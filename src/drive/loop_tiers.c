/* Transfers between the caches of engines and the stores below them: when the next of them ends. */
#include "drive/loop_internal.h"

static void end_fetches_of(loop *l, const group *g)
{
    int engine;
    orr_request_index index;
    while (orr_tier_pool_take_fetched(g->tiers, &engine, &index)) {
        replica *r = &l->replicas[g->first + engine];
        orr_engine_fetched(r->core, index, l->now_ns);
        orr_loop_tell_state(l, r, l->now_ns);
        orr_loop_request_plan(l, r);
    }
}

void orr_loop_end_fetches(loop *l)
{
    for (int g = 0; g < l->group_count; g++) if (l->groups[g].tiers) end_fetches_of(l, &l->groups[g]);
}

void orr_loop_set_alarms(loop *l)
{
    for (int g = 0; g < l->group_count; g++) {
        const int64_t alarm_ns = l->groups[g].tiers ? orr_tier_pool_alarm_ns(l->groups[g].tiers) : INT64_MAX;
        if (alarm_ns < INT64_MAX) orr_agenda_push(&l->agenda, alarm_ns, ORR_EVENT_TIER, 0, 0);
    }
}
