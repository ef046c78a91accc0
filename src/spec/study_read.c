/* Reading a study: file, `extends`, --set, then one pass that finds the domains, reads the files it names and reports every mistake. */
#include <string.h>
#include "base/file.h"
#include "spec/bind.h"

enum { MAX_CHAIN = 16 };        /* of `extends`; more is a mistake */

/* --- extends --- */

typedef struct chain { const char *paths[MAX_CHAIN]; orr_place places[MAX_CHAIN]; int count; } chain;

static orr_node *resolve_extends(orr_arena *arena, orr_node *tree, chain *seen, orr_diags *diags)
{
    const orr_node *extends = tree->kind == ORR_NODE_MAP ? orr_tree_get(tree, "extends") : NULL;
    if (!extends) return tree;
    if (extends->kind != ORR_NODE_SCALAR) {
        orr_diag_hint(orr_diag_error(diags, extends->place, "`extends` takes the path of a study"), "Write, for example, extends: base.yaml.");
        return NULL;
    }
    const char *path = orr_path_beside(arena, extends->place, extends->scalar);
    for (int i = 0; i < seen->count; i++) {
        if (strcmp(seen->paths[i], path) != 0) continue;
        orr_diag *diag = orr_diag_error(diags, extends->place, "`extends` goes round in a circle: %s is already part of this study", path);
        if (seen->places[i].source) orr_diag_note(diag, seen->places[i], "it was brought in here");
        orr_diag_hint(diag, "Move what both share into a file of its own.");
        return NULL;
    }
    if (seen->count == MAX_CHAIN) {
        orr_diag_error(diags, extends->place, "`extends` passes more than %d files", MAX_CHAIN);
        return NULL;
    }
    if (!orr_file_exists(path)) {
        orr_diag_hint(orr_diag_error(diags, extends->place, "there is no file \"%s\"", path), "Paths are taken from the folder of the file that names them.");
        return NULL;
    }
    seen->paths[seen->count] = path;
    seen->places[seen->count++] = extends->place;
    orr_node *base = orr_tree_read_file(arena, path, diags);
    if (base) base = resolve_extends(arena, base, seen, diags);
    if (!base) return NULL;
    orr_node *own = orr_tree_new_map(arena, tree->place);
    for (orr_node *child = tree->first, *next; child; child = next) {
        next = child->next;
        child->next = NULL;
        if (strcmp(child->key, "extends") != 0) orr_tree_append(own, child);
    }
    return orr_spec_merge(arena, base, own);
}

/* --- --set --- */

/* `--set hardware.chip.memory.bandwidth=..` where the chip is a name: the name becomes `{extends: name}`. */
static void open_references(orr_arena *arena, orr_node *root, const char *path, orr_diags *diags)
{
    static const char *const references[] = {"model", "cost", "hardware.node", "hardware.chip", "hardware.fabric", "serving.prefill.hardware.node", "serving.prefill.hardware.chip", "serving.prefill.hardware.fabric",
        "serving.encoders.hardware.node", "serving.encoders.hardware.chip", "serving.encoders.hardware.fabric",
        "engine.attention_ffn.hardware.node", "engine.attention_ffn.hardware.chip", "engine.attention_ffn.hardware.fabric"};
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        size_t length = strlen(references[i]);
        if (strncmp(path, references[i], length) != 0 || path[length] != '.') continue;
        const orr_node *name = orr_tree_find(root, references[i]);
        if (!name || name->kind != ORR_NODE_SCALAR) continue;
        orr_node *map = orr_tree_new_map(arena, name->place), *extends = orr_tree_new_scalar(arena, name->scalar, name->place);
        extends->key = "extends";
        extends->key_place = name->place;
        orr_tree_append(map, extends);
        orr_tree_set(arena, root, references[i], map, diags);
    }
}

static bool apply_setting(orr_arena *arena, orr_node *root, const char *setting, orr_diags *diags)
{
    const char *equals = strchr(setting, '=');
    if (!equals || equals == setting) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "--set \"%s\" is not of the form path=value", setting);
        orr_diag_hint(diag, "Write, for example, --set engine.tensor_parallel_size=4.");
        return false;
    }
    const char *path = orr_arena_strndup(arena, setting, (size_t)(equals - setting));
    orr_source *source = ORR_NEW(arena, orr_source);
    source->name = orr_arena_printf(arena, "--set %s", path);
    source->bytes = orr_arena_strdup(arena, equals + 1);
    source->length_bytes = strlen(source->bytes);
    orr_node *value = orr_tree_parse(arena, source, diags);
    if (!value) return false;
    open_references(arena, root, path, diags);
    const orr_node *old = orr_tree_find(root, path);
    orr_node *relative = old ? orr_relative_apply(arena, old, value) : NULL;
    return orr_tree_set(arena, root, path, relative ? relative : value, diags);
}

/* --- one pass over all of it --- */

static void keep_loaded(orr_study_file *file, const orr_binder *binder)
{
    orr_reference *all = ORR_NEW_ARRAY(file->arena, orr_reference, file->reference_count + binder->loaded.count + 1);
    if (file->reference_count) memcpy(all, file->references, file->reference_count * sizeof *all);
    if (binder->loaded.count) memcpy(all + file->reference_count, binder->loaded.items, binder->loaded.count * sizeof *all);
    file->references = all;
    file->reference_count += binder->loaded.count;
    orr_read_residuals *sets = ORR_NEW_ARRAY(file->arena, orr_read_residuals, file->residuals_count + binder->residuals.count + 1);
    if (file->residuals_count) memcpy(sets, file->residuals, file->residuals_count * sizeof *sets);
    if (binder->residuals.count) memcpy(sets + file->residuals_count, binder->residuals.items, binder->residuals.count * sizeof *sets);
    file->residuals = sets;
    file->residuals_count += binder->residuals.count;
}

static bool first_pass(orr_study_file *file, orr_diags *diags)
{
    orr_binder binder = orr_binder_begin(file->arena, diags);
    orr_study *study = ORR_NEW(file->arena, orr_study);
    binder.collecting = true;
    binder.recording = orr_bound_table_begin(file->arena, study, sizeof *study);
    bool good = orr_study_bind_structure(&binder, file->tree, study);
    file->domains = ORR_NEW_ARRAY(file->arena, orr_domain, binder.found.count + 1);
    if (binder.found.count) memcpy(file->domains, binder.found.items, binder.found.count * sizeof *file->domains);
    file->domain_count = binder.found.count;
    keep_loaded(file, &binder);
    file->coefficients_tree = study->coefficients_tree;
    if (good && binder.expanded) {
        file->expanded = binder.expanded;
        file->model = &study->model;
        file->bound = binder.bound;
    }
    orr_binder_end(&binder);
    return good;
}

/* Domains that stand for something with content of its own: the other choices have to be looked into too. */
static bool stands_for_content(const orr_domain *domain)
{
    if (orr_text_starts_with(domain->path, "traffic.tenants") || orr_text_starts_with(domain->path, "serving.groups")) return true;
    static const char *const paths[] = {"model", "hardware", "hardware.node", "hardware.chip", "hardware.fabric", "engine", "engine.profile", "engine.kernels", "traffic", "traffic.source", "traffic.workload", "slo", "slo.preset", "serving", "serving.prefill", "serving.prefill.engine", "serving.prefill.engine.profile", "serving.prefill.engine.kernels",
        "serving.prefill.hardware", "serving.prefill.hardware.node", "serving.prefill.hardware.chip", "serving.prefill.hardware.fabric", "engine.attention_ffn", "engine.attention_ffn.hardware", "engine.attention_ffn.hardware.node", "engine.attention_ffn.hardware.chip", "engine.attention_ffn.hardware.fabric",
        "serving.encoders", "serving.encoders.hardware", "serving.encoders.hardware.node", "serving.encoders.hardware.chip", "serving.encoders.hardware.fabric", "objective", "coefficients"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(domain->path, paths[i]) == 0) return true;
    return false;
}

static bool other_passes(orr_study_file *file, orr_diags *diags)
{
    bool good = true;
    size_t *index = ORR_NEW_ARRAY(file->arena, size_t, file->domain_count + 1);
    for (size_t d = 0; d < file->domain_count; d++) {
        if (!stands_for_content(&file->domains[d])) continue;
        for (size_t k = 1; k < file->domains[d].choice_count; k++) {
            index[d] = k;
            orr_binder binder = orr_binder_begin(file->arena, diags);
            binder.domains = file->domains;
            binder.domain_count = file->domain_count;
            binder.choice_index = index;
            binder.known_references = file->references;
            binder.known_reference_count = file->reference_count;
            binder.known_residuals = file->residuals;
            binder.known_residuals_count = file->residuals_count;
            orr_study *study = ORR_NEW(file->arena, orr_study);
            good &= orr_study_bind_structure(&binder, file->tree, study);
            keep_loaded(file, &binder);
            orr_binder_end(&binder);
        }
        index[d] = 0;
    }
    return good;
}

static orr_study_file *read_tree(orr_arena *arena, orr_node *tree, const char *path, const char *const *settings, size_t setting_count, orr_diags *diags)
{
    chain seen = {.paths = {path}, .count = path ? 1 : 0};
    if (!orr_catalogue_load(diags)) return NULL;
    tree = resolve_extends(arena, tree, &seen, diags);
    if (!tree) return NULL;
    if (tree->kind != ORR_NODE_MAP) {
        orr_diag *diag = orr_diag_error(diags, tree->place, "a study is a map of sections");
        orr_diag_hint(diag, "It starts with `schema: orrery/v1`; `orrery show --fields study` lists the sections.");
        return NULL;
    }
    bool good = true;
    for (size_t i = 0; i < setting_count; i++) good &= apply_setting(arena, tree, settings[i], diags);
    orr_study_file *file = ORR_NEW(arena, orr_study_file);
    file->arena = arena;
    file->tree = tree;
    file->path = path;
    good &= first_pass(file, diags);
    if (good) good = other_passes(file, diags);
    return good ? file : NULL;
}

orr_study_file *orr_study_file_read_source(orr_arena *arena, const orr_source *source, const char *const *settings, size_t setting_count, orr_diags *diags)
{
    orr_node *tree = orr_tree_parse(arena, source, diags);
    return tree ? read_tree(arena, tree, source->name, settings, setting_count, diags) : NULL;
}

orr_study_file *orr_study_file_read(orr_arena *arena, const char *path, const char *const *settings, size_t setting_count, orr_diags *diags)
{
    orr_node *tree = orr_tree_read_file(arena, path, diags);
    return tree ? read_tree(arena, tree, orr_arena_strdup(arena, path), settings, setting_count, diags) : NULL;
}
