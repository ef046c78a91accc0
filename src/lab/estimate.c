/* Steady state in closed form: the equations stand in estimate.h. */
#include "lab/estimate.h"

#include <math.h>
#include "base/math.h"
#include "base/units.h"

/* --- what is offered --- */

static double squared_variation(const orr_traffic *t)
{
    const double cv = t->burstiness_cv > 0 ? t->burstiness_cv : t->workload.arrival_cv;
    return t->load == ORR_LOAD_OPEN_CONSTANT ? 0 : t->load == ORR_LOAD_OPEN_GAMMA ? cv * cv : 1;
}

orr_offered orr_offered_of(const orr_study *study, const orr_demand *demand)
{
    orr_offered o = {.arrival_variability = squared_variation(&study->traffic)};
    const double n = (double)demand->requests, span_s = (demand->last_arrival_ns - demand->first_arrival_ns) / ORR_NS_PER_S;
    if (!(n > 0)) return o;
    o.requests = n;
    if (demand->open && span_s > 0) o.rate_per_s = (n - 1) / span_s;
    if (study->traffic.load == ORR_LOAD_CLOSED) o.in_flight = (double)study->traffic.concurrency;
    const bool caches = study->engine.enable_prefix_caching;
    o.input_tokens = demand->input_tokens / n;
    o.computed_tokens = (caches ? demand->uncached_tokens : demand->input_tokens) / n;
    o.output_tokens = demand->output_tokens / n;
    o.long_computed_tokens = (double)(caches ? demand->uncached : demand->inputs)[(int64_t)(0.99 * (n - 1))];
    o.short_output_tokens = (double)demand->outputs[(int64_t)(0.1 * (n - 1))];
    const double decodes = demand->output_tokens - n;
    o.context_tokens = decodes > 0 ? demand->decode_context_tokens / decodes : o.input_tokens;
    o.private_tokens = decodes > 0 ? (caches ? demand->decode_private_tokens : demand->decode_context_tokens) / decodes : o.input_tokens;
    double squares = 0, sum = 0;
    for (int64_t i = 0; i < demand->decoding; i++) {
        const double c = (double)demand->decoding_inputs[i] + o.output_tokens / 2;
        squares += c * c;
        sum += c;
    }
    o.context_spread = sum > 0 ? squares * (double)demand->decoding / (sum * sum) : 1;
    return o;
}

/* --- steps --- */

typedef struct kept_cycle kept_cycle;
typedef struct engine { const orr_study *study; const orr_perf *perf; const orr_offered *offered; double computed /* of a prompt, here */, decodes /* steps of an answer, here */, lanes, budget, most; kept_cycle *kept /* by decodes of a step, up to most */; } engine;
typedef struct cycle { double ns, alone_ns /* without prompts */, mixed_ns, prompts /* tokens of a step that has any */, share /* of steps that have */; orr_cost cost; } cycle;
struct kept_cycle { bool known, full_known, prompts_known; double own_ns, long_ns /* steps of a mean and of a long prompt beside so many decodes */; cycle c, full; };

/* Steps of fewer drafts that give the tokens of one of the deepest, which all here is counted in. */
static double depth_times(const engine *e, const orr_perf *perf)
{
    const orr_speculation *s = &e->study->engine.speculation;
    return orr_speculation_mean_tokens(s) / orr_speculation_mean_tokens_of(s, orr_perf_decode_tokens(perf) - 1);
}

/* ns until the same lane steps again; b decodes and one chunk of so many tokens. */
static double step_ns(const engine *e, int64_t b, int64_t chunk, orr_cost *cost)
{
    const orr_offered *o = e->offered;
    const orr_perf *perf = orr_perf_of_batch(e->perf, b);
    const int64_t verified = b * orr_perf_decode_tokens(perf), cap = e->study->model.context_cap_tokens;
    const double context = o->context_tokens, capped = cap > 0 ? orr_min(context, (double)cap) : context, cached = orr_max(o->input_tokens - o->computed_tokens, 0);
    const int64_t completing = chunk > 0 ? orr_max_i64(1, orr_round_i64((double)chunk / orr_max(e->computed, 1))) : 0;
    orr_step_shape shape = {.tokens = verified + chunk, .logits = verified + completing, .decode_only = chunk == 0};
    shape.decode = (orr_decode_sums){b, orr_round_i64((double)b * context), orr_round_i64((double)b * capped), (double)b * context * context * o->context_spread};
    if (chunk > 0) shape.chunk = (orr_prefill_chunk){(chunk + completing - 1) / completing, orr_round_i64(cached)};
    shape.chunk_count = completing;
    orr_perf_step(perf, &shape, cost);
    if (b > 0 || chunk > 0) {
        orr_cost drafts = {0};
        orr_perf_drafts(perf, &shape.decode, &shape.chunk, shape.chunk_count, &drafts);
        orr_cost_add(cost, &drafts, 1);
    }
    const double host_ns = orr_perf_host_ns(perf, b + completing, shape.tokens, completing), latency_ns = orr_perf_join_ns(perf, cost->time_ns, host_ns);
    if (perf != e->perf && b > 0) {
        const double times = depth_times(e, perf);
        const orr_cost once = *cost;
        *cost = (orr_cost){0};
        orr_cost_add(cost, &once, times);
        return times * (e->lanes <= 1 ? latency_ns : orr_max(latency_ns, e->lanes * orr_max(once.time_ns * orr_perf_bottleneck_share(perf), host_ns)));
    }
    if (e->lanes <= 1) return latency_ns;
    return orr_max(latency_ns, e->lanes * orr_max(cost->time_ns * orr_perf_bottleneck_share(perf), host_ns));
}

static double room(const engine *e, double b) { return orr_max(e->budget - b * (double)orr_perf_decode_tokens(e->perf), 1); }

/* Prompts' own steps start as soon as one waits: each takes what came during the last of them. */
static double gathered(const engine *e, double alone_ns, double needed, double most, double prompts, double *mixed_ns, orr_cost *mixed)
{
    for (int i = 0; i < 3; i++) {
        const double came = needed / (alone_ns + needed / prompts * *mixed_ns) * *mixed_ns;
        if (came <= prompts || prompts >= most) break;
        prompts = orr_min(came, most);
        *mixed_ns = step_ns(e, 0, orr_max_i64(1, orr_round_i64(prompts)), mixed);
    }
    return prompts;
}

/* Prompts and answers in balance, b decodes a step. full: others wait for a seat, and enter together after a decode step. */
static cycle cycle_of(const engine *e, int64_t b, bool full)
{
    cycle c = {0};
    orr_cost alone = {0}, mixed = {0};
    if (b > 0) c.alone_ns = step_ns(e, b, 0, &alone);
    const double needed = e->decodes > 0 ? e->computed * (double)b / e->decodes : e->computed;
    if (needed > 0) {
        const bool separate = !e->study->engine.enable_mixed_chunk;
        const double most = separate ? e->budget : room(e, (double)b);
        c.prompts = orr_min(orr_max(separate && !full ? 0 : needed, orr_min(e->computed, most)), most);
        c.mixed_ns = step_ns(e, separate ? 0 : b, orr_max_i64(1, orr_round_i64(c.prompts)), &mixed);
        if (separate && b > 0 && !full) c.prompts = gathered(e, c.alone_ns, needed, most, c.prompts, &c.mixed_ns, &mixed);
        c.share = needed / c.prompts;
        c.ns = separate ? c.alone_ns + c.share * c.mixed_ns : c.share <= 1 ? (1 - c.share) * c.alone_ns + c.share * c.mixed_ns : c.share * c.mixed_ns;
        orr_cost_add(&c.cost, &alone, separate ? 1 : orr_max(1 - c.share, 0));
        orr_cost_add(&c.cost, &mixed, c.share);
        return c;
    }
    c.ns = c.alone_ns;
    c.cost = alone;
    return c;
}

/* Requests/s of one lane's share of a replica, times lanes. */
static double finished_per_s(const engine *e, double b, double cycle_ns) { return e->lanes * b / (e->decodes * cycle_ns) * ORR_NS_PER_S; }

/* b and its cycle between whole numbers: times go in a line there. */
typedef struct point { double b, per_s; cycle c; } point;

static point point_between(const engine *e, point low, point high, double wanted_per_s)
{
    const double t = high.per_s > low.per_s ? orr_min(orr_max((wanted_per_s - low.per_s) / (high.per_s - low.per_s), 0), 1) : 0;
    point p = low;
    p.b = low.b + t * (high.b - low.b);
    p.c.ns += t * (high.c.ns - low.c.ns);
    p.c.alone_ns += t * (high.c.alone_ns - low.c.alone_ns);
    p.c.mixed_ns += t * (high.c.mixed_ns - low.c.mixed_ns);
    p.c.share += t * (high.c.share - low.c.share);
    orr_cost_add(&p.c.cost, &low.c.cost, -t);
    orr_cost_add(&p.c.cost, &high.c.cost, t);
    p.per_s = finished_per_s(e, p.b, p.c.ns);
    return p;
}

static const cycle *kept_cycle_of(const engine *e, int64_t b, bool full)
{
    kept_cycle *kept = &e->kept[b];
    bool *known = full ? &kept->full_known : &kept->known;
    cycle *c = full ? &kept->full : &kept->c;
    if (!*known) *c = cycle_of(e, b, full);
    *known = true;
    return c;
}

static point point_at(const engine *e, int64_t b, bool full)
{
    point p = {.b = (double)b, .c = *kept_cycle_of(e, b, full)};
    p.per_s = finished_per_s(e, p.b, p.c.ns);
    return p;
}

/* Where it finishes as many as come: between 0 and `full`, which finishes more. x(b) rises. */
static point point_of_rate(const engine *e, point full, double per_s)
{
    point low = {.c = point_at(e, 1, false).c}, high = full;      /* an idle engine's step would be that of one request */
    while (high.b - low.b > 1) {
        const double guess = low.b + (high.b - low.b) * (per_s - low.per_s) / (high.per_s - low.per_s);
        const int64_t b = orr_min_i64(orr_max_i64((int64_t)guess, (int64_t)low.b + 1), (int64_t)high.b - 1);
        const point middle = point_at(e, b, false);
        if (middle.per_s > per_s) high = middle;
        else low = middle;
        /* A guess from below lands below again: the next number is tried, too. */
        if (middle.per_s <= per_s && high.b - low.b > 1) {
            const point next = point_at(e, (int64_t)low.b + 1, false);
            if (next.per_s > per_s) high = next;
            else low = next;
        }
    }
    return point_between(e, low, high, per_s);
}

/* Most decodes a lane may run: seats, cache, and a budget that prompts need too. */
static double most_decodes(const engine *e)
{
    const orr_memory_map memory = orr_perf_memory(e->perf);
    const double held = e->offered->private_tokens + 0.5 * (double)e->study->engine.block_size, by_cache = (double)memory.kv_tokens / orr_max(held, 1), seats = (double)e->study->engine.max_num_seqs;
    const double needed = e->decodes > 0 ? e->computed / e->decodes : 0, verified = (double)orr_perf_decode_tokens(e->perf);
    const double by_budget = e->study->engine.enable_mixed_chunk ? e->budget / (verified + needed) : e->budget / verified;
    double most = orr_min(orr_min(seats, by_cache) / e->lanes, by_budget);
    if (memory.max_requests > 0) most = orr_min(most, (double)memory.max_requests / e->lanes);
    return floor(most);
}

/* --- waits --- */

static const double quantiles[ORR_STAT_COUNT_] = {[ORR_STAT_MEAN] = 0, [ORR_STAT_P50] = 0.5, [ORR_STAT_P90] = 0.9, [ORR_STAT_P95] = 0.95, [ORR_STAT_P99] = 0.99};
static const double normal_of[ORR_STAT_COUNT_] = {0, 0, 1.2816, 1.6449, 2.3263};

/* A wait that `waiting` of all have, exponential in its tail: its statistic. */
static double wait_stat(double mean_ns, double waiting, orr_stat stat)
{
    if (stat == ORR_STAT_MEAN || !(waiting > 0)) return mean_ns;
    return orr_max(mean_ns / waiting * orr_log(waiting / (1 - quantiles[stat])), 0);
}

/* Time of prompts on an engine that runs b decodes: own steps of a prompt of so many tokens. */
static double prompt_ns(const engine *e, double b, double tokens)
{
    const double most = e->study->engine.enable_mixed_chunk ? room(e, b) : e->budget, first = orr_min(tokens, most);
    orr_cost cost = {0};
    const double full_ns = step_ns(e, e->study->engine.enable_mixed_chunk ? orr_round_i64(b) : 0, orr_max_i64(1, orr_round_i64(first)), &cost);
    return full_ns * orr_max(tokens / first, 1);
}

/* Of a mean prompt, and of a long one. */
static const kept_cycle *prompts_beside(const engine *e, double b)
{
    const int64_t whole = orr_min_i64(orr_round_i64(b), (int64_t)e->most);
    const orr_offered *o = e->offered;
    kept_cycle *kept = &e->kept[whole];
    if (kept->prompts_known) return kept;
    kept->prompts_known = true;
    kept->own_ns = prompt_ns(e, (double)whole, o->computed_tokens);
    kept->long_ns = o->long_computed_tokens > o->computed_tokens ? prompt_ns(e, (double)whole, o->long_computed_tokens) : kept->own_ns;
    return kept;
}

/* `together`: customers that are served at once; who finds fewer before him waits for none of them. */
static double pollaczek_ns(double per_s, double service_ns, double variability, double together)
{
    const double rho = orr_min(per_s * service_ns / ORR_NS_PER_S, 0.999);
    return orr_pow(rho, together) * service_ns / (1 - rho) * variability / 2;
}

/* What is left of the step that an arrival finds: of steps of two lengths, the longer is found more often. */
static double residual_ns(const cycle *c, bool separate, orr_stat stat)
{
    const double alone = separate ? 1 : orr_max(1 - c->share, 0), mixed = c->share, sum = alone * c->alone_ns + mixed * c->mixed_ns;
    if (!(sum > 0)) return 0;
    if (stat == ORR_STAT_MEAN) return (alone * c->alone_ns * c->alone_ns + mixed * c->mixed_ns * c->mixed_ns) / sum / 2;
    const double in_mixed = mixed * c->mixed_ns / sum, above = 1 - quantiles[stat];       /* of a mixed step more than t is left with in_mixed (1 - t / mixed), and of one alone likewise */
    const double low = orr_min(c->alone_ns, c->mixed_ns > 0 ? c->mixed_ns : c->alone_ns), left = c->mixed_ns > 0 && in_mixed > 0 ? c->mixed_ns * (1 - above / in_mixed) : 0;
    return orr_max(left, low * quantiles[stat] * (1 - in_mixed));
}

/* --- the estimate --- */

static void fill_ttft(orr_estimate *r, const engine *prompts, const point *at, double per_s, double beside_ns, double seat_wait_ns, double seat_waiting)
{
    const orr_offered *o = prompts->offered;
    const double b = prompts->decodes > 0 ? at->b : 0;
    const kept_cycle *own = prompts_beside(prompts, b);
    const double own_ns = own->own_ns, long_ns = own->long_ns;
    const double added_ns = orr_max(own_ns - (b >= 1 && prompts->study->engine.enable_mixed_chunk ? at->c.alone_ns : 0), 0);
    const bool separate = !prompts->study->engine.enable_mixed_chunk;
    const double together = orr_max(floor((separate ? prompts->budget : room(prompts, b)) / orr_max(o->computed_tokens, 1)), 1), lengths = 0.3;      /* squared variation of prompts' times */
    const double queue_ns = pollaczek_ns(per_s, added_ns, o->arrival_variability + lengths, together), queued = orr_pow(orr_min(per_s * added_ns / ORR_NS_PER_S, 1), together);
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
        const double reach = stat == ORR_STAT_MEAN ? 0 : orr_max(2 * quantiles[stat] - 1, 0);      /* long prompts, too, stand in the tail */
        r->ttft_ns[stat] = beside_ns + own_ns + reach * (long_ns - own_ns) + (prompts->decodes > 0 ? residual_ns(&at->c, separate, (orr_stat)stat) : 0) + wait_stat(queue_ns, queued, (orr_stat)stat) + wait_stat(seat_wait_ns, seat_waiting, (orr_stat)stat);
    }
}

static void fill_decoding(orr_estimate *r, const engine *e, const point *at, double gained)
{
    const double slope = at->b > 0 ? orr_max(at->c.ns - point_at(e, orr_max_i64(1, orr_round_i64(at->b / 2)), false).c.ns, 0) / orr_max(at->b - (double)orr_max_i64(1, orr_round_i64(at->b / 2)), 1) : 0;
    const double crowd_ns = r->load < 1 ? slope * sqrt(orr_max(at->b, 0)) : 0;
    const double f = orr_min(at->c.share, 1), longer_ns = e->study->engine.enable_mixed_chunk ? at->c.mixed_ns - at->c.alone_ns : at->c.mixed_ns, steps = orr_max((e->offered->short_output_tokens - 1) / gained, 1);
    const double scatter_ns = sqrt(crowd_ns * crowd_ns + f * (1 - f) * longer_ns * longer_ns / steps);
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
        r->tpot_ns[stat] = (at->c.ns + normal_of[stat] * scatter_ns) / gained;
        r->e2el_ns[stat] = r->ttft_ns[stat] + (e->offered->output_tokens - 1) * r->tpot_ns[stat];
    }
}

/* Closed load: as many are in flight as there may be, and those that wait for their first token decode nothing. */
static point point_of_closed(const engine *e, double most, double in_flight)
{
    double b = orr_min(most, orr_max(in_flight / e->lanes, 1));
    for (int i = 0; i < 3; i++) {
        const point p = point_at(e, orr_max_i64(1, orr_round_i64(b)), b >= most);
        const double decoding_ns = e->decodes * p.c.ns, first_ns = e->computed > 0 ? prompts_beside(e, p.b)->own_ns + p.c.ns / 2 : p.c.ns;
        b = orr_min(most, orr_max(in_flight / e->lanes * decoding_ns / (decoding_ns + first_ns), 1));
    }
    return point_at(e, orr_max_i64(1, orr_round_i64(b)), b >= most);
}

static double sakasegawa_ns(double load, double seats, double service_ns, double variability)
{
    const double u = orr_min(load, 0.999);
    return (variability + 1) / 2 * orr_pow(u, sqrt(2 * (seats + 1)) - 1) / (seats * (1 - u)) * service_ns;
}

struct orr_estimator {
    engine own, prompts;                /* the same where there is one pool */
    orr_study view;                     /* of the prefill engines */
    point full;
    double gained /* tokens of a decode step */, prompts_per_s /* of a prefill engine, at most */, beside_ns /* shipping */, prompt_j;
    double own_idle_w, pool_idle_w;     /* of a replica */
    bool fits, apart;
};

static engine engine_of(const orr_study *study, const orr_perf *perf, const orr_offered *o, double computed, double decodes, orr_arena *arena)
{
    engine e = {study, perf, o, computed, decodes, (double)orr_perf_stage_count(perf), (double)study->engine.max_num_batched_tokens, 0, NULL};
    e.most = decodes > 0 ? most_decodes(&e) : 0;
    if (e.most >= 0 && orr_perf_memory(perf).fits) e.kept = ORR_NEW_ARRAY(arena, kept_cycle, (size_t)e.most + 2);
    return e;
}

/* Prompts that a prefill engine finishes, packed as full as its budget allows; and what shipping takes. */
static void know_pool(orr_estimator *e, const orr_perf *perf, const orr_offered *o)
{
    const engine *p = &e->prompts;
    orr_cost cost = {0};
    const double pack = orr_max(floor(p->budget / orr_max(o->computed_tokens, 1)), 1), together = pack > 1 ? pack * o->computed_tokens : orr_min(o->computed_tokens, p->budget);
    const double steps = orr_max(o->computed_tokens / p->budget, 1);
    e->prompts_per_s = pack / steps * p->lanes * ORR_NS_PER_S / step_ns(p, 0, orr_max_i64(1, orr_round_i64(together)), &cost);
    const orr_shipment ship = orr_perf_ship(perf, orr_max_i64(1, orr_round_i64(o->input_tokens)));
    e->beside_ns = ship.latency_ns + orr_max(ship.egress_ns, ship.ingress_ns);
    cost = (orr_cost){0};
    step_ns(p, 0, orr_max_i64(1, orr_round_i64(o->computed_tokens)), &cost);
    e->prompt_j = cost.energy_j;
    e->pool_idle_w = orr_perf_idle_w(p->perf);
}

orr_estimator *orr_estimator_create(const orr_study *study, const orr_perf *perf, const orr_offered *o, orr_arena *arena)
{
    orr_estimator *e = ORR_NEW(arena, orr_estimator);
    const orr_perf *pool = orr_perf_prefill(perf);
    *e = (orr_estimator){.apart = pool != NULL, .gained = orr_speculation_mean_tokens(&study->engine.speculation), .own_idle_w = orr_perf_idle_w(perf)};
    e->own = engine_of(study, perf, o, pool ? 0 : o->computed_tokens, orr_max(o->output_tokens - 1, 1e-9) / e->gained, arena);
    e->fits = orr_perf_memory(perf).fits && e->own.most >= 1 && o->output_tokens > 0;
    e->prompts = e->own;
    if (!e->fits) return e;
    if (pool) {
        orr_study_prefill_view(study, arena, &e->view);
        e->prompts = engine_of(&e->view, pool, o, o->computed_tokens, 0, arena);
        e->fits = orr_perf_memory(pool).fits;
        if (!e->fits) return e;
        know_pool(e, perf, o);
    }
    e->full = point_at(&e->own, (int64_t)e->own.most, true);
    return e;
}

/* Steady state, and the end of the run: from the last arrival to the last answer it draws what an idle one does. */
static void fill_run(orr_estimate *r, const orr_estimator *e, const point *at, bool open, double replicas, double prompt_replicas)
{
    const orr_offered *o = e->own.offered;
    const double steps_per_s = at->b > 0 ? orr_min(at->b, 1) * ORR_NS_PER_S / at->c.ns * e->own.lanes * replicas : 0, idle_w = e->own_idle_w * replicas + e->pool_idle_w * prompt_replicas;
    const double steady_s = o->requests / r->requests_per_s, tail_s = open ? r->e2el_ns[ORR_STAT_MEAN] / ORR_NS_PER_S : 0;
    r->duration_s = steady_s + tail_s;
    r->output_tokens_per_s = o->requests * o->output_tokens / r->duration_s;
    r->mean_power_w = idle_w + (at->c.cost.energy_j * steps_per_s + e->prompt_j * r->requests_per_s) * steady_s / r->duration_s;
}

orr_estimate orr_estimate_at(orr_estimator *e)
{
    const engine *own = &e->own;
    const orr_study *study = own->study;
    const orr_offered *o = own->offered;
    orr_estimate r = {.gpus = orr_study_gpus(study), .usd_per_h = orr_study_usd_per_h(study), .all_in_w = orr_study_all_in_w(study), .fits = e->fits};
    if (!e->fits) return r;
    const double replicas = (double)orr_study_replicas(study), prompt_replicas = e->apart ? (double)study->serving.prefill.replicas : 0;
    r.sustained_per_s = e->full.per_s * replicas;
    if (e->apart) r.sustained_per_s = orr_min(r.sustained_per_s, prompt_replicas * e->prompts_per_s);
    const bool open = o->rate_per_s > 0;
    r.load = open ? o->rate_per_s / r.sustained_per_s : 1;
    r.stable = r.load < 1 || !open;
    const point at = open ? r.stable ? point_of_rate(own, e->full, o->rate_per_s / replicas) : e->full : o->in_flight > 0 ? point_of_closed(own, own->most, o->in_flight / replicas) : e->full;
    r.requests_per_s = orr_min(open ? o->rate_per_s : at.per_s * replicas, r.sustained_per_s);
    r.batch = at.b * own->lanes;
    r.step_ns = at.c.ns;
    r.step = at.c.cost;
    const double service_ns = own->decodes * at.c.ns, seats = own->most * own->lanes * replicas;
    const double seat_ns = open ? sakasegawa_ns(orr_min(r.load, 1), seats, service_ns, o->arrival_variability) : o->in_flight > seats ? (o->in_flight / seats - 1) * service_ns : 0;
    fill_ttft(&r, &e->prompts, &at, r.requests_per_s / (e->apart ? prompt_replicas : replicas), e->beside_ns, seat_ns, open ? orr_pow(orr_min(r.load, 1), sqrt(2 * (seats + 1))) : 1);
    fill_decoding(&r, own, &at, e->gained);
    fill_run(&r, e, &at, open, replicas, prompt_replicas);
    return r;
}

double orr_estimate_objective(const orr_estimate *e, orr_objective objective)
{
    if (!e->fits || !e->stable || !(e->output_tokens_per_s > 0)) return (double)NAN;
    switch (objective) {
    case ORR_MINIMIZE_USD_PER_MTOK: return e->usd_per_h / 3600 / (e->output_tokens_per_s / 1e6);
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU: return e->output_tokens_per_s / (double)e->gpus;
    case ORR_MINIMIZE_JOULES_PER_TOKEN: return e->mean_power_w / e->output_tokens_per_s;
    case ORR_MINIMIZE_GPUS: return (double)e->gpus;
    case ORR_MAXIMIZE_GOODPUT: return e->requests_per_s;
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_MW: return e->output_tokens_per_s / (e->all_in_w / 1e6);
    }
    return (double)NAN;
}

double orr_estimate_slo_ratio(const orr_estimate *e, const orr_slo *slo)
{
    if (!e->fits || !e->stable) return (double)INFINITY;
    const double *of_metric[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = e->ttft_ns, [ORR_METRIC_TPOT] = e->tpot_ns, [ORR_METRIC_ITL] = e->tpot_ns, [ORR_METRIC_E2EL] = e->e2el_ns};
    double worst = 0;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++)
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++)
            if (slo->limit_ns[metric][stat] > 0) worst = orr_max(worst, of_metric[metric][stat] / slo->limit_ns[metric][stat]);
    return worst;
}
