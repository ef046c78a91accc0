#include "drive/collect_internal.h"

#include <math.h>
#include <string.h>

#include "base/cancel.h"
#include "base/math.h"
#include "base/mem.h"
#include "base/units.h"

/* Percentile p of n samples (type 7) lies between sorted[h] and sorted[h + 1], h = floor((n - 1) p): it is over the limit once n - h samples are. */
int64_t orr_allowed_misses(int64_t requests, orr_stat stat)
{
    static const double share[ORR_STAT_COUNT_] = {[ORR_STAT_P50] = 0.50, [ORR_STAT_P90] = 0.90, [ORR_STAT_P95] = 0.95, [ORR_STAT_P99] = 0.99};
    if (stat == ORR_STAT_MEAN || requests <= 0) return INT64_MAX;
    return requests - (int64_t)floor((double)(requests - 1) * share[stat]) - 1;
}

/* Its replicas are numbered after those of the pools before. */
static void add_pool(orr_collector *c, int replicas)
{
    pool_sums *pool = &c->pools[c->pool_count++];
    pool->replicas = replicas;
    c->seen = orr_mem_resize(c->seen, (size_t)(c->replicas + replicas) * sizeof *c->seen);
    for (int i = 0; i < replicas; i++) c->seen[c->replicas++] = (seen_state){.pool = pool};
}

static bool has_groups(const orr_collector *c) { return c->own_pools > 1; }

orr_collector *orr_collector_create(const orr_study *study, const orr_run_options *options, const orr_loop_config *config)
{
    orr_collector *c = orr_mem_resize(NULL, sizeof *c);
    memset(c, 0, sizeof *c);
    c->study = study;
    c->options = options;
    add_pool(c, config->replica_count);
    for (int g = 0; g < config->further_count; g++) add_pool(c, config->further[g].replica_count);
    c->own_pools = c->pool_count;
    c->own_replicas = c->replicas;
    if (config->prefill.replica_count > 0) add_pool(c, config->prefill.replica_count);
    for (int p = 0; has_groups(c) && p < c->pool_count; p++) orr_served_begin(&c->pools[p].served);
    c->changes = orr_serving_changes(&study->serving);
    c->expected_requests = study->traffic.stop_requests;
    c->itl = orr_histogram_create();
    c->queue = orr_histogram_create();
    c->ttft_from_admission = orr_histogram_create();
    if (config->prefill.replica_count > 0) c->transfer = orr_histogram_create();
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
    for (int p = 0; p < c->pool_count; p++) orr_served_end(&c->pools[p].served);
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
    int64_t own_waiting = 0, prompts_waiting = 0;
    for (int p = 0; p < c->pool_count; p++) *(p < c->own_pools ? &own_waiting : &prompts_waiting) += c->pools[p].waiting_now;
    orr_growth_arrived(&c->growth, &(orr_growth_sample){request->arrival_ns, own_waiting + prompts_waiting + at.waiting, prompts_waiting, c->beginning.finished + c->finished, at.waiting, at.left});
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

static void empty_pool(const orr_collector *c, pool_sums *pool)
{
    orr_served_end(&pool->served);
    *pool = (pool_sums){.replicas = pool->replicas, .waiting_now = pool->waiting_now};
    if (has_groups(c)) orr_served_begin(&pool->served);
}

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
    for (int64_t i = 0; i < c->replicas; i++) c->seen[i].since_ns = now_ns;
    for (int p = 0; p < c->pool_count; p++) empty_pool(c, &c->pools[p]);
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
    if (c->pool_count > c->own_pools && finish->replica < c->own_replicas && f->request.ticket == ORR_NO_TICKET) {      /* never handed over: computed where it was decoded */
        c->local_prompts++;
        c->local_tokens += f->request.input_tokens;
    }
    c->last_finish_ns = orr_max_i64(c->last_finish_ns, finish->finish_ns);
    const orr_served served = {f->request.tenant, f->request.input_tokens, f->output_tokens, f->cached_tokens, {[ORR_METRIC_TTFT] = ttft_ns, [ORR_METRIC_TPOT] = tpot_ns, [ORR_METRIC_ITL] = NAN, [ORR_METRIC_E2EL] = e2el_ns}};
    const bool good = c->tenants ? orr_tenant_tallies_add(c->tenants, &served) : keeps_slo(c, served.by_metric_ns);
    c->good += good;
    if (has_groups(c)) orr_served_add(&c->seen[finish->replica].pool->served, &served, good);
    if (c->options->keep_records) orr_vec_push(&c->records, orr_request_record_of(finish));
    if (c->series) orr_warmup_add(c->series, (const double[ORR_WARMUP_SERIES]){ttft_ns, tpot_ns, e2el_ns});
    if (c->beginning.under_way && is_over(c, finish)) end_beginning(c, f->last_token_ns);
    if (c->options->on_progress && c->finished % 4096 == 0) c->options->on_progress(c->options->progress_context, c->finished, c->expected_requests);
}

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
    pool_sums *pool = c->seen[replica].pool;
    if (now->time_ns > seen->since_ns) {        /* a step that ends is often followed by one at once */
        const double passed_ns = (double)(now->time_ns - seen->since_ns);
        if (seen->steps_in_flight > 0) pool->busy_ns += passed_ns;
        pool->running_ns += passed_ns * (double)seen->running;
        pool->waiting_ns += passed_ns * (double)seen->waiting;
        pool->blocks_ns += passed_ns * (double)seen->used_blocks;
    }
    pool->peak_running = orr_max_i64(pool->peak_running, now->running);
    pool->peak_waiting = orr_max_i64(pool->peak_waiting, now->waiting);
    pool->peak_blocks = orr_max_i64(pool->peak_blocks, now->used_blocks);
    pool->waiting_now += now->waiting - seen->waiting;
    *seen = (seen_state){now->time_ns, now->running, now->waiting, now->used_blocks, now->steps_in_flight, pool};
}

static void on_soon(void *context, int replica) { orr_mem_prefetch(&((const orr_collector *)context)->seen[replica], sizeof(seen_state)); }

/* From the state told last to the end of the steps: one more stretch with a step in flight. */
static void on_coasted(void *context, int replica, int64_t start_ns, int64_t end_ns, const orr_coasted *coasted)
{
    orr_collector *c = context;
    seen_state *seen = &c->seen[replica];
    pool_sums *pool = c->seen[replica].pool;
    const double idle_ns = (double)(start_ns - seen->since_ns), passed_ns = (double)(end_ns - start_ns);
    pool->busy_ns += passed_ns;
    pool->running_ns += (idle_ns + passed_ns) * (double)seen->running;
    pool->waiting_ns += (idle_ns + passed_ns) * (double)seen->waiting;
    pool->blocks_ns += idle_ns * (double)seen->used_blocks + coasted->block_ns;
    pool->peak_blocks = orr_max_i64(pool->peak_blocks, coasted->used_blocks);
    seen->since_ns = end_ns;
    seen->used_blocks = coasted->used_blocks;
    pool->steps += coasted->steps;
    pool->decode_steps += (double)coasted->steps;
    pool->decode_count_sum += (double)coasted->steps * (double)coasted->count;
    pool->decode_context_sum += coasted->context_tokens;
    pool->decode_capped_sum += coasted->capped_tokens;
    pool->decode_square_sum += coasted->context_squares;
}

static void on_planned(void *context, int replica, const orr_plan *plan)
{
    orr_collector *c = context;
    pool_sums *pool = c->seen[replica].pool;
    pool->steps++;
    pool->mixed_steps += plan->chunk_count > 0;
    if (plan->decode_count > 0) {
        pool->decode_steps++;
        pool->decode_count_sum += (double)plan->decode_count;
        pool->decode_context_sum += (double)plan->decode_context_tokens;
        pool->decode_capped_sum += (double)plan->decode_capped_tokens;
        pool->decode_square_sum += plan->decode_context_squares;
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
    return (orr_loop_observer){.context = collector, .begun = on_begun, .finished = on_finished, .rejected = on_rejected, .refused = on_refused, .gaps = on_gaps, .planned = on_planned, .state = on_state, .soon = on_soon,
        .coasted = steps ? NULL : on_coasted, .transferred = on_transferred, .encoded = on_encoded, .arrived = on_arrived, .changed = on_changed, .waited = on_waited, .lost = on_lost, .stop = on_stop};
}
