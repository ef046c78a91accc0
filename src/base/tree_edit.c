/* Editing trees: copies, sets by dotted path, merges.
 *
 * Invariants: 1. a copy keeps the places of what it copies; 2. a replaced child keeps its position among its siblings; 3. a set deepens no tree beyond the limit. */
#include "base/tree_internal.h"

#include <string.h>

orr_node *orr_tree_copy(orr_arena *arena, const orr_node *node)
{
    orr_node *copy = ORR_NEW(arena, orr_node);
    *copy = *node;
    copy->next = copy->first = copy->last = NULL;
    copy->child_count = 0;
    for (const orr_node *child = node->first; child; child = child->next) orr_tree_append(copy, orr_tree_copy(arena, child));
    return copy;
}

/* --- sets --- */

static void replace_child(orr_node *parent, orr_node *old, orr_node *fresh)
{
    fresh->key = old->key;
    fresh->next = old->next;
    if (parent->first == old) {
        parent->first = fresh;
    } else {
        orr_node *before = parent->first;
        while (before->next != old) before = before->next;
        before->next = fresh;
    }
    if (parent->last == old) parent->last = fresh;
}

static int depth_of(const orr_node *node)
{
    int deepest = 0;
    for (const orr_node *child = node->first; child; child = child->next) {
        int depth = depth_of(child);
        if (depth > deepest) deepest = depth;
    }
    return node->kind == ORR_NODE_LIST || node->kind == ORR_NODE_MAP ? deepest + 1 : 0;
}

static int steps_of(const char *path)
{
    int count = 1;
    for (; *path; path++) count += *path == '.';
    return count;
}

/* The child that a step leads to; a missing one of a map is added as an empty map. NULL: reported. */
static orr_node *enter_step(orr_arena *arena, orr_node *parent, const char *step, const char *path, orr_place place, orr_diags *diags)
{
    if (parent->kind == ORR_NODE_NULL) parent->kind = ORR_NODE_MAP;
    if (parent->kind == ORR_NODE_SCALAR) {
        orr_diag *diag = orr_diag_error(diags, place, "can't set %s: \"%s\" stands where a map would", path, parent->scalar);
        orr_diag_note(diag, parent->place, "it is written here");
        return NULL;
    }
    if (parent->kind == ORR_NODE_LIST) {
        orr_node *item = orr_list_item(parent, step);
        if (item) return item;
        orr_diag *diag = orr_diag_error(diags, place, "can't set %s: the list has no item \"%s\"", path, step);
        orr_diag_note(diag, parent->place, "it has %zu, counted from 0", parent->child_count);
        return NULL;
    }
    orr_node *child = orr_tree_get(parent, step);
    if (child) return child;
    child = orr_tree_new_map(arena, place);
    child->key = orr_arena_strdup(arena, step);
    child->key_place = place;
    orr_tree_append(parent, child);
    return child;
}

bool orr_tree_set(orr_arena *arena, orr_node *root, const char *dotted_path, orr_node *value, orr_diags *diags)
{
    char step[ORR_STEP_BYTES];
    orr_node *parent = NULL, *at = root;
    if (steps_of(dotted_path) + depth_of(value) > ORR_MAX_TREE_DEPTH) {
        orr_diag_error(diags, value->place, "can't set %s: the tree would be more than %d deep", dotted_path, ORR_MAX_TREE_DEPTH);
        return false;
    }
    for (const char *rest = dotted_path; rest;) {
        if (!orr_path_step(&rest, step, sizeof step)) {
            orr_diag *diag = orr_diag_error(diags, value->place, "can't set \"%s\": a step of the path is empty or too long", dotted_path);
            orr_diag_hint(diag, "A path is keys joined by dots, such as engine.max_num_seqs.");
            return false;
        }
        parent = at;
        at = enter_step(arena, parent, step, dotted_path, value->place, diags);
        if (!at) return false;
    }
    value->key_place = value->place;
    replace_child(parent, at, value);
    return true;
}

/* --- merges --- */

orr_node *orr_tree_merge(orr_arena *arena, const orr_node *base, const orr_node *over)
{
    if (base->kind != ORR_NODE_MAP || over->kind != ORR_NODE_MAP) return orr_tree_copy(arena, over);
    orr_node *merged = ORR_NEW(arena, orr_node);
    *merged = *over;
    merged->next = merged->first = merged->last = NULL;
    merged->child_count = 0;
    for (const orr_node *child = base->first; child; child = child->next) {
        const orr_node *other = orr_tree_get(over, child->key);
        orr_tree_append(merged, other ? orr_tree_merge(arena, child, other) : orr_tree_copy(arena, child));
    }
    for (const orr_node *child = over->first; child; child = child->next)
        if (!orr_tree_get(base, child->key)) orr_tree_append(merged, orr_tree_copy(arena, child));
    return merged;
}
