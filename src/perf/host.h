/* Host time of a step, and how it joins the device's: see host.c. */
#ifndef ORR_PERF_HOST_H
#define ORR_PERF_HOST_H

#include "spec/engine.h"

/* What one scheduler process has to do in a step. */
typedef struct orr_host_work { double running_requests, scheduled_tokens, prefill_chunks; } orr_host_work;
double orr_host_ns(const orr_engine *engine, const orr_host_work *work);
double orr_host_join_ns(const orr_engine *engine, double device_ns, double host_ns);

#endif
