#include "serve/load_tree.h"

#include <string.h>

#include "base/mem.h"
#include "base/wide.h"

int orr_load_tree_better(const orr_load_tree *tree, int a, int b)
{
    if (a < 0 || b < 0) return a < 0 ? b : a;
    const int64_t left = (tree->load[a] + 1) * tree->speed[b], right = (tree->load[b] + 1) * tree->speed[a];
    if (left != right) return left < right ? a : b;
    return a < b ? a : b;
}

static uint64_t node_of(const orr_load_tree *tree, int replica, bool there) { return there ? (uint64_t)tree->load[replica] << ORR_LOAD_TREE_BITS | (uint64_t)replica : ORR_LOAD_TREE_NOBODY; }

/* `weighs` is the tree's: given apart, a loop may know it. */
ORR_WITHIN uint64_t winner_of(const orr_load_tree *tree, const bool weighs, uint64_t a, uint64_t b)
{
    if (!weighs) return a < b ? a : b;
    return orr_load_tree_better(tree, orr_load_tree_replica(a), orr_load_tree_replica(b)) == orr_load_tree_replica(a) ? a : b;
}

void orr_load_tree_init(orr_load_tree *tree, int count)
{
    int leaves = 1;
    while (leaves < count) leaves *= 2;
    *tree = (orr_load_tree){.count = count, .leaves = leaves};
    tree->nodes = orr_mem_resize(NULL, 2 * (size_t)leaves * sizeof *tree->nodes);
    tree->load = orr_mem_resize(NULL, (size_t)count * sizeof *tree->load);
    tree->speed = orr_mem_resize(NULL, (size_t)count * sizeof *tree->speed);
    memset(tree->load, 0, (size_t)count * sizeof *tree->load);
    for (int i = 0; i < count; i++) tree->speed[i] = 1;
    for (int i = 0; i < leaves; i++) tree->nodes[leaves + i] = i < count ? 0 : ORR_LOAD_TREE_NOBODY;
    orr_load_tree_play(tree);
}

void orr_load_tree_play(orr_load_tree *tree)
{
    tree->weighs = false;
    for (int i = 0; i < tree->count; i++) {
        tree->weighs = tree->weighs || tree->speed[i] != tree->speed[0];
        tree->nodes[tree->leaves + i] = node_of(tree, i, orr_load_tree_has(tree, i));
    }
    for (int node = tree->leaves - 1; node >= 1; node--) tree->nodes[node] = winner_of(tree, tree->weighs, tree->nodes[2 * node], tree->nodes[2 * node + 1]);
}

void orr_load_tree_free(orr_load_tree *tree)
{
    orr_mem_free(tree->nodes);
    orr_mem_free(tree->load);
    orr_mem_free(tree->speed);
}

/* Where the same wins as before, with the same load, nothing changes above. */
ORR_WITHIN void play_up(orr_load_tree *tree, const bool weighs, size_t node, uint64_t winner)
{
    uint64_t *nodes = tree->nodes;
    while (nodes[node] != winner) {
        nodes[node] = winner;
        if (node == 1) break;
        winner = winner_of(tree, weighs, winner, nodes[node ^ 1]);
        node /= 2;
    }
}

void orr_load_tree_update(orr_load_tree *tree, int i, bool there)
{
    const size_t leaf = (size_t)(tree->leaves + i);
    if (tree->weighs) play_up(tree, true, leaf, node_of(tree, i, there));
    else play_up(tree, false, leaf, node_of(tree, i, there));
}

int orr_load_tree_least_within(const orr_load_tree *tree, int first, int end)
{
    uint64_t best = ORR_LOAD_TREE_NOBODY;
    for (int left = tree->leaves + first, right = tree->leaves + end; left < right; left /= 2, right /= 2) {
        if (left & 1) best = winner_of(tree, tree->weighs, best, tree->nodes[left++]);
        if (right & 1) best = winner_of(tree, tree->weighs, best, tree->nodes[--right]);
    }
    return orr_load_tree_replica(best);
}
