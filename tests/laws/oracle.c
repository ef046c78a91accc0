#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/rng.h"

/* Plain growing lists: this file values being obvious over being fast. */
typedef struct list { int64_t *items; int64_t count, capacity; } list;

static void list_push(list *l, int64_t value)
{
    if (l->count == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 8;
        l->items = realloc(l->items, (size_t)l->capacity * sizeof *l->items);
    }
    l->items[l->count++] = value;
}

static void list_insert_front(list *l, int64_t value)
{
    list_push(l, 0);
    memmove(l->items + 1, l->items, (size_t)(l->count - 1) * sizeof *l->items);
    l->items[0] = value;
}

static void list_remove(list *l, int64_t value)
{
    for (int64_t i = 0; i < l->count; i++) {
        if (l->items[i] != value) continue;
        memmove(l->items + i, l->items + i + 1, (size_t)(l->count - i - 1) * sizeof *l->items);
        l->count--;
        return;
    }
    abort();
}

static bool list_has(const list *l, int64_t value)
{
    int64_t i = 0;
    while (i < l->count && l->items[i] != value) i++;
    return i < l->count;
}

/* A cached segment: its resident blocks in order. chain: the contents and lengths up to and with it. */
typedef struct segment { int chain_length; orr_segment chain[8]; list blocks; int64_t whole, pins; bool alive; } segment;

typedef struct request {
    const oracle_request *in;
    int64_t id, arrival_ns, stored, reserved, generated, target, admitted_ns, first_token_ns, last_token_ns, cached, lost;
    int replica, preemptions, pinned_count;
    int64_t pinned[8];              /* segment numbers, by link; -1: none */
    list private, parked;           /* block numbers; parked ones stay in the free queue */
    bool decoding, admitted_once;
    int covered;
} request;

/* Bursts of a speculating lane: 256 cards, dealt to the last, then made and shuffled again. */
typedef struct deck { int64_t cards[256]; int dealt; orr_rng rng; } deck;

typedef struct lane { list running; bool busy; deck deck; orr_plan_chunk chunks[4096]; int64_t chunk_requests[4096], chunk_count, last_end_ns; list decodes; } lane;

typedef struct replica {
    list free_queue;                /* block numbers, front first */
    segment *segments; int64_t segment_count;
    list waiting;
    lane *lanes;
    int next_lane;
    int64_t start_free_ns, last_end_ns, in_flight, seen, steps, next_look;
    bool plan_pending;
} replica;

typedef struct event { int64_t time_ns, sequence; int class, replica, lane; bool alive; } event;

typedef struct sim {
    const orr_loop_config *config;
    const char *router;
    const orr_executor *executor;
    const oracle_request *script;
    request *requests;
    int64_t script_count, next_script, next_id, in_flight;
    oracle_outcome *outcomes;
    replica *replicas;
    event *events; int64_t event_count, sequence;
    int64_t now_ns, turn;
    bool pending, scheduled; int64_t pending_ns;
    struct { int length; orr_segment chain[8]; int replica; } homes[65536]; int home_count;
    oracle_totals totals;
} sim;

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static void push_event(sim *s, int64_t time_ns, int class, int r, int l)
{
    s->events = realloc(s->events, (size_t)(s->event_count + 1) * sizeof *s->events);
    s->events[s->event_count++] = (event){time_ns, s->sequence++, class, r, l, true};
}

/* Tokens that every decoding request of the lane gains in this step: 1, and one for each draft accepted in a row. */
static int64_t next_burst(const orr_engine_config *e, deck *d)
{
    if (e->draft_tokens == 0) return 1;
    if (d->dealt == 256) {
        const double offset = orr_rng_uniform(&d->rng);
        for (int i = 0; i < 256; i++) {
            double all_accepted = 1;
            d->cards[i] = 1;
            for (int j = 0; j < e->draft_tokens; j++)
                if ((i + offset) / 256 < (all_accepted *= e->acceptance[j])) d->cards[i]++;
        }
        for (int i = 255; i > 0; i--) {
            const int other = (int)orr_rng_below(&d->rng, (uint64_t)i + 1);
            const int64_t card = d->cards[i];
            d->cards[i] = d->cards[other];
            d->cards[other] = card;
        }
        d->dealt = 0;
    }
    return d->cards[d->dealt++];
}

/* --- prefix links: the segments that own at least one block --- */

static int links_of(const sim *s, const request *q, int link_segment[8], int64_t link_blocks[8], int64_t link_end[8])
{
    if (!s->config->engine.prefix_caching) return 0;
    int links = 0;
    int64_t tokens = 0, end = 0;
    for (int i = 0; i < q->in->segment_count; i++) {
        tokens += q->in->segments[i].tokens;
        const int64_t blocks = tokens / s->config->engine.block_tokens - end;
        if (blocks == 0) continue;
        end += blocks;
        link_segment[links] = i;
        link_blocks[links] = blocks;
        link_end[links++] = end;
    }
    return links;
}

static int64_t find_segment(const replica *r, const request *q, int upto)
{
    for (int64_t i = 0; i < r->segment_count; i++) {
        const segment *g = &r->segments[i];
        if (!g->alive || g->chain_length != upto + 1) continue;
        bool same = true;
        for (int k = 0; k <= upto; k++) same = same && g->chain[k].content == q->in->segments[k].content && g->chain[k].tokens == q->in->segments[k].tokens;
        if (same) return i;
    }
    return -1;
}

/* Takes the front block of the queue, evicting what it held. */
static int64_t take_block(sim *s, replica *r)
{
    const int64_t block = r->free_queue.items[0];
    list_remove(&r->free_queue, block);
    for (segment *g = r->segments; g < r->segments + r->segment_count; g++) {
        if (!g->alive || !list_has(&g->blocks, block)) continue;
        if (g->blocks.items[g->blocks.count - 1] != block || g->pins != 0) abort();
        list_remove(&g->blocks, block);
        s->totals.evicting_takes++;
        if (g->blocks.count == 0) g->alive = false;
    }
    for (int64_t i = 0; i < s->next_id; i++)
        if (list_has(&s->requests[i].parked, block) && &s->replicas[s->requests[i].replica] == r) list_remove(&s->requests[i].parked, block);
    return block;
}

static bool try_admit(sim *s, replica *r, request *q, int64_t budget)
{
    const int64_t B = s->config->engine.block_tokens;
    int link_segment[8];
    int64_t link_blocks[8], link_end[8], found[8], hits = 0, hits_in_queue = 0;
    const int links = links_of(s, q, link_segment, link_blocks, link_end);
    int found_count = 0;
    bool whole = true;
    for (int i = 0; i < links && whole; i++) {
        found[i] = find_segment(r, q, link_segment[i]);
        if (found[i] < 0) { whole = false; break; }
        const segment *g = &r->segments[found[i]];
        hits += g->blocks.count;
        if (g->pins == 0) hits_in_queue += g->blocks.count;
        whole = g->blocks.count == g->whole;
        found_count++;
    }
    const bool use_parked = whole && q->parked.count > 0;
    if (use_parked) { hits += q->parked.count; hits_in_queue += q->parked.count; }
    int64_t usable = hits;
    while (usable * B > q->target - 1) usable--;
    if (!s->config->engine.chunked_prefill && q->target - usable * B > budget) return false;
    const int64_t wanted = ceil_div(q->target, B) - usable;
    if (r->free_queue.count - hits_in_queue < wanted) return false;
    for (int i = 0; i < links; i++) {
        q->pinned[i] = -1;
        if (i >= found_count) continue;
        q->pinned[i] = found[i];
        segment *g = &r->segments[found[i]];
        if (g->pins++ == 0) for (int64_t b = 0; b < g->blocks.count; b++) list_remove(&r->free_queue, g->blocks.items[b]);
    }
    q->pinned_count = links;
    for (int64_t b = 0; use_parked && b < q->parked.count; b++) { list_remove(&r->free_queue, q->parked.items[b]); list_push(&q->private, q->parked.items[b]); }
    q->parked.count = 0;
    for (int64_t b = 0; b < wanted; b++) list_push(&q->private, take_block(s, r));
    q->stored = usable * B;
    q->reserved = q->target;
    q->covered = 0;
    return true;
}

static void cover(sim *s, replica *r, request *q, int64_t computed)
{
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(s, q, link_segment, link_blocks, link_end);
    for (; q->covered < links && link_end[q->covered] * s->config->engine.block_tokens <= computed; q->covered++) {
        const int i = q->covered;
        if (q->pinned[i] >= 0) {
            segment *g = &r->segments[q->pinned[i]];
            while (g->blocks.count < g->whole) list_push(&g->blocks, q->private.items[--q->private.count]);
        } else if (find_segment(r, q, link_segment[i]) < 0) {
            r->segments = realloc(r->segments, (size_t)(r->segment_count + 1) * sizeof *r->segments);
            segment *g = &r->segments[r->segment_count];
            *g = (segment){.chain_length = link_segment[i] + 1, .whole = link_blocks[i], .pins = 1, .alive = true};
            memcpy(g->chain, q->in->segments, sizeof g->chain);
            while (g->blocks.count < g->whole) list_push(&g->blocks, q->private.items[--q->private.count]);
            q->pinned[i] = r->segment_count++;
        }
    }
}

static void release(sim *s, replica *r, request *q, bool park)
{
    const int64_t B = s->config->engine.block_tokens;
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(s, q, link_segment, link_blocks, link_end);
    int64_t parked = 0;
    if (park && s->config->engine.prefix_caching) {
        parked = q->stored / B - (links > 0 ? link_end[links - 1] : 0);
        if (parked < 0) parked = 0;
    }
    while (q->private.count > parked) list_push(&r->free_queue, q->private.items[--q->private.count]);
    for (int64_t b = 0; b < parked; b++) list_push(&q->parked, q->private.items[b]);     /* parked in order; the queue gets the last one first */
    for (int64_t b = parked - 1; b >= 0; b--) list_push(&r->free_queue, q->parked.items[b]);
    q->private.count = 0;
    for (int i = links - 1; i >= 0; i--) {
        if (q->pinned[i] < 0) continue;
        segment *g = &r->segments[q->pinned[i]];
        if (--g->pins == 0) for (int64_t b = g->blocks.count - 1; b >= 0; b--) list_push(&r->free_queue, g->blocks.items[b]);
        q->pinned[i] = -1;
    }
}

static void preempt(sim *s, replica *r, lane *l)
{
    const int64_t id = l->running.items[l->running.count - 1];
    request *q = &s->requests[id];
    if (list_has(&l->decodes, id)) list_remove(&l->decodes, id);
    release(s, r, q, true);
    l->running.count--;
    list_insert_front(&r->waiting, id);
    r->seen++;
    q->lost = q->stored;
    s->totals.preemptions++;
    q->preemptions++;
    q->target = q->in->input_tokens + q->generated;
    q->stored = 0;
    q->decoding = false;
}

static void chunk(sim *s, replica *r, lane *l, request *q, int64_t *budget)
{
    const int64_t left = q->target - q->stored, tokens = left < *budget ? left : *budget;
    l->chunks[l->chunk_count] = (orr_plan_chunk){tokens, q->stored, q->stored + tokens == q->target};
    l->chunk_requests[l->chunk_count++] = q->id;
    cover(s, r, q, q->stored + tokens);
    *budget -= tokens;
}

static int64_t running_total(const sim *s, const replica *r)
{
    int64_t total = 0;
    for (int i = 0; i < s->config->engine.lane_count; i++) total += r->lanes[i].running.count;
    return total;
}

static void admit_all(sim *s, replica *r, lane *l, int64_t *budget)
{
    while (r->seen > 0 && *budget > 0 && running_total(s, r) < s->config->engine.max_num_seqs) {
        request *q = &s->requests[r->waiting.items[0]];
        if (!try_admit(s, r, q, *budget)) break;
        list_remove(&r->waiting, q->id);
        r->seen--;
        list_push(&l->running, q->id);
        if (!q->admitted_once) {
            q->admitted_once = true;
            q->admitted_ns = s->now_ns;
            q->cached = q->stored;
        }
        if (q->lost > q->stored) s->totals.recomputed_tokens += q->lost - q->stored;
        q->lost = 0;
        chunk(s, r, l, q, budget);
    }
}

static void plan_once(sim *s, replica *r, lane *l, bool *preempted)
{
    const int64_t B = s->config->engine.block_tokens;
    int64_t budget = s->config->engine.max_num_batched_tokens;
    l->chunk_count = l->decodes.count = 0;
    *preempted = false;
    if (s->config->engine.separate_prefill) {
        for (int64_t i = 0; i < l->running.count; i++)
            if (!s->requests[l->running.items[i]].decoding) chunk(s, r, l, &s->requests[l->running.items[i]], &budget);
        admit_all(s, r, l, &budget);
        if (l->chunk_count > 0) return;
        budget = s->config->engine.max_num_batched_tokens;
    }
    for (int64_t i = 0; i < l->running.count; i++) {
        request *q = &s->requests[l->running.items[i]];
        if (!q->decoding) {
            chunk(s, r, l, q, &budget);
            continue;
        }
        /* Slots for the token it has and for what it looks ahead; what it had before stays reserved. */
        bool alive = true;
        const int64_t slots = q->stored + 1 + s->config->engine.lookahead_tokens;
        const int64_t wanted = ceil_div(slots, B) - ceil_div(q->reserved, B);
        while (alive && r->free_queue.count < wanted) {
            alive = l->running.items[l->running.count - 1] != q->id;
            preempt(s, r, l);
            *preempted = true;
        }
        if (!alive) break;
        for (int64_t b = 0; b < wanted; b++) list_push(&q->private, take_block(s, r));
        q->reserved = slots;
        list_push(&l->decodes, q->id);
        budget -= 1 + s->config->engine.draft_tokens;
    }
    if (!*preempted && !s->config->engine.separate_prefill) admit_all(s, r, l, &budget);
}
static bool plan_lane(sim *s, replica *r, lane *l, orr_plan *plan)
{
    bool preempted;
    if (running_total(s, r) == 0 || r->steps >= r->next_look) {
        r->seen = r->waiting.count;
        r->next_look = r->steps + s->config->engine.receive_interval_steps;
    }
    do plan_once(s, r, l, &preempted); while (preempted && l->decodes.count == 0 && l->chunk_count == 0);
    *plan = (orr_plan){.chunks = l->chunks, .chunk_count = l->chunk_count, .running_requests = l->running.count};
    for (int64_t i = 0; i < l->decodes.count; i++) {
        const int64_t c = s->requests[l->decodes.items[i]].stored, cap = s->config->engine.context_cap_tokens;
        plan->decode_count++;
        plan->decode_tokens += 1 + s->config->engine.draft_tokens;
        plan->decode_context_tokens += c;
        plan->decode_capped_tokens += cap > 0 && c > cap ? cap : c;
        plan->decode_context_squares += (double)c * (double)c;
    }
    for (int64_t i = 0; i < l->chunk_count; i++) {
        plan->chunk_tokens += l->chunks[i].new_tokens;
        plan->completing_chunks += l->chunks[i].completes;
    }
    return plan->decode_count > 0 || plan->chunk_count > 0;
}

static void request_plan(sim *s, int number)
{
    replica *r = &s->replicas[number];
    if (r->plan_pending) return;
    r->plan_pending = true;
    push_event(s, s->now_ns > r->start_free_ns ? s->now_ns : r->start_free_ns, 2, number, 0);
}

static void schedule_pending(sim *s, int64_t earliest_ns)
{
    if (!s->pending && s->next_script < s->script_count) { s->pending = true; s->pending_ns = s->script[s->next_script].arrival_ns; }
    if (!s->pending || s->scheduled) return;
    if (s->config->in_flight_limit > 0 && s->in_flight >= s->config->in_flight_limit) return;
    if (earliest_ns > s->pending_ns) s->pending_ns = earliest_ns;
    s->scheduled = true;
    push_event(s, s->pending_ns + s->config->entry_ns, 1, 0, 0);
}

static int least_loaded(const sim *s)
{
    int least = 0;
    for (int i = 0; i < s->config->replica_count; i++) if (s->replicas[i].in_flight < s->replicas[least].in_flight) least = i;
    return least;
}

static int route(sim *s, const oracle_request *in)
{
    if (strcmp(s->router, "round-robin") == 0) return (int)(s->turn++ % s->config->replica_count);
    const int least = least_loaded(s);
    if (strcmp(s->router, "least-loaded") == 0) return least;
    int known = -1;
    for (int length = 1; length <= in->segment_count; length++) {
        int match = -1;
        for (int h = 0; h < s->home_count; h++) {
            if (s->homes[h].length != length) continue;
            bool same = true;
            for (int k = 0; k < length; k++) same = same && s->homes[h].chain[k].content == in->segments[k].content;
            if (same) match = h;
        }
        if (match < 0) break;
        known = s->homes[match].replica;
    }
    const int chosen = known >= 0 && s->replicas[known].in_flight <= 2 * s->replicas[least].in_flight + 8 ? known : least;
    for (int length = 1; length <= in->segment_count; length++) {
        s->homes[s->home_count].length = length;
        memcpy(s->homes[s->home_count].chain, in->segments, sizeof in->segments);
        s->homes[s->home_count++].replica = chosen;
    }
    return chosen;
}

static void deliver(sim *s, const oracle_request *in, int64_t arrival_ns)
{
    const int64_t id = s->next_id++;
    request *q = &s->requests[id];
    const orr_engine_config *e = &s->config->engine;
    *q = (request){.in = in, .id = id, .arrival_ns = arrival_ns, .target = in->input_tokens, .replica = route(s, in)};
    for (int i = 0; i < 8; i++) q->pinned[i] = -1;
    oracle_outcome *o = &s->outcomes[id];
    *o = (oracle_outcome){.arrival_ns = arrival_ns, .replica = q->replica};
    const int64_t longest = in->input_tokens + in->output_tokens;
    if ((e->max_model_tokens > 0 && longest > e->max_model_tokens) || ceil_div(longest - 1 + e->lookahead_tokens, e->block_tokens) > (e->max_request_blocks > 0 ? e->max_request_blocks : e->block_count)
        || (!e->chunked_prefill && longest - 1 > e->max_num_batched_tokens)) {
        o->rejected = true;
        if (s->config->closed) push_event(s, s->now_ns, 1, 0, 0);
        return;
    }
    s->in_flight++;
    s->replicas[q->replica].in_flight++;
    list_push(&s->replicas[q->replica].waiting, id);
    request_plan(s, q->replica);
}

static void arrive(sim *s)
{
    if (s->config->closed) {
        if (s->next_script < s->script_count) deliver(s, &s->script[s->next_script++], s->now_ns - s->config->entry_ns);
        return;
    }
    const oracle_request *in = &s->script[s->next_script++];
    const int64_t arrival_ns = s->pending_ns;
    s->pending = s->scheduled = false;
    deliver(s, in, s->now_ns - s->config->entry_ns);
    schedule_pending(s, arrival_ns);
}

static void finish(sim *s, replica *r, lane *l, request *q, int64_t end_ns)
{
    release(s, r, q, false);
    list_remove(&l->running, q->id);
    r->in_flight--;
    s->in_flight--;
    oracle_outcome *o = &s->outcomes[q->id];
    o->finished = true;
    o->admitted_ns = q->admitted_ns;
    o->first_token_ns = q->first_token_ns + s->config->exit_ns;
    o->finish_ns = end_ns + s->config->exit_ns;
    o->cached_tokens = q->cached;
    o->preemptions = q->preemptions;
    if (s->config->closed) push_event(s, o->finish_ns + s->config->entry_ns, 1, 0, 0);
    else schedule_pending(s, o->finish_ns);
}

/* Tokens that come out together leave no gap between them. */
static void token_out(sim *s, request *q, int64_t end_ns)
{
    const bool first_of_burst = q->generated > 0 && end_ns > q->last_token_ns;
    if (q->generated++ == 0) q->first_token_ns = end_ns;
    if (first_of_burst) { s->totals.gap_sum_ns += end_ns - q->last_token_ns; s->totals.gap_count++; }
    q->last_token_ns = end_ns;
}

static void end_step(sim *s, replica *r, int number, lane *l)
{
    const int64_t end_ns = s->now_ns;
    l->busy = false;
    const int64_t burst = l->decodes.count > 0 ? next_burst(&s->config->engine, &l->deck) : 0;
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
    }
    l->chunk_count = l->decodes.count = 0;
    l->last_end_ns = end_ns;
    request_plan(s, number);
}

static void plan_step(sim *s, replica *r, int number)
{
    r->plan_pending = false;
    if (s->now_ns < r->start_free_ns) { request_plan(s, number); return; }
    const int lanes = s->config->engine.lane_count;
    for (int tried = 0; tried < lanes; tried++) {
        const int index = r->next_lane;
        lane *l = &r->lanes[index];
        r->next_lane = (index + 1) % lanes;
        if (l->busy) continue;
        orr_plan plan;
        if (!plan_lane(s, r, l, &plan)) continue;
        l->busy = true;
        s->totals.steps++;
        r->steps++;
        const orr_outcome out = s->executor->execute(s->executor->context, number, &plan);
        r->start_free_ns = s->now_ns + out.occupancy_ns;
        const int64_t in_order = r->last_end_ns + out.occupancy_ns, alone = s->now_ns + out.latency_ns;
        r->last_end_ns = in_order > alone ? in_order : alone;
        push_event(s, r->last_end_ns, 0, number, index);
        if (lanes > 1) request_plan(s, number);
        return;
    }
}

static event *earliest(sim *s)
{
    event *best = NULL;
    for (int64_t i = 0; i < s->event_count; i++) {
        event *e = &s->events[i];
        if (!e->alive) continue;
        if (!best || e->time_ns < best->time_ns || (e->time_ns == best->time_ns && (e->class < best->class || (e->class == best->class && e->sequence < best->sequence)))) best = e;
    }
    return best;
}

static void compact_events(sim *s)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < s->event_count; i++) if (s->events[i].alive) s->events[kept++] = s->events[i];
    s->event_count = kept;
}

static void end(sim *s)
{
    for (int i = 0; i < s->config->replica_count; i++) {
        replica *r = &s->replicas[i];
        if (r->free_queue.count != s->config->engine.block_count) abort();      /* conservation of blocks */
        for (int64_t g = 0; g < r->segment_count; g++) free(r->segments[g].blocks.items);
        for (int k = 0; k < s->config->engine.lane_count; k++) { free(r->lanes[k].running.items); free(r->lanes[k].decodes.items); }
        free(r->segments); free(r->lanes); free(r->waiting.items); free(r->free_queue.items);
    }
    for (int64_t i = 0; i < s->script_count; i++) { free(s->requests[i].private.items); free(s->requests[i].parked.items); }
    free(s->replicas); free(s->requests); free(s->events);
}

oracle_totals oracle_run(const orr_loop_config *config, const char *router_name, const oracle_request *requests, int64_t request_count, const orr_executor *executor,
    oracle_outcome *outcomes)
{
    sim *s = calloc(1, sizeof *s);
    s->config = config;
    s->router = router_name;
    s->executor = executor;
    s->script = requests;
    s->script_count = request_count;
    s->outcomes = outcomes;
    s->requests = calloc((size_t)request_count + 1, sizeof *s->requests);
    s->replicas = calloc((size_t)config->replica_count, sizeof *s->replicas);
    for (int i = 0; i < config->replica_count; i++) {
        s->replicas[i].lanes = calloc((size_t)config->engine.lane_count, sizeof(lane));
        for (int k = 0; k < config->engine.lane_count; k++)
            s->replicas[i].lanes[k].deck = (deck){.dealt = 256, .rng = orr_rng_stream(orr_hash_mix(config->engine.burst_seed, (uint64_t)i), "bursts", (uint64_t)k)};
        for (int64_t b = 0; b < config->engine.block_count; b++) list_push(&s->replicas[i].free_queue, b);
    }
    if (!config->closed) schedule_pending(s, 0);
    else for (int64_t i = 0; i < config->in_flight_limit; i++) push_event(s, config->entry_ns, 1, 0, 0);
    for (event *e; (e = earliest(s)) != NULL;) {
        e->alive = false;
        const event now = *e;
        s->now_ns = now.time_ns;
        compact_events(s);
        replica *r = &s->replicas[now.replica];
        if (now.class == 0) end_step(s, r, now.replica, &r->lanes[now.lane]);
        else if (now.class == 1) arrive(s);
        else plan_step(s, r, now.replica);
    }
    s->totals.end_ns = s->now_ns;
    end(s);
    const oracle_totals totals = s->totals;
    free(s);
    return totals;
}
