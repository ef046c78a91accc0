/* Least work: the argument stands in bounds.h; the steps of it are marked below. */
#include "lab/work.h"

#include "base/math.h"

orr_work orr_work_of_demand(const orr_demand *demand)
{
    return (orr_work){.requests = (double)demand->requests, .prefill_tokens = demand->uncached_tokens, .decode_tokens = demand->output_tokens - (double)demand->requests,
                      .decode_context_tokens = demand->decode_context_tokens, .decode_private_tokens = demand->decode_private_tokens};
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

/* Dense time jumps where one more tile of rows begins, so that it dips lowest just before: at multiples of the tile's rows. Every count up to 64 is taken, then multiples of 16
 * (the smallest tile) up to 2,048, then of 64 (larger tiles are best there), ever sparser from 16,384 on. */
enum { SAMPLES_MAX = 4096 };

static int64_t next_sample(int64_t tokens)
{
    if (tokens < 64) return tokens + 1;
    int64_t stride = tokens < 2048 ? 16 : 64;
    for (int64_t reach = 16384; tokens >= reach; reach *= 2) stride *= 2;
    return (tokens / stride + 1) * stride;
}

typedef struct curve { int count; double tokens[SAMPLES_MAX], ns[SAMPLES_MAX]; } curve;

/* The lower convex hull of a step's dense time over its tokens, 1 .. budget. Logits are left out: they only add. */
static void dense_minorant(const orr_perf *perf, int64_t budget_tokens, curve *hull)
{
    hull->count = 0;
    for (int64_t tokens = 1;; tokens = orr_min_i64(next_sample(tokens), budget_tokens)) {
        orr_cost cost = {0};
        orr_perf_dense(perf, tokens, true, &cost);
        const double x = (double)tokens, y = cost.time_ns;
        while (hull->count >= 2) {       /* the last vertex goes when it lies above the line from the one before to the new point */
            const double x1 = hull->tokens[hull->count - 2], y1 = hull->ns[hull->count - 2], x2 = hull->tokens[hull->count - 1], y2 = hull->ns[hull->count - 1];
            if ((y2 - y1) * (x - x1) < (y - y1) * (x2 - x1)) break;
            hull->count--;
        }
        hull->tokens[hull->count] = x;
        hull->ns[hull->count++] = y;
        if (tokens >= budget_tokens || hull->count == SAMPLES_MAX) return;
    }
}

/* min over 0 < x <= most of hull(x) / x: the least time of a token in steps of at most `most` tokens. On a segment the ratio is monotone, so vertices and the end decide. */
static double least_ns_per_token(const curve *hull, double most)
{
    double least = hull->ns[0] / orr_min(most, hull->tokens[0]);
    for (int i = 1; i < hull->count; i++) {
        const double x0 = hull->tokens[i - 1], y0 = hull->ns[i - 1], x1 = hull->tokens[i], y1 = hull->ns[i];
        if (x0 >= most) break;
        const double x = orr_min(x1, most);
        least = orr_min(least, (y0 + (y1 - y0) * (x - x0) / (x1 - x0)) / x);
    }
    return least;
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

/* What one more token of context costs a decode step, at the least: for one request and for a full batch; beyond the cap of a model that has one, where capped layers cost nothing more. */
static double least_context_ns(const orr_perf *perf, int64_t batch, double mean_context, int64_t cap_tokens)
{
    const int64_t base = orr_max_i64(orr_max_i64(1, orr_round_i64(mean_context)), cap_tokens);
    return orr_min(context_slope_ns(perf, 1, base, cap_tokens), context_slope_ns(perf, batch, base, cap_tokens));
}

double orr_work_least_s(const orr_study *study, const orr_perf *perf, const orr_work *work)
{
    const orr_engine *engine = &study->engine;
    const double tokens = work->prefill_tokens + work->decode_tokens;
    if (tokens <= 0) return 0;
    /* Limits of a step: of the whole engine, data-parallel ranks together. */
    const int64_t budget_tokens = orr_max_i64(1, engine->max_num_batched_tokens);
    int64_t batch = orr_max_i64(1, engine->max_num_seqs);
    if (study->traffic.concurrency > 0) batch = orr_min_i64(batch, study->traffic.concurrency);
    const orr_memory_map memory = orr_perf_memory(perf);

    /* Steps: one token a decoding request, all contexts in the cache, no more tokens than the budget. */
    double steps = orr_max(work->decode_tokens / (double)batch, tokens / (double)budget_tokens);
    if (memory.kv_tokens > 0) steps = orr_max(steps, work->decode_private_tokens / (double)memory.kv_tokens);
    steps = orr_max(steps, 1);

    curve hull;
    dense_minorant(perf, budget_tokens, &hull);
    double device_ns = tokens * least_ns_per_token(&hull, orr_max(1, tokens / steps));
    if (work->decode_tokens > 0) {
        orr_cost logits = {0};
        orr_perf_logits(perf, batch, &logits);
        device_ns += work->decode_tokens * logits.time_ns / (double)batch;
        const double mean_context = work->decode_context_tokens / work->decode_tokens;
        device_ns += work->decode_context_tokens * least_context_ns(perf, batch, mean_context, study->model.context_cap_tokens);
    }
    if (work->requests > 0) {       /* attention over a prompt is convex in its length: no cheaper than at the mean */
        orr_cost cost = {0};
        const int64_t mean_tokens = orr_max_i64(1, (int64_t)(work->prefill_tokens / work->requests));
        orr_perf_prefill_attention(perf, orr_min_i64(mean_tokens, budget_tokens), 0, &cost);
        device_ns += work->requests * cost.time_ns;
    }
    /* Joined with the least host time of a step (a convex rule: at the mean step). A pipeline takes the next step when the slowest stage is through with this one and the one
     * scheduler of all lanes has done its work (drive/exec_model.c). */
    const double host_ns = orr_perf_host_ns(perf, 1, 1, 0);
    if (orr_perf_stage_count(perf) > 1) return orr_max(device_ns * orr_perf_bottleneck_share(perf), steps * host_ns) / 1e9;
    return steps * orr_perf_join_ns(perf, device_ns / steps, host_ns) / 1e9;
}

double orr_alone_decode_ns(const orr_perf *perf, int64_t context_tokens, int64_t context_cap_tokens)
{
    const int64_t capped = context_cap_tokens > 0 ? orr_min_i64(context_tokens, context_cap_tokens) : context_tokens;
    const orr_decode_sums sums = {.count = 1, .context_tokens = context_tokens, .capped_tokens = capped, .context_squares = (double)context_tokens * (double)context_tokens};
    orr_cost dense = {0}, logits = {0}, attention = {0};
    orr_perf_dense(perf, 1, true, &dense);
    orr_perf_logits(perf, 1, &logits);
    orr_perf_decode_attention(perf, &sums, &attention);
    return orr_perf_join_ns(perf, dense.time_ns + logits.time_ns + attention.time_ns, orr_perf_host_ns(perf, 1, 1, 0));
}

double orr_alone_prefill_ns(const orr_study *study, const orr_perf *perf, int64_t new_tokens)
{
    const int64_t budget_tokens = orr_max_i64(1, study->engine.max_num_batched_tokens);
    double ns = 0;
    for (int64_t done = 0; done < new_tokens;) {
        const int64_t chunk = orr_min_i64(budget_tokens, new_tokens - done);
        orr_cost dense = {0}, attention = {0};
        orr_perf_dense(perf, chunk, true, &dense);
        orr_perf_prefill_attention(perf, chunk, done, &attention);
        ns += orr_perf_join_ns(perf, dense.time_ns + attention.time_ns, orr_perf_host_ns(perf, 1, 1, 1));
        done += chunk;
    }
    return ns;
}
