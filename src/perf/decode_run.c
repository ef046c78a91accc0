/* Decode steps in a row, side by side: their contexts differ, nothing else. Eight at a time, in loops without branches, which compilers turn into operations on vectors.
 *
 * Invariant: a step's time is what it takes alone (step.c's walk), bit for bit: the same operations on doubles in the same order, whatever stands beside. */
#include "base/wide.h"
#include "perf/host.h"
#include "perf/linear_growth.h"
#include "perf/system.h"

enum { LANES = ORR_DECODE_LANES };
#define EACH(k) for (int k = 0; k < LANES; k++)

typedef struct lanes { double contexts[LANES], capped[LANES], squares[LANES], means[LANES]; } lanes;

/* The steps from number `first` of the run on: beyond its end too, where nobody looks. Whole numbers below 2^53, as the sums themselves. */
ORR_WITHIN void fill(const orr_decode_run *run, int64_t first, lanes *l)
{
    const double count = (double)run->first.count, context = (double)run->first.context_tokens, capped = (double)run->first.capped_tokens, squares = run->first.context_squares, growing = (double)run->growing_count;
    const double from = (double)first;
    EACH(k) {
        const double ahead = from + k;
        l->contexts[k] = context + ahead * count;
        l->capped[k] = capped + ahead * growing;
        l->squares[k] = squares + ahead * (2.0 * context + ahead * count);
        l->means[k] = (context + ahead * count) / count;
    }
}

#define OF_TERMS(terms) EACH(k) ns[k] = fixed_ns + orr_linear_growth_ns(&g, terms, l->contexts[k], l->capped[k], l->squares[k])

/* One operator's times: a loop for each kind there is often. */
ORR_WITHIN void operator_ns(const orr_linear_growth *growth, double fixed_ns, const lanes *l, double *ns)
{
    enum { JOINED_BLOCKS = ORR_GROWS_IN_BLOCKS | ORR_GROWS_JOINED };
    const orr_linear_growth g = *growth;
    switch (g.terms) {
    case 0: OF_TERMS(0); break;
    case ORR_GROWS_UNEQUAL | ORR_GROWS_BY_CONTEXT | JOINED_BLOCKS: OF_TERMS(ORR_GROWS_UNEQUAL | ORR_GROWS_BY_CONTEXT | JOINED_BLOCKS); break;
    case ORR_GROWS_BY_CAPPED | JOINED_BLOCKS: OF_TERMS(ORR_GROWS_BY_CAPPED | JOINED_BLOCKS); break;
    case ORR_GROWS_UNEQUAL | ORR_GROWS_BY_CONTEXT | ORR_GROWS_JOINED: OF_TERMS(ORR_GROWS_UNEQUAL | ORR_GROWS_BY_CONTEXT | ORR_GROWS_JOINED); break;
    default: OF_TERMS(g.terms);
    }
}

/* 1 + excess of each step's mean context, or of a rank's part of it: most runs stay in the cell. */
ORR_WITHIN void factors_of(const orr_perf *perf, int linear, double requests, const double *contexts, orr_decode_memo *memo, double *factors)
{
    const double count = orr_linear_seen_requests(&perf->linear[linear], requests), share = perf->linear[linear].context_share;
    double means[LANES];
    EACH(k) means[k] = contexts[k] * share;
    const orr_correction_cell cell = *orr_decode_memo_cell(perf, linear, count, means[0], memo);
    if (orr_correction_cell_holds(&cell, count, means[0]) && orr_correction_cell_holds(&cell, count, means[LANES - 1])) EACH(k) factors[k] = 1 + orr_correction_cell_excess(&cell, count, means[k]);
    else EACH(k) factors[k] = 1 + orr_correction_cell_excess(orr_decode_memo_cell(perf, linear, count, means[k], memo), count, means[k]);
}

ORR_WIDE static void run_ns(const orr_perf *perf, const orr_linear_growth *growths, const orr_decode_run *asked, double other_ns, double host_ns, orr_decode_memo *memo, double *times_ns)
{
    const orr_decode_run run = *asked;
    const double count = perf->linear_count > 0 ? growths[0].count : 0;
    for (int64_t first = 0; first < run.steps; first += LANES) {
        lanes l;
        double times[LANES] = { 0 }, ns[LANES], factors[LANES];
        fill(&run, first, &l);
        for (int i = 0; i < perf->linear_count; i++) {
            const double layers = perf->linear[i].layers;
            operator_ns(&growths[i], perf->linear[i].fixed_ns, &l, ns);
            factors_of(perf, i, count, l.means, memo, factors);
            EACH(k) times[k] += layers * (ns[k] * factors[k]);
        }
        EACH(k) times[k] = orr_host_join_ns(&perf->engine, other_ns + times[k], host_ns);
        EACH(k) times_ns[first + k] = times[k];
    }
}

void orr_perf_decode_run_ns(const orr_perf *perf, const orr_decode_run *run, double other_ns, double host_ns, orr_decode_memo *memo, double *times_ns)
{
    const double requests = (double)run->first.count, share = orr_decode_share(perf, requests);
    orr_linear_growth growths[ORR_MAX_SYSTEM_ATTENTION];
    for (int i = 0; i < perf->linear_count; i++) growths[i] = orr_linear_growth_of(&perf->linear[i], &perf->machine, requests, share);
    run_ns(perf, growths, run, other_ns, host_ns, memo, times_ns);
}
