/* Ping-pong:  micro-batches go round four stations, layer after layer:  attention -> dispatch -> feed-forward -> combine -> attention of the next layer.
 *
 * Each station takes one micro-batch at a time, in the same order at every layer; both ways of the link are stations of their own. With T(l, s) what one of m micro-batches takes, its end there is
 *   end(l, s, j) = T(l, s) + max(end of its station before,  end(l, s, j - 1) or, for the first, end(l - 1, s, m))
 * The time is end(L, combine, m): the longest path through this grid. Between two moves from a last micro-batch to the first of the next layer a path moves m - 1 times from one micro-batch to the next, best all of them
 * where T is largest among the stations that it passes meanwhile; so only first and last micro-batches need a value, and m is but a number:
 *   U(l, s) = T + max(U before, V(l - 1, s))                  first micro-batch, the m - 1 moves still to be made
 *   V(l, s) = max(T + V before, U(l, s) + (m - 1) T)          last micro-batch
 * In a run of equal layers a path either goes through all stations (Sigma = sum of T a layer) or stays at one (m T a layer), so that all layers of a run but the first and last two go at once: each value grows
 * by max(Sigma, m T(s)) a layer. Equal layers alone:
 *   time = (L - 1) max(m Tmax, Sigma) + Sigma + (m - 1) Tmax
 * which is m Tmax a layer once m >= Sigma / Tmax: the station that binds never waits, and both ways of the link are hidden where neither is the longest.
 * m = 1: L Sigma, no overlap. No less than m T(s) over all layers, for each s.
 * Units: ns. Source: the pipeline of MegaScale-Infer (arXiv 2504.02263, section 4.1: with T_a = T_f and T_c < T_f, m >= 2 (1 + T_c / T_f) hides the link) and of Step-3 (arXiv 2507.19427, section 5), where the recurrence
 * is solved exactly here (tests/unit/test_perf_pingpong.c has it naively). Valid for equal micro-batches and layers in runs; a model whose layers alternate is taken as one whose kinds of layers follow one another. */
#include "perf/pingpong.h"

#include "base/math.h"

enum { LAYERS_AT_EACH_END = 2, MOST_MOVES = ORR_MAX_LAYER_GROUPS * (2 * LAYERS_AT_EACH_END + 1) * 2 * ORR_STATION_COUNT_ };

const char *orr_station_name(orr_station station) { return (const char *const[]){ "attention", "dispatch", "ffn", "combine" }[station]; }

/* A move of a path: so many visits of a station (station < 0: of each). */
typedef struct move { int before, run, station; double visits; } move;
typedef struct trace { int count; move moves[MOST_MOVES]; } trace;

/* The best path to here. move: the last of it; < 0: none is kept. */
typedef struct reached { double ns; int move; } reached;
typedef struct front { reached first[ORR_STATION_COUNT_], last[ORR_STATION_COUNT_]; } front;

static reached gone(reached from, double ns, int run, int station, double visits, trace *kept)
{
    reached to = { from.ns + ns, -1 };
    if (kept != NULL) {
        to.move = kept->count++;
        kept->moves[to.move] = (move){ from.move, run, station, visits };
    }
    return to;
}

static reached later(reached a, reached b) { return b.ns > a.ns ? b : a; }

static void pass_layer(const orr_pingpong_run *layers, int run, double micro_batches, front *at, trace *kept)
{
    reached first = at->first[ORR_STATION_COUNT_ - 1], last = at->last[ORR_STATION_COUNT_ - 1];
    for (int s = 0; s < ORR_STATION_COUNT_; s++) {
        const double ns = layers->ns[s];
        first = gone(later(first, at->last[s]), ns, run, s, 1, kept);
        const bool through = last.ns + ns > first.ns + (micro_batches - 1) * ns;
        last = through ? gone(last, ns, run, s, 1, kept) : gone(first, (micro_batches - 1) * ns, run, s, micro_batches - 1, kept);
        at->first[s] = first;
        at->last[s] = last;
    }
}

/* So many layers at once: round, or staying where one is. */
static void pass_layers(const orr_pingpong_run *layers, int run, double micro_batches, double count, front *at, trace *kept)
{
    double round_ns = 0;
    for (int s = 0; s < ORR_STATION_COUNT_; s++) round_ns += layers->ns[s];
    for (int s = 0; s < ORR_STATION_COUNT_; s++) {
        const double stay_ns = micro_batches * layers->ns[s];
        const bool stays = stay_ns > round_ns;
        const double ns = count * (stays ? stay_ns : round_ns), visits = count * (stays ? micro_batches : 1);
        at->first[s] = gone(at->first[s], ns, run, stays ? s : -1, visits, kept);
        at->last[s] = gone(at->last[s], ns, run, stays ? s : -1, visits, kept);
    }
}

static void walk_back(const trace *kept, int at, orr_pingpong_path *path)
{
    *path = (orr_pingpong_path){ { { 0 } } };
    for (; at >= 0; at = kept->moves[at].before) {
        const move *m = &kept->moves[at];
        for (int s = 0; s < ORR_STATION_COUNT_; s++) if (m->station < 0 || m->station == s) path->visits[m->run][s] += m->visits;
    }
}

static reached longest(const orr_pingpong_run *runs, int run_count, double micro_batches, trace *kept)
{
    static const double never = -1e300;
    front at;
    for (int s = 0; s < ORR_STATION_COUNT_; s++) at.first[s] = at.last[s] = (reached){ never, -1 };
    at.first[ORR_STATION_COUNT_ - 1].ns = 0;
    for (int run = 0; run < run_count; run++) {
        const double ends = 2 * LAYERS_AT_EACH_END;
        const double bulk = runs[run].layers > ends ? runs[run].layers - ends : 0, ahead = bulk > 0 ? LAYERS_AT_EACH_END : runs[run].layers, behind = bulk > 0 ? LAYERS_AT_EACH_END : 0;
        for (double layer = 0; layer < ahead; layer++) pass_layer(&runs[run], run, micro_batches, &at, kept);
        if (bulk > 0) pass_layers(&runs[run], run, micro_batches, bulk, &at, kept);
        for (double layer = 0; layer < behind; layer++) pass_layer(&runs[run], run, micro_batches, &at, kept);
    }
    return at.last[ORR_STATION_COUNT_ - 1];
}

double orr_pingpong_ns(const orr_pingpong_run *runs, int run_count, double micro_batches, orr_pingpong_path *path)
{
    if (path == NULL) return longest(runs, run_count, micro_batches, NULL).ns;
    trace kept = { .count = 0 };
    const reached end = longest(runs, run_count, micro_batches, &kept);
    walk_back(&kept, end.move, path);
    return end.ns;
}
