/* References: a name, a path, {extends: base, overrides}, overrides alone, or the whole thing inline; all become one tree. */
#include "spec/bind.h"

#include <string.h>
#include "base/file.h"

enum { MAX_EXTENDS = 16 };      /* a chain longer than this is a mistake, cycles among them */

/* Cited values, domains, lists and what extends something of its own are replaced whole; other maps merge key by key. */
orr_node *orr_spec_merge(orr_arena *arena, const orr_node *base, const orr_node *over)
{
    bool both_maps = base->kind == ORR_NODE_MAP && over->kind == ORR_NODE_MAP && !orr_node_is_cited(base) && !orr_node_is_cited(over) &&
                     !orr_node_is_domain(base) && !orr_node_is_domain(over) && !orr_tree_get(over, "extends");
    if (!both_maps) {
        orr_node *copy = orr_relative_apply(arena, base, over);
        if (!copy) copy = orr_tree_copy(arena, over);
        copy->next = NULL;
        return copy;
    }
    orr_node *merged = orr_tree_new_map(arena, over->place);
    merged->key = over->key;
    merged->key_place = over->key_place;
    for (const orr_node *child = base->first; child; child = child->next) {
        const orr_node *other = orr_tree_get(over, child->key);
        orr_node *value = other ? orr_spec_merge(arena, child, other) : orr_tree_copy(arena, child);
        value->next = NULL;
        value->key = other ? other->key : child->key;
        value->key_place = other ? other->key_place : child->key_place;
        orr_tree_append(merged, value);
    }
    for (const orr_node *child = over->first; child; child = child->next) {
        if (orr_tree_get(base, child->key)) continue;
        orr_node *value = orr_tree_copy(arena, child);
        value->next = NULL;
        value->key = child->key;
        value->key_place = child->key_place;
        orr_tree_append(merged, value);
    }
    return merged;
}

const char *orr_path_beside(orr_arena *arena, orr_place place, const char *path)
{
    const char *file = place.source ? place.source->name : NULL;
    const char *slash = file && !orr_text_starts_with(file, "catalogue:") ? strrchr(file, '/') : NULL;
    if (path[0] == '/' || !slash) return path;
    while (path[0] == '.' && path[1] == '/') path += 2;
    return orr_arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

bool orr_looks_like_path(const char *name)
{
    return name[0] == '/' || name[0] == '.' || orr_text_ends_with(name, ".yaml") || orr_text_ends_with(name, ".yml") || orr_text_ends_with(name, ".json");
}

/* Whole HF configs are models without our head: give them one. */
static orr_node *wrap_hf_config(orr_arena *arena, orr_node *tree, const char *path)
{
    if (orr_tree_get(tree, "config") || (!orr_tree_get(tree, "architectures") && !orr_tree_get(tree, "model_type"))) return tree;
    orr_node *model = orr_tree_new_map(arena, tree->place), *name;
    const orr_node *given = orr_tree_get(tree, "_name_or_path");
    name = orr_tree_new_scalar(arena, given && given->scalar && *given->scalar ? given->scalar : path, tree->place);
    name->quoted = true;
    name->key = "name";
    name->key_place = tree->place;
    tree->key = "config";
    tree->key_place = tree->place;
    orr_tree_append(model, name);
    orr_tree_append(model, tree);
    return model;
}

/* A user's file as read before, or NULL. */
static orr_node *loaded(const orr_binder *binder, const char *path)
{
    for (size_t i = 0; i < binder->known_reference_count; i++)
        if (strcmp(binder->known_references[i].path, path) == 0) return binder->known_references[i].tree;
    for (size_t i = 0; i < binder->loaded.count; i++)
        if (strcmp(binder->loaded.items[i].path, path) == 0) return binder->loaded.items[i].tree;
    return NULL;
}

/* Keeps what was read, if it is a map. */
static orr_node *keep(orr_binder *binder, orr_node *tree, const char *path, const char *what)
{
    if (tree->kind != ORR_NODE_MAP) {
        orr_diag_error(binder->diags, tree->place, "%s is not a %s: a map was expected", path, what);
        return NULL;
    }
    orr_vec_push(&binder->loaded, (orr_reference){orr_arena_strdup(binder->arena, path), tree});
    return tree;
}

const orr_node *orr_reference_file(orr_binder *binder, const char *name, orr_place place, const char *what)
{
    const char *path = orr_path_beside(binder->arena, place, name);
    orr_node *tree = loaded(binder, path);
    if (tree) return tree;
    if (!orr_file_exists(path)) {
        orr_diag_hint(orr_diag_error(binder->diags, place, "there is no file \"%s\"", path), "Paths are taken from the folder of the file that names them.");
        return NULL;
    }
    tree = orr_tree_read_file(binder->arena, path, binder->diags);
    return tree ? keep(binder, tree, path, what) : NULL;
}

/* A name or path to a tree that must not be edited; users' files are read once. */
static const orr_node *load(orr_binder *binder, orr_catalogue_kind kind, const char *name, orr_place place)
{
    if (!orr_looks_like_path(name) || orr_catalogue_find(kind, name)) return orr_catalogue_tree(kind, name, place, binder->arena, binder->diags);
    const char *path = orr_path_beside(binder->arena, place, name);
    orr_node *tree = loaded(binder, path);
    if (tree) return tree;
    tree = orr_catalogue_tree(kind, path, place, binder->arena, binder->diags);
    if (tree && kind == ORR_KIND_MODEL && tree->kind == ORR_NODE_MAP) tree = wrap_hf_config(binder->arena, tree, path);
    return tree ? keep(binder, tree, path, orr_catalogue_kind_name(kind)) : NULL;
}

static orr_node *without_key(orr_arena *arena, const orr_node *map, const char *key)
{
    orr_node *copy = orr_tree_new_map(arena, map->place);
    copy->key = map->key;
    copy->key_place = map->key_place;
    for (const orr_node *child = map->first; child; child = child->next) {
        if (orr_text_equal(child->key, key)) continue;
        orr_node *value = orr_tree_copy(arena, child);
        value->next = NULL;
        value->key = child->key;
        value->key_place = child->key_place;
        orr_tree_append(copy, value);
    }
    return copy;
}

/* NULL: reported. */
static orr_node *lay_over(orr_binder *binder, orr_catalogue_kind kind, const orr_node *base, const orr_node *over)
{
    orr_node *merged = orr_spec_merge(binder->arena, base, over);
    return kind != ORR_KIND_CHIP || orr_chip_follow_parts(binder, base, over, merged) ? merged : NULL;
}

static orr_node *expand(orr_binder *binder, orr_catalogue_kind kind, const orr_node *node, int depth);

/* As expanded, and not to be edited: most that is laid over extends an entry of the catalogue that extends nothing, which needs no copy. */
static const orr_node *base_of(orr_binder *binder, orr_catalogue_kind kind, const orr_node *node, int depth)
{
    const orr_node *tree = node->kind == ORR_NODE_SCALAR && depth <= MAX_EXTENDS ? load(binder, kind, node->scalar, node->place) : node;
    return tree == NULL || (tree != node && tree->kind == ORR_NODE_MAP && orr_tree_get(tree, "extends") == NULL) ? tree : expand(binder, kind, tree, tree == node ? depth : depth + 1);
}

static orr_node *expand(orr_binder *binder, orr_catalogue_kind kind, const orr_node *node, int depth)
{
    if (node->kind == ORR_NODE_SCALAR) {
        const orr_node *tree = load(binder, kind, node->scalar, node->place);
        return tree ? expand(binder, kind, tree, depth + 1) : NULL;
    }
    if (node->kind != ORR_NODE_MAP) {
        orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s can't be %s", binder->path, node->kind == ORR_NODE_LIST ? "a list" : "empty");
        orr_diag_hint(diag, "A name of the catalogue, a path or a map stands here; `orrery list %s` shows names.", orr_catalogue_kind_name(kind));
        return NULL;
    }
    const orr_node *extends = orr_tree_get(node, "extends");
    if (!extends) {
        orr_node *copy = orr_tree_copy(binder->arena, node);
        copy->next = NULL;
        return copy;
    }
    if (extends->kind != ORR_NODE_SCALAR || depth > MAX_EXTENDS) {
        orr_diag *diag = orr_diag_error(binder->diags, extends->place, depth > MAX_EXTENDS ? "%s: `extends` goes round in a circle" : "%s: `extends` takes a name or a path", binder->path);
        if (depth > MAX_EXTENDS) orr_diag_hint(diag, "The chain passed %d files without an end.", MAX_EXTENDS);
        return NULL;
    }
    const orr_node *base = base_of(binder, kind, extends, depth + 1);
    return base ? lay_over(binder, kind, base, without_key(binder->arena, node, "extends")) : NULL;
}

orr_node *orr_reference_tree(orr_binder *binder, orr_catalogue_kind kind, const orr_node *node, const char *fallback, orr_place fallback_place)
{
    if (node && node->kind == ORR_NODE_NULL) node = NULL;
    if (node && !(node = orr_binder_choose(binder, NULL, node))) return NULL;
    bool overrides_alone = node && node->kind == ORR_NODE_MAP && !orr_tree_get(node, "extends") && !orr_tree_get(node, "name");
    if (node && (!overrides_alone || !fallback)) return expand(binder, kind, node, 0);
    if (!fallback) return NULL;
    orr_node *name = orr_tree_new_scalar(binder->arena, fallback, fallback_place);
    if (!node) return expand(binder, kind, name, 0);
    const orr_node *base = base_of(binder, kind, name, 0);
    return base ? lay_over(binder, kind, base, node) : NULL;
}
