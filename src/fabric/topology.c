/* Topologies: their sizes, bisection, diameter.
 *
 *   torus, grid    sizes whose product is the number of chips and whose sum is the least
 *   switch         one level: ports >= chips. Two: leaves of d = ports o / (1 + o) chips (o: oversubscription) and ports - d spines, `ports` leaves. Three: the same with pods of ports / 2 leaves, `ports` pods.
 *   dragonfly      p chips a router, a = 2 p routers a group, h = p global links a router, up to a h + 1 groups; each router's global links go to routers of the same number in other groups, evenly
 *   bisection, over what half of the chips send (n B / 2)
 *     switch 1 / o beyond a leaf; full mesh n^2/4 links of B/(n-1): n / (2 (n - 1)); torus 2 n / D links of B / (2 d) across the longest dimension D: 2 / (d D); grid half of that; dragonfly: global links
 *     h a g^2 / 4 / (g - 1) for a p g / 2 chips
 * Source: Leiserson 1985; Dally and Towles 2004; Kim, Dally, Scott and Abts 2008; Jouppi et al. 2023 (blocks behind circuit switches). Valid for any number of chips that fits. */
#include "fabric/topology.h"

#include "base/math.h"

/* Divides n: the largest divisor at or below `most`. */
static int64_t divisor_below(int64_t n, int64_t most)
{
    int64_t d = most < 1 ? 1 : most;
    while (n % d != 0) d--;
    return d;
}

static int64_t root_of(int64_t n, int power)
{
    int64_t root = 1;
    while (power == 2 ? (root + 1) * (root + 1) <= n : (root + 1) * (root + 1) * (root + 1) <= n) root++;
    return root;
}

static void set_sizes(orr_topology *t)
{
    int64_t best = INT64_MAX;
    t->sizes[0] = t->sizes[1] = t->sizes[2] = 1;
    if (t->dimensions == 1) { t->sizes[0] = t->chips; return; }
    if (t->dimensions == 2) { t->sizes[0] = divisor_below(t->chips, root_of(t->chips, 2)); t->sizes[1] = t->chips / t->sizes[0]; return; }
    for (int64_t a = root_of(t->chips, 3); a >= 1; a--) {
        if (t->chips % a != 0) continue;
        const int64_t rest = t->chips / a, b = divisor_below(rest, root_of(rest, 2)), sum = a + b + rest / b;
        if (sum >= best) continue;
        best = sum;
        t->sizes[0] = a;
        t->sizes[1] = b;
        t->sizes[2] = rest / b;
    }
}

orr_topology orr_topology_torus(orr_topology_kind kind, int64_t chips, int dimensions, int64_t block)
{
    orr_topology t = {.kind = kind, .chips = chips, .dimensions = dimensions, .block = block, .oversubscription = 1};
    set_sizes(&t);
    return t;
}

orr_topology orr_topology_switch(int64_t chips, int64_t ports, double oversubscription)
{
    orr_topology t = {.kind = ORR_TOPOLOGY_SWITCH, .chips = chips, .oversubscription = oversubscription};
    const int64_t down = orr_max_i64((int64_t)((double)ports * oversubscription / (1 + oversubscription)), 1);
    t.levels = chips <= ports ? 1 : chips <= down * ports ? 2 : chips <= down * (ports / 2) * ports ? 3 : 0;
    t.leaf_chips = t.levels == 1 ? chips : down;
    return t;
}

orr_topology orr_topology_full_mesh(int64_t chips) { return (orr_topology){.kind = ORR_TOPOLOGY_FULL_MESH, .chips = chips, .oversubscription = 1}; }

orr_topology orr_topology_dragonfly(int64_t chips, int64_t router_chips, orr_route route)
{
    orr_topology t = {.kind = ORR_TOPOLOGY_DRAGONFLY, .chips = chips, .route = route, .oversubscription = 1};
    int64_t p = router_chips > 0 ? router_chips : 1;
    while (router_chips <= 0 && 2 * p * p * (2 * p * p + 1) < chips) p++;
    t.router_chips = p;
    t.group_routers = 2 * p;
    t.global_links = p;
    t.groups = orr_ceil_div(chips, 2 * p * p);
    return t;
}

double orr_topology_ports(const orr_topology *t)
{
    switch (t->kind) {
    case ORR_TOPOLOGY_FULL_MESH: return (double)orr_max_i64(t->chips - 1, 1);
    case ORR_TOPOLOGY_TORUS: case ORR_TOPOLOGY_GRID: case ORR_TOPOLOGY_OPTICAL: return 2.0 * t->dimensions;
    default: return 1;
    }
}

static int64_t longest(const orr_topology *t)
{
    int64_t size = 1;
    for (int i = 0; i < t->dimensions; i++) size = orr_max_i64(size, t->sizes[i]);
    return size;
}

double orr_topology_bisection(const orr_topology *t)
{
    const double n = (double)t->chips, g = (double)t->groups;
    if (t->chips < 2) return 1;
    switch (t->kind) {
    case ORR_TOPOLOGY_SWITCH: return t->levels > 1 ? 1 / t->oversubscription : 1;
    case ORR_TOPOLOGY_FULL_MESH: return n / (2 * (n - 1));
    case ORR_TOPOLOGY_TORUS: case ORR_TOPOLOGY_OPTICAL: return 2 / ((double)t->dimensions * (double)longest(t));
    case ORR_TOPOLOGY_GRID: return 1 / ((double)t->dimensions * (double)longest(t));
    case ORR_TOPOLOGY_DRAGONFLY: return t->groups < 2 ? 1 : (double)t->global_links * g / (2 * (double)t->router_chips * (g - 1));
    }
    return 1;
}

double orr_topology_diameter(const orr_topology *t)
{
    double hops = 0;
    switch (t->kind) {
    case ORR_TOPOLOGY_SWITCH: return 2 * t->levels - 1;
    case ORR_TOPOLOGY_FULL_MESH: return 1;
    case ORR_TOPOLOGY_DRAGONFLY: return t->groups > 1 ? 4 : t->chips > t->router_chips ? 2 : 1;
    default: break;
    }
    for (int i = 0; i < t->dimensions; i++) hops += t->kind == ORR_TOPOLOGY_GRID ? (double)(t->sizes[i] - 1) : (double)(t->sizes[i] / 2);
    return orr_max(hops, 1);
}

/* Each pair's link is its own, so that of a group of n chips n - 1 of the N - 1 links of a chip are in use. */
static orr_group_load load_on_full_mesh(const orr_topology *t, orr_chip_group g)
{
    const double links = (double)orr_max_i64(t->chips - 1, 1), used = (double)orr_max_i64(g.count - 1, 1);
    return (orr_group_load){.ring = links / used, .direct = links / used, .shift = links, .ring_steps = (double)(g.count - 1), .leaves = g.count};
}

orr_group_load orr_topology_load(const orr_topology *topology, orr_chip_group group)
{
    if (group.count < 2) return (orr_group_load){.ring = 1, .direct = 1, .doubling = 1, .shift = 1, .leaves = 1, .box = {1, 1, 1}, .spacing = {1, 1, 1}};
    switch (topology->kind) {
    case ORR_TOPOLOGY_SWITCH: return orr_load_on_switch(topology, group);
    case ORR_TOPOLOGY_FULL_MESH: return load_on_full_mesh(topology, group);
    case ORR_TOPOLOGY_DRAGONFLY: return orr_load_on_dragonfly(topology, group);
    default: return orr_load_on_torus(topology, group);
    }
}
