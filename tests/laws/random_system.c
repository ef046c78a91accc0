#include "random_system.h"

#include <string.h>

#include "base/map.h"
#include "base/math.h"
#include "base/rng.h"

static orr_outcome execute(void *context, int replica, const orr_plan *plan)
{
    const bool pipelined = *(const bool *)context;
    uint64_t h = orr_hash_mix((uint64_t)plan->decode_tokens * 1000 + (uint64_t)plan->decode_count, (uint64_t)plan->decode_context_tokens);
    h = orr_hash_mix(h, (uint64_t)plan->decode_capped_tokens);
    h = orr_hash_mix(h, (uint64_t)plan->decode_context_squares);
    h = orr_hash_mix(h, (uint64_t)(plan->chunk_tokens * 7 + plan->completing_chunks * 3 + plan->running_requests + plan->draft_tokens * 13 + replica));
    for (int64_t i = 0; i < plan->chunk_count; i++) h = orr_hash_mix(h, (uint64_t)(plan->chunks[i].new_tokens * 131 + plan->chunks[i].context_tokens));
    const int64_t latency_ns = 50 + plan->decode_tokens * 3 + plan->decode_context_tokens / 8 + plan->chunk_tokens * 5 + plan->images * 37 + plan->draft_tokens + (int64_t)(h % 17);
    return (orr_outcome){latency_ns, pipelined ? 1 + latency_ns / 2 : latency_ns};
}

static void hand_out(system_script *s, int64_t i, orr_arrival *arrival)
{
    const oracle_request *q = &s->requests[i];
    s->handed_out[i] = true;
    *arrival = (orr_arrival){.arrival_ns = q->arrival_ns, .input_tokens = q->input_tokens, .output_tokens = q->output_tokens, .segments = q->segments, .segment_count = q->segment_count, .max_output_tokens = q->max_output_tokens,
        .ttft_limit_ns = q->ttft_limit_ns, .tenant = q->tenant, .priority = q->priority, .session = q->session, .output_content = q->answer, .images = q->images};
}

static bool next_of_script(void *context, orr_arrival *arrival)
{
    system_script *s = context;
    while (s->next < s->count && s->requests[s->next].follows != 0) s->next++;
    if (s->next == s->count) return false;
    s->of_source = s->next++;
    hand_out(s, s->of_source, arrival);
    return true;
}

void system_script_delivered(system_script *script, uint64_t id)
{
    script->place_of[id] = script->is_turn ? script->turn : script->of_source;
    script->is_turn = false;
}

/* Followers of one request come together (random_system_draw_sessions). */
static orr_turns left_script(void *context, const orr_request *request, int64_t time_ns, bool served)
{
    const system_script *s = context;
    const int64_t place = s->place_of[request->id];
    orr_turns turns = {.number = (uint32_t)place, .over = true};
    for (int64_t i = 0; i < s->count && served; i++) {
        if (s->requests[i].follows != place + 1) continue;
        turns.time_ns = time_ns + s->requests[i].arrival_ns;
        turns.count++;
        turns.over = false;
    }
    return turns;
}

static bool turn_of_script(void *context, uint32_t number, int64_t time_ns, orr_arrival *arrival)
{
    (void)time_ns;
    system_script *s = context;
    int64_t i = 0;
    while (s->requests[i].follows != (int64_t)number + 1 || s->handed_out[i]) i++;
    s->turn = i;
    s->is_turn = true;
    hand_out(s, i, arrival);
    return true;
}

/* Of plans that only decode, which have no step of their own beside. */
static void foresee(void *context, int replica, const orr_plan_run *run, int64_t *latencies_ns)
{
    for (int64_t i = 0; i < run->steps; i++) {
        const orr_plan plan = orr_plan_run_at(run, i);
        latencies_ns[i] = execute(context, replica, &plan).latency_ns;
    }
}

orr_executor random_system_executor(random_system *system) { return (orr_executor){&system->pipelined, execute, foresee, NULL}; }
orr_feed system_script_feed(system_script *script) { return (orr_feed){.context = script, .next = next_of_script, .left = left_script, .turn = turn_of_script}; }

static int64_t between(orr_rng *rng, int64_t low, int64_t high) { return low + (int64_t)orr_rng_below(rng, (uint64_t)(high - low + 1)); }

static void draw_request(orr_rng *rng, oracle_request *q, int64_t *time_ns, int64_t mean_gap_ns, int64_t longest)
{
    *time_ns += orr_rng_below(rng, 4) == 0 ? 0 : between(rng, 0, 2 * mean_gap_ns);
    *q = (oracle_request){.arrival_ns = *time_ns, .input_tokens = between(rng, 1, longest), .output_tokens = orr_rng_below(rng, 6) == 0 ? 1 : between(rng, 1, longest)};
    int64_t left = q->input_tokens;
    const int segments = (int)orr_rng_below(rng, 5);
    for (int i = 0; i < segments && left > 0; i++) {
        const uint64_t content = orr_rng_below(rng, 3);
        int64_t tokens = 3 + 7 * (int64_t)content + 5 * i;      /* equal contents have equal lengths, as equal text has */
        if (tokens > left) break;
        q->segments[q->segment_count++] = (orr_segment){content, tokens};
        left -= tokens;
    }
}

/* A third of the systems speculate: rates of all kinds, 0 and 1 among them. */
static void draw_speculation(orr_rng *rng, random_system *s)
{
    orr_engine_config *e = &s->config.engine;
    if (orr_rng_below(rng, 3) != 0) return;
    e->draft_tokens = (int)between(rng, 1, 8);
    e->lookahead_tokens = e->draft_tokens * between(rng, 1, 2);
    e->max_num_batched_tokens += e->max_num_seqs * e->draft_tokens;
    e->acceptance = s->acceptance;
    e->burst_seed = orr_rng_next(rng);
    for (int j = 0; j < e->draft_tokens; j++) s->acceptance[j] = orr_rng_below(rng, 8) == 0 ? (double)orr_rng_below(rng, 2) : orr_rng_uniform(rng);
}

/* Half of those that speculate draft as deep as the batch says, by thresholds (deeper, shallower, none) or by any table; a third replay what was accepted. */
static void draw_depths(random_system *s, uint64_t seed)
{
    orr_engine_config *e = &s->config.engine;
    orr_rng rng = orr_rng_stream(seed, "oracle depths", seed);
    if (e->draft_tokens == 0) return;
    if (orr_rng_below(&rng, 2)) {
        const bool by_table = orr_rng_below(&rng, 3) == 0;
        uint8_t depth = (uint8_t)e->draft_tokens;
        for (int n = 0; n < MOST_BATCH; n++) {
            if (by_table || orr_rng_below(&rng, 4) == 0) depth = (uint8_t)orr_rng_below(&rng, (uint64_t)e->draft_tokens + 1);
            s->depths[n] = depth;
        }
        e->depths = s->depths;
    }
    if (orr_rng_below(&rng, 3) == 0) {
        e->accepted = s->accepted;
        e->accepted_count = between(&rng, 1, MOST_ACCEPTED);
        for (int64_t i = 0; i < e->accepted_count; i++) s->accepted[i] = (uint8_t)orr_rng_below(&rng, (uint64_t)e->draft_tokens + 3);
    }
}

/* What schedulers look at. Clients give no limit, a near one, or one far off. */
static void draw_classes(orr_rng *rng, random_system *s)
{
    const int64_t tenants = between(rng, 1, 5), shortest_ns = between(rng, 1, 5000);
    const bool limits = orr_rng_below(rng, 3) != 0;
    for (int64_t i = 0; i < s->request_count; i++) {
        oracle_request *q = &s->requests[i];
        q->tenant = (int32_t)between(rng, 0, tenants - 1);
        q->priority = (int32_t)between(rng, -1, 2);
        if (orr_rng_below(rng, 4) != 0) q->ttft_limit_ns = shortest_ns * between(rng, 1, 4);
        if (limits && orr_rng_below(rng, 5) != 0) q->max_output_tokens = q->output_tokens + (orr_rng_below(rng, 3) ? between(rng, 0, 60) : 0);
    }
}

static void draw_scheduling(orr_rng *rng, orr_scheduling *scheduling)
{
    if (orr_rng_below(rng, 4) == 0) return;
    scheduling->admission = (orr_admission_kind)orr_rng_below(rng, ORR_ADMISSION_COUNT_);
    scheduling->victim = (orr_victim_kind)orr_rng_below(rng, ORR_VICTIM_COUNT_);
    scheduling->order = (orr_order_kind)orr_rng_below(rng, ORR_ORDER_COUNT_);
    scheduling->prefix_order_most = between(rng, 1, 20);
    scheduling->fair_input_weight = between(rng, 0, 3);
    scheduling->fair_output_weight = between(rng, 0, 3);
    scheduling->init_new_token_ratio = orr_rng_uniform(rng);
    scheduling->min_new_token_ratio = scheduling->init_new_token_ratio * orr_rng_uniform(rng);
    scheduling->new_token_ratio_decay_steps = between(rng, 1, 60);
    scheduling->clip_max_new_tokens = between(rng, 1, 100);
    scheduling->retract_decode_steps = between(rng, 0, 20);
}

static const char *draw_router(orr_rng *rng)
{
    static const char *const routers[] = {"round-robin", "least-loaded", "prefix-affine", "random", "power-of-two", "session-sticky", "slo-lanes", "kv-aware"};
    return routers[orr_rng_below(rng, sizeof routers / sizeof *routers)];
}

/* What routers look at. */
static void draw_routing(random_system *s, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "oracle routing", seed);
    orr_router_settings *r = &s->config.routing;
    s->config.seed = seed;
    r->report_interval_ns = orr_rng_below(&rng, 3) == 0 ? 0 : between(&rng, 1, 20000);
    r->prefix_weight = 3 * orr_rng_uniform(&rng);
    r->lane_count = (int)between(&rng, 0, 3);
    for (int i = 0; i < r->lane_count; i++) r->lane_shares[i] = orr_rng_uniform(&rng) + 1e-9;
    if (orr_rng_below(&rng, 3) == 0)
        s->config.door = (orr_door_config){(orr_door_kind)orr_rng_below(&rng, ORR_DOOR_COUNT_), between(&rng, 1, 12), between(&rng, 1, 800), 12 * orr_rng_uniform(&rng)};
    const int64_t sessions = between(&rng, 1, 20);
    for (int64_t i = 0; i < s->request_count; i++) s->requests[i].session = orr_rng_below(&rng, 5) == 0 ? 0 : (uint64_t)between(&rng, 1, sessions);
}

static int64_t encode_ns(void *context, int64_t images) { return ((const random_encoder *)context)->fixed_ns + images * ((const random_encoder *)context)->image_ns; }
static int64_t ship_image_ns(void *context, int64_t images) { return images * ((const random_encoder *)context)->ship_ns; }

/* A third of the systems see images, which engines encode or, in half of them, encoders of their own. Encoders hold no caches: no router asks for reports of them. */
static void draw_images(random_system *s, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "oracle images", seed);
    if (orr_rng_below(&rng, 3)) return;
    const uint64_t one_in = 1 + orr_rng_below(&rng, 3);
    const int64_t most = between(&rng, 1, 6);
    for (int64_t i = 0; i < s->request_count; i++) s->requests[i].images = orr_rng_below(&rng, one_in) ? 0 : between(&rng, 1, most);
    s->config.engine.most_images = orr_rng_below(&rng, 3) ? between(&rng, 1, 8) : 0;
    if (orr_rng_below(&rng, 2)) return;
    s->encoder = (random_encoder){between(&rng, 1, 300), between(&rng, 1, 120), between(&rng, 0, 60)};
    do s->config.encoders.router = orr_router_policy_by_name(draw_router(&rng)); while (s->config.encoders.router->needs_reports);
    s->config.encoders.replica_count = (int)between(&rng, 1, 4);
    s->config.encoders.most_images = between(&rng, 1, 10);
    s->config.encoders.context = &s->encoder;
    s->config.encoders.encode_ns = encode_ns;
    s->config.encoders.ship_ns = ship_image_ns;
    s->config.encoders.ship_latency_ns = between(&rng, 0, 80);
}

void random_system_clear(random_system *s)
{
    orr_future_destroy(s->future);
    memset(s, 0, sizeof *s);
}

void random_system_draw(random_system *s, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "oracle system", seed);
    static const int64_t block_tokens[] = {1, 2, 3, 4, 8, 16};
    random_system_clear(s);
    orr_engine_config *e = &s->config.engine;
    e->block_tokens = block_tokens[orr_rng_below(&rng, 6)];
    e->block_count = between(&rng, 8, 400) / e->block_tokens + 2;
    e->max_request_blocks = orr_rng_below(&rng, 4) == 0 ? between(&rng, 1, e->block_count) : 0;
    e->max_num_seqs = between(&rng, 1, 24);
    e->max_num_batched_tokens = e->max_num_seqs + between(&rng, 0, 100);
    e->lane_count = orr_rng_below(&rng, 3) == 0 ? (int)between(&rng, 2, 4) : 1;
    e->chunked_prefill = orr_rng_below(&rng, 4) != 0;
    e->prefix_caching = orr_rng_below(&rng, 3) != 0;
    e->context_cap_tokens = orr_rng_below(&rng, 2) ? between(&rng, 1, 60) : 0;
    e->max_model_tokens = orr_rng_below(&rng, 3) == 0 ? between(&rng, 40, 200) : 0;
    s->router = draw_router(&rng);
    s->config.router = orr_router_policy_by_name(s->router);
    s->config.replica_count = orr_rng_below(&rng, 2) ? 1 : (int)between(&rng, 2, 4);
    s->config.entry_ns = between(&rng, 0, 40);
    s->config.exit_ns = between(&rng, 0, 40);
    s->config.closed = orr_rng_below(&rng, 4) == 0;
    s->config.in_flight_limit = s->config.closed || orr_rng_below(&rng, 4) == 0 ? between(&rng, 1, 30) : 0;
    s->pipelined = e->lane_count > 1;
    s->request_count = between(&rng, 1, MOST_REQUESTS);
    int64_t time_ns = 0;
    const int64_t mean_gap_ns = between(&rng, 1, 3000), longest = between(&rng, 2, 120);
    for (int64_t i = 0; i < s->request_count; i++) draw_request(&rng, &s->requests[i], &time_ns, mean_gap_ns, longest);
    draw_speculation(&rng, s);
    draw_depths(s, seed);
    e->separate_prefill = orr_rng_below(&rng, 3) == 0;
    e->receive_interval_steps = orr_rng_below(&rng, 3) == 0 ? between(&rng, 1, 12) : 0;
    orr_rng own = orr_rng_stream(seed, "oracle scheduling", seed);
    draw_classes(&own, s);
    draw_scheduling(&own, &e->scheduling);
    e->gather_steps = orr_rng_below(&rng, 4) == 0 ? between(&rng, 1, 20) : 0;
    e->gather_requests = between(&rng, 1, 5);
    draw_routing(s, seed);
    draw_images(s, seed);
}

static orr_transfer_time link_time(void *context, int64_t tokens)
{
    const random_link *link = context;
    return (orr_transfer_time){link->fixed_ns + tokens * link->token_ns[0], link->fixed_ns + tokens * link->token_ns[1], link->latency_ns, (double)tokens};
}

/* What engines of one system may differ in. */
static void draw_other_engine(orr_rng *rng, orr_engine_config *e)
{
    e->block_tokens = between(rng, 1, 16);
    e->block_count = between(rng, 8, 400) / e->block_tokens + 2;
    e->max_request_blocks = 0;
    e->max_num_seqs = between(rng, 1, 12);
    e->max_num_batched_tokens = e->max_num_seqs * (1 + e->draft_tokens) + between(rng, 0, 200);
    e->lane_count = orr_rng_below(rng, 3) == 0 ? (int)between(rng, 2, 4) : 1;
    e->chunked_prefill = orr_rng_below(rng, 4) != 0;
    e->prefix_caching = orr_rng_below(rng, 3) != 0;
    e->separate_prefill = orr_rng_below(rng, 3) == 0;
    e->receive_interval_steps = orr_rng_below(rng, 3) == 0 ? between(rng, 1, 12) : 0;
    e->scheduling = (orr_scheduling){0};
    draw_scheduling(rng, &e->scheduling);
    e->gather_steps = orr_rng_below(rng, 4) == 0 ? between(rng, 1, 20) : 0;
    e->gather_requests = between(rng, 1, 5);
}

void random_system_draw_pools(random_system *s, uint64_t seed)
{
    random_system_draw(s, seed);
    orr_rng rng = orr_rng_stream(seed, "oracle pools", seed);
    orr_prefill_pool *p = &s->config.prefill;
    p->engine = s->config.engine;
    orr_engine_config *e = &p->engine;
    if (orr_rng_below(&rng, 2)) draw_other_engine(&rng, e);
    s->pipelined = s->config.engine.lane_count > 1 || e->lane_count > 1;
    s->executor = random_system_executor(s);
    p->executor = &s->executor;
    p->router = orr_router_policy_by_name(draw_router(&rng));
    p->replica_count = (int)between(&rng, 1, 4);
    s->link = (random_link){{between(&rng, 0, 12), between(&rng, 0, 12)}, between(&rng, 0, 30), between(&rng, 0, 60)};
    p->link = (orr_link){.context = &s->link, .time = link_time, .egress_channels = (int)between(&rng, 1, 3), .ingress_channels = (int)between(&rng, 1, 3),
        .overlapped_layers = orr_rng_below(&rng, 3) == 0 ? between(&rng, 1, 8) : 0};
    p->door = s->config.door;
    orr_rng local = orr_rng_stream(seed, "oracle local prompts", seed);
    if (orr_rng_below(&local, 2)) p->local.most_tokens = between(&local, 0, orr_rng_below(&local, 2) ? 40 : 400);
    if (orr_rng_below(&local, 3) == 0) p->local.most_waiting = between(&local, 1, 6);
}

/* Requests that share much: chains of few contents, so that policies differ in what they keep. */
static void draw_shared(orr_rng *rng, random_system *s)
{
    const int64_t contents = between(rng, 2, 8);
    for (int64_t i = 0; i < s->request_count; i++) {
        oracle_request *q = &s->requests[i];
        int64_t left = q->input_tokens;
        q->segment_count = 0;
        for (int k = 0; k < 4; k++) {
            const uint64_t content = (uint64_t)(orr_rng_below(rng, 2) ? orr_rng_below(rng, 2) : orr_rng_below(rng, (uint64_t)contents));
            const int64_t tokens = 5 + 3 * (int64_t)content + k;
            if (tokens > left) break;
            q->segments[q->segment_count++] = (orr_segment){content, tokens};
            left -= tokens;
        }
    }
}

static void draw_cache(orr_rng *rng, random_system *s, orr_engine_config *e)
{
    static const orr_kv_eviction *const policies[] = {&orr_kv_evict_lru, &orr_kv_evict_lfu, &orr_kv_evict_ttl, &orr_kv_evict_belady};
    e->prefix_caching = orr_rng_below(rng, 8) != 0;
    e->radix = orr_rng_below(rng, 3) == 0;
    e->eviction = policies[orr_rng_below(rng, 4)];
    e->cache_ttl_ns = between(rng, 0, 30000);
    e->foresight = &s->foresight;
}

static int64_t recompute_ns(void *context, int64_t new_tokens, int64_t computed_tokens)
{
    (void)context;
    return 40 + 6 * new_tokens + computed_tokens / 4;
}

static void draw_tiers(orr_rng *rng, orr_tiers_config *c, int64_t block_tokens)
{
    *c = (orr_tiers_config){.count = (int)between(rng, 0, ORR_MOST_TIERS), .block_bytes = block_tokens * between(rng, 1, 40), .engines_per_node = (int)between(rng, 1, 3), .always = orr_rng_below(rng, 3) != 0, .recompute_ns = recompute_ns};
    for (int t = 0; t < c->count; t++) {
        orr_tier *tier = &c->tiers[t];
        *tier = (orr_tier){.capacity_blocks = orr_rng_below(rng, 4) == 0 ? INT64_MAX / 4 : between(rng, 0, 400) / block_tokens, .read_kb_per_s = between(rng, 1, 4000) * (orr_rng_below(rng, 2) ? 1 : 1000),
            .write_kb_per_s = between(rng, 1, 4000) * 1000, .latency_ns = orr_rng_below(rng, 2) ? 0 : between(rng, 1, 400), .scope = (orr_tier_scope)orr_rng_below(rng, 3),
            .write = orr_rng_below(rng, 8) == 0 ? ORR_TIER_NONE : (orr_tier_write)orr_rng_below(rng, 2), .ahead = orr_rng_below(rng, 3) == 0};
        tier->exclusive = tier->write == ORR_TIER_ON_EVICT && orr_rng_below(rng, 2);
        for (int other = 0; other < t; other++) if (c->tiers[other].scope <= tier->scope && orr_rng_below(rng, 3) == 0) tier->via = other + 1;
    }
}

/* Most answers are gone on with: the next prompt is all that was said, and something new. */
static void go_on(orr_rng *rng, oracle_request *next, oracle_request *before, uint64_t number)
{
    int64_t said = 0;
    if (before->segment_count > 5 || orr_rng_below(rng, 4) == 0) return;
    for (int i = 0; i < before->segment_count; i++) said += before->segments[i].tokens;
    if (said < before->input_tokens) before->segments[before->segment_count++] = (orr_segment){1000 + number, before->input_tokens - said};
    if (before->answer == 0) before->answer = 2000 + number;
    next->segment_count = before->segment_count;
    memcpy(next->segments, before->segments, sizeof next->segments);
    if (before->output_tokens > 1) next->segments[next->segment_count++] = (orr_segment){before->answer, before->output_tokens - 1};
    next->input_tokens += before->input_tokens + before->output_tokens - 1;
}

/* Two of three wait for the answer to one before; who belongs together has one session. */
static void draw_turns(orr_rng *rng, random_system *s)
{
    int64_t think_ns[MOST_REQUESTS];
    const int64_t longest_ns = between(rng, 0, 4000);
    for (int64_t i = 0; i < s->request_count; i++) {
        oracle_request *q = &s->requests[i];
        q->session = (uint64_t)i + 1;
        think_ns[i] = orr_rng_below(rng, 5) == 0 ? 0 : between(rng, 0, longest_ns);
        if (i == 0 || orr_rng_below(rng, 3) == 0) continue;
        q->follows = between(rng, i > 4 ? i - 3 : 1, i);
        oracle_request *before = &s->requests[q->follows - 1];
        q->arrival_ns = think_ns[q->follows - 1];
        q->session = before->session;
        go_on(rng, q, before, (uint64_t)i);
    }
    if (s->config.engine.eviction == &orr_kv_evict_belady) s->config.engine.eviction = &orr_kv_evict_lfu;
    if (s->config.prefill.engine.eviction == &orr_kv_evict_belady) s->config.prefill.engine.eviction = &orr_kv_evict_lfu;
    for (int g = 0; g < MOST_FURTHER; g++) if (s->further[g].engine.eviction == &orr_kv_evict_belady) s->further[g].engine.eviction = &orr_kv_evict_lfu;
}

void random_system_draw_sessions(random_system *s, uint64_t seed)
{
    if (seed % 2) random_system_draw(s, seed);
    else random_system_draw_pools(s, seed);
    orr_rng rng = orr_rng_stream(seed, "oracle sessions", seed);
    draw_turns(&rng, s);
}

static void draw_caches(orr_rng *rng, random_system *s)
{
    draw_cache(rng, s, &s->config.engine);
    draw_cache(rng, s, &s->config.prefill.engine);
}

static void draw_all_tiers(orr_rng *rng, random_system *s)
{
    s->config.engine.prefix_caching = s->config.prefill.engine.prefix_caching = true;
    draw_tiers(rng, &s->config.tiers, s->config.engine.block_tokens);
    draw_tiers(rng, &s->config.prefill.tiers, s->config.prefill.engine.block_tokens > 0 ? s->config.prefill.engine.block_tokens : 1);
}

/* Requests by themselves: their order is known before the run. */
static void look_into_the_future(random_system *s)
{
    system_script script = {.requests = s->requests, .count = s->request_count};
    s->future = orr_future_read(system_script_feed(&script));
    s->foresight = orr_future_foresight(s->future);
}

void random_system_draw_caches(random_system *s, uint64_t seed)
{
    if (seed % 3) random_system_draw(s, seed);
    else random_system_draw_pools(s, seed);
    orr_rng rng = orr_rng_stream(seed, "oracle caches", seed);
    if (orr_rng_below(&rng, 4) != 0) draw_shared(&rng, s);
    draw_caches(&rng, s);
    look_into_the_future(s);
}

void random_system_draw_tiers(random_system *s, uint64_t seed)
{
    random_system_draw_caches(s, seed);
    orr_rng rng = orr_rng_stream(seed, "oracle tiers", seed);
    draw_all_tiers(&rng, s);
}

static orr_outcome execute_slowly(void *context, int replica, const orr_plan *plan)
{
    const random_pace *pace = context;
    bool pipelined = *pace->pipelined;
    const orr_outcome out = execute(&pipelined, replica, plan);
    return (orr_outcome){out.latency_ns * pace->times, out.occupancy_ns * pace->times};
}

static void foresee_slowly(void *context, int replica, const orr_plan_run *run, int64_t *latencies_ns)
{
    const random_pace *pace = context;
    bool pipelined = *pace->pipelined;
    foresee(&pipelined, replica, run, latencies_ns);
    for (int64_t i = 0; i < run->steps; i++) latencies_ns[i] *= pace->times;
}

/* One or two further groups: engines like the first's or not, as fast or slower, with weights or without. */
static void draw_groups(orr_rng *rng, random_system *s)
{
    const bool weighs = orr_rng_below(rng, 3) != 0, alike = orr_rng_below(rng, 4) == 0;
    s->config.weight = weighs ? between(rng, 1, 12) : 0;
    s->config.further = s->further;
    s->config.further_count = (int)between(rng, 1, MOST_FURTHER);
    for (int i = 0; i < s->config.further_count; i++) {
        orr_loop_group *g = &s->further[i];
        *g = (orr_loop_group){.engine = s->config.engine, .tiers = s->config.tiers, .door = s->config.door, .replica_count = (int)between(rng, 1, 3), .weight = !weighs ? 0 : alike ? s->config.weight : between(rng, 1, 12)};
        if (orr_rng_below(rng, 3) != 0) draw_other_engine(rng, &g->engine);
        if (g->engine.lane_count > 1) s->pipelined = true;
        if (orr_rng_below(rng, 3) == 0) { g->engine.draft_tokens = 0; g->engine.lookahead_tokens = 0; }
        if (s->config.engine.eviction && orr_rng_below(rng, 2)) draw_cache(rng, s, &g->engine);
        if (g->tiers.count > 0) draw_tiers(rng, &g->tiers, g->engine.block_tokens);
        if (g->tiers.count > 0) g->engine.prefix_caching = true;
        g->door.ns_per_token *= 2;
        s->paces[i] = (random_pace){&s->pipelined, between(rng, 1, 4)};
        s->slower[i] = (orr_executor){&s->paces[i], execute_slowly, foresee_slowly, NULL};
        g->executor = &s->slower[i];
    }
}

void random_system_draw_groups(random_system *s, uint64_t seed)
{
    static void (*const draws[])(random_system *, uint64_t) = {random_system_draw, random_system_draw_pools, random_system_draw_tiers};
    draws[seed % 3](s, seed);
    orr_rng rng = orr_rng_stream(seed, "oracle groups", seed);
    draw_groups(&rng, s);
}

/* What happens to a fleet, in about the time of a run. */
static void draw_fleet(orr_rng *rng, random_system *s, uint64_t seed)
{
    orr_fleet_config *f = &s->config.fleet;
    int replicas = s->config.replica_count;
    for (int i = 0; i < s->config.further_count; i++) replicas += s->config.further[i].replica_count;
    const int64_t span_ns = s->requests[s->request_count - 1].arrival_ns + 5000;
    *f = (orr_fleet_config){.events = s->fleet_events, .event_count = (int)between(rng, 0, 8), .redelivery = (orr_redelivery)orr_rng_below(rng, 2), .retry_limit = between(rng, 0, 4), .seed = seed};
    for (int i = 0; i < f->event_count; i++)
        s->fleet_events[i] = (orr_fleet_event){.time_ns = between(rng, 0, span_ns), .duration_ns = orr_rng_below(rng, 3) == 0 ? 0 : between(rng, 1, span_ns / 3), .replica = (int)between(rng, 0, replicas - 1),
            .kind = (orr_fleet_kind)orr_rng_below(rng, 4), .speed = 0.2 + orr_rng_uniform(rng)};
    if (orr_rng_below(rng, 2)) f->mtbf_ns = (double)between(rng, span_ns / 20 + 1, span_ns);
    if (f->mtbf_ns > 0 || orr_rng_below(rng, 2)) f->mttr_ns = (double)between(rng, 1, span_ns / 5 + 1);
    f->exponential_repair = orr_rng_below(rng, 2);
    f->detection_ns = orr_rng_below(rng, 2) ? 0 : between(rng, 1, 3000);
    if (orr_rng_below(rng, 3) == 0) f->speeds = s->fleet_speeds;
    if (s->config.further_count == 0 && orr_rng_below(rng, 2)) {
        const int64_t least = between(rng, 1, replicas);
        f->scale = (orr_fleet_scale){.interval_ns = between(rng, span_ns / 60 + 1, span_ns / 4 + 1), .provisioning_ns = between(rng, 0, span_ns / 5), .delay_ns = between(rng, 0, span_ns / 3), .least = least,
            .initial = between(rng, least, replicas), .target = 0.5 + 6 * orr_rng_uniform(rng), .tolerance = orr_rng_below(rng, 2) ? 0.1 : 0};
    }
    for (int i = 0; i < MOST_REPLICAS; i++) s->fleet_speeds[i] = orr_rng_below(rng, 2) ? 1 : 0.3 + orr_rng_uniform(rng);
}

/* Of half of these, one of three is of several groups, and one of three has sessions. */
void random_system_draw_fleet(random_system *s, uint64_t seed)
{
    random_system_draw(s, seed);
    s->config.encoders.replica_count = 0;
    orr_rng rng = orr_rng_stream(seed, "oracle fleet", seed);
    s->config.replica_count = (int)between(&rng, 1, 4);
    if (orr_rng_below(&rng, 3) != 0) draw_shared(&rng, s);
    if (seed % 2) {
        draw_caches(&rng, s);
        if (seed % 3 == 0) draw_groups(&rng, s);
        if (seed % 3 == 1) draw_turns(&rng, s);
        else look_into_the_future(s);
    }
    draw_fleet(&rng, s, seed);
}

void random_system_draw_all(random_system *s, uint64_t seed)
{
    orr_rng rng = orr_rng_stream(seed, "oracle all", seed);
    if (orr_rng_below(&rng, 2)) random_system_draw(s, seed);
    else random_system_draw_pools(s, seed);
    s->config.replica_count = (int)between(&rng, 1, 4);
    if (orr_rng_below(&rng, 4) != 0) draw_shared(&rng, s);
    if (orr_rng_below(&rng, 4) != 0) draw_caches(&rng, s);
    if (orr_rng_below(&rng, 2)) draw_all_tiers(&rng, s);
    orr_rng groups = orr_rng_stream(seed, "oracle all, groups", seed);
    if (orr_rng_below(&groups, 2)) draw_groups(&groups, s);
    if (orr_rng_below(&rng, 2)) draw_turns(&rng, s);
    else look_into_the_future(s);
}
