#include "serve/load_tree.h"

#include <string.h>

#include "base/mem.h"

int orr_load_tree_better(const orr_load_tree *tree, int a, int b)
{
    if (a < 0 || b < 0) return a < 0 ? b : a;
    const int64_t left = (tree->load[a] + 1) * tree->speed[b], right = (tree->load[b] + 1) * tree->speed[a];
    if (left != right) return left < right ? a : b;
    return a < b ? a : b;
}

void orr_load_tree_init(orr_load_tree *tree, int count)
{
    int leaves = 1;
    while (leaves < count) leaves *= 2;
    *tree = (orr_load_tree){.count = count, .leaves = leaves};
    tree->winners = orr_mem_resize(NULL, 2 * (size_t)leaves * sizeof *tree->winners);
    tree->load = orr_mem_resize(NULL, (size_t)count * sizeof *tree->load);
    tree->speed = orr_mem_resize(NULL, (size_t)count * sizeof *tree->speed);
    memset(tree->load, 0, (size_t)count * sizeof *tree->load);
    for (int i = 0; i < count; i++) tree->speed[i] = 1;
    for (int i = 0; i < leaves; i++) tree->winners[leaves + i] = i < count ? i : -1;
    orr_load_tree_play(tree);
}

void orr_load_tree_play(orr_load_tree *tree)
{
    for (int node = tree->leaves - 1; node >= 1; node--) tree->winners[node] = orr_load_tree_better(tree, tree->winners[2 * node], tree->winners[2 * node + 1]);
}

void orr_load_tree_free(orr_load_tree *tree)
{
    orr_mem_free(tree->winners);
    orr_mem_free(tree->load);
    orr_mem_free(tree->speed);
}

/* Where somebody else wins as before, nothing changes above. */
void orr_load_tree_update(orr_load_tree *tree, int i, bool there)
{
    int node = tree->leaves + i, winner = there ? i : -1;
    bool same = tree->winners[node] == winner && winner != i;
    tree->winners[node] = winner;
    while (node > 1 && !same) {
        winner = orr_load_tree_better(tree, winner, tree->winners[node ^ 1]);
        node /= 2;
        same = tree->winners[node] == winner && winner != i;
        tree->winners[node] = winner;
    }
}

int orr_load_tree_least_within(const orr_load_tree *tree, int first, int end)
{
    int best = -1;
    for (int left = tree->leaves + first, right = tree->leaves + end; left < right; left /= 2, right /= 2) {
        if (left & 1) best = orr_load_tree_better(tree, best, tree->winners[left++]);
        if (right & 1) best = orr_load_tree_better(tree, best, tree->winners[--right]);
    }
    return best;
}
