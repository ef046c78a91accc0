/* Experts of known popularity on ranks: who holds what, and what the busiest has.
 *
 * E experts of popularity p, k of them chosen by each token: a token comes to expert i with chance c_i = min(1, s p_i), s such that their sum is k. N further copies go one by one to the expert that is
 * busiest a copy (c_i / copies_i); an expert's tokens are shared evenly among its copies. E + N slots stand on R ranks, ceil((E + N)/R) to a rank: by number, copies behind; or balanced: the
 * busiest slot first, each to the rank with the least load that has room. The rank with the largest sum of c is the busiest; T tokens touch of any slots  sum (1 - (1 - c)^T).
 * A power law's popularities i^-a are dealt to experts by a fixed shuffle, so that neighbours are not alike.
 * Invariants: 1. chances sum to k; 2. a copy more never makes the busiest slot busier; 3. equal popularity, E a multiple of R: every rank has 1/R.
 * Source: the greedy replication and packing of public expert-parallel load balancers (DeepSeek's EPLB, read 2026-11); all layers as one. Cost: O(E (N + log E)), once a system. */
#include "perf/expert_placement.h"

#include <stdlib.h>

#include "base/math.h"
#include "base/rng.h"

static double *popularity_of(const orr_experts *settings, int64_t experts, orr_arena *arena)
{
    double *popularity = ORR_NEW_ARRAY(arena, double, experts);
    for (int64_t i = 0; i < experts; i++)
        popularity[i] = settings->popularity == ORR_POPULARITY_POWER_LAW ? orr_pow((double)(i + 1), -settings->exponent) : settings->popularity == ORR_POPULARITY_HISTOGRAM ? settings->histogram.values[i] : 1;
    if (settings->popularity != ORR_POPULARITY_POWER_LAW) return popularity;
    orr_rng rng = orr_rng_stream(0, "experts", (uint64_t)experts);
    for (int64_t i = experts - 1; i > 0; i--) {
        const uint64_t other = orr_rng_below(&rng, (uint64_t)i + 1);
        const double held = popularity[i];
        popularity[i] = popularity[other];
        popularity[other] = held;
    }
    return popularity;
}

/* In place: popularity becomes the chance of a token. What is cut off at 1 goes to the others. */
static void make_chances(double *p, int64_t experts, int64_t chosen)
{
    for (bool cut = true; cut;) {
        double sum = 0, left = (double)chosen;
        for (int64_t i = 0; i < experts; i++) { if (p[i] < 1) sum += p[i]; else left -= 1; }
        cut = false;
        if (!(sum > 0)) return;
        const double scale = left / sum;
        for (int64_t i = 0; i < experts; i++) if (p[i] < 1 && p[i] * scale >= 1) { p[i] = 1; cut = true; }
        if (!cut) for (int64_t i = 0; i < experts; i++) if (p[i] < 1) p[i] *= scale;
    }
}

typedef struct slot { double chance; int64_t number, rank; } slot;

/* One slot for each expert, by number, then the copies in the order in which they were made. */
static slot *make_slots(const double *chances, int64_t experts, int64_t redundant, orr_arena *arena)
{
    slot *slots = ORR_NEW_ARRAY(arena, slot, experts + redundant);
    int64_t *copies = ORR_NEW_ARRAY(arena, int64_t, experts), *of = ORR_NEW_ARRAY(arena, int64_t, experts + redundant);
    for (int64_t i = 0; i < experts; i++) { copies[i] = 1; of[i] = i; }
    for (int64_t n = 0; n < redundant; n++) {
        int64_t busiest = 0;
        for (int64_t i = 1; i < experts; i++) if (chances[i] / (double)copies[i] > chances[busiest] / (double)copies[busiest]) busiest = i;
        copies[busiest]++;
        of[experts + n] = busiest;
    }
    for (int64_t n = 0; n < experts + redundant; n++) slots[n] = (slot){chances[of[n]] / (double)copies[of[n]], n, 0};
    return slots;
}

static int busiest_first(const void *a, const void *b)
{
    const slot *x = a, *y = b;
    if (x->chance != y->chance) return x->chance > y->chance ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Gives each slot its rank; returns the loads of the ranks. */
static double *place(slot *slots, int64_t count, int64_t ranks, int64_t room, bool balanced, orr_arena *arena)
{
    double *loads = ORR_NEW_ARRAY(arena, double, ranks);
    int64_t *held = ORR_NEW_ARRAY(arena, int64_t, ranks);
    if (balanced) qsort(slots, (size_t)count, sizeof *slots, busiest_first);
    for (int64_t n = 0; n < count; n++) {
        int64_t rank = balanced ? -1 : n / room;
        for (int64_t r = 0; balanced && r < ranks; r++) if (held[r] < room && (rank < 0 || loads[r] < loads[rank])) rank = r;
        slots[n].rank = rank;
        loads[rank] += slots[n].chance;
        held[rank]++;
    }
    return loads;
}

const orr_expert_placement *orr_expert_placement_make(const orr_experts *settings, int64_t experts, int64_t chosen, int64_t ranks, orr_arena *arena)
{
    const bool other_model = settings->popularity == ORR_POPULARITY_HISTOGRAM && settings->histogram.count != experts;
    if (settings->popularity == ORR_POPULARITY_DRAWN || other_model) return NULL;
    double *chances = popularity_of(settings, experts, arena);
    double most = 0;
    for (int64_t i = 0; i < experts; i++) most = orr_max(most, chances[i]);
    for (int64_t i = 0; i < experts; i++) chances[i] /= 2 * most;      /* below 1: nothing is cut off yet */
    make_chances(chances, experts, chosen);
    const int64_t count = experts + (ranks > 1 ? settings->redundant : 0), room = orr_ceil_div(count, ranks);
    slot *slots = make_slots(chances, experts, count - experts, arena);
    const double *loads = place(slots, count, ranks, room, settings->balanced, arena);
    int64_t busiest = 0;
    double sum = 0;
    for (int64_t r = 0; r < ranks; r++) { if (loads[r] > loads[busiest]) busiest = r; sum += loads[r]; }
    double *log_misses = ORR_NEW_ARRAY(arena, double, count);
    orr_expert_placement *placement = ORR_NEW(arena, orr_expert_placement);
    *placement = (orr_expert_placement){.slots = count, .rank_slots = room, .busiest_share = loads[busiest] / sum, .log_misses = log_misses};
    for (int pass = 0, at = 0; pass < 2; pass++) {
        for (int64_t n = 0; n < count; n++) if ((slots[n].rank == busiest) == (pass == 0)) log_misses[at++] = orr_log(1 - orr_min(slots[n].chance, 1 - 1e-12));
        if (pass == 0) placement->busiest_slots = at;
    }
    return placement;
}

double orr_expert_placement_touched(const orr_expert_placement *placement, double tokens, bool of_busiest)
{
    const int64_t count = of_busiest ? placement->busiest_slots : placement->slots;
    double touched = 0;
    for (int64_t n = 0; n < count; n++) touched += 1 - orr_exp(tokens * placement->log_misses[n]);
    return touched;
}
