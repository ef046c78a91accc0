/* Tree nodes: making, finding, and reading scalars. Parsing is in tree_parse.c, editing in tree_edit.c, writing in tree_write.c. */
#include "base/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "base/text.h"
#include "base/tree_internal.h"

/* --- making --- */

orr_node *orr_tree_new_map(orr_arena *arena, orr_place place)
{
    orr_node *node = ORR_NEW(arena, orr_node);
    node->kind = ORR_NODE_MAP;
    node->place = place;
    return node;
}

bool orr_text_is_null(const char *text)
{
    return text[0] == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

orr_node *orr_tree_new_scalar(orr_arena *arena, const char *text, orr_place place)
{
    orr_node *node = ORR_NEW(arena, orr_node);
    node->place = place;
    node->kind = orr_text_is_null(text) ? ORR_NODE_NULL : ORR_NODE_SCALAR;
    if (node->kind == ORR_NODE_SCALAR) node->scalar = orr_arena_strdup(arena, text);
    return node;
}

void orr_tree_append(orr_node *parent, orr_node *child)
{
    child->next = NULL;
    if (parent->last) parent->last->next = child;
    else parent->first = child;
    parent->last = child;
    parent->child_count++;
}

/* --- finding --- */

orr_node *orr_tree_get(const orr_node *map, const char *key)
{
    if (!map || map->kind != ORR_NODE_MAP) return NULL;
    for (orr_node *child = map->first; child; child = child->next)
        if (orr_text_equal(child->key, key)) return child;
    return NULL;
}

bool orr_path_step(const char **path, char *step, size_t step_capacity)
{
    const char *dot = strchr(*path, '.');
    size_t length = dot ? (size_t)(dot - *path) : strlen(*path);
    if (length == 0 || length >= step_capacity) return false;
    memcpy(step, *path, length);
    step[length] = 0;
    *path = dot ? dot + 1 : NULL;
    return true;
}

orr_node *orr_list_item(const orr_node *list, const char *number)
{
    size_t index = 0;
    for (const char *c = number; *c; c++) {
        if (*c < '0' || *c > '9' || index > 1000000000) return NULL;
        index = index * 10 + (size_t)(*c - '0');
    }
    orr_node *item = list->first;
    for (; item && index; item = item->next) index--;
    return item;
}

orr_node *orr_tree_find(const orr_node *root, const char *dotted_path)
{
    char step[ORR_STEP_BYTES];
    orr_node *at = NULL;
    for (const char *rest = dotted_path; rest; root = at) {
        if (!root || !orr_path_step(&rest, step, sizeof step)) return NULL;
        at = root->kind == ORR_NODE_LIST ? orr_list_item(root, step) : orr_tree_get(root, step);
        if (!at) return NULL;
    }
    return at;
}

/* --- reading scalars --- */

bool orr_node_as_double(const orr_node *node, double *value)
{
    if (!node || node->kind != ORR_NODE_SCALAR || node->quoted) return false;
    size_t length = orr_number_length(node->scalar);
    double number;
    if (length == 0 || node->scalar[length] || !orr_number_read(node->scalar, length, 0, &number)) return false;
    *value = number;
    return true;
}

bool orr_node_as_int(const orr_node *node, long long *value)
{
    double number;
    if (!orr_node_as_double(node, &number)) return false;
    if (node->scalar[strspn(node->scalar, "+-0123456789")] == 0) {      /* digits alone: exact over the whole range */
        errno = 0;
        long long exact = strtoll(node->scalar, NULL, 10);
        if (errno) return false;
        *value = exact;
        return true;
    }
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return false;     /* 2^53: beyond it the text may not be what the double is */
    long long whole = (long long)number;
    if ((double)whole < number || (double)whole > number) return false;
    *value = whole;
    return true;
}

bool orr_node_as_bool(const orr_node *node, bool *value)
{
    if (!node || node->kind != ORR_NODE_SCALAR || node->quoted) return false;
    const char *text = node->scalar;
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "False") != 0 && strcmp(text, "FALSE") != 0) return false;
    *value = yes;
    return true;
}
