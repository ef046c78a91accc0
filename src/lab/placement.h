/* Where the groups of an engine stand on a fabric that is given by its parts, and what they meet there; what of the fabric a chip pays for.
 *
 * Ranks stand in a row: tensor, context, data ranks, stages (perf/layout.h). What is told is what collectives are charged (perf/joined.h, fabric/topology.h). */
#ifndef ORR_LAB_PLACEMENT_H
#define ORR_LAB_PLACEMENT_H

#include "spec/study.h"

enum { ORR_MOST_PLACED = 6 };

typedef struct orr_placed {
    const char *group;              /* "tensor" */
    int64_t ranks, stride, local, domains;      /* local: of them in a domain */
    const char *where;              /* "a 2x2x2 box of 4x4x4, open" */
    double ring, direct;            /* contention in the domain: of rings, of all pairs at once */
    double hops;                    /* between the two farthest in the domain; 0: each alone in its domain */
    double fabric_ring, fabric_direct;          /* of the network, where they stand in several domains */
} orr_placed;

typedef struct orr_fabric_view {
    const char *pool;               /* "" where there is one */
    const orr_hardware *hardware;
    orr_topology domain, network;   /* as far as given: has_domain, has_network */
    bool has_domain, has_network;
    orr_fabric_bill domain_bill, network_bill;  /* a chip's */
    orr_placed placed[ORR_MOST_PLACED];
    int placed_count;
} orr_fabric_view;

/* One for each pool whose hardware has a fabric by parts, in the arena; returns how many. */
int orr_fabric_views(const orr_study *study, orr_arena *arena, const orr_fabric_view **views);
/* The worst that a group meets, in a sentence; NULL: nothing is in anyone's way. */
const char *orr_fabric_worst(const orr_fabric_view *view, orr_arena *arena);
/* "torus of 4x4x4", "switches, 16 leaves of 36". */
const char *orr_topology_text(const orr_topology *topology, orr_arena *arena);

#endif
