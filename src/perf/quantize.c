/* Quantisation of a product's input by kernels of its own:  t = fixed + rows x row cycles + passes x m K (2 + b) / bandwidth.
 *
 * fixed: the launches (largest value, scale, rounding) in thousands of core cycles, by the kind of scale: one a tensor, one a block (packed anew where the matrix unit takes scales itself,
 * as on chips with 4-bit floats), two levels at 4 bit; what a plug-in adds around products
 * of integer numbers stands in the same place (their inputs come as integers). row cycles: kernels with a block of threads for every row. b: bytes an element afterwards.
 * This is a product as benchmarks time it. In a step part of it is fused into norms and activations: gemm.quantize_kernels launches remain. With a scale a block these take as much longer than
 * an empty kernel as alone, and the same passes (timings of latent attention's whole modules); with one scale and at 4 bit they are an empty kernel's and one pass (measured servers).
 * Block-scaled products are often timed without a graph, launched one by one by a host that takes gemm.block_host_ns for the sequence: the sequence takes at least that.
 * Units: ns, bytes. Source: kernel timings (data/calibration/universal.yaml). Valid for 1 to 100,000 rows. */
#include "perf/quantize.h"

#include "base/math.h"
#include "perf/gemm.h"

static double fixed_kilocycles(const orr_machine *machine, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    const orr_coefficients *c = machine->coefficients;
    bool scales_in_hardware = machine->matrix_flop_per_ns[ORR_DTYPE_FP4] > 0;
    switch (compute_dtype) {
    case ORR_DTYPE_FP8: return c->gemm_quantize_kilocycles;
    case ORR_DTYPE_FP8_BLOCK: return c->gemm_block_quantize_kilocycles + (scales_in_hardware ? c->gemm_block_pack_kilocycles : 0);
    case ORR_DTYPE_FP4: return c->gemm_fp4_quantize_kilocycles;
    default: return weight_dtype == ORR_DTYPE_INT8 || weight_dtype == ORR_DTYPE_INT4 ? c->gemm_integer_kilocycles : 0;
    }
}

void orr_quantize_emit(const orr_machine *machine, orr_dtype weight_dtype, orr_dtype compute_dtype, double m, double k, orr_sink *sink)
{
    const orr_coefficients *c = machine->coefficients;
    const bool is_rounded = compute_dtype == ORR_DTYPE_FP8 || compute_dtype == ORR_DTYPE_FP8_BLOCK || compute_dtype == ORR_DTYPE_FP4;
    double bytes_after = orr_activation_bytes(compute_dtype), time_ns = fixed_kilocycles(machine, weight_dtype, compute_dtype) * machine->kilocycle_ns;
    double bytes = is_rounded ? m * k * (2 + bytes_after) : 0;
    time_ns += c->gemm_quantize_passes * bytes / machine->memory_bytes_per_ns;
    if (compute_dtype == ORR_DTYPE_FP8) time_ns += m * c->gemm_quantize_row_cycles * 1e-3 * machine->kilocycle_ns;
    if (!(time_ns > 0)) return;
    orr_work work = { .dtype = compute_dtype, .bytes = orr_min(bytes, time_ns * machine->memory_bytes_per_ns), .ranks = 1, .mean_share = 1 };
    orr_operator operator_ = { .name = "quantize", .times = 1, .kernels = 1, .binding = ORR_BIND_MEMORY, .shape = ORR_SHAPE_ROWS, .dtype = compute_dtype, .size = { m, k * (2 + bytes_after), 0, 0 } };
    orr_work_cost(machine, &work, time_ns, &operator_.cost);
    orr_emit(sink, &operator_);
}

void orr_quantize_emit_host_wait(const orr_machine *machine, orr_dtype compute_dtype, orr_sink *sink)
{
    double wait_ns = compute_dtype == ORR_DTYPE_FP8_BLOCK ? machine->coefficients->gemm_block_host_ns - sink->sum->time_ns : 0;
    if (wait_ns <= 0) return;
    orr_operator operator_ = { .name = "host", .times = 1, .binding = ORR_BIND_LATENCY, .shape = ORR_SHAPE_LAUNCH };
    operator_.cost.time_ns = wait_ns;
    orr_emit(sink, &operator_);
}

orr_elementwise orr_quantize_prepare(const orr_machine *machine, double k, orr_dtype compute_dtype)
{
    const orr_coefficients *c = machine->coefficients;
    const bool fine = compute_dtype == ORR_DTYPE_FP8_BLOCK;
    double bytes_after = orr_activation_bytes(compute_dtype), kernels = bytes_after < 2 ? c->gemm_quantize_kernels : 0;
    double beyond = fine ? orr_max(fixed_kilocycles(machine, compute_dtype, compute_dtype) - c->kernel_floor_kilocycles, 0) : 0;
    return orr_elementwise_prepare(machine, k * (2 + bytes_after) * (fine ? orr_max(c->gemm_quantize_passes, 1) : 1), 0, kernels, kernels * beyond * machine->kilocycle_ns);
}
