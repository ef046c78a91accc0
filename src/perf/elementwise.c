/* Norms, rotary embedding, activation, residual, embedding look-up, sampler:  t = launches + bytes in the cache / cache bandwidth + bytes beyond / memory
 * bandwidth + FLOP / vector rate.
 *
 * What such a kernel reads was just written by the one before, so as much as the last-level cache keeps (kernel.cache_share of it) is read and written there.
 * Units: ns, bytes, FLOP. Source: streaming kernels (STREAM-like) reach kernel.stream_memory_share of the datasheet's bandwidth. Valid for one pass over
 * contiguous rows; scattered rows (embedding) are long enough to stream. */
#include "perf/elementwise.h"

#include "base/math.h"

orr_elementwise orr_elementwise_prepare(const orr_machine *machine, double row_bytes, double row_flop, double kernels, double extra_latency_ns)
{
    return (orr_elementwise){ row_bytes, row_flop, kernels, kernels * machine->kernel_ns + extra_latency_ns, machine };
}

static double work_ns(const orr_elementwise *elementwise, double rows, double beyond)
{
    const orr_machine *machine = elementwise->machine;
    double kept = rows * elementwise->row_bytes - beyond;
    return kept / machine->cache_bytes_per_ns + beyond / machine->stream_bytes_per_ns + rows * elementwise->row_flop / machine->vector_flop_per_ns;
}

static double bytes_beyond(const orr_elementwise *elementwise, double rows) { return orr_max(rows * elementwise->row_bytes - elementwise->machine->cache_kept_bytes, 0); }

void orr_elementwise_emit(const orr_elementwise *elementwise, const char *name, double times, double rows, double ranks, double mean_share, orr_sink *sink)
{
    double beyond = bytes_beyond(elementwise, rows), busy_ns = work_ns(elementwise, rows, beyond);
    orr_work work = { .dtype = ORR_DTYPE_BF16, .vector_flop = rows * elementwise->row_flop, .bytes = beyond, .ranks = ranks, .mean_share = mean_share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = elementwise->kernels, .shape = ORR_SHAPE_ROWS, .size = { rows, elementwise->row_bytes, 0, 0 } };
    operator_.binding = busy_ns > elementwise->latency_ns ? ORR_BIND_MEMORY : ORR_BIND_LATENCY;
    orr_work_cost(elementwise->machine, &work, elementwise->latency_ns + busy_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}
