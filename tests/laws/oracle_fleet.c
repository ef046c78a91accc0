/* The naive fleet: replicas that fail, come back, are drained and run slow, and what becomes of their requests. Everybody is asked at every turn. */
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/math.h"

enum { FAILS, RETURNS, NOTICED, HASTENS, SCRIPTED, ASSESSED };

static bool changes(const sim *s) { return orr_fleet_changes(&s->config->fleet); }

static void expect(sim *s, replica *r, int what, int64_t time_ns)
{
    r->due_ns[what] = time_ns;
    if (time_ns < INT64_MAX) push_event(s, time_ns, FLEET_CHANGES, r->number, what);
}

static int64_t later(const sim *s, replica *r, double mean_ns, bool drawn)
{
    const double ns = drawn ? mean_ns * orr_rng_exponential(&r->failures) : mean_ns;
    const int64_t time_ns = s->now_ns + orr_round_i64(ns);
    return time_ns > s->now_ns ? time_ns : s->now_ns + 1;
}

static void expect_failure(sim *s, replica *r)
{
    if (s->config->fleet.mtbf_ns > 0) expect(s, r, FAILS, later(s, r, s->config->fleet.mtbf_ns, true));
}

void fleet_begin(sim *s)
{
    const orr_fleet_config *config = &s->config->fleet;
    if (!changes(s)) return;
    for (int i = 0; i < config->event_count; i++) push_event(s, config->events[i].time_ns, FLEET_CHANGES, i, SCRIPTED);
    for (int i = 0; i < s->replica_count; i++) {
        replica *r = &s->replicas[i];
        for (int k = 0; k < 4; k++) r->due_ns[k] = INT64_MAX;
        r->runs_at = config->speeds ? config->speeds[i] : 1;
        r->failures = orr_rng_stream(config->seed, "failures", (uint64_t)i);
        if (config->scale.interval_ns > 0 && i >= config->scale.initial) {
            r->phase = ORR_REPLICA_OFF;
            r->open = false;
        } else {
            expect_failure(s, r);
        }
    }
    if (config->scale.interval_ns > 0) push_event(s, config->scale.interval_ns, FLEET_CHANGES, 0, ASSESSED);
}

orr_outcome fleet_speed(const sim *s, const replica *r, orr_outcome outcome)
{
    int64_t *const times[] = {&outcome.latency_ns, &outcome.occupancy_ns};
    for (int i = 0; i < 2 && changes(s) && r->runs_at != 1.0; i++) {
        *times[i] = orr_round_i64((double)*times[i] / r->runs_at);
        if (*times[i] < 1) *times[i] = 1;
    }
    return outcome;
}

bool fleet_is_over(const sim *s)
{
    for (int64_t i = 0; i < s->event_count; i++) if (s->events[i].alive && s->events[i].class == ARRIVES) return false;
    return s->in_flight == 0;
}

/* --- requests --- */

static void lose(sim *s, request *q)
{
    q->alive = false;
    s->outcomes[q->id].lost = true;
    s->totals.fleet.lost_requests++;
    turn_away(s, s->now_ns + s->config->exit_ns);
}

/* Where the router says; false: it goes nowhere. */
static bool give(sim *s, request *q)
{
    oracle_outcome *o = &s->outcomes[q->id];
    const int number = route(s, &s->own, q->in, q->id);
    replica *r = &s->replicas[number];
    o->rejected = !can_run(r, q->in);
    o->refused = !o->rejected && !q->taken && !door_admits(s, r, q->in, q->arrival_ns);
    if (o->rejected || o->refused) return false;
    q->alive = q->taken = true;
    q->replica = o->replica = number;
    r->in_flight++;
    r->in_flight_tokens += q->in->input_tokens;
    q->in_engine = !r->unnoticed;
    if (q->in_engine) {
        r->used = true;
        q->images = q->in->images;
        q->target = q->in->input_tokens + q->generated;
        if (q->lost > q->target) q->lost = q->target;
        list_push(&r->waiting, q->id);
    }
    request_plan(s, number);
    return true;
}

bool fleet_delivers(sim *s, const oracle_request *in, int64_t id, int64_t arrival_ns)
{
    if (!changes(s)) return false;
    request *q = &s->requests[id];
    *q = (request){.in = in, .id = id, .arrival_ns = arrival_ns, .replica = -1};
    for (int i = 0; i < 8; i++) q->pinned[i] = -1;
    s->outcomes[id] = (oracle_outcome){.arrival_ns = arrival_ns};
    if (open_count(s, &s->own) == 0) {
        q->alive = true;
        s->in_flight++;
        list_push(&s->at_router, id);
    } else if (give(s, q)) {
        s->in_flight++;
    } else if (s->config->closed) {
        push_event(s, s->now_ns, ARRIVES, 0, 0);
    }
    return true;
}

static void send(sim *s, request *q)
{
    if (open_count(s, &s->own) == 0) {
        list_push(&s->at_router, q->id);
    } else if (!give(s, q)) {
        q->alive = false;
        turn_away(s, s->now_ns + s->config->exit_ns);
    }
}

static void send_waiting(sim *s)
{
    const list all = s->at_router;
    s->at_router = (list){0};
    for (int64_t i = 0; i < all.count; i++) send(s, &s->requests[all.items[i]]);
    free(all.items);
}

void fleet_give_up(sim *s)
{
    const list all = s->at_router;
    s->at_router = (list){0};
    for (int64_t i = 0; i < all.count; i++) lose(s, &s->requests[all.items[i]]);
    free(all.items);
}

/* --- replicas --- */

static void new_engine(sim *s, replica *r)
{
    end_engine(r);
    for (int64_t i = 0; i < s->event_count; i++)
        if ((s->events[i].class == STEP_ENDS || s->events[i].class == PLANS) && s->events[i].replica == r->number) s->events[i].alive = false;
    const replica kept = *r;
    memset(r, 0, sizeof *r);
    r->e = kept.e;
    r->kind = kept.kind;
    r->turns = kept.turns;
    r->executor = kept.executor;
    r->number = kept.number;
    r->in_pool = kept.in_pool;
    r->open = kept.open;
    r->speed = kept.speed;
    r->in_flight = kept.in_flight;
    r->in_flight_tokens = kept.in_flight_tokens;
    r->told = kept.told;
    r->told_count = kept.told_count;
    r->phase = kept.phase;
    r->unnoticed = kept.unnoticed;
    r->runs_at = kept.runs_at;
    memcpy(r->due_ns, kept.due_ns, sizeof r->due_ns);
    r->life = kept.life + 1;
    r->failures = kept.failures;
    r->start_free_ns = r->last_end_ns = s->now_ns;
    begin_engine(s, r);
}

static void notice(sim *s, replica *r)
{
    if (!r->unnoticed) return;
    r->unnoticed = r->open = false;
    r->told_count = 0;
    r->due_ns[NOTICED] = INT64_MAX;
    bool mine[4096] = {false};
    for (int64_t id = 0; id < s->next_id; id++) mine[id] = s->requests[id].alive && s->requests[id].replica == r->number;
    for (int64_t id = 0; id < s->next_id; id++) {
        request *q = &s->requests[id];
        if (!mine[id]) continue;
        r->in_flight--;
        r->in_flight_tokens -= q->in->input_tokens;
        q->replica = -1;
        if (++q->retries > s->config->fleet.retry_limit) { lose(s, q); continue; }
        s->totals.fleet.redelivered++;
        send(s, q);
    }
}

static void fail(sim *s, replica *r, int64_t duration_ns)
{
    const orr_fleet_config *config = &s->config->fleet;
    if (r->phase == ORR_REPLICA_DOWN || r->phase == ORR_REPLICA_OFF) return;
    const bool leaves = r->phase == ORR_REPLICA_DRAINING;
    s->totals.fleet.failures++;
    for (int64_t id = 0; id < s->next_id; id++) {
        request *q = &s->requests[id];
        if (!q->alive || q->replica != r->number || !q->in_engine) continue;
        q->in_engine = q->decoding = q->seated = false;
        q->lost += q->stored;
        s->totals.fleet.lost_tokens += q->lost;
        q->covered = 0;
        q->stored = q->reserved = q->owed = 0;
        q->private.count = q->parked.count = 0;
        q->earlier_preemptions += q->preemptions;
        q->preemptions = 0;
        q->answer_segment = 0;
        for (int i = 0; i < 8; i++) q->pinned[i] = -1;
        if (config->redelivery == ORR_REDELIVER_MIGRATE) continue;
        q->generated = q->cached = q->admitted_ns = 0;
        q->earlier_preemptions = 0;
        q->admitted_once = false;
    }
    r->phase = leaves ? ORR_REPLICA_OFF : ORR_REPLICA_DOWN;
    r->unnoticed = true;
    new_engine(s, r);
    r->due_ns[FAILS] = INT64_MAX;
    if (!leaves) expect(s, r, RETURNS, duration_ns > 0 ? s->now_ns + duration_ns : config->mttr_ns > 0 ? later(s, r, config->mttr_ns, config->exponential_repair) : INT64_MAX);
    if (config->detection_ns > 0) expect(s, r, NOTICED, s->now_ns + config->detection_ns);
    else notice(s, r);
}

static void leave(replica *r)
{
    r->phase = ORR_REPLICA_OFF;
    r->due_ns[FAILS] = INT64_MAX;
    r->told_count = 0;
}

void fleet_finished(sim *s, request *q)
{
    if (!changes(s)) return;
    q->alive = false;
    replica *r = &s->replicas[q->replica];
    if (r->phase == ORR_REPLICA_DRAINING && r->in_flight == 0) leave(r);
}

static void drain(sim *s, replica *r, int64_t duration_ns)
{
    if (r->phase != ORR_REPLICA_UP) return;
    r->phase = ORR_REPLICA_DRAINING;
    r->open = false;
    if (duration_ns > 0) expect(s, r, RETURNS, s->now_ns + duration_ns);
    if (r->in_flight == 0) leave(r);
}

static void come_up(sim *s, replica *r)
{
    if (r->phase == ORR_REPLICA_UP) return;
    notice(s, r);
    r->due_ns[RETURNS] = INT64_MAX;
    if (r->phase != ORR_REPLICA_DRAINING) {
        if (r->used) new_engine(s, r);
        expect_failure(s, r);
    }
    r->phase = ORR_REPLICA_UP;
    r->open = true;
    send_waiting(s);
}

static void run_at(sim *s, replica *r, double speed, int64_t duration_ns)
{
    r->runs_at = speed;
    expect(s, r, HASTENS, duration_ns > 0 ? s->now_ns + duration_ns : INT64_MAX);
}

/* --- scaling --- */

static bool serves_or_will(const replica *r) { return r->phase == ORR_REPLICA_UP || r->phase == ORR_REPLICA_STARTING || (r->phase == ORR_REPLICA_DOWN && r->due_ns[RETURNS] < INT64_MAX); }

static void assess(sim *s)
{
    const orr_fleet_scale *scale = &s->config->fleet.scale;
    int64_t have = 0, want, lately;
    for (int i = 0; i < s->replica_count; i++) have += serves_or_will(&s->replicas[i]);
    const double asked = (double)s->in_flight / scale->target, ratio = have > 0 ? asked / (double)have : 0;
    want = have > 0 && ratio >= 1 - scale->tolerance && ratio <= 1 + scale->tolerance ? have : (int64_t)asked + ((double)(int64_t)asked < asked);
    if (want < scale->least) want = scale->least;
    if (want > s->replica_count) want = s->replica_count;
    s->wish_times[s->wish_count] = s->now_ns;
    s->wishes[s->wish_count++] = lately = want;
    for (int64_t i = 0; i < s->wish_count; i++) if (s->wish_times[i] >= s->now_ns - scale->delay_ns && s->wishes[i] > lately) lately = s->wishes[i];
    for (int i = 0; i < s->replica_count && want > have; i++) {
        replica *r = &s->replicas[i];
        if (r->phase != ORR_REPLICA_OFF) continue;
        r->phase = ORR_REPLICA_STARTING;
        expect(s, r, RETURNS, s->now_ns + scale->provisioning_ns);
        s->totals.fleet.started++;
        have++;
        lately = have;      /* nobody is taken away at the same time */
    }
    for (; lately < have; have--) {
        replica *victim = NULL;
        for (int i = 0; i < s->replica_count; i++) if (s->replicas[i].phase == ORR_REPLICA_STARTING) victim = &s->replicas[i];
        for (int i = 0; i < s->replica_count && (victim == NULL || victim->phase == ORR_REPLICA_UP); i++)
            if (s->replicas[i].phase == ORR_REPLICA_UP && (victim == NULL || s->replicas[i].in_flight <= victim->in_flight)) victim = &s->replicas[i];
        if (victim == NULL) break;
        s->totals.fleet.stopped++;
        if (victim->phase == ORR_REPLICA_UP) { drain(s, victim, 0); continue; }
        victim->due_ns[RETURNS] = INT64_MAX;
        leave(victim);
    }
    for (int i = 0; i < s->replica_count; i++) {
        if (!serves_or_will(&s->replicas[i]) && s->replicas[i].phase != ORR_REPLICA_DRAINING) continue;
        push_event(s, s->now_ns + scale->interval_ns, FLEET_CHANGES, 0, ASSESSED);
        break;
    }
}

static double own_speed(const sim *s, const replica *r) { return s->config->fleet.speeds ? s->config->fleet.speeds[r->number] : 1; }

void fleet_happen(sim *s, const event *e)
{
    if (e->lane == SCRIPTED) {
        const orr_fleet_event *told = &s->config->fleet.events[e->replica];
        replica *r = &s->replicas[told->replica];
        if (told->kind == ORR_FLEET_FAIL) fail(s, r, told->duration_ns);
        if (told->kind == ORR_FLEET_DRAIN) drain(s, r, told->duration_ns);
        if (told->kind == ORR_FLEET_SLOW) run_at(s, r, told->speed, told->duration_ns);
        if (told->kind == ORR_FLEET_RECOVER) { run_at(s, r, own_speed(s, r), 0); come_up(s, r); }
        return;
    }
    if (e->lane == ASSESSED) {
        assess(s);
        return;
    }
    replica *r = &s->replicas[e->replica];
    if (r->due_ns[e->lane] != e->time_ns) return;
    r->due_ns[e->lane] = INT64_MAX;
    if (e->lane == FAILS) fail(s, r, 0);
    if (e->lane == RETURNS) come_up(s, r);
    if (e->lane == NOTICED) notice(s, r);
    if (e->lane == HASTENS) run_at(s, r, own_speed(s, r), 0);
}
