#include "drive/interval.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "perf/system.h"

static const double least_scale = 0.05, arrivals_scale = 0.02;

const char *orr_grade_name(orr_grade grade) { return (const char *const[]){"calibrated", "transferred", "assumed"}[grade]; }

static bool is_measured(const orr_perf *perf) { return perf->corrections.kernels != NULL && !perf->corrections.altered; }

/* Calibrated: the chip's own kernels were measured. Assumed: what decides its speed was. */
static orr_grade grade_of(const orr_study *study, const orr_perf *perf)
{
    static const char *const deciding[] = {"hardware.chip.compute.", "hardware.chip.memory.bandwidth"};
    const orr_perf *ffn = orr_perf_ffn(perf);
    if (is_measured(perf) && (ffn == NULL || is_measured(ffn))) return ORR_GRADE_CALIBRATED;
    for (size_t i = 0; i < study->provenance_count; i++)
        for (size_t k = 0; k < sizeof deciding / sizeof *deciding; k++)
            if (study->provenance[i].origin == ORR_ORIGIN_ASSUMED && orr_text_starts_with(study->provenance[i].path, deciding[k])) return ORR_GRADE_ASSUMED;
    return ORR_GRADE_TRANSFERRED;
}

static double grown(double error) { return sqrt(error * error + least_scale * least_scale); }

/* Log errors of a decoding step and of one with prompts; the other's where the run had none. */
typedef struct step_errors { double decode, mixed; } step_errors;

static step_errors errors_of(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunk, double chunks_per_mixed_step)
{
    orr_arena *arena = orr_arena_create();
    step_errors e = {0, 0};
    const int64_t chunk_count = chunk->new_tokens > 0 ? orr_min_i64(orr_max_i64(1, orr_round_i64(chunks_per_mixed_step)), 4096) : 0;
    if (decode->count > 0) e.decode = e.mixed = orr_perf_explain(perf, decode, NULL, 0, arena).log_error;
    if (chunk_count > 0) {
        orr_prefill_chunk *chunks = ORR_NEW_ARRAY(arena, orr_prefill_chunk, chunk_count);
        for (int64_t i = 0; i < chunk_count; i++) chunks[i] = *chunk;
        const orr_perf *prefill = orr_perf_prefill(perf);
        const orr_decode_sums nothing = {0};
        e.mixed = orr_perf_explain(prefill ? prefill : perf, prefill ? &nothing : decode, chunks, (int)chunk_count, arena).log_error;
        if (decode->count == 0) e.decode = e.mixed;
    }
    orr_arena_destroy(arena);
    return e;
}

/* Of a fleet of several kinds: each one's in the share of the tokens that came from it. */
static step_errors errors_of_groups(const orr_perf *perf, const orr_run_result *run)
{
    step_errors sum = {0, 0};
    for (int g = 0; g < run->group_count; g++) {
        const orr_group_result *group = &run->groups[g];
        const step_errors e = errors_of(orr_perf_group(perf, g), &group->typical_decode, &group->typical_chunk, group->chunks_per_mixed_step);
        const double share = (double)group->output_tokens / (double)orr_max_i64(1, run->output_tokens);
        sum.decode += share * e.decode;
        sum.mixed += share * e.mixed;
    }
    return sum;
}

/* The least certain of the pools': groups, and prefill engines. */
static orr_grade grade_of_pools(const orr_study *study, const orr_perf *perf)
{
    orr_arena *arena = orr_arena_create();
    orr_grade worst = ORR_GRADE_CALIBRATED;
    if (orr_study_pools(study) == 1) worst = grade_of(study, perf);
    for (int pool = 0; pool < orr_study_pools(study) && orr_study_pools(study) > 1; pool++) {
        orr_study *view = ORR_NEW(arena, orr_study);
        orr_study_pool_view(study, pool, arena, view);
        const orr_grade grade = grade_of(view, pool < orr_study_own_pools(study) ? orr_perf_group(perf, pool) : orr_perf_prefill(perf));
        if (grade > worst) worst = grade;
    }
    orr_arena_destroy(arena);
    return worst;
}

static bool is_open(const orr_study *study) { return study->traffic.load != ORR_LOAD_CLOSED && study->traffic.load != ORR_LOAD_ALL_AT_ONCE; }

static void set_scales(const orr_study *study, const orr_run_result *run, step_errors e, double power_error, double *scale)
{
    const orr_latency_summaries *latency = &run->latency;
    const double mixed_share = run->steps > 0 ? orr_min((double)run->mixed_steps / (double)run->steps, 1) : 0;
    const double ttft_ns = latency->by_metric[ORR_METRIC_TTFT].mean, e2el_ns = latency->by_metric[ORR_METRIC_E2EL].mean, service_ns = latency->ttft_from_admission.mean;
    const double queueing = is_open(study) && service_ns > 0 ? orr_max(ttft_ns - service_ns, 0) / service_ns : 0;
    scale[ORR_INTERVAL_TPOT] = grown((1 - mixed_share) * e.decode + mixed_share * e.mixed);
    scale[ORR_INTERVAL_TTFT] = grown(e.mixed) * orr_min(1 + queueing, 8);
    const double first = e2el_ns > 0 ? orr_min(ttft_ns / e2el_ns, 1) : 0;
    scale[ORR_INTERVAL_E2EL] = first * scale[ORR_INTERVAL_TTFT] + (1 - first) * scale[ORR_INTERVAL_TPOT];
    const bool system_sets_it = !is_open(study) || run->unstable || queueing > 1;
    scale[ORR_INTERVAL_THROUGHPUT] = system_sets_it ? orr_min(scale[ORR_INTERVAL_E2EL], 1) : arrivals_scale;
    scale[ORR_INTERVAL_POWER] = power_error;
}

orr_run_intervals orr_run_intervals_of(const orr_study *study, const orr_perf *perf, const orr_run_result *run)
{
    const orr_coefficients *c = &perf->coefficients;
    orr_run_intervals intervals = {.grade = grade_of_pools(study, perf)};
    step_errors e = run->group_count > 0 ? errors_of_groups(perf, run) : errors_of(perf, &run->typical_decode, &run->typical_chunk, run->chunks_per_mixed_step);
    if (intervals.grade == ORR_GRADE_ASSUMED) { e.decode *= 1.5; e.mixed *= 1.5; }
    set_scales(study, run, e, c->error_power, intervals.scale);
    for (int i = 0; i < ORR_INTERVAL_COUNT_; i++) {
        const double s = intervals.scale[i], *z = c->interval[i];
        intervals.by[i] = (orr_interval){orr_exp(z[0] * s), orr_exp(z[1] * s), orr_exp(z[2] * s), orr_exp(z[3] * s)};
    }
    return intervals;
}
