/* Decode attention of many steps.
 *
 * A step is asked for its time at once; what else it costs nobody asks before the run is over. FLOP, bytes and the limit of memory are lines in the requests n of a step, their tokens C and capped tokens M: sums of these over
 * all steps tell them. What has a corner is of each step: energy under the power cap, and which of matrix and vector units limits,
 *     E = min(P_active t + work, P_ceiling t),  work = J_n n + J_C C + J_M M + J_weights,    limit = max(matrix, vector), a line each
 * with rates that are the same in all steps. Invariants: 1. a step's time is the walk's (step.c), bit for bit; 2. the other costs are the walk's, added up in another order.
 * Units: ns, J, bytes, FLOP. Valid where no operator is an exchange between ranks, and nothing overlaps (afd.h). */
#include "perf/decode_tally.h"

#include "perf/linear_growth.h"
#include "perf/system.h"

bool orr_decode_tally_tells(const orr_perf *perf)
{
    for (int i = 0; i < perf->linear_count; i++)
        if (perf->linear[i].exchange != NULL) return false;
    return perf->afd == NULL;
}

static double along(const orr_decode_line *rates, const orr_decode_line *of) { return rates->requests * of->requests + rates->context_tokens * of->context_tokens + rates->capped_tokens * of->capped_tokens; }

static void add_line(orr_decode_line *sum, const orr_decode_line *of, double times)
{
    sum->requests += times * of->requests;
    sum->context_tokens += times * of->context_tokens;
    sum->capped_tokens += times * of->capped_tokens;
}

static bool nowhere_above(const orr_decode_line *a, const orr_decode_line *b) { return a->requests <= b->requests && a->context_tokens <= b->context_tokens && a->capped_tokens <= b->capped_tokens; }

/* All ranks' part of what a request or token asks of a rank. */
static double ranks_of_share(const orr_perf *perf) { return (double)perf->layout.stage_ranks / ((double)perf->layout.data * perf->layout.micro_batches); }

static orr_decode_rates rates_of(const orr_perf *perf, const orr_linear_operator *linear)
{
    const orr_machine *m = &perf->machine;
    const double peak = m->matrix_flop_per_ns[linear->matrix_dtype], ranks = ranks_of_share(perf);
    const double matrix_j = ranks * m->j_per_flop[linear->matrix_dtype], vector_j = ranks * m->j_per_vector_flop, byte_j = ranks * m->j_per_memory_byte;
    const double matrix_ns = peak > 0 ? m->matrix_reach / peak : 0, vector_ns = 1 / m->vector_flop_per_ns;
    orr_decode_rates r = { .terms = orr_linear_terms(linear, m), .weights_j = linear->fixed_bytes * (double)perf->layout.stage_ranks * m->j_per_memory_byte };
    add_line(&r.work_j, &(orr_decode_line){ linear->request_flop, linear->context_flop, linear->capped_flop }, matrix_j);
    add_line(&r.work_j, &(orr_decode_line){ linear->request_vector_flop, linear->context_vector_flop, linear->capped_vector_flop }, vector_j);
    add_line(&r.work_j, &(orr_decode_line){ linear->request_bytes, linear->context_bytes, linear->capped_bytes }, byte_j);
    add_line(&r.matrix_ns, &(orr_decode_line){ linear->request_flop, linear->context_flop, linear->capped_flop }, matrix_ns);
    add_line(&r.vector_ns, &(orr_decode_line){ linear->request_vector_flop, linear->context_vector_flop, linear->capped_vector_flop }, vector_ns);
    r.one_unit = nowhere_above(&r.matrix_ns, &r.vector_ns) || nowhere_above(&r.vector_ns, &r.matrix_ns);
    return r;
}

void orr_decode_tally_init(orr_decode_tally *tally, const orr_perf *perf)
{
    *tally = (orr_decode_tally){ 0 };
    for (int i = 0; i < perf->linear_count; i++) tally->rates[i] = rates_of(perf, &perf->linear[i]);
}

/* ORR_WITHIN: what is left of it where the terms are known. */
ORR_WITHIN double own_ns_of(const orr_perf *perf, const orr_linear_operator *linear, const int terms, const orr_decode_sums *sums, double share)
{
    const orr_linear_growth growth = orr_linear_growth_in(linear, &perf->machine, terms, (double)sums->count, share);
    return linear->fixed_ns + orr_linear_growth_ns(&growth, terms, (double)sums->context_tokens, (double)sums->capped_tokens, sums->context_squares);
}

/* The kind there is oftenest, and the others. */
static inline double own_ns(const orr_perf *perf, const orr_linear_operator *linear, int terms, const orr_decode_sums *sums, double share)
{
    enum { USUAL = ORR_GROWS_UNEQUAL | ORR_GROWS_BY_CONTEXT | ORR_GROWS_IN_BLOCKS | ORR_GROWS_JOINED };
    return terms == USUAL ? own_ns_of(perf, linear, USUAL, sums, share) : own_ns_of(perf, linear, terms, sums, share);
}

static double limit_ns(const orr_decode_rates *rates, const orr_decode_line *busiest) { return orr_max(along(&rates->matrix_ns, busiest), along(&rates->vector_ns, busiest)); }

double orr_decode_tally_add(orr_decode_tally *tally, const orr_perf *perf, const orr_decode_sums *sums, double times, orr_decode_memo *memo)
{
    const orr_machine *machine = &perf->machine;
    const double requests = (double)sums->count, share = orr_decode_share(perf, requests), ranks = (double)perf->layout.stage_ranks, mean_tokens = (double)sums->context_tokens / requests;
    const orr_decode_line all = { requests, (double)sums->context_tokens, (double)sums->capped_tokens };
    double time_ns = 0, energy_j = 0;
    tally->steps += times;
    add_line(&tally->all, &all, times);
    add_line(&tally->busiest, &all, times * share);
    for (int i = 0; i < perf->linear_count; i++) {
        const orr_linear_operator *linear = &perf->linear[i];
        const orr_decode_rates *rates = &tally->rates[i];
        const double alone_ns = own_ns(perf, linear, rates->terms, sums, share), context = mean_tokens * linear->context_share;
        time_ns += linear->layers * (alone_ns * (1 + orr_correction_cell_excess(orr_decode_memo_cell(perf, i, requests * share, context, memo), requests * share, context)));
        const double busy_s = alone_ns * 1e-9 * ranks;
        energy_j += linear->layers * orr_min(machine->active_w * busy_s + along(&rates->work_j, &all) + rates->weights_j, machine->ceiling_w * busy_s);
        if (!rates->one_unit) tally->compute_limit_ns += times * linear->layers * limit_ns(rates, &(orr_decode_line){ share * all.requests, share * all.context_tokens, share * all.capped_tokens });
    }
    tally->time_ns += times * time_ns;
    tally->energy_j += times * energy_j;
    return time_ns;
}

orr_cost orr_decode_tally_cost(const orr_decode_tally *tally, const orr_perf *perf)
{
    const orr_machine *m = &perf->machine;
    const double ranks = ranks_of_share(perf);
    orr_cost cost = { .time_ns = tally->time_ns, .energy_j = tally->energy_j, .compute_limit_ns = tally->compute_limit_ns };
    for (int i = 0; i < perf->linear_count; i++) {
        const orr_linear_operator *linear = &perf->linear[i];
        const orr_decode_line flop = { linear->request_flop + linear->request_vector_flop, linear->context_flop + linear->context_vector_flop, linear->capped_flop + linear->capped_vector_flop };
        const orr_decode_line bytes = { linear->request_bytes, linear->context_bytes, linear->capped_bytes };
        const double weights = linear->fixed_bytes * tally->steps;
        cost.flop += linear->layers * ranks * along(&flop, &tally->all);
        cost.memory_bytes += linear->layers * (ranks * along(&bytes, &tally->all) + weights * (double)perf->layout.stage_ranks);
        cost.memory_limit_ns += linear->layers * ((along(&bytes, &tally->busiest) + weights) / m->memory_bytes_per_ns * m->memory_reach);
        if (tally->rates[i].one_unit) cost.compute_limit_ns += linear->layers * limit_ns(&tally->rates[i], &tally->busiest);
    }
    return cost;
}
