#include "drive/tenants.h"

#include <string.h>

#include "base/mem.h"

typedef struct tally { const orr_tenant *tenant; const orr_slo *slo; orr_served_sums sums; int64_t rejected; } tally;

struct orr_tenant_tallies { int64_t count; tally *items; };

static bool has_limits(const orr_slo *slo)
{
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++)
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++)
            if (slo->limit_ns[metric][stat] > 0) return true;
    return false;
}

orr_tenant_tallies *orr_tenant_tallies_create(const orr_study *study)
{
    const orr_tenants *tenants = &study->traffic.tenants;
    if (tenants->count == 0) return NULL;
    orr_tenant_tallies *t = orr_mem_resize(NULL, sizeof *t);
    *t = (orr_tenant_tallies){tenants->count, orr_mem_resize(NULL, (size_t)tenants->count * sizeof *t->items)};
    memset(t->items, 0, (size_t)t->count * sizeof *t->items);
    for (int64_t i = 0; i < t->count; i++) {
        t->items[i].tenant = &tenants->items[i];
        t->items[i].slo = has_limits(&tenants->items[i].slo) ? &tenants->items[i].slo : &study->slo;
        orr_served_begin(&t->items[i].sums);
    }
    return t;
}

void orr_tenant_tallies_destroy(orr_tenant_tallies *t)
{
    if (!t) return;
    for (int64_t i = 0; i < t->count; i++) orr_served_end(&t->items[i].sums);
    orr_mem_free(t->items);
    orr_mem_free(t);
}

bool orr_tenant_tallies_add(orr_tenant_tallies *tallies, const orr_served *served)
{
    tally *t = &tallies->items[served->tenant];
    bool good = true;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = t->slo->limit_ns[metric][stat];
            if (limit_ns > 0 && served->by_metric_ns[metric] > limit_ns) good = false;      /* NaN keeps it */
        }
    }
    orr_served_add(&t->sums, served, good);
    return good;
}

void orr_tenant_tallies_reject(orr_tenant_tallies *tallies, int32_t tenant) { tallies->items[tenant].rejected++; }

static void judge(const tally *t, orr_tenant_result *r)
{
    r->slo_met = t->sums.finished > 0;
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = t->slo->limit_ns[metric][stat];
            if (!(limit_ns > 0)) continue;
            const double ratio = orr_summary_stat(&r->by_metric[metric], (orr_stat)stat) / limit_ns;
            if (ratio > 1) r->slo_met = false;
            if (!(ratio > r->slo_worst_ratio)) continue;
            r->slo_worst_ratio = ratio;
            r->slo_worst_metric = (orr_latency_metric)metric;
            r->slo_worst_stat = (orr_stat)stat;
        }
    }
}

void orr_tenant_tallies_finish(const orr_tenant_tallies *tallies, orr_run_result *run)
{
    run->tenant_count = tallies->count;
    run->tenants = orr_mem_resize(NULL, (size_t)tallies->count * sizeof *run->tenants);
    run->slo_met = run->requests_finished > 0;
    for (int64_t i = 0; i < tallies->count; i++) {
        const tally *t = &tallies->items[i];
        const orr_served_sums *sums = &t->sums;
        orr_tenant_result *r = &run->tenants[i];
        *r = (orr_tenant_result){.name = t->tenant->name, .priority = t->tenant->priority, .requests_finished = sums->finished, .requests_rejected = t->rejected, .input_tokens = sums->input_tokens,
            .output_tokens = sums->output_tokens, .cached_tokens = sums->cached_tokens, .slo_attainment = sums->finished > 0 ? (double)sums->good / (double)sums->finished : 0};
        orr_served_summarize(sums, r->by_metric);
        if (run->duration_s > 0) {
            r->request_throughput_per_s = (double)sums->finished / run->duration_s;
            r->output_tokens_per_s = (double)sums->output_tokens / run->duration_s;
            r->goodput_per_s = (double)sums->good / run->duration_s;
        }
        judge(t, r);
        if (!r->slo_met && r->slo_worst_ratio > 0) run->slo_met = false;
        if (!(r->slo_worst_ratio > run->slo_worst_ratio)) continue;
        run->slo_worst_ratio = r->slo_worst_ratio;
        run->slo_worst_metric = r->slo_worst_metric;
        run->slo_worst_stat = r->slo_worst_stat;
        run->slo_worst_tenant = r->name;
    }
}
