#include "trust/case_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "perf/system.h"

/* --- binding --- */

typedef struct binding { const orr_cases *cases; const char *trace_prefix; orr_bound_case *bound; } binding;

static const char *first_error(const orr_diags *diags, orr_arena *arena)
{
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    const char *at = text.bytes ? strstr(text.bytes, "error: ") : NULL;
    at = at ? at + 7 : "it can't be read";
    const char *error = orr_arena_strndup(arena, at, strcspn(at, "\n"));
    orr_text_free(&text);
    return error;
}

const char *orr_case_trace_prefix(orr_arena *arena)
{
    const char *folder = getenv("TMPDIR");
    return orr_arena_printf(arena, "%s/orrery-%ld-", folder && *folder ? folder : "/tmp", (long)getpid());
}

static const char *trace_path(const char *prefix, const orr_case *one, orr_arena *arena) { return orr_arena_printf(arena, "%s%s.jsonl", prefix, one->id); }

static const char *study_text(const orr_case *one, const char *prefix, orr_arena *arena)
{
    const char *place = strstr(one->study, "%TRACE%");
    if (!place) return one->study;
    return orr_arena_printf(arena, "%.*s%s%s", (int)(place - one->study), one->study, trace_path(prefix, one, arena), place + strlen("%TRACE%"));
}

static void bind_one(void *context, size_t item)
{
    const binding *b = context;
    const orr_case *one = &b->cases->items[item];
    orr_bound_case *bound = &b->bound[item];
    *bound = (orr_bound_case){.of = one, .reason = one->reason};
    if (!one->study) return;
    orr_arena *arena = bound->arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_source *source = ORR_NEW(arena, orr_source);
    const bool good = !one->requests_path || orr_case_write_trace(one, trace_path(b->trace_prefix, one, arena), diags);
    *source = (orr_source){.name = one->id, .bytes = study_text(one, b->trace_prefix, arena)};
    source->length_bytes = strlen(source->bytes);
    const orr_study_file *file = good ? orr_study_file_read_source(arena, source, NULL, 0, diags) : NULL;
    orr_study *study = ORR_NEW(arena, orr_study);
    if (file && orr_study_bind(file, NULL, arena, study, diags)) bound->study = study;
    else bound->reason = first_error(diags, arena);
    orr_diags_destroy(diags);
}

orr_bound_case *orr_cases_bind(const orr_cases *cases, const char *trace_prefix, orr_workers *workers, orr_arena *arena)
{
    binding b = {.cases = cases, .trace_prefix = trace_prefix, .bound = ORR_NEW_ARRAY(arena, orr_bound_case, cases->count + 1)};
    orr_workers_run(workers, bind_one, &b, cases->count, NULL, NULL, NULL);
    return b.bound;
}

void orr_cases_unbind(orr_bound_case *bound, size_t count, const char *trace_prefix)
{
    for (size_t i = 0; i < count; i++) {
        if (bound[i].arena && bound[i].of->requests_path) remove(trace_path(trace_prefix, bound[i].of, bound[i].arena));
        orr_arena_destroy(bound[i].arena);
    }
}

/* --- running --- */

typedef struct running { const orr_bound_case *bound; const orr_case_trial *trial; const orr_coefficients *coefficients; orr_case_outcome *outcomes; } running;

static void take(const orr_run_result *r, orr_case_outcome *out)
{
    static const orr_stat stats[4] = {ORR_STAT_MEAN, ORR_STAT_P50, ORR_STAT_P90, ORR_STAT_P99};
    for (int s = 0; s < 4; s++) {
        out->predicted[ORR_CASE_TTFT_MEAN + s] = orr_summary_stat(&r->latency.by_metric[ORR_METRIC_TTFT], stats[s]) * 1e-6;
        out->predicted[ORR_CASE_TPOT_MEAN + s] = orr_summary_stat(&r->latency.by_metric[ORR_METRIC_TPOT], stats[s]) * 1e-6;
    }
    out->predicted[ORR_CASE_E2E_MEAN] = orr_summary_stat(&r->latency.by_metric[ORR_METRIC_E2EL], ORR_STAT_MEAN) * 1e-6;
    out->predicted[ORR_CASE_E2E_P99] = orr_summary_stat(&r->latency.by_metric[ORR_METRIC_E2EL], ORR_STAT_P99) * 1e-6;
    out->predicted[ORR_CASE_OUTPUT_TOKENS_PER_S] = r->output_tokens_per_s;
    out->predicted[ORR_CASE_OUTPUT_TOKENS_PER_S_PER_GPU] = r->output_tokens_per_s_per_gpu;
    out->predicted[ORR_CASE_TOTAL_TOKENS_PER_S_PER_GPU] = r->total_tokens_per_s_per_gpu;
    out->predicted[ORR_CASE_POWER_W_PER_GPU] = r->gpus > 0 ? r->mean_power_w / (double)r->gpus : NAN;
    out->decode = r->typical_decode;
    out->chunk = r->typical_chunk;
    out->chunks_per_mixed_step = r->chunks_per_mixed_step;
    out->mixed_share = r->steps > 0 ? (double)r->mixed_steps / (double)r->steps : 0;
}

static void run_one(void *context, size_t item)
{
    const running *run = context;
    const orr_bound_case *bound = &run->bound[item];
    orr_case_outcome *out = &run->outcomes[item];
    *out = (orr_case_outcome){.reason = bound->reason};
    for (int q = 0; q < ORR_CASE_QUANTITY_COUNT_; q++) out->predicted[q] = NAN;
    if (!bound->study) return;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    *study = *bound->study;
    if (run->trial && run->trial->alter) run->trial->alter(run->trial->context, bound->of, study);
    const orr_perf *perf = orr_perf_prepare_with(study, run->coefficients, arena, diags);
    if (!perf) {
        out->reason = "its layout is impossible";
    } else {
        orr_run_result result = orr_run_study(study, perf, NULL, diags);
        if (result.end == ORR_RUN_DOES_NOT_FIT) out->reason = "does not fit in memory";
        else if (result.end != ORR_RUN_DONE) out->reason = "its trace can't be read";
        else if (result.requests_rejected > 0) out->reason = "some requests can't run: longer than the context or the cache";
        else {
            take(&result, out);
            out->intervals = orr_run_intervals_of(study, perf, &result);
        }
        orr_run_result_free(&result);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

orr_case_outcome *orr_cases_run(const orr_bound_case *bound, size_t count, const orr_case_trial *trial, orr_workers *workers, orr_arena *arena)
{
    running run = {.bound = bound, .trial = trial, .coefficients = trial ? trial->coefficients : NULL, .outcomes = ORR_NEW_ARRAY(arena, orr_case_outcome, count + 1)};
    if (!run.coefficients) {
        orr_diags *diags = orr_diags_create();
        run.coefficients = orr_coefficients_universal(arena, diags);
        orr_diags_destroy(diags);
    }
    orr_workers_run(workers, run_one, &run, count, NULL, NULL, NULL);
    return run.outcomes;
}
