/* Bounds of one point, from cheap to dear; each argument stands in bounds.h. */
#include "lab/bounds.h"

#include <math.h>
#include "base/map.h"
#include "base/math.h"
#include "base/units.h"
#include "lab/work.h"

orr_stat orr_front_stat(const orr_slo *slo)
{
    for (int stat = ORR_STAT_COUNT_ - 1; stat >= 0; stat--) if (slo->limit_ns[ORR_METRIC_TPOT][stat] > 0) return (orr_stat)stat;
    return ORR_STAT_P99;
}

const char *orr_ns_text(double ns, orr_arena *arena) { return orr_unit_text(ns, ORR_UNIT_NS, 3, arena); }

/* The same step times and the same cache, as far as a run can tell: probes over the range of steps, and the memory map. */
static uint64_t fingerprint_of(const orr_study *study, const orr_perf *perf, const orr_memory_map *memory)
{
    double probes[64];
    int count = 0;
    static const int64_t tokens[] = {1, 7, 64, 300, 1500};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        orr_cost cost = {0};
        orr_perf_dense(perf, tokens[i], i % 2 == 0, &cost);
        probes[count++] = cost.time_ns;
        probes[count++] = cost.energy_j;
        orr_perf_logits(perf, tokens[i], &cost);
        probes[count++] = cost.time_ns;
    }
    orr_cost cost = {0};
    orr_perf_decode_attention(perf, &(orr_decode_sums){9, 9000, 9000, 9e6}, &cost);
    probes[count++] = cost.time_ns;
    orr_perf_prefill_attention(perf, 500, 100, &cost);
    probes[count++] = cost.time_ns;
    probes[count++] = orr_perf_host_ns(perf, 5, 50, 2);
    orr_perf_drafts(perf, &(orr_decode_sums){9, 9000, 9000, 9e6}, &(orr_prefill_chunk){500, 100}, 1, &cost);
    probes[count++] = cost.time_ns;
    probes[count++] = cost.energy_j;
    probes[count++] = (double)orr_perf_decode_tokens(perf);
    probes[count++] = orr_speculation_mean_tokens(&study->engine.speculation);
    probes[count++] = (double)orr_speculation_lookahead(&study->engine.speculation);
    const orr_acceptance_trace *trace = &study->engine.speculation.trace;
    if (orr_perf_depths(perf) != NULL) probes[count++] = (double)orr_hash_bytes(orr_perf_depths(perf), (size_t)study->engine.max_num_seqs + 1, 1);
    if (trace->path != NULL) probes[count++] = (double)orr_hash_bytes(trace->accepted, (size_t)trace->count, 2);
    probes[count++] = orr_perf_idle_w(perf);
    probes[count++] = (double)memory->kv_blocks;
    probes[count++] = (double)orr_engine_block_tokens(&study->engine);
    return orr_hash_bytes(probes, (size_t)count * sizeof *probes, 0);
}

/* The engines that compute prompts and those that decode: the same, but where they are apart. Either's work bounds a run's duration, and a request is no faster than alone on both.
 * `either`: some prompts may be computed by the one or by the other (conditional disaggregation). */
typedef struct engines { const orr_study *study; const orr_perf *perf; int64_t replicas; } engines;
typedef struct parts { engines prompts, decodes; bool apart, either; orr_hulls *hulls; } parts;

/* Could no prompt stay, whatever the caches hold? */
static bool all_go(const orr_study *study, const orr_demand *demand)
{
    const orr_disaggregation *d = &study->serving.disaggregation;
    return d->max_prefill_queue_size == 0 && (demand->requests == 0 || (study->engine.enable_prefix_caching ? demand->uncached : demand->inputs)[0] > d->max_local_prefill_length);
}

static parts parts_of(const orr_study *study, const orr_perf *perf, int64_t replicas, const orr_demand *demand, orr_hulls *hulls, orr_arena *arena)
{
    const engines all = {study, perf, replicas};
    const orr_perf *prefill = orr_perf_prefill(perf);
    if (prefill == NULL) return (parts){all, all, false, false, hulls};
    orr_study *view = ORR_NEW(arena, orr_study);
    orr_study_prefill_view(study, arena, view);
    return (parts){{view, prefill, view->serving.replicas}, all, true, orr_study_keeps_prompts(study) && !all_go(study, demand), hulls};
}

/* May some cache spare what is shareable of a prompt? */
static bool spares_prompts(const parts *p) { return p->prompts.study->engine.enable_prefix_caching || (p->either && p->decodes.study->engine.enable_prefix_caching); }

/* Prompts computed by either: in T seconds the two pools compute at most T (replicas / ns of a token) tokens each, and those that decode have all decodes. */
static double least_shared_s(const parts *p, const orr_work *work, const orr_work *decodes)
{
    const double prompts_rate = (double)p->prompts.replicas / orr_work_least_token_ns(p->prompts.study, p->prompts.perf, p->hulls), decodes_rate = (double)p->decodes.replicas / orr_work_least_token_ns(p->decodes.study, p->decodes.perf, p->hulls);
    return orr_max((work->prefill_tokens + work->decode_tokens) / (prompts_rate + decodes_rate) / ORR_NS_PER_S, orr_work_least_s(p->decodes.study, p->decodes.perf, decodes, p->hulls) / (double)p->decodes.replicas);
}

/* Seconds in which the work can be done at the least, slack given away. */
static double least_work_s(const parts *p, const orr_work *work)
{
    if (!p->apart) return ORR_BOUND_SLACK * orr_work_least_s(p->decodes.study, p->decodes.perf, work, p->hulls) / (double)p->decodes.replicas;
    const orr_work prompts = {.requests = work->requests, .prefill_tokens = work->prefill_tokens, .prompts = work->prompts};
    const orr_work decodes = {.decode_tokens = work->decode_tokens, .decode_context_tokens = work->decode_context_tokens, .decode_private_tokens = work->decode_private_tokens};
    if (p->either) return ORR_BOUND_SLACK * least_shared_s(p, work, &decodes);
    return ORR_BOUND_SLACK * orr_max(orr_work_least_s(p->prompts.study, p->prompts.perf, &prompts, p->hulls) / (double)p->prompts.replicas, orr_work_least_s(p->decodes.study, p->decodes.perf, &decodes, p->hulls) / (double)p->decodes.replicas);
}

/* A time that never falls as a length grows, alone on the system. */
typedef struct alone { const orr_study *study; const orr_perf *perf; int64_t cap_tokens; const struct alone *or_else; } alone;     /* or_else: a prompt may be computed there instead; NULL: nowhere */
static double alone_prefill_ns(const void *context, int32_t tokens)
{
    const alone *a = context;
    const double ns = orr_alone_prefill_ns(a->study, a->perf, tokens);
    return a->or_else ? orr_min(ns, alone_prefill_ns(a->or_else, tokens)) : ns;
}
/* Of any depth that a step may have; of a token: of the largest burst there. */
static double least_alone_ns(const alone *a, int32_t tokens, bool of_token)
{
    double least_ns = INFINITY;
    for (int64_t drafts = orr_perf_decode_tokens(a->perf) - 1; drafts >= 0; drafts--) {
        const orr_perf *perf = orr_perf_at_depth(a->perf, drafts);
        if (perf != NULL) least_ns = orr_min(least_ns, orr_alone_decode_ns(perf, tokens, a->cap_tokens) / (of_token ? (double)orr_perf_decode_tokens(perf) : 1));
    }
    return least_ns;
}
static double alone_step_ns(const alone *a, int32_t tokens) { return least_alone_ns(a, tokens, false); }
static double alone_decode_ns(const void *context, int32_t tokens) { return least_alone_ns(context, tokens, true); }

static alone alone_on(const engines *e, const alone *or_else) { return (alone){e->study, e->perf, e->study->model.context_cap_tokens, or_else}; }

/* A lower bound of the statistic of the times of these lengths (sorted). An order statistic of a monotone function is the function of the order statistic; a mean is not the function of the mean. */
static double least_statistic_ns(const alone *a, orr_length_ns_fn *time_ns, const int32_t *sorted, int64_t count, orr_stat stat)
{
    if (count == 0) return 0;
    if (stat != ORR_STAT_MEAN) return time_ns(a, sorted[count - orr_certain_misses(stat, count)]);
    return orr_least_sum_ns(time_ns, a, sorted, count) / (double)count;
}

/* The statistic of lengths themselves. */
static double length_statistic(const int32_t *sorted, int64_t count, orr_stat stat)
{
    if (count == 0) return 0;
    if (stat != ORR_STAT_MEAN) return sorted[count - orr_certain_misses(stat, count)];
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += sorted[i];
    return sum / (double)count;
}

static void bound_latencies(const parts *p, const orr_demand *demand, orr_bounds *bounds)
{
    const orr_study *study = p->decodes.study;
    const alone a = alone_on(&p->decodes, NULL), prompt = alone_on(&p->prompts, p->either ? &a : NULL);
    const double outside_ns = study->engine.request_entry_ns + study->engine.request_exit_ns;
    const int32_t *fresh = spares_prompts(p) ? demand->uncached : demand->inputs;
    const double least_gap_ns = demand->decoding > 0 ? alone_decode_ns(&a, demand->decoding_inputs[0]) : 0, least_step_ns = demand->decoding > 0 ? alone_step_ns(&a, demand->decoding_inputs[0]) : 0;
    const double least_ttft_ns = alone_prefill_ns(&prompt, fresh[0]);
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
        bool wanted = stat == (int)orr_front_stat(&study->slo);
        for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) wanted |= study->slo.limit_ns[metric][stat] > 0;
        if (!wanted) continue;
        const double outputs = length_statistic(demand->outputs, demand->requests, (orr_stat)stat);
        bounds->latency_ns[ORR_METRIC_TTFT][stat] = ORR_BOUND_SLACK * least_statistic_ns(&prompt, alone_prefill_ns, fresh, demand->requests, (orr_stat)stat) + outside_ns;
        bounds->latency_ns[ORR_METRIC_E2EL][stat] = ORR_BOUND_SLACK * (least_ttft_ns + least_gap_ns * (outputs - 1)) + outside_ns;
        bounds->latency_ns[ORR_METRIC_ITL][stat] = ORR_BOUND_SLACK * least_step_ns;
        bounds->latency_ns[ORR_METRIC_TPOT][stat] = ORR_BOUND_SLACK * least_statistic_ns(&a, alone_decode_ns, demand->decoding_inputs, demand->decoding, (orr_stat)stat);
    }
}

static void judge_latency(const orr_study *study, orr_arena *arena, orr_bounds *bounds)
{
    int worst_metric = 0, worst_stat = 0;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = study->slo.limit_ns[metric][stat];
            if (!(limit_ns > 0)) continue;
            const double ratio = bounds->latency_ns[metric][stat] / limit_ns;
            if (ratio > bounds->miss_ratio) { bounds->miss_ratio = ratio; worst_metric = metric; worst_stat = stat; }
        }
    }
    if (!(bounds->miss_ratio > 1)) return;
    bounds->verdict = ORR_VERDICT_BOUND_LATENCY;
    bounds->reason = orr_arena_printf(arena, "%s %s is at least %s on an empty server; the limit is %s", orr_stat_name((orr_stat)worst_stat), orr_latency_metric_name((orr_latency_metric)worst_metric),
                                      orr_ns_text(bounds->latency_ns[worst_metric][worst_stat], arena), orr_ns_text(study->slo.limit_ns[worst_metric][worst_stat], arena));
}

/* When the last of those that must be good must be finished, after the last arrival, in ns; and how many need not be. INFINITY: no set of limits says so. */
static double finish_deadline_ns(const orr_slo *slo, const orr_demand *demand, int64_t *excused)
{
    double best_ns = INFINITY;
    *excused = 0;
    const double longest_steps = (double)(demand->outputs[demand->requests - 1] - 1);
    for (int stat = ORR_STAT_P50; stat < ORR_STAT_COUNT_; stat++) {
        const int64_t misses = orr_certain_misses((orr_stat)stat, demand->requests) - 1;
        const double e2el_ns = slo->limit_ns[ORR_METRIC_E2EL][stat];
        if (e2el_ns > 0 && e2el_ns < best_ns) { best_ns = e2el_ns; *excused = misses; }
        const double ttft_ns = slo->limit_ns[ORR_METRIC_TTFT][stat];
        if (!(ttft_ns > 0)) continue;
        for (int other = ORR_STAT_P50; other < ORR_STAT_COUNT_; other++) {
            const double tpot_ns = slo->limit_ns[ORR_METRIC_TPOT][other];
            if (!(tpot_ns > 0)) continue;
            /* TTFT within its limit and TPOT within its own: finished by the sum. Both may be missed by other requests. */
            const double sum_ns = ttft_ns + tpot_ns * longest_steps;
            if (sum_ns < best_ns) { best_ns = sum_ns; *excused = misses + orr_certain_misses((orr_stat)other, demand->requests) - 1; }
        }
    }
    return best_ns;
}

static void judge_capacity(const parts *p, const orr_demand *demand, orr_arena *arena, orr_bounds *bounds)
{
    const orr_study *study = p->decodes.study;
    if (!demand->open || study->traffic.concurrency > 0) return;
    int64_t excused = 0;
    const double deadline_ns = finish_deadline_ns(&study->slo, demand, &excused);
    if (!(deadline_ns < INFINITY) || excused >= demand->requests) return;
    const orr_work work = orr_work_without(demand, excused);
    const double least_s = least_work_s(p, &work);
    const double span_s = (demand->last_arrival_ns - demand->first_arrival_ns) / ORR_NS_PER_S;
    if (least_s <= span_s + deadline_ns / ORR_NS_PER_S) return;
    bounds->verdict = ORR_VERDICT_BOUND_CAPACITY;
    bounds->reason = orr_arena_printf(arena, "with perfect batching it makes at most %.0f output tokens/s; %.0f/s arrive, and keeping the SLOs would take at least %.1f %% of the time there is",
                                      demand->output_tokens / bounds->work_s, demand->output_tokens / orr_max(span_s, 1e-9), 100 * least_s / (span_s + deadline_ns / ORR_NS_PER_S));
}

static double idle_w(const parts *p)
{
    const double own = orr_perf_idle_w(p->decodes.perf) * (double)p->decodes.replicas;
    return p->apart ? own + orr_perf_idle_w(p->prompts.perf) * (double)p->prompts.replicas : own;
}

static double best_objective(const parts *p, const orr_demand *demand, const orr_bounds *bounds)
{
    switch (p->decodes.study->objective) {
    case ORR_MINIMIZE_USD_PER_MTOK: return orr_study_usd_per_h(p->decodes.study) * bounds->duration_s / 3600 / (demand->output_tokens / 1e6);
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU: return bounds->output_tokens_per_s_per_gpu;
    case ORR_MINIMIZE_JOULES_PER_TOKEN: return idle_w(p) * bounds->duration_s / demand->output_tokens;
    case ORR_MINIMIZE_GPUS: return (double)bounds->gpus;
    case ORR_MAXIMIZE_GOODPUT: return (double)demand->requests / bounds->duration_s;
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_MW: return bounds->output_tokens_per_s / (orr_study_all_in_w(p->decodes.study) / 1e6);
    }
    return NAN;
}

/* Prefill engines hold a prompt whole, unless it may be computed elsewhere. */
static bool prompts_fit(const parts *p, const orr_demand *demand, orr_arena *arena, orr_bounds *bounds)
{
    const engines *prompts = &p->prompts;
    const orr_memory_map memory = orr_perf_memory(prompts->perf);
    const int64_t request_tokens = memory.kv_blocks_per_request * orr_engine_block_tokens(&prompts->study->engine), longest = demand->requests > 0 ? demand->inputs[demand->requests - 1] : 0;
    if (memory.fits && (p->either || request_tokens >= longest)) return true;
    bounds->verdict = ORR_VERDICT_DOES_NOT_FIT;
    if (memory.fits) bounds->reason = orr_arena_printf(arena, "the cache of a prefill engine holds %lld tokens of a request; the longest prompt has %lld", (long long)request_tokens, (long long)longest);
    else bounds->reason = orr_arena_printf(arena, "a prefill engine needs %.1f GB before any cache, of %.1f GB a GPU",
                                           (memory.weights_bytes + memory.activation_bytes + memory.runtime_bytes + memory.encoder_bytes + memory.state_bytes) / 1e9, memory.usable_bytes / 1e9);
    return false;
}

static bool ffn_fits(const orr_perf *perf, orr_arena *arena, orr_bounds *bounds)
{
    const orr_memory_map ffn = orr_perf_memory(orr_perf_ffn(perf));
    if (ffn.fits) return true;
    bounds->verdict = ORR_VERDICT_DOES_NOT_FIT;
    bounds->reason = orr_arena_printf(arena, "an FFN device needs %.1f GB, of %.1f GB usable: more ffn_devices hold less each", (ffn.weights_bytes + ffn.activation_bytes + ffn.runtime_bytes) / 1e9, ffn.usable_bytes / 1e9);
    return false;
}

void orr_bounds_compute(const orr_study *study, const orr_perf *perf, const orr_demand *demand, orr_hulls *hulls, orr_arena *arena, orr_bounds *bounds)
{
    *bounds = (orr_bounds){.verdict = ORR_VERDICT_UNKNOWN, .replicas = orr_study_replicas(study), .max_num_seqs = study->engine.max_num_seqs, .objective = (double)NAN};
    bounds->gpus = orr_study_gpus(study);
    if (study->objective == ORR_MINIMIZE_USD_PER_MTOK && orr_study_unpriced(study) != NULL) {
        bounds->verdict = ORR_VERDICT_INVALID;
        bounds->reason = orr_arena_printf(arena, "the chip %s has no price to minimize: give hardware.chip.price.per_hour", orr_study_unpriced(study)->name);
        return;
    }
    if (study->objective == ORR_MAXIMIZE_TOKENS_PER_S_PER_MW && isnan(orr_study_all_in_w(study))) {
        bounds->verdict = ORR_VERDICT_INVALID;
        bounds->reason = orr_arena_printf(arena, "nobody knows the power that a place must provide for the chip %s: give hardware.chip.power.all_in, or cost", study->hardware.chip.name);
        return;
    }
    const orr_memory_map memory = orr_perf_memory(perf);
    if (orr_perf_ffn(perf) != NULL && !ffn_fits(perf, arena, bounds)) return;
    const int64_t request_tokens = memory.kv_blocks_per_request * orr_engine_block_tokens(&study->engine);
    const int64_t stored_tokens = demand->longest_tokens - 1 + orr_speculation_lookahead(&study->engine.speculation);
    if (!memory.fits || request_tokens < stored_tokens) {      /* the last output is never stored */
        const int64_t smallest = orr_perf_smallest_tensor_parallel(study, arena);
        const double needed = memory.weights_bytes + memory.activation_bytes + memory.runtime_bytes + memory.encoder_bytes + memory.state_bytes;
        bounds->verdict = ORR_VERDICT_DOES_NOT_FIT;
        if (memory.fits) {
            bounds->reason = orr_arena_printf(arena, "the cache holds %lld tokens of a request; the longest request stores %lld (a smaller max_model_len would refuse it)", (long long)request_tokens, (long long)stored_tokens);
        } else if (smallest > 0) {
            bounds->reason = orr_arena_printf(arena, "needs %.1f GB before any cache, of %.1f GB a GPU; the smallest tensor_parallel_size that fits is %lld", needed / 1e9, memory.usable_bytes / 1e9, (long long)smallest);
        } else {
            bounds->reason = orr_arena_printf(arena, "needs %.1f GB before any cache, of %.1f GB a GPU", needed / 1e9, memory.usable_bytes / 1e9);
        }
        return;
    }
    const parts p = parts_of(study, perf, bounds->replicas, demand, hulls, arena);
    if (p.apart && !prompts_fit(&p, demand, arena, bounds)) return;
    if (demand->requests == 0 || orr_serving_changes(&study->serving) || orr_study_has_groups(study)) return;      /* nothing to bound, or lost requests, fast replicas, fewer of them and those of other groups pass every bound: the run will say so */
    bounds->fingerprint = p.apart || orr_perf_ffn(perf) != NULL || study->engine.kv_tiers.count > 0 /* seats are held without running */ || orr_study_images(study) != NULL ? 0 : fingerprint_of(study, perf, &memory);      /* of two pools with limits of their own no run stands for another */
    bound_latencies(&p, demand, bounds);
    judge_latency(study, arena, bounds);

    orr_work work = orr_work_of_demand(demand);
    if (!study->engine.enable_prefix_caching) work.decode_private_tokens = work.decode_context_tokens;     /* every prompt is held, */
    if (!spares_prompts(&p)) {                                                                             /* and computed, in full */
        work.prefill_tokens = demand->input_tokens;
        work.prompts = demand->inputs;
    }
    bounds->work_s = least_work_s(&p, &work);
    bounds->duration_s = bounds->work_s;
    if (demand->open) {
        const double span_s = (demand->last_arrival_ns - demand->first_arrival_ns) / ORR_NS_PER_S;
        const alone own = alone_on(&p.decodes, NULL), prompt = alone_on(&p.prompts, p.either ? &own : NULL);
        const double least_ns = ORR_BOUND_SLACK * alone_prefill_ns(&prompt, spares_prompts(&p) ? demand->uncached[0] : demand->inputs[0]);
        bounds->duration_s = orr_max(bounds->duration_s, span_s + least_ns / ORR_NS_PER_S);
    }
    bounds->output_tokens_per_s = demand->output_tokens / bounds->duration_s;
    bounds->output_tokens_per_s_per_gpu = bounds->output_tokens_per_s / (double)bounds->gpus;
    const double tpot_ns = bounds->latency_ns[ORR_METRIC_TPOT][orr_front_stat(&study->slo)];
    bounds->tokens_per_s_per_user = tpot_ns > 0 ? ORR_NS_PER_S / tpot_ns : INFINITY;
    bounds->objective = best_objective(&p, demand, bounds);
    if (bounds->verdict == ORR_VERDICT_UNKNOWN) judge_capacity(&p, demand, arena, bounds);
}
