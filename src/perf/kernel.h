/* One kernel alone, as a benchmark measures it: a shape of one rank on one machine, through the same functions that a step is made of.
 *
 * Invariants: 1. no formula stands here: a family's file has it; 2. what a kernel costs here is what its operators cost in a step of that shape, the launch gap of the engine aside
 * (a machine prepared with an engine without one, as orr_kernel_machine does, leaves it out). */
#ifndef ORR_PERF_KERNEL_H
#define ORR_PERF_KERNEL_H

#include "perf/collective.h"
#include "perf/dispatch.h"
#include "perf/kernel_shape.h"
#include "perf/machine.h"
#include "perf/step.h"

typedef struct orr_kernel {
    orr_kernel_family family;
    orr_dtype weight_dtype, compute_dtype;      /* GEMM, MOE; compute: attention, state and collectives too */
    orr_dtype kv_dtype;
    double m, n, k;                             /* GEMM */
    orr_mixer mixer;                            /* attention, MLA, state: of the one rank */
    orr_scan_kind scan;                         /* STATE_SCAN: in one kernel or several, as it was measured */
    bool convolves;                             /* STATE: the convolution alone, else what follows it */
    double requests, new_tokens, context_tokens;    /* attention, MLA, state (ABSORBED: requests alone): requests of so many new tokens each, after so many in the cache */
    orr_ffn ffn;                                /* MOE: the whole layer's experts */
    double tokens, width;                       /* MOE: tokens routed, over all ranks; hidden size */
    double tensor_ranks, expert_ranks;          /* MOE: an expert's columns cut so many ways, whole experts spread over so many ranks */
    bool decodes;                               /* MLA_MODULE: one new token a request, absorbed; else a prompt */
    double routing_alpha;                       /* MOE: exponent of the power law of the experts' popularity; 0: balanced */
    bool own_rows;                              /* MOE: the kernel sees the rows of its own rank's experts alone */
    orr_collective_kind collective;
    double ranks, bytes;                        /* COLLECTIVE: of the whole buffer (collective.h) */
    orr_dispatch_shape dispatch;                /* DISPATCH: of `tokens` tokens a rank */
} orr_kernel;

/* The chip of `hardware` as a benchmark of its kernels sees it: no engine, and data that stays in the last-level cache when the loop repeats. */
orr_machine orr_kernel_machine(const orr_hardware *hardware, const orr_coefficients *coefficients);
/* What it is called among its family, from its number formats and form ("fp8_block", "bf16 kv fp8 window", "all_reduce"), and its shape: what a residual is found and evaluated by. */
void orr_kernel_kind(const orr_kernel *kernel, char kind[ORR_KERNEL_KIND_BYTES]);
orr_kernel_shape orr_kernel_shape_of(const orr_kernel *kernel);
/* Its cost by the universal model: time, work and energy above idle. False when the machine can't run it (no such dtype, no links). */
bool orr_kernel_cost(const orr_machine *machine, const orr_kernel *kernel, orr_arena *arena, orr_cost *cost);

#endif
