/* The tree of a YAML document (JSON is read as its subset), every node with its place; libyaml underneath.
 *
 * Invariants: 1. map keys are unique (a repeated key is an error with a note at the first); 2. order is kept; 3. a tree may be
 * edited by --set and extends, and each node keeps the place it was written at; 4. anchors and aliases are resolved, with a limit on the size of
 * the expansion; 5. one document a file; depth at most 64. */
#ifndef ORR_BASE_TREE_H
#define ORR_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"
#include "base/mem.h"

typedef enum { ORR_NODE_NULL, ORR_NODE_SCALAR, ORR_NODE_LIST, ORR_NODE_MAP } orr_node_kind;

typedef struct orr_node orr_node;
struct orr_node {
    orr_node_kind kind;
    orr_place place;
    const char *scalar;         /* SCALAR: its text */
    bool quoted;                /* SCALAR: written in quotes, so never a number, bool or null */
    const char *key;            /* of this node in its map, or NULL */
    orr_place key_place;
    orr_node *next;             /* next sibling */
    orr_node *first, *last;     /* children */
    size_t child_count;
};

/* Parses text that stays alive as long as the arena. NULL on error (reported). `source` must outlive the tree. */
orr_node *orr_tree_parse(orr_arena *arena, const orr_source *source, orr_diags *diags);
/* Reads the file (gzip too) into the arena and parses it. */
orr_node *orr_tree_read_file(orr_arena *arena, const char *path, orr_diags *diags);

orr_node *orr_tree_get(const orr_node *map, const char *key);             /* child by key, NULL if absent or not a map */
orr_node *orr_tree_find(const orr_node *root, const char *dotted_path);   /* "engine.max_num_seqs"; list items by number: "a.0.b" */
orr_node *orr_tree_copy(orr_arena *arena, const orr_node *node);          /* deep */
/* Replaces or inserts the value at a dotted path, creating maps on the way; false (reported) when a scalar stands in the way. */
bool orr_tree_set(orr_arena *arena, orr_node *root, const char *dotted_path, orr_node *value, orr_diags *diags);
/* base overlaid by over: maps merge key by key, everything else is replaced. Returns a new tree. */
orr_node *orr_tree_merge(orr_arena *arena, const orr_node *base, const orr_node *over);
orr_node *orr_tree_new_scalar(orr_arena *arena, const char *text, orr_place place);
orr_node *orr_tree_new_map(orr_arena *arena, orr_place place);
void orr_tree_append(orr_node *parent, orr_node *child);      /* child->key set by the caller for maps */
void orr_tree_write_yaml(const orr_node *root, orr_text *out);     /* block style, short leaves in flow; reads back to the same tree */
void orr_tree_write_json(const orr_node *root, orr_text *out);     /* scalars that read as numbers, bools, null are written so unless quoted */

bool orr_node_as_double(const orr_node *node, double *value);      /* plain numbers, 1e9, 1_000 is not one */
bool orr_node_as_int(const orr_node *node, long long *value);      /* 1024, 1e6 when whole */
bool orr_node_as_bool(const orr_node *node, bool *value);          /* true false (yes no on off are not) */

#endif
