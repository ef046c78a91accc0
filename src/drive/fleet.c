/* What becomes of replicas: failures, repairs, drains, speeds (the rules stand in fleet.h). */
#include "drive/fleet_internal.h"

#include "base/math.h"

static void expect(loop *l, int number, orr_fleet_due what, int64_t time_ns)
{
    l->fleet->replicas[number].due_ns[what] = time_ns;
    if (time_ns < INT64_MAX) orr_agenda_push(&l->agenda, time_ns, ORR_EVENT_FLEET, number, (int)what);
}

static void tell(const loop *l, int number)
{
    const fleet_replica *fr = &l->fleet->replicas[number];
    if (l->observer->changed) l->observer->changed(l->observer->context, &(orr_fleet_change){l->now_ns, number, fr->phase, fr->speed});
}

/* `mean_ns` from now, or a time drawn with that mean. */
static int64_t time_after(const loop *l, fleet_replica *fr, double mean_ns, bool drawn)
{
    const double ns = drawn ? mean_ns * orr_rng_exponential(&fr->rng) : mean_ns;
    return ns < 4e18 ? orr_max_i64(l->now_ns + 1, l->now_ns + orr_round_i64(ns)) : INT64_MAX;
}

static void expect_failure(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    if (l->config->fleet.mtbf_ns > 0) expect(l, number, ORR_FLEET_FAILS, time_after(l, fr, l->config->fleet.mtbf_ns, true));
}

/* Another engine, that has seen nothing; nothing of the one before comes to pass. */
static void renew(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    replica *r = &l->replicas[number];
    orr_loop_add_counters(&r->past, orr_engine_count(r->core));
    orr_engine_destroy(r->core);
    r->core = orr_loop_new_core(r, ++fr->life);
    r->plan_pending = false;
    r->start_free_ns = r->last_end_ns = l->now_ns;
    r->next_lane = r->steps_in_flight = 0;
    fr->born = l->agenda.near.next_sequence;
    fr->is_used = false;
    orr_loop_tell_state(l, r, l->now_ns);
}

static void notice(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->noticed) return;
    fr->noticed = true;
    fr->due_ns[ORR_FLEET_NOTICED] = INT64_MAX;
    orr_router_open(&l->router, number, false);
    if (l->router.policy->needs_reports) orr_prefix_view_forget(&l->router.view, number);
    orr_fleet_redeliver(l, number);
}

static void fail(loop *l, int number, int64_t duration_ns)
{
    const orr_fleet_config *config = &l->config->fleet;
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->phase == ORR_REPLICA_DOWN || fr->phase == ORR_REPLICA_OFF) return;
    const bool leaves = fr->phase == ORR_REPLICA_DRAINING;
    l->fleet->totals.failures++;
    orr_loop_settle(l, &l->replicas[number]);
    orr_fleet_save(l, number);
    if (l->router.policy->needs_reports) orr_prefix_view_silence(&l->router.view, number);
    renew(l, number);
    fr->phase = leaves ? ORR_REPLICA_OFF : ORR_REPLICA_DOWN;
    fr->noticed = false;
    fr->due_ns[ORR_FLEET_FAILS] = INT64_MAX;
    if (!leaves) expect(l, number, ORR_FLEET_RETURNS, duration_ns > 0 ? l->now_ns + duration_ns : config->mttr_ns > 0 ? time_after(l, fr, config->mttr_ns, config->exponential_repair) : INT64_MAX);
    tell(l, number);
    if (config->detection_ns > 0) expect(l, number, ORR_FLEET_NOTICED, l->now_ns + config->detection_ns);
    else notice(l, number);
}

void orr_fleet_leave(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    fr->phase = ORR_REPLICA_OFF;
    fr->due_ns[ORR_FLEET_FAILS] = INT64_MAX;
    if (l->router.policy->needs_reports) orr_prefix_view_forget(&l->router.view, number);
    tell(l, number);
}

static void drain(loop *l, int number, int64_t duration_ns)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->phase != ORR_REPLICA_UP) return;
    fr->phase = ORR_REPLICA_DRAINING;
    orr_router_open(&l->router, number, false);
    tell(l, number);
    if (duration_ns > 0) expect(l, number, ORR_FLEET_RETURNS, l->now_ns + duration_ns);
    if (fr->here == 0) orr_fleet_leave(l, number);
}

static void come_up(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->phase == ORR_REPLICA_UP) return;
    notice(l, number);
    fr->due_ns[ORR_FLEET_RETURNS] = INT64_MAX;
    if (fr->phase != ORR_REPLICA_DRAINING) {
        if (fr->is_used) renew(l, number);
        expect_failure(l, number);
    }
    fr->phase = ORR_REPLICA_UP;
    orr_router_open(&l->router, number, true);
    tell(l, number);
    orr_fleet_send_waiting(l);
}

void orr_fleet_start(loop *l, int number, int64_t after_ns)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    fr->phase = ORR_REPLICA_STARTING;
    tell(l, number);
    expect(l, number, ORR_FLEET_RETURNS, l->now_ns + after_ns);
}

void orr_fleet_stop(loop *l, int number)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->phase == ORR_REPLICA_UP) {
        drain(l, number, 0);
        return;
    }
    fr->due_ns[ORR_FLEET_RETURNS] = INT64_MAX;
    orr_fleet_leave(l, number);
}

static void run_at(loop *l, int number, double speed, int64_t duration_ns)
{
    fleet_replica *fr = &l->fleet->replicas[number];
    orr_loop_settle(l, &l->replicas[number]);
    fr->speed = speed;
    expect(l, number, ORR_FLEET_HASTENS, duration_ns > 0 ? l->now_ns + duration_ns : INT64_MAX);
    tell(l, number);
}

static void follow_script(loop *l, const orr_fleet_event *event)
{
    switch (event->kind) {
    case ORR_FLEET_FAIL: fail(l, event->replica, event->duration_ns); break;
    case ORR_FLEET_DRAIN: drain(l, event->replica, event->duration_ns); break;
    case ORR_FLEET_SLOW: run_at(l, event->replica, event->speed, event->duration_ns); break;
    case ORR_FLEET_RECOVER:
        run_at(l, event->replica, l->fleet->replicas[event->replica].first_speed, 0);
        come_up(l, event->replica);
        break;
    }
}

void orr_fleet_happen(loop *l, const orr_event *event)
{
    const int number = orr_event_replica(event);
    const orr_fleet_due what = (orr_fleet_due)orr_event_lane(event);
    if (what == ORR_FLEET_SCRIPTED) {
        follow_script(l, &l->config->fleet.events[number]);
        return;
    }
    if (what == ORR_FLEET_ASSESSED) {
        orr_fleet_assess(l);
        return;
    }
    fleet_replica *fr = &l->fleet->replicas[number];
    if (fr->due_ns[what] != event->time_ns) return;         /* it has come otherwise */
    fr->due_ns[what] = INT64_MAX;
    if (what == ORR_FLEET_FAILS) fail(l, number, 0);
    else if (what == ORR_FLEET_RETURNS) come_up(l, number);
    else if (what == ORR_FLEET_NOTICED) notice(l, number);
    else run_at(l, number, fr->first_speed, 0);
}

bool orr_fleet_is_stale(const loop *l, const orr_event *event)
{
    const orr_event_class class = orr_event_class_of(event);
    return (class == ORR_EVENT_STEP_END || class == ORR_EVENT_PLAN) && orr_event_sequence(event) < l->fleet->replicas[orr_event_replica(event)].born;
}

/* --- speeds --- */

static int64_t at_speed(const fleet *f, int number, int64_t ns)
{
    const double speed = f->replicas[number].speed;
    return speed < 1 || speed > 1 ? orr_max_i64(1, orr_round_i64((double)ns / speed)) : ns;
}

static const orr_executor *inner(const fleet *f, int number) { return f->loop->replicas[number].group->executor; }

static orr_outcome execute(void *context, int number, const orr_plan *plan)
{
    const fleet *f = context;
    const orr_outcome outcome = inner(f, number)->execute(inner(f, number)->context, number, plan);
    return (orr_outcome){at_speed(f, number, outcome.latency_ns), at_speed(f, number, outcome.occupancy_ns)};
}

static void foresee(void *context, int number, const orr_plan_run *run, int64_t *latencies_ns)
{
    const fleet *f = context;
    inner(f, number)->foresee(inner(f, number)->context, number, run, latencies_ns);
    for (int64_t i = 0; i < run->steps; i++) latencies_ns[i] = at_speed(f, number, latencies_ns[i]);
}

static void did(void *context, int number, const orr_plan_run *run)
{
    const orr_executor *executor = inner(context, number);
    if (executor->did) executor->did(executor->context, number, run);
}

static bool has_speeds(const orr_fleet_config *config)
{
    bool has = config->speeds != NULL;
    for (int i = 0; i < config->event_count; i++) has |= config->events[i].kind == ORR_FLEET_SLOW;
    return has;
}

/* --- life --- */

fleet *orr_fleet_create(loop *l)
{
    const orr_fleet_config *config = &l->config->fleet;
    ORR_INVARIANT(!orr_loop_has_prefill(l) && !l->has_tiers);
    fleet *f = orr_mem_resize(NULL, sizeof *f);
    *f = (fleet){.config = config, .loop = l, .unused = -1};
    f->executor = (orr_executor){.context = f, .execute = execute, .foresee = foresee, .did = did};      /* the loop foresees only where all can */
    f->replicas = orr_mem_resize(NULL, (size_t)l->replica_count * sizeof *f->replicas);
    l->fleet = f;
    for (int i = 0; i < config->event_count; i++) orr_agenda_push(&l->agenda, config->events[i].time_ns, ORR_EVENT_FLEET, i, ORR_FLEET_SCRIPTED);
    for (int i = 0; i < l->replica_count; i++) {
        fleet_replica *fr = &f->replicas[i];
        *fr = (fleet_replica){.phase = ORR_REPLICA_UP, .noticed = true, .rng = orr_rng_stream(config->seed, "failures", (uint64_t)i)};
        fr->speed = fr->first_speed = config->speeds ? config->speeds[i] : 1;
        for (int k = 0; k < ORR_FLEET_DUE_COUNT_; k++) fr->due_ns[k] = INT64_MAX;
        if (has_speeds(config)) l->replicas[i].executor = &f->executor;
        if (config->scale.interval_ns > 0 && i >= config->scale.initial) {
            fr->phase = ORR_REPLICA_OFF;
            orr_router_open(&l->router, i, false);
        }
        if (fr->speed < 1 || fr->speed > 1 || fr->phase == ORR_REPLICA_OFF) tell(l, i);
        if (fr->phase == ORR_REPLICA_UP) expect_failure(l, i);
    }
    if (config->scale.interval_ns > 0) orr_agenda_push(&l->agenda, config->scale.interval_ns, ORR_EVENT_FLEET, 0, ORR_FLEET_ASSESSED);
    return f;
}

void orr_fleet_destroy(fleet *f)
{
    if (f == NULL) return;
    for (size_t i = 0; i < f->deliveries.count; i++) orr_vec_free(&f->deliveries.items[i].prefix);
    orr_vec_free(&f->deliveries);
    orr_vec_free(&f->waiting);
    orr_vec_free(&f->wishes);
    orr_vec_free(&f->lost);
    orr_mem_free(f->replicas);
    orr_mem_free(f);
}

orr_fleet_totals orr_fleet_count(const fleet *f) { return f->totals; }
