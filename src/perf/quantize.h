/* Bringing a product's input to 8 or 4 bit: see quantize.c. */
#ifndef ORR_PERF_QUANTIZE_H
#define ORR_PERF_QUANTIZE_H

#include "perf/elementwise.h"
#include "perf/operator.h"

/* Emits what stands before a product of m rows of K elements when nothing is fused into the kernel before; nothing for a 16-bit product. */
void orr_quantize_emit(const orr_machine *machine, orr_dtype weight_dtype, orr_dtype compute_dtype, double m, double k, orr_sink *sink);
/* Emits what the device waits for a host that launches a block-scaled product and its quantisation one by one, without a graph; `sink` holds what they take. */
void orr_quantize_emit_host_wait(const orr_machine *machine, orr_dtype compute_dtype, orr_sink *sink);

/* The same in a step, a row of K elements: what engines do not fuse. No kernels for a 16-bit product. */
orr_elementwise orr_quantize_prepare(const orr_machine *machine, double k, orr_dtype compute_dtype);

#endif
