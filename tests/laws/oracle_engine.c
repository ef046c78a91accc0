/* The naive engine: every running request, token and block by itself. */
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

void list_push(list *l, int64_t value)
{
    if (l->count == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 8;
        l->items = realloc(l->items, (size_t)l->capacity * sizeof *l->items);
    }
    l->items[l->count++] = value;
}

void list_insert(list *l, int64_t place, int64_t value)
{
    list_push(l, 0);
    memmove(l->items + place + 1, l->items + place, (size_t)(l->count - 1 - place) * sizeof *l->items);
    l->items[place] = value;
}

void list_remove(list *l, int64_t value)
{
    for (int64_t i = 0; i < l->count; i++) {
        if (l->items[i] != value) continue;
        memmove(l->items + i, l->items + i + 1, (size_t)(l->count - i - 1) * sizeof *l->items);
        l->count--;
        return;
    }
    abort();
}

bool list_has(const list *l, int64_t value)
{
    int64_t i = 0;
    while (i < l->count && l->items[i] != value) i++;
    return i < l->count;
}

int64_t drafts_of(const orr_engine_config *e, int64_t decodes) { return e->depths && e->draft_tokens > 0 ? e->depths[decodes] : e->draft_tokens; }

int64_t next_burst(const orr_engine_config *e, deck *d, int64_t decodes)
{
    const int64_t drafts = drafts_of(e, decodes);
    if (drafts == 0) return 1;
    if (e->accepted) {
        int64_t burst = 1;
        const int64_t accepted = e->accepted[d->replayed++ % e->accepted_count];
        while (burst <= drafts && burst <= accepted) burst++;
        return burst;
    }
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
    const int64_t card = d->cards[d->dealt++];
    return card > drafts + 1 ? drafts + 1 : card;
}

/* --- prefix links: the segments that own at least one block --- */

int links_of(const replica *r, const request *q, int link_segment[8], int64_t link_blocks[8], int64_t link_end[8])
{
    if (!r->e->prefix_caching) return 0;
    int links = 0;
    int64_t tokens = 0, end = 0;
    for (int i = 0; i < q->in->segment_count; i++) {
        tokens += q->in->segments[i].tokens;
        const int64_t blocks = tokens / r->e->block_tokens - end;
        if (blocks == 0) continue;
        end += blocks;
        link_segment[links] = i;
        link_blocks[links] = blocks;
        link_end[links++] = end;
    }
    return links;
}

/* --- the queue: block by block, each with a rank --- */

static bool policy_is(const replica *r, const char *name) { return strcmp(r->e->eviction ? r->e->eviction->name : "lru", name) == 0; }
static bool is_tree(const replica *r) { return r->e->radix && r->e->prefix_caching; }

static bool same_chain(const orr_segment *a, const orr_segment *b, int length)
{
    bool same = true;
    for (int k = 0; k < length; k++) same = same && a[k].content == b[k].content && a[k].tokens == b[k].tokens;
    return same;
}

/* The next request of the script with this segment, by a walk over the script. */
static int64_t next_use(const replica *r, const segment *g)
{
    for (int64_t i = r->reached + 1; i < r->sim->script_count; i++)
        if (r->sim->script[i].segment_count >= g->chain_length && same_chain(r->sim->script[i].segments, g->chain, g->chain_length)) return i;
    return INT64_MAX;
}

static void put_back(replica *r, int64_t block, int64_t rank)
{
    list_push(&r->free_queue, block);
    r->block_rank[block] = rank;
}

static void put_back_empty(replica *r, int64_t block)
{
    list_insert(&r->free_queue, 0, block);
    r->block_rank[block] = INT64_MIN;
}

static int64_t private_rank(const replica *r) { return policy_is(r, "lfu") ? 1 + r->age : policy_is(r, "belady") ? INT64_MIN : 0; }
static int64_t parked_rank(const replica *r) { return policy_is(r, "belady") ? INT64_MAX : private_rank(r); }
static int64_t segment_rank(const replica *r, const segment *g) { return policy_is(r, "lfu") ? g->uses + r->age : policy_is(r, "belady") ? -next_use(r, g) : 0; }

static void unpin(replica *r, segment *g)
{
    if (--g->pins > 0) return;
    g->since_ns = r->sim->now_ns;
    for (int64_t b = g->blocks.count - 1; b >= 0; b--) put_back(r, g->blocks.items[b], segment_rank(r, g));
}

static void pin(replica *r, segment *g)
{
    g->uses++;
    if (g->pins++ == 0) for (int64_t b = 0; b < g->blocks.count; b++) list_remove(&r->free_queue, g->blocks.items[b]);
}

static bool expired(const replica *r, int64_t since_ns) { return policy_is(r, "ttl") && r->sim->now_ns - since_ns > r->e->cache_ttl_ns; }

static int64_t find_segment(const replica *r, const request *q, int upto)
{
    for (int64_t i = 0; i < r->segment_count; i++) {
        segment *g = &r->segments[i];
        if (!g->alive || g->chain_length != upto + 1 || !same_chain(g->chain, q->in->segments, upto + 1)) continue;
        if (g->pins > 0 || !expired(r, g->since_ns)) return i;
        g->alive = false;       /* its blocks stay where they are */
        g->blocks.count = 0;
    }
    return -1;
}

/* Takes the first block of the least rank, evicting what it held; from a tree, with all of its segment. */
static int64_t take_block(sim *s, replica *r)
{
    int64_t block = r->free_queue.items[0];
    for (int64_t i = 1; i < r->free_queue.count; i++)
        if (r->block_rank[r->free_queue.items[i]] < r->block_rank[block]) block = r->free_queue.items[i];
    list_remove(&r->free_queue, block);
    if (r->block_rank[block] > r->age) r->age = r->block_rank[block];
    for (segment *g = r->segments; g < r->segments + r->segment_count; g++) {
        if (!g->alive || !list_has(&g->blocks, block)) continue;
        if (g->blocks.items[g->blocks.count - 1] != block || g->pins != 0) abort();
        if (r->tiers) tiers_lose(r, -1, g->chain, g->chain_length, g->blocks.count);
        list_remove(&g->blocks, block);
        s->totals.evicting_takes++;
        while (is_tree(r) && g->blocks.count > 0) {
            list_remove(&r->free_queue, g->blocks.items[0]);
            put_back_empty(r, g->blocks.items[0]);
            list_remove(&g->blocks, g->blocks.items[0]);
        }
        if (g->blocks.count == 0) g->alive = false;
    }
    for (int64_t i = 0; i < s->next_id; i++)
        if (list_has(&s->requests[i].parked, block) && s->requests[i].replica == r->number) list_remove(&s->requests[i].parked, block);
    return block;
}

/* What the cache holds of the request: segments found, in order, and whether its parked blocks follow; how many blocks that makes, and how many of these wait in the queue. */
typedef struct hit { int links, found_count; int64_t found[8], blocks, in_queue; bool use_parked; } hit;

static hit look_up(const replica *r, const request *q)
{
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    hit h = {.links = links_of(r, q, link_segment, link_blocks, link_end)};
    bool whole = true;
    for (int i = 0; i < h.links && whole; i++) {
        h.found[i] = find_segment(r, q, link_segment[i]);
        if (h.found[i] < 0) { whole = false; break; }
        const segment *g = &r->segments[h.found[i]];
        h.blocks += g->blocks.count;
        if (g->pins == 0) h.in_queue += g->blocks.count;
        whole = g->blocks.count == g->whole;
        h.found_count++;
    }
    if (q->parked.count > 0 && expired(r, q->parked_ns)) whole = false;
    h.use_parked = whole && q->parked.count > 0;
    if (h.use_parked) { h.blocks += q->parked.count; h.in_queue += q->parked.count; }
    return h;
}

static int64_t usable_blocks(const replica *r, const request *q, int64_t hits)
{
    while (hits * r->e->block_tokens > q->target - 1) hits--;
    return hits;
}

static bool try_admit(sim *s, replica *r, const lane *l, request *q, int64_t budget)
{
    const int64_t B = r->e->block_tokens;
    const hit h = look_up(r, q);
    const int64_t found_blocks = usable_blocks(r, q, h.blocks), usable = r->tiers && !q->remote ? tiers_reach(r, q, found_blocks, (q->target - 1) / B, 2) : found_blocks;
    if (!r->e->chunked_prefill && q->target - usable * B > budget) return false;
    const int64_t wanted = ceil_div(q->target, B) - found_blocks;
    if (r->free_queue.count - h.in_queue < wanted || !may_enter(s, r, l, q, r->free_queue.count - h.in_queue - wanted)) return false;
    if (q->id % s->script_count > r->reached) r->reached = q->id % s->script_count;
    for (int i = 0; i < h.links; i++) {
        q->pinned[i] = -1;
        if (i >= h.found_count) continue;
        q->pinned[i] = h.found[i];
        pin(r, &r->segments[h.found[i]]);
    }
    q->pinned_count = h.links;
    for (int64_t b = 0; h.use_parked && b < q->parked.count; b++) { list_remove(&r->free_queue, q->parked.items[b]); list_push(&q->private, q->parked.items[b]); }
    q->parked.count = 0;
    if (r->tiers && !q->remote) {
        q->found = found_blocks;
        q->ahead_from = q->ahead_to = 0;
        int link_segment[8];
        int64_t link_blocks[8], link_end[8];
        links_of(r, q, link_segment, link_blocks, link_end);
        for (int i = 0; i < h.links; i++) if (link_end[i] - link_blocks[i] < usable) tiers_touch(r, q->in->segments, link_segment[i] + 1);
    }
    for (int64_t b = 0; b < wanted; b++) list_push(&q->private, take_block(s, r));
    q->stored = usable * B;
    q->reserved = q->target;
    q->covered = 0;
    q->seated = true;
    return true;
}

void cover(replica *r, request *q, int64_t computed)
{
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(r, q, link_segment, link_blocks, link_end);
    for (; q->covered < links && link_end[q->covered] * r->e->block_tokens <= computed; q->covered++) {
        const int i = q->covered;
        if (q->pinned[i] >= 0) {
            segment *g = &r->segments[q->pinned[i]];
            if (g->blocks.count < g->whole && r->tiers) tiers_computed(r, g->chain, g->chain_length, g->whole);
            while (g->blocks.count < g->whole) list_push(&g->blocks, q->private.items[--q->private.count]);
            continue;
        }
        const int64_t other = find_segment(r, q, link_segment[i]);
        if (other < 0) {
            r->segments = realloc(r->segments, (size_t)(r->segment_count + 1) * sizeof *r->segments);
            segment *g = &r->segments[r->segment_count];
            *g = (segment){.chain_length = link_segment[i] + 1, .whole = link_blocks[i], .pins = 1, .uses = 1, .alive = true};
            memcpy(g->chain, q->in->segments, sizeof g->chain);
            while (g->blocks.count < g->whole) list_push(&g->blocks, q->private.items[--q->private.count]);
            q->pinned[i] = r->segment_count++;
            if (r->tiers) tiers_computed(r, g->chain, g->chain_length, g->whole);
        } else if (is_tree(r)) {
            pin(r, &r->segments[other]);
            q->pinned[i] = other;
            for (int64_t b = 0; b < link_blocks[i]; b++) put_back_empty(r, q->private.items[--q->private.count]);
        } else if (policy_is(r, "belady") && r->segments[other].pins == 0) {        /* seen passing: when is it wanted next? */
            segment *g = &r->segments[other];
            for (int64_t b = g->blocks.count - 1; b >= 0; b--) {
                list_remove(&r->free_queue, g->blocks.items[b]);
                put_back(r, g->blocks.items[b], segment_rank(r, g));
            }
        }
    }
}

void keep_answer(replica *r, request *q)
{
    oracle_request longer = *q->in;
    const request asked = {.in = &longer};
    int64_t tokens = 0;
    for (int i = 0; i < q->in->segment_count; i++) tokens += q->in->segments[i].tokens;
    const int64_t last = q->in->output_tokens - 1, whole = (tokens + last) / r->e->block_tokens - tokens / r->e->block_tokens;
    if (!r->e->prefix_caching || q->in->answer == 0 || tokens != q->in->input_tokens || whole == 0) return;
    longer.segments[longer.segment_count++] = (orr_segment){q->in->answer, last};
    if (find_segment(r, &asked, q->in->segment_count) >= 0) return;
    r->segments = realloc(r->segments, (size_t)(r->segment_count + 1) * sizeof *r->segments);
    segment *g = &r->segments[r->segment_count++];
    *g = (segment){.chain_length = longer.segment_count, .whole = whole, .pins = 1, .uses = 1, .alive = true};
    memcpy(g->chain, longer.segments, sizeof g->chain);
    while (g->blocks.count < g->whole) list_push(&g->blocks, q->private.items[--q->private.count]);
    q->answer_segment = r->segment_count;
    if (r->tiers) tiers_computed(r, g->chain, g->chain_length, g->whole);
}

void release(replica *r, request *q, bool park)
{
    const int64_t B = r->e->block_tokens;
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(r, q, link_segment, link_blocks, link_end);
    int64_t parked = 0;
    while (park && is_tree(r) && q->private.count > 0) put_back_empty(r, q->private.items[--q->private.count]);
    if (park && r->e->prefix_caching && !is_tree(r)) {
        parked = q->stored / B - (links > 0 ? link_end[links - 1] : 0);
        if (parked < 0) parked = 0;
    }
    q->parked_ns = r->sim->now_ns;
    while (q->private.count > parked) put_back(r, q->private.items[--q->private.count], private_rank(r));
    for (int64_t b = 0; b < parked; b++) list_push(&q->parked, q->private.items[b]);     /* parked in order; the queue gets the last one first */
    for (int64_t b = parked - 1; b >= 0; b--) put_back(r, q->parked.items[b], parked_rank(r));
    q->private.count = 0;
    q->seated = false;
    if (q->answer_segment > 0) unpin(r, &r->segments[q->answer_segment - 1]);
    q->answer_segment = 0;
    for (int i = links - 1; i >= 0; i--) {
        if (q->pinned[i] < 0) continue;
        unpin(r, &r->segments[q->pinned[i]]);
        q->pinned[i] = -1;
    }
}

static void preempt(sim *s, replica *r, lane *l, int64_t id)
{
    request *q = &s->requests[id];
    if (list_has(&l->decodes, id)) list_remove(&l->decodes, id);
    release(r, q, true);
    list_remove(&l->running, id);
    list_insert(&r->waiting, r->e->scheduling.victim == ORR_VICTIM_LEAST_OUTPUT ? r->seen : 0, id);
    r->seen++;
    q->lost = q->stored;
    s->totals.preemptions++;
    q->preemptions++;
    q->target = q->in->input_tokens + q->generated;
    q->stored = 0;
    q->decoding = false;
}

static void chunk(replica *r, lane *l, request *q, int64_t *budget)
{
    const int64_t left = q->target - q->stored, tokens = left < *budget ? left : *budget;
    l->chunks[l->chunk_count] = (orr_plan_chunk){tokens, q->stored, q->stored + tokens == q->target};
    l->chunk_requests[l->chunk_count++] = q->id;
    cover(r, q, q->stored + tokens);
    *budget -= tokens;
}

static int64_t running_total(const replica *r)
{
    int64_t total = 0;
    for (int i = 0; i < r->e->lane_count; i++) total += r->lanes[i].running.count;
    return total;
}

static void begin(sim *s, replica *r, lane *l, request *q, int64_t *budget)
{
    list_push(&l->running, q->id);
    if (!q->admitted_once) {
        q->admitted_once = true;
        q->admitted_ns = s->now_ns;
        q->cached = q->stored;
    }
    if (q->lost > q->stored) s->totals.recomputed_tokens += q->lost - q->stored;
    q->lost = 0;
    r->step_images += q->images;
    q->images = 0;
    chunk(r, l, q, budget);
}

/* Its images would be too many beside those of the step. */
static bool images_wait(const replica *r, const request *q)
{
    return q->images > 0 && r->step_images > 0 && r->e->most_images > 0 && r->step_images + q->images > r->e->most_images;
}

/* What is in the HBM of its prefix, when nobody holds anything for it. */
int64_t found_in_hbm(replica *r, const request *q)
{
    int link_segment[8];
    int64_t link_blocks[8], link_end[8], found = 0;
    const int links = links_of(r, q, link_segment, link_blocks, link_end);
    for (int i = 0; i < links; i++) {
        const int64_t g = find_segment(r, q, link_segment[i]);
        if (g < 0) break;
        found += r->segments[g].blocks.count;
        if (r->segments[g].blocks.count < r->segments[g].whole) break;
    }
    return found;
}

/* All that was asked for of its context is there. */
void fetched(sim *s, request *q)
{
    replica *r = &s->replicas[q->replica];
    q->fetches--;
    if (!q->awaits || q->fetches > 0) return;
    q->awaits = false;
    cover(r, q, q->stored);
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(r, q, link_segment, link_blocks, link_end);
    for (int i = 0; i < links; i++)
        if (i < q->covered && link_end[i] > q->found && q->pinned[i] >= 0) tiers_fetched(r, q->in->segments, link_segment[i] + 1);
    list_push(&r->ready, q->id);
}

static void admit_all(sim *s, replica *r, lane *l, int64_t *budget)
{
    if (r->received.count > 0) return;      /* who has its context waits for the prompt under way, and all others behind */
    while (r->ready.count > 0 && *budget > 0) {
        request *q = &s->requests[r->ready.items[0]];
        if ((!r->e->chunked_prefill && q->target - q->stored > *budget) || images_wait(r, q)) return;
        list_remove(&r->ready, q->id);
        r->coming--;
        begin(s, r, l, q, budget);
    }
    const bool may_admit = *budget > 0 && running_total(r) + r->coming < r->e->max_num_seqs;
    for (int64_t i = 0; may_admit && i < r->seen; i++) {      /* who asks finds out what has expired: it is asked only where it matters */
        request *q = &s->requests[r->waiting.items[i]];
        q->match = r->e->scheduling.order == ORR_ORDER_PREFIX && r->seen <= r->e->scheduling.prefix_order_most ? usable_blocks(r, q, look_up(r, q).blocks) : 0;
    }
    while (r->seen > 0 && *budget > 0 && running_total(r) + r->coming < r->e->max_num_seqs) {
        request *q = &s->requests[r->waiting.items[whose_turn(s, r)]];
        if (images_wait(r, q) || !try_admit(s, r, l, q, q->remote ? INT64_MAX : *budget)) break;
        list_remove(&r->waiting, q->id);
        r->seen--;
        entered(s, r, q);
        if (q->remote) {
            r->coming++;
            ship(s, r, q, q->target - q->stored);
            continue;
        }
        if (r->tiers && (q->fetches > 0 || tiers_hold_back(r))) {
            r->coming++;
            q->awaits = true;
            if (tiers_hold_back(r)) tiers_begin_fetch(r, q);
            continue;
        }
        begin(s, r, l, q, budget);
    }
}

/* Blocks of a step's decodes are taken when all of them have found some: which ones they are depends, where a policy ranks, on what preempted requests gave back. */
static void take_owed(sim *s, replica *r, const lane *l)
{
    for (int64_t i = 0; i < l->decodes.count; i++) {
        request *q = &s->requests[l->decodes.items[i]];
        for (; q->owed > 0; q->owed--) list_push(&q->private, take_block(s, r));
    }
}

static void plan_once(sim *s, replica *r, lane *l, bool *preempted)
{
    const int64_t B = r->e->block_tokens;
    int64_t budget = r->e->max_num_batched_tokens;
    l->chunk_count = l->decodes.count = 0;
    int64_t owed = 0;
    bool counted = false;
    *preempted = false;
    if (r->e->separate_prefill) {
        for (int64_t i = 0; i < l->running.count; i++)
            if (!s->requests[l->running.items[i]].decoding) chunk(r, l, &s->requests[l->running.items[i]], &budget);
        admit_all(s, r, l, &budget);
        if (l->chunk_count > 0) return;
        budget = r->e->max_num_batched_tokens;
    }
    if (r->e->scheduling.victim != ORR_VICTIM_TAIL)
        for (int64_t id; (id = victim_of(s, r, l, *preempted)) >= 0; *preempted = true) preempt(s, r, l, id);
    for (int64_t i = 0; i < l->running.count; i++) {
        request *q = &s->requests[l->running.items[i]];
        if (!q->decoding) {
            take_owed(s, r, l);
            owed = 0;
            budget -= l->decodes.count * (1 + drafts_of(r->e, l->decodes.count));
            counted = true;
            chunk(r, l, q, &budget);
            continue;
        }
        /* Slots for the token it has and for what it looks ahead; what it had before stays reserved. */
        bool alive = true;
        const int64_t slots = q->stored + 1 + r->e->lookahead_tokens;
        const int64_t wanted = ceil_div(slots, B) - ceil_div(q->reserved, B);
        while (alive && r->free_queue.count - owed < wanted) {
            alive = l->running.items[l->running.count - 1] != q->id;
            preempt(s, r, l, l->running.items[l->running.count - 1]);
            *preempted = true;
        }
        if (!alive) break;
        q->owed = wanted;
        owed += wanted;
        q->reserved = slots;
        list_push(&l->decodes, q->id);
    }
    take_owed(s, r, l);
    if (!counted) budget -= l->decodes.count * (1 + drafts_of(r->e, l->decodes.count));
    if (!*preempted && !r->e->separate_prefill) admit_all(s, r, l, &budget);
}
/* Who has its context decodes from this step on, unless a prompt is under way, behind which nobody may stand. */
static void join_received(sim *s, replica *r, lane *l)
{
    for (int64_t i = 0; i < l->running.count; i++) if (!s->requests[l->running.items[i]].decoding) return;
    while (r->received.count > 0) {
        request *q = &s->requests[r->received.items[0]];
        list_remove(&r->received, q->id);
        list_push(&l->running, q->id);
        r->coming--;
        q->decoding = true;
        q->generated = 1;
        q->first_token_ns = q->last_token_ns = s->now_ns;
    }
}

bool plan_lane(sim *s, replica *r, lane *l, orr_plan *plan)
{
    bool preempted;
    if (l->running.count == 0) l->has_decoded = false;
    const int64_t unseen = r->waiting.count - r->seen;
    bool looks = running_total(r) == 0;
    if (!looks && r->steps >= r->next_look) {
        looks = true;
        if (r->e->gather_steps > 0 && unseen > 0 && unseen < r->e->gather_requests) {
            if (!r->gathers) { r->gathers = true; r->gathers_since = r->steps; }
            looks = r->steps >= r->gathers_since + r->e->gather_steps;
        }
    }
    if (looks) {
        r->gathers = false;
        while (r->seen < r->waiting.count) see(s, r, r->seen++);
        r->next_look = r->steps + r->e->receive_interval_steps;
    }
    if (r->coming == 0 && running_total(r) == 0) r->ratio = r->e->scheduling.init_new_token_ratio;
    join_received(s, r, l);
    r->step_images = 0;
    do plan_once(s, r, l, &preempted); while (preempted && l->decodes.count == 0 && l->chunk_count == 0);
    if (l->decodes.count > 0) foresee(s, r, l, preempted);
    *plan = (orr_plan){.chunks = l->chunks, .chunk_count = l->chunk_count, .running_requests = l->running.count, .images = r->step_images};
    s->totals.images += r->step_images;
    for (int64_t i = 0; i < l->decodes.count; i++) {
        const int64_t c = s->requests[l->decodes.items[i]].stored, cap = r->e->context_cap_tokens;
        plan->decode_count++;
        plan->decode_tokens += 1 + drafts_of(r->e, l->decodes.count);
        plan->decode_context_tokens += c;
        plan->decode_capped_tokens += cap > 0 && c > cap ? cap : c;
        plan->decode_context_squares += (double)c * (double)c;
    }
    int64_t members = 0;
    for (int64_t i = 0; i < l->running.count; i++) members += s->requests[l->running.items[i]].decoding;
    plan->draft_tokens = drafts_of(r->e, members);
    if (plan->decode_count > 0) l->has_decoded = true;
    for (int64_t i = 0; i < l->chunk_count; i++) {
        plan->chunk_tokens += l->chunks[i].new_tokens;
        plan->completing_chunks += l->chunks[i].completes;
    }
    return plan->decode_count > 0 || plan->chunk_count > 0;
}
