/* Expert dispatch and combine:  t = alpha + T tau (+ pipelining x sqrt(alpha T tau) where rows go in pieces), the better of two modes.
 *
 * T tokens of a rank, each to k of E experts on R ranks: l ranks a node, M nodes; p bytes a copy; B, L a link's bandwidth and latency, F, Lf the fabric's; n cores a chip.
 * Normal mode: one copy to each *rank* that holds a chosen expert, over nodes one copy to each *node*, handed on inside it; a few cores c move everything.
 *   ranks met     D = R (1 - (1 - 1/R)^k),  nodes met  N = M (1 - (1 - 1/M)^k)
 *   tau   = smooth_max(link or fabric, cores)
 *     link   = D (l - 1)/l p / (e B),  fabric = N (M - 1)/M p / (f F)
 *     cores  = (copies p / core_bytes_per_cycle + token_kilocycles) / c,  copies = D + N (M - 1)/M
 *   alpha = latencies L + p row_cycles (a row goes through one warp; combining adds its copies up: combine_row_cycles) (+ fabric_latencies Lf)
 * Low-latency mode: a copy to each *expert*, straight into its memory; every core takes part, one expert to a core at most.
 *   tau   = smooth_max(link or fabric, cores)
 *     link   = k (l - 1)/R p / (low_link_share B),  fabric = k (R - l)/R p / (f F)
 *     cores  = low_token_kilocycles / min(E, n) out;  k low_copy_kilocycles / min(E, n) back
 *   alpha = L (low_latencies + expert_latencies E) (+ fabric_latencies Lf): counters of every expert are waited for
 * On a fabric given by its parts (joined.h): link and fabric bytes times the contention of all pairs at once, hops beyond the first added to alpha.
 * Invariants: 1. linear in T but for the pieces' root, so that evaluation is two lines; 2. monotone in T, k, p, and in every rate and latency.
 * Units: ns, bytes, tokens of one rank. Source: kernel timings of such a library on 8 chips of a node; the fabric's share and latencies from the same library's published figures on 8 to
 * 256 ranks (DeepEP, docs/legacy.md); coefficients in data/calibration/universal.yaml. Valid for 1 to 131,072 tokens a rank, even routing, power-of-two node counts or not; no overlap with work. */
#include "perf/dispatch.h"

#include "base/math.h"
#include "perf/joined.h"

typedef struct group { double ranks, local, nodes; orr_joined joined; } group;

static group group_of(const orr_machine *machine, int64_t ranks)
{
    double all = (double)ranks, local = orr_min(all, machine->chips_per_node);
    const double nodes = orr_ceil_positive(all / local);
    return (group){ all, local, nodes, orr_joined_in(machine, local, nodes, 1) };
}

/* Places met by `choices` even choices among `places`. */
static double met(double places, double choices) { return places > 1 ? places * (1 - orr_pow(1 - 1 / places, choices)) : 1; }

/* Bytes of a token over links and over the fabric: both ways run side by side, the longer one counts. */
static double way_ns(const orr_machine *machine, const group *g, double link_bytes, double fabric_bytes, double link_share)
{
    double link_ns = link_bytes > 0 ? link_bytes * g->joined.direct / (link_share * machine->link_bytes_per_ns) : 0;
    double fabric_ns = fabric_bytes > 0 ? fabric_bytes * g->joined.fabric_direct / (machine->coefficients->dispatch_fabric_share * machine->fabric_bytes_per_ns) : 0;
    return orr_max(link_ns, fabric_ns);
}

static double floor_ns(const orr_machine *machine, const group *g, double link_latencies)
{
    double link_ns = g->local > 1 ? link_latencies * machine->link_latency_ns + g->joined.direct_ns : 0;
    return machine->dispatch_excess_ns + link_ns + (g->nodes > 1 ? machine->coefficients->dispatch_fabric_latencies * machine->fabric_latency_ns + g->joined.fabric_direct_ns : 0);
}

static orr_dispatch_way normal_way(const orr_machine *machine, const group *g, const orr_dispatch_shape *shape)
{
    const orr_coefficients *c = machine->coefficients;
    double cycle_ns = machine->kilocycle_ns / 1000, p = shape->row_bytes;
    double copies_ranks = met(g->ranks, shape->per_token), copies_nodes = met(g->nodes, shape->per_token) * (g->nodes - 1) / g->nodes;
    orr_dispatch_way way = { .link_bytes = copies_ranks * (g->local - 1) / g->local * p, .fabric_bytes = copies_nodes * p };
    double cores = orr_min(shape->cores > 0 ? shape->cores : c->dispatch_cores, machine->core_count);
    double cores_ns = ((copies_ranks + copies_nodes) * p / c->dispatch_core_bytes_per_cycle + 1000 * c->dispatch_token_kilocycles) * cycle_ns / cores;
    way.latency_ns = floor_ns(machine, g, c->dispatch_latencies) + p * cycle_ns * (shape->combines ? c->dispatch_combine_row_cycles : c->dispatch_row_cycles);
    way.ns_per_token = orr_smooth_max(way_ns(machine, g, way.link_bytes, way.fabric_bytes, c->dispatch_link_share), cores_ns);
    way.ns_per_root_token = c->dispatch_pipelining * sqrt(way.latency_ns * way.ns_per_token);
    return way;
}

static orr_dispatch_way low_latency_way(const orr_machine *machine, const group *g, const orr_dispatch_shape *shape)
{
    const orr_coefficients *c = machine->coefficients;
    double copies = shape->per_token, p = shape->row_bytes;
    orr_dispatch_way way = { .link_bytes = copies * (g->local - 1) / g->ranks * p, .fabric_bytes = copies * (g->ranks - g->local) / g->ranks * p };
    double kilocycles = shape->combines ? copies * c->dispatch_low_copy_kilocycles : c->dispatch_low_token_kilocycles;
    way.latency_ns = floor_ns(machine, g, c->dispatch_low_latencies + c->dispatch_expert_latencies * shape->experts);
    way.ns_per_token = orr_smooth_max(way_ns(machine, g, way.link_bytes, way.fabric_bytes, c->dispatch_low_link_share), kilocycles * machine->kilocycle_ns / orr_min(shape->experts, machine->core_count));
    return way;
}

orr_dispatch orr_dispatch_prepare(const orr_machine *machine, const orr_dispatch_shape *shape)
{
    orr_dispatch dispatch = { .ranks = (double)shape->ranks, .row_bytes = shape->row_bytes, .machine = machine };
    if (shape->ranks <= 1) return dispatch;
    group g = group_of(machine, shape->ranks);
    if (shape->mode != ORR_DISPATCH_LOW_LATENCY) dispatch.ways[dispatch.way_count++] = normal_way(machine, &g, shape);
    if (shape->mode != ORR_DISPATCH_NORMAL) dispatch.ways[dispatch.way_count++] = low_latency_way(machine, &g, shape);
    return dispatch;
}

static const orr_dispatch_way *best_of(const orr_dispatch *dispatch, double tokens, double *time_ns)
{
    const orr_dispatch_way *best = NULL;
    double root_tokens = sqrt(tokens);
    for (int i = 0; i < dispatch->way_count; i++) {
        const orr_dispatch_way *way = &dispatch->ways[i];
        double way_time_ns = way->latency_ns + tokens * way->ns_per_token + root_tokens * way->ns_per_root_token;
        if (best == NULL || way_time_ns < *time_ns) { *time_ns = way_time_ns; best = way; }
    }
    return best;
}

double orr_dispatch_ns(const orr_dispatch *dispatch, double tokens)
{
    double time_ns = 0;
    if (dispatch->way_count > 0) best_of(dispatch, tokens, &time_ns);
    return time_ns;
}

void orr_dispatch_emit(const orr_dispatch *dispatch, const char *name, double times, double tokens, double chips, double mean_share, orr_sink *sink)
{
    if (dispatch->way_count == 0) return;
    double time_ns = 0;
    const orr_dispatch_way *best = best_of(dispatch, tokens, &time_ns);
    orr_work work = { .dtype = ORR_DTYPE_BF16, .link_bytes = tokens * best->link_bytes, .fabric_bytes = tokens * best->fabric_bytes, .ranks = chips, .mean_share = mean_share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_COLLECTIVE, .size = { dispatch->ranks, tokens * dispatch->row_bytes, 0, 0 } };
    operator_.binding = 2 * best->latency_ns > time_ns ? ORR_BIND_LATENCY : ORR_BIND_LINK;
    orr_work_cost(dispatch->machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
