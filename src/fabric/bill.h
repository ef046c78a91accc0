/* What the parts of a topology draw and cost, a chip: switches, links, adapters.
 *
 *   switches, one level    planes of one switch; a switch takes floor(ports / chips) links of each chip: links / that
 *   more levels            links planes, each of leaves of d chips, spines for their uplinks (and, with three levels, cores for as many again): each switch `ports` ports
 *   optical                ports of circuit switches: one for each fibre that leaves a block, 2 dimensions / block a link of a chip's 2 dimensions
 *   dragonfly              routers for every p chips on each of links planes, as many to a switch as it has ports for
 *   links                  chip to switch, chip to chip and inside a group or block: cables; between switches, groups and blocks: optics. Both ends and what is between are one link's.
 * Switches and transceivers draw the same whether bits are payload or idle, so that power is as long as the fabric is on. Units: W, USD. Source of the values: data/fabrics. */
#ifndef ORR_FABRIC_BILL_H
#define ORR_FABRIC_BILL_H

#include "fabric/topology.h"

typedef struct orr_switch_part { double ports, power_w, usd; } orr_switch_part;
typedef struct orr_link_part { double power_w, usd; } orr_link_part;       /* with both its ends */

typedef struct orr_fabric_parts {
    double links;               /* of a chip to the fabric; 0: one, or one for each port of a torus */
    orr_switch_part switches;
    orr_link_part cable, optics;
    orr_link_part adapter;      /* of a chip: a network card, a retimer */
} orr_fabric_parts;

typedef struct orr_fabric_bill { double switches, cables, optics, power_w, usd; } orr_fabric_bill;     /* a chip's share of each */

/* `shared`: others stand on the same switches, which are paid for by the port; else whole ones are. */
orr_fabric_bill orr_fabric_price(const orr_topology *topology, const orr_fabric_parts *parts, bool shared);

#endif
