/* Linear operators: what a decode step does with the cache, from sums over its requests. The equation and its sources stand with those who compile them (attention_decode.c, mla.c, linear_state.c):
 *     t = fixed + request x count + sqrt((slope x tokens x (1 + a std/mean))^2 + (block x count)^2) + join x/(1 + x),  x = mean context / join_tokens.
 * Steps in a row differ in their contexts alone, so that several are evaluated side by side: the same arithmetic, each operation for ORR_DECODE_LANES steps at a time or for one.
 *
 * Invariant: a step's time is the same, bit for bit, in any lane and alone. Units: ns, bytes, FLOP, tokens. */
#include "perf/attention.h"

#include "base/math.h"

/* Sums of steps side by side, each of so many requests. */
typedef struct lanes { double requests; const double *contexts, *capped, *squares; } lanes;

#define EACH(k, n) for (int k = 0; k < (n); k++)
/* Once for all lanes, once for one: loops over `n` lanes have no end to test. */
#define ALIKE static inline __attribute__((always_inline))

/* Of the contexts: read and multiplied, a block a request at the least, and joined. */
ALIKE void contexts_ns(const orr_linear_operator *linear, const orr_machine *machine, const double *context, const double *capped, double count, const int n, double *ns)
{
    const double context_ns = linear->context_ns, capped_ns = linear->capped_ns;
    double tokens[ORR_DECODE_LANES];
    EACH(k, n) ns[k] = context_ns * context[k] + capped_ns * capped[k];
    if (context_ns > 0) EACH(k, n) tokens[k] = context[k];
    else EACH(k, n) tokens[k] = capped[k];
    if (machine->repeats && linear->cached_tokens > 0) {
        const double cached_tokens = linear->cached_tokens, memory_ns = linear->token_memory_ns, compute_ns = linear->token_compute_ns;
        EACH(k, n) {
            const double filled = tokens[k] / cached_tokens, from_memory = filled * filled / (1 + filled * filled);
            ns[k] = tokens[k] * orr_smooth_max(from_memory * memory_ns, compute_ns);
        }
    }
    if (linear->block_ns > 0) {
        const double least_ns = linear->block_ns * count;
        EACH(k, n) ns[k] = sqrt(ns[k] * ns[k] + least_ns * least_ns);
    }
    if (linear->serial_ns > 0) {
        const double serial_ns = linear->serial_ns, least_tokens = linear->serial_least_tokens;
        EACH(k, n) ns[k] = orr_smooth_max(ns[k], serial_ns * orr_max(tokens[k] / count, least_tokens));
    }
    if (linear->join_ns > 0) {
        const double join_ns = linear->join_ns, join_tokens = linear->join_tokens * count;
        EACH(k, n) ns[k] += join_ns * tokens[k] / (tokens[k] + join_tokens);
    }
}

/* What grows with requests and contexts. Unequal contexts: 1 + a std/mean of them; no tokens, or none apart: 1. */
ALIKE void growing_ns_of(const orr_linear_operator *linear, const orr_machine *machine, const lanes *steps, double share, const int n, double *ns)
{
    const double requests = steps->requests, count = requests * share, inequality = machine->coefficients->attention_inequality;
    double context[ORR_DECODE_LANES], capped[ORR_DECODE_LANES];
    EACH(k, n) capped[k] = steps->capped[k] * share;
    EACH(k, n) context[k] = steps->contexts[k] * share;
    if (linear->unequal) {
        double spread[ORR_DECODE_LANES], sum[ORR_DECODE_LANES];
        EACH(k, n) spread[k] = orr_max(requests * steps->squares[k] - steps->contexts[k] * steps->contexts[k], 0);
        EACH(k, n) sum[k] = orr_max(steps->contexts[k], 1);
        EACH(k, n) context[k] *= 1 + inequality * sqrt(spread[k]) / sum[k];
    }
    double request_ns = linear->request_ns;
    if (machine->repeats && linear->request_held_bytes > 0) {
        const double found = orr_min(orr_max(2 - count * linear->request_held_bytes / machine->cache_kept_bytes, 0), 1);
        request_ns += found * (linear->request_cached_ns - request_ns);
    }
    const double requests_ns = request_ns * count;
    contexts_ns(linear, machine, context, capped, count, n, ns);
    EACH(k, n) ns[k] = requests_ns + ns[k];
}

static double growing_ns_alone(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_sums *sums, const orr_rank_split *split)
{
    const double context = (double)sums->context_tokens, capped = (double)sums->capped_tokens;
    const lanes alone = { (double)sums->count, &context, &capped, &sums->context_squares };
    double ns;
    growing_ns_of(linear, machine, &alone, split->busiest_share, 1, &ns);
    return ns;
}

void orr_linear_operator_lanes_ns(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_lanes *steps, const orr_rank_split *split, double *ns)
{
    const lanes all = { steps->requests, steps->contexts, steps->capped, steps->squares };
    double growing_ns[ORR_DECODE_LANES];        /* here, where nothing else can stand */
    growing_ns_of(linear, machine, &all, split->busiest_share, ORR_DECODE_LANES, growing_ns);
    EACH(k, ORR_DECODE_LANES) ns[k] = linear->fixed_ns + growing_ns[k];
}

void orr_linear_operator_emit(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_sums *sums, const orr_rank_split *split, orr_sink *sink)
{
    const double count = (double)sums->count * split->busiest_share, capped = (double)sums->capped_tokens * split->busiest_share, context = (double)sums->context_tokens * split->busiest_share;
    const double growing_ns = growing_ns_alone(linear, machine, sums, split);
    orr_work work = { .dtype = linear->matrix_dtype, .ranks = split->ranks, .mean_share = split->mean_share };
    work.flop = linear->request_flop * count + linear->context_flop * context + linear->capped_flop * capped;
    work.vector_flop = linear->request_vector_flop * count + linear->context_vector_flop * context + linear->capped_vector_flop * capped;
    work.static_bytes = linear->fixed_bytes;
    work.bytes = linear->request_bytes * count + linear->context_bytes * context + linear->capped_bytes * capped;
    orr_operator operator_ = { .name = linear->name, .times = linear->layers, .kernels = linear->kernels, .shape = ORR_SHAPE_DECODE, .dtype = linear->dtype,
                               .size = { count, linear->context_ns > 0 ? context : capped, linear->heads, 0 } };
    operator_.binding = growing_ns > linear->fixed_ns ? linear->binding : ORR_BIND_LATENCY;
    orr_work_cost(machine, &work, linear->fixed_ns + growing_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
