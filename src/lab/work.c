/* Least work: the argument stands in bounds.h; the steps of it are marked below. */
#include "lab/work.h"

#include "base/math.h"

orr_work orr_work_of_demand(const orr_demand *demand)
{
    return (orr_work){.requests = (double)demand->requests, .prefill_tokens = demand->uncached_tokens, .decode_tokens = demand->output_tokens - (double)demand->requests,
                      .decode_context_tokens = demand->decode_context_tokens, .decode_private_tokens = demand->decode_private_tokens, .prompts = demand->uncached};
}

orr_work orr_work_without(const orr_demand *demand, int64_t excluded)
{
    orr_work work = orr_work_of_demand(demand);
    excluded = orr_min_i64(excluded, demand->requests);
    for (int64_t i = demand->requests - excluded; i < demand->requests; i++) {
        /* By the rearrangement inequality no choice of `excluded` requests holds more than the longest inputs paired with the longest outputs. */
        const double steps = (double)(demand->outputs[i] - 1);
        work.prefill_tokens -= (double)demand->uncached[i];
        work.decode_tokens -= steps;
        work.decode_context_tokens -= steps * (double)demand->inputs[i] + steps * (steps - 1) / 2;
        work.decode_private_tokens -= steps * (double)demand->uncached[i] + steps * (steps - 1) / 2;
    }
    work.requests -= (double)excluded;
    work.prefill_tokens = orr_max(work.prefill_tokens, 0);
    work.decode_tokens = orr_max(work.decode_tokens, 0);
    work.decode_context_tokens = orr_max(work.decode_context_tokens, 0);
    work.decode_private_tokens = orr_max(work.decode_private_tokens, 0);
    return work;
}

/* Lengths are sorted: each of 32 groups counts as its shortest. */
enum { SUM_GROUPS = 32 };

double orr_least_sum_ns(orr_length_ns_fn *time_ns, const void *context, const int32_t *sorted, int64_t count)
{
    const int64_t groups = orr_min_i64(SUM_GROUPS, count);
    double sum = 0;
    for (int64_t g = 0; g < groups; g++) {
        const int64_t from = g * count / groups, to = (g + 1) * count / groups;
        sum += (double)(to - from) * time_ns(context, sorted[from]);
    }
    return sum;
}

/* Attention over a prompt's first chunk; whatever is cached before it or left after it only adds. */
typedef struct first_chunk { const orr_perf *perf; int64_t budget_tokens; } first_chunk;
static double first_chunk_attention_ns(const void *context, int32_t tokens)
{
    const first_chunk *chunk = context;
    return orr_perf_least_prefill_ns(chunk->perf, orr_min_i64(tokens, chunk->budget_tokens), 0);
}

/* Slope of decode attention in the sum of contexts, between equal contexts of `base` and of twice that. */
static double context_slope_ns(const orr_perf *perf, int64_t count, int64_t base, int64_t cap_tokens)
{
    double ns[2], tokens[2];
    for (int k = 0; k < 2; k++) {
        const int64_t context = base * (k + 1), capped = cap_tokens > 0 ? orr_min_i64(context, cap_tokens) : context;
        const orr_decode_sums sums = {.count = count, .context_tokens = count * context, .capped_tokens = count * capped, .context_squares = (double)count * (double)context * (double)context};
        orr_cost cost = {0};
        orr_perf_decode_attention(perf, &sums, &cost);
        ns[k] = cost.time_ns;
        tokens[k] = (double)sums.context_tokens;
    }
    return orr_max(0, (ns[1] - ns[0]) / (tokens[1] - tokens[0]));
}

/* What a token of context costs a decode step, at the least: attention approaches from above a line through nothing in the sums of contexts and of capped contexts, all terms non-negative (a law of
 * the performance model), so the slope far beyond any context and the cap of a model that has one, where capped layers cost nothing more, times the sum of contexts is no more than the whole,
 * wherever the contexts lie. */
enum { FAR_CONTEXT_TOKENS = 1 << 24 };
static double least_context_ns(const orr_perf *perf, int64_t batch, int64_t cap_tokens)
{
    const int64_t base = orr_max_i64(FAR_CONTEXT_TOKENS, cap_tokens);
    return orr_min(context_slope_ns(perf, 1, base, cap_tokens), context_slope_ns(perf, batch, base, cap_tokens));
}

double orr_work_least_s(const orr_study *study, const orr_perf *perf, const orr_work *work, orr_hulls *hulls)
{
    const orr_engine *engine = &study->engine;
    const double tokens = work->prefill_tokens + work->decode_tokens;
    if (tokens <= 0) return 0;
    /* Speculation: a decode computes 1 + K tokens and gives at most as many, so that tokens computed are no fewer than tokens given, and decodes are at least decode_tokens / (1 + K). One that gives
     * A tokens from a context c counts S = A c + A (A - 1)/2 in the sums over tokens, and c >= (S - A K/2) / (1 + K); summed: */
    const double burst = (double)orr_perf_decode_tokens(perf);
    const double decode_context_tokens = orr_max(0, work->decode_context_tokens - work->decode_tokens * (burst - 1) / 2) / burst;
    const double decode_private_tokens = orr_max(0, work->decode_private_tokens - work->decode_tokens * (burst - 1) / 2) / burst;
    /* Limits of a step: of the whole engine, data-parallel ranks together. */
    const int64_t budget_tokens = orr_max_i64(1, engine->max_num_batched_tokens);
    int64_t batch = orr_max_i64(1, engine->max_num_seqs);
    if (study->traffic.concurrency > 0) batch = orr_min_i64(batch, study->traffic.concurrency);
    const orr_memory_map memory = orr_perf_memory(perf);

    /* Steps: one token (or one burst) a decoding request, all contexts in the cache, no more tokens than the budget. */
    double steps = orr_max(work->decode_tokens / ((double)batch * burst), tokens / (double)budget_tokens);
    if (memory.kv_tokens > 0) steps = orr_max(steps, decode_private_tokens / (double)memory.kv_tokens);
    steps = orr_max(steps, 1);

    const orr_minorant *dense = orr_hulls_get(hulls, orr_dense_ns, perf, budget_tokens);      /* additive to logits and attention */
    double device_ns = tokens * orr_minorant_least_per_token_ns(dense, orr_max(1, tokens / steps));
    if (work->decode_tokens > 0) {
        const orr_minorant *logits = orr_hulls_get(hulls, orr_logits_ns, perf, batch * orr_perf_decode_tokens(perf));
        device_ns += work->decode_tokens * orr_minorant_least_per_token_ns(logits, (double)batch * burst);
        device_ns += decode_context_tokens * least_context_ns(perf, batch, study->model.context_cap_tokens);
    }
    device_ns += orr_least_sum_ns(first_chunk_attention_ns, &(first_chunk){perf, budget_tokens}, work->prompts, (int64_t)work->requests);
    const orr_perf *ffn = orr_perf_ffn(perf);      /* with FFN devices of their own: what is above is of attention devices, and no step is shorter than either side's work (perf/afd.h) */
    if (ffn != NULL) {
        const orr_minorant *apart = orr_hulls_get(hulls, orr_dense_ns, ffn, budget_tokens);
        device_ns = orr_max(device_ns, tokens * orr_minorant_least_per_token_ns(apart, orr_max(1, tokens / steps)));
    }
    /* Joined with the least host time of a step (a convex rule: at the mean step). A pipeline takes the next step when the slowest stage is through with this one and the one
     * scheduler of all lanes has done its work (drive/exec_model.c). */
    const double host_ns = orr_perf_host_ns(perf, 1, 1, 0);
    if (orr_perf_stage_count(perf) > 1) return orr_max(device_ns * orr_perf_bottleneck_share(perf), steps * host_ns) / 1e9;
    return steps * orr_perf_join_ns(perf, device_ns / steps, host_ns) / 1e9;
}

double orr_work_least_token_ns(const orr_study *study, const orr_perf *perf, orr_hulls *hulls)
{
    const int64_t budget_tokens = orr_max_i64(1, study->engine.max_num_batched_tokens);
    const double ns = orr_minorant_least_per_token_ns(orr_hulls_get(hulls, orr_dense_ns, perf, budget_tokens), (double)budget_tokens);
    return orr_perf_stage_count(perf) > 1 ? ns * orr_perf_bottleneck_share(perf) : ns;
}

double orr_alone_decode_ns(const orr_perf *perf, int64_t context_tokens, int64_t context_cap_tokens)
{
    const int64_t capped = context_cap_tokens > 0 ? orr_min_i64(context_tokens, context_cap_tokens) : context_tokens;
    const orr_decode_sums sums = {.count = 1, .context_tokens = context_tokens, .capped_tokens = capped, .context_squares = (double)context_tokens * (double)context_tokens};
    orr_cost step, drafts;
    const int64_t tokens = orr_perf_decode_tokens(perf);
    orr_perf_step(perf, &(orr_step_shape){.decode = sums, .tokens = tokens, .logits = tokens, .decode_only = true}, &step);
    orr_perf_drafts(perf, &sums, NULL, 0, &drafts);
    return orr_perf_join_ns(perf, step.time_ns + drafts.time_ns, orr_perf_host_ns(perf, 1, tokens, 0));
}

double orr_alone_prefill_ns(const orr_study *study, const orr_perf *perf, int64_t new_tokens)
{
    const int64_t budget_tokens = orr_max_i64(1, study->engine.max_num_batched_tokens);
    double ns = 0;
    for (int64_t done = 0; done < new_tokens;) {
        const int64_t chunk = orr_min_i64(budget_tokens, new_tokens - done);
        orr_cost step;
        orr_perf_step(perf, &(orr_step_shape){.chunk = {chunk, done}, .chunk_count = 1, .tokens = chunk, .decode_only = true, .spread = true}, &step);
        ns += orr_perf_join_ns(perf, step.time_ns, orr_perf_host_ns(perf, 1, 1, 1));
        done += chunk;
    }
    return ns;
}
