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
#include "drive/run_encoders.h"
#include "drive/run_fleet.h"
#include "drive/run_tiers.h"
#include "drive/warmup.h"
#include "drive/watch.h"
#include "serve/burst.h"

static const orr_router_policy *policy_of(orr_router_kind kind)
{
    static const orr_router_policy *const policies[ORR_ROUTER_COUNT_] = {[ORR_ROUTER_ROUND_ROBIN] = &orr_router_round_robin, [ORR_ROUTER_LEAST_LOADED] = &orr_router_least_loaded,
        [ORR_ROUTER_PREFIX_AFFINE] = &orr_router_prefix_affine, [ORR_ROUTER_RANDOM] = &orr_router_random, [ORR_ROUTER_POWER_OF_TWO] = &orr_router_power_of_two,
        [ORR_ROUTER_SESSION_STICKY] = &orr_router_session_sticky, [ORR_ROUTER_SLO_LANES] = &orr_router_slo_lanes, [ORR_ROUTER_KV_AWARE] = &orr_router_kv_aware};
    return policies[kind];
}

static orr_router_settings routing_of(const orr_routing *routing)
{
    orr_router_settings settings = {.report_interval_ns = orr_round_i64(routing->report_interval_ns), .prefix_weight = routing->prefix_weight, .lane_count = (int)routing->lanes.count};
    for (int i = 0; i < settings.lane_count; i++) settings.lane_shares[i] = routing->lanes.values[i];
    return settings;
}

static const orr_kv_eviction *eviction_of(const orr_engine *engine)
{
    static const orr_kv_eviction *const policies[] = {[ORR_EVICT_LRU] = &orr_kv_evict_lru, [ORR_EVICT_LFU] = &orr_kv_evict_lfu, [ORR_EVICT_TTL] = &orr_kv_evict_ttl, [ORR_EVICT_BELADY] = &orr_kv_evict_belady};
    return policies[engine->cache_eviction];
}

static bool next_of_source(void *source, orr_arrival *arrival) { return orr_source_next(source, arrival); }
static orr_turns left_source(void *source, const orr_request *request, int64_t time_ns, bool served) { return orr_source_left(source, request->session, request->tenant, time_ns, served); }
static bool turn_of_source(void *source, uint32_t number, int64_t time_ns, orr_arrival *arrival) { return orr_source_turn(source, number, time_ns, arrival); }

_Static_assert((int)ORR_MAX_DRAFTS <= (int)ORR_MAX_DRAFT_TOKENS, "the scheduler takes as many drafts as a study may ask for");

static orr_scheduling scheduling_of(const orr_engine *engine)
{
    static const orr_admission_kind admissions[] = {[ORR_ADMISSION_INPUT] = ORR_ADMIT_INPUT, [ORR_ADMISSION_NEW_TOKEN_RATIO] = ORR_ADMIT_RATIO, [ORR_ADMISSION_MAX_OUTPUT] = ORR_ADMIT_MAX_OUTPUT, [ORR_ADMISSION_STATIC] = ORR_ADMIT_STATIC};
    static const orr_order_kind orders[] = {[ORR_QUEUE_FCFS] = ORR_ORDER_FCFS, [ORR_QUEUE_PREFIX] = ORR_ORDER_PREFIX, [ORR_QUEUE_PRIORITY] = ORR_ORDER_PRIORITY, [ORR_QUEUE_DEADLINE] = ORR_ORDER_DEADLINE, [ORR_QUEUE_FAIR] = ORR_ORDER_FAIR};
    static const orr_victim_kind victims[] = {[ORR_PREEMPT_TAIL] = ORR_VICTIM_TAIL, [ORR_PREEMPT_LEAST_OUTPUT] = ORR_VICTIM_LEAST_OUTPUT, [ORR_PREEMPT_PRIORITY] = ORR_VICTIM_PRIORITY};
    const orr_scheduling_settings *s = &engine->scheduling;
    const orr_scheduling_parts parts = orr_scheduling_resolve(engine->scheduler, s);
    const double ratio = s->init_new_token_ratio * s->schedule_conservativeness, init_ratio = ratio < 1 ? ratio : 1;
    return (orr_scheduling){.admission = admissions[parts.admission], .order = orders[parts.order], .victim = victims[parts.victim],
        .init_new_token_ratio = init_ratio, .min_new_token_ratio = init_ratio * s->min_new_token_ratio_factor, .new_token_ratio_decay_steps = s->new_token_ratio_decay_steps,
        .clip_max_new_tokens = s->clip_max_new_tokens, .retract_decode_steps = s->retract_decode_steps, .prefix_order_most = s->prefix_order_most,
        .fair_input_weight = s->fair_input_weight, .fair_output_weight = s->fair_output_weight};
}

/* Requests that come in turn to any of so many ranks, in the mean, until each has had one: d (1 + 1/2 + .. + 1/d). */
static int64_t arrivals_for_each(int64_t ranks)
{
    double sum = 0;
    for (int64_t i = 1; i <= ranks; i++) sum += (double)ranks / (double)i;
    return orr_round_i64(sum);
}

/* acceptance: [ORR_MAX_DRAFTS], filled by position; the configuration keeps pointing to it. */
static orr_engine_config engine_config(const orr_study *study, const orr_engine *engine, const orr_memory_map *memory, double *acceptance)
{
    const int64_t drafts = orr_speculation_drafts(&engine->speculation);
    for (int64_t i = 0; i < drafts; i++) acceptance[i] = orr_speculation_rate(&engine->speculation, i);
    return (orr_engine_config){.max_num_seqs = engine->max_num_seqs, .max_num_batched_tokens = engine->max_num_batched_tokens, .block_tokens = orr_engine_block_tokens(engine),
        .block_count = memory->kv_blocks, .max_request_blocks = memory->kv_blocks_per_request, .max_model_tokens = engine->max_model_len > 0 ? engine->max_model_len : study->model.max_context_tokens,
        .context_cap_tokens = study->model.context_cap_tokens, .lane_count = (int)engine->pipeline_parallel_size,
        .chunked_prefill = engine->enable_chunked_prefill, .separate_prefill = !engine->enable_mixed_chunk, .receive_interval_steps = engine->scheduler_recv_interval, .scheduling = scheduling_of(engine),
        .gather_steps = engine->scheduler_gather_steps, .gather_requests = arrivals_for_each(engine->data_parallel_size),
        .prefix_caching = engine->enable_prefix_caching, .radix = engine->cache == ORR_CACHE_RADIX, .eviction = eviction_of(engine), .cache_ttl_ns = orr_round_i64(engine->cache_ttl_ns),
        .draft_tokens = (int)drafts, .lookahead_tokens = orr_speculation_lookahead(&engine->speculation), .acceptance = acceptance, .burst_seed = study->seed,
        .accepted = drafts > 0 ? engine->speculation.trace.accepted : NULL, .accepted_count = drafts > 0 ? engine->speculation.trace.count : 0};
}

static orr_loop_config loop_config(const orr_study *study, const orr_memory_map *memory, double *acceptance)
{
    const orr_engine *engine = &study->engine;
    return (orr_loop_config){
        .engine = engine_config(study, engine, memory, acceptance),
        .router = policy_of(study->serving.router), .routing = routing_of(&study->serving.routing),
        .replica_count = (int)study->serving.replicas,
        .entry_ns = orr_round_i64(engine->request_entry_ns), .exit_ns = orr_round_i64(engine->request_exit_ns),
        .closed = study->traffic.load == ORR_LOAD_CLOSED, .in_flight_limit = study->traffic.concurrency, .ttft_limit_ns = orr_slo_ttft_limit_ns(&study->slo), .seed = study->seed};
}

/* Time of a prompt token in a full step of prompts. */
static double ns_per_prompt_token(const orr_perf *perf, const orr_engine_config *engine)
{
    orr_exec_model *model = orr_exec_model_create(perf, engine->max_num_seqs, engine->max_num_batched_tokens);
    const orr_executor executor = orr_exec_model_executor(model);
    const orr_plan_chunk chunk = {engine->max_num_batched_tokens, 0, true};
    const orr_plan plan = {.chunks = &chunk, .chunk_count = 1, .chunk_tokens = chunk.new_tokens, .completing_chunks = 1, .running_requests = 1};
    const orr_outcome outcome = executor.execute(executor.context, 0, &plan);
    orr_exec_model_destroy(model);
    return (double)outcome.occupancy_ns / (double)chunk.new_tokens;
}

/* `perf`, `engine`: of the engines that compute prompts. */
static orr_door_config door_of(const orr_door *door, const orr_perf *perf, const orr_engine_config *engine)
{
    static const orr_door_kind kinds[] = {[ORR_ADMIT_ALL] = ORR_DOOR_NONE, [ORR_ADMIT_BY_QUEUE] = ORR_DOOR_QUEUE, [ORR_ADMIT_BY_TOKENS] = ORR_DOOR_TOKENS, [ORR_ADMIT_BY_DEADLINE] = ORR_DOOR_DEADLINE};
    orr_door_config config = {.kind = kinds[door->policy], .most_waiting = door->max_queue, .most_tokens = door->max_tokens};
    if (config.kind == ORR_DOOR_DEADLINE) config.ns_per_token = door->prompt_tokens_per_s > 0 ? ORR_NS_PER_S / door->prompt_tokens_per_s : ns_per_prompt_token(perf, engine);
    return config;
}

/* --- prefill engines: `of` outlives the pool --- */

static orr_transfer_time ship(void *context, int64_t tokens)
{
    const orr_perf *const *perf = context;
    const orr_shipment s = orr_perf_ship(*perf, tokens);
    return (orr_transfer_time){orr_round_i64(s.egress_ns), orr_round_i64(s.ingress_ns), orr_round_i64(s.latency_ns), s.bytes};
}

static orr_prefill_pool prefill_pool(const orr_study *study, const orr_perf **of, const orr_memory_map *memory, double *acceptance)
{
    const orr_prefill *prefill = &study->serving.prefill;
    const orr_perf *perf = *of;
    return (orr_prefill_pool){
        .engine = engine_config(study, &prefill->engine, memory, acceptance),
        .router = policy_of(prefill->router),
        .replica_count = (int)prefill->replicas,
        .local = {.most_tokens = study->serving.disaggregation.max_local_prefill_length, .most_waiting = study->serving.disaggregation.max_prefill_queue_size},
        .link = {.context = of, .time = ship, .egress_channels = (int)orr_perf_channels(orr_perf_prefill(perf)), .ingress_channels = (int)orr_perf_channels(perf),
            .overlapped_layers = study->serving.transfer.overlap == ORR_TRANSFER_LAYERWISE ? study->model.layer_count : 0}};
}

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
    const double all_ns = r->fleet.changes ? r->fleet.provisioned_ns : r->duration_s * ORR_NS_PER_S * (double)r->replicas, stages_ns = all_ns * (double)orr_perf_stage_count(perf);
    r->compute_utilization = own.compute_limit_ns / stages_ns;      /* a cost's limits are summed over the stages */
    r->memory_utilization = own.memory_limit_ns / stages_ns;
    r->link_utilization = own.link_limit_ns / stages_ns;
    r->host_utilization = own_host_ns / all_ns;
    r->energy_j = r->cost.energy_j + orr_perf_idle_w(perf) * (r->fleet.changes ? r->fleet.mean_replicas : (double)r->replicas) * r->duration_s;
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

/* What is known before the first event. */
static orr_run_result empty_result(const orr_study *study, const orr_perf *perf)
{
    orr_run_result result = {.replicas = study->serving.replicas, .memory = orr_perf_memory(perf), .gpus = orr_study_gpus(study)};
    result.decode_gpus = result.gpus - orr_study_prefill_chips(study) - study->serving.encoders.replicas;
    if (orr_perf_has_encoders(perf)) result.encoders = (orr_encoder_result){.replicas = study->serving.encoders.replicas, .most_images = orr_perf_encoder_images(perf)};
    result.kv_blocks = result.memory.kv_blocks;
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
typedef struct cost_mark { const orr_executors *executors; const orr_encoder_costs *encoders; orr_step_cost costs[ORR_POOL_COUNT_]; orr_apart_totals apart; orr_cost encoding; orr_step_images images[ORR_POOL_COUNT_]; } cost_mark;

static void mark_costs(void *context)
{
    cost_mark *mark = context;
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) mark->costs[pool] = orr_executors_total(mark->executors, (orr_pool)pool);
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) mark->images[pool] = orr_executors_images(mark->executors, (orr_pool)pool);
    mark->encoding = mark->encoders->total;
    mark->apart = orr_executors_apart(mark->executors, ORR_POOL_OWN);
}

static orr_step_cost cost_since(const cost_mark *mark, orr_pool pool)
{
    orr_step_cost cost = orr_executors_total(mark->executors, pool);
    orr_cost_add(&cost.cost, &mark->costs[pool].cost, -1);
    cost.host_ns -= mark->costs[pool].host_ns;
    return cost;
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
    orr_foresight foresight;
    orr_future *future = NULL;
    if (wants_future(study) && (future = read_ahead(study, diags)) == NULL) {
        orr_source_close(source);
        result.end = ORR_RUN_BROKEN_INPUT;
        return result;
    }
    orr_run_fleet fleet;
    double acceptance[ORR_MAX_DRAFTS], prefill_acceptance[ORR_MAX_DRAFTS];
    orr_loop_config config = loop_config(study, &result.memory, acceptance);
    config.engine.depths = orr_perf_depths(perf);
    if (result.prefill.replicas > 0) config.prefill = prefill_pool(study, &perf, &result.prefill.memory, prefill_acceptance);
    orr_run_fleet_begin(&fleet, study);
    config.fleet = fleet.config;
    orr_executors *executors = orr_executors_create(perf, (const int64_t[]){config.engine.max_num_seqs, config.prefill.engine.max_num_seqs},
        (const int64_t[]){config.engine.max_num_batched_tokens, config.prefill.engine.max_num_batched_tokens}, options->replay, options->recorder, options->watcher_count > 0);
    config.prefill.executor = orr_executors_of(executors, ORR_POOL_PREFILL);
    config.door = door_of(&study->serving.admission, perf, &config.engine);
    if (result.prefill.replicas > 0) config.prefill.door = door_of(&study->serving.admission, orr_perf_prefill(perf), &config.prefill.engine);
    config.engine.most_images = orr_perf_most_images(perf);
    if (result.prefill.replicas > 0) config.prefill.engine.most_images = orr_perf_most_images(orr_perf_prefill(perf));
    orr_encoder_costs encoding;
    config.encoders = orr_run_encoder_pool(study, perf, policy_of(study->serving.encoders.router), &encoding);
    orr_recompute recompute[2] = {{perf, config.engine.max_num_batched_tokens}, {orr_perf_prefill(perf), config.prefill.engine.max_num_batched_tokens}};
    if (study->engine.kv_tiers.count > 0) config.tiers = orr_run_tiers_config(study, &study->engine, &study->hardware, study->serving.replicas, &recompute[0]);
    if (result.prefill.replicas > 0 && study->serving.prefill.engine.kv_tiers.count > 0)
        config.prefill.tiers = orr_run_tiers_config(study, &study->serving.prefill.engine, orr_prefill_has_hardware(&study->serving.prefill) ? &study->serving.prefill.hardware : &study->hardware, result.prefill.replicas, &recompute[1]);
    if (future) {
        foresight = orr_future_foresight(future);
        config.engine.foresight = config.prefill.engine.foresight = &foresight;
    }
    orr_collector *collector = orr_collector_create(study, options, result.replicas, result.prefill.replicas);
    cost_mark mark = {.executors = executors, .encoders = &encoding};
    orr_collector_leave_out(collector, warmup, mark_costs, &mark);
    orr_collector_keep_series(collector, series);
    const orr_loop_observer collecting = orr_collector_observer(collector);
    orr_watch watch = {.executors = executors, .replay = options->replay, .own_replicas = (int)result.replicas};
    orr_watch_add(&watch, &collecting);
    for (int i = 0; i < options->watcher_count; i++) orr_watch_add(&watch, options->watchers[i]);
    const orr_loop_observer observer = options->watcher_count > 0 || options->replay ? orr_watch_observer(&watch) : collecting;
    const orr_loop_totals all = orr_loop_run(&config, (orr_feed){.context = source, .next = next_of_source, .left = left_source, .turn = turn_of_source}, orr_executors_of(executors, ORR_POOL_OWN), &observer);
    const orr_loop_totals totals = orr_collector_measured(collector, &all);
    orr_collector_finish(collector, &totals, &result);
    orr_run_tiers_fill(&study->engine, &config.tiers, totals.groups[0].tiers, false, &result);
    if (result.prefill.replicas > 0) orr_run_tiers_fill(&study->serving.prefill.engine, &config.prefill.tiers, totals.groups[totals.group_count - 1].tiers, true, &result);
    result.fetch_waits = totals.counters.fetch_waits + totals.prefill.fetch_waits;
    if (result.fetch_waits > 0) result.fetch_wait_mean_ns = (double)(totals.counters.fetch_wait_ns + totals.prefill.fetch_wait_ns) / (double)result.fetch_waits;
    const orr_step_cost own_steps = cost_since(&mark, ORR_POOL_OWN), prompts_steps = cost_since(&mark, ORR_POOL_PREFILL);
    orr_apart_totals apart = orr_executors_apart(executors, ORR_POOL_OWN);
    orr_apart_totals_add(&apart, &mark.apart, -1);
    fill_apart(perf, &apart, &result);
    orr_cost_add(&encoding.total, &mark.encoding, -1);
    fill_cost(study, perf, &own_steps, &prompts_steps, &encoding.total, &result);
    fill_images(&mark, &result);
    orr_encoder_costs_free(&encoding);
    result.decodes = totals.counters.decodes;
    result.decode_tokens = totals.counters.decode_tokens;
    if (orr_source_failed(source) || (options->replay && orr_replay_failed(options->replay))) result.end = ORR_RUN_BROKEN_INPUT;
    else if (totals.stopped) result.end = orr_cancel_asked(options->cancel) ? ORR_RUN_CANCELLED : ORR_RUN_ABANDONED;
    else result.end = ORR_RUN_DONE;
    orr_collector_destroy(collector);
    orr_executors_destroy(executors);
    orr_run_fleet_end(&fleet);
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
    orr_mem_free(result->tiers);
    *result = (orr_run_result){0};
}
