#include "drive/loop.h"

#include "base/math.h"
#include "base/panic.h"
#include "drive/event_heap.h"

enum { STOP_ASKED_EVERY_EVENTS = 1024 };

typedef struct replica {
    orr_engine_core *core;
    struct loop *loop;
    int number, next_lane, steps_in_flight;
    int64_t start_free_ns;          /* when the first stage takes the next step */
    int64_t last_end_ns;            /* steps end in order */
    bool plan_pending;
} replica;

typedef struct loop {
    const orr_loop_config *config;
    const orr_executor *executor;
    const orr_loop_observer *observer;
    orr_feed feed;
    orr_event_heap events;
    orr_router router;
    replica *replicas;
    ORR_VEC(orr_prefix_run) prefix;
    orr_arrival pending;            /* open load: the next of the source, already read */
    bool has_pending, pending_scheduled, source_dry;
    int64_t in_flight;
    uint64_t next_id;
    int64_t now_ns, first_arrival_ns;
    orr_panic_context panic;
} loop;

static void on_finished(void *context, const orr_finished *finished);
static void on_gaps(void *context, int64_t gap_ns, int64_t count);

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
    orr_event_push(&l->events, l->pending.arrival_ns + l->config->entry_ns, ORR_EVENT_ARRIVAL, 0, 0);
}

static void request_plan(loop *l, replica *r)
{
    if (r->plan_pending) return;
    r->plan_pending = true;
    orr_event_push(&l->events, orr_max_i64(l->now_ns, r->start_free_ns), ORR_EVENT_PLAN, r->number, 0);
}

static void deliver(loop *l, const orr_arrival *arrival, int64_t arrival_ns)
{
    const orr_request request = {.id = l->next_id++, .arrival_ns = arrival_ns, .input_tokens = arrival->input_tokens};
    if (request.id == 0) l->first_arrival_ns = arrival_ns;
    l->prefix.count = 0;
    for (int i = 0; i < arrival->segment_count; i++) orr_vec_push(&l->prefix, (orr_prefix_run){arrival->segments[i].content, arrival->segments[i].tokens});
    const int number = orr_router_route(&l->router, &request, l->prefix.items, arrival->segment_count);
    replica *r = &l->replicas[number];
    if (!orr_engine_add(r->core, &request, (orr_fate){arrival->output_tokens}, l->prefix.items, arrival->segment_count)) {
        orr_router_finished(&l->router, number);
        if (l->observer->rejected) l->observer->rejected(l->observer->context, &request);
        if (l->config->closed) orr_event_push(&l->events, l->now_ns, ORR_EVENT_ARRIVAL, 0, 0);
        return;
    }
    l->in_flight++;
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

static void on_finished(void *context, const orr_finished *finished)
{
    replica *r = context;
    loop *l = r->loop;
    const int64_t exit_ns = l->config->exit_ns;
    const orr_loop_finish finish = {*finished, r->number, finished->first_token_ns + exit_ns, finished->last_token_ns + exit_ns};
    orr_router_finished(&l->router, r->number);
    l->in_flight--;
    l->observer->finished(l->observer->context, &finish);
    if (l->config->closed) orr_event_push(&l->events, finish.finish_ns + l->config->entry_ns, ORR_EVENT_ARRIVAL, 0, 0);
    else schedule_pending(l, finish.finish_ns);
}

static void on_gaps(void *context, int64_t gap_ns, int64_t count)
{
    const loop *l = ((replica *)context)->loop;
    if (l->observer->gaps) l->observer->gaps(l->observer->context, gap_ns, count);
}

/* --- steps --- */

static void tell_state(const loop *l, const replica *r)
{
    if (l->observer->state == NULL) return;
    const orr_replica_state now = {l->now_ns, orr_engine_waiting(r->core), orr_engine_running(r->core), orr_engine_used_blocks(r->core), r->steps_in_flight};
    l->observer->state(l->observer->context, r->number, &now);
}

/* Starts a step of the next idle lane that has work. */
static void plan_step(loop *l, replica *r)
{
    if (l->now_ns < r->start_free_ns) {
        request_plan(l, r);
        return;
    }
    const int lane_count = l->config->engine.lane_count;
    for (int tried = 0; tried < lane_count; tried++) {
        const int lane = r->next_lane;
        r->next_lane = (lane + 1) % lane_count;
        if (orr_engine_lane_busy(r->core, lane)) continue;
        orr_plan plan;
        orr_engine_plan(r->core, lane, l->now_ns, &plan);
        if (orr_plan_is_empty(&plan)) continue;
        const orr_outcome outcome = l->executor->execute(l->executor->context, r->number, &plan);
        ORR_INVARIANT(outcome.latency_ns > 0 && outcome.occupancy_ns > 0 && outcome.occupancy_ns <= outcome.latency_ns);
        r->start_free_ns = l->now_ns + outcome.occupancy_ns;
        r->last_end_ns = orr_max_i64(l->now_ns + outcome.latency_ns, r->last_end_ns + outcome.occupancy_ns);
        orr_event_push(&l->events, r->last_end_ns, ORR_EVENT_STEP_END, r->number, lane);
        r->steps_in_flight++;
        if (l->observer->planned) l->observer->planned(l->observer->context, &plan);
        tell_state(l, r);
        if (lane_count > 1) request_plan(l, r);
        return;
    }
}

/* A plan follows at once, through the agenda when anything else happens at this instant. */
static void end_step(loop *l, replica *r, int lane)
{
    orr_engine_apply(r->core, lane, l->now_ns);
    r->steps_in_flight--;
    tell_state(l, r);
    const orr_event *next = orr_event_first(&l->events);
    if (!r->plan_pending && r->start_free_ns <= l->now_ns && (next == NULL || next->time_ns > l->now_ns)) plan_step(l, r);
    else request_plan(l, r);
}

static void begin(loop *l)
{
    const orr_loop_config *config = l->config;
    orr_router_init(&l->router, config->router, config->replica_count);
    l->replicas = orr_mem_resize(NULL, (size_t)config->replica_count * sizeof *l->replicas);
    for (int i = 0; i < config->replica_count; i++) {
        l->replicas[i] = (replica){.loop = l, .number = i};
        orr_engine_config engine = config->engine;
        engine.burst_seed = orr_hash_mix(engine.burst_seed, (uint64_t)i);
        l->replicas[i].core = orr_engine_create(&engine, &(orr_engine_listener){&l->replicas[i], on_finished, on_gaps});
    }
    if (!config->closed) schedule_pending(l, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) orr_event_push(&l->events, config->entry_ns, ORR_EVENT_ARRIVAL, 0, 0);
}

static orr_loop_totals end(loop *l, uint64_t events, bool stopped)
{
    orr_loop_totals totals = {.events = events, .end_ns = l->now_ns, .first_arrival_ns = l->first_arrival_ns, .stopped = stopped};
    for (int i = 0; i < l->config->replica_count; i++) {
        const orr_engine_counters c = orr_engine_count(l->replicas[i].core);
        totals.counters.steps += c.steps;
        totals.counters.admissions += c.admissions;
        totals.counters.preemptions += c.preemptions;
        totals.counters.recomputed_tokens += c.recomputed_tokens;
        totals.counters.cached_tokens += c.cached_tokens;
        totals.counters.prefill_tokens += c.prefill_tokens;
        totals.counters.decodes += c.decodes;
        totals.counters.decode_tokens += c.decode_tokens;
        ORR_INVARIANT(stopped || orr_engine_used_blocks(l->replicas[i].core) == 0);
        orr_engine_destroy(l->replicas[i].core);
    }
    orr_mem_free(l->replicas);
    orr_router_free(&l->router);
    orr_vec_free(&l->events.events);
    orr_vec_free(&l->prefix);
    orr_panic_set_context(NULL);
    return totals;
}

orr_loop_totals orr_loop_run(const orr_loop_config *config, orr_feed feed, const orr_executor *executor, const orr_loop_observer *observer)
{
    loop l = {.config = config, .executor = executor, .observer = observer, .feed = feed, .panic.seed = config->seed};
    orr_panic_set_context(&l.panic);
    begin(&l);
    uint64_t events = 0;
    bool stopped = false;
    for (const orr_event *first; !stopped && (first = orr_event_first(&l.events)) != NULL; events++) {
        const orr_event event = *first;
        orr_event_pop(&l.events);
        ORR_CHECK(event.time_ns >= l.now_ns);
        l.now_ns = l.panic.time_ns = event.time_ns;
        l.panic.event_number = events;
        replica *r = &l.replicas[event.replica];
        switch ((orr_event_class)event.class) {
        case ORR_EVENT_STEP_END: end_step(&l, r, event.lane); break;
        case ORR_EVENT_ARRIVAL: arrive(&l); break;
        case ORR_EVENT_PLAN: r->plan_pending = false; plan_step(&l, r); break;
        }
        if (events % STOP_ASKED_EVERY_EVENTS == 0 && observer->stop) stopped = observer->stop(observer->context);
    }
    ORR_INVARIANT(stopped || l.in_flight == 0);
    return end(&l, events, stopped);
}
