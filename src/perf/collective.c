/* Collectives:  t = launch + min over algorithms of (alpha + bytes x beta).
 *
 * n ranks, S bytes, B the one-way link bandwidth of a chip, L a link's latency; l ranks of a node, M = n / l nodes, F the fabric's bandwidth a chip.
 *   all-reduce in a node: one-shot (each rank reads all others)         alpha = a1 L             beta = (n-1) / (e1 B)
 *                         two-shot or ring on a switch                  alpha = a2 L sqrt(n/2)   beta = 2 (n-1)/n / (e B)
 *                         reduced in the switch                         alpha = a3 L             beta = (1 + 1/n) / (e3 B)
 *   all-gather, reduce-scatter                                          alpha = ag L sqrt(n)     beta = (n-1)/n / (e B)
 *   all-to-all (on a mesh every pair has its own link, on a switch the same bandwidth)
 *                                                                       alpha = aa L             beta = (n-1)/n / (e B)
 *   point to point                                                      alpha = ap L             beta = 1 / (ep B); on a mesh one of its links, B / (chips - 1)
 * On a torus of d dimensions rings run along each dimension: alpha grows with d n^(1/d) hops, all-to-all crosses n^(1/d) / 4 hops a byte in the mean.
 * Over nodes, hierarchical: reduce-scatter in the node, the step over the fabric on 1/l of the buffer (every chip its own rail), all-gather in the node.
 * An all-to-all sends (n - l)/n of its bytes over the fabric. A crossing costs the fabric's latency and fabric_software_ns, once each log2 step.
 * Units: ns, bytes. Source: Thakur et al. 2005 (alpha-beta forms); shares and floors in data/calibration/universal.yaml. Valid from 128 B to 1 GB, 2 to
 * some hundred ranks of equal power; no contention with other traffic. */
#include "perf/collective.h"

#include "base/math.h"

typedef struct group { double ranks, local, nodes; } group;

static group group_of(const orr_machine *machine, int64_t ranks)
{
    double all = (double)ranks, local = orr_min(all, machine->chips_per_node);
    return (group){ all, local, orr_ceil_positive(all / local) };
}

static void add(orr_collective *collective, double latency_ns, double ns_per_byte, double link_share, double fabric_share)
{
    collective->algorithms[collective->algorithm_count++] = (orr_collective_algorithm){ latency_ns, ns_per_byte, link_share, fabric_share };
}

/* Extra floor of rings on a torus, in link latencies. */
static double torus_hops(const orr_machine *machine, double ranks)
{
    double dimensions = machine->torus_dimensions;
    return dimensions > 0 ? dimensions * (orr_pow(ranks, 1 / dimensions) - 1) : 0;
}

/* Half of an all-reduce: an all-gather or a reduce-scatter, of `share` of the buffer. */
static orr_collective_algorithm half_in_node(const orr_machine *machine, double ranks)
{
    const orr_coefficients *c = machine->coefficients;
    double sent = (ranks - 1) / ranks;
    double latency_ns = machine->link_latency_ns * (c->gather_latencies * sqrt(ranks) + torus_hops(machine, ranks));
    return (orr_collective_algorithm){ latency_ns, sent / (c->link_share * machine->link_bytes_per_ns), sent, 0 };
}

static double crossing_ns(const orr_machine *machine, double nodes)
{
    return (machine->fabric_latency_ns + machine->coefficients->fabric_software_ns) * orr_max(orr_log2(nodes), 1);
}

static double fabric_rate(const orr_machine *machine) { return machine->coefficients->fabric_share * machine->fabric_bytes_per_ns; }

static void prepare_all_reduce_in_node(orr_collective *collective, const orr_machine *machine, double ranks)
{
    const orr_coefficients *c = machine->coefficients;
    double latency_ns = machine->link_latency_ns, bandwidth = machine->link_bytes_per_ns, hops = torus_hops(machine, ranks);
    double sent = 2 * (ranks - 1) / ranks;
    if (hops <= 0) add(collective, c->one_shot_latencies * latency_ns, (ranks - 1) / (c->link_one_shot_share * bandwidth), ranks - 1, 0);
    add(collective, latency_ns * (c->two_shot_latencies * sqrt(ranks / 2) + 2 * hops), sent / (c->link_share * bandwidth), sent, 0);
    if (machine->in_network_reduction) {
        double moved = 1 + 1 / ranks;
        add(collective, c->in_network_latencies * latency_ns, moved / (c->link_in_network_share * bandwidth), moved, 0);
    }
}

static void prepare_all_reduce(orr_collective *collective, const orr_machine *machine, group g)
{
    if (g.nodes <= 1) { prepare_all_reduce_in_node(collective, machine, g.ranks); return; }
    orr_collective_algorithm half = { 0, 0, 0, 0 };
    if (g.local > 1) half = half_in_node(machine, g.local);
    double sent = 2 * (g.nodes - 1) / g.nodes / g.local;
    add(collective, 2 * half.latency_ns + 2 * crossing_ns(machine, g.nodes), 2 * half.ns_per_byte + sent / fabric_rate(machine), 2 * half.link_share, sent);
}

/* All-gather and reduce-scatter: the step over the fabric carries (M-1)/M of a rank's rail, i.e. of 1/l of the buffer. */
static void prepare_half(orr_collective *collective, const orr_machine *machine, group g)
{
    orr_collective_algorithm half = { 0, 0, 0, 0 };
    if (g.local > 1) half = half_in_node(machine, g.local);
    double sent = g.nodes > 1 ? (g.nodes - 1) / g.nodes / g.local : 0;
    double fabric_ns = g.nodes > 1 ? crossing_ns(machine, g.nodes) : 0, fabric_beta = g.nodes > 1 ? sent / fabric_rate(machine) : 0;
    add(collective, half.latency_ns + fabric_ns, half.ns_per_byte + fabric_beta, half.link_share, sent);
}

static void prepare_all_to_all(orr_collective *collective, const orr_machine *machine, group g)
{
    const orr_coefficients *c = machine->coefficients;
    double inside = g.local > 1 ? (g.local - 1) / g.ranks : 0, outside = g.nodes > 1 ? (g.ranks - g.local) / g.ranks : 0;
    double hops = machine->torus_dimensions > 0 ? orr_max(orr_pow(g.local, 1 / machine->torus_dimensions) / 4, 1) : 1;
    double link_beta = inside > 0 ? inside * hops / (c->link_share * machine->link_bytes_per_ns) : 0;
    double fabric_beta = outside > 0 ? outside / fabric_rate(machine) : 0;
    double link_ns = inside > 0 ? c->all_to_all_latencies * machine->link_latency_ns : 0;
    double fabric_ns = outside > 0 ? machine->fabric_latency_ns + c->fabric_software_ns : 0;
    /* both ways run side by side: the longer one counts */
    add(collective, orr_max(link_ns, fabric_ns), orr_max(link_beta, fabric_beta), inside * hops, outside);
}

orr_collective orr_collective_prepare(const orr_machine *machine, orr_collective_kind kind, int64_t ranks)
{
    orr_collective collective = { .kind = kind, .ranks = (double)ranks, .machine = machine };
    if (ranks <= 1) return collective;
    group g = group_of(machine, ranks);
    if (kind == ORR_ALL_REDUCE) prepare_all_reduce(&collective, machine, g);
    else if (kind == ORR_ALL_TO_ALL) prepare_all_to_all(&collective, machine, g);
    else if (kind == ORR_POINT_TO_POINT) return orr_collective_prepare_hop(machine, machine->chips_per_node < 2);
    else prepare_half(&collective, machine, g);
    return collective;
}

orr_collective orr_collective_prepare_hop(const orr_machine *machine, bool across)
{
    const orr_coefficients *c = machine->coefficients;
    orr_collective hop = { .kind = ORR_POINT_TO_POINT, .ranks = 2, .machine = machine };
    double bandwidth = machine->mesh ? machine->link_bytes_per_ns / orr_max(machine->chips_per_node - 1, 1) : machine->link_bytes_per_ns;
    if (machine->torus_dimensions > 0) bandwidth = machine->link_bytes_per_ns / (2 * machine->torus_dimensions);
    if (across) add(&hop, machine->fabric_latency_ns + c->fabric_software_ns, 1 / fabric_rate(machine), 0, 1);
    else add(&hop, c->point_latencies * machine->link_latency_ns, 1 / (c->link_point_share * bandwidth), 1, 0);
    return hop;
}

static const orr_collective_algorithm *best_of(const orr_collective *collective, double bytes, double *time_ns)
{
    const orr_collective_algorithm *best = &collective->algorithms[0];
    *time_ns = best->latency_ns + bytes * best->ns_per_byte;
    for (int i = 1; i < collective->algorithm_count; i++) {
        const orr_collective_algorithm *other = &collective->algorithms[i];
        double other_ns = other->latency_ns + bytes * other->ns_per_byte;
        if (other_ns < *time_ns) { *time_ns = other_ns; best = other; }
    }
    return best;
}

double orr_collective_ns(const orr_collective *collective, double bytes)
{
    double time_ns = 0;
    if (collective->algorithm_count > 0) best_of(collective, bytes, &time_ns);
    return time_ns;
}

void orr_collective_emit(const orr_collective *collective, const char *name, double times, double bytes, double chips, double mean_share, orr_sink *sink)
{
    if (collective->algorithm_count == 0) return;
    double time_ns = 0;
    const orr_collective_algorithm *best = best_of(collective, bytes, &time_ns);
    const orr_machine *machine = collective->machine;
    orr_work work = { .dtype = ORR_DTYPE_BF16, .link_bytes = bytes * best->link_share, .fabric_bytes = bytes * best->fabric_share, .ranks = chips, .mean_share = mean_share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_COLLECTIVE, .size = { collective->ranks, bytes, 0, 0 } };
    operator_.binding = 2 * best->latency_ns > time_ns ? ORR_BIND_LATENCY : ORR_BIND_LINK;
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
