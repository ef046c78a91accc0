/* A group behind switches, leaves and spines.
 *
 * Leaves of m chips; uplinks of a leaf carry m B / o. A group of n members, s apart, has l of them behind one leaf (whole runs of consecutive chips; members s >= m apart stand alone).
 *   ring       from leaf to leaf one message of each of the s groups side by side: s B over m B / o, so that contention is max(1, o / l); 1 where the group stays behind its leaf. Twice that where a
 *              leaf holds the end of one group and the beginning of another
 *   direct     (n - l) / (n - 1) of what a chip sends leaves its leaf: max(1, o x that of the leaf with the most)
 *   doubling   halves to the nearest first: of (n - 1)/n of the buffer 1/l - 1/n is exchanged beyond the leaf: max(1, .. o)
 *   shift      as the ring
 * Hops: switches that a message passes, one behind the same leaf, three over a spine, five over a core (2 levels - 1). Rings pay them where they leave the leaf.
 * Valid for spines that are chosen evenly (adaptive routing); planes are as good as one switch with all their bandwidth. */
#include "fabric/topology.h"

#include "base/math.h"

/* Of the leaf where it is the most: what of its chips' traffic of all pairs leaves it, as a share; and how many groups stand in it in part, each of which sends one message of a ring out. */
typedef struct crossing { double share, groups; } crossing;

/* Groups of n consecutive units, leaves of m of them; the pattern repeats after n leaves. */
static crossing crossing_of(int64_t n, int64_t m)
{
    if (m % n == 0) return (crossing){0, 0};
    if (n % m == 0) return (crossing){(double)(n - m) / (double)(n - 1), 1};
    crossing most = {0, 0};
    for (int64_t leaf = 0; leaf < orr_min_i64(n, 4096); leaf++) {
        double out = 0, groups = 0;
        for (int64_t at = leaf * m, end = at + m; at < end;) {
            const int64_t next = orr_min_i64((at / n + 1) * n, end), here = next - at;
            out += (double)here * (double)(n - here);
            groups += here < n;
            at = next;
        }
        most.share = orr_max(most.share, out / ((double)m * (double)(n - 1)));
        most.groups = orr_max(most.groups, groups);
    }
    return most;
}

static double log2_steps(int64_t n)
{
    double steps = 0;
    for (int64_t reach = 1; reach < n; reach *= 2) steps++;
    return steps;
}

orr_group_load orr_load_on_switch(const orr_topology *t, orr_chip_group g)
{
    const int64_t units = t->levels > 1 ? orr_max_i64(t->leaf_chips / g.stride, 1) : g.count;       /* members behind a leaf, if the group goes on */
    const double n = (double)g.count, o = t->levels > 1 ? t->oversubscription : 1;
    const crossing out = t->levels > 1 ? crossing_of(g.count, units) : (crossing){0, 0};
    const bool stays = !(out.groups > 0);
    const double l = stays ? n : orr_min((double)units, n), far = stays ? 0 : 2 * (t->levels - 1), crossings = stays ? 0 : (double)orr_ceil_div(g.count, units);
    orr_group_load load = {.ring_steps = n - 1, .leaves = stays ? 1 : orr_ceil_div(g.count, units)};
    load.ring = load.shift = stays ? 1 : orr_max(o * out.groups / (double)units, 1);
    load.direct = orr_max(o * out.share, 1);
    load.doubling = stays ? 1 : orr_max((1 - 1 / l + o * (1 / l - 1 / n)) / (1 - 1 / n), 1);
    load.ring_hops = orr_min(crossings, n - 1) * far;
    load.direct_hops = load.shift_hops = far;
    load.doubling_hops = stays ? 0 : far * (log2_steps(g.count) - (double)(int64_t)orr_log2(l));
    return load;
}
