#include "perf/joined.h"

#include "base/math.h"

/* As many members as the topology has chips, at most, and no farther apart than fits. */
static orr_chip_group group_on(const orr_topology *t, double count, double stride)
{
    const int64_t members = orr_max_i64(orr_min_i64((int64_t)count, t->chips), 1), most = t->chips / members;
    return (orr_chip_group){members, orr_max_i64(orr_min_i64((int64_t)stride, most), 1)};
}

static void join_in_domain(const orr_machine *machine, double local, double stride, orr_joined *j)
{
    const double dimensions = machine->torus_dimensions;
    if (!machine->by_parts) {
        j->ring_steps = dimensions > 0 ? dimensions * (orr_pow(local, 1 / dimensions) - 1) : local - 1;
        if (dimensions > 0) j->direct = orr_max(orr_pow(local, 1 / dimensions) / 4, 1);
        return;
    }
    const orr_group_load load = orr_topology_load(&machine->domain, group_on(&machine->domain, local, stride));
    j->by_parts = true;
    j->ring = load.ring;
    j->direct = load.direct;
    j->doubling = load.doubling;
    j->ring_steps = load.ring_steps;
    j->ring_ns = load.ring_hops * machine->hop_ns;
    j->direct_ns = load.direct_hops * machine->hop_ns;
    j->doubling_ns = load.doubling_hops * machine->hop_ns;
}

orr_joined orr_joined_in(const orr_machine *machine, double local, double nodes, double stride)
{
    orr_joined j = {.ring = 1, .direct = 1, .fabric_ring = 1, .fabric_direct = 1};
    if (local > 1) join_in_domain(machine, local, stride, &j);
    if (!machine->network_by_parts || nodes <= 1) return j;
    const orr_group_load load = orr_topology_load(&machine->network, group_on(&machine->network, nodes, orr_max(stride / machine->chips_per_node, 1)));
    j.fabric_ring = load.ring;
    j.fabric_direct = load.direct;
    j.fabric_ring_ns = load.doubling_hops * machine->fabric_hop_ns;      /* a crossing counts log2 steps: as a tree's */
    j.fabric_direct_ns = load.direct_hops * machine->fabric_hop_ns;
    return j;
}

orr_step_between orr_joined_step(const orr_machine *machine, bool across, double count, double stride)
{
    const bool parts = across ? machine->network_by_parts : machine->by_parts;
    if (!parts && across) return (orr_step_between){1, 0};
    if (!parts && machine->mesh) return (orr_step_between){orr_max(machine->chips_per_node - 1, 1), 0};
    if (!parts) return (orr_step_between){machine->torus_dimensions > 0 ? 2 * machine->torus_dimensions : 1, 0};
    const orr_topology *t = across ? &machine->network : &machine->domain;
    const double hop_ns = across ? machine->fabric_hop_ns : machine->hop_ns;
    if (count < 1) return (orr_step_between){orr_max(orr_topology_ports(t), t->levels > 1 ? t->oversubscription : 1), (orr_topology_diameter(t) - 1) * hop_ns};
    const orr_group_load load = orr_topology_load(t, group_on(t, count, across ? orr_max(stride / machine->chips_per_node, 1) : stride));
    return (orr_step_between){load.shift, load.shift_hops * hop_ns};
}
