/* What is one choice in the language of studies is one axis here. Pairs that no study can ask for are not asked of the draw:
 *
 *     belady and sessions             refused: what is to come depends on the run
 *     eviction, tree, tiers, order by prefixes without prefix caching      refused: nothing is kept (the first three stand in one axis with it, which says so by itself)
 *
 * Others are refused as studies, and drawn all the same, since the core has an answer to them: static batches behind a prefill pool; a door in front of a closed loop; orca with chunks, sarathi without, vLLM with prompts
 * apart and other mixtures of a scheduler's parts with the engine's switches; a lane for each priority and fewer replicas than lanes.
 * No axis of their own, since the serving core does not know them: ranks of experts, their popularity, dtypes, layouts (the executor's: its times here hang on every sum of a plan). Data-parallel ranks are the limit of a
 * request's blocks and the gathering of prompts. */
#include "random_pairs.h"

#include <stdio.h>
#include <string.h>

enum { MOST_AXES = 24, MOST_VALUES = 12 };

typedef struct axis { const char *name; int (*of)(const random_system *s); const char *values[MOST_VALUES]; } axis;     /* of: -1 where it has no meaning */

static int admission(const random_system *s) { return (int)s->config.engine.scheduling.admission; }
static int order(const random_system *s) { return (int)s->config.engine.scheduling.order; }
static int victim(const random_system *s) { return (int)s->config.engine.scheduling.victim; }
static int composition(const random_system *s) { return s->config.engine.separate_prefill ? 2 : s->config.engine.chunked_prefill; }
static int lanes(const random_system *s) { return s->config.engine.lane_count > 1; }
static int speculation(const random_system *s)
{
    const orr_engine_config *e = &s->config.engine;
    return e->draft_tokens == 0 ? 0 : 1 + (e->depths != NULL) + 2 * (e->accepted != NULL);
}
static int looks(const random_system *s) { return s->config.engine.gather_steps > 0 ? 2 : s->config.engine.receive_interval_steps > 1; }
static int ranks(const random_system *s) { return s->config.engine.max_request_blocks > 0; }
static int context(const random_system *s) { return s->config.engine.max_model_tokens > 0; }
static int window(const random_system *s) { return s->config.engine.context_cap_tokens > 0; }

static int eviction_place(const orr_kv_eviction *policy)
{
    static const orr_kv_eviction *const policies[] = {&orr_kv_evict_lru, &orr_kv_evict_lfu, &orr_kv_evict_ttl, &orr_kv_evict_belady};
    for (int i = 1; i < 4; i++) if (policy == policies[i]) return i;
    return 0;
}
static int cache(const random_system *s)
{
    const orr_engine_config *e = &s->config.engine;
    return e->prefix_caching ? 1 + eviction_place(e->eviction) + (e->radix ? 4 : 0) : 0;
}
static int tiers(const random_system *s) { return s->config.tiers.count > 1 ? 2 : (int)s->config.tiers.count; }

static int router_place(const orr_router_policy *policy)
{
    static const orr_router_policy *const policies[] = {&orr_router_round_robin, &orr_router_least_loaded, &orr_router_prefix_affine, &orr_router_random, &orr_router_power_of_two, &orr_router_session_sticky, &orr_router_slo_lanes,
        &orr_router_kv_aware};
    for (int i = 0; i < 8; i++) if (policy == policies[i]) return i;
    return -1;
}
static int router(const random_system *s) { return s->config.replica_count > 1 || s->config.further_count > 0 ? router_place(s->config.router) : -1; }
static int prefill_router(const random_system *s) { return s->config.prefill.replica_count > 1 ? router_place(s->config.prefill.router) : -1; }
static int door(const random_system *s) { return (int)s->config.door.kind; }
static int pools(const random_system *s) { return s->config.prefill.replica_count == 0 ? 0 : s->config.prefill.link.overlapped_layers > 0 ? 2 : 1; }
static int local(const random_system *s)
{
    const orr_local_prefill *rule = &s->config.prefill.local;
    return s->config.prefill.replica_count == 0 ? -1 : rule->most_waiting > 0 ? 2 : rule->most_tokens > 0;
}
static int load(const random_system *s) { return s->config.closed ? 2 : s->config.in_flight_limit > 0; }
static int images(const random_system *s)
{
    bool any = false;
    for (int64_t i = 0; i < s->request_count; i++) any = any || s->requests[i].images > 0;
    return !any ? 0 : s->config.encoders.replica_count > 0 ? 2 : 1;
}
static int groups(const random_system *s) { return s->config.further_count > 0; }
static int weights(const random_system *s)
{
    bool differ = false;
    for (int i = 0; i < s->config.further_count; i++) differ = differ || s->further[i].weight != s->config.weight;
    return differ;
}
static int sessions(const random_system *s)
{
    bool any = false;
    for (int64_t i = 0; i < s->request_count; i++) any = any || s->requests[i].follows > 0;
    return any;
}

#define ROUTERS {"round-robin", "least-loaded", "prefix-affine", "random", "power-of-two", "session-sticky", "slo-lanes", "kv-aware"}
static const axis axes[] = {
    {"admission", admission, {"input", "new-token ratio", "max output", "static"}}, {"order", order, {"fcfs", "prefix", "priority", "deadline", "fair"}}, {"victim", victim, {"tail", "least output", "priority"}},
    {"composition", composition, {"whole prompts", "chunks", "prompts apart"}}, {"lanes", lanes, {"one", "pipeline"}}, {"speculation", speculation, {"none", "drafts", "by batch", "replayed", "by batch, replayed"}}, {"looks", looks, {"each step", "interval", "gathering"}},
    {"ranks", ranks, {"one", "many"}}, {"context", context, {"any", "limited"}}, {"window", window, {"none", "some layers"}},
    {"cache", cache, {"none", "lru", "lfu", "ttl", "belady", "tree lru", "tree lfu", "tree ttl", "tree belady"}}, {"tiers", tiers, {"none", "one", "more"}},
    {"router", router, ROUTERS}, {"prefill router", prefill_router, ROUTERS}, {"door", door, {"open", "queue", "tokens", "deadline"}}, {"pools", pools, {"one", "two", "two, by layers"}}, {"local prompts", local, {"none", "short ones", "before queues"}},
    {"load", load, {"open", "limited", "closed"}}, {"sessions", sessions, {"none", "turns"}}, {"groups", groups, {"one", "more"}}, {"weights", weights, {"alike", "various"}}, {"images", images, {"none", "in steps", "encoders"}}};
enum { AXES = sizeof axes / sizeof *axes };
_Static_assert((int)AXES <= (int)MOST_AXES, "room for every axis");

static int drawn[MOST_AXES][MOST_VALUES][MOST_AXES][MOST_VALUES];

void random_pairs_count(const random_system *system)
{
    int values[AXES];
    for (int a = 0; a < AXES; a++) values[a] = axes[a].of(system);
    for (int a = 0; a < AXES; a++)
        for (int b = a + 1; b < AXES; b++) if (values[a] >= 0 && values[b] >= 0) drawn[a][values[a]][b][values[b]]++;
}

static bool is(int a, int value, const char *axis_name, const char *value_name) { return strcmp(axes[a].name, axis_name) == 0 && strstr(axes[a].values[value], value_name) != NULL; }

/* a stands before b. */
static bool has_no_study(int a, int x, int b, int y)
{
    if (is(a, x, "cache", "belady") && is(b, y, "sessions", "turns")) return true;
    if (is(a, x, "cache", "none") && strcmp(axes[b].name, "tiers") == 0) return y > 0;
    if (is(a, x, "order", "prefix") && is(b, y, "cache", "none")) return true;
    if (is(a, x, "groups", "one") && is(b, y, "weights", "various")) return true;
    return is(a, x, "pools", "one") ? strcmp(axes[b].name, "local prompts") == 0 : strcmp(axes[a].name, "prefill router") == 0 && is(b, y, "pools", "one");
}

int random_pairs_missing(void)
{
    int missing = 0, pairs = 0, least = 1 << 30;
    for (int a = 0; a < AXES; a++) for (int b = a + 1; b < AXES; b++)
        for (int x = 0; x < MOST_VALUES && axes[a].values[x]; x++) for (int y = 0; y < MOST_VALUES && axes[b].values[y]; y++) {
            if (has_no_study(a, x, b, y)) continue;
            pairs++;
            least = drawn[a][x][b][y] < least ? drawn[a][x][b][y] : least;
            if (drawn[a][x][b][y] > 0) continue;
            missing++;
            printf("never drawn: %s %s with %s %s\n", axes[a].name, axes[a].values[x], axes[b].name, axes[b].values[y]);
        }
    printf("pairs of choices drawn: %d of %d, each in %d systems at least\n", pairs - missing, pairs, least);
    return missing;
}
