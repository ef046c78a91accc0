#include "drive/loop_internal.h"

#include "base/math.h"
#include "base/panic.h"

enum { STOP_ASKED_EVERY_EVENTS = 1024 };

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
        r->core = orr_engine_create(&engine, &(orr_engine_listener){.context = r, .finished = orr_loop_on_finished, .gaps = orr_loop_on_gaps, .handed_over = orr_loop_on_handed_over, .reserved = orr_loop_on_reserved});
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
    if (!config->closed) orr_loop_schedule_pending(l, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) orr_event_push(&l->events, config->entry_ns, ORR_EVENT_ARRIVAL, 0, ORR_ARRIVAL_OF_SOURCE);
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
    for (int i = 0; i < l->replica_count; i++) add_counters(orr_loop_is_prefill(l, &l->replicas[i]) ? &totals.prefill : &totals.counters, orr_engine_count(l->replicas[i].core));
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
        if (orr_loop_is_stale(&l, &event)) continue;
        ORR_CHECK(event.time_ns >= l.now_ns);
        l.now_ns = l.panic.time_ns = event.time_ns;
        l.panic.event_number = events;
        switch ((orr_event_class)event.class) {
        case ORR_EVENT_STEP_END: orr_loop_end_step(&l, &l.replicas[event.replica], event.lane); break;
        case ORR_EVENT_TRANSFER_END: orr_loop_end_transfer(&l, event.replica); break;
        case ORR_EVENT_TIER: orr_loop_end_fetches(&l); break;
        case ORR_EVENT_ARRIVAL:
            if (event.lane == ORR_ARRIVAL_OF_SESSION) orr_loop_take_turn(&l, event.replica);
            else orr_loop_arrive(&l);
            break;
        case ORR_EVENT_PLAN: l.replicas[event.replica].plan_pending = false; orr_loop_plan_step(&l, &l.replicas[event.replica]); break;
        }
        if (has_tiers) orr_loop_set_alarms(&l);
        if (events % STOP_ASKED_EVERY_EVENTS == 0 && observer->stop) stopped = observer->stop(observer->context);
    }
    ORR_INVARIANT(stopped || l.in_flight == 0);
    for (int i = 0; i < l.replica_count; i++) orr_loop_settle(&l, &l.replicas[i]);
    return end(&l, events, stopped);
}
