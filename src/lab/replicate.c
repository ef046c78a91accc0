#include "lab/replicate.h"

#include <math.h>

#include "base/cancel.h"
#include "base/map.h"
#include "base/math.h"
#include "base/stats.h"
#include "base/workers.h"
#include "lab/memo.h"

const orr_latency_metric orr_replicated_metrics[ORR_REPLICATED_LATENCIES] = {ORR_METRIC_TTFT, ORR_METRIC_TPOT, ORR_METRIC_E2EL};
const orr_stat orr_replicated_stats[ORR_REPLICATED_STATS] = {ORR_STAT_MEAN, ORR_STAT_P50, ORR_STAT_P90, ORR_STAT_P99};

enum { LATENCIES = ORR_REPLICATED_LATENCIES * ORR_REPLICATED_STATS, OTHERS = 4, FIGURES = LATENCIES + OTHERS };

uint64_t orr_replication_seed(uint64_t seed, int64_t i)
{
    static const uint64_t mask = (1ULL << 53) - 1;      /* what a study may write as its seed */
    return i == 0 ? seed : orr_hash_mix(seed, (uint64_t)i) & mask;
}

/* Of one run. */
typedef struct outcome { bool ran, unstable; double figures[FIGURES]; } outcome;
typedef struct round { const orr_study *study; const uint64_t *seeds; outcome *outcomes; const volatile int *cancel; const orr_memo *memo; } round_of_runs;

static void take_figures(const orr_run_result *r, outcome *o)
{
    double *to = o->figures;
    for (int m = 0; m < ORR_REPLICATED_LATENCIES; m++) {
        const orr_summary *s = &r->latency.by_metric[orr_replicated_metrics[m]];
        for (int k = 0; k < ORR_REPLICATED_STATS; k++) *to++ = s->count > 0 ? orr_summary_stat(s, orr_replicated_stats[k]) : NAN;
    }
    const double others[OTHERS] = {r->request_throughput_per_s, r->output_tokens_per_s, r->slo_worst_ratio > 0 ? r->goodput_per_s : NAN, r->slo_worst_ratio > 0 ? r->slo_attainment : NAN};
    for (int i = 0; i < OTHERS; i++) *to++ = others[i];
    o->unstable = r->unstable;
    o->ran = r->end == ORR_RUN_DONE;
}

/* Run `item` + 1: the first is done. */
static void run_one(void *context, size_t item)
{
    round_of_runs *round = context;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study study = *round->study;
    study.seed = round->seeds[item + 1];
    study.measure.replications = 1;     /* a run of its own: known whatever their number */
    orr_run_result result;
    char *tenant;
    if (orr_memo_run(round->memo, &study, &(orr_run_options){.cancel = round->cancel}, NULL, arena, &result, &tenant, diags)) take_figures(&result, &round->outcomes[item + 1]);
    orr_mem_free(tenant);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static orr_replicated over_runs(const outcome *outcomes, int64_t count, int figure)
{
    orr_replicated r = {.std = NAN, .half = NAN};
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(outcomes[i].figures[figure])) continue;
        sum += outcomes[i].figures[figure];
        r.count++;
    }
    r.mean = r.count > 0 ? sum / (double)r.count : NAN;
    if (r.count < 2) return r;
    for (int64_t i = 0; i < count; i++) {
        const double off = outcomes[i].figures[figure] - r.mean;
        if (!isnan(off)) squares += off * off;
    }
    r.std = sqrt(squares / (double)(r.count - 1));
    r.half = orr_student_t_975(r.count - 1) * r.std / sqrt((double)r.count);
    return r;
}

const orr_replications *orr_replicate(const orr_study *study, const orr_run_result *first, const orr_replicate_options *options, orr_arena *arena, orr_diags *diags)
{
    const int64_t count = study->measure.replications;
    orr_replications *all = ORR_NEW(arena, orr_replications);
    outcome *outcomes = ORR_NEW_ARRAY(arena, outcome, count);
    all->count = count;
    all->seeds = ORR_NEW_ARRAY(arena, uint64_t, count);
    for (int64_t i = 0; i < count; i++) all->seeds[i] = orr_replication_seed(study->seed, i);
    take_figures(first, &outcomes[0]);
    round_of_runs round = {study, all->seeds, outcomes, options->cancel, options->memo};
    orr_workers *workers = orr_workers_create(options->threads);
    const bool done = orr_workers_run(workers, run_one, &round, (size_t)count - 1, options->cancel, options->on_done, options->context);
    orr_workers_destroy(workers);
    if (!done || orr_cancel_asked(options->cancel)) return NULL;
    for (int64_t i = 0; i < count; i++) {
        all->unstable += outcomes[i].unstable;
        if (outcomes[i].ran) continue;
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "replication %lld, with seed %llu, could not be run to its end", (long long)i, (unsigned long long)all->seeds[i]), "Run it alone to see why: --set seed=%llu.", (unsigned long long)all->seeds[i]);
        return NULL;
    }
    for (int m = 0; m < ORR_REPLICATED_LATENCIES; m++)
        for (int k = 0; k < ORR_REPLICATED_STATS; k++) all->latency_ns[m][k] = over_runs(outcomes, count, m * ORR_REPLICATED_STATS + k);
    orr_replicated *const others[OTHERS] = {&all->request_throughput_per_s, &all->output_tokens_per_s, &all->goodput_per_s, &all->slo_attainment};
    for (int i = 0; i < OTHERS; i++) *others[i] = over_runs(outcomes, count, LATENCIES + i);
    return all;
}
