/* Binding traffic: what follows from other values, and fields that need one another; of the study's own section, or of one tenant of a mix. */
#include <math.h>
#include <string.h>
#include "base/file.h"
#include "spec/field.h"
#include "spec/study_internal.h"

/* A traffic section at `path`. `mixed`: a tenant; `shares`: whose arrivals are the mix's. */
typedef struct place_of { orr_binder *binder; const orr_node *section; const char *path; bool mixed, shares; } place_of;

static bool given(const place_of *at, const char *key) { return orr_study_given(at->section, key); }
static orr_place place_at(const place_of *at, const char *key) { return orr_binder_place(at->binder, orr_arena_printf(at->binder->arena, "%s.%s", at->path, key)); }

static bool complain(const place_of *at, const char *key, const char *problem, const char *hint)
{
    const orr_node *node = orr_tree_find(at->section, key);
    orr_diag *diag = orr_diag_error(at->binder->diags, node ? node->place : at->section->key_place, "%s%s%s", at->mixed ? at->path : "", at->mixed ? ": " : "", problem);
    orr_diag_hint(diag, "%s", hint);
    return false;
}

/* --- when --- */

/* Settings of one process bring it about. */
static const struct { const char *key; orr_load_kind load; const orr_table *table; } shaped[] = {
    {"mmpp", ORR_LOAD_OPEN_MMPP, &orr_mmpp_table}, {"diurnal", ORR_LOAD_OPEN_DIURNAL, &orr_diurnal_table}, {"spikes", ORR_LOAD_OPEN_SPIKES, &orr_spikes_table}};
enum { SHAPED = sizeof shaped / sizeof *shaped };

static orr_load_kind default_load(const place_of *at, const orr_traffic *traffic)
{
    bool has_rate = traffic->rate_per_s > 0;
    for (size_t i = 0; i < SHAPED; i++)
        if (given(at, orr_arena_printf(at->binder->arena, "load.%s", shaped[i].key))) return shaped[i].load;
    if (traffic->concurrency > 0 && !has_rate) return ORR_LOAD_CLOSED;
    if (given(at, "load.cv")) return ORR_LOAD_OPEN_GAMMA;
    if (traffic->kind == ORR_SOURCE_TRACE && !has_rate) return ORR_LOAD_TRACE_TIMES;
    return ORR_LOAD_OPEN_POISSON;
}

/* Mean rate of the states' own rates, over the time spent in each. */
static double mean_of_states(const orr_load_shape *shape)
{
    double arrivals = 0, seconds = 0;
    for (int i = 0; i < shape->state_rates.count; i++) {
        const double dwell_s = shape->state_dwell_s.values[shape->state_dwell_s.same ? 0 : i];
        arrivals += shape->state_rates.values[i] * dwell_s;
        seconds += dwell_s;
    }
    return seconds > 0 ? arrivals / seconds : 0;
}

static bool check_shape(const place_of *at, orr_traffic *traffic)
{
    const orr_load_shape *s = &traffic->shape;
    if (traffic->load == ORR_LOAD_OPEN_MMPP) {
        if (s->state_rates.same || s->state_rates.count < 1 || s->state_dwell_s.count < 1 || (!s->state_dwell_s.same && s->state_dwell_s.count != s->state_rates.count))
            return complain(at, "load.mmpp", "load.mmpp needs a list of rates, and as many dwell_s (or one for all)", "Write mmpp: {rates: [2, 20], dwell_s: [60, 5]}.");
        if (!(mean_of_states(s) > 0)) return complain(at, "load.mmpp", "load.mmpp has no state in which anything arrives", "Write mmpp: {rates: [2, 20], dwell_s: [60, 5]}.");
        if (!(traffic->rate_per_s > 0)) traffic->rate_per_s = mean_of_states(s);
    }
    if (traffic->load == ORR_LOAD_OPEN_DIURNAL) {
        double sum = 0;
        for (int i = 0; i < s->profile.count; i++) sum += s->profile.values[i];
        if (!(s->period_ns >= 1e6)) return complain(at, "load.diurnal.period", "load.diurnal.period is below 1 ms", "A day is 24 h.");
        if (s->profile.count > 0 && !(sum > 0)) return complain(at, "load.diurnal.profile", "load.diurnal.profile is zero all along", "Write the requests of each hour, in any unit.");
    }
    if (traffic->load == ORR_LOAD_OPEN_SPIKES && !(s->spike_duration_ns > 0 && s->spike_duration_ns < s->spike_interval_ns))
        return complain(at, "load.spikes", "a spike's duration is above 0 and below the interval, into which it falls", "Write spikes: {factor: 5, duration: 30 s, interval: 10 min}.");
    return true;
}

/* Settings of the process in use are bound even where none is written; of another they are a mistake. */
static bool bind_shape(const place_of *at, orr_traffic *traffic)
{
    bool good = true;
    for (size_t i = 0; i < SHAPED; i++) {
        const char *key = orr_arena_printf(at->binder->arena, "load.%s", shaped[i].key);
        const bool written = given(at, key);
        if (written && shaped[i].load != traffic->load)
            good = complain(at, key, orr_arena_printf(at->binder->arena, "load.%s stands beside another process", shaped[i].key), "Take it out, or leave `process` out.");
        if (written || shaped[i].load != traffic->load) continue;
        const char *path = orr_arena_printf(at->binder->arena, "%s.%s", at->path, key);
        const size_t mark = orr_binder_enter(at->binder, path);
        good &= orr_bind_table(at->binder, shaped[i].table, NULL, traffic);
        orr_binder_leave(at->binder, mark);
    }
    return good && check_shape(at, traffic);
}

/* Written, and nothing came of it: that is reported already. */
static bool is_misread(const place_of *at, const char *key) { return given(at, key) && !place_at(at, key).source; }

static bool check_load(const place_of *at, orr_traffic *traffic)
{
    bool good = true, trace = traffic->kind == ORR_SOURCE_TRACE, open = orr_load_is_open(traffic->load);
    if (open && !(traffic->rate_per_s > 0)) traffic->rate_per_s = traffic->workload.native_rate_per_s;
    if (open && !(traffic->rate_per_s > 0) && !is_misread(at, "load.rate"))
        good = complain(at, "load", "traffic has no rate", at->mixed ? "Write load: {rate: 20/s}, or a share of the mix's load." : "Write load: {rate: 20/s}, or load: {concurrency: 64} for a closed loop.");
    if (traffic->load == ORR_LOAD_OPEN_GAMMA && !(traffic->burstiness_cv > 0)) traffic->burstiness_cv = traffic->workload.arrival_cv > 0 ? traffic->workload.arrival_cv : 1;
    if (traffic->load == ORR_LOAD_CLOSED && traffic->concurrency <= 0)
        good = complain(at, "load", "a closed loop has no concurrency", "Write load: {concurrency: 64}.");
    if (traffic->load == ORR_LOAD_TRACE_TIMES && !trace)
        good = complain(at, "load.process", "only a trace has times of its own", "Write process: poisson, or name a trace as the source.");
    if (at->mixed && !open && traffic->load != ORR_LOAD_TRACE_TIMES)
        good = complain(at, "load", "a tenant's own load is open: a rate, or a trace's times", "For a closed loop of all tenants give each a share, and the mix load: {concurrency: 64}.");
    if (at->mixed && traffic->concurrency > 0)
        good = complain(at, "load.concurrency", "a limit of what is in flight is for the whole mix", "Write it under traffic.load.");
    return good;
}

static bool check_stop(const place_of *at, orr_traffic *traffic, bool endless)
{
    if (traffic->stop_rounds > 0) {
        const int64_t requests = traffic->stop_rounds * traffic->concurrency;
        if (traffic->load != ORR_LOAD_CLOSED) return complain(at, "stop.rounds", "only a closed loop goes in rounds", "Write load: {concurrency: 64}, or stop: {requests: ..}.");
        if (traffic->stop_requests > 0 && traffic->stop_requests != requests) return complain(at, "stop.rounds", "stop has both rounds and requests", "Keep one: requests is rounds x concurrency.");
        traffic->stop_requests = requests;
    }
    if (!endless || traffic->stop_requests > 0 || (traffic->stop_time_ns > 0 && traffic->load != ORR_LOAD_ALL_AT_ONCE)) return true;
    return complain(at, "stop", "traffic never ends", "Write stop: {requests: 2000}, or stop: {time: 10 min} for arrivals in time.");
}

/* --- what --- */

/* Settings that only one kind of source reads must not stand beside another. */
static bool refuse_strangers(const place_of *at, const orr_traffic *traffic)
{
    static const struct { const char *key; orr_traffic_kind kind; } owners[] = {
        {"input_tokens", ORR_SOURCE_FIXED}, {"output_tokens", ORR_SOURCE_FIXED}, {"length_range", ORR_SOURCE_FIXED},
        {"prefix_period", ORR_SOURCE_FIXED}, {"prefix", ORR_SOURCE_FIXED}, {"workload", ORR_SOURCE_PROFILE}, {"format", ORR_SOURCE_TRACE}, {"window", ORR_SOURCE_TRACE},
    };
    static const char *const kinds[] = {"a workload profile", "fixed lengths", "a trace", "a mix of tenants"};
    bool good = true;
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
        const orr_node *node = orr_tree_get(at->section, owners[i].key);
        if (!node || node->kind == ORR_NODE_NULL || owners[i].kind == traffic->kind) continue;
        double zero = 1;
        if ((orr_node_as_double(node, &zero) && !(zero > 0) && !(zero < 0)) || orr_text_equal(node->scalar, "auto")) continue;     /* a written default does no harm */
        orr_diag *diag = orr_diag_error(at->binder->diags, node->key_place, "%s.%s is for %s, and \"%s\" is %s", at->path, owners[i].key, kinds[owners[i].kind], traffic->source, kinds[traffic->kind]);
        orr_diag_hint(diag, "Take it out, or change %s.source.", at->path);
        good = false;
    }
    return good;
}

static bool check_trace(const place_of *at, orr_traffic *traffic)
{
    orr_place place = place_at(at, "source");
    traffic->source = orr_path_beside(at->binder->arena, place, traffic->source);
    if (!orr_file_exists(traffic->source)) {
        orr_diag *diag = orr_diag_error(at->binder->diags, place, "there is no file \"%s\"", traffic->source);
        orr_diag_hint(diag, "A trace is named by its path, from the folder of the study; `orrery list workload` shows what needs no file.");
        return false;
    }
    if (traffic->window_end_ns > 0 && traffic->window_end_ns <= traffic->window_start_ns)
        return complain(at, "window", "the window ends where it starts, or before", "Write window: {start: 1 h, end: 2 h}, counted from the trace's first record.");
    return true;
}

static bool check_prefix(const place_of *at, const orr_traffic *traffic)
{
    if (traffic->kind != ORR_SOURCE_FIXED || !given(at, "prefix")) return true;
    if (traffic->prefix_period > 0) return complain(at, "prefix", "prefix and prefix_period both say what prompts share", "Keep one.");
    if (traffic->workload.prefix_share > 0 && (!(traffic->workload.prefix_groups >= 1) || !(traffic->workload.prefix_tokens + traffic->workload.prefix_fraction > 0)))
        return complain(at, "prefix", "prefix has a share and no groups, or groups of no length", "Write prefix: {share: 1, groups: 100, tokens: 512, skew: 1}.");
    return true;
}

static bool check_sessions(const place_of *at, const orr_traffic *traffic)
{
    const orr_sessions *s = &traffic->sessions;
    if (!given(at, "sessions")) return true;
    if (!(s->turns > 0) && s->turn_quantiles.knot_count == 0) return complain(at, "sessions", "sessions have no turns", "Write sessions: {turns: 5, think_time: 10 s}.");
    if (s->turn_quantiles.knot_count == 0 && s->turns < 1) return complain(at, "sessions.turns", "a session has at least one turn", "Write sessions: {turns: 5, think_time: 10 s}.");
    if (traffic->kind == ORR_SOURCE_TRACE) return complain(at, "sessions", "a trace has its own requests, and no sessions are made of them", "Take a workload profile or `fixed` as the source of lengths.");
    if (traffic->prefix_period > 0) return complain(at, "sessions", "sessions and prefix_period both say what prompts share", "Keep one.");
    if (traffic->concurrency > 0 && traffic->load != ORR_LOAD_CLOSED)
        return complain(at, "load.concurrency", "sessions with open arrivals have no limit of what is in flight", "Write load: {concurrency: 64} alone: so many sessions at a time.");
    return true;
}

/* What one section says of where requests come from and when; `traffic` has been filled by the table. */
static bool bind_section(const place_of *at, orr_traffic *traffic)
{
    traffic->kind = orr_traffic_kind_of(traffic->source);
    bool good = refuse_strangers(at, traffic);
    if (traffic->kind == ORR_SOURCE_FIXED && (traffic->input_tokens < 1 || traffic->output_tokens < 1))
        good = complain(at, "source", "fixed traffic needs input_tokens and output_tokens", "Write traffic: {source: fixed, input_tokens: 1024, output_tokens: 256, ..}.");
    if (traffic->kind == ORR_SOURCE_TRACE) good &= check_trace(at, traffic);
    if (traffic->kind == ORR_SOURCE_PROFILE && !traffic->workload.name) return false;      /* reported */
    if (!at->shares) {
        if (!given(at, "load.process")) traffic->load = default_load(at, traffic);
        good &= bind_shape(at, traffic);
        good &= check_load(at, traffic);
    }
    good &= check_prefix(at, traffic);
    return check_sessions(at, traffic) && good;
}

/* --- tenants --- */

static bool bind_tenant(const place_of *mix, orr_tenant *tenant, const orr_traffic *all)
{
    const orr_node *section = orr_tree_find(mix->section, orr_arena_printf(mix->binder->arena, "tenants.%s", tenant->name));
    const place_of at = {mix->binder, section, orr_arena_printf(mix->binder->arena, "%s.tenants.%s", mix->path, tenant->name), true, tenant->share > 0};
    if (!section) return true;
    if (!tenant->traffic.source) return complain(&at, "source", "source is missing", "Write source: azure-conv-2023, a trace's path, or fixed with input_tokens and output_tokens.");
    bool good = true;
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++)
        if (tenant->slo.limit_ns[ORR_METRIC_ITL][stat] > 0) return complain(&at, "slo.itl", "the gaps between outputs are not told apart by tenant", "Limit tpot, which is a request's own.");
    if (at.shares && given(&at, "load")) good = complain(&at, "load", "a tenant has either a share of the mix's load or a load of its own", "Keep one.");
    good &= bind_section(&at, &tenant->traffic);
    if (at.shares) tenant->traffic.load = all->load;
    return good;
}

static bool is_endless(const orr_tenant *tenant)
{
    const orr_traffic *t = &tenant->traffic;
    return t->kind != ORR_SOURCE_TRACE && t->stop_requests == 0 && t->stop_time_ns == 0;
}

/* Every tenant has a share, or none has. */
static bool bind_mix(const place_of *at, orr_traffic *traffic)
{
    int64_t shares = 0;
    bool good = true, endless = false, misnamed = false, timed = false;
    double rate_per_s = 0;
    const orr_tenants *tenants = &traffic->tenants;
    traffic->kind = ORR_SOURCE_MIX;
    traffic->source = NULL;
    for (int64_t i = 0; i < tenants->count; i++) {
        shares += tenants->items[i].share > 0;
        misnamed |= !tenants->items[i].name;
    }
    if (misnamed) return false;     /* reported */
    if (tenants->count == 0) return complain(at, "tenants", "a mix has no tenants", "Write tenants: {chat: {source: .., load: ..}, ..}.");
    if (shares > 0 && shares < tenants->count)
        return complain(at, "tenants", "some tenants have a share of the mix's load, and some have none", "Give every tenant a share, and the mix a load; or every tenant a load of its own.");
    if (shares > 0) {
        if (!given(at, "load.process")) traffic->load = default_load(at, traffic);
        good &= bind_shape(at, traffic);
        good &= check_load(at, traffic);
    }
    for (int64_t i = 0; i < tenants->count; i++) {
        good &= bind_tenant(at, &tenants->items[i], traffic);
        rate_per_s += tenants->items[i].traffic.rate_per_s;
        timed |= tenants->items[i].traffic.load == ORR_LOAD_TRACE_TIMES;
        endless |= is_endless(&tenants->items[i]);
        if (orr_traffic_has_sessions(&tenants->items[i].traffic) && traffic->concurrency > 0 && traffic->load != ORR_LOAD_CLOSED)
            good = complain(at, "load.concurrency", "sessions with open arrivals have no limit of what is in flight", "Write load: {concurrency: 64} alone: so many sessions at a time.");
    }
    if (shares == 0) {
        if (given(at, "load.process") && traffic->load != ORR_LOAD_OPEN_POISSON) good = complain(at, "load.process", "every tenant has a load of its own, and the mix has one too", "Give every tenant a share of it, or take it out.");
        traffic->load = ORR_LOAD_OPEN_POISSON;
        traffic->rate_per_s = timed ? 0 : rate_per_s;       /* traces at their own times: nobody has counted */
    }
    static const char *const own[] = {"source", "input_tokens", "output_tokens", "workload", "sessions", "prefix", "window", "max_output_tokens", "images"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const orr_node *node = orr_tree_get(at->section, own[i]);
        double zero = 1;
        if (node && node->kind != ORR_NODE_NULL && !(orr_node_as_double(node, &zero) && !(zero > 0) && !(zero < 0)))
            good = complain(at, own[i], orr_arena_printf(at->binder->arena, "traffic.%s stands beside tenants, each of which has its own", own[i]), "Move it to the tenants.");
    }
    return check_stop(at, traffic, endless) && good;
}

bool orr_study_bind_traffic(orr_binder *binder, const orr_node *root, orr_traffic *traffic)
{
    const orr_node *section = orr_tree_get(root, "traffic");
    if (!section || section->kind != ORR_NODE_MAP) return true;
    const place_of at = {binder, section, "traffic", false, false};
    if (orr_study_given(section, "tenants")) return bind_mix(&at, traffic);
    if (!traffic->source) {
        for (size_t i = 0; i < binder->broken_count; i++)
            if (strcmp(binder->broken[i], "traffic.source") == 0) return false;
        if (orr_study_given(section, "source")) return true;       /* reported */
        orr_diag *diag = orr_diag_error(binder->diags, section->key_place, "traffic.source is missing in traffic");
        orr_diag_hint(diag, "source: %s. It takes: text.", orr_table_find(&orr_traffic_table, "source")->doc);
        return false;
    }
    const bool good = bind_section(&at, traffic);
    return check_stop(&at, traffic, traffic->kind != ORR_SOURCE_TRACE) && good;
}

/* --- images --- */

const orr_images *orr_study_images(const orr_study *study)
{
    if (study->traffic.images.share > 0) return &study->traffic.images;
    for (int64_t i = 0; i < study->traffic.tenants.count; i++)
        if (study->traffic.tenants.items[i].traffic.images.share > 0) return &study->traffic.tenants.items[i].traffic.images;
    return NULL;
}

static bool bind_images(orr_binder *binder, orr_study *study, const char *path, orr_traffic *traffic)
{
    orr_images *images = &traffic->images;
    if (!(images->share > 0)) return true;
    const orr_place place = orr_binder_place(binder, orr_arena_printf(binder->arena, "%s.images.share", path));
    const orr_images *first = orr_study_images(study);
    if (study->model.vision.layers == 0) {
        orr_diag *diag = orr_diag_error(binder->diags, place, "%s.images has a share, and %s sees no images", path, study->model.name);
        orr_diag_hint(diag, "Take a model with a vision encoder (qwen2.5-vl-7b, gemma-3-27b-it, llama-4-scout, qwen3.5-397b-a17b, kimi-k2.5), or take images out.");
        return false;
    }
    if (orr_traffic_has_sessions(traffic)) {
        orr_diag *diag = orr_diag_error(binder->diags, place, "%s has both sessions and images", path);
        orr_diag_hint(diag, "Images of conversations are not told yet: take one of them out.");
        return false;
    }
    if (images->width != first->width || images->height != first->height) {
        orr_diag *diag = orr_diag_error(binder->diags, place, "%s.images are %lld x %lld pixels, and those of another tenant %lld x %lld", path, (long long)images->width, (long long)images->height, (long long)first->width, (long long)first->height);
        orr_diag_hint(diag, "All images of a study have one size: give them the same.");
        return false;
    }
    if (images->tokens == 0) images->tokens = orr_vision_image(&study->model.vision, images->width, images->height).tokens;
    return true;
}

bool orr_study_bind_images(orr_binder *binder, orr_study *study)
{
    bool good = bind_images(binder, study, "traffic", &study->traffic);
    for (int64_t i = 0; i < study->traffic.tenants.count; i++)
        good &= bind_images(binder, study, orr_arena_printf(binder->arena, "traffic.tenants.%s", study->traffic.tenants.items[i].name), &study->traffic.tenants.items[i].traffic);
    return good;
}
