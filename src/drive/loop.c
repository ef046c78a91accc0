#include "drive/loop.h"

#include "base/math.h"
#include "base/panic.h"
#include "drive/coast.h"
#include "drive/event_heap.h"

enum { STOP_ASKED_EVERY_EVENTS = 1024 };

/* An ARRIVAL is of the source's next request or, in this lane, of a turn; `replica` is then the turn's number. */
enum { OF_SOURCE, OF_SESSION };

typedef struct replica {
    orr_engine_core *core;
    struct loop *loop;
    const orr_executor *executor;
    int lane_count, number, in_pool /* number within its pool */, next_lane, steps_in_flight;
    int64_t start_free_ns;          /* when the first stage takes the next step */
    int64_t last_end_ns;            /* steps end in order */
    bool plan_pending;
    orr_coast coast;
    int64_t prompt_tokens;          /* of requests that are here or on their way */
} replica;

/* A request that has, or will have, its prompt computed on one replica and its outputs on another: a ticket is a place in the loop's list of these. */
typedef struct handover { int from, to, next_unused; orr_request_index leaving, coming; int64_t admitted_ns; orr_transferred transfer; } handover;
#define NO_TICKET UINT32_MAX

typedef struct loop {
    const orr_loop_config *config;
    const orr_loop_observer *observer;
    orr_feed feed;
    orr_event_heap events;
    orr_router router, prefill_router;
    replica *replicas;              /* those of the configuration, then the prefill pool's */
    int replica_count;              /* of both */
    orr_links links;
    orr_tier_pool *tiers[2];        /* of the pool that decodes (or does both), of the prefill pool; NULL: none */
    ORR_VEC(handover) handovers;
    int unused_handover;            /* -1: none */
    ORR_VEC(orr_prefix_run) prefix;
    orr_arrival pending;            /* open load: the next of the source, already read */
    bool has_pending, pending_scheduled, source_dry;
    bool may_coast;                 /* nobody wants to be told of each step */
    int64_t in_flight;
    uint64_t next_id;
    int64_t now_ns, first_arrival_ns;
    orr_panic_context panic;
} loop;

static void on_finished(void *context, const orr_finished *finished);
static void on_gaps(void *context, int64_t gap_ns, int64_t count);
static void settle(loop *l, replica *r);
static void tell_state(const loop *l, const replica *r, int64_t now_ns);

/* --- arrivals --- */

/* Open load: reads ahead one request and puts its arrival on the agenda, unless the client is at its limit. */
static void schedule_pending(loop *l, int64_t earliest_ns)
{
    if (!l->has_pending && !l->source_dry) {
        l->has_pending = l->feed.next(l->feed.context, &l->pending);
        l->source_dry = !l->has_pending;
    }
    if (!l->has_pending || l->pending_scheduled) return;
    if (l->config->in_flight_limit > 0 && l->in_flight >= l->config->in_flight_limit) return;
    l->pending.arrival_ns = orr_max_i64(l->pending.arrival_ns, earliest_ns);
    l->pending_scheduled = true;
    orr_event_push(&l->events, l->pending.arrival_ns + l->config->entry_ns, ORR_EVENT_ARRIVAL, 0, OF_SOURCE);
}

static void request_plan(loop *l, replica *r)
{
    if (r->plan_pending) return;
    r->plan_pending = true;
    orr_event_push(&l->events, orr_max_i64(l->now_ns, r->start_free_ns), ORR_EVENT_PLAN, r->number, 0);
}

static bool is_prefill(const loop *l, const replica *r) { return r->number >= l->config->replica_count; }
static void leave_router(loop *l, replica *r, const orr_request *request)
{
    r->prompt_tokens -= request->input_tokens;
    orr_router_finished(is_prefill(l, r) ? &l->prefill_router : &l->router, r->in_pool, request);
}
static replica *choose(loop *l, bool prefill, const orr_request *request, int count)
{
    const int chosen = orr_router_route(prefill ? &l->prefill_router : &l->router, request, l->prefix.items, count);
    replica *r = &l->replicas[prefill ? l->config->replica_count + chosen : chosen];
    r->prompt_tokens += request->input_tokens;
    return r;
}

static uint32_t take_ticket(loop *l, handover h)
{
    int ticket = l->unused_handover;
    if (ticket < 0) {
        ticket = (int)l->handovers.count;
        orr_vec_push(&l->handovers, h);
    } else {
        l->unused_handover = l->handovers.items[ticket].next_unused;
        l->handovers.items[ticket] = h;
    }
    return (uint32_t)ticket;
}

static bool passes_door(const loop *l, const replica *r, const orr_request *request)
{
    if (l->config->door.kind == ORR_DOOR_NONE) return true;
    const orr_door_view view = {l->now_ns, orr_engine_waiting(r->core), orr_engine_waiting_tokens(r->core), r->prompt_tokens - request->input_tokens};
    return orr_door_admits(&l->config->door, &view, request);
}

/* Gives the request to an engine, or to a pair of them; NULL: it can never run there, or is `refused`. */
static replica *assign(loop *l, orr_request *request, const orr_arrival *arrival, bool *refused)
{
    const orr_fate fate = {arrival->output_tokens, arrival->output_content};
    const orr_prefix_run *prefix = l->prefix.items;
    const int count = arrival->segment_count;
    const bool pair = l->config->prefill.replica_count > 0;
    replica *r = choose(l, pair, request, count);
    settle(l, r);
    if (!pair || fate.output_tokens == 1) {
        *refused = !passes_door(l, r, request) && orr_engine_can_run(r->core, request, fate);
        if (!*refused && orr_engine_add(r->core, request, fate, prefix, count)) return r;
        leave_router(l, r, request);
        return NULL;
    }
    replica *to = choose(l, false, request, count);
    const bool possible = orr_engine_can_run(r->core, request, fate) && orr_engine_can_run(to->core, request, fate);
    *refused = possible && !passes_door(l, r, request);
    if (!possible || *refused) {
        leave_router(l, r, request);
        leave_router(l, to, request);
        return NULL;
    }
    request->ticket = take_ticket(l, (handover){.from = r->number, .to = to->number});
    l->handovers.items[request->ticket].coming = orr_engine_expect(to->core, request, fate, prefix, count);
    orr_engine_add(r->core, request, fate, prefix, count);
    return r;
}

/* The request is over for its client: does its session go on? */
static bool goes_on(loop *l, const orr_request *request, int64_t time_ns, bool served)
{
    if (request->session == 0 || l->feed.left == NULL) return false;
    const orr_turns turns = l->feed.left(l->feed.context, request, time_ns, served);
    for (int i = 0; i < turns.count; i++) orr_event_push(&l->events, orr_max_i64(l->now_ns, turns.time_ns + l->config->entry_ns), ORR_EVENT_ARRIVAL, (int)turns.number, OF_SESSION);
    return !turns.over;
}

static void deliver(loop *l, const orr_arrival *arrival, int64_t arrival_ns)
{
    const int64_t ttft_limit_ns = arrival->ttft_limit_ns > 0 ? arrival->ttft_limit_ns : l->config->ttft_limit_ns;
    orr_request request = {.id = l->next_id++, .arrival_ns = arrival_ns, .input_tokens = arrival->input_tokens, .max_output_tokens = arrival->max_output_tokens,
        .ttft_deadline_ns = ttft_limit_ns > 0 ? arrival_ns + ttft_limit_ns : ORR_NO_DEADLINE, .session = arrival->session, .tenant = arrival->tenant, .priority = arrival->priority, .ticket = NO_TICKET};
    if (request.id == 0) l->first_arrival_ns = arrival_ns;
    l->prefix.count = 0;
    for (int i = 0; i < arrival->segment_count; i++) orr_vec_push(&l->prefix, (orr_prefix_run){arrival->segments[i].content, arrival->segments[i].tokens});
    bool refused = false;
    replica *r = assign(l, &request, arrival, &refused);
    if (r == NULL) {
        void (*const tell)(void *, const orr_request *) = refused ? l->observer->refused : l->observer->rejected;
        if (tell) tell(l->observer->context, &request);
        if (!goes_on(l, &request, arrival_ns, false) && l->config->closed) orr_event_push(&l->events, l->now_ns, ORR_EVENT_ARRIVAL, 0, OF_SOURCE);
        return;
    }
    l->in_flight++;
    if (l->tiers[is_prefill(l, r)]) orr_engine_look_ahead(r->core, l->now_ns);
    if (l->observer->arrived) l->observer->arrived(l->observer->context, &request);
    request_plan(l, r);
}

static void arrive(loop *l)
{
    if (l->config->closed) {
        orr_arrival arrival;
        if (l->source_dry || !l->feed.next(l->feed.context, &arrival)) { l->source_dry = true; return; }
        deliver(l, &arrival, l->now_ns - l->config->entry_ns);
        return;
    }
    l->pending_scheduled = l->has_pending = false;
    deliver(l, &l->pending, l->now_ns - l->config->entry_ns);
    schedule_pending(l, l->pending.arrival_ns);
}

static void take_turn(loop *l, int number)
{
    orr_arrival arrival;
    const int64_t arrival_ns = l->now_ns - l->config->entry_ns;
    if (l->feed.turn(l->feed.context, (uint32_t)number, arrival_ns, &arrival)) deliver(l, &arrival, arrival_ns);
    else if (l->config->closed) orr_event_push(&l->events, l->now_ns, ORR_EVENT_ARRIVAL, 0, OF_SOURCE);
}

static void on_finished(void *context, const orr_finished *finished)
{
    replica *r = context;
    loop *l = r->loop;
    const int64_t exit_ns = l->config->exit_ns;
    const orr_loop_finish finish = {*finished, r->number, finished->first_token_ns + exit_ns, finished->last_token_ns + exit_ns};
    leave_router(l, r, &finished->request);
    l->in_flight--;
    l->observer->finished(l->observer->context, &finish);
    const bool session = goes_on(l, &finished->request, finish.finish_ns, true);
    if (!l->config->closed) schedule_pending(l, finish.finish_ns);
    else if (!session) orr_event_push(&l->events, finish.finish_ns + l->config->entry_ns, ORR_EVENT_ARRIVAL, 0, OF_SOURCE);
}

static void on_gaps(void *context, int64_t gap_ns, int64_t count)
{
    const loop *l = ((replica *)context)->loop;
    if (l->observer->gaps) l->observer->gaps(l->observer->context, gap_ns, count);
}

/* --- hand-overs --- */

static void on_handed_over(void *context, orr_request_index index, const orr_finished *so_far)
{
    replica *from = context;
    loop *l = from->loop;
    handover *h = &l->handovers.items[so_far->request.ticket];
    replica *to = &l->replicas[h->to];
    leave_router(l, from, &so_far->request);
    h->leaving = index;
    h->admitted_ns = so_far->admitted_ns;
    h->transfer.computed_ns = so_far->first_token_ns;
    settle(l, to);
    orr_engine_offer(to->core, h->coming, so_far);
    request_plan(l, to);
}

/* In a plan of the decode engine. */
static void on_reserved(void *context, orr_request_index index, const orr_request *request, int64_t missing_tokens)
{
    (void)index;
    loop *l = ((replica *)context)->loop;
    handover *h = &l->handovers.items[request->ticket];
    h->transfer.request = request->id;
    h->transfer.from = h->from;
    h->transfer.to = h->to;
    h->transfer.tokens = missing_tokens;
    h->transfer.reserved_ns = l->now_ns;
    orr_links_ship(&l->links, h->from - l->config->replica_count, h->to, h->admitted_ns, &h->transfer);
    orr_event_push(&l->events, h->transfer.end_ns, ORR_EVENT_TRANSFER_END, (int)request->ticket, 0);
}

static void end_transfer(loop *l, int ticket)
{
    handover *h = &l->handovers.items[ticket];
    replica *from = &l->replicas[h->from], *to = &l->replicas[h->to];
    settle(l, from);
    settle(l, to);
    orr_engine_release(from->core, h->leaving, l->now_ns);
    orr_engine_receive(to->core, h->coming, l->now_ns);
    if (l->observer->transferred) l->observer->transferred(l->observer->context, &h->transfer);
    h->next_unused = l->unused_handover;
    l->unused_handover = ticket;
    tell_state(l, from, l->now_ns);
    request_plan(l, from);
    request_plan(l, to);
}

/* --- tiers --- */

static void end_fetches_of(loop *l, int pool)
{
    const int first = pool == 0 ? 0 : l->config->replica_count;
    int engine;
    orr_request_index index;
    while (orr_tier_pool_take_fetched(l->tiers[pool], &engine, &index)) {
        replica *r = &l->replicas[first + engine];
        orr_engine_fetched(r->core, index, l->now_ns);
        tell_state(l, r, l->now_ns);
        request_plan(l, r);
    }
}

static void end_fetches(loop *l)
{
    for (int pool = 0; pool < 2; pool++) if (l->tiers[pool]) end_fetches_of(l, pool);
}

/* Transfers may have begun or ended: when does the next one end? */
static void set_alarms(loop *l)
{
    for (int pool = 0; pool < 2; pool++) {
        const int64_t alarm_ns = l->tiers[pool] ? orr_tier_pool_alarm_ns(l->tiers[pool]) : INT64_MAX;
        if (alarm_ns < INT64_MAX) orr_event_push(&l->events, alarm_ns, ORR_EVENT_TIER, 0, 0);
    }
}

/* --- steps --- */

static void tell_state(const loop *l, const replica *r, int64_t now_ns)
{
    if (l->observer->state == NULL) return;
    const orr_replica_state now = {now_ns, orr_engine_waiting(r->core), orr_engine_running(r->core), orr_engine_used_blocks(r->core), r->steps_in_flight};
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
    orr_event_push(&l->events, r->last_end_ns, ORR_EVENT_STEP_END, r->number, lane);
    r->steps_in_flight++;
    if (l->observer->planned) l->observer->planned(l->observer->context, r->number, &plan);
    if (l->observer->stepped)
        l->observer->stepped(l->observer->context, &(orr_loop_step){.start_ns = now_ns, .end_ns = r->last_end_ns, .replica = r->number, .lane = lane, .outcome = outcome, .plan = &plan});
    tell_state(l, r, now_ns);
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

/* Before anything comes to a replica from outside: it is where it would be step by step. */
static void settle(loop *l, replica *r)
{
    if (!r->coast.under_way) return;
    const int64_t foreseen = r->coast.steps, done = do_coasted(l, r);
    if (done > 0 && r->last_end_ns == l->now_ns) {
        request_plan(l, r);
        return;
    }
    ORR_INVARIANT(done < foreseen);
    const bool planned = start_step(l, r, 0, done > 0 ? r->last_end_ns : r->coast.start_ns);
    ORR_INVARIANT(planned && r->last_end_ns == r->coast.ends_ns[done]);
}

/* Starts a step of the next idle lane that has work, or sets out on several. */
static void plan_step(loop *l, replica *r)
{
    if (l->now_ns < r->start_free_ns) {
        request_plan(l, r);
        return;
    }
    if (l->may_coast && r->lane_count == 1 && orr_coast_begin(&r->coast, r->core, r->executor, r->in_pool, l->now_ns)) {
        orr_event_push(&l->events, r->coast.ends_ns[r->coast.steps - 1], ORR_EVENT_STEP_END, r->number, r->coast.turn);
        return;
    }
    const int lane_count = r->lane_count;
    for (int tried = 0; tried < lane_count; tried++) {
        const int lane = r->next_lane;
        r->next_lane = (lane + 1) % lane_count;
        if (orr_engine_lane_busy(r->core, lane) || !start_step(l, r, lane, l->now_ns)) continue;
        if (lane_count > 1) request_plan(l, r);
        return;
    }
    if (l->config->prefill.replica_count > 0 || l->tiers[0]) tell_state(l, r, l->now_ns);      /* it may have reserved blocks */
}

/* A plan follows at once, through the agenda when anything else happens at this instant. */
static void plan_next(loop *l, replica *r)
{
    const orr_event *next = orr_event_first(&l->events);
    if (!r->plan_pending && r->start_free_ns <= l->now_ns && (next == NULL || next->time_ns > l->now_ns)) plan_step(l, r);
    else request_plan(l, r);
}

static void end_step(loop *l, replica *r, int lane)
{
    if (r->coast.under_way) {
        do_coasted(l, r);
    } else {
        orr_engine_apply(r->core, lane, l->now_ns);
        r->steps_in_flight--;
        tell_state(l, r, l->now_ns);
    }
    plan_next(l, r);
}

/* The end of a way that was cut short. */
static bool is_stale(const loop *l, const orr_event *event)
{
    if (event->class != ORR_EVENT_STEP_END) return false;
    const replica *r = &l->replicas[event->replica];
    return r->lane_count == 1 && event->lane > 0 && !(r->coast.under_way && r->coast.turn == event->lane);
}

/* Engines of one pool, from `first` on, and the router before them. */
static void begin_pool(loop *l, orr_engine_config engine, const orr_tiers_config *tiers, const orr_executor *executor, int first, int count, orr_router *router, const orr_router_policy *policy)
{
    const uint64_t seed = engine.burst_seed;
    orr_router_settings settings = l->config->routing;
    settings.block_tokens = engine.block_tokens;
    settings.seed = orr_hash_mix(l->config->seed, first > 0);
    orr_router_init(router, policy, &settings, count);
    router->view.log.now_ns = &l->now_ns;
    orr_tier_pool *pool = tiers->count > 0 ? orr_tier_pool_create(tiers, count, &l->now_ns) : NULL;
    l->tiers[first > 0] = pool;
    for (int i = 0; i < count; i++) {
        replica *r = &l->replicas[first + i];
        *r = (replica){.loop = l, .executor = executor, .lane_count = engine.lane_count, .number = first + i, .in_pool = i};
        orr_coast_init(&r->coast);
        engine.burst_seed = orr_hash_mix(seed, (uint64_t)i);
        engine.tiers = pool ? orr_tier_pool_view(pool, i) : NULL;
        if (policy->needs_reports) engine.teller = (orr_kv_teller){&router->view.log, i};
        r->core = orr_engine_create(&engine, &(orr_engine_listener){.context = r, .finished = on_finished, .gaps = on_gaps, .handed_over = on_handed_over, .reserved = on_reserved});
    }
}

static void begin(loop *l, const orr_executor *executor)
{
    const orr_loop_config *config = l->config;
    const orr_prefill_pool *prefill = &config->prefill;
    l->replica_count = config->replica_count + prefill->replica_count;
    l->unused_handover = -1;
    l->replicas = orr_mem_resize(NULL, (size_t)l->replica_count * sizeof *l->replicas);
    begin_pool(l, config->engine, &config->tiers, executor, 0, config->replica_count, &l->router, config->router);
    if (prefill->replica_count > 0) {
        orr_engine_config engine = prefill->engine;
        engine.hands_over = true;
        begin_pool(l, engine, &prefill->tiers, prefill->executor, config->replica_count, prefill->replica_count, &l->prefill_router, prefill->router);
        orr_links_init(&l->links, &prefill->link, prefill->replica_count, config->replica_count);
    }
    if (!config->closed) schedule_pending(l, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) orr_event_push(&l->events, config->entry_ns, ORR_EVENT_ARRIVAL, 0, OF_SOURCE);
}

static void add_counters(orr_engine_counters *sum, orr_engine_counters c)
{
    sum->steps += c.steps;
    sum->admissions += c.admissions;
    sum->preemptions += c.preemptions;
    sum->recomputed_tokens += c.recomputed_tokens;
    sum->cached_tokens += c.cached_tokens;
    sum->prefill_tokens += c.prefill_tokens;
    sum->decodes += c.decodes;
    sum->decode_tokens += c.decode_tokens;
    sum->fetch_waits += c.fetch_waits;
    sum->fetch_wait_ns += c.fetch_wait_ns;
}

static orr_loop_totals so_far(const void *context)
{
    const loop *l = context;
    orr_loop_totals totals = {.end_ns = l->now_ns, .first_arrival_ns = l->first_arrival_ns};
    for (int i = 0; i < l->replica_count; i++) add_counters(is_prefill(l, &l->replicas[i]) ? &totals.prefill : &totals.counters, orr_engine_count(l->replicas[i].core));
    for (int t = 0; t < l->config->tiers.count; t++) totals.tiers[t] = orr_tier_pool_totals(l->tiers[0], t);
    for (int t = 0; l->tiers[1] && t < l->config->prefill.tiers.count; t++) totals.prefill_tiers[t] = orr_tier_pool_totals(l->tiers[1], t);
    return totals;
}

static orr_loop_totals end(loop *l, uint64_t events, bool stopped)
{
    orr_loop_totals totals = so_far(l);
    totals.events = events;
    totals.stopped = stopped;
    for (int i = 0; i < l->replica_count; i++) {
        ORR_INVARIANT(stopped || orr_engine_used_blocks(l->replicas[i].core) == 0);
        orr_engine_destroy(l->replicas[i].core);
        orr_coast_free(&l->replicas[i].coast);
    }
    orr_tier_pool_destroy(l->tiers[0]);
    orr_tier_pool_destroy(l->tiers[1]);
    orr_mem_free(l->replicas);
    orr_router_free(&l->router);
    if (l->config->prefill.replica_count > 0) {
        orr_router_free(&l->prefill_router);
        orr_links_free(&l->links);
    }
    orr_vec_free(&l->handovers);
    orr_vec_free(&l->events.events);
    orr_vec_free(&l->prefix);
    orr_panic_set_context(NULL);
    return totals;
}

orr_loop_totals orr_loop_run(const orr_loop_config *config, orr_feed feed, const orr_executor *executor, const orr_loop_observer *observer)
{
    loop l = {.config = config, .observer = observer, .feed = feed, .panic.seed = config->seed};
    orr_panic_set_context(&l.panic);
    l.may_coast = observer->stepped == NULL && executor->foresee != NULL && (config->prefill.replica_count == 0 || config->prefill.executor->foresee != NULL) && (observer->coasted != NULL || (observer->planned == NULL && observer->state == NULL));
    begin(&l, executor);
    if (observer->begun) observer->begun(observer->context, &(orr_loop_view){&l, so_far});
    const bool has_tiers = l.tiers[0] || l.tiers[1];
    uint64_t events = 0;
    bool stopped = false;
    for (const orr_event *first; !stopped && (first = orr_event_first(&l.events)) != NULL; events++) {
        const orr_event event = *first;
        orr_event_pop(&l.events);
        if (is_stale(&l, &event)) continue;
        ORR_CHECK(event.time_ns >= l.now_ns);
        l.now_ns = l.panic.time_ns = event.time_ns;
        l.panic.event_number = events;
        switch ((orr_event_class)event.class) {
        case ORR_EVENT_STEP_END: end_step(&l, &l.replicas[event.replica], event.lane); break;
        case ORR_EVENT_TRANSFER_END: end_transfer(&l, event.replica); break;
        case ORR_EVENT_TIER: end_fetches(&l); break;
        case ORR_EVENT_ARRIVAL:
            if (event.lane == OF_SESSION) take_turn(&l, event.replica);
            else arrive(&l);
            break;
        case ORR_EVENT_PLAN: l.replicas[event.replica].plan_pending = false; plan_step(&l, &l.replicas[event.replica]); break;
        }
        if (has_tiers) set_alarms(&l);
        if (events % STOP_ASKED_EVERY_EVENTS == 0 && observer->stop) stopped = observer->stop(observer->context);
    }
    ORR_INVARIANT(stopped || l.in_flight == 0);
    for (int i = 0; i < l.replica_count; i++) settle(&l, &l.replicas[i]);
    return end(&l, events, stopped);
}
