/* The naive tiers: every block by itself, and the rates of all passages anew whenever somebody asks. */
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

static int instance(const replica *r, int tier)
{
    const orr_tier_scope scope = r->tiers->tiers[tier].scope;
    if (scope == ORR_TIER_OF_CLUSTER) return 0;
    const int place = r->number - r->sim->kinds[r->kind].first;
    return scope == ORR_TIER_OF_ENGINE ? place : place / r->tiers->engines_per_node;
}

static tier_store *store_of(replica *r, int tier) { return &r->sim->stores[r->kind][tier][instance(r, tier)]; }

static bool is_of(const tier_block *b, const orr_segment *chain, int length)
{
    bool same = b->chain_length == length;
    for (int k = 0; k < length && same; k++) same = b->chain[k].content == chain[k].content && b->chain[k].tokens == chain[k].tokens;
    return same;
}

static int64_t held(const tier_store *store, const orr_segment *chain, int length)
{
    int64_t count = 0;
    for (int64_t i = 0; i < store->count; i++) count += is_of(&store->blocks[i], chain, length);
    return count;
}

static void stamp(sim *s, tier_store *store, const orr_segment *chain, int length)
{
    s->stamp++;
    for (int64_t i = 0; i < store->count; i++) if (is_of(&store->blocks[i], chain, length)) store->blocks[i].stamp = s->stamp;
}

/* --- passages --- */

static bool crosses(const sim *s, const passage *p, int of, int tier, int at, bool writes)
{
    if (p->kind != of || p->writes != writes || p->late_ns > 0) return false;
    const replica *r = &s->replicas[p->replica];
    for (int t = p->tier; t >= 0; t = r->tiers->tiers[t].via - 1) if (t == tier && instance(r, t) == at) return true;
    return false;
}

static int64_t capacity(const sim *s, int of, int tier, bool writes)
{
    const orr_tiers_config *c = s->kinds[of].tiers;
    return writes ? c->tiers[tier].write_kb_per_s : c->tiers[tier].read_kb_per_s;
}

/* All rates from nothing: the tightest link first, until everybody has one. */
static void share_out(sim *s)
{
    for (int64_t i = 0; i < s->passage_count; i++) s->passages[i].rate = 0;
    for (;;) {
        int64_t best = -1;
        int best_of = 0, best_tier = 0, best_at = 0, best_way = 0;
        for (int of = 0; of < s->kind_count; of++) for (int tier = 0; tier < s->kinds[of].tiers->count; tier++) for (int at = 0; at < 16; at++) for (int way = 0; way < 2; way++) {
            int64_t left = capacity(s, of, tier, way), waiting = 0;
            for (int64_t i = 0; i < s->passage_count; i++) {
                if (!crosses(s, &s->passages[i], of, tier, at, way)) continue;
                if (s->passages[i].rate == 0) waiting++;
                else left = left > s->passages[i].rate ? left - s->passages[i].rate : 0;
            }
            if (waiting == 0 || (best >= 0 && left / waiting >= best)) continue;
            best = left / waiting;
            best_of = of; best_tier = tier; best_at = at; best_way = way;
        }
        if (best < 0) return;
        for (int64_t i = 0; i < s->passage_count; i++) {
            passage *p = &s->passages[i];
            if (p->rate == 0 && crosses(s, p, best_of, best_tier, best_at, best_way)) p->rate = best > 0 ? best : 1;
        }
    }
}

/* Everything moves on to now. */
static void pass_time(sim *s)
{
    const int64_t passed = s->now_ns - s->passed_ns;
    s->passed_ns = s->now_ns;
    if (passed == 0) return;
    share_out(s);
    for (int64_t i = 0; i < s->passage_count; i++) {
        passage *p = &s->passages[i];
        if (p->late_ns > 0) continue;
        p->left = p->left / p->rate >= passed ? p->left - p->rate * passed : 0;
    }
}

static passage *set_out(replica *r, int tier, bool writes, int fetch, int64_t blocks)
{
    sim *s = r->sim;
    pass_time(s);
    if (s->passage_count == 8192) abort();
    passage *p = &s->passages[s->passage_count++];
    *p = (passage){.kind = r->kind, .tier = tier, .replica = r->number, .fetch = fetch, .writes = writes, .left = blocks * r->tiers->block_bytes * 1000000};
    return p;
}

static void write_down(replica *r, int tier)
{
    sim *s = r->sim;
    s->totals.tier_written[tier]++;
    pass_time(s);
    for (int64_t i = 0; i < s->passage_count; i++) {
        passage *p = &s->passages[i];
        if (!p->writes || p->replica != r->number || p->tier != tier) continue;
        p->left += r->tiers->block_bytes * 1000000;
        return;
    }
    set_out(r, tier, true, -1, 1);
}

/* --- stores --- */

static void put(replica *r, int tier, const orr_segment *chain, int length, int64_t blocks)
{
    tier_store *store = store_of(r, tier);
    stamp(r->sim, store, chain, length);
    const int64_t now = r->sim->stamp;
    for (int64_t b = held(store, chain, length); b < blocks; b++) {
        while (store->count >= r->tiers->tiers[tier].capacity_blocks) {
            int64_t victim = -1;
            for (int64_t i = 0; i < store->count; i++) {
                const tier_block *x = &store->blocks[i];
                if (victim < 0 || x->stamp < store->blocks[victim].stamp || (x->stamp == store->blocks[victim].stamp && x->block > store->blocks[victim].block)) victim = i;
            }
            if (victim < 0 || is_of(&store->blocks[victim], chain, length)) return;
            const tier_block gone = store->blocks[victim];
            tiers_lose(r, tier, gone.chain, gone.chain_length, held(store, gone.chain, gone.chain_length));
            store->blocks[victim] = store->blocks[--store->count];
        }
        store->blocks = realloc(store->blocks, (size_t)(store->count + 1) * sizeof *store->blocks);
        tier_block *x = &store->blocks[store->count++];
        *x = (tier_block){.chain_length = length, .block = b, .stamp = now};
        memcpy(x->chain, chain, (size_t)length * sizeof *chain);
        write_down(r, tier);
    }
}

void tiers_lose(replica *r, int tier, const orr_segment *chain, int length, int64_t blocks)
{
    for (int below = tier + 1; below < r->tiers->count; below++) {
        if (r->tiers->tiers[below].write == ORR_TIER_NONE) continue;
        if (r->tiers->tiers[below].write == ORR_TIER_ON_EVICT) put(r, below, chain, length, blocks);
        return;
    }
}

void tiers_computed(replica *r, const orr_segment *chain, int length, int64_t blocks)
{
    for (int t = 0; t < r->tiers->count; t++) if (r->tiers->tiers[t].write == ORR_TIER_THROUGH) put(r, t, chain, length, blocks);
}

void tiers_touch(replica *r, const orr_segment *chain, int length)
{
    for (int t = 0; t < r->tiers->count; t++) stamp(r->sim, store_of(r, t), chain, length);
}

void tiers_fetched(replica *r, const orr_segment *chain, int length)
{
    for (int t = 0; t < r->tiers->count; t++) {
        tier_store *store = store_of(r, t);
        for (int64_t i = store->count - 1; i >= 0 && r->tiers->tiers[t].exclusive; i--) if (is_of(&store->blocks[i], chain, length)) store->blocks[i] = store->blocks[--store->count];
    }
}

/* --- fetching --- */

static int64_t walk(replica *r, const request *q, int64_t found, int64_t most, int asked)
{
    int link_segment[8];
    int64_t link_blocks[8], link_end[8];
    const int links = links_of(r, q, link_segment, link_blocks, link_end);
    memset(r->from_tier, 0, sizeof r->from_tier);
    int64_t b = found;
    for (; b < most; b++) {
        if (b >= q->ahead_from && b < q->ahead_to) continue;
        int link = 0, from = -1;
        while (link < links && b >= link_end[link]) link++;
        if (link == links) break;
        for (int t = 0; t < r->tiers->count && from < 0; t++)
            if ((asked == 2 || (asked == 1 && r->tiers->tiers[t].ahead)) && held(store_of(r, t), q->in->segments, link_segment[link] + 1) > b - (link_end[link] - link_blocks[link])) from = t;
        if (from < 0) break;
        r->from_tier[from]++;
    }
    return b;
}

bool tiers_hold_back(const replica *r)
{
    bool any = false;
    for (int t = 0; t < ORR_MOST_TIERS; t++) any = any || r->from_tier[t] > 0;
    return any;
}

static bool is_faster(replica *r, int64_t saved, int64_t computed)
{
    sim *s = r->sim;
    int64_t longest = 0;
    for (int t = 0; t < r->tiers->count; t++) {
        if (r->from_tier[t] == 0) continue;
        int64_t rate = INT64_MAX;
        for (int x = t; x >= 0; x = r->tiers->tiers[x].via - 1) {
            int64_t others = 0;
            for (int64_t i = 0; i < s->passage_count; i++) others += crosses(s, &s->passages[i], r->kind, x, instance(r, x), false);
            const int64_t fair = r->tiers->tiers[x].read_kb_per_s / (1 + others);
            if (fair < rate) rate = fair;
        }
        const int64_t time = r->tiers->tiers[t].latency_ns + r->from_tier[t] * r->tiers->block_bytes * 1000000 / (rate > 0 ? rate : 1);
        if (time > longest) longest = time;
    }
    return longest < r->tiers->recompute_ns(r->tiers->context, saved, computed);
}

int64_t tiers_reach(replica *r, const request *q, int64_t found, int64_t most, int asked)
{
    const int64_t without = walk(r, q, found, most, 0), with = walk(r, q, found, most, asked);
    if (!tiers_hold_back(r)) return with;
    if (r->tiers->always || is_faster(r, (with - without) * r->e->block_tokens, without * r->e->block_tokens)) return with;
    return walk(r, q, found, most, 0);
}

void tiers_begin_fetch(replica *r, request *q)
{
    sim *s = r->sim;
    const int fetch = s->fetch_count++;
    if (fetch == 65536) abort();
    s->fetches[fetch].request = q->id;
    q->fetches++;
    for (int t = 0; t < r->tiers->count; t++) {
        if (r->from_tier[t] == 0) continue;
        s->fetches[fetch].parts++;
        s->totals.tier_read[t] += r->from_tier[t];
        set_out(r, t, false, fetch, r->from_tier[t]);
    }
}

int64_t tiers_next_ns(sim *s)
{
    int64_t next = INT64_MAX;
    if (s->passage_count == 0) return next;
    share_out(s);
    for (int64_t i = 0; i < s->passage_count; i++) {
        const passage *p = &s->passages[i];
        const int64_t end = p->late_ns > 0 ? p->late_ns : s->passed_ns + ceil_div(p->left, p->rate);
        if (end < next) next = end;
    }
    return next;
}

static void end_part(sim *s, int fetch)
{
    if (--s->fetches[fetch].parts > 0) return;
    request *q = &s->requests[s->fetches[fetch].request];
    fetched(s, q);
    request_plan(s, q->replica);
}

/* One thing that ends now: bytes that have all passed, side by side in the order in which they set out; else the latency of what has, in the order in which it did. */
static bool end_one(sim *s, int of)
{
    for (int64_t i = 0; i < s->passage_count; i++) {
        const passage p = s->passages[i];
        if (p.kind != of || p.late_ns > 0 || p.left > 0) continue;
        const int64_t latency = s->replicas[p.replica].tiers->tiers[p.tier].latency_ns;
        memmove(&s->passages[i], &s->passages[i + 1], (size_t)(s->passage_count - i - 1) * sizeof *s->passages);
        s->passage_count--;
        if (!p.writes && latency > 0) {
            passage *late = &s->passages[s->passage_count++];
            *late = p;
            late->late_ns = s->now_ns + latency;
            late->late_order = s->late_count++;
        } else if (!p.writes) {
            end_part(s, p.fetch);
        }
        return true;
    }
    int64_t first = -1;
    for (int64_t i = 0; i < s->passage_count; i++) {
        const passage *p = &s->passages[i];
        if (p->kind == of && p->late_ns > 0 && p->late_ns <= s->now_ns && (first < 0 || p->late_ns < s->passages[first].late_ns || (p->late_ns == s->passages[first].late_ns && p->late_order < s->passages[first].late_order))) first = i;
    }
    if (first < 0) return false;
    const int fetch = s->passages[first].fetch;
    memmove(&s->passages[first], &s->passages[first + 1], (size_t)(s->passage_count - first - 1) * sizeof *s->passages);
    s->passage_count--;
    end_part(s, fetch);
    return true;
}

void tiers_step(sim *s)
{
    pass_time(s);
    for (int of = 0; of < s->kind_count; of++) while (end_one(s, of)) { }
}
