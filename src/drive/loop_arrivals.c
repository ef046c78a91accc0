/* What comes to the loop from outside, and what goes back: the source's requests and the turns of sessions, to which replicas they go, and what follows when one is over. */
#include "drive/loop_internal.h"

#include "base/math.h"

void orr_loop_leave_router(replica *r, const orr_request *request)
{
    r->prompt_tokens -= request->input_tokens;
    orr_router_finished(r->group->router, r->in_pool, request);
}

static replica *choose(loop *l, bool prefill, const orr_request *request, int count)
{
    const int chosen = orr_router_route(prefill ? &l->prefill_router : &l->router, request, l->prefix.items, count);
    replica *r = &l->replicas[prefill ? l->own_count + chosen : chosen];
    r->prompt_tokens += request->input_tokens;
    return r;
}

void orr_loop_schedule_pending(loop *l, int64_t earliest_ns)
{
    if (!l->has_pending && !l->source_dry) {
        l->has_pending = l->feed.next(l->feed.context, &l->pending);
        l->source_dry = !l->has_pending;
    }
    if (!l->has_pending || l->pending_scheduled) return;
    if (l->config->in_flight_limit > 0 && l->in_flight >= l->config->in_flight_limit) return;
    l->pending.arrival_ns = orr_max_i64(l->pending.arrival_ns, earliest_ns);
    l->pending_scheduled = true;
    orr_loop_push_arrival(l, l->pending.arrival_ns + l->config->entry_ns, 0, ORR_ARRIVAL_OF_SOURCE);
}

static bool passes_door(const loop *l, const replica *r, const orr_request *request)
{
    const orr_door_config *door = r->group->door;
    if (door->kind == ORR_DOOR_NONE) return true;
    const orr_door_view view = {l->now_ns, orr_engine_waiting(r->core), orr_engine_waiting_tokens(r->core), r->prompt_tokens - request->input_tokens};
    return orr_door_admits(door, &view, request);
}

/* One engine does all of it. NULL: it can never run there, or is `refused`. */
static replica *assign_whole(loop *l, replica *r, orr_request *request, orr_fate fate, int count, bool *refused)
{
    const bool possible = orr_engine_can_run(r->core, request, fate), asks = l->fleet == NULL || !orr_fleet_has_taken(l, request);
    *refused = possible && asks && !passes_door(l, r, request);
    if (possible && !*refused) {
        if (l->fleet) orr_fleet_add(l, r, request, fate);
        else orr_engine_add(r->core, request, fate, l->prefix.items, count);
        return r;
    }
    orr_loop_leave_router(r, request);
    return NULL;
}

/* From one engine to the other; NULL likewise. */
static replica *assign_pair(loop *l, replica *from, replica *to, orr_request *request, orr_fate fate, int count, bool *refused)
{
    const bool possible = orr_engine_can_run(from->core, request, fate) && orr_engine_can_run(to->core, request, fate);
    *refused = possible && !passes_door(l, from, request);
    if (!possible || *refused) {
        orr_loop_leave_router(from, request);
        orr_loop_leave_router(to, request);
        return NULL;
    }
    request->ticket = orr_loop_take_ticket(l, (handover){.from = from->number, .to = to->number});
    l->handovers.items[request->ticket].coming = orr_engine_expect(to->core, request, fate, l->prefix.items, count);
    orr_engine_add(from->core, request, fate, l->prefix.items, count);
    return from;
}

/* Gives the request to an engine, or to a pair of them; NULL: it can never run there, or is `refused`. */
replica *orr_loop_assign(loop *l, orr_request *request, orr_fate fate, bool *refused)
{
    const int count = (int)l->prefix.count;
    const bool apart = orr_loop_has_prefill(l);
    const orr_local_prefill *local = &l->config->prefill.local;
    replica *to = NULL;
    if (apart && orr_local_prefill_asks(local)) {
        to = choose(l, false, request, count);
        orr_loop_settle(l, to);
        if (orr_local_prefill_is_short(local, request->input_tokens, orr_engine_cached_tokens(to->core, request, l->prefix.items, count, l->now_ns))) return assign_whole(l, to, request, fate, count, refused);
    }
    replica *r = choose(l, apart, request, count);
    orr_loop_settle(l, r);
    if (to && orr_local_prefill_is_crowded(local, orr_engine_waiting(r->core))) {
        orr_loop_leave_router(r, request);
        return assign_whole(l, to, request, fate, count, refused);
    }
    if (!apart || fate.output_tokens == 1) {
        if (to) orr_loop_leave_router(to, request);
        return assign_whole(l, r, request, fate, count, refused);
    }
    return assign_pair(l, r, to ? to : choose(l, false, request, count), request, fate, count, refused);
}

/* The request is over for its client: does its session go on? */
static bool goes_on(loop *l, const orr_request *request, int64_t time_ns, bool served)
{
    if (request->session == 0 || l->feed.left == NULL) return false;
    const orr_turns turns = l->feed.left(l->feed.context, request, time_ns, served);
    for (int i = 0; i < turns.count; i++) orr_loop_push_arrival(l, orr_max_i64(l->now_ns, turns.time_ns + l->config->entry_ns), (int)turns.number, ORR_ARRIVAL_OF_SESSION);
    return !turns.over;
}

void orr_loop_arrived_at(loop *l, replica *r, const orr_request *request)
{
    if (r->group->tiers) orr_engine_look_ahead(r->core, l->now_ns);
    if (l->observer->arrived) l->observer->arrived(l->observer->context, request);
    orr_loop_request_plan(l, r);
}

void orr_loop_turn_away(loop *l, const orr_request *request, int64_t time_ns)
{
    l->in_flight--;
    const bool session = goes_on(l, request, time_ns, false);
    if (!l->config->closed) orr_loop_schedule_pending(l, time_ns);
    else if (!session) orr_loop_push_arrival(l, time_ns + l->config->entry_ns, 0, ORR_ARRIVAL_OF_SOURCE);
}

void orr_loop_admit(loop *l, orr_request *request, orr_fate fate, bool known)
{
    bool refused = false;
    replica *r = orr_loop_assign(l, request, fate, &refused);
    if (r == NULL) {
        void (*const tell)(void *, const orr_request *) = refused ? l->observer->refused : l->observer->rejected;
        if (tell) tell(l->observer->context, request);
        l->in_flight -= known;
        if (!goes_on(l, request, l->now_ns - l->config->entry_ns, false) && l->config->closed) orr_loop_push_arrival(l, l->now_ns, 0, ORR_ARRIVAL_OF_SOURCE);
        if (known && !l->config->closed) orr_loop_schedule_pending(l, l->now_ns);
        return;
    }
    if (known) {
        if (r->group->tiers) orr_engine_look_ahead(r->core, l->now_ns);
        orr_loop_request_plan(l, r);
    } else {
        l->in_flight++;
        orr_loop_arrived_at(l, r, request);
    }
}

static void deliver(loop *l, const orr_arrival *arrival, int64_t arrival_ns)
{
    const int64_t ttft_limit_ns = arrival->ttft_limit_ns > 0 ? arrival->ttft_limit_ns : l->config->ttft_limit_ns;
    orr_request request = {.id = l->next_id++, .arrival_ns = arrival_ns, .input_tokens = arrival->input_tokens, .max_output_tokens = arrival->max_output_tokens,
        .ttft_deadline_ns = ttft_limit_ns > 0 ? arrival_ns + ttft_limit_ns : ORR_NO_DEADLINE, .session = arrival->session, .tenant = arrival->tenant, .priority = arrival->priority, .images = arrival->images, .ticket = ORR_NO_TICKET};
    if (request.id == 0) l->first_arrival_ns = arrival_ns;
    l->prefix.count = 0;
    for (int i = 0; i < arrival->segment_count; i++) orr_vec_push(&l->prefix, (orr_prefix_run){arrival->segments[i].content, arrival->segments[i].tokens});
    const orr_fate fate = {arrival->output_tokens, arrival->output_content};
    if (request.images > 0 && l->config->encoders.replica_count > 0) orr_loop_encode(l, &request, fate);
    else if (l->fleet && !orr_router_is_open(&l->router)) orr_fleet_wait(l, &request, fate);
    else orr_loop_admit(l, &request, fate, false);
}

void orr_loop_arrive(loop *l)
{
    if (l->config->closed) {
        orr_arrival arrival;
        if (l->source_dry || !l->feed.next(l->feed.context, &arrival)) { l->source_dry = true; return; }
        deliver(l, &arrival, l->now_ns - l->config->entry_ns);
        return;
    }
    l->pending_scheduled = l->has_pending = false;
    deliver(l, &l->pending, l->now_ns - l->config->entry_ns);
    orr_loop_schedule_pending(l, l->pending.arrival_ns);
}

void orr_loop_take_turn(loop *l, int number)
{
    orr_arrival arrival;
    const int64_t arrival_ns = l->now_ns - l->config->entry_ns;
    if (l->feed.turn(l->feed.context, (uint32_t)number, arrival_ns, &arrival)) deliver(l, &arrival, arrival_ns);
    else if (l->config->closed) orr_loop_push_arrival(l, l->now_ns, 0, ORR_ARRIVAL_OF_SOURCE);
}

void orr_loop_on_finished(void *context, const orr_finished *finished)
{
    replica *r = context;
    loop *l = r->loop;
    const int64_t exit_ns = l->config->exit_ns;
    const orr_loop_finish finish = {*finished, r->number, finished->first_token_ns + exit_ns, finished->last_token_ns + exit_ns};
    orr_loop_leave_router(r, &finished->request);
    l->in_flight--;
    l->observer->finished(l->observer->context, &finish);
    if (l->fleet) orr_fleet_finished(l, r, &finished->request);      /* who drains leaves behind its last request */
    const bool session = goes_on(l, &finished->request, finish.finish_ns, true);
    if (!l->config->closed) orr_loop_schedule_pending(l, finish.finish_ns);
    else if (!session) orr_loop_push_arrival(l, finish.finish_ns + l->config->entry_ns, 0, ORR_ARRIVAL_OF_SOURCE);
}

void orr_loop_on_gaps(void *context, const orr_gaps *gaps)
{
    const loop *l = ((replica *)context)->loop;
    if (l->observer->gaps) l->observer->gaps(l->observer->context, gaps);
}
