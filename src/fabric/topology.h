/* How chips are joined, and what that makes of an exchange among some of them. Pure functions.
 *
 * A topology is so many chips in a row, each of which sends B bytes/s one way over all its links. A *group* is `count` of them, `stride` apart; the groups between (there are `stride` of them side by side, and
 * others before and behind) do the same at the same time. What a topology makes of that is a *contention*: the time that the busiest link needs for its share, over the time in which chips that send at B would be done.
 *   contention = (bytes over the busiest link / its rate) / (bytes that a chip sends / B)            1: nothing is in the way
 * It multiplies the time a byte of a collective. Beside it stand messages in a row and hops beyond the first, which latencies are made of.
 * Invariants: 1. contention >= 1; 2. the same as counting every message on every link of the graph (tests/unit/test_topology.c). */
#ifndef ORR_FABRIC_TOPOLOGY_H
#define ORR_FABRIC_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ORR_TOPOLOGY_SWITCH,        /* every chip on every plane of switches; leaves and spines where one switch has too few ports */
    ORR_TOPOLOGY_FULL_MESH,     /* a link to each other chip */
    ORR_TOPOLOGY_TORUS,         /* two links a dimension, closed */
    ORR_TOPOLOGY_GRID,          /* the same, not closed at the edges: a mesh */
    ORR_TOPOLOGY_OPTICAL,       /* a torus of blocks whose faces end in circuit switches: a group of whole blocks is a torus of its own */
    ORR_TOPOLOGY_DRAGONFLY      /* routers with chips, all routers of a group joined, all groups joined */
} orr_topology_kind;

typedef enum { ORR_ROUTE_ADAPTIVE /* the better of the others */, ORR_ROUTE_MINIMAL, ORR_ROUTE_VALIANT /* by way of any router, of any group */ } orr_route;

enum { ORR_MOST_DIMENSIONS = 3, ORR_MOST_LEVELS = 3 };

typedef struct orr_topology {
    orr_topology_kind kind;
    int64_t chips;
    int dimensions;
    int64_t sizes[ORR_MOST_DIMENSIONS];         /* torus, grid, optical: their product is `chips` */
    int64_t block;                              /* optical: the edge of a block */
    int levels;                                 /* switch: 1 to ORR_MOST_LEVELS; 0: there are not ports enough */
    int64_t leaf_chips;                         /* switch: behind one leaf */
    double oversubscription;                    /* switch: a leaf's ports to chips over those to spines, in bandwidth */
    int64_t router_chips, group_routers, groups, global_links;      /* dragonfly; global_links: of a router */
    orr_route route;
} orr_topology;

/* As many dimensions as given (1 to 3), sizes as near to one another as the number of chips allows, larger ones last. */
orr_topology orr_topology_torus(orr_topology_kind kind, int64_t chips, int dimensions, int64_t block);
/* Switches of `ports` ports, each chip with one in each plane. */
orr_topology orr_topology_switch(int64_t chips, int64_t ports, double oversubscription);
orr_topology orr_topology_full_mesh(int64_t chips);
/* Of routers with p chips, 2p routers a group and p global links a router, p the least that holds all chips (0: derived), as Kim et al. 2008 balance them. */
orr_topology orr_topology_dragonfly(int64_t chips, int64_t router_chips, orr_route route);

/* Links of a chip that lead to others; switch: 1, of all planes together. */
double orr_topology_ports(const orr_topology *topology);
/* Bytes/s one way between the halves of all chips, over what the chips of a half send: 1 and more: no bottleneck. */
double orr_topology_bisection(const orr_topology *topology);
/* Hops between the two chips farthest from one another: switches or chips that a message passes, from 1. */
double orr_topology_diameter(const orr_topology *topology);

typedef struct orr_chip_group { int64_t count, stride; } orr_chip_group;

typedef struct orr_group_load {
    double ring;                /* all-gather and reduce-scatter by rings: all dimensions' at once */
    double direct;              /* every pair at once: all-to-all, one-shot, two-shot */
    double doubling;            /* recursive halving and doubling, nearest first; 0: not on this topology */
    double shift;               /* each chip to the one that follows it in its group, at once, one path each */
    double ring_steps;          /* messages in a row of a pass */
    double ring_hops, direct_hops, doubling_hops, shift_hops;        /* beyond the first, of all the messages in a row (ring, doubling), of the farthest pair (direct, shift) */
    int64_t box[ORR_MOST_DIMENSIONS], spacing[ORR_MOST_DIMENSIONS];     /* torus, grid, optical: chips of the group along each dimension, and how far apart */
    bool closed[ORR_MOST_DIMENSIONS];                                   /* ... and whether they make a ring */
    bool snake;                 /* no box has so many chips: one line of them */
    int64_t leaves;             /* switch, dragonfly: leaves or routers that the group's chips stand behind */
} orr_group_load;

/* group: count >= 1, stride >= 1, of chips of the topology. */
orr_group_load orr_topology_load(const orr_topology *topology, orr_chip_group group);

/* Of the kinds, for orr_topology_load. */
orr_group_load orr_load_on_switch(const orr_topology *topology, orr_chip_group group);
orr_group_load orr_load_on_torus(const orr_topology *topology, orr_chip_group group);
orr_group_load orr_load_on_dragonfly(const orr_topology *topology, orr_chip_group group);

#endif
