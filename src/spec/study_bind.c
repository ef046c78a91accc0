/* Binding one system: expand, walk the table, then what a table can't say: values that follow from others, and fields that need one another. */
#include "spec/bind.h"

#include <inttypes.h>
#include <string.h>
#include "base/file.h"
#include "spec/study_internal.h"

/* --- what follows from other values --- */

/* Fills a model whose head the table has bound from its config, or from `known`. */
static bool fill_model(orr_binder *binder, const orr_node *config, const orr_model *known, orr_model *head)
{
    orr_model model;
    memset(&model, 0, sizeof model);
    if (known) model = *known;
    else if (!orr_model_from_hf(config, head->name, binder->arena, &model, binder->diags)) return false;
    model.name = head->name;
    model.title = head->title ? head->title : head->name;
    model.published_parameters_total = head->published_parameters_total;
    model.published_parameters_active = head->published_parameters_active;
    *head = model;
    return true;
}

static bool bind_model(orr_binder *binder, const orr_node *root, orr_study *study)
{
    const orr_node *tree = orr_tree_get(root, "model"), *config = tree ? orr_tree_get(tree, "config") : NULL;
    if (!config) return true;       /* reported by the table */
    if (!fill_model(binder, config, binder->model, &study->model)) return false;
    study->model_tree = tree;
    return true;
}

static bool bind_draft_model(orr_binder *binder, const orr_node *root, orr_study *study)
{
    orr_model *draft = &study->engine.speculation.draft_model;
    const orr_node *tree = draft->name ? orr_tree_find(root, "engine.speculation.draft_model") : NULL, *config = tree ? orr_tree_get(tree, "config") : NULL;
    if (!config) return true;
    if (!fill_model(binder, config, NULL, draft)) return false;
    study->draft_tree = tree;
    return true;
}

/* No node: all chips in one scale-up domain, joined by the chip's own link. */
static void make_node(orr_binder *binder, orr_hardware *hardware)
{
    orr_node_spec *node = &hardware->node;
    node->name = orr_arena_printf(binder->arena, "%" PRId64 " x %s", hardware->chip_count, hardware->chip.name);
    node->title = node->name;
    node->chip_name = hardware->chip.name;
    node->chip_count = hardware->chip_count;
    node->topology = hardware->chip.link_bytes_per_s > 0 ? ORR_SCALE_UP_SWITCH : hardware->chip.host_link_bytes_per_s > 0 ? ORR_SCALE_UP_PCIE : ORR_SCALE_UP_NONE;
    node->scale_up_bytes_per_s = hardware->chip.link_bytes_per_s > 0 ? hardware->chip.link_bytes_per_s : hardware->chip.host_link_bytes_per_s;
    node->scale_up_latency_ns = hardware->chip.link_latency_ns;
}

/* The hardware section of the study, or of a part of it: at `path`. */
static bool bind_hardware(orr_binder *binder, const orr_node *root, const char *path, orr_hardware *hardware)
{
    const orr_node *section = orr_tree_find(root, path);
    const char *nodes_path = orr_arena_printf(binder->arena, "%s.nodes", path), *chips_path = orr_arena_printf(binder->arena, "%s.chips", path);
    if (!section || section->kind != ORR_NODE_MAP) return true;
    bool has_node = hardware->node.name != NULL, good = true;
    if (!has_node) {
        if (hardware->nodes > 1) {
            orr_diag *diag = orr_diag_error(binder->diags, orr_binder_place(binder, nodes_path), "%s is %" PRId64 ", and no node is named", nodes_path, hardware->nodes);
            orr_diag_hint(diag, "Name the node, or write {chip: .., chips: ..} for one scale-up domain.");
            good = false;
        }
        if (hardware->chip.name && hardware->chip_count) make_node(binder, hardware);
    }
    int64_t total = hardware->node.chip_count * hardware->nodes;
    if (hardware->chip_count && total && hardware->chip_count != total) {
        orr_diag *diag = orr_diag_error(binder->diags, orr_binder_place(binder, chips_path), "%s is %" PRId64 ", and %" PRId64 " x %s has %" PRId64,
                                        chips_path, hardware->chip_count, hardware->nodes, hardware->node.name, total);
        orr_diag_hint(diag, "Leave `chips` out where a node is given, or alter the node: node: {extends: %s, chips: ..}.", hardware->node.name);
        good = false;
    }
    hardware->chip_count = total;
    orr_study_regroup(binder, hardware);
    if (!hardware->node.chip_name) hardware->node.chip_name = hardware->chip.name;
    if (!hardware->fabric.name) {
        hardware->fabric = (orr_fabric){.name = "none", .title = "no fabric", .topology = ORR_FABRIC_RAIL, .oversubscription = 1};
        if (hardware->nodes > 1 && has_node && !orr_binder_is_broken(binder, orr_arena_printf(binder->arena, "%s.fabric", path))) {
            orr_diag *diag = orr_diag_error(binder->diags, section->key_place, "%" PRId64 " nodes, and no fabric joins them", hardware->nodes);
            orr_diag_hint(diag, "Write `fabric: NAME` under hardware; `orrery list fabric` shows names.");
            good = false;
        }
    }
    return good;
}

bool orr_study_given(const orr_node *section, const char *key)
{
    const orr_node *node = section ? orr_tree_find(section, key) : NULL;
    return node && node->kind != ORR_NODE_NULL;
}

/* The user's residuals are read where they are first met. */
static const orr_residuals *residuals_of(orr_binder *binder, const orr_node *tree)
{
    const orr_place at = tree->place;
    for (size_t pass = 0; pass < 2; pass++) {
        const orr_read_residuals *known = pass == 0 ? binder->known_residuals : binder->residuals.items;
        const size_t count = pass == 0 ? binder->known_residuals_count : binder->residuals.count;
        for (size_t i = 0; i < count; i++)
            if (known[i].place.source == at.source && known[i].place.line == at.line && known[i].place.column == at.column) return known[i].set;
    }
    const orr_residuals *set = orr_residuals_read(tree, binder->arena, binder->diags);
    if (set) orr_vec_push(&binder->residuals, (orr_read_residuals){at, set});
    return set;
}

static const char *chip_name_of(const char *name)
{
    const orr_catalogue_entry *entry = orr_catalogue_find(ORR_KIND_CHIP, name);
    return entry ? entry->name : name;
}

/* One's own residuals speak of one chip: the engine's. `prefix`: of the engine's path. */
static bool bind_residuals(orr_binder *binder, const char *prefix, const orr_chip *of, orr_engine *engine)
{
    if (!engine->residuals_tree) return true;
    engine->residuals = residuals_of(binder, engine->residuals_tree);
    if (!engine->residuals) return false;
    const char *measured = chip_name_of(engine->residuals->chip), *chip = of->name;
    if (chip && !orr_text_equal(measured, chip_name_of(chip))) {
        const bool by_path = engine->kernels && orr_looks_like_path(engine->kernels);
        orr_place place = orr_binder_place(binder, orr_arena_printf(binder->arena, "%sengine.%s", prefix, by_path ? "kernels" : "residuals"));
        orr_diag *diag = orr_diag_error(binder->diags, place, "the chip is %s, and these kernels were measured on %s", chip, measured);
        orr_diag_note(diag, orr_tree_get(engine->residuals_tree, "chip")->place, "its chip is here");
        orr_diag_hint(diag, "Take the name of an engine (vllm, trtllm), or residuals fitted to tables of %s: `orrery calibrate TABLES --residuals DIR`.", chip);
        return false;
    }
    engine->kernels = engine->residuals->engine;
    return true;
}

/* A profile given by its path: its values stand in the study now. */
static void forget_path(orr_engine *engine)
{
    if (engine->profile && orr_looks_like_path(engine->profile)) engine->profile = "none";
}

/* The engine of a part of the system at `path` (prefill engines, a group), which is as the study's but for what stands there. */
static bool bind_part_engine(orr_binder *binder, const orr_node *root, const char *path, const orr_chip *chip, orr_engine *engine)
{
    const orr_node *section = orr_tree_find(root, path), *overrides = section && section->kind == ORR_NODE_MAP ? orr_tree_get(section, "engine") : NULL;
    if (engine->residuals && !orr_text_equal(chip_name_of(engine->residuals->chip), chip_name_of(chip->name))) {
        engine->residuals_tree = NULL;      /* measured on another chip */
        engine->residuals = NULL;
    }
    if (!overrides || overrides->kind == ORR_NODE_NULL) return true;
    if (overrides->kind != ORR_NODE_MAP) {
        orr_diag *diag = orr_diag_error(binder->diags, overrides->place, "%s.engine can't be \"%s\"", path, overrides->scalar ? overrides->scalar : "a list");
        orr_diag_hint(diag, "A map of settings stands here, of those that differ from the study's engine; `orrery show --fields engine` lists them.");
        return false;
    }
    if (orr_tree_get(overrides, "kernels")) engine->residuals_tree = NULL;
    const orr_node *inherited = engine->residuals_tree;
    size_t mark = orr_binder_enter(binder, orr_arena_printf(binder->arena, "%s.engine", path));
    bool good = orr_bind_overlay(binder, &orr_engine_table, overrides, engine);
    orr_binder_leave(binder, mark);
    if (!engine->residuals_tree) engine->residuals = NULL;
    if (good && engine->residuals_tree != inherited) good = bind_residuals(binder, orr_arena_printf(binder->arena, "%s.", path), chip, engine);
    return good;
}

/* What the prefill engines leave open is as in the study's own engine section; without hardware they stand on the study's. */
static bool bind_prefill(orr_binder *binder, const orr_node *root, orr_study *study)
{
    orr_prefill *prefill = &study->serving.prefill;
    const orr_node *section = orr_tree_find(root, "serving.prefill"), *speculation = section ? orr_tree_find(section, "engine.speculation") : NULL;
    if (!section && !orr_study_has_pools(study)) return true;
    prefill->engine = study->engine;
    prefill->engine.attention_ffn = (orr_attention_ffn){0};
    bool good = bind_hardware(binder, root, "serving.prefill.hardware", &prefill->hardware);
    const orr_node *apart = section ? orr_tree_find(section, "engine.attention_ffn") : NULL;
    if (apart) {
        orr_diag *diag = orr_diag_error(binder->diags, apart->key_place, "prefill engines hold attention and FFN on the same devices");
        orr_diag_hint(diag, "engine.attention_ffn is of the engines that decode; a prompt has tokens enough to keep one kind of device busy with both.");
        return false;
    }
    if (speculation) {
        orr_diag *diag = orr_diag_error(binder->diags, speculation->key_place, "prefill engines have no speculation of their own");
        orr_diag_hint(diag, "They fill the drafting model's cache for the engines that decode: give engine.speculation.");
        return false;
    }
    return bind_part_engine(binder, root, "serving.prefill", orr_prefill_has_hardware(prefill) ? &prefill->hardware.chip : &study->hardware.chip, &prefill->engine) && good;
}

/* Groups likewise. From here on the study's own hardware and engine are the first group's; of a single one, that is all. */
static bool bind_groups(orr_binder *binder, const orr_node *root, orr_study *study)
{
    orr_groups *groups = &study->serving.groups;
    bool good = true, all_own = groups->count > 0;
    for (int64_t g = 0; g < groups->count; g++) {
        orr_group *group = &groups->items[g];
        const char *path = orr_arena_printf(binder->arena, "serving.groups.%s", group->name);
        const orr_node *draft = orr_tree_find(root, orr_arena_printf(binder->arena, "%s.engine.speculation.draft_model", path));
        good &= bind_hardware(binder, root, orr_arena_printf(binder->arena, "%s.hardware", path), &group->hardware);
        group->own_hardware = group->hardware.chip_count > 0;
        all_own &= group->own_hardware;
        if (!group->own_hardware) group->hardware = study->hardware;
        group->engine = study->engine;
        if (draft && draft->kind != ORR_NODE_NULL) {
            orr_diag *diag = orr_diag_error(binder->diags, draft->key_place, "a group has no draft model of its own");
            orr_diag_hint(diag, "Name it once, in engine.speculation.draft_model; whether a group drafts, and how far, is its own: speculation: {method: none}.");
            good = false;
        } else if (group->hardware.chip.name) {
            good &= bind_part_engine(binder, root, path, &group->hardware.chip, &group->engine);
        }
        forget_path(&group->engine);
    }
    const orr_node *hardware = orr_tree_get(root, "hardware");
    if (!all_own && (!hardware || hardware->kind == ORR_NODE_NULL) && !orr_binder_is_broken(binder, "hardware")) {
        orr_diag *diag = orr_diag_error(binder->diags, root->place, "hardware is missing");
        orr_diag_hint(diag, "hardware: nodes and chips. It takes: a map of settings (`orrery show --fields hardware`).");
        return false;
    }
    if (groups->count == 0) return good;
    study->hardware = groups->items[0].hardware;
    study->engine = groups->items[0].engine;
    return good;
}

static bool bind_objective(orr_binder *binder, const orr_node *root)
{
    const orr_node *section = orr_tree_get(root, "objective");
    if (!orr_study_given(section, "minimize") || !orr_study_given(section, "maximize")) return true;
    orr_diag *diag = orr_diag_error(binder->diags, orr_tree_get(section, "maximize")->key_place, "objective has both minimize and maximize");
    orr_diag_note(diag, orr_tree_get(section, "minimize")->key_place, "the other is here");
    orr_diag_hint(diag, "Keep one; the Pareto front of a recommendation shows the other.");
    return false;
}

/* Belady's eviction looks ahead, and what users of sessions send next is not settled before they are answered. */
static bool check_foresight(orr_binder *binder, const orr_study *study)
{
    bool sessions = orr_traffic_has_sessions(&study->traffic), foresees = study->engine.cache_eviction == ORR_EVICT_BELADY;
    for (int64_t i = 0; i < study->traffic.tenants.count; i++) sessions |= orr_traffic_has_sessions(&study->traffic.tenants.items[i].traffic);
    if (orr_study_has_pools(study)) foresees |= study->serving.prefill.engine.cache_eviction == ORR_EVICT_BELADY;
    for (int64_t g = 0; g < study->serving.groups.count; g++) foresees |= study->serving.groups.items[g].engine.cache_eviction == ORR_EVICT_BELADY;
    if (!sessions || !foresees) return true;
    orr_diag *diag = orr_diag_error(binder->diags, orr_binder_place(binder, "engine.cache_eviction"), "belady looks ahead, and the order of what sessions bring depends on the run");
    orr_diag_hint(diag, "Take lru, lfu or ttl; or a trace, whose requests are all known.");
    return false;
}

static bool check_schema(orr_binder *binder, const orr_node *root)
{
    const orr_node *schema = orr_tree_get(root, "schema");
    if (!schema || orr_text_equal(schema->scalar, "orrery/v1")) return true;
    orr_diag *diag = orr_diag_error(binder->diags, schema->place, "schema is \"%s\"", schema->scalar ? schema->scalar : "not text");
    orr_diag_hint(diag, "This version reads \"orrery/v1\".");
    return false;
}

bool orr_study_bind_structure(orr_binder *binder, const orr_node *tree, orr_study *study)
{
    memset(study, 0, sizeof *study);
    if (tree->kind != ORR_NODE_MAP) {
        orr_diag *diag = orr_diag_error(binder->diags, tree->place, "a study is a map of sections");
        orr_diag_hint(diag, "It starts with `schema: orrery/v1`; `orrery show --fields study` lists the sections.");
        return false;
    }
    size_t before = orr_diags_error_count(binder->diags);
    binder->root_sources = orr_tree_get(tree, "sources");
    const orr_node *root = binder->expanded ? binder->expanded : orr_study_expand(binder, tree);
    bool good = binder->bound ? orr_bound_table_apply(binder, binder->bound, study) : orr_bind_table(binder, &orr_study_table, root, study);
    if (binder->recording) {
        binder->bound = orr_bound_table_end(binder->recording, binder);
        binder->recording = NULL;
    }
    good &= check_schema(binder, root);
    good &= bind_model(binder, root, study);
    good &= bind_draft_model(binder, root, study);
    good &= bind_hardware(binder, root, "hardware", &study->hardware);
    good &= bind_hardware(binder, root, "engine.attention_ffn.hardware", &study->engine.attention_ffn.hardware);
    good &= bind_residuals(binder, "", &study->hardware.chip, &study->engine);
    good &= orr_study_bind_speculation(binder, &study->engine.speculation);
    good &= bind_prefill(binder, root, study);
    good &= bind_hardware(binder, root, "serving.encoders.hardware", &study->serving.encoders.hardware);
    good &= bind_groups(binder, root, study);
    forget_path(&study->engine);
    forget_path(&study->serving.prefill.engine);
    good &= orr_study_bind_traffic(binder, root, &study->traffic);
    good = good && orr_study_bind_images(binder, study);
    good &= check_foresight(binder, study);
    good &= bind_objective(binder, root);
    good &= orr_study_bind_measure(binder, &study->measure);
    good = good && orr_study_bind_cost(binder, study);
    good = good && orr_diags_error_count(binder->diags) == before;
    if (good && !binder->expansion_varies) binder->expanded = root;
    return good;
}

bool orr_study_bind(const orr_study_file *file, const size_t *choice_index, orr_arena *arena, orr_study *study, orr_diags *diags)
{
    orr_binder binder = orr_binder_begin(arena, diags);
    binder.domains = file->domains;
    binder.domain_count = file->domain_count;
    binder.choice_index = choice_index;
    binder.known_references = file->references;
    binder.known_reference_count = file->reference_count;
    binder.known_residuals = file->residuals;
    binder.known_residuals_count = file->residuals_count;
    binder.expanded = file->expanded;
    binder.model = file->model;
    binder.bound = choice_index || file->domain_count == 0 ? file->bound : NULL;
    bool good = orr_study_bind_structure(&binder, file->tree, study);
    if (good) good = orr_study_check_fabric(&binder, study) && orr_study_check_layout(&binder, study);
    if (good) good = orr_study_check_serving(&binder, study);
    if (binder.provenance.count) {
        orr_provenance *kept = ORR_NEW_ARRAY(arena, orr_provenance, binder.provenance.count);
        study->provenance = kept;
        study->provenance_count = orr_study_provenance_that_counts(study, binder.provenance.items, binder.provenance.count, kept);
    }
    orr_study_merge_single_group(study, arena);
    orr_binder_end(&binder);
    return good;
}
