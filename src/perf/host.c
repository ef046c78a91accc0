/* Host:  h = a + b running + c tokens + d chunks (+ look-up of n-gram drafts x running);  step = max(device, o h) + (1 - o) h.
 *
 * o is the share of the host's work that the engine does while the device is busy (scheduling the next step, detokenising the last one). o = 0: device + h;
 * o = 1: max(device, h). Units: ns. Source: the engine's profile. Valid for an engine core that prepares at most one step ahead. */
#include "perf/host.h"

#include "base/math.h"
#include "perf/system.h"

double orr_host_ns(const orr_engine *engine, int64_t running_requests, int64_t scheduled_tokens, int64_t prefill_chunks)
{
    return engine->host_per_step_ns + engine->host_per_request_ns * (double)running_requests + engine->host_per_token_ns * (double)scheduled_tokens
         + engine->host_per_prefill_ns * (double)prefill_chunks + (engine->speculation.method == ORR_SPECULATION_NGRAM ? engine->speculation.lookup_ns * (double)running_requests : 0);
}

double orr_host_join_ns(const orr_engine *engine, double device_ns, double host_ns)
{
    double hidden_ns = engine->host_overlap * host_ns;
    return orr_max(device_ns, hidden_ns) + (host_ns - hidden_ns);
}

double orr_perf_host_ns(const orr_perf *perf, int64_t running_requests, int64_t scheduled_tokens, int64_t prefill_chunks)
{
    return orr_host_ns(&perf->engine, running_requests, scheduled_tokens, prefill_chunks);
}

double orr_perf_join_ns(const orr_perf *perf, double device_ns, double host_ns) { return orr_host_join_ns(&perf->engine, device_ns, host_ns); }
