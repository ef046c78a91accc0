#include "fabric/bill.h"

#include "base/math.h"

static double whole(double x, bool shared)
{
    if (shared) return x;
    const double down = (double)(int64_t)x;
    return down < x ? down + 1 : down;
}

static void count_switches(const orr_topology *t, double links, double ports, bool shared, orr_fabric_bill *bill)
{
    const double n = (double)t->chips;
    bill->cables = links * n;
    if (!(ports > 0)) return;
    if (t->levels <= 1) {
        const double links_each = shared ? ports / n : orr_max((double)(int64_t)(ports / n), 1);      /* of a chip to one switch */
        bill->switches = whole(links / links_each, shared);
        return;
    }
    const double leaves = whole(n / (double)t->leaf_chips, shared), up = leaves * (double)t->leaf_chips / t->oversubscription;
    const double middle = t->levels == 2 ? whole(up / ports, shared) : whole(2 * up / ports, shared), top = t->levels == 2 ? 0 : whole(up / ports, shared);
    bill->switches = links * (leaves + middle + top);
    bill->optics = links * up * (t->levels - 1);
}

/* As many planes of routers as links of a chip; a switch holds as many routers as it has ports for: p chips, a - 1 routers, h other groups each. */
static void count_routers(const orr_topology *t, double links, double ports, bool shared, orr_fabric_bill *bill)
{
    const double a = (double)t->group_routers, groups = (double)t->groups, routers = whole((double)t->chips / (double)t->router_chips, shared);
    const double held = orr_max((double)(int64_t)(ports / ((double)t->router_chips + a - 1 + (double)t->global_links)), 1);
    bill->switches = routers * (ports > 0 ? whole(links / held, shared) : 1);
    bill->cables = links * ((double)t->chips + (a - 1) / 2 * routers);
    bill->optics = groups > 1 ? links * (double)t->global_links * routers / 2 : 0;
}

static void count_torus(const orr_topology *t, double links, double ports, bool shared, orr_fabric_bill *bill)
{
    const double n = (double)t->chips, block = (double)orr_max_i64(t->block, 1);
    double joined = n * links / 2;
    if (t->kind == ORR_TOPOLOGY_GRID) {      /* a line of D chips has D - 1 links, not D */
        joined = 0;
        for (int i = 0; i < t->dimensions; i++) joined += n * (double)(t->sizes[i] - 1) / (double)t->sizes[i] * links / (2.0 * t->dimensions);
    }
    const double far = t->kind == ORR_TOPOLOGY_OPTICAL ? joined / block : 0;
    bill->cables = joined - far;
    bill->optics = far;
    if (far > 0 && ports > 0) bill->switches = whole(2 * far / ports, shared);
}

orr_fabric_bill orr_fabric_price(const orr_topology *t, const orr_fabric_parts *parts, bool shared)
{
    orr_fabric_bill bill = {0};
    const double n = (double)t->chips, links = parts->links > 0 ? parts->links : orr_topology_ports(t);
    switch (t->kind) {
    case ORR_TOPOLOGY_SWITCH: count_switches(t, links, parts->switches.ports, shared, &bill); break;
    case ORR_TOPOLOGY_FULL_MESH: bill.cables = n * links / 2; break;
    case ORR_TOPOLOGY_DRAGONFLY: count_routers(t, links, parts->switches.ports, shared, &bill); break;
    default: count_torus(t, links, parts->switches.ports, shared, &bill); break;
    }
    bill.switches /= n;
    bill.cables /= n;
    bill.optics /= n;
    bill.power_w = bill.switches * parts->switches.power_w + bill.cables * parts->cable.power_w + bill.optics * parts->optics.power_w + parts->adapter.power_w;
    bill.usd = bill.switches * parts->switches.usd + bill.cables * parts->cable.usd + bill.optics * parts->optics.usd + parts->adapter.usd;
    return bill;
}
