/* Expansion: the study's tree with every name replaced by what it names, so that one table binds it and resolved.yaml, which is such a tree, is its own expansion. */
#include "spec/bind.h"

#include <string.h>
#include "spec/slo.h"
#include "spec/study_internal.h"

static const char *scalar_of(const orr_node *node)
{
    if (node && orr_node_is_cited(node)) node = orr_tree_get(node, "value");
    return node && node->kind == ORR_NODE_SCALAR ? node->scalar : NULL;
}

static void put(orr_binder *binder, orr_node *map, const char *key, orr_node *value)
{
    const orr_node *old = orr_tree_get(map, key);
    value->next = NULL;
    value->key_place = old ? old->key_place : value->place;
    value->key = key;
    orr_tree_set(binder->arena, map, key, value, binder->diags);
}

/* What was reported is as good as absent, and not to be reported as missing. (The tree is our copy.) */
static void blank(orr_binder *binder, orr_node *node, const char *path)
{
    orr_binder_mark_broken(binder, path);
    if (!node) return;
    node->kind = ORR_NODE_NULL;
    node->scalar = NULL;
    node->first = node->last = NULL;
    node->child_count = 0;
}

static orr_node *without(orr_binder *binder, const orr_node *map, const char *key)
{
    orr_node *rest = orr_tree_new_map(binder->arena, map->place);
    for (const orr_node *child = map->first; child; child = child->next) {
        if (orr_text_equal(child->key, key)) continue;
        orr_node *copy = orr_tree_copy(binder->arena, child);
        copy->next = NULL;
        orr_tree_append(rest, copy);
    }
    return rest;
}

/* The section as a map of its own: a domain over whole sections is chosen from; what is not a map is left for the table to report. */
static orr_node *section(orr_binder *binder, orr_node *root, const char *key, bool wanted)
{
    orr_node *node = orr_tree_get(root, key);
    if (node && node->kind == ORR_NODE_NULL) node = NULL;
    size_t mark = orr_binder_enter(binder, key);
    const orr_node *chosen = node ? orr_binder_choose(binder, NULL, node) : NULL;
    orr_binder_leave(binder, mark);
    if (node && !chosen) { blank(binder, node, key); return NULL; }
    if (!node && !wanted) return NULL;
    if (!node || chosen != node) put(binder, root, key, chosen ? orr_tree_copy(binder->arena, chosen) : orr_tree_new_map(binder->arena, root->place));
    orr_node *result = orr_tree_get(root, key);
    return result->kind == ORR_NODE_MAP ? result : NULL;
}

/* Replaces map[key] by what it refers to. NULL when there is nothing or when reported. */
static orr_node *refer(orr_binder *binder, orr_node *map, const char *key, orr_catalogue_kind kind, const char *full_path, const char *fallback, orr_place fallback_place)
{
    orr_node *node = orr_tree_get(map, key);
    if (node && node->kind == ORR_NODE_NULL) node = NULL;
    if (!node && !fallback) return NULL;
    size_t mark = orr_binder_enter(binder, key);
    orr_node *tree = orr_reference_tree(binder, kind, node, fallback, fallback_place);
    if (tree && kind == ORR_KIND_CHIP && !orr_chip_from_parts(binder, tree)) tree = NULL;
    orr_binder_leave(binder, mark);
    if (tree) put(binder, map, key, tree);
    else blank(binder, node, full_path);
    return tree;
}

/* The hardware section of the study, or of a part of it; `prefix` is the path of what holds it, with its dot. */
static void expand_hardware(orr_binder *binder, orr_node *root, const char *prefix)
{
    orr_node *hardware = section(binder, root, "hardware", false);
    if (!hardware) return;
    const char *node_path = orr_arena_printf(binder->arena, "%shardware.node", prefix), *chip_path = orr_arena_printf(binder->arena, "%shardware.chip", prefix);
    size_t mark = orr_binder_enter(binder, "hardware");
    bool has_node = orr_tree_get(hardware, "node") != NULL;
    const orr_node *node = refer(binder, hardware, "node", ORR_KIND_NODE, node_path, NULL, (orr_place){0});
    const orr_node *chip = node ? orr_tree_get(node, "chip") : NULL, *fabric = node ? orr_tree_get(node, "fabric") : NULL;
    if (has_node && !node) orr_binder_mark_broken(binder, chip_path);
    if (!has_node && (!orr_tree_get(hardware, "chip") || !orr_tree_get(hardware, "chips"))) {
        orr_diag *diag = orr_diag_error(binder->diags, hardware->key_place, "hardware names no node%s", orr_tree_get(hardware, "chip") ? " and no number of chips" : " and no chip");
        orr_diag_hint(diag, "Write {node: dgx-h100, nodes: 1} or {chip: h100-sxm, chips: 8}; `orrery list node` shows names.");
        orr_binder_mark_broken(binder, chip_path);
    }
    orr_node *own = orr_tree_get(hardware, "chip");
    bool alters = own && own->kind == ORR_NODE_MAP && !orr_node_is_domain(own) && !orr_tree_get(own, "extends") && !orr_tree_get(own, "name");
    if (has_node && !node && alters) blank(binder, own, chip_path);        /* the node's chip is not known: nothing to alter */
    else refer(binder, hardware, "chip", ORR_KIND_CHIP, chip_path, scalar_of(chip), chip ? chip->place : (orr_place){0});
    refer(binder, hardware, "fabric", ORR_KIND_FABRIC, orr_arena_printf(binder->arena, "%shardware.fabric", prefix), scalar_of(fabric), fabric ? fabric->place : (orr_place){0});
    orr_binder_leave(binder, mark);
}

static bool is_item_name(const char *name)
{
    if (!name || !*name) return false;
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-')) return false;
    return true;
}

/* Items of a map or a list by name, each with its name inside; `numbered`: one of a list that has none is called by its place, from 1. `what`: "tenant"; `hint`: how they are written. NULL: reported. */
static orr_node *items_by_name(orr_binder *binder, const orr_node *given, const char *what, const char *hint, bool numbered)
{
    size_t number = 0;
    orr_node *map = orr_tree_new_map(binder->arena, given->place);
    const bool list = given->kind == ORR_NODE_LIST;
    for (const orr_node *child = given->first; child; child = child->next) {
        const orr_node *inner = child->kind == ORR_NODE_MAP ? orr_tree_get(child, "name") : NULL;
        const char *name = !list ? child->key : inner || !numbered ? scalar_of(inner) : orr_arena_printf(binder->arena, "%zu", number + 1);
        number++;
        const orr_place place = !list ? child->key_place : inner ? inner->place : child->place;
        if (!is_item_name(name) || (!list && inner && !orr_text_equal(scalar_of(inner), name))) {
            orr_diag *diag = orr_diag_error(binder->diags, place, name ? "\"%s\" can't be a %s's name here" : "%sa %s has no name", name ? name : "", what);
            orr_diag_hint(diag, "Write %s; names are of letters, digits, _ and -.", hint);
            return NULL;
        }
        const orr_node *other = orr_tree_get(map, name);
        if (other) {
            orr_diag_note(orr_diag_error(binder->diags, place, "two %ss are called \"%s\"", what, name), other->key_place, "the other is here");
            return NULL;
        }
        orr_node *item = orr_tree_copy(binder->arena, child);
        item->key = name;
        item->key_place = place;
        orr_tree_append(map, item);
        if (!inner && item->kind == ORR_NODE_MAP) put(binder, item, "name", orr_tree_new_scalar(binder->arena, name, place));
    }
    return map;
}

/* A tier with what its store gives: the tier's own name stays, the store's is gone with its key. */
static void expand_tier(orr_binder *binder, orr_node *tiers, orr_node *tier, const char *broken)
{
    const orr_node *store = tier->kind == ORR_NODE_MAP ? orr_tree_get(tier, "store") : NULL;
    if (!store || store->kind == ORR_NODE_NULL) return;
    size_t mark = orr_binder_enter(binder, "store");
    const orr_node *chosen = orr_binder_choose(binder, orr_table_find(&orr_kv_tier_table, "store"), store);
    orr_node *base = chosen ? orr_reference_tree(binder, ORR_KIND_STORE, chosen, NULL, (orr_place){0}) : NULL;
    orr_binder_leave(binder, mark);
    if (!base) {
        static const char *const given[] = {"capacity", "read_bandwidth"};
        for (size_t i = 0; i < 2; i++) orr_binder_mark_broken(binder, orr_arena_printf(binder->arena, "%s.%s.%s", broken, tier->key, given[i]));
        return;
    }
    orr_node *merged = orr_spec_merge(binder->arena, base, tier);
    blank(binder, orr_tree_get(merged, "store"), orr_arena_printf(binder->arena, "%s.%s.store", broken, tier->key));
    put(binder, tiers, tier->key, merged);
}

static void expand_tiers(orr_binder *binder, orr_node *engine)
{
    const orr_node *given = engine ? orr_tree_get(engine, "kv_tiers") : NULL;
    if (!given || given->kind == ORR_NODE_NULL) return;
    size_t mark = orr_binder_enter(binder, "engine"), inner = orr_binder_enter(binder, "kv_tiers");
    const char *path = orr_arena_strndup(binder->arena, binder->path, binder->path_length);
    given = orr_binder_choose(binder, NULL, given);
    orr_node *map = NULL;
    if (given && (given->kind == ORR_NODE_LIST || given->kind == ORR_NODE_MAP)) {
        map = items_by_name(binder, given, "tier", "kv_tiers: [{name: host, store: host-ddr5-pcie5}, ..] or kv_tiers: {host: {store: host-ddr5-pcie5}, ..}", false);
        if (!map) blank(binder, orr_tree_get(engine, "kv_tiers"), path);
    }
    if (map) {
        put(binder, engine, "kv_tiers", map);
        for (orr_node *tier = map->first, *next; tier; tier = next) {
            next = tier->next;
            size_t at = orr_binder_enter(binder, tier->key);
            expand_tier(binder, map, tier, path);
            orr_binder_leave(binder, at);
        }
    }
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
}

static void expand_speculation(orr_binder *binder, orr_node *engine)
{
    size_t mark = orr_binder_enter(binder, "engine");
    orr_node *speculation = section(binder, engine, "speculation", false);
    size_t inner = orr_binder_enter(binder, "speculation");
    if (speculation) refer(binder, speculation, "draft_model", ORR_KIND_MODEL, "engine.speculation.draft_model", NULL, (orr_place){0});
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
}

/* The hardware of the FFN devices; the binder is at what holds the engine. */
static void expand_attention_ffn(orr_binder *binder, orr_node *engine)
{
    size_t mark = orr_binder_enter(binder, "engine");
    orr_node *apart = section(binder, engine, "attention_ffn", false);
    size_t inner = orr_binder_enter(binder, "attention_ffn");
    if (apart) expand_hardware(binder, apart, "engine.attention_ffn.");
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
}

/* The path of one's own residuals: the file's map goes to engine.residuals. The path stays where it was, for its place. */
static void expand_kernels(orr_binder *binder, orr_node *engine)
{
    const orr_field *field = orr_table_find(&orr_engine_table, "kernels");
    const orr_node *kernels = orr_tree_get(engine, "kernels");
    size_t mark = orr_binder_enter(binder, "engine"), inner = orr_binder_enter(binder, "kernels");
    if (kernels) kernels = orr_binder_choose(binder, field, kernels);
    const char *name = scalar_of(kernels);
    if (name && orr_looks_like_path(name)) {
        const orr_node *value = orr_node_is_cited(kernels) ? orr_tree_get(kernels, "value") : kernels, *file = orr_reference_file(binder, name, value->place, "set of residuals");
        if (file) put(binder, engine, "residuals", orr_tree_copy(binder->arena, file));
    }
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
}

/* Whose engine section it is: without a profile of their own, groups and prefill engines have that of the study's. */
typedef enum { OF_STUDY, OF_GROUP, OF_PREFILL } engine_owner;

/* The engine section with what its profile gives. */
static void expand_engine(orr_binder *binder, orr_node *root, engine_owner owner)
{
    const bool inherits = owner != OF_STUDY;
    orr_node *engine = section(binder, root, "engine", !inherits);
    if (!engine) return;
    const orr_node *profile = orr_tree_get(engine, "profile");
    if (inherits && !profile) { expand_kernels(binder, engine); expand_tiers(binder, engine); return; }
    size_t mark = orr_binder_enter(binder, "engine");
    size_t inner = orr_binder_enter(binder, "profile");
    if (profile) profile = orr_binder_choose(binder, orr_table_find(&orr_engine_table, "profile"), profile);
    else profile = orr_tree_new_scalar(binder->arena, orr_table_find(&orr_engine_table, "profile")->default_text, (orr_place){0});
    const char *name = scalar_of(profile);
    const bool none = orr_text_equal(name, "none");
    orr_node *base = name && !none ? orr_reference_tree(binder, ORR_KIND_ENGINE, orr_node_is_cited(profile) ? orr_tree_get(profile, "value") : profile, NULL, (orr_place){0}) : NULL;
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
    if (base && owner == OF_PREFILL) base = without(binder, base, "speculation");      /* what a profile says of drafts is for engines that decode */
    if (base) put(binder, root, "engine", orr_spec_merge(binder->arena, base, engine));
    else if (!none) orr_binder_mark_broken(binder, "engine");
    expand_speculation(binder, orr_tree_get(root, "engine"));
    if (!inherits) expand_attention_ffn(binder, orr_tree_get(root, "engine"));
    expand_kernels(binder, orr_tree_get(root, "engine"));
    expand_tiers(binder, orr_tree_get(root, "engine"));
}

static void expand_events(orr_binder *binder, orr_node *faults)
{
    const orr_node *given = orr_tree_get(faults, "events");
    if (!given || (given->kind != ORR_NODE_LIST && given->kind != ORR_NODE_MAP)) return;
    orr_node *map = items_by_name(binder, given, "event", "events: [{at: 60 s, replica: 0, kind: fail}, ..]", true);
    if (map) put(binder, faults, "events", map);
    else blank(binder, orr_tree_get(faults, "events"), "serving.faults.events");
}

static void expand_groups(orr_binder *binder, orr_node *serving)
{
    const orr_node *given = orr_tree_get(serving, "groups");
    if (!given || given->kind == ORR_NODE_NULL) return;
    size_t mark = orr_binder_enter(binder, "groups");
    given = orr_binder_choose(binder, NULL, given);
    orr_node *map = NULL;
    if (given && (given->kind == ORR_NODE_LIST || given->kind == ORR_NODE_MAP)) {
        map = items_by_name(binder, given, "group", "groups: [{name: new, replicas: 4}, ..] or groups: {new: {replicas: 4}, ..}", false);
        if (!map) blank(binder, orr_tree_get(serving, "groups"), "serving.groups");
    }
    if (map) put(binder, serving, "groups", map);
    for (orr_node *group = map ? map->first : NULL; group; group = group->next) {
        size_t inner = orr_binder_enter(binder, group->key);
        if (group->kind == ORR_NODE_MAP) {
            expand_hardware(binder, group, orr_arena_printf(binder->arena, "serving.groups.%s.", group->key));
            expand_engine(binder, group, OF_GROUP);
        }
        orr_binder_leave(binder, inner);
    }
    orr_binder_leave(binder, mark);
}

static void expand_serving(orr_binder *binder, orr_node *root)
{
    orr_node *serving = section(binder, root, "serving", false);
    if (!serving) return;
    size_t mark = orr_binder_enter(binder, "serving");
    expand_groups(binder, serving);
    orr_node *prefill = section(binder, serving, "prefill", false);
    size_t inner = orr_binder_enter(binder, "prefill");
    if (prefill) {
        expand_hardware(binder, prefill, "serving.prefill.");
        expand_engine(binder, prefill, OF_PREFILL);
    }
    orr_binder_leave(binder, inner);
    orr_node *faults = section(binder, serving, "faults", false);
    if (faults) expand_events(binder, faults);
    orr_node *encoders = section(binder, serving, "encoders", false);
    inner = orr_binder_enter(binder, "encoders");
    if (encoders) expand_hardware(binder, encoders, "serving.encoders.");
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
}

orr_traffic_kind orr_traffic_kind_of(const char *source)
{
    static const char *const suffixes[] = {".csv", ".jsonl", ".json", ".gz"};
    if (strcmp(source, "fixed") == 0) return ORR_SOURCE_FIXED;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (orr_text_ends_with(source, suffixes[i])) return ORR_SOURCE_TRACE;
    return ORR_SOURCE_PROFILE;
}

static void expand_slo(orr_binder *binder, orr_node *root)
{
    orr_node *slo = section(binder, root, "slo", false);
    const orr_node *preset = slo ? orr_tree_get(slo, "preset") : NULL;
    if (!preset || preset->kind == ORR_NODE_NULL) return;
    size_t mark = orr_binder_enter(binder, "slo"), inner = orr_binder_enter(binder, "preset");
    preset = orr_binder_choose(binder, orr_table_find(&orr_slo_table, "preset"), preset);
    orr_binder_leave(binder, inner);
    orr_binder_leave(binder, mark);
    orr_node *base = preset ? orr_slo_preset_tree(binder->arena, preset, binder->diags) : NULL;
    if (base) put(binder, root, "slo", orr_spec_merge(binder->arena, base, slo));
    else orr_binder_mark_broken(binder, "slo");
}

/* What a source names; the binder is at the section (the study's traffic, or a tenant), whose path is `path`. */
static void expand_source(orr_binder *binder, orr_node *traffic, const char *path)
{
    const orr_node *source = orr_tree_get(traffic, "source");
    size_t inner = orr_binder_enter(binder, "source");
    if (source) source = orr_binder_choose(binder, orr_table_find(&orr_traffic_table, "source"), source);
    orr_binder_leave(binder, inner);
    const char *name = scalar_of(source);
    if (name && orr_traffic_kind_of(name) == ORR_SOURCE_PROFILE) refer(binder, traffic, "workload", ORR_KIND_WORKLOAD, orr_arena_printf(binder->arena, "%s.workload", path), name, source->place);
}

static void expand_tenants(orr_binder *binder, orr_node *traffic)
{
    const orr_node *given = orr_tree_get(traffic, "tenants");
    size_t mark = orr_binder_enter(binder, "tenants");
    if (given && given->kind != ORR_NODE_NULL) given = orr_binder_choose(binder, NULL, given);
    if (given && (given->kind == ORR_NODE_LIST || given->kind == ORR_NODE_MAP)) {
        orr_node *map = items_by_name(binder, given, "tenant", "tenants: [{name: chat, source: .., load: ..}, ..] or tenants: {chat: {source: .., load: ..}, ..}", false);
        if (!map) blank(binder, orr_tree_get(traffic, "tenants"), "traffic.source");
        else {
            put(binder, traffic, "tenants", map);
            for (orr_node *tenant = map->first; tenant; tenant = tenant->next) {
                size_t inner = orr_binder_enter(binder, tenant->key);
                if (tenant->kind == ORR_NODE_MAP) {
                    expand_source(binder, tenant, orr_arena_printf(binder->arena, "traffic.tenants.%s", tenant->key));
                    expand_slo(binder, tenant);
                }
                orr_binder_leave(binder, inner);
            }
        }
    }
    orr_binder_leave(binder, mark);
}

static void expand_traffic(orr_binder *binder, orr_node *root)
{
    orr_node *traffic = section(binder, root, "traffic", false);
    if (!traffic) return;
    size_t mark = orr_binder_enter(binder, "traffic");
    expand_source(binder, traffic, "traffic");
    expand_tenants(binder, traffic);
    orr_binder_leave(binder, mark);
}

orr_node *orr_study_expand(orr_binder *binder, const orr_node *tree)
{
    orr_node *root = orr_tree_copy(binder->arena, tree);
    if (root->kind != ORR_NODE_MAP) return root;
    binder->expanding = true;
    refer(binder, root, "model", ORR_KIND_MODEL, "model", NULL, (orr_place){0});
    expand_hardware(binder, root, "");
    expand_engine(binder, root, OF_STUDY);
    expand_serving(binder, root);
    expand_traffic(binder, root);
    expand_slo(binder, root);
    const orr_node *cost = orr_tree_get(root, "cost");
    if (cost && cost->kind != ORR_NODE_NULL) refer(binder, root, "cost", ORR_KIND_COST, "cost", "neocloud-2026", (orr_place){0});
    const orr_node *own = orr_tree_get(root, "coefficients");
    if (own && own->kind != ORR_NODE_NULL) refer(binder, root, "coefficients", ORR_KIND_CALIBRATION, "coefficients", "universal", (orr_place){0});
    binder->expanding = false;
    return root;
}
