/* Host:  h = a + b running + c tokens + d chunks (+ look-up of n-gram drafts x running);  step = max(device, o h) + (1 - o) h.
 *
 * Each data-parallel rank has a scheduler process of its own, which does this for its requests; the step waits for the busiest: of d ranks it has (1 + rank_imbalance)/d of the requests, tokens and chunks,
 * one whole chunk or request at the least where there is one (layout.c).
 * o is the share of the host's work that the engine does while the device is busy (scheduling the next step, detokenising the last one). o = 0: device + h;
 * o = 1: max(device, h). Units: ns. Source: the engine's profile. Valid for an engine core that prepares at most one step ahead. */
#include "perf/host.h"

#include "base/math.h"
#include "perf/system.h"

double orr_host_ns(const orr_engine *engine, const orr_host_work *work)
{
    return engine->host_per_step_ns + engine->host_per_request_ns * work->running_requests + engine->host_per_token_ns * work->scheduled_tokens
         + engine->host_per_prefill_ns * work->prefill_chunks + (engine->speculation.method == ORR_SPECULATION_NGRAM ? engine->speculation.lookup_ns * work->running_requests : 0);
}

double orr_perf_host_ns(const orr_perf *perf, int64_t running_requests, int64_t scheduled_tokens, int64_t prefill_chunks)
{
    const double share = perf->layout.busiest_share;
    const orr_host_work all = { (double)running_requests, (double)scheduled_tokens, (double)prefill_chunks };
    if (share >= 1) return orr_host_ns(&perf->engine, &all);
    const orr_host_work busiest = { orr_max(all.running_requests * share, orr_min(all.running_requests, 1)), all.scheduled_tokens * share, orr_max(all.prefill_chunks * share, orr_min(all.prefill_chunks, 1)) };
    return orr_host_ns(&perf->engine, &busiest);
}

double orr_perf_join_ns(const orr_perf *perf, double device_ns, double host_ns) { return orr_host_join_ns(&perf->engine, device_ns, host_ns); }
