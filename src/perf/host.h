/* Host time of a step, and how it joins the device's: see host.c. */
#ifndef ORR_PERF_HOST_H
#define ORR_PERF_HOST_H

#include "base/math.h"
#include "spec/engine.h"

/* What one scheduler process has to do in a step. */
typedef struct orr_host_work { double running_requests, scheduled_tokens, prefill_chunks; } orr_host_work;
double orr_host_ns(const orr_engine *engine, const orr_host_work *work);
static inline double orr_host_join_ns(const orr_engine *engine, double device_ns, double host_ns)
{
    const double hidden_ns = engine->host_overlap * host_ns;
    return orr_max(device_ns, hidden_ns) + (host_ns - hidden_ns);
}

#endif
