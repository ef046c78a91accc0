/* What the settings of a fleet need of one another: routing, lanes, the door. Each fault names the way out, and is told apart from mistakes of the study by layout_fault. */
#include "spec/bind.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "spec/study_internal.h"

enum { MOST_LANES = 16 };

typedef struct checker { orr_binder *binder; orr_study *study; } checker;

static orr_diag *fault(checker *c, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
static orr_diag *fault(checker *c, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = orr_arena_vprintf(c->binder->arena, format, arguments);
    va_end(arguments);
    c->study->layout_fault = ORR_LAYOUT_FLEET;
    c->study->layout_reason = message;
    return orr_diag_error(c->binder->diags, orr_binder_place(c->binder, path), "%s", message);
}

static bool routes_by(const orr_study *study, orr_router_kind kind)
{
    return study->serving.router == kind || (orr_study_has_pools(study) && study->serving.prefill.router == kind) || (orr_study_has_encoders(study) && study->serving.encoders.router == kind);
}

/* By slo_lanes: enough replicas, each of its pool. */
static void check_lanes(checker *c, orr_router_kind router, const char *path, int64_t replicas)
{
    const orr_shares *lanes = &c->study->serving.routing.lanes;
    if (router != ORR_ROUTER_SLO_LANES) return;
    double all = 0;
    for (int64_t i = 0; i < lanes->count; i++) all += lanes->values[i];
    if (lanes->count == 0) {
        orr_diag *diag = fault(c, path, "router is slo_lanes, and serving.routing.lanes is not given");
        orr_diag_hint(diag, "Write routing: {lanes: [0.25, 0.75]}: shares of the replicas for requests of priority 0, 1 and above.");
    } else if (lanes->count > MOST_LANES || !(all > 0)) {
        orr_diag *diag = fault(c, "serving.routing.lanes", lanes->count > MOST_LANES ? "routing.lanes has %" PRId64 " shares" : "the %" PRId64 " shares of routing.lanes are all 0", lanes->count);
        orr_diag_hint(diag, "1 to %d shares stand here, some above 0.", MOST_LANES);
    } else if (lanes->count > replicas) {
        orr_diag *diag = fault(c, "serving.routing.lanes", "routing.lanes has %" PRId64 " shares, and there %s %" PRId64 " replica%s", lanes->count, replicas == 1 ? "is" : "are", replicas, replicas == 1 ? "" : "s");
        orr_diag_hint(diag, "Each lane has at least one replica: give fewer lanes, or more replicas.");
    }
}

/* A client whose request is refused sends the next at once, without end. A deadline needs a limit. */
static void check_door(checker *c)
{
    const orr_study *study = c->study;
    const orr_admit_kind policy = study->serving.admission.policy;
    if (policy == ORR_ADMIT_ALL) return;
    if (study->traffic.load == ORR_LOAD_CLOSED) {
        orr_diag *diag = fault(c, "serving.admission.policy", "admission refuses requests, and the load is closed: whoever is refused would come back at once");
        orr_diag_hint(diag, "Give the load a rate, or leave admission out: traffic.load.concurrency is the limit already.");
    }
    bool limited = orr_slo_ttft_limit_ns(&study->slo) > 0;
    for (int64_t i = 0; i < study->traffic.tenants.count; i++) limited = limited || orr_slo_ttft_limit_ns(&study->traffic.tenants.items[i].slo) > 0;
    if (policy == ORR_ADMIT_BY_DEADLINE && !limited) {
        orr_diag *diag = fault(c, "serving.admission.policy", "admission goes by deadlines, and nothing limits TTFT");
        orr_diag_hint(diag, "Write slo: {ttft: {p99: 1 s}}, or a tenant's.");
    }
}

/* The value by which the fleet changes. */
static const char *cause(const checker *c)
{
    const orr_faults *faults = &c->study->serving.faults;
    if (faults->mtbf_ns > 0) return "serving.faults.mtbf";
    if (faults->gpu_mtbf_ns > 0) return "serving.faults.gpu_mtbf";
    if (faults->events.count > 0) return orr_arena_printf(c->binder->arena, "serving.faults.events.%s.at", faults->events.items[0].name);
    return c->study->serving.autoscale.target > 0 ? "serving.autoscale.target" : "serving.slow_replicas.share";
}

/* What a fleet that changes cannot be together with. */
static void check_company(checker *c)
{
    const orr_study *study = c->study;
    if (!orr_serving_changes(&study->serving)) return;
    if (orr_study_has_pools(study)) {
        orr_diag *diag = fault(c, cause(c), "the fleet changes, and serving is disaggregated: what becomes of contexts under way between engines is not modelled");
        orr_diag_hint(diag, "Take serving.mode: aggregated, or a fleet that stays as it is.");
    } else if (study->engine.kv_tiers.count > 0) {
        orr_diag *diag = fault(c, cause(c), "the fleet changes, and engines have tiers of KV cache: what becomes of stores when their engine fails is not modelled");
        orr_diag_hint(diag, "Leave engine.kv_tiers out, or take a fleet that stays as it is.");
    } else if (orr_study_has_encoders(study)) {
        orr_diag *diag = fault(c, cause(c), "the fleet changes, and images are encoded before it: what becomes of embeddings on their way is not modelled");
        orr_diag_hint(diag, "Leave serving.encoders out (engines encode images themselves), or take a fleet that stays as it is.");
    }
}

static void check_faults(checker *c)
{
    orr_study *study = c->study;
    orr_faults *faults = &study->serving.faults;
    const int64_t replicas = study->serving.replicas;
    if (faults->mtbf_ns > 0 && faults->gpu_mtbf_ns > 0) {
        orr_diag *diag = fault(c, "serving.faults.gpu_mtbf", "faults has both mtbf and gpu_mtbf");
        orr_diag_note(diag, orr_binder_place(c->binder, "serving.faults.mtbf"), "the other is here");
        orr_diag_hint(diag, "Keep one: mtbf is of a replica, gpu_mtbf of each of its GPUs.");
    }
    if ((faults->mtbf_ns > 0 || faults->gpu_mtbf_ns > 0) && !(faults->mttr_ns > 0)) {
        orr_diag *diag = fault(c, faults->mtbf_ns > 0 ? "serving.faults.mtbf" : "serving.faults.gpu_mtbf", "replicas fail, and nothing says when they are back");
        orr_diag_hint(diag, "Write mttr: 5 min, from the failure until the replica is up again.");
    }
    for (int64_t i = 0; i < faults->events.count; i++) {
        const orr_fault_event *e = &faults->events.items[i];
        if (e->replica < replicas) continue;
        orr_diag *diag = fault(c, orr_arena_printf(c->binder->arena, "serving.faults.events.%s.replica", e->name), "an event is of replica %" PRId64 ", and there %s %" PRId64 " replica%s", e->replica, replicas == 1 ? "is" : "are", replicas, replicas == 1 ? "" : "s");
        orr_diag_hint(diag, replicas == 1 ? "Its number is 0." : "Their numbers are 0 to %" PRId64 ".", replicas - 1);
    }
}

/* Encoders of images want images, and a router that asks for nothing that they have not. */
static void check_encoders(checker *c)
{
    const orr_encoders *encoders = &c->study->serving.encoders;
    if (orr_study_images(c->study) == NULL) {
        orr_diag *diag = fault(c, "serving.encoders.replicas", "encoders.replicas is %" PRId64 ", and no request brings images", encoders->replicas);
        orr_diag_hint(diag, "Say which do (traffic.images: {share: 0.5, width: 1024, height: 1024}), or leave encoders out.");
    }
    if (encoders->router == ORR_ROUTER_KV_AWARE || encoders->router == ORR_ROUTER_PREFIX_AFFINE) {
        orr_diag *diag = fault(c, "serving.encoders.router", "encoders.router is %s, and encoders hold no cache", orr_router_key(encoders->router));
        orr_diag_hint(diag, "Take round_robin, least_loaded, random, power_of_two or session_sticky.");
    }
    check_lanes(c, encoders->router, "serving.encoders.router", encoders->replicas);
}

static void check_autoscale(checker *c)
{
    const orr_autoscale *a = &c->study->serving.autoscale;
    const int64_t most = c->study->serving.replicas;
    if (!(a->target > 0)) return;
    const struct { const char *path; int64_t value; } limits[] = {{"serving.autoscale.min", a->min}, {"serving.autoscale.initial", a->initial}};
    for (int i = 0; i < 2; i++) {
        if (limits[i].value <= most) continue;
        orr_diag *diag = fault(c, limits[i].path, "%s is %" PRId64 ", and there may be %" PRId64 " replica%s", limits[i].path, limits[i].value, most, most == 1 ? "" : "s");
        orr_diag_hint(diag, "serving.replicas are the most that autoscaling may start.");
    }
    if (a->initial > 0 && a->initial < a->min) {
        orr_diag *diag = fault(c, "serving.autoscale.initial", "the fleet begins with %" PRId64 " replicas, fewer than its min of %" PRId64, a->initial, a->min);
        orr_diag_hint(diag, "Begin with min (initial: 0) or more.");
    }
}

static void check_group_engines(checker *c)
{
    const orr_groups *groups = &c->study->serving.groups;
    for (int64_t g = 0; g < groups->count; g++) {
        if (groups->items[g].engine.attention_ffn.ffn_devices == 0) continue;
        orr_diag *diag = fault(c, orr_arena_printf(c->binder->arena, "serving.groups.%s.engine.attention_ffn.ffn_devices", groups->items[g].name), "attention and FFN stand apart in group %s, and groups are of engines that hold both", groups->items[g].name);
        orr_diag_hint(diag, "Leave engine.attention_ffn out of the group, or study such engines by themselves.");
        return;
    }
}

/* Replicas of several kinds compute prompts and decode; a request reaches whichever is chosen after the same time, since it is chosen then. */
static void check_groups(checker *c)
{
    const orr_groups *groups = &c->study->serving.groups;
    if (!orr_study_has_groups(c->study)) return;
    if (orr_study_has_pools(c->study)) {
        orr_diag *diag = fault(c, "serving.mode", "serving is disaggregated, and has groups of replicas");
        orr_diag_hint(diag, "Groups are of replicas that compute prompts and decode: write mode: aggregated; or keep one kind of decode engines, and give prefill engines theirs in serving.prefill.hardware.");
    }
    if (orr_serving_changes(&c->study->serving)) {
        orr_diag *diag = fault(c, orr_arena_printf(c->binder->arena, "serving.groups.%s.replicas", groups->items[0].name), "the fleet is of several groups, and changes while it serves (faults, slow_replicas or autoscale)");
        orr_diag_hint(diag, "Study one of both at a time: who is paid for a group that comes and goes is not told apart yet.");
    }
    check_group_engines(c);
    for (int64_t g = 1; g < groups->count; g++) {
        const orr_engine *first = &groups->items[0].engine, *other = &groups->items[g].engine;
        const bool entry = first->request_entry_ns < other->request_entry_ns || first->request_entry_ns > other->request_entry_ns, exit = first->request_exit_ns < other->request_exit_ns || first->request_exit_ns > other->request_exit_ns;
        if (!entry && !exit) continue;
        const char *key = entry ? "request_entry" : "request_exit", *path = orr_arena_printf(c->binder->arena, "serving.groups.%s.engine.%s", groups->items[g].name, key);
        orr_diag *diag = fault(c, path, "groups %s and %s differ in engine.%s, and one front takes requests for both", groups->items[0].name, groups->items[g].name, key);
        orr_diag_hint(diag, "Give both the same: serving.groups.%s.engine.%s.", groups->items[g].name, key);
        return;
    }
}

bool orr_study_check_serving(orr_binder *binder, orr_study *study)
{
    checker c = {binder, study};
    check_groups(&c);
    check_door(&c);
    check_company(&c);
    check_faults(&c);
    check_autoscale(&c);
    check_lanes(&c, study->serving.router, "serving.router", study->serving.replicas);
    if (orr_study_has_pools(study)) check_lanes(&c, study->serving.prefill.router, "serving.prefill.router", study->serving.prefill.replicas);
    if (orr_study_has_encoders(study)) check_encoders(&c);
    return study->layout_fault == ORR_LAYOUT_POSSIBLE;
}

bool orr_study_asks(const orr_study *study, const char *section)
{
    if (orr_text_equal(section, "prefill") || orr_text_equal(section, "transfer")) return orr_study_has_pools(study);
    if (orr_text_equal(section, "disaggregation")) return orr_study_keeps_prompts(study);
    if (orr_text_equal(section, "encoders")) return orr_study_has_encoders(study);
    if (orr_text_equal(section, "routing")) return routes_by(study, ORR_ROUTER_KV_AWARE) || routes_by(study, ORR_ROUTER_SLO_LANES);
    if (orr_text_equal(section, "admission")) return study->serving.admission.policy != ORR_ADMIT_ALL;
    if (orr_text_equal(section, "faults")) return orr_faults_any(&study->serving.faults);
    if (orr_text_equal(section, "autoscale")) return study->serving.autoscale.target > 0;
    if (orr_text_equal(section, "slow_replicas")) return study->serving.slow_replicas.share > 0;
    return true;
}

size_t orr_study_provenance_that_counts(const orr_study *study, const orr_provenance *all, size_t count, orr_provenance *kept)
{
    static const char prefix[] = "serving.";
    enum { PREFIX = sizeof prefix - 1 };
    char section[32] = "";
    size_t length = 0, counted = 0;
    bool asked = true;          /* of `section`, which most have in common with the one before */
    for (size_t i = 0; i < count; i++) {
        const char *path = all[i].path, *name = path + PREFIX, *end = path[0] == 's' && strncmp(path, prefix, PREFIX) == 0 ? strchr(name, '.') : NULL;
        if (end != NULL && (size_t)(end - name) < sizeof section) {
            if ((size_t)(end - name) != length || memcmp(section, name, length) != 0) {
                length = (size_t)(end - name);
                memcpy(section, name, length);
                section[length] = 0;
                asked = orr_study_asks(study, section);
            }
            if (!asked) continue;
        }
        kept[counted++] = all[i];
    }
    return counted;
}
