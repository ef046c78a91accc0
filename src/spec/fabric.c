/* From a fabric's parameters to topologies, and to what a chip's share of them draws and costs. */
#include "spec/fabric.h"

#include "base/math.h"

enum { PORTS_WITHOUT_END = 1 << 30 };      /* a switch whose ports are not given joins all there is */

static int64_t ports_of(const orr_fabric_parts *parts) { return parts->switches.ports > 0 ? (int64_t)parts->switches.ports : PORTS_WITHOUT_END; }

orr_topology orr_fabric_domain(const orr_fabric *fabric, int64_t chips)
{
    const orr_scale_up *d = &fabric->domain;
    switch (d->topology) {
    case ORR_DOMAIN_FULL_MESH: return orr_topology_full_mesh(chips);
    case ORR_DOMAIN_TORUS: return orr_topology_torus(ORR_TOPOLOGY_TORUS, chips, (int)d->dimensions, d->block);
    case ORR_DOMAIN_GRID: return orr_topology_torus(ORR_TOPOLOGY_GRID, chips, (int)d->dimensions, d->block);
    case ORR_DOMAIN_OPTICAL: return orr_topology_torus(ORR_TOPOLOGY_OPTICAL, chips, (int)d->dimensions, d->block);
    case ORR_DOMAIN_DRAGONFLY: return orr_topology_dragonfly(chips, d->router_chips, d->route);
    default: return orr_topology_switch(chips, ports_of(&d->parts), d->oversubscription);
    }
}

/* Endpoints of one tree, ports of its leaves in endpoints. */
static orr_topology tree_of(const orr_fabric *fabric, int64_t nodes, int64_t chips_per_node)
{
    const bool rails = fabric->network.topology == ORR_NETWORK_RAILS;
    const int64_t all = orr_max_i64(fabric->network.chips, nodes * chips_per_node);
    return orr_topology_switch(rails ? orr_ceil_div(all, chips_per_node) : all, ports_of(&fabric->network.parts), orr_max(fabric->oversubscription, 1));
}

orr_topology orr_fabric_network(const orr_fabric *fabric, int64_t nodes, int64_t chips_per_node)
{
    orr_topology t = tree_of(fabric, nodes, chips_per_node);
    if (fabric->network.topology == ORR_NETWORK_RAILS) return t;
    t.leaf_chips = orr_max_i64(t.leaf_chips / chips_per_node, 1);
    t.chips = orr_ceil_div(t.chips, chips_per_node);
    return t;
}

orr_fabric_bill orr_fabric_domain_bill(const orr_fabric *fabric, int64_t chips_per_node)
{
    if (!orr_fabric_has_domain(fabric)) return (orr_fabric_bill){0};
    const orr_topology domain = orr_fabric_domain(fabric, orr_max_i64(fabric->domain.chips, chips_per_node));
    return orr_fabric_price(&domain, &fabric->domain.parts, false);
}

orr_fabric_bill orr_fabric_network_bill(const orr_fabric *fabric, int64_t nodes, int64_t chips_per_node)
{
    if (!orr_fabric_has_network(fabric)) return (orr_fabric_bill){0};
    const orr_topology network = tree_of(fabric, nodes, chips_per_node);
    return orr_fabric_price(&network, &fabric->network.parts, true);
}
