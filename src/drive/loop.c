#include "drive/loop_internal.h"

#include "base/math.h"
#include "base/panic.h"

enum { STOP_ASKED_EVERY_EVENTS = 1024 };

/* --- groups --- */

static group *add_group(loop *l, group g)
{
    ORR_INVARIANT(l->group_count < ORR_MOST_GROUPS);
    g.first = l->replica_count;
    g.router_first = g.prefill ? g.first - l->own_count : g.first;
    if (g.weight == 0) g.weight = 1;
    l->replica_count += g.count;
    if (!g.prefill) l->own_count = l->replica_count;
    l->groups[l->group_count] = g;
    return &l->groups[l->group_count++];
}

/* Who is there, from what the configuration says. */
static void list_groups(loop *l, const orr_executor *executor)
{
    const orr_loop_config *c = l->config;
    const orr_prefill_pool *p = &c->prefill;
    add_group(l, (group){.engine = &c->engine, .executor = executor, .tiers_config = &c->tiers, .door = &c->door, .router = &l->router, .count = c->replica_count, .weight = c->weight});
    for (int i = 0; i < c->further_count; i++) {
        const orr_loop_group *g = &c->further[i];
        add_group(l, (group){.engine = &g->engine, .executor = g->executor, .tiers_config = &g->tiers, .door = &g->door, .router = &l->router, .count = g->replica_count, .weight = g->weight});
    }
    if (p->replica_count > 0)
        add_group(l, (group){.engine = &p->engine, .executor = p->executor, .tiers_config = &p->tiers, .door = &p->door, .router = &l->prefill_router, .count = p->replica_count, .prefill = true});
}

/* In front of all groups that are its own. */
static void begin_router(loop *l, orr_router *router, const orr_router_policy *policy)
{
    orr_replica_kind kinds[ORR_MOST_GROUPS];
    int count = 0;
    for (int g = 0; g < l->group_count; g++)
        if (l->groups[g].router == router) kinds[count++] = (orr_replica_kind){l->groups[g].count, l->groups[g].weight, l->groups[g].engine->block_tokens};
    orr_router_settings settings = l->config->routing;
    settings.seed = orr_hash_mix(l->config->seed, router == &l->prefill_router);
    orr_router_init(router, policy, &settings, kinds, count);
    router->view.log.now_ns = &l->now_ns;
}

orr_engine_core *orr_loop_new_core(replica *r, uint64_t life)
{
    const group *g = r->group;
    orr_engine_config engine = *g->engine;
    engine.hands_over = g->prefill;
    engine.burst_seed = orr_hash_mix(engine.burst_seed, (uint64_t)r->in_pool);
    if (life > 0) engine.burst_seed = orr_hash_mix(engine.burst_seed, life);
    engine.tiers = g->tiers ? orr_tier_pool_view(g->tiers, r->number - g->first) : NULL;
    if (g->router->policy->needs_reports) engine.teller = (orr_kv_teller){&g->router->view.log, r->in_pool};
    orr_engine_core *core = orr_engine_create(&engine, &(orr_engine_listener){.context = r, .finished = orr_loop_on_finished, .gaps = orr_loop_on_gaps, .handed_over = orr_loop_on_handed_over, .reserved = orr_loop_on_reserved});
    if (r->loop->cores) r->loop->cores[r->number] = core;
    return core;
}

static void begin_group(loop *l, group *g)
{
    g->tiers = g->tiers_config->count > 0 ? orr_tier_pool_create(g->tiers_config, g->count, &l->now_ns) : NULL;
    l->has_tiers = l->has_tiers || g->tiers;
    for (int i = 0; i < g->count; i++) {
        replica *r = &l->replicas[g->first + i];
        *r = (replica){.loop = l, .group = g, .executor = g->executor, .lane_count = g->engine->lane_count, .number = g->first + i, .in_pool = g->router_first + i};
        orr_coast_init(&r->coast);
        r->core = orr_loop_new_core(r, 0);
    }
}

static void begin(loop *l, const orr_executor *executor)
{
    const orr_loop_config *config = l->config;
    const orr_prefill_pool *prefill = &config->prefill;
    l->unused_handover = -1;
    orr_agenda_init(&l->agenda);
    list_groups(l, executor);
    l->replicas = orr_mem_resize(NULL, (size_t)l->replica_count * sizeof *l->replicas);
    begin_router(l, &l->router, config->router);
    if (orr_loop_has_prefill(l)) {
        begin_router(l, &l->prefill_router, prefill->router);
        orr_links_init(&l->links, &prefill->link, prefill->replica_count, l->own_count);
    }
    orr_loop_begin_looking(l);
    for (int g = 0; g < l->group_count; g++) begin_group(l, &l->groups[g]);
    orr_loop_begin_encoders(l);
    if (!config->closed) orr_loop_schedule_pending(l, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) orr_loop_push_arrival(l, config->entry_ns, 0, ORR_ARRIVAL_OF_SOURCE);
}

void orr_loop_add_counters(orr_engine_counters *sum, orr_engine_counters c)
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
    totals.group_count = l->group_count;
    for (int g = 0; g < l->group_count; g++) {
        const group *from = &l->groups[g];
        orr_group_totals *of = &totals.groups[g];
        for (int i = 0; i < from->count; i++) {
            orr_loop_add_counters(&of->counters, orr_engine_count(l->replicas[from->first + i].core));
            orr_loop_add_counters(&of->counters, l->replicas[from->first + i].past);
        }
        for (int t = 0; t < from->tiers_config->count; t++) of->tiers[t] = orr_tier_pool_totals(from->tiers, t);
        orr_loop_add_counters(from->prefill ? &totals.prefill : &totals.counters, of->counters);
    }
    if (l->fleet) totals.fleet = orr_fleet_count(l->fleet);
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
    orr_fleet_destroy(l->fleet);
    for (int g = 0; g < l->group_count; g++) orr_tier_pool_destroy(l->groups[g].tiers);
    orr_mem_free(l->replicas);
    orr_mem_free(l->cores);
    orr_router_free(&l->router);
    if (orr_loop_has_prefill(l)) {
        orr_router_free(&l->prefill_router);
        orr_links_free(&l->links);
    }
    orr_loop_free_encoders(l);
    orr_vec_free(&l->handovers);
    orr_agenda_free(&l->agenda);
    orr_vec_free(&l->prefix);
    orr_panic_set_context(NULL);
    return totals;
}

static const orr_event *next_event(loop *l)
{
    const orr_event *first = orr_agenda_first(&l->agenda);
    if (first != NULL || l->fleet == NULL) return first;
    orr_fleet_give_up(l);
    return orr_agenda_first(&l->agenda);
}

orr_loop_totals orr_loop_run(const orr_loop_config *config, orr_feed feed, const orr_executor *executor, const orr_loop_observer *observer)
{
    loop l = {.config = config, .observer = observer, .feed = feed, .panic.seed = config->seed};
    orr_panic_set_context(&l.panic);
    begin(&l, executor);
    l.may_coast = observer->stepped == NULL && (observer->coasted != NULL || (observer->planned == NULL && observer->state == NULL));
    for (int g = 0; g < l.group_count; g++) l.may_coast = l.may_coast && l.groups[g].executor->foresee != NULL;
    if (observer->begun) observer->begun(observer->context, &(orr_loop_view){&l, so_far});
    if (orr_fleet_changes(&config->fleet)) l.fleet = orr_fleet_create(&l);
    uint64_t events = 0;
    bool stopped = false;
    for (const orr_event *first; !stopped && (first = next_event(&l)) != NULL; events++) {
        const orr_event event = *first;
        if (l.cores) orr_loop_look_ahead(&l);
        orr_agenda_pop(&l.agenda);
        if (orr_loop_is_stale(&l, &event) || (l.fleet && orr_fleet_is_stale(&l, &event))) continue;
        if (orr_event_class_of(&event) == ORR_EVENT_FLEET && orr_loop_is_over(&l)) break;
        if (l.cores && orr_event_class_of(&event) == ORR_EVENT_STEP_END) orr_engine_prefetch_neighbours(l.replicas[orr_event_replica(&event)].core);
        ORR_CHECK(event.time_ns >= l.now_ns);
        l.now_ns = l.panic.time_ns = event.time_ns;
        l.panic.event_number = events;
        switch (orr_event_class_of(&event)) {
        case ORR_EVENT_STEP_END: orr_loop_end_step(&l, &l.replicas[orr_event_replica(&event)], orr_event_lane(&event)); break;
        case ORR_EVENT_TRANSFER_END: orr_loop_end_transfer(&l, orr_event_replica(&event)); break;
        case ORR_EVENT_TIER: orr_loop_end_fetches(&l); break;
        case ORR_EVENT_ENCODER: orr_loop_encoder_event(&l, orr_event_replica(&event), orr_event_lane(&event)); break;
        case ORR_EVENT_FLEET: orr_fleet_happen(&l, &event); break;
        case ORR_EVENT_ARRIVAL:
            l.arrivals_due--;
            if (orr_event_lane(&event) == ORR_ARRIVAL_OF_SESSION) orr_loop_take_turn(&l, orr_event_replica(&event));
            else orr_loop_arrive(&l);
            break;
        case ORR_EVENT_PLAN: orr_loop_plan(&l, &l.replicas[orr_event_replica(&event)]); break;
        }
        if (l.has_tiers) orr_loop_set_alarms(&l);
        if (events % STOP_ASKED_EVERY_EVENTS == 0 && observer->stop) stopped = observer->stop(observer->context);
    }
    ORR_INVARIANT(stopped || l.in_flight == 0);
    for (int i = 0; i < l.replica_count; i++) orr_loop_settle(&l, &l.replicas[i]);
    return end(&l, events, stopped);
}
