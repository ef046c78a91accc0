/* Depth by goodput:  k(n) = argmax over k in 0 .. K of  E[A_k] / T(n, k),    E[A_k] = 1 + a_1 + a_1 a_2 + ... + a_1 ... a_k
 *
 * T is the step's whole time in the performance model (verification, drafting, host) for n decoding requests of `context` tokens each and no prompt; the shallower of two that are alike. Above n = 32 depths are weighed at every
 * 32nd part of n and hold up to the next. Units: ns. Source: Liu et al., "Optimizing Speculative Decoding for Serving Large Language Models Using Goodput" (SmartSpec, later TurboSpec, arXiv 2406.14066), which fits T to
 * measured steps and asks anew at every step; here T is the model's own, and contexts are the one stated, so that a step looks up a table. Valid where contexts are of that order. */
#include "perf/depth.h"

static double step_ns(const orr_perf *perf, int64_t count, int64_t context_tokens, int64_t cap_tokens)
{
    const int64_t capped = cap_tokens > 0 ? orr_min_i64(context_tokens, cap_tokens) : context_tokens, tokens = count * perf->decode_tokens;
    const orr_decode_sums sums = { .count = count, .context_tokens = count * context_tokens, .capped_tokens = count * capped, .context_squares = (double)count * (double)context_tokens * (double)context_tokens };
    orr_cost step, drafts;
    orr_perf_step(perf, &(orr_step_shape){ .decode = sums, .tokens = tokens, .logits = tokens, .decode_only = true }, &step);
    orr_perf_drafts(perf, &sums, NULL, 0, &drafts);
    return orr_perf_join_ns(perf, step.time_ns + drafts.time_ns, orr_perf_host_ns(perf, count, tokens, 0));
}

void orr_depth_fill_goodput(const orr_speculation *speculation, int64_t context_cap_tokens, orr_depths *depths)
{
    const int64_t context = orr_round_i64(speculation->depth.context_tokens);
    for (int64_t n = 1, next; n <= depths->most; n = next) {
        next = n + orr_max_i64(1, n / 32);
        int64_t best = 0;
        double most = 0;
        for (int64_t k = 0; k <= speculation->tokens; k++) {
            const double goodput = orr_speculation_mean_tokens_of(speculation, k) / step_ns(depths->systems[k], n, context, context_cap_tokens);
            if (!(goodput > most)) continue;
            most = goodput;
            best = k;
        }
        for (int64_t i = n; i < next && i <= depths->most; i++) depths->of_batch[i] = (uint8_t)best;
    }
    depths->of_batch[0] = depths->of_batch[depths->most > 0 ? 1 : 0];
}
