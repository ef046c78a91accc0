/* The naive router and door: every replica is asked, every prompt compared with all that anybody holds. */
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

static bool is(const pool *p, const char *name) { return strcmp(p->router, name) == 0; }

static int64_t load_of(const sim *s, const pool *p, int number) { return is(p, "kv-aware") ? s->replicas[number].in_flight_tokens : s->replicas[number].in_flight; }

/* One more request would wait less at a than at b. */
static bool is_less_loaded(const sim *s, const pool *p, int a, int b)
{
    return (load_of(s, p, a) + 1) * s->replicas[b].speed < (load_of(s, p, b) + 1) * s->replicas[a].speed;
}

static int least_within(const sim *s, const pool *p, int first, int end)
{
    int least = -1;
    for (int i = first; i < end; i++)
        if (s->replicas[i].open && (least < 0 || is_less_loaded(s, p, i, least))) least = i;
    return least;
}

static int nth_open(const sim *s, const pool *p, int64_t n)
{
    for (int i = p->first; i < p->first + p->count; i++)
        if (s->replicas[i].open && n-- == 0) return i;
    abort();
}

int open_count(const sim *s, const pool *p)
{
    int count = 0;
    for (int i = p->first; i < p->first + p->count; i++) count += s->replicas[i].open;
    return count;
}

/* Weights that are all alike are no weights: their divisor is taken out, and a draw is over as many parts as they have together. */
static int64_t divisor_of(const sim *s, const pool *p)
{
    for (int64_t d = s->replicas[p->first].speed; ; d--) {
        bool divides = true;
        for (int i = p->first; i < p->first + p->count; i++) divides = divides && s->replicas[i].speed % d == 0;
        if (divides) return d;
    }
}

static bool alike(const sim *s, const pool *p)
{
    bool same = true;
    for (int i = p->first; i < p->first + p->count; i++) same = same && s->replicas[i].speed == s->replicas[p->first].speed;
    return same;
}

static int64_t parts_without(const sim *s, const pool *p, int but)
{
    int64_t sum = 0;
    for (int i = p->first; i < p->first + p->count; i++) if (s->replicas[i].open && i != but) sum += s->replicas[i].speed;
    return sum / divisor_of(s, p);
}

/* Each part is somebody's, in the order of their numbers. */
static int owner_of(const sim *s, const pool *p, int64_t part, int but)
{
    const int64_t divisor = divisor_of(s, p);
    for (int i = p->first; i < p->first + p->count; i++) {
        if (!s->replicas[i].open || i == but) continue;
        part -= s->replicas[i].speed / divisor;
        if (part < 0) return i;
    }
    abort();
}

static int by_two_choices(const sim *s, const pool *p, orr_rng *rng, int open)
{
    if (open == 1) return nth_open(s, p, 0);
    const int first = owner_of(s, p, (int64_t)orr_rng_below(rng, (uint64_t)parts_without(s, p, -1)), -1);
    const int second = owner_of(s, p, (int64_t)orr_rng_below(rng, (uint64_t)parts_without(s, p, first)), first);
    const int a = first < second ? first : second, b = first < second ? second : first;
    return is_less_loaded(s, p, b, a) ? b : a;
}

/* Turn k (from 0) of weight w is due at (2k + 1) / 2w. */
static int by_turn(sim *s, pool *p, int open)
{
    if (alike(s, p)) return nth_open(s, p, p->turn++ % open);
    replica *best = NULL, *last = p->turned_to > 0 ? &s->replicas[p->turned_to - 1] : NULL;
    for (int i = p->first; i < p->first + p->count; i++) {
        replica *r = &s->replicas[i];
        while (r->open && last && r != last && (2 * r->turns + 1) * last->speed < (2 * last->turns - 1) * r->speed) r->turns++;     /* it was away */
        if (r->open && (best == NULL || (2 * r->turns + 1) * best->speed < (2 * best->turns + 1) * r->speed)) best = r;
    }
    best->turns++;
    p->turned_to = best->number + 1;
    return best->number;
}

static int by_prefix(sim *s, pool *p, const oracle_request *in)
{
    const int least = least_within(s, p, p->first, p->first + p->count);
    int known = -1;
    for (int length = 1; length <= in->segment_count; length++) {
        int match = -1;
        for (int h = 0; h < p->home_count; h++) {
            if (p->homes[h].length != length) continue;
            bool same = true;
            for (int k = 0; k < length; k++) same = same && p->homes[h].chain[k].content == in->segments[k].content;
            if (same) match = h;
        }
        if (match < 0) break;
        known = s->replicas[p->homes[match].replica].open ? p->homes[match].replica : -1;
    }
    const int chosen = known >= 0 && s->replicas[known].in_flight * s->replicas[least].speed <= 2 * s->replicas[least].in_flight * s->replicas[known].speed + 8 * s->replicas[least].speed ? known : least;
    for (int length = 1; length <= in->segment_count; length++) {
        p->homes[p->home_count].length = length;
        memcpy(p->homes[p->home_count].chain, in->segments, sizeof in->segments);
        p->homes[p->home_count++].replica = chosen;
    }
    return chosen;
}

static int by_session(const sim *s, pool *p, const oracle_request *in)
{
    const int least = least_within(s, p, p->first, p->first + p->count);
    if (in->session == 0) return least;
    int home = -1;
    for (int i = 0; i < p->session_count; i++)
        if (p->sessions[i].session == in->session) home = p->sessions[i].replica;      /* the latest */
    if (home >= 0 && s->replicas[home].open) return home;
    p->sessions[p->session_count].session = in->session;
    p->sessions[p->session_count++].replica = least;
    return least;
}

static int by_lane(const sim *s, const pool *p, const oracle_request *in)
{
    const orr_router_settings *settings = &s->config->routing;
    const int lanes = settings->lane_count, all = least_within(s, p, p->first, p->first + p->count);
    if (lanes < 2 || p->count < lanes) return all;
    double sum = 0, before = 0;
    for (int i = 0; i < lanes; i++) sum += settings->lane_shares[i];
    int begin[ORR_MOST_ROUTER_LANES + 1] = {0};
    for (int k = 1; k <= lanes; k++) {
        before += settings->lane_shares[k - 1];
        begin[k] = (int)(p->count * before / sum + 0.5);
        if (begin[k] < k) begin[k] = k;
        if (begin[k] > p->count - (lanes - k)) begin[k] = p->count - (lanes - k);
    }
    const int own = in->priority < 0 ? 0 : in->priority >= lanes ? lanes - 1 : in->priority;
    const int least = least_within(s, p, p->first + begin[own], p->first + begin[own + 1]);
    return least >= 0 ? least : all;
}

/* --- what replicas told of their caches --- */

static void tell(replica *r)
{
    r->told = realloc(r->told, (size_t)(r->segment_count + 1) * sizeof *r->told);
    r->told_count = 0;
    for (int64_t i = 0; i < r->segment_count; i++)
        if (r->segments[i].alive) r->told[r->told_count++] = r->segments[i];       /* of the blocks only how many counts: they may be others later */
    for (int64_t i = 0; i < r->told_count; i++) r->told[i].uses = r->told[i].blocks.count;
}

void report_caches(sim *s)
{
    const int64_t interval_ns = s->config->routing.report_interval_ns;
    if (interval_ns > 0 && s->now_ns / interval_ns == s->reported) return;
    if (interval_ns > 0) s->reported = s->now_ns / interval_ns;
    for (int i = 0; i < s->replica_count; i++) {
        const replica *r = &s->replicas[i];
        if (!r->unnoticed && r->phase != ORR_REPLICA_OFF && r->phase != ORR_REPLICA_STARTING) tell(&s->replicas[i]);     /* of what is gone nothing is told, nor before it is there again */
    }
}

/* Tokens of the prompt that are there, as told: whole segments in a row, then what is left of one that lost its end. */
static int64_t told_tokens(const pool *p, const replica *r, const oracle_request *in)
{
    int64_t tokens = 0, end = 0, matched = 0;
    (void)p;
    for (int k = 0; k < in->segment_count; k++) {
        tokens += in->segments[k].tokens;
        const int64_t blocks = tokens / r->e->block_tokens - end;
        if (blocks == 0) continue;
        end += blocks;
        const segment *match = NULL;
        for (int64_t i = 0; i < r->told_count; i++) {
            const segment *g = &r->told[i];
            bool same = g->chain_length == k + 1;
            for (int j = 0; same && j <= k; j++) same = g->chain[j].content == in->segments[j].content && g->chain[j].tokens == in->segments[j].tokens;
            if (same) match = g;
        }
        if (match == NULL) return matched;
        matched += match->uses * r->e->block_tokens;
        if (match->uses < match->whole) return matched;
    }
    return matched;
}

static int by_cost(sim *s, const pool *p, const oracle_request *in)
{
    const double weight = s->config->routing.prefix_weight;
    const int least = least_within(s, p, p->first, p->first + p->count);
    if (s->config->routing.report_interval_ns == 0) report_caches(s);
    int best = -1;
    double best_cost = 0;
    for (int i = p->first; i < p->first + p->count; i++) {
        replica *r = &s->replicas[i];
        const int64_t matched = told_tokens(p, r, in);
        if (!r->open || (matched == 0 && i != least)) continue;
        const double cost = weight * (double)(in->input_tokens - matched) + (double)r->in_flight_tokens;
        if (best >= 0 && !(cost * (double)s->replicas[best].speed < best_cost * (double)r->speed)) continue;
        best = i;
        best_cost = cost;
    }
    return best;
}

int route(sim *s, pool *p, const oracle_request *in, int64_t id)
{
    const int open = open_count(s, p);
    orr_rng rng = orr_rng_stream(orr_hash_mix(s->config->seed, p == &s->encoding ? 2 : p == &s->prefill), "router", (uint64_t)id);
    if (is(p, "round-robin")) return by_turn(s, p, open);
    if (is(p, "random")) return owner_of(s, p, (int64_t)orr_rng_below(&rng, (uint64_t)parts_without(s, p, -1)), -1);
    if (is(p, "power-of-two")) return by_two_choices(s, p, &rng, open);
    if (is(p, "least-loaded")) return least_within(s, p, p->first, p->first + p->count);
    if (is(p, "session-sticky")) return by_session(s, p, in);
    if (is(p, "slo-lanes")) return by_lane(s, p, in);
    if (is(p, "kv-aware")) return by_cost(s, p, in);
    return by_prefix(s, p, in);
}

/* By all that wait there. */
bool door_admits(const sim *s, const replica *r, const oracle_request *in, int64_t arrival_ns)
{
    const orr_door_config *door = s->kinds[r->kind].door;
    const int64_t limit_ns = in->ttft_limit_ns > 0 ? in->ttft_limit_ns : s->config->ttft_limit_ns;
    int64_t tokens = in->input_tokens;
    if (door->kind == ORR_DOOR_QUEUE) return r->waiting.count < door->most_waiting;
    if (door->kind == ORR_DOOR_TOKENS) return r->in_flight_tokens + in->input_tokens <= door->most_tokens;
    if (door->kind != ORR_DOOR_DEADLINE || limit_ns <= 0) return true;
    for (int64_t i = 0; i < r->waiting.count; i++) tokens += s->requests[r->waiting.items[i]].in->input_tokens;
    return (double)s->now_ns + door->ns_per_token * (double)tokens <= (double)(arrival_ns + limit_ns);
}
