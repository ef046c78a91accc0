/* Element-wise and other streaming operators: see elementwise.c. */
#ifndef ORR_PERF_ELEMENTWISE_H
#define ORR_PERF_ELEMENTWISE_H

#include "perf/operator.h"

typedef struct orr_elementwise {
    double row_bytes, row_flop;         /* read and written, vector FLOP; of one rank's row */
    double kernels;                     /* launches */
    double latency_ns;                  /* launches and anything fixed */
    const orr_machine *machine;
} orr_elementwise;

orr_elementwise orr_elementwise_prepare(const orr_machine *machine, double row_bytes, double row_flop, double kernels, double extra_latency_ns);
void orr_elementwise_emit(const orr_elementwise *elementwise, const char *name, double times, double rows, double ranks, double mean_share, orr_sink *sink);

#endif
