/* Host time of a step, and how it joins the device's: see host.c. */
#ifndef ORR_PERF_HOST_H
#define ORR_PERF_HOST_H

#include <stdint.h>
#include "spec/engine.h"

double orr_host_ns(const orr_engine *engine, int64_t running_requests, int64_t scheduled_tokens, int64_t prefill_chunks);
double orr_host_join_ns(const orr_engine *engine, double device_ns, double host_ns);

#endif
