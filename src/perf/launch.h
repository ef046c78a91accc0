/* What starting kernels costs. */
#ifndef ORR_PERF_LAUNCH_H
#define ORR_PERF_LAUNCH_H

#include "perf/operator.h"

void orr_launch_prepare(orr_machine *machine, const orr_chip *chip, const orr_engine *engine);

/* Emits what the device waits for the host, when `kernels` launched one by one take longer than the device_ns they run for. */
void orr_launch_emit_eager(const orr_machine *machine, double device_ns, orr_sink *sink);

#endif
