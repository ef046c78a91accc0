/* The steps of a replica: one by one, or several foreseen and done at once (coast.h). */
#include "drive/loop_internal.h"

#include "base/math.h"
#include "base/panic.h"

void orr_loop_request_plan(loop *l, replica *r)
{
    if (r->plan_pending) return;
    r->plan_pending = true;
    orr_agenda_push(&l->agenda, orr_max_i64(l->now_ns, r->start_free_ns), ORR_EVENT_PLAN, r->number, 0);
}

void orr_loop_tell_state(const loop *l, const replica *r, int64_t now_ns)
{
    if (l->observer->state == NULL) return;
    const orr_engine_load load = orr_engine_load_of(r->core);
    const orr_replica_state now = {now_ns, load.waiting, load.running, load.used_blocks, r->steps_in_flight};
    l->observer->state(l->observer->context, r->number, &now);
}

/* False: the lane has no work. */
static bool start_step(loop *l, replica *r, int lane, int64_t now_ns)
{
    orr_plan plan;
    orr_engine_plan(r->core, lane, now_ns, &plan);
    if (orr_plan_is_empty(&plan)) return false;
    const orr_outcome outcome = r->executor->execute(r->executor->context, r->in_pool, &plan);
    ORR_INVARIANT(outcome.latency_ns > 0 && outcome.occupancy_ns > 0 && outcome.occupancy_ns <= outcome.latency_ns);
    r->start_free_ns = now_ns + outcome.occupancy_ns;
    r->last_end_ns = orr_max_i64(now_ns + outcome.latency_ns, r->last_end_ns + outcome.occupancy_ns);
    orr_agenda_push(&l->agenda, r->last_end_ns, ORR_EVENT_STEP_END, r->number, lane);
    r->steps_in_flight++;
    if (l->observer->planned) l->observer->planned(l->observer->context, r->number, &plan);
    if (l->observer->stepped)
        l->observer->stepped(l->observer->context, &(orr_loop_step){.start_ns = now_ns, .end_ns = r->last_end_ns, .replica = r->number, .lane = lane, .outcome = outcome, .plan = &plan});
    orr_loop_tell_state(l, r, now_ns);
    return true;
}

/* Does what is over of the steps foreseen. Returns how many; the rest is forgotten. */
static int64_t do_coasted(loop *l, replica *r)
{
    orr_coasted coasted;
    const int64_t done = orr_coast_end(&r->coast, r->core, r->executor, r->in_pool, l->now_ns, &coasted);
    if (done == 0) return 0;
    r->start_free_ns = r->last_end_ns = r->coast.ends_ns[done - 1];
    if (l->observer->coasted) l->observer->coasted(l->observer->context, r->number, r->coast.start_ns, r->last_end_ns, &coasted);
    return done;
}

void orr_loop_settle(loop *l, replica *r)
{
    if (!r->coast.under_way) return;
    const int64_t foreseen = r->coast.steps, done = do_coasted(l, r);
    if (done > 0 && r->last_end_ns == l->now_ns) {
        orr_loop_request_plan(l, r);
        return;
    }
    ORR_INVARIANT(done < foreseen);
    const bool planned = start_step(l, r, 0, done > 0 ? r->last_end_ns : r->coast.start_ns);
    ORR_INVARIANT(planned && r->last_end_ns == r->coast.ends_ns[done]);
}

static void plan_step(loop *l, replica *r)
{
    if (l->now_ns < r->start_free_ns) {
        orr_loop_request_plan(l, r);
        return;
    }
    if (l->may_coast && r->lane_count == 1 && orr_coast_begin(&r->coast, r->core, r->executor, r->in_pool, l->now_ns)) {
        orr_agenda_push(&l->agenda, r->coast.ends_ns[r->coast.steps - 1], ORR_EVENT_STEP_END, r->number, r->coast.turn);
        return;
    }
    const int lane_count = r->lane_count;
    for (int tried = 0; tried < lane_count; tried++) {
        const int lane = r->next_lane;
        r->next_lane = (lane + 1) % lane_count;
        if (orr_engine_lane_busy(r->core, lane) || !start_step(l, r, lane, l->now_ns)) continue;
        if (lane_count > 1) orr_loop_request_plan(l, r);
        return;
    }
    if (orr_loop_has_prefill(l) || r->group->tiers) orr_loop_tell_state(l, r, l->now_ns);      /* it may have reserved blocks */
}

void orr_loop_plan(loop *l, replica *r)
{
    r->plan_pending = false;
    plan_step(l, r);
}

/* A plan follows at once, through the agenda when anything else happens at this instant. */
static void plan_next(loop *l, replica *r)
{
    const orr_event *next = orr_agenda_first(&l->agenda);
    if (!r->plan_pending && r->start_free_ns <= l->now_ns && (next == NULL || next->time_ns > l->now_ns)) plan_step(l, r);
    else orr_loop_request_plan(l, r);
}

void orr_loop_end_step(loop *l, replica *r, int lane)
{
    if (r->coast.under_way) {
        do_coasted(l, r);
    } else {
        orr_engine_apply(r->core, lane, l->now_ns);
        r->steps_in_flight--;
        orr_loop_tell_state(l, r, l->now_ns);
    }
    plan_next(l, r);
}

bool orr_loop_is_stale(const loop *l, const orr_event *event)
{
    const int lane = orr_event_lane(event);
    if (orr_event_class_of(event) != ORR_EVENT_STEP_END || lane == 0) return false;
    const replica *r = &l->replicas[orr_event_replica(event)];
    return r->lane_count == 1 && !(r->coast.under_way && r->coast.turn == lane);
}
