/* Linear operators: what a decode step does with the cache, from sums over its requests (linear_growth.h). FLOP and bytes are linear; units: ns, bytes, FLOP, tokens. */
#include "perf/linear_growth.h"

void orr_linear_operator_emit(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_sums *sums, const orr_rank_split *split, orr_sink *sink)
{
    const double count = (double)sums->count * split->busiest_share, capped = (double)sums->capped_tokens * split->busiest_share, context = (double)sums->context_tokens * split->busiest_share;
    if (linear->exchange != NULL) {
        orr_collective_emit(linear->exchange, linear->name, linear->layers, count * linear->request_bytes, split->ranks, split->mean_share, sink);
        return;
    }
    const orr_linear_growth growth = orr_linear_growth_of(linear, machine, (double)sums->count, split->busiest_share);
    const double growing_ns = orr_linear_growth_ns(&growth, growth.terms, (double)sums->context_tokens, (double)sums->capped_tokens, sums->context_squares);
    orr_work work = { .dtype = linear->matrix_dtype, .ranks = split->ranks, .mean_share = split->mean_share };
    work.flop = linear->request_flop * count + linear->context_flop * context + linear->capped_flop * capped;
    work.vector_flop = linear->request_vector_flop * count + linear->context_vector_flop * context + linear->capped_vector_flop * capped;
    work.static_bytes = linear->fixed_bytes;
    work.bytes = linear->request_bytes * count + linear->context_bytes * context + linear->capped_bytes * capped;
    orr_cost cost;
    orr_work_cost(machine, &work, linear->fixed_ns + growing_ns, &cost);
    if (sink->list == NULL) {
        orr_emit_sum(sink, &cost, linear->layers, linear->kernels);
        return;
    }
    orr_emit(sink, &(orr_operator){ .name = linear->name, .times = linear->layers, .kernels = linear->kernels, .shape = ORR_SHAPE_DECODE, .dtype = linear->dtype, .cost = cost,
                                    .binding = growing_ns > linear->fixed_ns ? linear->binding : ORR_BIND_LATENCY, .size = { count, (linear->context_ns > 0 ? context : capped) * linear->context_share, linear->heads, 0 } });
}
