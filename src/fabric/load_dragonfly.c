/* A group on a dragonfly: routers with p chips, a routers a group, g groups; every link between routers as fast as a chip (B), h global links a router. Router r of a group is joined to the routers r of the others,
 * each by h / (g - 1) links; a message to another group goes over any of the a routers, evenly.
 *
 * A group of n consecutive chips stands behind R = n / p routers in G = n / (a p) groups (whole ones; rounded up).
 *   direct, shortest ways  between two routers      p p S/n  +  2 p (n - a p)/n S / a
 *                          between two groups       (a p)^2 S/n  over  a h / (g - 1) links
 *   direct, Valiant        by way of any group (any router of the group where all of them are in one): every link carries what it would of uniform traffic twice,
 *                          local   2 p S (n - p)/n / a  (one group);  2 p S / a x 2  (more),   global  2 a p (n - a p)/n S  over  a h
 *   ring, shift            consecutive members cross from router to router once: s messages where s groups stand side by side, of p at most. Over one local link (shortest) or over all (Valiant, twice); between groups
 *                          over a h / (g - 1) links or over all a h, twice.
 * The time of a byte is the busiest link's, and never less than a chip's own. Source: Kim, Dally, Scott and Abts 2008. Valid for groups that fill their routers; adaptive routing is as good as the better of both. */
#include "fabric/topology.h"

#include "base/math.h"

typedef struct spread { double n, p, a, h, g, routers, groups; } spread;

static double minimal_direct(const spread *s)
{
    if (s->routers <= 1) return 0;
    const double behind = orr_min(s->n, s->p), in_group = orr_min(s->n, s->a * s->p);
    const double local = behind * behind / s->n + (s->groups > 1 ? 2 * s->p * (s->n - in_group) / s->n / s->a : 0);
    return orr_max(local, s->groups > 1 ? in_group * in_group / s->n * (s->g - 1) / (s->a * s->h) : 0);
}

static double valiant_direct(const spread *s)
{
    if (s->routers <= 1) return 0;
    if (s->groups <= 1) return 2 * s->p * (s->n - s->p) / s->n / s->a;
    return orr_max(4 * s->p / s->a, 2 * s->p * (s->n - s->a * s->p) / s->n / s->h);
}

/* Each router sends `flows` messages to the next one, or each group to the next group. */
static double next_router(const spread *s, orr_route route, double flows)
{
    if (s->routers <= 1) return 0;
    const double spread_out = 2 * flows / s->a;
    return route == ORR_ROUTE_MINIMAL ? flows : route == ORR_ROUTE_VALIANT ? spread_out : orr_min(flows, spread_out);
}

static double next_group(const spread *s, orr_route route, double flows)
{
    if (s->groups <= 1) return 0;
    const double straight = flows * (s->g - 1) / (s->a * s->h), spread_out = 2 * flows / (s->a * s->h);
    return route == ORR_ROUTE_MINIMAL ? straight : route == ORR_ROUTE_VALIANT ? spread_out : orr_min(straight, spread_out);
}

orr_group_load orr_load_on_dragonfly(const orr_topology *t, orr_chip_group group)
{
    const int64_t span = group.count * group.stride, p = t->router_chips, per_group = p * t->group_routers;
    const double n = (double)group.count, stride = (double)group.stride;
    const spread s = {(double)span, (double)p, (double)t->group_routers, (double)t->global_links, (double)t->groups, (double)orr_ceil_div(span, p), (double)orr_ceil_div(span, per_group)};
    const orr_route route = s.groups > 1 && t->groups < 3 && t->route == ORR_ROUTE_ADAPTIVE ? ORR_ROUTE_MINIMAL : t->route;
    orr_group_load load = {.ring_steps = n - 1, .leaves = orr_min_i64((int64_t)s.routers, group.count)};
    /* strided groups side by side make the traffic of their span, each chip sending the same in all */
    const double minimal = minimal_direct(&s), valiant = valiant_direct(&s);
    const double direct = route == ORR_ROUTE_MINIMAL ? minimal : route == ORR_ROUTE_VALIANT ? valiant : orr_min(minimal, valiant);
    load.direct = orr_max(direct * n / (n - 1), 1);
    const double flows = orr_max(next_router(&s, route, orr_min(stride, (double)p)), next_group(&s, route, orr_min(stride, (double)per_group)));
    load.ring = load.shift = orr_max(flows, 1);
    const bool valiantly = route == ORR_ROUTE_VALIANT || (route == ORR_ROUTE_ADAPTIVE && valiant < minimal);
    const double far = s.routers <= 1 ? 0 : s.groups <= 1 ? (valiantly ? 2 : 1) : valiantly ? 5 : 3;
    load.direct_hops = far;
    load.shift_hops = orr_min(far, stride >= (double)per_group ? 3 : stride >= (double)p ? 1 : far);
    load.ring_hops = group.stride >= p ? (n - 1) * load.shift_hops : s.routers - 1 + 2 * (s.groups - 1);
    return load;
}
