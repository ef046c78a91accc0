/* From what a collector has seen to the run's result. */
#include "drive/collect_internal.h"

#include <math.h>

#include "base/math.h"
#include "base/units.h"

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

/* --- pools --- */

static pool_sums prompts_of(const orr_collector *c) { return c->pool_count > c->own_pools ? c->pools[c->own_pools] : (pool_sums){0}; }

/* All groups together; peaks are of a replica. */
static pool_sums own_of(const orr_collector *c)
{
    pool_sums all = c->pools[0];
    for (int g = 1; g < c->own_pools; g++) {
        const pool_sums *more = &c->pools[g];
        all.replicas += more->replicas;
        all.busy_ns += more->busy_ns;
        all.running_ns += more->running_ns;
        all.waiting_ns += more->waiting_ns;
        all.chunk_new_sum += more->chunk_new_sum;
        all.chunk_context_sum += more->chunk_context_sum;
        all.chunk_count += more->chunk_count;
        all.decode_steps += more->decode_steps;
        all.decode_count_sum += more->decode_count_sum;
        all.decode_context_sum += more->decode_context_sum;
        all.decode_capped_sum += more->decode_capped_sum;
        all.decode_square_sum += more->decode_square_sum;
        all.steps += more->steps;
        all.mixed_steps += more->mixed_steps;
        all.peak_running = orr_max_i64(all.peak_running, more->peak_running);
        all.peak_waiting = orr_max_i64(all.peak_waiting, more->peak_waiting);
    }
    return all;
}

static double mean_batch_of(const pool_sums *pool) { return pool->decode_steps > 0 ? pool->decode_count_sum / pool->decode_steps : 0; }
static double chunks_of(const pool_sums *pool) { return pool->mixed_steps > 0 ? pool->chunk_count / (double)pool->mixed_steps : 0; }

/* The mean step's decodes; zeros where there are none. */
static orr_decode_sums decode_of(const pool_sums *pool)
{
    const double steps = pool->decode_steps;
    if (!(steps > 0)) return (orr_decode_sums){0};
    return (orr_decode_sums){orr_round_i64(pool->decode_count_sum / steps), orr_round_i64(pool->decode_context_sum / steps), orr_round_i64(pool->decode_capped_sum / steps), pool->decode_square_sum / steps};
}

static orr_prefill_chunk chunk_of(const pool_sums *pool)
{
    if (!(pool->chunk_count > 0)) return (orr_prefill_chunk){0};
    return (orr_prefill_chunk){orr_max_i64(1, orr_round_i64(pool->chunk_new_sum / pool->chunk_count)), orr_round_i64(pool->chunk_context_sum / pool->chunk_count)};
}

static double share_of_blocks(double blocks, int64_t of) { return blocks / (double)orr_max_i64(1, of); }

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
    const double provisioned = r->fleet.changes ? r->fleet.mean_replicas / (double)c->own_replicas : 1, gpus = (double)r->gpus * provisioned;
    r->output_tokens_per_s_per_decode_gpu = r->output_tokens_per_s / ((double)r->decode_gpus * provisioned);
    r->output_tokens_per_s_per_gpu = r->output_tokens_per_s / gpus;
    r->total_tokens_per_s_per_gpu = r->total_tokens_per_s / gpus;
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++)
        r->interactivity_tokens_per_s_per_user[stat] = ORR_NS_PER_S / orr_summary_stat(&r->latency.by_metric[ORR_METRIC_TPOT], (orr_stat)stat);
}

static void fill_prefill(const orr_collector *c, orr_run_result *r)
{
    orr_prefill_result *p = &r->prefill;
    const pool_sums prompts = prompts_of(c), *pool = &prompts;
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)pool->replicas;
    if (all_ns > 0) {
        p->input_tokens_per_s_per_gpu = (double)(c->input_tokens - c->local_tokens) / r->duration_s / (double)p->gpus;
        p->busy_share = pool->busy_ns / all_ns;
        p->mean_running = pool->running_ns / all_ns;
        p->mean_waiting = pool->waiting_ns / all_ns;
        p->kv_usage_mean = share_of_blocks(pool->blocks_ns / all_ns, p->kv_blocks);
        p->egress_utilization = c->egress_ns / all_ns;      /* over engines here; over channels where their number is known (run.c) */
        p->ingress_utilization = c->ingress_ns / (r->duration_s * ORR_NS_PER_S * (double)c->own_replicas);
    }
    p->kv_usage_peak = share_of_blocks((double)pool->peak_blocks, p->kv_blocks);
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
static double own_replicas_ns(const orr_collector *c, const orr_run_result *r) { return r->fleet.changes ? r->fleet.provisioned_ns : r->duration_s * ORR_NS_PER_S * (double)c->own_replicas; }

static void fill_fleet(const orr_collector *c, const orr_loop_totals *totals, orr_run_result *r)
{
    const bool all = c->beginning.kind == ORR_WARMUP_NONE || c->beginning.under_way;
    if (!c->changes) return;
    orr_fleet_tally_sum(&c->fleet, c->own_replicas, all ? totals->first_arrival_ns : c->beginning.end_ns, c->last_finish_ns, &r->fleet);
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
    const pool_sums own = own_of(c), apart = prompts_of(c), *prompts = apart.chunk_count > 0 ? &apart : &own, *typical = c->own_pools > 1 ? &c->pools[0] : prompts;
    const double all_ns = own_replicas_ns(c, r);
    if (all_ns > 0) {
        r->busy_share = own.busy_ns / all_ns;
        r->mean_running = own.running_ns / all_ns;
        r->mean_waiting = own.waiting_ns / all_ns;
    }
    for (int g = 0; g < c->own_pools; g++) {
        const pool_sums *pool = &c->pools[g];
        const int64_t blocks = r->group_count > 0 ? r->groups[g].kv_blocks : r->kv_blocks;
        if (all_ns > 0) r->kv_usage_mean += share_of_blocks(pool->blocks_ns / all_ns, blocks);
        r->kv_usage_peak = orr_max(r->kv_usage_peak, share_of_blocks((double)pool->peak_blocks, blocks));
    }
    r->peak_running = own.peak_running;
    r->peak_waiting = own.peak_waiting;
    r->mean_batch = mean_batch_of(&own);
    r->typical_decode = decode_of(c->own_pools > 1 ? typical : &own);
    r->typical_chunk = chunk_of(typical);
    r->mixed_steps = own.mixed_steps;
    r->chunks_per_mixed_step = chunks_of(typical);
    r->chunks_per_step = own.steps > 0 ? own.chunk_count / (double)own.steps : 0;
}

static void fill_groups(const orr_collector *c, const orr_loop_totals *totals, orr_run_result *r)
{
    for (int g = 0; g < r->group_count; g++) {
        const pool_sums *pool = &c->pools[g];
        const orr_served_sums *served = &pool->served;
        orr_group_result *of = &r->groups[g];
        const double all_ns = r->duration_s * ORR_NS_PER_S * (double)pool->replicas;
        of->requests_finished = served->finished;
        of->input_tokens = served->input_tokens;
        of->output_tokens = served->output_tokens;
        of->cached_tokens = served->cached_tokens;
        of->slo_attainment = served->finished > 0 ? (double)served->good / (double)served->finished : 0;
        of->preemptions = totals->groups[g].counters.preemptions;
        of->steps = pool->steps;
        orr_served_summarize(served, of->by_metric);
        if (all_ns > 0) {
            of->request_throughput_per_s = (double)served->finished / r->duration_s;
            of->output_tokens_per_s = (double)served->output_tokens / r->duration_s;
            of->output_tokens_per_s_per_gpu = of->output_tokens_per_s / (double)of->gpus;
            of->goodput_per_s = (double)served->good / r->duration_s;
            of->busy_share = pool->busy_ns / all_ns;
            of->mean_running = pool->running_ns / all_ns;
            of->mean_waiting = pool->waiting_ns / all_ns;
            of->kv_usage_mean = share_of_blocks(pool->blocks_ns / all_ns, of->kv_blocks);
        }
        of->kv_usage_peak = share_of_blocks((double)pool->peak_blocks, of->kv_blocks);
        of->peak_running = pool->peak_running;
        of->peak_waiting = pool->peak_waiting;
        of->mean_batch = mean_batch_of(pool);
        of->typical_decode = decode_of(pool);
        of->typical_chunk = chunk_of(pool);
        of->chunks_per_mixed_step = chunks_of(pool);
    }
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
    fill_groups(c, totals, r);
    if (c->pool_count > c->own_pools) fill_prefill(c, r);
    if (c->encoders) orr_encoder_tallies_finish(c->encoders, r);
    r->itl = c->itl;
    c->itl = NULL;
    if (c->options->keep_records) keep_samples(c, r);
}
