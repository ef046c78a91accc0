#include "drive/run.h"

#include <math.h>
#include <string.h>

#include "base/cancel.h"
#include "base/math.h"
#include "base/mem.h"
#include "base/units.h"
#include "drive/collect.h"
#include "drive/executors.h"
#include "drive/foresight.h"
#include "drive/run_config.h"
#include "drive/warmup.h"
#include "drive/watch.h"

static bool next_of_source(void *source, orr_arrival *arrival) { return orr_source_next(source, arrival); }
static orr_turns left_source(void *source, const orr_request *request, int64_t time_ns, bool served) { return orr_source_left(source, request->session, request->tenant, time_ns, served); }
static bool turn_of_source(void *source, uint32_t number, int64_t time_ns, orr_arrival *arrival) { return orr_source_turn(source, number, time_ns, arrival); }

/* --- cost --- */

static void fill_apart(const orr_perf *perf, const orr_apart_totals *totals, orr_run_result *r)
{
    orr_apart_result *a = &r->apart;
    if (orr_perf_ffn(perf) == NULL || !(totals->step_ns > 0) || !(r->duration_s > 0)) return;
    for (int s = 0; s < ORR_STATION_COUNT_; s++) {
        a->busy[s] = totals->busy_ns[s] / totals->step_ns;
        if (a->busy[s] > a->busy[a->binding]) a->binding = (orr_station)s;
    }
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)r->replicas;
    a->ffn_compute_utilization = totals->ffn.compute_limit_ns / all_ns;
    a->ffn_memory_utilization = totals->ffn.memory_limit_ns / all_ns;
    a->ffn_link_utilization = totals->ffn.link_limit_ns / all_ns;
    a->link_bytes = totals->link.link_bytes;
}

/* --- groups --- */

static double groups_stages_ns(const orr_perf *perf, const orr_run_result *r)
{
    double sum = 0;
    for (int g = 0; g < r->group_count; g++) sum += r->duration_s * ORR_NS_PER_S * (double)r->groups[g].replicas * (double)orr_perf_stage_count(orr_perf_group(perf, g));
    return sum;
}

static double groups_idle_w(const orr_perf *perf, const orr_run_result *r)
{
    double sum = 0;
    for (int g = 0; g < r->group_count; g++) sum += orr_perf_idle_w(orr_perf_group(perf, g)) * (double)r->groups[g].replicas;
    return sum;
}

static void fill_group_cost(const orr_group *group, const orr_perf *perf, const orr_step_cost *steps, double duration_s, orr_group_result *r)
{
    const double all_ns = duration_s * ORR_NS_PER_S * (double)r->replicas, stages_ns = all_ns * (double)orr_perf_stage_count(perf);
    r->usd_per_h = group->hardware.chip.price_usd_per_h > 0 ? group->hardware.chip.price_usd_per_h * (double)r->gpus : (double)NAN;
    r->usd_per_mtok_output = r->joules_per_output_token = NAN;
    if (!(duration_s > 0)) return;
    r->compute_utilization = steps->cost.compute_limit_ns / stages_ns;
    r->memory_utilization = steps->cost.memory_limit_ns / stages_ns;
    r->link_utilization = steps->cost.link_limit_ns / stages_ns;
    r->host_utilization = steps->host_ns / all_ns;
    r->energy_j = steps->cost.energy_j + orr_perf_idle_w(perf) * (double)r->replicas * duration_s;
    if (r->output_tokens == 0) return;
    r->joules_per_output_token = r->energy_j / (double)r->output_tokens;
    r->usd_per_mtok_output = r->usd_per_h * duration_s / 3600.0 / ((double)r->output_tokens / 1e6);
}

/* Energy: idle power of every chip for the whole run, and what the operators added. Price: the deployment's chips for the whole run. */
static void fill_cost(const orr_study *study, const orr_perf *perf, const orr_step_cost *own_steps, const orr_step_cost *prompts_steps, const orr_cost *encoding, orr_run_result *r)
{
    const orr_perf *prefill = orr_perf_prefill(perf);
    orr_prefill_result *p = &r->prefill;
    const orr_cost own = own_steps->cost, prompts = prompts_steps->cost;
    const double own_host_ns = own_steps->host_ns, prompts_host_ns = prompts_steps->host_ns;
    r->cost = own;
    r->host_ns = own_host_ns + prompts_host_ns;
    r->usd_per_h = orr_study_usd_per_h(study) * (r->fleet.changes ? r->fleet.mean_replicas / (double)r->replicas : 1);
    r->all_in_w = orr_study_all_in_w(study);
    if (prefill) orr_cost_add(&r->cost, &prompts, 1);
    r->usd_per_mtok_output = r->usd_per_mtok_total = r->joules_per_output_token = r->output_tokens_per_s_per_mw = NAN;
    if (!(r->duration_s > 0)) return;
    const double all_ns = r->fleet.changes ? r->fleet.provisioned_ns : r->duration_s * ORR_NS_PER_S * (double)r->replicas;
    const double stages_ns = r->group_count > 0 ? groups_stages_ns(perf, r) : all_ns * (double)orr_perf_stage_count(perf);
    r->compute_utilization = own.compute_limit_ns / stages_ns;      /* a cost's limits are summed over the stages */
    r->memory_utilization = own.memory_limit_ns / stages_ns;
    r->link_utilization = own.link_limit_ns / stages_ns;
    r->host_utilization = own_host_ns / all_ns;
    const double idle_w = r->group_count > 0 ? groups_idle_w(perf, r) : orr_perf_idle_w(perf) * (r->fleet.changes ? r->fleet.mean_replicas : (double)r->replicas);
    r->energy_j = r->cost.energy_j + idle_w * r->duration_s;
    if (prefill) {
        const double prefill_ns = r->duration_s * ORR_NS_PER_S * (double)p->replicas, prefill_stages_ns = prefill_ns * (double)orr_perf_stage_count(prefill);
        p->compute_utilization = prompts.compute_limit_ns / prefill_stages_ns;
        p->memory_utilization = prompts.memory_limit_ns / prefill_stages_ns;
        p->link_utilization = prompts.link_limit_ns / prefill_stages_ns;
        p->host_utilization = prompts_host_ns / prefill_ns;
        p->egress_utilization /= (double)orr_perf_channels(prefill);
        p->ingress_utilization /= (double)orr_perf_channels(perf);
        r->energy_j += orr_perf_idle_w(prefill) * (double)p->replicas * r->duration_s;
    }
    orr_run_encoders_fill(perf, encoding, r);
    r->mean_power_w = r->energy_j / r->duration_s;
    r->output_tokens_per_s_per_mw = r->output_tokens_per_s / (r->all_in_w / 1e6);
    if (r->output_tokens > 0) {
        r->joules_per_output_token = r->energy_j / (double)r->output_tokens;
        const double usd = r->usd_per_h * r->duration_s / 3600.0;
        r->usd_per_mtok_output = usd / ((double)r->output_tokens / 1e6);
        r->usd_per_mtok_total = usd / ((double)(r->output_tokens + r->input_tokens) / 1e6);
    }
}

static void begin_groups(const orr_study *study, const orr_perf *perf, orr_run_result *r)
{
    const orr_groups *groups = &study->serving.groups;
    r->group_count = (int)groups->count;
    r->groups = orr_mem_resize(NULL, (size_t)groups->count * sizeof *r->groups);
    for (int g = 0; g < r->group_count; g++) {
        const orr_group *group = &groups->items[g];
        const orr_memory_map memory = orr_perf_memory(orr_perf_group(perf, g));
        r->groups[g] = (orr_group_result){.name = group->name, .chip = group->hardware.chip.name, .replicas = group->replicas, .gpus = orr_group_chips(group), .memory = memory, .kv_blocks = memory.kv_blocks};
        if (!memory.fits && r->memory.fits) r->memory = memory;
    }
}

/* What is known before the first event. */
static orr_run_result empty_result(const orr_study *study, const orr_perf *perf)
{
    orr_run_result result = {.replicas = study->serving.replicas, .memory = orr_perf_memory(perf), .gpus = orr_study_gpus(study)};
    result.decode_gpus = result.gpus - orr_study_prefill_chips(study) - study->serving.encoders.replicas;
    if (orr_perf_has_encoders(perf)) result.encoders = (orr_encoder_result){.replicas = study->serving.encoders.replicas, .most_images = orr_perf_encoder_images(perf)};
    result.kv_blocks = result.memory.kv_blocks;
    if (orr_study_has_groups(study)) begin_groups(study, perf, &result);
    const orr_attention_ffn *apart = &study->engine.attention_ffn;
    if (apart->ffn_devices > 0) {
        const int64_t ffn = apart->ffn_devices * result.replicas;
        result.apart = (orr_apart_result){.micro_batches = apart->micro_batches, .ffn_gpus = ffn, .attention_gpus = result.decode_gpus - ffn, .ffn_memory = orr_perf_memory(orr_perf_ffn(perf))};
    }
    const orr_perf *prefill = orr_perf_prefill(perf);
    if (prefill == NULL) return result;
    result.prefill = (orr_prefill_result){.replicas = study->serving.prefill.replicas, .gpus = orr_study_prefill_chips(study), .memory = orr_perf_memory(prefill)};
    result.prefill.kv_blocks = result.prefill.memory.kv_blocks;
    if (!result.prefill.memory.fits && result.memory.fits) result.memory = result.prefill.memory;
    return result;
}

/* --- the future, for the reference eviction --- */

static bool wants_future(const orr_study *study)
{
    for (int64_t g = 1; g < study->serving.groups.count; g++) if (study->serving.groups.items[g].engine.cache_eviction == ORR_EVICT_BELADY) return true;
    return study->engine.cache_eviction == ORR_EVICT_BELADY || (orr_study_has_pools(study) && study->serving.prefill.engine.cache_eviction == ORR_EVICT_BELADY);
}

/* The same requests once more: a source gives the same whenever it is opened. NULL when reported. */
static orr_future *read_ahead(const orr_study *study, orr_diags *diags)
{
    orr_source_stream *source = orr_source_open(&study->traffic, study->seed, diags);
    if (source == NULL) return NULL;
    orr_future *future = orr_future_read((orr_feed){.context = source, .next = next_of_source});
    const bool failed = orr_source_failed(source);
    orr_source_close(source);
    if (!failed) return future;
    orr_future_destroy(future);
    return NULL;
}

/* --- a run --- */

/* What steps had cost when the beginning was over. */
typedef struct cost_mark { const orr_executors *executors; const orr_encoder_costs *encoders; orr_step_cost costs[ORR_POOL_COUNT_], groups[ORR_MOST_STUDY_GROUPS]; int group_count; orr_apart_totals apart; orr_cost encoding; orr_step_images images[ORR_POOL_COUNT_]; } cost_mark;

static void mark_costs(void *context)
{
    cost_mark *mark = context;
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) mark->costs[pool] = orr_executors_total(mark->executors, (orr_pool)pool);
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) mark->images[pool] = orr_executors_images(mark->executors, (orr_pool)pool);
    for (int g = 0; g < mark->group_count; g++) mark->groups[g] = orr_executors_group_total(mark->executors, g);
    mark->encoding = mark->encoders->total;
    mark->apart = orr_executors_apart(mark->executors, ORR_POOL_OWN);
}

static orr_step_cost cost_since(orr_step_cost now, const orr_step_cost *then)
{
    orr_cost_add(&now.cost, &then->cost, -1);
    now.host_ns -= then->host_ns;
    return now;
}

/* Encoded in steps. */
static void fill_images(const cost_mark *mark, orr_run_result *r)
{
    orr_encoder_result *e = &r->encoders;
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) {
        const orr_step_images all = orr_executors_images(mark->executors, (orr_pool)pool);
        e->step_images += all.count - mark->images[pool].count;
        e->step_ns += all.time_ns - mark->images[pool].time_ns;
    }
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)(r->prefill.replicas > 0 ? r->prefill.replicas : r->replicas);
    e->step_share = all_ns > 0 ? e->step_ns / all_ns : 0;
}

static void fill_tiers(const orr_study *study, const orr_loop_config *loop, const orr_loop_totals *totals, orr_run_result *r)
{
    const orr_groups *groups = &study->serving.groups;
    orr_run_tiers_fill(&study->engine, &loop->tiers, totals->groups[0].tiers, false, groups->count > 0 ? groups->items[0].name : NULL, r);
    for (int g = 0; g < loop->further_count; g++) orr_run_tiers_fill(&groups->items[g + 1].engine, &loop->further[g].tiers, totals->groups[g + 1].tiers, false, groups->items[g + 1].name, r);
    if (loop->prefill.replica_count > 0) orr_run_tiers_fill(&study->serving.prefill.engine, &loop->prefill.tiers, totals->groups[totals->group_count - 1].tiers, true, NULL, r);
}

/* Does anybody look at what each step costs? */
static bool wants_steps(const orr_run_options *options)
{
    for (int i = 0; i < options->watcher_count; i++)
        if (options->watchers[i]->stepped) return true;
    return false;
}

/* `warmup`: not AUTO; `series`: NULL, or what tells where the beginning ends. */
static orr_run_result run_once(const orr_study *study, const orr_perf *perf, const orr_run_options *options, const orr_measure *warmup, orr_warmup_series *series, orr_diags *diags)
{
    orr_run_result result = empty_result(study, perf);
    if (!result.memory.fits) {
        result.end = ORR_RUN_DOES_NOT_FIT;
        return result;
    }
    orr_source_stream *source = orr_source_open(&study->traffic, study->seed, diags);
    if (source == NULL) {
        result.end = ORR_RUN_BROKEN_INPUT;
        return result;
    }
    orr_future *future = NULL;
    if (wants_future(study) && (future = read_ahead(study, diags)) == NULL) {
        orr_source_close(source);
        result.end = ORR_RUN_BROKEN_INPUT;
        return result;
    }
    orr_run_config *config = orr_mem_resize(NULL, sizeof *config);
    orr_run_config_begin(config, study, perf);
    if (future) orr_run_config_foresee(config, future);
    const orr_loop_config *loop = &config->loop;
    orr_executors *executors = orr_executors_create(perf, loop, options->replay, options->recorder, wants_steps(options));
    orr_run_config_execute_with(config, executors);
    orr_collector *collector = orr_collector_create(study, options, loop);
    cost_mark mark = {.executors = executors, .encoders = &config->encoding, .group_count = result.group_count};
    orr_collector_leave_out(collector, warmup, mark_costs, &mark);
    orr_collector_keep_series(collector, series);
    const orr_loop_observer collecting = orr_collector_observer(collector);
    orr_watch watch = {.executors = executors, .replay = options->replay, .own_replicas = (int)result.replicas};
    orr_watch_add(&watch, &collecting);
    for (int i = 0; i < options->watcher_count; i++) orr_watch_add(&watch, options->watchers[i]);
    const orr_loop_observer observer = options->watcher_count > 0 || options->replay ? orr_watch_observer(&watch) : collecting;
    const orr_loop_totals all = orr_loop_run(loop, (orr_feed){.context = source, .next = next_of_source, .left = left_source, .turn = turn_of_source}, orr_executors_of(executors, ORR_POOL_OWN), &observer);
    const orr_loop_totals totals = orr_collector_measured(collector, &all);
    orr_collector_finish(collector, &totals, &result);
    fill_tiers(study, loop, &totals, &result);
    result.fetch_waits = totals.counters.fetch_waits + totals.prefill.fetch_waits;
    if (result.fetch_waits > 0) result.fetch_wait_mean_ns = (double)(totals.counters.fetch_wait_ns + totals.prefill.fetch_wait_ns) / (double)result.fetch_waits;
    orr_step_cost steps[ORR_POOL_COUNT_];
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) steps[pool] = cost_since(orr_executors_total(executors, (orr_pool)pool), &mark.costs[pool]);
    for (int g = 0; g < result.group_count; g++) {
        const orr_step_cost own = cost_since(orr_executors_group_total(executors, g), &mark.groups[g]);
        fill_group_cost(&study->serving.groups.items[g], orr_perf_group(perf, g), &own, result.duration_s, &result.groups[g]);
    }
    orr_apart_totals apart = orr_executors_apart(executors, ORR_POOL_OWN);
    orr_apart_totals_add(&apart, &mark.apart, -1);
    fill_apart(perf, &apart, &result);
    orr_cost encoding = config->encoding.total;
    orr_cost_add(&encoding, &mark.encoding, -1);
    fill_cost(study, perf, &steps[ORR_POOL_OWN], &steps[ORR_POOL_PREFILL], &encoding, &result);
    fill_images(&mark, &result);
    result.decodes = totals.counters.decodes;
    result.decode_tokens = totals.counters.decode_tokens;
    if (orr_source_failed(source) || (options->replay && orr_replay_failed(options->replay))) result.end = ORR_RUN_BROKEN_INPUT;
    else if (totals.stopped) result.end = orr_cancel_asked(options->cancel) ? ORR_RUN_CANCELLED : ORR_RUN_ABANDONED;
    else result.end = ORR_RUN_DONE;
    orr_collector_destroy(collector);
    orr_executors_destroy(executors);
    orr_run_config_end(config);
    orr_mem_free(config);
    orr_future_destroy(future);
    orr_source_close(source);
    return result;
}

/* Nothing is left to measure: whose fault it is can be said. */
static void report_all_left_out(const orr_study *study, orr_run_result *r, orr_diags *diags)
{
    const orr_measure *m = &study->measure;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "measure.warmup is \"%s\", and the run ends before that, after %lld requests and %.6g s", m->warmup, (long long)r->requests_finished, r->duration_s),
                  "Take less, or let more requests arrive (traffic.stop).");
    r->end = ORR_RUN_BROKEN_INPUT;
}

orr_run_result orr_run_study(const orr_study *study, const orr_perf *perf, const orr_run_options *options, orr_diags *diags)
{
    static const orr_run_options no_options = {0};
    if (options == NULL) options = &no_options;
    orr_measure warmup = study->measure;
    bool settled = true;
    if (warmup.warmup_kind == ORR_WARMUP_AUTO) {
        orr_warmup_series *series = orr_mem_resize(NULL, sizeof *series);
        memset(series, 0, sizeof *series);
        const orr_run_options watching = {.cancel = options->cancel, .on_progress = options->on_progress, .progress_context = options->progress_context, .replay = options->replay};
        orr_run_result first = run_once(study, perf, &watching, &(orr_measure){0}, series, diags);
        warmup.warmup_requests = orr_warmup_requests(series, &settled);
        warmup.warmup_kind = ORR_WARMUP_REQUESTS;
        orr_mem_free(series);
        if (first.end != ORR_RUN_DONE) return first;
        orr_run_result_free(&first);
        if (options->replay) orr_replay_rewind(options->replay);
    }
    orr_run_result result = run_once(study, perf, options, &warmup, NULL, diags);
    result.warmup_unsettled = !settled;
    if (result.end == ORR_RUN_DONE && result.warmup_is_all) report_all_left_out(study, &result, diags);
    return result;
}

void orr_run_result_free(orr_run_result *result)
{
    orr_histogram_destroy(result->itl);
    orr_mem_free(result->records);
    orr_mem_free(result->ttft_ns_sorted);
    orr_mem_free(result->tpot_ns_sorted);
    orr_mem_free(result->e2el_ns_sorted);
    orr_mem_free(result->tenants);
    orr_mem_free(result->groups);
    orr_mem_free(result->tiers);
    *result = (orr_run_result){0};
}
