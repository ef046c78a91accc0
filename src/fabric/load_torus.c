/* A group on a torus, a grid, or a torus of blocks behind circuit switches.
 *
 * Where it stands: chips are dealt out in boxes. Prime factor by prime factor (of the stride first, which is the box of one member's followers, then of the count, large ones first) the box grows along the dimension
 * where it is shortest and the factor still divides what is left. So consecutive groups are boxes side by side, and members of a strided group are the box of the stride apart. Where a factor divides no dimension,
 * the group is one line through the chips (a snake).
 * A dimension is closed where the group's members and their spacing fill it (torus), or fill whole blocks (optical: circuits lead back), never on a grid.
 *
 * n members, g_i of them along dimension i, s_i apart, d dimensions in all, links of b = B / (2 d); S bytes.
 *   ring     the buffer in as many parts as there are active dimensions (g_i > 1), part c goes along dimension c, c + 1, .. in turn: with m members' share gathered before, dimension i carries
 *            m (g_i - 1) S / (n parts), halved where both ways round are there (closed); s_i groups side by side share each link
 *   direct   shortest ways, dimension by dimension: a link carries S x (mean distance along i) / 2 of a closed ring, S x floor(g_i/2) ceil(g_i/2) / g_i at the middle of a line, times s_i
 *   shift    to the member next along one dimension: one link of 2 d, shared by s_i
 * Steps: floor(g_i / 2) of a closed ring, g_i - 1 of a line, s_i hops each.
 * Source: Chan et al. 2007 (buckets along dimensions); Dally and Towles 2004 (loads of uniform traffic). Valid for dimension-ordered routing, ties halved. */
#include "fabric/topology.h"

#include "base/math.h"

static bool grow(const orr_topology *t, int64_t box[ORR_MOST_DIMENSIONS], int64_t factor)
{
    int best = -1;
    for (int i = 0; i < t->dimensions; i++)
        if (t->sizes[i] % (box[i] * factor) == 0 && (best < 0 || box[i] < box[best])) best = i;
    if (best >= 0) box[best] *= factor;
    return best >= 0;
}

static int64_t largest_factor(int64_t n)
{
    int64_t largest = 1;
    for (int64_t p = 2; p * p <= n; p++)
        while (n % p == 0) { largest = p; n /= p; }
    return n > 1 ? n : largest;
}

static bool grow_all(const orr_topology *t, int64_t box[ORR_MOST_DIMENSIONS], int64_t n)
{
    while (n > 1) {
        const int64_t factor = largest_factor(n);
        if (!grow(t, box, factor)) return false;
        n /= factor;
    }
    return true;
}

static bool is_closed(const orr_topology *t, int i, int64_t span)
{
    if (t->kind == ORR_TOPOLOGY_GRID) return false;
    if (span == t->sizes[i]) return true;
    return t->kind == ORR_TOPOLOGY_OPTICAL && t->block > 0 && span % t->block == 0;
}

static void place(const orr_topology *t, orr_chip_group g, orr_group_load *load)
{
    int64_t followers[ORR_MOST_DIMENSIONS] = {1, 1, 1}, all[ORR_MOST_DIMENSIONS];
    bool good = grow_all(t, followers, g.stride);
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++) all[i] = followers[i];
    good = good && grow_all(t, all, g.count);
    load->snake = !good;
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++) {
        load->box[i] = good ? all[i] / followers[i] : i == 0 ? g.count : 1;
        load->spacing[i] = good ? followers[i] : i == 0 ? g.stride : 1;
        load->closed[i] = good && i < t->dimensions && load->box[i] > 1 && is_closed(t, i, all[i]);
    }
}

static double ring_load(const orr_group_load *load, double members)
{
    int active[ORR_MOST_DIMENSIONS], parts = 0;
    double carried[ORR_MOST_DIMENSIONS] = {0, 0, 0}, most = 0;
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++)
        if (load->box[i] > 1) active[parts++] = i;
    for (int part = 0; part < parts; part++) {
        double gathered = 1;
        for (int step = 0; step < parts; step++) {
            const int i = active[(part + step) % parts];
            const double size = (double)load->box[i];
            carried[i] += gathered * (size - 1) / (members * parts) / (load->closed[i] ? 2 : 1) * (double)load->spacing[i];
            gathered *= size;
        }
    }
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++) most = orr_max(most, carried[i]);
    return most;
}

static double mean_distance(int64_t size) { return size % 2 == 0 ? (double)size / 4 : ((double)size * (double)size - 1) / (4 * (double)size); }

static double direct_load(const orr_group_load *load)
{
    double most = 0;
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++) {
        const int64_t size = load->box[i];
        if (size < 2) continue;
        const double line = (double)(size / 2) * (double)(size - size / 2) / (double)size;
        most = orr_max(most, (load->closed[i] ? mean_distance(size) / 2 : line) * (double)load->spacing[i]);
    }
    return most;
}

orr_group_load orr_load_on_torus(const orr_topology *t, orr_chip_group g)
{
    orr_group_load load = {.leaves = g.count};
    place(t, g, &load);
    const double members = (double)g.count, links = 2.0 * t->dimensions, sent = (members - 1) / members;
    load.ring = orr_max(links * ring_load(&load, members) / sent, 1);
    load.direct = orr_max(links * direct_load(&load) / sent, 1);
    double farthest = 0, spacing = 1;
    for (int i = 0; i < ORR_MOST_DIMENSIONS; i++) {
        if (load.box[i] < 2) continue;
        const double steps = load.closed[i] ? (double)(load.box[i] / 2) : (double)(load.box[i] - 1);
        load.ring_steps += steps;
        load.ring_hops += steps * (double)(load.spacing[i] - 1);
        farthest += steps * (double)load.spacing[i];
        spacing = orr_max(spacing, (double)load.spacing[i]);
    }
    load.direct_hops = farthest - 1;
    load.shift = links * spacing;
    load.shift_hops = spacing - 1;
    return load;
}
