#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

void push_event(sim *s, int64_t time_ns, int class, int r, int l)
{
    s->events = realloc(s->events, (size_t)(s->event_count + 1) * sizeof *s->events);
    s->events[s->event_count++] = (event){time_ns, s->sequence++, class, r, l, true};
}

void request_plan(sim *s, int number)
{
    replica *r = &s->replicas[number];
    if (r->plan_pending) return;
    r->plan_pending = true;
    push_event(s, s->now_ns > r->start_free_ns ? s->now_ns : r->start_free_ns, PLANS, number, 0);
}

/* To the next of the script that arrives by itself; false: there is none. */
static bool skip_followers(sim *s)
{
    while (s->next_script < s->script_count && s->script[s->next_script].follows != 0) s->next_script++;
    return s->next_script < s->script_count;
}

/* What waits for the answer comes some time after it. Returns how many do. */
static int64_t bring_followers(sim *s, const oracle_request *in, int64_t finish_ns)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->script_count; i++) {
        if (s->script[i].follows != in - s->script + 1) continue;
        push_event(s, finish_ns + s->script[i].arrival_ns + s->config->entry_ns, ARRIVES, (int)i, 1);
        count++;
    }
    return count;
}

static void schedule_pending(sim *s, int64_t earliest_ns)
{
    if (!s->pending && skip_followers(s)) { s->pending = true; s->pending_ns = s->script[s->next_script].arrival_ns; }
    if (!s->pending || s->scheduled) return;
    if (s->config->in_flight_limit > 0 && s->in_flight >= s->config->in_flight_limit) return;
    if (earliest_ns > s->pending_ns) s->pending_ns = earliest_ns;
    s->scheduled = true;
    push_event(s, s->pending_ns + s->config->entry_ns, ARRIVES, 0, 0);
}

bool can_run(const replica *r, const oracle_request *in)
{
    const orr_engine_config *e = r->e;
    if (e->max_model_tokens > 0 && in->input_tokens + in->output_tokens > e->max_model_tokens) return false;
    const int64_t computed = in->input_tokens + (r->hands_over ? 1 : in->output_tokens) - 1;
    if (ceil_div(computed + e->lookahead_tokens, e->block_tokens) > (e->max_request_blocks > 0 ? e->max_request_blocks : e->block_count)) return false;
    return e->chunked_prefill || computed <= e->max_num_batched_tokens;
}

request *appear(sim *s, int64_t index, const oracle_request *in, int64_t arrival_ns, int number)
{
    request *q = &s->requests[index];
    *q = (request){.in = in, .id = index, .arrival_ns = arrival_ns, .target = in->input_tokens, .replica = number};
    for (int i = 0; i < 8; i++) q->pinned[i] = -1;
    s->replicas[number].in_flight++;
    s->replicas[number].in_flight_tokens += in->input_tokens;
    return q;
}

/* Some of its context may come while it waits. */
static void look_ahead(replica *r, request *q)
{
    if (!r->tiers) return;
    const int64_t most = (q->target - 1) / r->e->block_tokens;
    int64_t found = found_in_hbm(r, q);
    if (found > most) found = most;
    const int64_t reached = tiers_reach(r, q, found, most, 1);
    if (!tiers_hold_back(r)) return;
    q->ahead_from = found;
    q->ahead_to = reached;
    tiers_begin_fetch(r, q);
}

/* Nothing comes of it. */
static void leave(sim *s, bool known)
{
    if (known) s->in_flight--;
    if (s->config->closed) push_event(s, s->now_ns, ARRIVES, 0, 0);
    else if (known) schedule_pending(s, s->now_ns);
}

/* `known`: it is in flight already, its images being encoded. */
static void admit(sim *s, const oracle_request *in, int64_t id, int64_t arrival_ns, bool known)
{
    const orr_local_prefill *local = &s->config->prefill.local;
    bool apart = s->prefill.count > 0;
    int here = -1, first = -1;
    if (apart && (local->most_tokens > 0 || local->most_waiting > 0)) {
        here = route(s, &s->own, in, id);
        const request asked = {.in = in};
        int64_t found = found_in_hbm(&s->replicas[here], &asked) * s->replicas[here].e->block_tokens;
        while (found >= in->input_tokens) found -= s->replicas[here].e->block_tokens;
        apart = in->input_tokens - found > local->most_tokens;
    }
    if (apart) {
        first = route(s, &s->prefill, in, id);
        if (here >= 0 && local->most_waiting > 0 && s->replicas[first].waiting.count >= local->most_waiting) apart = false;
    }
    const bool pair = apart && in->output_tokens > 1;
    if (!apart) first = here >= 0 ? here : route(s, &s->own, in, id);
    const int last = !pair ? first : here >= 0 ? here : route(s, &s->own, in, id);
    oracle_outcome *o = &s->outcomes[id];
    *o = (oracle_outcome){.arrival_ns = arrival_ns, .replica = last};
    if (!can_run(&s->replicas[first], in) || !can_run(&s->replicas[last], in)) {
        o->rejected = true;
        leave(s, known);
        return;
    }
    if (!door_admits(s, &s->replicas[first], in, arrival_ns)) {
        o->refused = true;
        leave(s, known);
        return;
    }
    if (!known) s->in_flight++;
    request *q = appear(s, apart ? s->script_count + id : id, in, arrival_ns, first);
    if (!known) q->images = in->images;
    if (pair) appear(s, id, in, arrival_ns, last)->remote = true;
    list_push(&s->replicas[first].waiting, q->id);
    look_ahead(&s->replicas[first], &s->requests[q->id]);
    request_plan(s, first);
}

/* --- encoders --- */

static void start_batch(sim *s, int number)
{
    encoder *e = &s->encoders[number];
    int64_t images = 0;
    while (e->queue.count > 0) {
        const int64_t id = e->queue.items[0], more = s->brought[id]->images;
        if (images > 0 && images + more > s->config->encoders.most_images) break;
        images += more;
        list_push(&e->batch, id);
        list_remove(&e->queue, id);
    }
    e->busy = true;
    s->totals.batches++;
    s->totals.batch_images += images;
    push_event(s, s->now_ns + s->config->encoders.encode_ns(s->config->encoders.context, images), ENCODES, number, 0);
}

static void end_batch(sim *s, int number)
{
    encoder *e = &s->encoders[number];
    for (int64_t i = 0; i < e->batch.count; i++) {
        const int64_t id = e->batch.items[i];
        if (e->link_free_ns < s->now_ns) e->link_free_ns = s->now_ns;
        e->link_free_ns += s->config->encoders.ship_ns(s->config->encoders.context, s->brought[id]->images);
        push_event(s, e->link_free_ns + s->config->encoders.ship_latency_ns, ENCODES, (int)id, 1);
    }
    e->batch.count = 0;
    e->busy = false;
    if (e->queue.count > 0) start_batch(s, number);
}

static void deliver(sim *s, const oracle_request *in, int64_t arrival_ns)
{
    const int64_t id = s->next_id++;
    s->outcomes[id].arrival_ns = arrival_ns;
    if (fleet_delivers(s, in, id, arrival_ns)) return;
    if (s->encoding.count == 0 || in->images == 0) {
        admit(s, in, id, arrival_ns, false);
        return;
    }
    const int number = route(s, &s->encoding, in, id) - s->encoding.first;
    s->brought[id] = in;
    s->in_flight++;
    s->replicas[s->encoding.first + number].in_flight++;
    s->requests[id].replica = number;
    list_push(&s->encoders[number].queue, id);
    if (!s->encoders[number].busy) start_batch(s, number);
}

static void encoder_event(sim *s, int number, int what)
{
    if (what == 0) {
        end_batch(s, number);
        return;
    }
    s->replicas[s->encoding.first + s->requests[number].replica].in_flight--;
    admit(s, s->brought[number], number, s->outcomes[number].arrival_ns, true);
}

/* The first token is made on a prefill replica: the rest happens elsewhere; the blocks stay until they are shipped. */
static void hand_over(sim *s, replica *r, lane *l, const request *q)
{
    request *d = &s->requests[q->id - s->script_count];
    list_remove(&l->running, q->id);
    r->in_flight--;
    s->requests[q->id].seated = false;
    r->in_flight_tokens -= q->in->input_tokens;
    d->admitted_once = true;
    d->admitted_ns = q->admitted_ns;
    d->cached = q->cached;
    d->computed_ns = s->now_ns;
    list_push(&s->replicas[d->replica].waiting, d->id);
    request_plan(s, d->replica);
}

static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t *first_free(int64_t *channels, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++) if (channels[i] < channels[best]) best = i;
    return &channels[best];
}

void ship(sim *s, replica *to, request *q, int64_t missing)
{
    const orr_link *link = &s->config->prefill.link;
    const int from = s->requests[q->id + s->script_count].replica - s->prefill.first;
    int64_t *out = first_free(s->egress_free_ns[from], link->egress_channels), *in = first_free(s->ingress_free_ns[to->number], link->ingress_channels);
    const orr_transfer_time time = link->time(link->context, missing);
    const int64_t longer = max64(time.egress_ns, time.ingress_ns);
    const int64_t start = max64(max64(*out, *in), link->overlapped_layers > 0 ? q->admitted_ns : s->now_ns);
    int64_t end = start + longer;
    if (link->overlapped_layers > 0) end = max64(end, q->computed_ns + longer / link->overlapped_layers);
    *out = start + time.egress_ns;
    *in = start + time.ingress_ns;
    s->totals.shipped_tokens += missing;
    push_event(s, max64(end + time.latency_ns, s->now_ns + 1), TRANSFER_ENDS, (int)q->id, 0);
}

static void end_transfer(sim *s, request *q)
{
    request *p = &s->requests[q->id + s->script_count];
    replica *from = &s->replicas[p->replica], *to = &s->replicas[q->replica];
    release(from, p, false);
    q->stored = q->target;
    q->remote = false;
    cover(to, q, q->stored);
    list_push(&to->received, q->id);
    request_plan(s, from->number);
    request_plan(s, to->number);
}

static void arrive(sim *s)
{
    if (s->config->closed) {
        if (skip_followers(s)) deliver(s, &s->script[s->next_script++], s->now_ns - s->config->entry_ns);
        return;
    }
    const oracle_request *in = &s->script[s->next_script++];
    const int64_t arrival_ns = s->pending_ns;
    s->pending = s->scheduled = false;
    deliver(s, in, s->now_ns - s->config->entry_ns);
    schedule_pending(s, arrival_ns);
}

/* Nothing comes of a request. */
void turn_away(sim *s, int64_t time_ns)
{
    s->in_flight--;
    if (s->config->closed) push_event(s, time_ns + s->config->entry_ns, ARRIVES, 0, 0);
    else schedule_pending(s, time_ns);
}

static void finish(sim *s, replica *r, lane *l, request *q, int64_t end_ns)
{
    keep_answer(r, q);
    release(r, q, false);
    list_remove(&l->running, q->id);
    r->in_flight--;
    r->in_flight_tokens -= q->in->input_tokens;
    fleet_finished(s, q);
    s->in_flight--;
    oracle_outcome *o = &s->outcomes[q->id % s->script_count];
    o->finished = true;
    o->admitted_ns = q->admitted_ns;
    o->first_token_ns = q->first_token_ns + s->config->exit_ns;
    o->finish_ns = end_ns + s->config->exit_ns;
    o->cached_tokens = q->cached;
    o->preemptions = q->preemptions + q->earlier_preemptions;
    const int64_t followers = bring_followers(s, q->in, o->finish_ns);
    if (s->config->closed && followers == 0) push_event(s, o->finish_ns + s->config->entry_ns, ARRIVES, 0, 0);
    if (!s->config->closed) schedule_pending(s, o->finish_ns);
}

/* Tokens that come out together leave no gap between them. */
static void token_out(sim *s, request *q, int64_t end_ns)
{
    const bool first_of_burst = q->generated > 0 && end_ns > q->last_token_ns;
    s->replicas[q->replica].service[q->in->tenant] += s->replicas[q->replica].e->scheduling.fair_output_weight;
    if (q->generated++ == 0) q->first_token_ns = end_ns;
    if (first_of_burst) { s->totals.gap_sum_ns += end_ns - q->last_token_ns; s->totals.gap_count++; }
    q->last_token_ns = end_ns;
}

static void end_step(sim *s, replica *r, int number, lane *l)
{
    const int64_t end_ns = s->now_ns;
    l->busy = false;
    const int64_t burst = l->decodes.count > 0 ? next_burst(r->e, &l->deck, l->decodes.count) : 0;
    for (int64_t i = 0; i < l->decodes.count; i++) {
        request *q = &s->requests[l->decodes.items[i]];
        for (int64_t t = 0; t < burst && q->generated < q->in->output_tokens; t++) {
            q->stored++;
            token_out(s, q, end_ns);
            s->totals.decode_tokens++;
        }
        s->totals.decodes++;
        if (q->generated == q->in->output_tokens) finish(s, r, l, q, end_ns);
    }
    for (int64_t i = 0; i < l->chunk_count; i++) {
        request *q = &s->requests[l->chunk_requests[i]];
        q->stored += l->chunks[i].new_tokens;
        if (!l->chunks[i].completes) continue;
        q->decoding = true;
        token_out(s, q, end_ns);
        if (q->generated == q->in->output_tokens) finish(s, r, l, q, end_ns);
        else if (r->hands_over) hand_over(s, r, l, q);
    }
    l->chunk_count = l->decodes.count = 0;
    l->last_end_ns = end_ns;
    request_plan(s, number);
}

static void plan_step(sim *s, replica *r, int number)
{
    r->plan_pending = false;
    if (s->now_ns < r->start_free_ns) { request_plan(s, number); return; }
    const int lanes = r->e->lane_count;
    for (int tried = 0; tried < lanes; tried++) {
        const int index = r->next_lane;
        lane *l = &r->lanes[index];
        r->next_lane = (index + 1) % lanes;
        if (l->busy) continue;
        orr_plan plan;
        if (!plan_lane(s, r, l, &plan)) continue;
        l->busy = true;
        (r->hands_over ? &s->totals.prefill_steps : &s->totals.steps)[0]++;
        r->steps++;
        const orr_outcome out = fleet_speed(s, r, r->executor->execute(r->executor->context, r->in_pool, &plan));
        r->start_free_ns = s->now_ns + out.occupancy_ns;
        const int64_t in_order = r->last_end_ns + out.occupancy_ns, alone = s->now_ns + out.latency_ns;
        r->last_end_ns = in_order > alone ? in_order : alone;
        push_event(s, r->last_end_ns, STEP_ENDS, number, index);
        if (lanes > 1) request_plan(s, number);
        return;
    }
}

/* Of two at one time and of one class: by replica where steps end or are planned, else in the order of their making. */
static bool goes_first(const event *a, const event *b)
{
    if ((a->class == STEP_ENDS || a->class == PLANS) && a->replica != b->replica) return a->replica < b->replica;
    return a->sequence < b->sequence;
}

static event *earliest(sim *s)
{
    event *best = NULL;
    for (int64_t i = 0; i < s->event_count; i++) {
        event *e = &s->events[i];
        if (!e->alive) continue;
        if (!best || e->time_ns < best->time_ns || (e->time_ns == best->time_ns && (e->class < best->class || (e->class == best->class && goes_first(e, best))))) best = e;
    }
    return best;
}

static void compact_events(sim *s)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < s->event_count; i++) if (s->events[i].alive) s->events[kept++] = s->events[i];
    s->event_count = kept;
}

void begin_engine(sim *s, replica *r)
{
    const orr_engine_config *e = r->e;
    uint64_t seed = orr_hash_mix(e->burst_seed, (uint64_t)r->in_pool);
    if (r->life > 0) seed = orr_hash_mix(seed, r->life);
    r->lanes = calloc((size_t)e->lane_count, sizeof(lane));
    for (int k = 0; k < e->lane_count; k++) r->lanes[k].deck = (deck){.dealt = 256, .rng = orr_rng_stream(seed, "bursts", (uint64_t)k), .replayed = e->accepted_count * k / e->lane_count};
    r->sim = s;
    r->last_left = -1;
    r->reached = -1;
    r->block_rank = malloc((size_t)e->block_count * sizeof *r->block_rank);
    for (int64_t b = 0; b < e->block_count; b++) { list_push(&r->free_queue, b); r->block_rank[b] = INT64_MIN; }
}

void end_engine(replica *r)
{
    for (int64_t g = 0; g < r->segment_count; g++) free(r->segments[g].blocks.items);
    for (int k = 0; k < r->e->lane_count; k++) { free(r->lanes[k].running.items); free(r->lanes[k].decodes.items); }
    free(r->segments); free(r->lanes); free(r->waiting.items); free(r->free_queue.items); free(r->received.items); free(r->ready.items); free(r->block_rank);
}

static void end(sim *s)
{
    for (int i = 0; i < s->replica_count; i++) {
        replica *r = &s->replicas[i];
        if (r->free_queue.count != r->e->block_count) abort();      /* conservation of blocks */
        end_engine(r);
        free(r->told);
    }
    for (int p = 0; p < s->kind_count; p++) for (int t = 0; t < ORR_MOST_TIERS; t++) for (int i = 0; i < 16; i++) free(s->stores[p][t][i].blocks);
    for (int64_t i = 0; i < 2 * s->script_count; i++) { free(s->requests[i].private.items); free(s->requests[i].parked.items); }
    for (int i = 0; i < s->encoding.count; i++) { free(s->encoders[i].queue.items); free(s->encoders[i].batch.items); }
    free(s->replicas); free(s->requests); free(s->events); free(s->at_router.items);
}

static void list_kinds(sim *s, const orr_executor *executor)
{
    const orr_loop_config *c = s->config;
    s->kinds[s->kind_count++] = (kind){&c->engine, &c->tiers, &c->door, executor, 0, c->replica_count, c->weight};
    for (int i = 0; i < c->further_count; i++) {
        const orr_loop_group *g = &c->further[i];
        s->kinds[s->kind_count++] = (kind){&g->engine, &g->tiers, &g->door, g->executor, 0, g->replica_count, g->weight};
    }
    if (c->prefill.replica_count > 0) s->kinds[s->kind_count++] = (kind){&c->prefill.engine, &c->prefill.tiers, &c->prefill.door, c->prefill.executor, 0, c->prefill.replica_count, 1};
    for (int k = 0; k < s->kind_count; k++) {
        kind *one = &s->kinds[k];
        one->first = s->replica_count;
        if (one->weight == 0) one->weight = 1;
        s->replica_count += one->count;
        if (k > c->further_count) s->prefill.count = one->count;
        else s->own.count = s->prefill.first = s->replica_count;
    }
}

static void appear_replica(sim *s, const kind *k, int number)
{
    const orr_engine_config *e = k->engine;
    replica *r = &s->replicas[number];
    const bool hands_over = number >= s->own.count;
    *r = (replica){.e = e, .executor = k->executor, .kind = (int)(k - s->kinds), .number = number, .in_pool = hands_over ? number - s->own.count : number, .hands_over = hands_over, .open = true, .speed = k->weight,
        .tiers = k->tiers->count > 0 ? k->tiers : NULL};
    begin_engine(s, r);
}

oracle_totals oracle_run(const orr_loop_config *config, const char *router_name, const oracle_request *requests, int64_t request_count, const orr_executor *executor,
    oracle_outcome *outcomes)
{
    sim *s = calloc(1, sizeof *s);
    s->config = config;
    s->script = requests;
    s->script_count = request_count;
    s->outcomes = outcomes;
    s->requests = calloc(2 * (size_t)request_count + 2, sizeof *s->requests);
    s->own.router = router_name;
    s->prefill.router = config->prefill.router ? config->prefill.router->name : "";
    list_kinds(s, executor);
    s->encoding.router = config->encoders.router ? config->encoders.router->name : "";
    s->encoding.first = s->replica_count;
    s->encoding.count = config->encoders.replica_count;
    s->replicas = calloc((size_t)(s->replica_count + s->encoding.count), sizeof *s->replicas);
    for (int i = 0; i < s->encoding.count; i++) s->replicas[s->encoding.first + i] = (replica){.open = true, .speed = 1};
    for (int k = 0; k < s->kind_count; k++)
        for (int i = s->kinds[k].first; i < s->kinds[k].first + s->kinds[k].count; i++) appear_replica(s, &s->kinds[k], i);
    fleet_begin(s);
    if (!config->closed) schedule_pending(s, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) push_event(s, config->entry_ns, ARRIVES, 0, 0);
    for (event *e; (e = earliest(s)) != NULL || tiers_next_ns(s) < INT64_MAX || s->at_router.count > 0;) {
        if (e == NULL && s->at_router.count > 0) {
            fleet_give_up(s);
            continue;
        }
        if (e != NULL && e->class == FLEET_CHANGES && fleet_is_over(s)) break;
        const int64_t tiers_ns = tiers_next_ns(s);
        if (e == NULL || tiers_ns < e->time_ns || (tiers_ns == e->time_ns && e->class >= ENCODES)) {
            s->now_ns = tiers_ns;
            report_caches(s);
            tiers_step(s);
            continue;
        }
        e->alive = false;
        const event now = *e;
        s->now_ns = now.time_ns;
        report_caches(s);
        compact_events(s);
        replica *r = now.class == TRANSFER_ENDS || now.class == ENCODES || now.class == FLEET_CHANGES ? NULL : &s->replicas[now.replica];
        if (now.class == STEP_ENDS) end_step(s, r, now.replica, &r->lanes[now.lane]);
        else if (now.class == TRANSFER_ENDS) end_transfer(s, &s->requests[now.replica]);
        else if (now.class == ENCODES) encoder_event(s, now.replica, now.lane);
        else if (now.class == FLEET_CHANGES) fleet_happen(s, &now);
        else if (now.class == ARRIVES && now.lane == 1) deliver(s, &s->script[now.replica], s->now_ns - s->config->entry_ns);
        else if (now.class == ARRIVES) arrive(s);
        else plan_step(s, r, now.replica);
    }
    s->totals.end_ns = s->now_ns;
    end(s);
    const oracle_totals totals = s->totals;
    free(s);
    return totals;
}
