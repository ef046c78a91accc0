/* What a group of ranks meets on the links that it shares: how a collective's latency and time a byte differ from those of ranks that are all neighbours.
 *
 * A fabric that is given by parts (spec/fabric.h) says it by its topology (fabric/topology.h); a node without parts as collectives were calibrated on: nothing is in the way of rings, an all-to-all on a torus crosses
 * n^(1/d) / 4 hops a byte. Contention multiplies a time a byte, `*_ns` is added once to a latency: what hops beyond the first cost, of all messages in a row. */
#ifndef ORR_PERF_JOINED_H
#define ORR_PERF_JOINED_H

#include "perf/machine.h"

typedef struct orr_joined {
    double ring, direct, doubling;      /* contention in the domain; doubling 0: nobody halves and doubles here */
    double ring_steps, ring_ns, direct_ns, doubling_ns;
    double fabric_ring, fabric_direct;  /* between domains */
    double fabric_ring_ns, fabric_direct_ns;
    bool by_parts;
} orr_joined;

/* Where a group's ranks are: `local` of them in a domain, `stride` chips apart, in `nodes` domains. */
orr_joined orr_joined_in(const orr_machine *machine, double local, double nodes, double stride);

/* One message to the member that follows, of `count` in a domain, `stride` apart; count 0: to a chip anywhere in it. `across`: to another domain. */
typedef struct orr_step_between { double contention, hops_ns; } orr_step_between;
orr_step_between orr_joined_step(const orr_machine *machine, bool across, double count, double stride);

/* Collectives were measured among neighbours, behind one switch: is that what these chips are? Else no residual of measured ones speaks of them. */
static inline bool orr_joined_as_measured(const orr_machine *machine) { return !machine->by_parts || (machine->domain.kind == ORR_TOPOLOGY_SWITCH && machine->domain.levels <= 1); }

#endif
