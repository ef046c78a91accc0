/* Prefixes of a workload profile: which prefix, of those alive, a prompt goes on with.
 *
 * Prefixes stand in `cells` of alike prompt lengths (equal shares of the input law), `slots` to a cell, so that a prefix has one length, a prompt is longer than
 * the prefix it starts with, and the input law is what the profile says. A prompt's cell follows from its rank; its slot is drawn by Zipf's law; the slot's prefix is `fraction` of
 * the cell's mean prompt (less the system prompt) long. A prompt no longer than its cell's prefix takes a lower cell's; where there is none, it shares nothing.
 * After life_requests arrivals a slot's prefix dies and a new one takes its place; the slots' deaths are spread evenly.
 * Where the length is given (prefix_tokens), every prefix has it, and there is one cell: the groups are as many as asked for, their popularity Zipf's.
 * Invariant: what prefix request i goes on with depends on (seed, i) alone, never on time. */
#ifndef ORR_TRAFFIC_PREFIX_GROUPS_H
#define ORR_TRAFFIC_PREFIX_GROUPS_H

#include "base/mem.h"
#include "spec/traffic.h"
#include "traffic/chance.h"
#include "traffic/quantiles.h"
#include "traffic/source.h"

enum { ORR_PREFIX_CELLS = 64, ORR_PREFIX_GUIDE = 1024 };

typedef struct orr_prefix_groups {
    double share;
    int64_t system_tokens;
    int cells;                              /* at most ORR_PREFIX_CELLS; 0: no groups */
    int64_t slots;                          /* of a cell */
    uint64_t life_requests;                 /* 0: for ever */
    int64_t tokens[ORR_PREFIX_CELLS];       /* of a cell's prefixes */
    double *cumulative;                     /* Zipf: of slots 0..k, slots of them; NULL: all alike */
    uint32_t guide[ORR_PREFIX_GUIDE];       /* where to begin to look */
} orr_prefix_groups;

void orr_prefix_groups_prepare(orr_prefix_groups *groups, orr_arena *arena, const orr_workload *workload, const orr_quantile_table *input);
/* The shareable segments (at most 2) of request `index`, whose prompt has rank `u` in [0, 1) among all and `input_tokens` tokens. Returns their count. */
int orr_prefix_groups_pick(const orr_prefix_groups *groups, uint64_t index, double u, int64_t input_tokens, orr_chance *chance, orr_segment segments[2]);

#endif
