/* What joins chips, given by its parts: the scale-up domain in place of a node's own links, and the network between domains (docs/CATALOGUE_FORMAT.md, decision 26). Base units; bandwidth one way per chip. */
#ifndef ORR_SPEC_FABRIC_H
#define ORR_SPEC_FABRIC_H

#include <stdbool.h>
#include <stdint.h>
#include "fabric/bill.h"
#include "fabric/topology.h"

/* orr_topology_kind, one further: 0 is a fabric without this part. */
typedef enum { ORR_DOMAIN_AS_NODE, ORR_DOMAIN_SWITCH, ORR_DOMAIN_FULL_MESH, ORR_DOMAIN_TORUS, ORR_DOMAIN_GRID, ORR_DOMAIN_OPTICAL, ORR_DOMAIN_DRAGONFLY } orr_domain_topology;
typedef enum { ORR_NETWORK_PLAIN, ORR_NETWORK_RAILS, ORR_NETWORK_FAT_TREE } orr_network_topology;

typedef struct orr_scale_up {
    orr_domain_topology topology;
    int64_t chips;                          /* 0: the node's */
    double bytes_per_s, latency_ns;         /* 0: the node's */
    double hop_ns;                          /* of each hop beyond the first */
    int64_t dimensions, block, router_chips;
    orr_route route;
    double oversubscription;
    bool in_network_reduction;
    double link_j_per_byte;                 /* of moving data at both ends; 0: the universal coefficient */
    orr_fabric_parts parts;
} orr_scale_up;

typedef struct orr_scale_out {
    orr_network_topology topology;
    int64_t chips;                          /* of the whole network, others' among them; 0: the system's */
    double hop_ns;
    double link_j_per_byte;
    orr_fabric_parts parts;
} orr_scale_out;

typedef enum { ORR_FABRIC_RAIL, ORR_FABRIC_FAT_TREE, ORR_FABRIC_TORUS, ORR_FABRIC_ETHERNET } orr_fabric_topology;

typedef struct orr_fabric {
    const char *name, *title;
    orr_fabric_topology topology;
    double bytes_per_s, latency_ns;          /* one-way per chip */
    double oversubscription;                 /* 1: none */
    orr_scale_up domain;
    orr_scale_out network;
} orr_fabric;

static inline bool orr_fabric_has_domain(const orr_fabric *fabric) { return fabric->domain.topology != ORR_DOMAIN_AS_NODE; }
static inline bool orr_fabric_has_network(const orr_fabric *fabric) { return fabric->network.topology != ORR_NETWORK_PLAIN; }

/* The domain of so many chips. */
orr_topology orr_fabric_domain(const orr_fabric *fabric, int64_t chips);
/* The network as `nodes` see it, each of so many chips: with rails, chips of the same number have a tree of their own. */
orr_topology orr_fabric_network(const orr_fabric *fabric, int64_t nodes, int64_t chips_per_node);

/* A chip's share of what is given by parts; zeros: nothing is. */
orr_fabric_bill orr_fabric_domain_bill(const orr_fabric *fabric, int64_t chips_per_node);
orr_fabric_bill orr_fabric_network_bill(const orr_fabric *fabric, int64_t nodes, int64_t chips_per_node);

#endif
