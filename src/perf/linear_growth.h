/* What of a linear operator's time grows with requests and contexts, as numbers of one batch: everything that is the same in all steps of these requests is done once.
 *     t = requests + sqrt((slope x tokens x (1 + a std/mean))^2 + least^2) + join x/(1 + x),  x = mean context / join_tokens
 * An exchange between ranks that hold a cache in parts (context_decode.c) has the first term alone, a collective of all requests' bytes.
 * The equation and its sources stand with those who compile operators (attention_decode.c, mla.c, linear_state.c). Inline, so that a loop over steps side by side, of one and the same kind, is a few operations on vectors
 * (decode_run.c). Units: ns, tokens. */
#ifndef ORR_PERF_LINEAR_GROWTH_H
#define ORR_PERF_LINEAR_GROWTH_H

#include "base/math.h"
#include "base/wide.h"
#include "perf/attention.h"
#include "perf/collective.h"

/* Which terms there are. */
enum { ORR_GROWS_UNEQUAL = 1, ORR_GROWS_BY_CONTEXT = 2, ORR_GROWS_BY_CAPPED = 4, ORR_GROWS_IN_BLOCKS = 8, ORR_GROWS_SERIAL = 16, ORR_GROWS_JOINED = 32, ORR_GROWS_REPEATED = 64 };

typedef struct orr_linear_growth {
    int terms;
    double requests, count, share;              /* of the batch; of the busiest rank, and its share of everything */
    double requests_ns, context_ns, capped_ns, inequality;
    double least_ns;                            /* a block a request */
    double serial_ns, serial_least_tokens;
    double join_ns, join_tokens;                /* of all requests */
    double cached_tokens, token_memory_ns, token_compute_ns;
} orr_linear_growth;

/* Which of the terms an operator has: the same at every step. */
static inline int orr_linear_terms(const orr_linear_operator *linear, const orr_machine *machine)
{
    return (linear->unequal ? ORR_GROWS_UNEQUAL : 0) | (linear->context_ns > 0 ? ORR_GROWS_BY_CONTEXT : 0) | (linear->capped_ns > 0 ? ORR_GROWS_BY_CAPPED : 0) | (linear->block_ns > 0 ? ORR_GROWS_IN_BLOCKS : 0)
        | (linear->serial_ns > 0 ? ORR_GROWS_SERIAL : 0) | (linear->join_ns > 0 ? ORR_GROWS_JOINED : 0) | (machine->repeats && linear->cached_tokens > 0 ? ORR_GROWS_REPEATED : 0);
}

static inline orr_linear_growth orr_linear_growth_in(const orr_linear_operator *linear, const orr_machine *machine, int terms, double requests, double share)
{
    const double count = requests * share;
    double request_ns = linear->request_ns;
    if (machine->repeats && linear->request_held_bytes > 0) {
        const double found = orr_min(orr_max(2 - count * linear->request_held_bytes / machine->cache_kept_bytes, 0), 1);
        request_ns += found * (linear->request_cached_ns - request_ns);
    }
    const double requests_ns = linear->exchange != NULL ? orr_collective_ns(linear->exchange, count * linear->request_bytes) : request_ns * count;
    return (orr_linear_growth){ terms, requests, count, share, requests_ns, linear->context_ns, linear->capped_ns, machine->coefficients->attention_inequality, linear->block_ns * count,
                                linear->serial_ns, linear->serial_least_tokens, linear->join_ns, linear->join_tokens * count, linear->cached_tokens, linear->token_memory_ns, linear->token_compute_ns };
}

static inline orr_linear_growth orr_linear_growth_of(const orr_linear_operator *linear, const orr_machine *machine, double requests, double share)
{
    return orr_linear_growth_in(linear, machine, orr_linear_terms(linear, machine), requests, share);
}

/* Of a step whose requests have so many tokens of context, capped ones, and squares of them. Unequal contexts: 1 + a std/mean; no tokens, or none apart: 1. `terms` are g's: given apart, a loop may know them. */
ORR_WITHIN double orr_linear_growth_ns(const orr_linear_growth *g, const int terms, double context_tokens, double capped_tokens, double context_squares)
{
    double context = context_tokens * g->share, ns = 0;
    const double capped = capped_tokens * g->share;
    if (terms & ORR_GROWS_UNEQUAL) {
        const double spread = g->requests * context_squares - context_tokens * context_tokens, sum = context_tokens + (context_tokens > 0 ? 0.0 : 1.0);
        context *= 1 + g->inequality * sqrt(orr_max(spread, 0)) / sum;
    }
    if (terms & ORR_GROWS_BY_CONTEXT) ns = g->context_ns * context;
    if (terms & ORR_GROWS_BY_CAPPED) ns += g->capped_ns * capped;
    const double tokens = terms & ORR_GROWS_BY_CONTEXT ? context : capped;
    if (terms & ORR_GROWS_REPEATED) {
        const double filled = tokens / g->cached_tokens, from_memory = filled * filled / (1 + filled * filled);
        ns = tokens * orr_smooth_max(from_memory * g->token_memory_ns, g->token_compute_ns);
    }
    if (terms & ORR_GROWS_IN_BLOCKS) ns = sqrt(ns * ns + g->least_ns * g->least_ns);
    if (terms & ORR_GROWS_SERIAL) ns = orr_smooth_max(ns, g->serial_ns * orr_max(tokens / g->count, g->serial_least_tokens));
    if (terms & ORR_GROWS_JOINED) ns += g->join_ns * tokens / (tokens + g->join_tokens);
    return g->requests_ns + ns;
}

/* What residual corrections take an operator's requests for: an exchange's bytes. Of each context its rank reads context_share. */
static inline double orr_linear_seen_requests(const orr_linear_operator *linear, double count) { return linear->exchange != NULL ? count * linear->request_bytes : count; }

#endif
