#include "drive/collect.h"

#include "base/cancel.h"
#include "drive/fleet_tally.h"
#include "drive/run_encoders.h"
#include "drive/samples.h"
#include "drive/tenants.h"
#include "drive/warmup.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

/* A stated limit, and how many requests may still exceed it before it is missed for certain. */
typedef struct watched_limit { orr_latency_metric metric; orr_stat stat; double limit_ns; int64_t exceeded, exceeded_allowed; } watched_limit;

enum { MAX_LIMITS = ORR_METRIC_LATENCY_COUNT_ * ORR_STAT_COUNT_ };

/* What a replica was last seen doing, and since when: the time-weighted means are integrals of it. */
typedef struct seen_state { int64_t since_ns, running, waiting, used_blocks, steps_in_flight; } seen_state;

/* Integrals over time of what a pool's replicas did, and sums over their steps. */
typedef struct pool_sums {
    int64_t replicas;
    double busy_ns, running_ns, waiting_ns, blocks_ns;
    double chunk_new_sum, chunk_context_sum, chunk_count;
    int64_t steps, mixed_steps, peak_running, peak_waiting, peak_blocks, waiting_now;
} pool_sums;

/* What is left out at the beginning. */
typedef struct beginning {
    orr_warmup_kind kind;
    int64_t requests, until_ns;             /* since the first arrival */
    int64_t first_arrival_ns;
    bool under_way;
    int64_t finished, rejected, refused, lost, end_ns;    /* of it, once it is over: its end, as clients see it */
    orr_loop_totals totals;
    orr_loop_view view;
    void (*on_over)(void *context);
    void *context;
} beginning;

struct orr_collector {
    const orr_study *study;
    const orr_run_options *options;
    int64_t expected_requests;
    orr_samples ttft, tpot, e2el;
    orr_histogram *itl, *queue, *ttft_from_admission, *transfer;
    ORR_VEC(orr_request_record) records;
    watched_limit limits[MAX_LIMITS];
    int limit_count;
    const watched_limit *certain;           /* the first that is missed for certain; NULL: none */
    int64_t turned_away_late;       /* rejected or refused after they had been told of (orr_request.encoded_ns) */
    bool changes;
    orr_fleet_tally fleet;                  /* where it changes */
    int64_t finished, rejected, refused, lost, waited, good, input_tokens, output_tokens, cached_tokens, local_prompts, local_tokens, last_finish_ns;
    pool_sums own, prefill;                 /* replicas by number: own first */
    double decode_steps, decode_count_sum, decode_context_sum, decode_capped_sum, decode_square_sum;
    double transfer_bytes, egress_ns, ingress_ns;
    orr_tenant_tallies *tenants;            /* of a mix: every one has limits of its own; NULL: no mix */
    orr_encoder_tallies *encoders;          /* NULL: none */
    orr_growth growth;
    seen_state *seen;                       /* by replica */
    orr_warmup_series *series;              /* NULL: not kept */
    beginning beginning;
};

/* Percentile p of n samples (type 7) lies between sorted[h] and sorted[h + 1], h = floor((n - 1) p): it is over the limit once n - h samples are. */
int64_t orr_allowed_misses(int64_t requests, orr_stat stat)
{
    static const double share[ORR_STAT_COUNT_] = {[ORR_STAT_P50] = 0.50, [ORR_STAT_P90] = 0.90, [ORR_STAT_P95] = 0.95, [ORR_STAT_P99] = 0.99};
    if (stat == ORR_STAT_MEAN || requests <= 0) return INT64_MAX;
    return requests - (int64_t)floor((double)(requests - 1) * share[stat]) - 1;
}

orr_collector *orr_collector_create(const orr_study *study, const orr_run_options *options, int64_t replicas, int64_t prefill_replicas)
{
    orr_collector *c = orr_mem_resize(NULL, sizeof *c);
    memset(c, 0, sizeof *c);
    c->study = study;
    c->options = options;
    c->own.replicas = replicas;
    c->prefill.replicas = prefill_replicas;
    c->changes = orr_serving_changes(&study->serving);
    c->expected_requests = study->traffic.stop_requests;
    c->seen = orr_mem_resize(NULL, (size_t)(replicas + prefill_replicas) * sizeof *c->seen);
    memset(c->seen, 0, (size_t)(replicas + prefill_replicas) * sizeof *c->seen);
    c->itl = orr_histogram_create();
    c->queue = orr_histogram_create();
    c->ttft_from_admission = orr_histogram_create();
    if (prefill_replicas > 0) c->transfer = orr_histogram_create();
    c->tenants = orr_tenant_tallies_create(study);
    c->encoders = orr_encoder_tallies_create(study->serving.encoders.replicas);
    for (int metric = 0; metric < ORR_METRIC_LATENCY_COUNT_ && !c->tenants; metric++) {
        for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
            const double limit_ns = study->slo.limit_ns[metric][stat];
            if (limit_ns > 0)
                c->limits[c->limit_count++] = (watched_limit){(orr_latency_metric)metric, (orr_stat)stat, limit_ns, 0, orr_allowed_misses(c->expected_requests, (orr_stat)stat)};
        }
    }
    return c;
}

void orr_collector_destroy(orr_collector *c)
{
    if (c == NULL) return;
    orr_mem_free(c->seen);
    orr_samples_free(&c->ttft);
    orr_samples_free(&c->tpot);
    orr_samples_free(&c->e2el);
    orr_vec_free(&c->records);
    orr_histogram_destroy(c->itl);
    orr_histogram_destroy(c->queue);
    orr_histogram_destroy(c->ttft_from_admission);
    orr_histogram_destroy(c->transfer);
    orr_tenant_tallies_destroy(c->tenants);
    orr_fleet_tally_free(&c->fleet);
    orr_encoder_tallies_destroy(c->encoders);
    orr_mem_free(c);
}

/* --- what the loop tells --- */

static void on_arrived(void *context, const orr_request *request)
{
    orr_collector *c = context;
    if (c->growth.arrived == 0) c->beginning.first_arrival_ns = request->arrival_ns;
    const orr_encoder_counts at = orr_encoder_tallies_counts(c->encoders);
    orr_growth_arrived(&c->growth, &(orr_growth_sample){request->arrival_ns, c->own.waiting_now + c->prefill.waiting_now + at.waiting, c->prefill.waiting_now, c->beginning.finished + c->finished, at.waiting, at.left});
    if (c->encoders && request->images > 0) orr_encoder_tallies_arrive(c->encoders);
}

static void on_rejected(void *context, const orr_request *request)
{
    orr_collector *c = context;
    c->rejected++;
    c->turned_away_late += request->encoded_ns > 0;
    if (c->tenants) orr_tenant_tallies_reject(c->tenants, request->tenant);
}

static void on_refused(void *context, const orr_request *request)
{
    orr_collector *c = context;
    c->refused++;
    c->turned_away_late += request->encoded_ns > 0;
    if (c->tenants) orr_tenant_tallies_reject(c->tenants, request->tenant);
}

static void on_lost(void *context, const orr_request *request)
{
    orr_collector *c = context;
    c->lost++;
    if (c->tenants) orr_tenant_tallies_reject(c->tenants, request->tenant);
}

static void on_waited(void *context, const orr_request *request) { (void)request; ((orr_collector *)context)->waited++; }
static void on_changed(void *context, const orr_fleet_change *change) { orr_fleet_tally_add(&((orr_collector *)context)->fleet, change); }

static void on_gaps(void *context, const orr_gaps *gaps) { orr_histogram_add_gaps(((orr_collector *)context)->itl, gaps->since_ns, gaps->ends_ns, gaps->steps, gaps->count); }

static bool keeps_slo(orr_collector *c, const double value_ns[ORR_METRIC_LATENCY_COUNT_])
{
    bool good = true;
    for (int i = 0; i < c->limit_count; i++) {
        watched_limit *limit = &c->limits[i];
        if (!(value_ns[limit->metric] > limit->limit_ns)) continue;      /* NaN (TPOT of one token, ITL of a request) keeps it */
        good = false;
        if (++limit->exceeded > limit->exceeded_allowed && c->certain == NULL) c->certain = limit;
    }
    return good;
}

/* --- the beginning, left out --- */

static void empty_histogram(orr_histogram **h)
{
    if (*h == NULL) return;
    orr_histogram_destroy(*h);
    *h = orr_histogram_create();
}

static void empty_pool(pool_sums *pool) { *pool = (pool_sums){.replicas = pool->replicas, .waiting_now = pool->waiting_now}; }

/* From now on everything counts anew. */
static void end_beginning(orr_collector *c, int64_t now_ns)
{
    beginning *b = &c->beginning;
    b->under_way = false;
    b->end_ns = c->last_finish_ns;
    b->finished = c->finished;
    b->rejected = c->rejected;
    b->refused = c->refused;
    b->lost = c->lost;
    if (b->view.so_far) b->totals = b->view.so_far(b->view.loop);
    orr_samples_free(&c->ttft);
    orr_samples_free(&c->tpot);
    orr_samples_free(&c->e2el);
    orr_histogram **const all[] = {&c->itl, &c->queue, &c->ttft_from_admission, &c->transfer};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) empty_histogram(all[i]);
    if (c->tenants) {
        orr_tenant_tallies_destroy(c->tenants);
        c->tenants = orr_tenant_tallies_create(c->study);
    }
    orr_encoder_tallies_empty(c->encoders);
    c->finished = c->rejected = c->refused = c->lost = c->waited = c->good = c->input_tokens = c->output_tokens = c->cached_tokens = c->local_prompts = c->local_tokens = 0;
    for (int64_t i = 0; i < c->own.replicas + c->prefill.replicas; i++) c->seen[i].since_ns = now_ns;
    empty_pool(&c->own);
    empty_pool(&c->prefill);
    c->decode_steps = c->decode_count_sum = c->decode_context_sum = c->decode_capped_sum = c->decode_square_sum = 0;
    c->transfer_bytes = c->egress_ns = c->ingress_ns = 0;
    if (b->on_over) b->on_over(b->context);
}

static bool is_over(const orr_collector *c, const orr_loop_finish *finish)
{
    const beginning *b = &c->beginning;
    if (b->kind == ORR_WARMUP_REQUESTS) return c->finished >= b->requests;
    return finish->finish_ns - b->first_arrival_ns >= b->until_ns;
}

static void on_begun(void *context, const orr_loop_view *view) { ((orr_collector *)context)->beginning.view = *view; }

void orr_collector_leave_out(orr_collector *c, const orr_measure *warmup, void (*on_over)(void *context), void *context)
{
    if (warmup->warmup_kind != ORR_WARMUP_TIME && (warmup->warmup_kind != ORR_WARMUP_REQUESTS || warmup->warmup_requests <= 0)) return;
    c->beginning = (beginning){.kind = warmup->warmup_kind, .requests = warmup->warmup_requests, .until_ns = warmup->warmup_ns, .under_way = true, .on_over = on_over, .context = context};
    for (int i = 0; i < c->limit_count; i++) c->limits[i].exceeded_allowed = INT64_MAX;        /* how many will be judged is not known */
}

void orr_collector_keep_series(orr_collector *c, orr_warmup_series *series) { c->series = series; }

static void on_finished(void *context, const orr_loop_finish *finish)
{
    orr_collector *c = context;
    const orr_finished *f = &finish->finished;
    const int64_t arrival_ns = f->request.arrival_ns;
    const double ttft_ns = (double)(finish->first_token_ns - arrival_ns), e2el_ns = (double)(finish->finish_ns - arrival_ns);
    const double tpot_ns = f->output_tokens > 1 ? (e2el_ns - ttft_ns) / (double)(f->output_tokens - 1) : NAN;
    const bool all = c->options->keep_records;
    orr_samples_add(&c->ttft, ttft_ns, all);
    orr_samples_add(&c->e2el, e2el_ns, all);
    if (f->output_tokens > 1) orr_samples_add(&c->tpot, tpot_ns, all);
    orr_histogram_add(c->queue, f->admitted_ns - (f->request.encoded_ns > 0 ? f->request.encoded_ns : arrival_ns), 1);
    orr_histogram_add(c->ttft_from_admission, finish->first_token_ns - f->admitted_ns, 1);
    c->finished++;
    c->input_tokens += f->request.input_tokens;
    c->output_tokens += f->output_tokens;
    c->cached_tokens += f->cached_tokens;
    if (c->prefill.replicas > 0 && finish->replica < c->own.replicas && f->request.ticket == ORR_NO_TICKET) {      /* never handed over: computed where it was decoded */
        c->local_prompts++;
        c->local_tokens += f->request.input_tokens;
    }
    c->last_finish_ns = orr_max_i64(c->last_finish_ns, finish->finish_ns);
    if (c->tenants) c->good += orr_tenant_tallies_add(c->tenants, &(orr_tenant_finish){f->request.tenant, f->request.input_tokens, f->output_tokens, f->cached_tokens, ttft_ns, tpot_ns, e2el_ns});
    else c->good += keeps_slo(c, (const double[ORR_METRIC_LATENCY_COUNT_]){[ORR_METRIC_TTFT] = ttft_ns, [ORR_METRIC_TPOT] = tpot_ns, [ORR_METRIC_ITL] = NAN, [ORR_METRIC_E2EL] = e2el_ns});
    if (c->options->keep_records) orr_vec_push(&c->records, orr_request_record_of(finish));
    if (c->series) orr_warmup_add(c->series, (const double[ORR_WARMUP_SERIES]){ttft_ns, tpot_ns, e2el_ns});
    if (c->beginning.under_way && is_over(c, finish)) end_beginning(c, f->last_token_ns);
    if (c->options->on_progress && c->finished % 4096 == 0) c->options->on_progress(c->options->progress_context, c->finished, c->expected_requests);
}

static pool_sums *pool_of(orr_collector *c, int replica) { return replica < c->own.replicas ? &c->own : &c->prefill; }

static void on_transferred(void *context, const orr_transferred *transfer)
{
    orr_collector *c = context;
    orr_histogram_add(c->transfer, transfer->end_ns - transfer->computed_ns, 1);
    c->transfer_bytes += transfer->bytes;
    c->egress_ns += (double)transfer->egress_ns;
    c->ingress_ns += (double)transfer->ingress_ns;
}

static void on_encoded(void *context, const orr_encoded *encoded) { orr_encoder_tallies_add(((orr_collector *)context)->encoders, encoded); }

static void on_state(void *context, int replica, const orr_replica_state *now)
{
    orr_collector *c = context;
    seen_state *seen = &c->seen[replica];
    const double passed_ns = (double)(now->time_ns - seen->since_ns);
    pool_sums *pool = pool_of(c, replica);
    if (seen->steps_in_flight > 0) pool->busy_ns += passed_ns;
    pool->running_ns += passed_ns * (double)seen->running;
    pool->waiting_ns += passed_ns * (double)seen->waiting;
    pool->blocks_ns += passed_ns * (double)seen->used_blocks;
    pool->peak_running = orr_max_i64(pool->peak_running, now->running);
    pool->peak_waiting = orr_max_i64(pool->peak_waiting, now->waiting);
    pool->peak_blocks = orr_max_i64(pool->peak_blocks, now->used_blocks);
    pool->waiting_now += now->waiting - seen->waiting;
    *seen = (seen_state){now->time_ns, now->running, now->waiting, now->used_blocks, now->steps_in_flight};
}

/* From the state told last to the end of the steps: one more stretch with a step in flight. */
static void on_coasted(void *context, int replica, int64_t start_ns, int64_t end_ns, const orr_coasted *coasted)
{
    orr_collector *c = context;
    seen_state *seen = &c->seen[replica];
    pool_sums *pool = pool_of(c, replica);
    const double idle_ns = (double)(start_ns - seen->since_ns), passed_ns = (double)(end_ns - start_ns);
    pool->busy_ns += passed_ns;
    pool->running_ns += (idle_ns + passed_ns) * (double)seen->running;
    pool->waiting_ns += (idle_ns + passed_ns) * (double)seen->waiting;
    pool->blocks_ns += idle_ns * (double)seen->used_blocks + coasted->block_ns;
    pool->peak_blocks = orr_max_i64(pool->peak_blocks, coasted->used_blocks);
    seen->since_ns = end_ns;
    seen->used_blocks = coasted->used_blocks;
    pool->steps += coasted->steps;
    c->decode_steps += (double)coasted->steps;
    c->decode_count_sum += (double)coasted->steps * (double)coasted->count;
    c->decode_context_sum += coasted->context_tokens;
    c->decode_capped_sum += coasted->capped_tokens;
    c->decode_square_sum += coasted->context_squares;
}

static void on_planned(void *context, int replica, const orr_plan *plan)
{
    orr_collector *c = context;
    pool_sums *pool = pool_of(c, replica);
    pool->steps++;
    pool->mixed_steps += plan->chunk_count > 0;
    if (plan->decode_count > 0) {
        c->decode_steps++;
        c->decode_count_sum += (double)plan->decode_count;
        c->decode_context_sum += (double)plan->decode_context_tokens;
        c->decode_capped_sum += (double)plan->decode_capped_tokens;
        c->decode_square_sum += plan->decode_context_squares;
    }
    for (int64_t i = 0; i < plan->chunk_count; i++) {
        pool->chunk_count++;
        pool->chunk_new_sum += (double)plan->chunks[i].new_tokens;
        pool->chunk_context_sum += (double)plan->chunks[i].context_tokens;
    }
}

static bool on_stop(void *context)
{
    const orr_collector *c = context;
    return orr_cancel_asked(c->options->cancel) || (c->options->stop_at_certain_miss && c->certain != NULL);
}

orr_loop_observer orr_collector_observer(orr_collector *collector)
{
    /* A beginning may end in the midst of foreseen steps: then they are taken one by one. */
    const bool steps = collector->beginning.under_way;
    return (orr_loop_observer){.context = collector, .begun = on_begun, .finished = on_finished, .rejected = on_rejected, .refused = on_refused, .gaps = on_gaps, .planned = on_planned, .state = on_state,
        .coasted = steps ? NULL : on_coasted, .transferred = on_transferred, .encoded = on_encoded, .arrived = on_arrived, .changed = on_changed, .waited = on_waited, .lost = on_lost, .stop = on_stop};
}

/* --- the result --- */

double orr_summary_stat(const orr_summary *summary, orr_stat stat)
{
    switch (stat) {
    case ORR_STAT_MEAN: return summary->mean;
    case ORR_STAT_P50: return summary->p50;
    case ORR_STAT_P90: return summary->p90;
    case ORR_STAT_P95: return summary->p95;
    case ORR_STAT_P99: return summary->p99;
    case ORR_STAT_COUNT_: break;
    }
    return NAN;
}

static void judge_slo(orr_collector *c, orr_run_result *r)
{
    r->slo_met = c->finished > 0;
    for (int i = 0; i < c->limit_count; i++) {
        const watched_limit *limit = &c->limits[i];
        const double ratio = orr_summary_stat(&r->latency.by_metric[limit->metric], limit->stat) / limit->limit_ns;
        if (ratio > 1) r->slo_met = false;
        if (ratio > r->slo_worst_ratio) {
            r->slo_worst_ratio = ratio;
            r->slo_worst_metric = limit->metric;
            r->slo_worst_stat = limit->stat;
        }
    }
    if (c->certain != NULL) {
        r->slo_met = false;
        r->certain_miss = true;
        r->certain_metric = c->certain->metric;
        r->certain_stat = c->certain->stat;
    }
    r->slo_attainment = c->finished > 0 ? (double)c->good / (double)(c->finished + c->lost) : 0;
}

/* Of open load alone: a closed one waits for answers, and all at once is a queue from the start. */
static orr_drift drift_of(const orr_collector *c)
{
    const orr_load_kind load = c->study->traffic.load;
    return load == ORR_LOAD_CLOSED || load == ORR_LOAD_ALL_AT_ONCE ? (orr_drift){0} : orr_growth_drift(&c->growth);
}

static void fill_throughput(const orr_collector *c, orr_run_result *r)
{
    if (!(r->duration_s > 0)) return;
    r->request_throughput_per_s = (double)c->finished / r->duration_s;
    r->output_tokens_per_s = (double)c->output_tokens / r->duration_s;
    r->total_tokens_per_s = (double)(c->output_tokens + c->input_tokens) / r->duration_s;
    r->goodput_per_s = (double)c->good / r->duration_s;
    const double provisioned = r->fleet.changes ? r->fleet.mean_replicas / (double)c->own.replicas : 1, gpus = (double)r->gpus * provisioned;
    r->output_tokens_per_s_per_decode_gpu = r->output_tokens_per_s / ((double)r->decode_gpus * provisioned);
    r->output_tokens_per_s_per_gpu = r->output_tokens_per_s / gpus;
    r->total_tokens_per_s_per_gpu = r->total_tokens_per_s / gpus;
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++)
        r->interactivity_tokens_per_s_per_user[stat] = ORR_NS_PER_S / orr_summary_stat(&r->latency.by_metric[ORR_METRIC_TPOT], (orr_stat)stat);
}

static void fill_prefill(const orr_collector *c, orr_run_result *r)
{
    orr_prefill_result *p = &r->prefill;
    const pool_sums *pool = &c->prefill;
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)pool->replicas;
    if (all_ns > 0) {
        p->input_tokens_per_s_per_gpu = (double)(c->input_tokens - c->local_tokens) / r->duration_s / (double)p->gpus;
        p->busy_share = pool->busy_ns / all_ns;
        p->mean_running = pool->running_ns / all_ns;
        p->mean_waiting = pool->waiting_ns / all_ns;
        p->kv_usage_mean = pool->blocks_ns / all_ns / (double)orr_max_i64(1, p->kv_blocks);
        p->egress_utilization = c->egress_ns / all_ns;      /* over engines here; over channels where their number is known (run.c) */
        p->ingress_utilization = c->ingress_ns / (r->duration_s * ORR_NS_PER_S * (double)c->own.replicas);
    }
    p->kv_usage_peak = (double)pool->peak_blocks / (double)orr_max_i64(1, p->kv_blocks);
    p->peak_running = pool->peak_running;
    p->peak_waiting = pool->peak_waiting;
    p->steps = pool->steps;
    p->local_prompts = c->local_prompts;
    p->local_tokens = c->local_tokens;
    p->transfers = orr_histogram_count(c->transfer);
    p->transfer_bytes = c->transfer_bytes;
    p->transfer = orr_summary_of_histogram(c->transfer);
}

/* What the replicas were paid for, in ns. */
static double own_replicas_ns(const orr_collector *c, const orr_run_result *r) { return r->fleet.changes ? r->fleet.provisioned_ns : r->duration_s * ORR_NS_PER_S * (double)c->own.replicas; }

static void fill_fleet(const orr_collector *c, const orr_loop_totals *totals, orr_run_result *r)
{
    const bool all = c->beginning.kind == ORR_WARMUP_NONE || c->beginning.under_way;
    if (!c->changes) return;
    orr_fleet_tally_sum(&c->fleet, c->own.replicas, all ? totals->first_arrival_ns : c->beginning.end_ns, c->last_finish_ns, &r->fleet);
    r->fleet.failures = totals->fleet.failures;
    r->fleet.redelivered = totals->fleet.redelivered;
    r->fleet.lost_tokens = totals->fleet.lost_tokens;
    r->fleet.started = totals->fleet.started;
    r->fleet.stopped = totals->fleet.stopped;
    r->fleet.waited = c->waited;
    r->requests_lost = c->lost;
}

static void fill_occupancy(const orr_collector *c, orr_run_result *r)
{
    const pool_sums *own = &c->own, *prompts = c->prefill.chunk_count > 0 ? &c->prefill : &c->own;
    const double all_ns = own_replicas_ns(c, r);
    if (all_ns > 0) {
        r->busy_share = own->busy_ns / all_ns;
        r->mean_running = own->running_ns / all_ns;
        r->mean_waiting = own->waiting_ns / all_ns;
        r->kv_usage_mean = own->blocks_ns / all_ns / (double)orr_max_i64(1, r->kv_blocks);
    }
    r->kv_usage_peak = (double)own->peak_blocks / (double)orr_max_i64(1, r->kv_blocks);
    r->peak_running = own->peak_running;
    r->peak_waiting = own->peak_waiting;
    r->mean_batch = c->decode_steps > 0 ? c->decode_count_sum / c->decode_steps : 0;
    if (c->decode_steps > 0) {
        const double steps = c->decode_steps;
        r->typical_decode = (orr_decode_sums){orr_round_i64(c->decode_count_sum / steps), orr_round_i64(c->decode_context_sum / steps),
            orr_round_i64(c->decode_capped_sum / steps), c->decode_square_sum / steps};
    }
    if (prompts->chunk_count > 0)
        r->typical_chunk = (orr_prefill_chunk){orr_max_i64(1, orr_round_i64(prompts->chunk_new_sum / prompts->chunk_count)), orr_round_i64(prompts->chunk_context_sum / prompts->chunk_count)};
    r->mixed_steps = own->mixed_steps;
    r->chunks_per_mixed_step = prompts->mixed_steps > 0 ? prompts->chunk_count / (double)prompts->mixed_steps : 0;
    r->chunks_per_step = own->steps > 0 ? own->chunk_count / (double)own->steps : 0;
}

static void keep_samples(orr_collector *c, orr_run_result *r)
{
    r->records = c->records.items;
    r->record_count = c->records.count;
    r->ttft_ns_sorted = c->ttft.values.items;
    r->e2el_ns_sorted = c->e2el.values.items;
    r->tpot_ns_sorted = c->tpot.values.items;
    r->sample_count = c->ttft.values.count;
    r->tpot_count = c->tpot.values.count;
    orr_sort_doubles(r->ttft_ns_sorted, r->sample_count);
    orr_sort_doubles(r->e2el_ns_sorted, r->sample_count);
    orr_sort_doubles(r->tpot_ns_sorted, r->tpot_count);
    c->records.items = NULL;
    c->ttft.values.items = c->e2el.values.items = c->tpot.values.items = NULL;
    c->records.count = c->ttft.values.count = c->e2el.values.count = c->tpot.values.count = 0;
}

static void take_counters(orr_engine_counters *all, const orr_engine_counters *less)
{
    all->steps -= less->steps;
    all->admissions -= less->admissions;
    all->preemptions -= less->preemptions;
    all->recomputed_tokens -= less->recomputed_tokens;
    all->cached_tokens -= less->cached_tokens;
    all->prefill_tokens -= less->prefill_tokens;
    all->decodes -= less->decodes;
    all->decode_tokens -= less->decode_tokens;
    all->fetch_waits -= less->fetch_waits;
    all->fetch_wait_ns -= less->fetch_wait_ns;
}

static void take_fleet(orr_fleet_totals *all, const orr_fleet_totals *less)
{
    all->failures -= less->failures;
    all->redelivered -= less->redelivered;
    all->lost_requests -= less->lost_requests;
    all->lost_tokens -= less->lost_tokens;
    all->started -= less->started;
    all->stopped -= less->stopped;
}

static void take_tiers(orr_tier_totals *all, const orr_tier_totals *less)
{
    for (int t = 0; t < ORR_MOST_TIERS; t++) {
        all[t].read_blocks -= less[t].read_blocks;
        all[t].written_blocks -= less[t].written_blocks;
        all[t].reads -= less[t].reads;
        all[t].read_wait_ns -= less[t].read_wait_ns;
        all[t].read_busy_ns -= less[t].read_busy_ns;
        all[t].write_busy_ns -= less[t].write_busy_ns;
        all[t].read_link_bytes -= less[t].read_link_bytes;
        all[t].write_link_bytes -= less[t].write_link_bytes;
    }
}

orr_loop_totals orr_collector_measured(const orr_collector *c, const orr_loop_totals *totals)
{
    orr_loop_totals measured = *totals;
    if (c->beginning.kind == ORR_WARMUP_NONE || c->beginning.under_way) return measured;
    take_counters(&measured.counters, &c->beginning.totals.counters);
    take_counters(&measured.prefill, &c->beginning.totals.prefill);
    take_fleet(&measured.fleet, &c->beginning.totals.fleet);
    for (int g = 0; g < measured.group_count; g++) {
        take_counters(&measured.groups[g].counters, &c->beginning.totals.groups[g].counters);
        take_tiers(measured.groups[g].tiers, c->beginning.totals.groups[g].tiers);
    }
    return measured;
}

static void fill_beginning(orr_collector *c, const orr_loop_totals *totals, orr_run_result *r)
{
    beginning *b = &c->beginning;
    if (b->under_way || c->finished == 0) {
        r->warmup_is_all = true;
        r->requests_finished = b->finished + c->finished;
        r->duration_s = (double)(c->last_finish_ns - totals->first_arrival_ns) / ORR_NS_PER_S;
        return;
    }
    r->warmup_requests = b->finished;
    r->warmup_s = (double)(b->end_ns - totals->first_arrival_ns) / ORR_NS_PER_S;
    r->duration_s = c->finished > 0 ? (double)(c->last_finish_ns - b->end_ns) / ORR_NS_PER_S : 0;
}

void orr_collector_finish(orr_collector *c, const orr_loop_totals *totals, orr_run_result *r)
{
    r->requests_arrived = c->growth.arrived - c->beginning.finished - c->beginning.lost + c->rejected + c->refused - c->turned_away_late;
    r->requests_refused = c->refused;
    r->requests_finished = c->finished;
    r->requests_rejected = c->rejected;
    r->input_tokens = c->input_tokens;
    r->output_tokens = c->output_tokens;
    r->cached_tokens = c->cached_tokens;
    r->prefix_hit_share = c->input_tokens > 0 ? (double)c->cached_tokens / (double)c->input_tokens : 0;
    r->preemptions = totals->counters.preemptions;
    r->recomputed_tokens = totals->counters.recomputed_tokens;
    r->steps = totals->counters.steps;
    r->events = (int64_t)totals->events;
    r->duration_s = c->finished > 0 ? (double)(c->last_finish_ns - totals->first_arrival_ns) / ORR_NS_PER_S : 0;
    if (c->beginning.kind != ORR_WARMUP_NONE) fill_beginning(c, totals, r);
    fill_fleet(c, totals, r);
    r->latency.by_metric[ORR_METRIC_TTFT] = orr_samples_summarize(&c->ttft);
    r->latency.by_metric[ORR_METRIC_TPOT] = orr_samples_summarize(&c->tpot);
    r->latency.by_metric[ORR_METRIC_E2EL] = orr_samples_summarize(&c->e2el);
    r->latency.by_metric[ORR_METRIC_ITL] = orr_summary_of_histogram(c->itl);
    r->latency.queue = orr_summary_of_histogram(c->queue);
    r->latency.ttft_from_admission = orr_summary_of_histogram(c->ttft_from_admission);
    r->drift = drift_of(c);
    r->unstable = r->drift.unstable;
    judge_slo(c, r);
    if (c->tenants) orr_tenant_tallies_finish(c->tenants, r);
    fill_throughput(c, r);
    fill_occupancy(c, r);
    if (c->prefill.replicas > 0) fill_prefill(c, r);
    if (c->encoders) orr_encoder_tallies_finish(c->encoders, r);
    r->itl = c->itl;
    c->itl = NULL;
    if (c->options->keep_records) keep_samples(c, r);
}
