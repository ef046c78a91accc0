/* Who has the least to do, among replicas that come and go: a tournament over their loads.
 *
 * Each inner node holds the winner of its two with its load, as one number: where all are equally fast, the lesser number wins. A changed load is played again up to the root, O(log n), or to where nothing changes; the least of
 * all is read off, the least of a range costs O(log n).
 * Replica a wins over b with (load_a + 1) / speed_a < (load_b + 1) / speed_b, in whole numbers (load < 2^40, speed < 2^20): what one more request would meet. Equal: the lowest number.
 * Speeds are relative (heterogeneous fleets); all 1, the least load wins. */
#ifndef ORR_SERVE_LOAD_TREE_H
#define ORR_SERVE_LOAD_TREE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct orr_load_tree {
    int count, leaves;              /* leaves: the power of two that holds them */
    bool weighs;                    /* speeds differ */
    uint64_t *nodes;                /* [2 leaves]: 1 is the root, leaf i at leaves + i; load x 2^24 + replica, or NOBODY */
    int64_t *load, *speed;          /* [count] */
} orr_load_tree;

enum { ORR_LOAD_TREE_BITS = 24 };
#define ORR_LOAD_TREE_NOBODY UINT64_MAX
/* -1: nobody. */
static inline int orr_load_tree_replica(uint64_t node) { return node == ORR_LOAD_TREE_NOBODY ? -1 : (int)(node & ((UINT64_C(1) << ORR_LOAD_TREE_BITS) - 1)); }

void orr_load_tree_init(orr_load_tree *tree, int count);       /* all there, loads 0, speeds 1 */
void orr_load_tree_free(orr_load_tree *tree);
/* Plays all again: loads or speeds were changed at will. Whoever was there is. */
void orr_load_tree_play(orr_load_tree *tree);
static inline bool orr_load_tree_has(const orr_load_tree *tree, int i) { return tree->nodes[tree->leaves + i] != ORR_LOAD_TREE_NOBODY; }
/* Plays again what replica i takes part in: its load changed, it came or went. */
void orr_load_tree_update(orr_load_tree *tree, int i, bool there);
/* -1: nobody is there. */
static inline int orr_load_tree_least(const orr_load_tree *tree) { return orr_load_tree_replica(tree->nodes[1]); }
int orr_load_tree_least_within(const orr_load_tree *tree, int first, int end);
/* The one of two that one more request would wait less at; ties to the lower number. */
int orr_load_tree_better(const orr_load_tree *tree, int a, int b);

#endif
