#include "spec/study_named.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/root.h"
#include "spec/bind.h"

const char *orr_study_named_path(const orr_node *node, orr_arena *arena)
{
    struct stat status;
    if (node->kind != ORR_NODE_SCALAR || !node->scalar || !*node->scalar) return NULL;
    const char *path = orr_path_beside(arena, node->place, node->scalar);
    return fstatat(orr_root(), path, &status, 0) == 0 && S_ISREG(status.st_mode) ? path : NULL;
}

bool orr_study_is_path(const orr_node *node)
{
    const char *text = node->scalar, *slash = strrchr(text, '/'), *dot = strrchr(slash ? slash : text, '.');
    if (orr_looks_like_path(text) || orr_text_equal(node->key, "source") || orr_text_equal(node->key, "acceptance_trace")) return true;
    bool letter = false, word = dot && dot[1];
    for (const char *c = dot ? dot + 1 : ""; *c; c++) {
        letter |= isalpha((unsigned char)*c) != 0;
        word &= isalnum((unsigned char)*c) != 0;
    }
    return word && letter;
}

static bool holds_a_tree(const char *path) { return orr_text_ends_with(path, ".yaml") || orr_text_ends_with(path, ".yml") || orr_text_ends_with(path, ".json"); }

static orr_node *tree_of(const char *path, orr_arena *arena)
{
    if (!holds_a_tree(path)) return NULL;
    orr_diags *diags = orr_diags_create();      /* what is wrong with it is told where it is used */
    orr_node *tree = orr_tree_read_file(arena, path, diags);
    orr_diags_destroy(diags);
    return tree;
}

static void walk(orr_node *node, orr_arena *arena, orr_named_file_fn *tell, void *context, int depth)
{
    for (orr_node *child = node->first; child; child = child->next) walk(child, arena, tell, context, depth);
    const char *path = orr_study_named_path(node, arena);
    if (!path) return;
    orr_node *inner = depth < ORR_NAMED_DEPTH ? tree_of(path, arena) : NULL;
    tell(context, node, path, inner, depth);
    if (inner) walk(inner, arena, tell, context, depth + 1);
}

void orr_study_each_named(orr_node *tree, orr_arena *arena, orr_named_file_fn *tell, void *context) { walk(tree, arena, tell, context, 0); }
