/* Collectives:  t = min over algorithms of (alpha + beta S + pipelining x sqrt(alpha beta S)).
 *
 * A buffer goes in pieces: many of them pay alpha often, few leave the links idle while the first piece travels. The best size of a piece costs about
 * 2 sqrt(alpha beta S) beside alpha and beta S, whence the third term; one-shot reads have no pieces and no such term.
 * n ranks, S bytes, B the one-way link bandwidth of a chip, L a link's latency, e = link_share; l ranks of a node, M = n / l nodes, F the fabric's bandwidth a chip.
 *   ring, s steps: n - 1 for all-gather and reduce-scatter, 2 (n - 1) for all-reduce
 *                                                                       alpha = L (base + step x s)   beta = (s + own) / n / (e B)
 *     (own: what bringing a rank's own n-th to its place costs, over sending one)
 *   all-reduce, an engine's own kernels in a node:
 *     one-shot (each rank reads all others)                             alpha = a1 L                  beta = (n-1) / (e1 B)
 *     two-shot (each rank reduces its n-th, all read it)                alpha = a2 L                  beta = 2 (n-1)/n / (e B)
 *   all-reduce in the switch                                            alpha = a3 L                  beta = (1 + 1/n) / (e3 B)
 *   all-to-all (on a mesh every pair has its own link, on a switch the same bandwidth)
 *                                                                       alpha = aa L                  beta = (n - 1 + own) / n / (e B)
 *   point to point                                                      alpha = ap L                  beta = 1 / (ep B); on a mesh one of its links, B / (chips - 1)
 * On a torus of d dimensions rings run along each: s counts d (n^(1/d) - 1) hops a pass; an all-to-all crosses n^(1/d) / 4 hops a byte in the mean.
 * On a fabric given by its parts (joined.h) beta is multiplied by the topology's contention, alpha grows by hops beyond the first, s is the topology's; and halves may be done by all pairs at once (alpha and beta of the
 * all-to-all) or, behind switches, by recursive halving and doubling (s = log2 n), all-reduce by the latter and on a torus by one- and two-shot as well. The least time is taken, size by size.
 * Over nodes, hierarchical: reduce-scatter in the node, the step over the fabric on 1/l of the buffer (every chip its own rail), all-gather in the node.
 * An all-to-all sends (n - l)/n of its bytes over the fabric. A crossing costs the fabric's latency and fabric_software_ns, once each log2 step.
 * Units: ns, bytes. Source: Thakur et al. 2005 (alpha-beta forms, pieces); shares and floors in data/calibration/universal.yaml. Valid from 128 B to 1 GB, 2 to
 * some hundred ranks of equal power; no contention with other traffic. */
#include "perf/collective.h"

#include "base/math.h"
#include "perf/joined.h"

typedef struct group { double ranks, local, nodes; orr_joined joined; } group;

static group group_of(const orr_machine *machine, double ranks, double local, double stride)
{
    const double nodes = orr_ceil_positive(ranks / local);
    return (group){ ranks, local, nodes, orr_joined_in(machine, local, nodes, stride) };
}

static double ring_latency_ns(const orr_machine *machine, double steps) { return machine->link_latency_ns * (machine->coefficients->base_latencies + machine->coefficients->step_latencies * steps); }

/* Bytes of the buffer, as a share, that a ring of `ranks` costs to send, its own part counted at own_part. */
static double sent_share(const orr_machine *machine, double passes, double ranks) { return (passes * (ranks - 1) + machine->coefficients->own_part) / ranks; }

static orr_collective_algorithm in_pieces(const orr_machine *machine, double latency_ns, double ns_per_byte, double link_share, double fabric_share)
{
    return (orr_collective_algorithm){ latency_ns, ns_per_byte, machine->coefficients->pipelining * sqrt(latency_ns * ns_per_byte), link_share, fabric_share, NULL };
}

static void add(orr_collective *collective, const char *name, orr_collective_algorithm algorithm)
{
    algorithm.name = name;
    algorithm.latency_ns += collective->machine->dispatch_excess_ns;
    collective->algorithms[collective->algorithm_count++] = algorithm;
}

static double link_rate(const orr_machine *machine) { return machine->coefficients->link_share * machine->link_bytes_per_ns; }

/* All-gather or reduce-scatter: half of an all-reduce. */
static orr_collective_algorithm half_in_node(const orr_machine *machine, const group *g)
{
    return in_pieces(machine, ring_latency_ns(machine, g->joined.ring_steps) + g->joined.ring_ns, sent_share(machine, 1, g->local) * g->joined.ring / link_rate(machine), (g->local - 1) / g->local, 0);
}

/* Recursive halving, or doubling, or both: as many bytes as a ring in log2 n steps. */
static orr_collective_algorithm by_halves(const orr_machine *machine, const group *g, double passes)
{
    const double alpha = ring_latency_ns(machine, passes * orr_ceil_positive(orr_log2(g->local))) + passes * g->joined.doubling_ns;
    return in_pieces(machine, alpha, sent_share(machine, passes, g->local) * g->joined.doubling / link_rate(machine), passes * (g->local - 1) / g->local, 0);
}

/* What a fabric by parts lets a half be done by besides a ring: all pairs at once, halves. */
static void add_halves_by_parts(orr_collective *collective, const orr_machine *machine, const group *g)
{
    const orr_joined *j = &g->joined;
    if (!j->by_parts) return;
    add(collective, "all pairs", in_pieces(machine, machine->coefficients->all_to_all_latencies * machine->link_latency_ns + j->direct_ns, sent_share(machine, 1, g->local) * j->direct / link_rate(machine), (g->local - 1) / g->local, 0));
    if (j->doubling > 0) add(collective, "halves", by_halves(machine, g, 1));
}

static double crossing_ns(const orr_machine *machine, const group *g)
{
    return (machine->fabric_latency_ns + machine->coefficients->fabric_software_ns) * orr_max(orr_log2(g->nodes), 1) + g->joined.fabric_ring_ns;
}

static double fabric_rate(const orr_machine *machine) { return machine->coefficients->fabric_share * machine->fabric_bytes_per_ns; }

static void prepare_all_reduce_in_node(orr_collective *collective, const orr_machine *machine, const group *g)
{
    const orr_coefficients *c = machine->coefficients;
    const orr_joined *j = &g->joined;
    double ranks = g->local, latency_ns = machine->link_latency_ns, bandwidth = machine->link_bytes_per_ns, sent = 2 * (ranks - 1) / ranks;
    add(collective, "rings", in_pieces(machine, ring_latency_ns(machine, 2 * j->ring_steps) + 2 * j->ring_ns, sent_share(machine, 2, ranks) * j->ring / link_rate(machine), sent, 0));
    if (collective->kind == ORR_ALL_REDUCE && (j->by_parts || !(machine->torus_dimensions > 0))) {
        add(collective, "one-shot", (orr_collective_algorithm){ c->one_shot_latencies * latency_ns + j->direct_ns, (ranks - 1) * j->direct / (c->link_one_shot_share * bandwidth), 0, ranks - 1, 0, NULL });
        add(collective, "two-shot", in_pieces(machine, c->two_shot_latencies * latency_ns + 2 * j->direct_ns, sent * j->direct / link_rate(machine), sent, 0));
    }
    if (j->by_parts && j->doubling > 0) add(collective, "halves", by_halves(machine, g, 2));
    if (machine->in_network_reduction) {
        double moved = 1 + 1 / ranks;
        add(collective, "in switches", in_pieces(machine, c->in_network_latencies * latency_ns + 2 * j->direct_ns, moved / (c->link_in_network_share * bandwidth), moved, 0));
    }
}

/* `passes` halves in the node around a step over the fabric that carries passes (M-1)/M of a rank's rail, i.e. of 1/l of the buffer. */
static void prepare_over_nodes(orr_collective *collective, const orr_machine *machine, const group *g, double passes)
{
    orr_collective_algorithm half = { 0, 0, 0, 0, 0, NULL };
    if (g->local > 1) half = half_in_node(machine, g);
    double sent = passes * (g->nodes - 1) / g->nodes / g->local;
    add(collective, "over domains", (orr_collective_algorithm){ passes * (half.latency_ns + crossing_ns(machine, g)), passes * half.ns_per_byte + sent * g->joined.fabric_ring / fabric_rate(machine), passes * half.ns_per_root_byte,
                                                passes * half.link_share, sent, NULL });
}

static void prepare_all_to_all(orr_collective *collective, const orr_machine *machine, const group *g)
{
    const orr_coefficients *c = machine->coefficients;
    double inside = g->local > 1 ? (g->local - 1) / g->ranks : 0, outside = g->nodes > 1 ? (g->ranks - g->local) / g->ranks : 0;
    double hops = g->joined.direct;
    double link_beta = inside > 0 ? (inside * hops + c->own_part / g->ranks) / link_rate(machine) : 0;
    double fabric_beta = outside > 0 ? outside * g->joined.fabric_direct / fabric_rate(machine) : 0;
    double link_ns = inside > 0 ? c->all_to_all_latencies * machine->link_latency_ns + g->joined.direct_ns : 0;
    double fabric_ns = outside > 0 ? machine->fabric_latency_ns + c->fabric_software_ns + g->joined.fabric_direct_ns : 0;
    /* both ways run side by side: the longer one counts */
    add(collective, "all pairs", in_pieces(machine, orr_max(link_ns, fabric_ns), orr_max(link_beta, fabric_beta), inside * hops, outside));
}

orr_collective orr_collective_prepare(const orr_machine *machine, orr_collective_kind kind, int64_t ranks)
{
    return orr_collective_prepare_among(machine, kind, (double)ranks, orr_min((double)ranks, machine->chips_per_node), 1);
}

orr_collective orr_collective_prepare_among(const orr_machine *machine, orr_collective_kind kind, double ranks, double local, double stride)
{
    orr_collective collective = { .kind = kind, .ranks = ranks, .machine = machine };
    if (ranks <= 1) return collective;
    if (kind == ORR_POINT_TO_POINT) return orr_collective_prepare_hop(machine, machine->chips_per_node < 2);
    const group g = group_of(machine, ranks, local, stride);
    collective.across = g.nodes > 1;
    bool reduces = kind == ORR_ALL_REDUCE || kind == ORR_LIBRARY_ALL_REDUCE;
    if (kind == ORR_ALL_TO_ALL) prepare_all_to_all(&collective, machine, &g);
    else if (g.nodes > 1) prepare_over_nodes(&collective, machine, &g, reduces ? 2 : 1);
    else if (reduces) prepare_all_reduce_in_node(&collective, machine, &g);
    else {
        add(&collective, "rings", half_in_node(machine, &g));
        add_halves_by_parts(&collective, machine, &g);
    }
    return collective;
}

orr_collective orr_collective_prepare_hop(const orr_machine *machine, bool across) { return orr_collective_prepare_step(machine, across, 0, 1); }

orr_collective orr_collective_prepare_step(const orr_machine *machine, bool across, double count, double stride)
{
    const orr_coefficients *c = machine->coefficients;
    orr_collective hop = { .kind = ORR_POINT_TO_POINT, .ranks = 2, .machine = machine };
    const orr_step_between step = orr_joined_step(machine, across, count, stride);
    double bandwidth = machine->link_bytes_per_ns / step.contention;
    if (across) add(&hop, NULL, (orr_collective_algorithm){ machine->fabric_latency_ns + c->fabric_software_ns + step.hops_ns, step.contention / fabric_rate(machine), 0, 0, 1, NULL });
    else add(&hop, NULL, (orr_collective_algorithm){ c->point_latencies * machine->link_latency_ns + step.hops_ns, 1 / (c->link_point_share * bandwidth), 0, 1, 0, NULL });
    return hop;
}

static double algorithm_ns(const orr_collective_algorithm *algorithm, double bytes, double root_bytes)
{
    return algorithm->latency_ns + bytes * algorithm->ns_per_byte + root_bytes * algorithm->ns_per_root_byte;
}

static const orr_collective_algorithm *best_of(const orr_collective *collective, double bytes, double *time_ns)
{
    const orr_collective_algorithm *best = &collective->algorithms[0];
    double root_bytes = sqrt(bytes);
    *time_ns = algorithm_ns(best, bytes, root_bytes);
    for (int i = 1; i < collective->algorithm_count; i++) {
        double other_ns = algorithm_ns(&collective->algorithms[i], bytes, root_bytes);
        if (other_ns < *time_ns) { *time_ns = other_ns; best = &collective->algorithms[i]; }
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
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_COLLECTIVE, .size = { collective->ranks, bytes, 0, 0 }, .way = machine->by_parts ? best->name : NULL };
    operator_.binding = 2 * best->latency_ns > time_ns ? ORR_BIND_LATENCY : ORR_BIND_LINK;
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
